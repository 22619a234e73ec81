//! Which rule decides what for a key, operation by operation, and what a classification demands.

use super::decide::CLASSIFICATION;
use super::document::{CustodyPattern, Policy};
use super::request::{Decision, KeyFacts, Request};
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

impl Policy {
    /// What each of these operations would be answered.
    #[must_use]
    pub fn explain(&self, request: &Request<'_>, operations: &[Operation]) -> Vec<(Operation, Decision)> {
        let ask = |operation: &Operation| {
            let request = Request { operation: *operation, ..request.clone() };
            (*operation, self.decide(&request))
        };
        operations.iter().map(ask).collect()
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
                "make the key with byok generate and keep it; the provider calls the own token for each use (AWS XKS, \
                 Google EKM), and byok wrap-for-import refuses it"
            }
        }
    }
}
