//! Which rule is for a key, and what approvals it asks for, whatever else it would say: what an auditor asks of a policy
//! that was in force.

use super::decide::NO_RULE;
use super::document::Policy;
use super::limits::only_stops;
use super::period::Period;
use super::request::{KeyFacts, Requirement};
use crate::key::operation::Operation;

/// The rule for a key.
#[derive(Clone, Copy, Debug)]
pub struct Ruling<'a> {
    /// The rule's name.
    pub rule: &'a str,
    /// The approvals that it asks for.
    pub approvals: Option<&'a Requirement>,
}

/// What the part of a policy that is about the registry is called where a rule is named.
const REGISTRY_RULE: &str = "registry";

impl Policy {
    /// The rule for an operation on this key. Where no rule matches: nothing, except for what stops a key.
    #[must_use]
    pub fn ruling(&self, operation: Operation, key: &KeyFacts<'_>) -> Option<Ruling<'_>> {
        let Some((_, rule)) = self.rule_for(key) else {
            return only_stops(operation).then_some(Ruling { rule: NO_RULE, approvals: None });
        };
        let approvals = rule.approvals.get(&operation).map(|placed| &placed.value);
        Some(Ruling { rule: &rule.name, approvals })
    }

    /// How long a version goes on beside the one that replaces it, where the key's rule says so.
    #[must_use]
    pub fn overlap(&self, key: &KeyFacts<'_>) -> Option<Period> {
        self.rule_for(key)?.1.rotation.as_ref()?.overlap
    }

    /// The rule for an operation on the registry.
    #[must_use]
    pub fn registry_ruling(&self, operation: Operation) -> Ruling<'_> {
        let approvals = self.registry.approvals.get(&operation).map(|placed| &placed.value);
        Ruling { rule: REGISTRY_RULE, approvals }
    }
}
