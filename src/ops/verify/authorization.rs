//! Whether a manifest's change was permitted by the policy that it names, and approved by the people that it names:
//! counted again from the plan, the policy, the allowed signers and the signatures in the registry.

mod action;

use jiff::Timestamp;

use super::failure::{Failure, FailureKind};
use super::papers::{Paper, Papers, Rules};
use super::report::Findings;
use crate::approval::count::{CountFacts, Signature, count};
use crate::approval::namespace;
use crate::approval::person;
use crate::approval::plan::{Action, Plan};
use crate::audit::checkpoint::PolicyInForce;
use crate::audit::record::Entry;
use crate::key::exposure::Exposure;
use crate::key::name::KeyName;
use crate::key::operation::Operation;
use crate::manifest::authorization::{ApprovalRecord, AuthorizationRecord, PlanRecord};
use crate::manifest::digest::sha256_hex;
use crate::manifest::statement::KeyVersionPredicate;
use crate::ops::command::AUTHORIZATION;
use crate::ops::govern::of_key;
use crate::policy::Ruling;
use crate::policy::request::Requirement;

/// What the authorizations of one history come to.
#[derive(Debug, Default)]
pub(super) struct Authorizations {
    changes: u32,
    plans: u32,
    people: Vec<String>,
}

impl Authorizations {
    /// Checks the authorization of one manifest; `previous` is the one before it.
    pub(super) fn check(
        &mut self,
        papers: &Papers<'_>,
        previous: Option<&KeyVersionPredicate>,
        predicate: &KeyVersionPredicate,
    ) -> Result<(), Failure> {
        let Some(authorization) = &predicate.authorization else { return Ok(()) };
        let signers = authorization.allowed_signers_sha256.as_deref().unwrap_or_default();
        let rules = papers.rules(&authorization.policy_sha256, signers)?;
        self.changes = self.changes.saturating_add(1);
        let Some(record) = &authorization.plan else {
            let operation = action::operation(previous, predicate);
            return ruled(&rules, authorization, operation, predicate)?.map_or(Ok(()), |needed| {
                let needed = needed.threshold;
                Err(wrong(format!("the policy asks for {needed} approvals of this, and the manifest names no plan")))
            });
        };
        let bytes = papers.hashed(Paper::Plan(&record.sha256), &record.sha256)?;
        let plan = Plan::parse(&bytes).map_err(|error| {
            Failure::new(FailureKind::Malformed, format!("{}: {error}", Paper::Plan(&record.sha256)))
        })?;
        let action = planned(&plan, record, authorization, &predicate.log_ref.origin)?;
        action::shows(action, predicate)?;
        let needed = ruled(&rules, authorization, Some(action.operation()), predicate)?;
        let case = Case { papers, rules: &rules, plan: &plan, bytes: &bytes, action, record };
        case.count(needed.as_ref(), predicate.custody.read_at)?;
        self.plans = self.plans.saturating_add(1);
        self.people.extend(record.approvals.iter().map(|approval| approval.person.clone()));
        Ok(())
    }

    /// Says what was checked, and what nobody can check.
    pub(super) fn describe(mut self, findings: &mut Findings) {
        if self.changes == 0 {
            return;
        }
        findings.checked(format!("the policies of {} changes", self.changes));
        if self.plans == 0 {
            return;
        }
        self.people.sort_unstable();
        self.people.dedup();
        let people = self.people.join(", ");
        findings.checked(format!("the plans and approvals of {} changes ({people})", self.plans));
        findings.not_provable("when an approval was signed: an SSH signature has no time");
        findings.not_provable("that only its person has a key of the allowed signers");
    }
}

/// Whether the adoption of a policy, as its log entry has it, was permitted and approved under the policy before it.
pub(super) fn check_adoption(
    papers: &Papers<'_>,
    (old, new): (&PolicyInForce, &PolicyInForce),
    entry: &Entry,
    origin: &str,
) -> Result<(), Failure> {
    let said = entry.detail.get(AUTHORIZATION).cloned();
    let authorization: Option<AuthorizationRecord> = said.and_then(|said| serde_json::from_value(said).ok());
    let authorization = authorization
        .filter(|said| {
            said.policy_sha256 == old.policy_sha256
                && said.allowed_signers_sha256.as_deref() == Some(&old.allowed_signers_sha256)
        })
        .ok_or_else(|| wrong("it does not say that it was adopted under the policy before it"))?;
    let rules = papers.rules(&old.policy_sha256, &old.allowed_signers_sha256)?;
    let Ruling { rule, approvals: needed } = rules.policy.registry_ruling(Operation::PolicyAdopt);
    if rule != authorization.rule {
        return Err(wrong(format!("it names the rule {:?}, and the policy has {rule:?}", authorization.rule)));
    }
    let Some(record) = &authorization.plan else {
        return needed.map_or(Ok(()), |needed| {
            Err(wrong(format!("the policy before it asks for {} approvals, and there is no plan", needed.threshold)))
        });
    };
    let bytes = papers.hashed(Paper::Plan(&record.sha256), &record.sha256)?;
    let plan = Plan::parse(&bytes)
        .map_err(|error| Failure::new(FailureKind::Malformed, format!("{}: {error}", Paper::Plan(&record.sha256))))?;
    let action = planned(&plan, record, &authorization, origin)?;
    let is_it = matches!(action, Action::PolicyAdopt(adopt) if adopt.policy.sha256 == new.policy_sha256
        && adopt.allowed_signers.sha256 == new.allowed_signers_sha256);
    if !is_it {
        return Err(wrong("the plan is about something else"));
    }
    Case { papers, rules: &rules, plan: &plan, bytes: &bytes, action, record }.count(needed, entry.ts)
}

fn wrong(detail: impl AsRef<str>) -> Failure {
    Failure::new(FailureKind::Subject, detail)
}

/// The approvals that the policy asks for, when the manifest names the rule that decides.
fn ruled(
    rules: &Rules,
    authorization: &AuthorizationRecord,
    operation: Option<Operation>,
    predicate: &KeyVersionPredicate,
) -> Result<Option<Requirement>, Failure> {
    let name: Option<KeyName> = predicate.key_name.parse().ok();
    let facts = name.as_ref().and_then(|name| of_key(name, predicate, Exposure::None));
    let ruling = match operation {
        Some(Operation::Recover) => Some(rules.policy.registry_ruling(Operation::Recover)),
        // One that asks for no approvals stands in for one that does not show.
        other => facts.as_ref().and_then(|facts| rules.policy.ruling(other.unwrap_or(Operation::Generate), facts)),
    };
    match ruling {
        Some(Ruling { rule, approvals }) if rule == authorization.rule => Ok(approvals.cloned()),
        Some(Ruling { rule, .. }) => {
            Err(wrong(format!("the manifest names the rule {:?}, and the policy has {rule:?}", authorization.rule)))
        }
        None => Err(wrong(format!("the manifest names the rule {:?}, and none matches the key", authorization.rule))),
    }
}

/// The action of the plan that the manifest names, when the plan is of this log and this policy.
fn planned<'a>(
    plan: &'a Plan,
    record: &PlanRecord,
    authorization: &AuthorizationRecord,
    origin: &str,
) -> Result<&'a Action, Failure> {
    let base = &plan.base_state;
    if base.origin != origin {
        return Err(wrong(format!("the plan is for the log {}", base.origin)));
    }
    let same = base.policy_sha256.as_ref() == Some(&authorization.policy_sha256)
        && base.allowed_signers_sha256 == authorization.allowed_signers_sha256;
    if !same {
        return Err(wrong("the plan was made under another policy than the manifest names"));
    }
    if plan.author != record.author {
        return Err(wrong(format!("the plan's author is {}, and the manifest names {}", plan.author, record.author)));
    }
    let index = usize::try_from(record.action).ok();
    index
        .and_then(|index| plan.actions.get(index))
        .ok_or_else(|| wrong(format!("the plan has no action {}", record.action)))
}

/// One plan, its approvals and those who may give them.
struct Case<'a> {
    papers: &'a Papers<'a>,
    rules: &'a Rules,
    plan: &'a Plan,
    bytes: &'a [u8],
    action: &'a Action,
    record: &'a PlanRecord,
}

impl Case<'_> {
    /// Counts the recorded signatures as they were counted then, and they must be all that the record names.
    fn count(&self, needed: Option<&Requirement>, then: Timestamp) -> Result<(), Failure> {
        let said = self.plan.required_approvals.as_ref();
        let planned = said.map(crate::approval::plan::RequiredApprovals::requirement);
        if planned.as_ref() != needed {
            return Err(wrong("the policy asks for other approvals than the plan says"));
        }
        let Some(needed) = needed else { return Ok(()) };
        if self.record.threshold != needed.threshold {
            return Err(wrong("the manifest says another number of approvals than the policy asks for"));
        }
        let destroys = self.plan.actions.iter().any(Action::destroys);
        let facts = CountFacts {
            message: self.bytes,
            namespace: namespace::of(self.action.operation(), destroys),
            author: Some(&self.plan.author),
            now: then,
            signers: &self.rules.signers,
            people: self.rules.policy.people(),
            revoked: self.rules.policy.revoked_keys(),
        };
        let signatures: Vec<Signature> =
            self.record.approvals.iter().map(|approval| self.signature(approval)).collect::<Result<_, _>>()?;
        let counted = count(needed, &facts, &signatures).map_err(|error| {
            let why: Vec<String> = error.tally.rejected.iter().map(ToString::to_string).collect();
            Failure::new(FailureKind::Threshold, format!("{error}; {}", why.join("; ")))
        })?;
        if counted == self.record.approvals {
            return Ok(());
        }
        Err(wrong("the approvals that count are not those that the manifest names"))
    }

    /// The signature that the manifest names, by its hash.
    fn signature(&self, approval: &ApprovalRecord) -> Result<Signature, Failure> {
        person::check(&approval.person).map_err(|error| wrong(error.to_string()))?;
        let paper = Paper::Approval { plan: &self.record.sha256, person: &approval.person };
        let bytes = self.papers.get(paper)?;
        if sha256_hex(&bytes) != approval.signature_sha256 {
            return Err(Failure::new(FailureKind::FileMismatch, format!("{paper} is another signature")));
        }
        Ok(Signature { name: approval.person.clone(), bytes })
    }
}
