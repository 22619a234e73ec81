//! The one place where a policy, its allowed signers and the approvals of a plan meet.

use super::error::{GovernError, Question};
use super::permission::Presented;
use crate::approval::allowed_signers::AllowedSigners;
use crate::approval::count::{CountFacts, count, tally};
use crate::approval::namespace;
use crate::approval::plan::{Action, RequiredApprovals};
use crate::key::operation::Operation;
use crate::key::version::KeyVersionId;
use crate::manifest::authorization::PlanRecord;
use crate::policy::Policy;
use crate::policy::request::{Decision, Request, Requirement};

/// A policy and its allowed signers, read.
#[derive(Debug)]
pub(super) struct Rules {
    policy: Policy,
    signers: AllowedSigners,
}

impl Rules {
    /// Reads both.
    pub(super) fn read(policy: &[u8], signers: &[u8]) -> Result<Self, GovernError> {
        let unreadable = |what, why| GovernError::Unreadable { what, why };
        let policy = Policy::parse(policy).map_err(|error| unreadable("adopted policy", error.to_string()))?;
        let signers =
            AllowedSigners::parse(signers).map_err(|error| unreadable("adopted allowed signers", error.to_string()))?;
        Ok(Self { policy, signers })
    }

    /// Asks the policy.
    pub(super) fn decide(&self, request: &Request<'_>) -> Decision {
        self.policy.decide(request)
    }

    /// The policy and its allowed signers.
    pub(super) fn parts(&self) -> (&Policy, &AllowedSigners) {
        (&self.policy, &self.signers)
    }

    /// Counts the approvals of a plan: all that are asked for, or, where none are, those that there are.
    pub(super) fn count(
        &self,
        request: &Request<'_>,
        requirement: Option<&Requirement>,
        presented: &Presented,
    ) -> Result<PlanRecord, GovernError> {
        let question = || Question::of(request);
        // A plan of many keys has all approvals that any of them needs: no key goes on with less than it says.
        let said = match presented.current() {
            Some(Action::Rotate(_)) => presented.plan.required_approvals.as_ref().map(RequiredApprovals::requirement),
            _ => None,
        };
        let least = presented.current().and_then(Action::least_approvals);
        let requirement = Requirement::both(Requirement::both(requirement.cloned(), said), least);
        let requirement = requirement.as_ref();
        let current = presented.current().filter(|action| is_about(action, request));
        current.ok_or_else(|| GovernError::OtherPlan(question()))?;
        let destroys = presented.plan.actions.iter().any(Action::destroys);
        let namespace = namespace::of(request.operation, destroys);
        let facts = CountFacts {
            message: &presented.bytes,
            namespace,
            author: Some(&presented.plan.author),
            now: request.now,
            signers: &self.signers,
            people: self.policy.people(),
            revoked: self.policy.revoked_keys(),
        };
        let counted = presented.counted.once((namespace, requirement), || match requirement {
            None => Ok(tally(&Requirement::NONE, &facts, &presented.signatures).counted),
            Some(requirement) => count(requirement, &facts, &presented.signatures),
        });
        let approvals = counted.map_err(|error| {
            let requirement = Box::new(requirement.cloned().unwrap_or(Requirement::NONE));
            GovernError::Approvals { question: question(), requirement, error: Box::new(error) }
        })?;
        Ok(PlanRecord {
            sha256: presented.sha256.clone(),
            action: presented.action,
            author: presented.plan.author.clone(),
            threshold: requirement.map_or(0, |requirement| requirement.threshold),
            approvals,
        })
    }
}

/// Whether an approved action is the operation that is asked about, on the same key. That it is the same version, and all
/// the rest, whoever carries it out compares.
fn is_about(action: &Action, request: &Request<'_>) -> bool {
    if let Action::Rotate(rotate) = action {
        // What a rotation still owes is a wrap.
        let is_part = matches!(request.operation, Operation::Rotate | Operation::WrapForImport);
        return is_part && request.key.as_ref().is_some_and(|key| rotate.of_key(key.name.as_str()).is_some());
    }
    let planned = action.changes().and_then(|version| version.parse::<KeyVersionId>().ok()).map(|id| id.key);
    action.operation() == request.operation && planned.as_ref() == request.key.as_ref().map(|key| key.name)
}
