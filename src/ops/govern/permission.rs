//! What the policy answers, and what a plan brings along.

use std::sync::{Arc, Mutex, PoisonError};

use crate::approval::count::{ApprovalError, Signature};
use crate::approval::plan::{Action, Plan};
use crate::manifest::authorization::{ApprovalRecord, AuthorizationRecord};
use crate::policy::request::{Permit, Requirement, RuleRef};

/// What is permitted.
#[derive(Clone, Debug)]
pub struct Permission {
    /// What the manifest and the intent say of it; nothing where no policy was adopted.
    pub authorization: Option<AuthorizationRecord>,
    /// The rule lists the wrapping key's fingerprint.
    pub wrapping_key_listed: bool,
    /// Whether `--yes` may answer what a person at a terminal would be asked.
    pub unattended: bool,
    /// The policy asked for approvals, and they were counted: people have said yes to just this.
    pub answered: bool,
    /// The rule that decided; nothing where no policy was adopted.
    pub rule: Option<RuleRef>,
    /// What a person should know: that a rotation is due, for example.
    pub notices: Vec<String>,
}

impl Permission {
    /// As before there were policies.
    #[must_use]
    pub fn ungoverned() -> Self {
        Self {
            authorization: None,
            wrapping_key_listed: false,
            unattended: true,
            answered: false,
            rule: None,
            notices: Vec::new(),
        }
    }

    /// For the making of a plan, which asks nothing and changes nothing.
    #[must_use]
    pub fn to_plan(permit: &Permit) -> Self {
        let Permit { rule, wrapping_key_listed, notices, .. } = permit.clone();
        Self { wrapping_key_listed, rule: Some(rule), notices, ..Self::ungoverned() }
    }
}

/// An approved plan that `apply` carries out.
#[derive(Clone, Debug)]
pub struct Presented {
    /// Its exact bytes, over which people signed.
    pub bytes: Vec<u8>,
    /// Their SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// What they say.
    pub plan: Plan,
    /// Which of its actions is carried out, from 0.
    pub action: u32,
    /// The signatures, each under the name of the person whose it is said to be.
    pub signatures: Vec<Signature>,
    /// What they come to.
    pub counted: Counted,
}

type Tallied = ((&'static str, Option<Requirement>), Result<Vec<ApprovalRecord>, ApprovalError>);

/// What signatures come to: counted once a run, however many keys the plan is about.
#[derive(Clone, Debug, Default)]
pub struct Counted(Arc<Mutex<Vec<Tallied>>>);

impl Counted {
    /// What was counted for this namespace and requirement.
    pub(super) fn once(
        &self,
        (namespace, requirement): (&'static str, Option<&Requirement>),
        count: impl FnOnce() -> Result<Vec<ApprovalRecord>, ApprovalError>,
    ) -> Result<Vec<ApprovalRecord>, ApprovalError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |asked: &(&'static str, Option<Requirement>)| *asked == (namespace, requirement.cloned());
        if let Some((_, counted)) = known.iter().find(|(asked, _)| is_it(asked)) {
            return counted.clone();
        }
        let counted = count();
        known.push(((namespace, requirement.cloned()), counted.clone()));
        counted
    }
}

impl Presented {
    /// The action that is carried out.
    #[must_use]
    pub fn current(&self) -> Option<&Action> {
        self.plan.actions.get(usize::try_from(self.action).ok()?)
    }
}
