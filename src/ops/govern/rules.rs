//! The one place where a policy, its allowed signers and the approvals of a plan meet.

use super::error::{GovernError, Question};
use super::permission::Presented;
use crate::manifest::authorization::PlanRecord;
use crate::policy::request::{Decision, Denial, Request, Requirement};

/// A policy and its allowed signers, read.
#[derive(Debug)]
pub(super) struct Rules {}

impl Rules {
    /// Reads both.
    pub(super) fn read(_policy: &[u8], _signers: &[u8]) -> Result<Self, GovernError> {
        let why = "there is no reader yet".to_owned();
        Err(GovernError::Unreadable { what: "adopted policy", why })
    }

    /// Asks the policy.
    pub(super) fn decide(&self, _request: &Request<'_>) -> Decision {
        Decision::Denied(Denial { rule: None, why: String::new(), way_out: String::new() })
    }

    /// Counts the approvals of a plan.
    pub(super) fn count(
        &self,
        request: &Request<'_>,
        _requirement: Option<&Requirement>,
        _presented: &Presented,
        _question: impl Fn() -> Question,
    ) -> Result<PlanRecord, GovernError> {
        let _ = request;
        Err(GovernError::Unreadable { what: "plan", why: "there is no reader yet".to_owned() })
    }
}
