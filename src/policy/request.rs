//! What a policy is asked, and what it answers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::key::exposure::Exposure;
use crate::key::method::WrapMethod;
use crate::key::name::KeyName;
use crate::key::operation::Operation;
use crate::key::spec::{KeySpec, Purpose};

/// What is about to happen.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The operation.
    pub operation: Operation,
    /// The key that it is about; nothing for operations on the registry.
    pub key: Option<KeyFacts<'a>>,
    /// Where a wrap goes, and how.
    pub wrap: Option<WrapFacts<'a>>,
    /// Now.
    pub now: Timestamp,
}

/// What a rule can know of a key.
#[derive(Clone, Debug)]
pub struct KeyFacts<'a> {
    /// `NAME`
    pub name: &'a KeyName,
    /// Its type.
    pub spec: KeySpec,
    /// Its purpose.
    pub purpose: Purpose,
    /// Who answers for it.
    pub owner: Option<&'a str>,
    /// Its attributes.
    pub attributes: &'a BTreeMap<String, String>,
    /// The worst exposure that the operation will have led to.
    pub exposure: Exposure,
    /// When it was made; nothing for a key that is not there yet.
    pub made_at: Option<Timestamp>,
    /// When it is to stop protecting data (SP 800-57 originator usage period), where that is set.
    pub protect_stop: Option<Timestamp>,
}

/// What a rule can know of a wrap.
#[derive(Clone, Debug)]
pub struct WrapFacts<'a> {
    /// Provider id.
    pub provider: &'a str,
    /// The account, project or subscription on the provider's side, where the answer or the target names one.
    pub account: Option<&'a str>,
    /// The key, KEK or import job of the wrapping key, as the answer names it.
    pub resource: Option<&'a str>,
    /// The host of a vault, where the answer or the target names one.
    pub host: Option<&'a str>,
    /// The key on the provider's side, where it is named.
    pub target: Option<&'a str>,
    /// The method; nothing while the token's profile is not known.
    pub method: Option<WrapMethod>,
    /// SPKI SHA-256 of the wrapping key, lower-case hexadecimal.
    pub wrapping_key_sha256: &'a str,
    /// Whether `--wrapping-key-sha256` was given and matched.
    pub pinned: bool,
}

/// The place of a rule in its file: what every refusal names.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct RuleRef {
    /// The rule's name.
    pub name: String,
    /// The line of what decided, from 1.
    pub line: u64,
    /// Its key path: `rules[2].providers.aws-kms.methods`.
    pub path: String,
}

/// What the policy says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Decision {
    /// Go on, with these approvals.
    Permit(Permit),
    /// Stop.
    Denied(Denial),
}

/// What is permitted, and under what conditions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Permit {
    /// The rule that decided.
    pub rule: RuleRef,
    /// The approvals that it asks for; nothing where the operation needs no plan.
    pub approvals: Option<Requirement>,
    /// The wrapping key's fingerprint is one that the rule lists.
    pub wrapping_key_listed: bool,
    /// Whether `--yes` may answer what a person at a terminal would be asked.
    pub unattended: bool,
    /// What a person should know: that a rotation is due, that a longest life has run out and its grace has not.
    pub notices: Vec<String>,
}

impl Permit {
    /// Both at once: every approval that either asks for. The rule is that of the first.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let approvals = Requirement::both(self.approvals, other.approvals);
        let mut notices = self.notices;
        notices.extend(other.notices.into_iter().filter(|notice| !notices.contains(notice)).collect::<Vec<_>>());
        Self {
            rule: self.rule,
            approvals,
            wrapping_key_listed: self.wrapping_key_listed || other.wrapping_key_listed,
            unattended: self.unattended && other.unattended,
            notices,
        }
    }
}

/// Why not.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Denial {
    /// The rule; nothing where no rule matches the key.
    pub rule: Option<RuleRef>,
    /// What it says, as a lower-case fragment: `type rsa-2048 is not among rsa-3072, rsa-4096`.
    pub why: String,
    /// What would be permitted, or whom to ask.
    pub way_out: String,
}

/// How many approvals, and whose.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Requirement {
    /// How many distinct persons with distinct keys; at least 1.
    pub threshold: u32,
    /// At least this many of them with this role.
    pub roles: BTreeMap<String, u32>,
    /// Whether the plan's author counts.
    pub author_counts: bool,
    /// Whether FIDO keys must have verified their user (PIN, fingerprint), not only felt a touch.
    pub verify_required: bool,
}

impl Requirement {
    /// What is asked for where nothing is.
    pub const NONE: Self = Self { threshold: 0, roles: BTreeMap::new(), author_counts: false, verify_required: false };

    /// So many people, whoever they are; not the author.
    #[must_use]
    pub fn of_people(threshold: u32) -> Self {
        Self { threshold, ..Self::NONE }
    }

    /// What meets both of two, either of which may ask for nothing.
    #[must_use]
    pub fn both(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(one.and(other)),
            (one, other) => one.or(other),
        }
    }

    /// What meets both.
    #[must_use]
    fn and(mut self, other: Self) -> Self {
        for (role, count) in other.roles {
            let asked = self.roles.entry(role).or_default();
            *asked = count.max(*asked);
        }
        Self {
            threshold: self.threshold.max(other.threshold),
            roles: self.roles,
            author_counts: self.author_counts && other.author_counts,
            verify_required: self.verify_required || other.verify_required,
        }
    }
}

/// A person who may approve.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Person {
    /// Roles.
    pub roles: BTreeSet<String>,
    /// Login names under which this person makes plans.
    pub logins: BTreeSet<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permit(approvals: Option<Requirement>, unattended: bool) -> Permit {
        let rule = RuleRef { name: "rule".to_owned(), line: 1, path: "rules[0]".to_owned() };
        Permit { rule, approvals, wrapping_key_listed: false, unattended, notices: vec!["due".to_owned()] }
    }

    fn requirement(threshold: u32, roles: &[(&str, u32)], author_counts: bool) -> Requirement {
        let roles = roles.iter().map(|(role, count)| ((*role).to_owned(), *count)).collect();
        Requirement { threshold, roles, author_counts, verify_required: !author_counts }
    }

    #[test]
    fn two_permits_ask_for_what_either_asks_for() {
        let one = requirement(1, &[("security", 1), ("owner", 1)], true);
        let two = requirement(2, &[("security", 2)], false);
        let both = permit(Some(one.clone()), true).and(permit(Some(two), false));
        assert_eq!(both.approvals, Some(requirement(2, &[("owner", 1), ("security", 2)], false)));
        assert_eq!((both.unattended, both.notices.len()), (false, 1));
        assert_eq!(permit(None, true).and(permit(Some(one.clone()), true)).approvals, Some(one));
        assert_eq!(permit(None, true).and(permit(None, true)).approvals, None);
    }
}
