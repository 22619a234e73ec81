//! Errors of governance: what the policy denies, and a policy that is not the adopted one.

use super::Explained;
use crate::cli::codes::{Code, policy, unexpected};
use crate::ops::govern::GovernError;
use crate::policy::request::RuleRef;

/// `policy.yaml:17 rules[2].providers.aws-kms.methods (rule "payments")`
fn place(rule: &RuleRef) -> String {
    let RuleRef { name, line, path } = rule;
    // What decides is not always a rule: what the path says already is not said again.
    let what = match path.split(['[', '.']).next() {
        Some("rules") => format!(" (rule \"{name}\")"),
        Some("freeze") => format!(" (window \"{name}\")"),
        _ => String::new(),
    };
    format!("policy.yaml:{line} {path}{what}")
}

impl Explained for GovernError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Denied { .. } => &policy::DENIED,
            Self::NeedsApprovals { .. } | Self::Approvals { .. } => &policy::NEEDS_APPROVALS,
            Self::Missing { .. } | Self::Altered { .. } => &policy::ALTERED,
            Self::NotAdopted { .. } | Self::Other { .. } => &policy::OTHER_POLICY,
            Self::Changed => &policy::CHANGED,
            Self::Unreadable { .. } => &policy::UNREADABLE,
            Self::Unread | Self::OtherPlan(_) => &unexpected::UNEXPECTED,
            Self::Registry(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Denied { denial, .. } => denial.rule.iter().map(place).collect(),
            Self::NeedsApprovals { rule, .. } => vec![place(rule)],
            Self::Approvals { error, .. } => error.tally.rejected.iter().map(ToString::to_string).collect(),
            Self::NotAdopted { named } => vec![format!("the policy in byok.yaml has SHA-256 {named}")],
            Self::Other { named, adopted } => {
                vec![format!("byok.yaml: SHA-256 {named}"), format!("registry: SHA-256 {adopted}")]
            }
            Self::Registry(error) => error.causes(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Denied { denial, .. } => {
                Some(&denial.way_out).filter(|text| !text.is_empty()).cloned().into_iter().collect()
            }
            Self::NotAdopted { .. } => vec![
                "byok policy adopt --policy FILE --allowed-signers FILE   puts it in force".to_owned(),
                "check that --registry and byok.yaml belong together".to_owned(),
            ],
            Self::Other { .. } => {
                vec!["byok policy adopt --policy FILE --allowed-signers FILE   puts the new one in force".to_owned()]
            }
            Self::Missing { .. } | Self::Altered { .. } => {
                vec!["put back the file that was adopted; its name is its SHA-256".to_owned()]
            }
            Self::Changed => vec!["repeat the command".to_owned()],
            Self::Registry(error) => error.hints(),
            _ => Vec::new(),
        }
    }
}
