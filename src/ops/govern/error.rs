//! Why something is not permitted.

use std::fmt;

use crate::approval::count::ApprovalError;
use crate::key::name::KeyName;
use crate::key::operation::Operation;
use crate::policy::request::{Denial, Request, Requirement, RuleRef};
use crate::registry::error::{RegistryError, ShownPath};

/// What the policy was asked: `wrap-for-import of payments/kek`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Question {
    /// The operation.
    pub operation: Operation,
    /// The key, where it is about one.
    pub key: Option<KeyName>,
}

impl Question {
    /// What this request asks.
    #[must_use]
    pub fn of(request: &Request<'_>) -> Self {
        Self { operation: request.operation, key: request.key.as_ref().map(|key| key.name.clone()) }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{} of {key}", self.operation),
            None => write!(f, "{}", self.operation),
        }
    }
}

/// Why something is not permitted, or nobody can say whether it is.
#[derive(Debug, thiserror::Error)]
pub enum GovernError {
    /// The policy says no.
    #[error("the policy denies {question}: {}", denial.why)]
    Denied {
        /// What was asked.
        question: Question,
        /// Which rule, and why.
        denial: Box<Denial>,
    },
    /// The policy says: not without these approvals.
    #[error("the policy asks for {} of {question}", approvals(requirement))]
    NeedsApprovals {
        /// What was asked.
        question: Question,
        /// How many, and whose.
        requirement: Box<Requirement>,
        /// The rule that asks.
        rule: Box<RuleRef>,
    },
    /// The approvals of the plan do not suffice.
    #[error("the policy asks for {} of {question}, and the plan has {error}", approvals(requirement))]
    Approvals {
        /// What was asked.
        question: Question,
        /// How many, and whose.
        requirement: Box<Requirement>,
        /// What there is.
        error: Box<ApprovalError>,
    },
    /// The plan is about something else.
    #[error("the plan that was approved is not about {0}")]
    OtherPlan(Question),
    /// An adopted file is not there.
    #[error("the {what} {path} is missing")]
    Missing {
        /// `adopted policy`.
        what: &'static str,
        /// Where it should be.
        path: ShownPath,
    },
    /// An adopted file is another one by now.
    #[error("the {what} {path} was changed: it has SHA-256 {found}")]
    Altered {
        /// `adopted policy`.
        what: &'static str,
        /// The file.
        path: ShownPath,
        /// The hash of what is there.
        found: String,
    },
    /// An adopted file makes no sense to this version.
    #[error("the {what} cannot be read by this version of byok: {why}")]
    Unreadable {
        /// `adopted policy`.
        what: &'static str,
        /// The first problem.
        why: String,
    },
    /// byok.yaml names a policy, and the registry has adopted none.
    #[error("byok.yaml names a policy, and this registry has adopted none")]
    NotAdopted {
        /// SHA-256 of the file that is named.
        named: String,
    },
    /// byok.yaml names another policy than the adopted one.
    #[error("byok.yaml names another policy than the one that this registry has adopted")]
    Other {
        /// SHA-256 of the file that is named.
        named: String,
        /// SHA-256 of the adopted policy.
        adopted: String,
    },
    /// Between the question and the lock another policy was adopted.
    #[error("another policy was adopted in the meantime")]
    Changed,
    /// A command that only reads asked.
    #[error("no policy was read")]
    Unread,
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// `2 approvals (security 1)`
fn approvals(requirement: &Requirement) -> String {
    let roles: Vec<String> = requirement.roles.iter().map(|(role, count)| format!("{role} {count}")).collect();
    let roles = if roles.is_empty() { String::new() } else { format!(" ({})", roles.join(", ")) };
    let noun = if requirement.threshold == 1 { "approval" } else { "approvals" };
    format!("{} {noun}{roles}", requirement.threshold)
}
