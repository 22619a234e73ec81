//! Whether a manifest's change was permitted by the policy that it names, and approved by the people that it names:
//! counted again from the plan, the policy, the allowed signers and the signatures in the registry.

mod action;
mod case;
mod registry;
mod used;

use super::failure::{Failure, FailureKind};
use super::papers::{Papers, Rules};
use super::report::{Findings, number};
use super::shown::Shown;
use crate::approval::plan::{Action, ImportSource, Material};
use crate::format::escape::{SHORT, printable};
use crate::key::exposure::Exposure;
use crate::key::name::KeyName;
use crate::key::operation::Operation;
use crate::key::state::State;
use crate::manifest::authorization::AuthorizationRecord;
use crate::manifest::statement::KeyVersionPredicate;
use crate::ops::govern::of_key;
use crate::policy::Ruling;
use crate::policy::request::Requirement;

use case::Case;
pub(super) use registry::{Recovery, check_adoption};
pub(super) use used::{Once, Used, check_time};

/// How a change was authorized, as far as its manifest and the papers show.
#[derive(Debug, Default)]
pub(super) enum Basis {
    /// Nothing is named, or nothing more is asked for.
    #[default]
    Nothing,
    /// A plan with all its approvals. The log must say when it was applied.
    Plan(Box<Used>),
    /// A seal for which the policy asks for so many approvals, and no plan is named.
    Lacking(String),
}

/// What the authorizations of one history come to.
#[derive(Debug, Default)]
pub(super) struct Authorizations {
    changes: usize,
    plans: usize,
    people: Vec<String>,
    /// Revisions that admit what a host saw, and name a plan.
    claims: Vec<u32>,
    /// Revisions for which waiting was skipped, with what and why.
    hastened: Vec<(u32, String, String)>,
    /// Revisions for which waiting could have been skipped, as approved, and that say that none was.
    unbroken: Vec<u32>,
    unseen: bool,
}

impl Authorizations {
    /// Checks the authorization of one manifest. `bases` are the hashes of the manifest before it and, where that only
    /// admits what hosts have seen, of those before that.
    pub(super) fn check(
        &mut self,
        papers: &Papers<'_>,
        (bases, shown): (&[String], Shown),
        predicate: &KeyVersionPredicate,
    ) -> Result<Basis, Failure> {
        let Some(authorization) = &predicate.authorization else { return Ok(Basis::Nothing) };
        let skipped = predicate.break_glass.as_ref();
        self.hastened.extend(skipped.map(|glass| (predicate.revision, glass.skipped.join(", "), glass.reason.clone())));
        let signers = authorization.allowed_signers_sha256.as_deref().unwrap_or_default();
        let rules = papers.rules(&authorization.policy_sha256, signers)?;
        if shown.only_admits() {
            self.claims.extend(authorization.plan.as_ref().map(|_| predicate.revision));
            return Ok(Basis::Nothing);
        }
        let operation = shown.operation();
        let mut needed = ruled(&rules, authorization, operation, predicate)?;
        if let Some(besides) = shown.operation_besides() {
            needed = Requirement::both(needed, ruled(&rules, authorization, Some(besides), predicate)?);
        }
        self.changes = self.changes.saturating_add(1);
        let Some(record) = &authorization.plan else {
            let Some(needed) = needed else { return Ok(Basis::Nothing) };
            let lacking = number(usize::try_from(needed.threshold).unwrap_or(usize::MAX), "approval");
            // One that was interrupted may lack them; whether it was, the log says.
            if shown.only_seals() {
                return Ok(Basis::Lacking(lacking));
            }
            return Err(wrong(format!("the policy asks for {lacking} of this, and the manifest names no plan")));
        };
        let case = Case::open(papers, &rules, (record, authorization), &predicate.log_ref.origin)?;
        let action = case.action()?;
        // A pause alone does not show which command made it; `suspend` has no plans.
        let pauses = operation.is_none() && predicate.state == State::Suspended && matches!(action, Action::Revoke(_));
        let (operation, needed) = if pauses {
            (Some(Operation::Revoke), ruled(&rules, authorization, Some(Operation::Revoke), predicate)?)
        } else {
            (operation, needed)
        };
        // A wrap may be one that a planned rotation still owed.
        let owed = operation == Some(Operation::WrapForImport) && matches!(action, Action::Rotate(_));
        if operation != Some(action.operation()) && !owed {
            return Err(wrong("the plan says another operation than the manifest"));
        }
        action::shows(action, bases, predicate)?;
        let needed = Requirement::both(needed, action.least_approvals());
        case.count(needed.as_ref(), predicate.as_of())?;
        self.plans = self.plans.saturating_add(1);
        self.people.extend(record.approvals.iter().map(|approval| approval.person.clone()));
        self.unseen |= is_unseen(action, predicate);
        let may_skip = matches!(action, Action::Revoke(revoke) if revoke.break_glass);
        self.unbroken.extend((may_skip && skipped.is_none()).then_some(predicate.revision));
        Ok(Basis::Plan(Box::new(case.used(action::parts(action, predicate)))))
    }

    /// Says what was checked, and what nobody can check.
    pub(super) fn describe(self, findings: &mut Findings) {
        for revision in self.claims {
            let what = "it admits what a host saw, which needs no approval: the plan that it names was not looked at";
            findings.note(format!("revision {revision}: {what}"));
        }
        for (revision, skipped, reason) in self.hastened {
            let reason = printable(&reason, SHORT);
            findings.note(format!("revision {revision}: BREAK GLASS, for review: skipped {skipped} (\"{reason}\")"));
        }
        for revision in self.unbroken {
            let what = "for review: people approved to skip waiting, and the manifest says that nothing was skipped";
            findings.note(format!("revision {revision}: BREAK GLASS, {what}"));
        }
        if self.changes == 0 {
            return;
        }
        let changes = number(self.changes, "change");
        findings.checked(format!("the rule that decides {changes}, and the approvals that it asks for"));
        findings.not_provable("that each change kept to the rest of its rule: it was decided when it was made");
        if self.plans == 0 {
            return;
        }
        findings.checked(approved(self.plans, "change", self.people));
        describe_plans(findings);
        if self.unseen {
            findings.not_provable("that the imported key is the approved one: its manifest has no fingerprint");
        }
    }
}

/// `the plans and approvals of 2 changes (alice, bob)`
pub(super) fn approved(plans: usize, noun: &str, mut people: Vec<String>) -> String {
    people.sort_unstable();
    people.dedup();
    let (of, plan) = (number(plans, noun), if plans == 1 { "plan" } else { "plans" });
    match people.as_slice() {
        [] => format!("the {plan} of {of}, which needed no approval"),
        people => format!("the {plan} and approvals of {of} ({})", people.join(", ")),
    }
}

/// What no plan shows.
pub(super) fn describe_plans(findings: &mut Findings) {
    findings.not_provable("who made a plan: its author is a claim");
    findings.not_provable("when an approval was signed: an SSH signature has no time");
    findings.not_provable("that only its person has a key of the allowed signers");
}

/// Whether the plan names a secret key of which the manifest has nothing that a plan could name.
fn is_unseen(action: &Action, predicate: &KeyVersionPredicate) -> bool {
    let Action::Import(import) = action else { return false };
    predicate.fingerprint.is_none()
        && matches!(&import.source, ImportSource::File(file) if matches!(file.material, Material::Fingerprint(_)))
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
    // One that asks for no approvals stands in for one that does not show: a key may be suspended where no rule matches.
    let other = if predicate.state == State::Suspended { Operation::Suspend } else { Operation::Generate };
    let operation = operation.unwrap_or(other);
    match facts.as_ref().and_then(|facts| rules.policy.ruling(operation, facts)) {
        Some(Ruling { rule, approvals }) if rule == authorization.rule => Ok(approvals.cloned()),
        Some(Ruling { rule, .. }) => {
            Err(wrong(format!("the manifest names the rule {:?}, and the policy has {rule:?}", authorization.rule)))
        }
        None => Err(wrong(format!("the manifest names the rule {:?}, and none matches the key", authorization.rule))),
    }
}
