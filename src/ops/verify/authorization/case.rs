//! One plan, its approvals and those who may give them.

use std::sync::Arc;

use jiff::Timestamp;

use super::used::Used;
use super::wrong;
use crate::approval::count::{CountFacts, Signature, count, tally};
use crate::approval::plan::{Action, RequiredApprovals};
use crate::approval::{namespace, person};
use crate::manifest::authorization::{ApprovalRecord, AuthorizationRecord, PlanRecord};
use crate::manifest::digest::sha256_hex;
use crate::ops::verify::failure::{Failure, FailureKind};
use crate::ops::verify::papers::{Kept, Paper, Papers, Rules};
use crate::policy::request::Requirement;

/// A plan that a record names.
pub(super) struct Case<'a> {
    papers: &'a Papers<'a>,
    rules: &'a Arc<Rules>,
    kept: Arc<Kept>,
    record: &'a PlanRecord,
}

impl<'a> Case<'a> {
    /// Reads the plan, which must be of this log and this policy.
    pub(super) fn open(
        papers: &'a Papers<'a>,
        rules: &'a Arc<Rules>,
        (record, authorization): (&'a PlanRecord, &AuthorizationRecord),
        origin: &str,
    ) -> Result<Self, Failure> {
        let paper = Paper::Plan(&record.sha256);
        let kept = papers.plan(paper, &record.sha256)?;
        let plan = &kept.plan;
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
            let (author, named) = (&plan.author, &record.author);
            return Err(wrong(format!("the plan's author is {author}, and the manifest names {named}")));
        }
        Ok(Self { papers, rules, kept, record })
    }

    /// The action that the record names.
    pub(super) fn action(&self) -> Result<&Action, Failure> {
        let index = usize::try_from(self.record.action).ok();
        let action = index.and_then(|index| self.kept.plan.actions.get(index));
        action.ok_or_else(|| wrong(format!("the plan has no action {}", self.record.action)))
    }

    /// What the log must say of its use.
    pub(super) fn used(&self, parts: Vec<String>) -> Used {
        Used::of(&self.kept.plan, (&self.record.sha256, self.record.action), parts)
    }

    /// Counts the recorded signatures as they were counted then, and they must be all that the record names: also
    /// where the policy asks for none.
    pub(super) fn count(&self, needed: Option<&Requirement>, then: Timestamp) -> Result<(), Failure> {
        let said = self.kept.plan.required_approvals.as_ref().map(RequiredApprovals::requirement);
        // A plan of many keys asks for all that any of them needs.
        let meets = match self.action()? {
            Action::Rotate(_) => Requirement::both(said.clone(), needed.cloned()) == said,
            _ => said.as_ref() == needed,
        };
        if !meets {
            return Err(wrong("the policy asks for other approvals than the plan says"));
        }
        let needed = said.as_ref();
        if self.record.threshold != needed.map_or(0, |needed| needed.threshold) {
            return Err(wrong("the manifest says another number of approvals than the policy asks for"));
        }
        let destroys = self.kept.plan.actions.iter().any(Action::destroys);
        let namespace = namespace::of(self.action()?.operation(), destroys);
        let asked = (namespace, self.record.approvals.clone(), then);
        if self.kept.has_counted(&asked) {
            return Ok(());
        }
        let facts = CountFacts {
            message: &self.kept.bytes,
            namespace,
            author: Some(&self.kept.plan.author),
            now: then,
            signers: &self.rules.signers,
            people: self.rules.policy.people(),
            revoked: self.rules.policy.revoked_keys(),
        };
        let signatures: Vec<Signature> =
            self.record.approvals.iter().map(|approval| self.signature(approval)).collect::<Result<_, _>>()?;
        let counted = match needed {
            None => tally(&Requirement::NONE, &facts, &signatures).counted,
            Some(needed) => count(needed, &facts, &signatures).map_err(|error| {
                let why: Vec<String> = error.tally.rejected.iter().map(ToString::to_string).collect();
                Failure::new(FailureKind::Threshold, format!("{error}; {}", why.join("; ")))
            })?,
        };
        if counted == self.record.approvals {
            self.kept.count(asked);
            return Ok(());
        }
        Err(wrong("the approvals that count are not those that the manifest names"))
    }

    /// The signature that the record names, by its hash.
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
