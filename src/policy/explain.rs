//! Which rule decides what for a key, operation by operation, and what a classification demands.

use super::decide::CLASSIFICATION;
use super::document::{CustodyPattern, Policy, Rule, WrappingKeys, reference};
use super::node::At;
use super::reader::{Placed, join};
use super::request::{Decision, KeyFacts, Request, RuleRef};
use crate::key::operation::Operation;

/// What a classification demands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Demand {
    /// The value of the attribute `classification`.
    pub classification: String,
    /// The custody pattern.
    pub custody: CustodyPattern,
    /// Why, in the words of the policy.
    pub why: Option<String>,
    /// Its line, from 1.
    pub line: u64,
}

/// One thing that a rule says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Limit {
    /// Its line, from 1.
    pub line: u64,
    /// The field, within the rule.
    pub field: String,
    /// What it permits.
    pub text: String,
}

impl Policy {
    /// What each of these operations would be answered. Without a wrap, a wrap is any that the rule permits.
    #[must_use]
    pub fn explain(&self, request: &Request<'_>, operations: &[Operation]) -> Vec<(Operation, Decision)> {
        let ask = |operation: &Operation| {
            let request = Request { operation: *operation, ..request.clone() };
            (*operation, self.decide_as(&request, request.wrap.is_none()))
        };
        operations.iter().map(ask).collect()
    }

    /// The rule that decides for a key, and everything that it says, line by line.
    #[must_use]
    pub fn rule_and_limits(&self, key: &KeyFacts<'_>) -> Option<(RuleRef, Vec<Limit>)> {
        let (index, rule) = self.rule_for(key)?;
        Some((reference(&rule.name, rule.at, format!("rules[{index}]")), limits(rule)))
    }

    /// What the classifications of the policy demand, by name.
    #[must_use]
    pub fn demands(&self) -> Vec<Demand> {
        let demand = |(name, class): (&String, &super::document::Classification)| Demand {
            classification: name.clone(),
            custody: class.custody,
            why: class.why.clone(),
            line: class.at.line,
        };
        self.classifications.iter().map(demand).collect()
    }

    /// What the key's own classification demands.
    #[must_use]
    pub fn demand_on(&self, key: &KeyFacts<'_>) -> Option<Demand> {
        let value = key.attributes.get(CLASSIFICATION)?;
        self.demands().into_iter().find(|demand| demand.classification == *value)
    }
}

fn limits(rule: &Rule) -> Vec<Limit> {
    let mut found = Vec::new();
    let mut say =
        |at: At, field: &str, text: String| found.push(Limit { line: at.line, field: field.to_owned(), text });
    if let Some(types) = &rule.types {
        say(types.at, "types", join(&types.value));
    }
    if let Some(purposes) = &rule.purposes {
        say(purposes.at, "purposes", join(&purposes.value));
    }
    if let Some(owner) = rule.owner_required.as_ref().filter(|owner| owner.value) {
        say(owner.at, "owner-required", "the key names who answers for it".to_owned());
    }
    for (id, provider) in rule.providers.iter().flat_map(|providers| &providers.value) {
        let at = rule.providers.as_ref().map_or(rule.at, |providers| providers.at);
        say(at, &format!("providers.{id}"), "permitted".to_owned());
        if let Some(accounts) = &provider.accounts {
            say(accounts.at, &format!("providers.{id}.accounts"), join(&accounts.value));
        }
        if let Some(methods) = &provider.methods {
            say(methods.at, &format!("providers.{id}.methods"), join(&methods.value));
        }
    }
    for (field, list) in rule.wrapping_keys.iter().flat_map(lists) {
        say(list.at, &format!("wrapping-keys.{field}"), join(&list.value));
    }
    let pin = rule.wrapping_keys.as_ref().and_then(|keys| keys.pin_required.as_ref()).filter(|pin| pin.value);
    if let Some(pin) = pin {
        say(pin.at, "wrapping-keys.pin-required", "--wrapping-key-sha256".to_owned());
    }
    say(rule.exposure.at, "exposure", format!("{} at worst", rule.exposure.value));
    if let Some(rotation) = &rule.rotation {
        let overlap = rotation.overlap.map(|overlap| format!(", overlap {overlap}")).unwrap_or_default();
        say(rotation.at, "rotation", format!("every {}{overlap}", rotation.every));
    }
    if let Some(life) = &rule.life {
        say(life.at, "life", life.value.to_string());
    }
    if let Some(period) = &rule.grace.deactivate {
        say(period.at, "grace.deactivate", format!("after {} of suspension", period.value));
    }
    if let Some(period) = &rule.grace.destroy {
        say(period.at, "grace.destroy", format!("after {} of deactivation or compromise", period.value));
    }
    found
}

fn lists(keys: &WrappingKeys) -> Vec<(&'static str, &Placed<Vec<String>>)> {
    let all = [
        ("fingerprints", &keys.fingerprints),
        ("accounts", &keys.accounts),
        ("hosts", &keys.hosts),
        ("resources", &keys.resources),
    ];
    all.into_iter().filter_map(|(field, list)| Some((field, list.as_ref()?))).collect()
}

impl CustodyPattern {
    /// What to do under this pattern, for a person who has never heard of it.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::ProviderManaged => "the provider makes, holds and rotates the key; nothing is to be done with byok",
            Self::CustomerManaged => {
                "make the key in the provider's key service and manage its policy and rotation there"
            }
            Self::Byok => "make the key with byok generate and give the provider a copy with byok wrap-for-import",
            Self::Hyok => {
                "make the key with byok generate and keep it; the provider calls your own token for each use (AWS XKS, \
                 Google EKM), and byok wrap-for-import refuses it"
            }
        }
    }
}
