//! A policy as it was read: every value with the line that a refusal names.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::glob::Glob;
use super::node::At;
use super::period::Period;
use super::reader::Placed;
use super::request::{Person, Requirement, RuleRef};
use crate::key::exposure::Exposure;
use crate::key::method::WrapMethod;
use crate::key::operation::Operation;
use crate::key::spec::{KeySpec, Purpose};

/// `schema` of a policy.
pub const SCHEMA: &str = "byok.policy/v1";
/// The largest policy that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// A policy without a mistake that its text alone can show.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(super) people: BTreeMap<String, Person>,
    pub(super) revoked: BTreeMap<String, Option<Timestamp>>,
    pub(super) registry: RegistryRules,
    pub(super) freeze: Vec<Freeze>,
    pub(super) classifications: BTreeMap<String, Classification>,
    /// The place of `rules`.
    pub(super) rules_at: At,
    pub(super) rules: Vec<Rule>,
    pub(super) examples: Vec<Example>,
}

/// Approvals by operation, each with its place.
pub(super) type Approvals = BTreeMap<Operation, Placed<Requirement>>;

/// What holds for the registry itself.
#[derive(Clone, Debug, Default)]
pub(super) struct RegistryRules {
    pub(super) at: At,
    pub(super) approvals: Approvals,
    pub(super) unattended: BTreeSet<Operation>,
}

/// A time in which operations rest.
#[derive(Clone, Debug)]
pub(super) struct Freeze {
    pub(super) name: String,
    pub(super) at: At,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) operations: BTreeSet<Operation>,
    pub(super) why: Option<String>,
}

/// Who holds the key, from the least own control to the most.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum CustodyPattern {
    /// The provider makes and holds the key.
    ProviderManaged,
    /// The provider makes and holds the key, its customer says what happens to it.
    CustomerManaged,
    /// The customer makes the key and gives the provider a copy.
    Byok,
    /// The key never leaves the customer's own token; the provider asks for each use.
    Hyok,
}

/// What a value of the attribute `classification` demands.
#[derive(Clone, Debug)]
pub(super) struct Classification {
    pub(super) at: At,
    pub(super) custody: CustodyPattern,
    pub(super) why: Option<String>,
}

/// One rule.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) name: String,
    /// The place of its name.
    pub(super) at: At,
    pub(super) matches: Match,
    pub(super) types: Option<Placed<Vec<KeySpec>>>,
    pub(super) purposes: Option<Placed<Vec<Purpose>>>,
    pub(super) owner_required: Option<Placed<bool>>,
    pub(super) providers: Option<Placed<BTreeMap<String, ProviderRule>>>,
    pub(super) wrapping_keys: Option<WrappingKeys>,
    pub(super) exposure: Placed<Exposure>,
    pub(super) rotation: Option<Rotation>,
    pub(super) life: Option<Placed<Period>>,
    pub(super) grace: Grace,
    pub(super) approvals: Approvals,
    pub(super) unattended: BTreeSet<Operation>,
}

/// Which keys a rule is for.
#[derive(Clone, Debug)]
pub(super) struct Match {
    /// Any of these; every name when empty.
    pub(super) keys: Vec<Glob>,
    /// Each of these attributes has one of the values; `*` is any value.
    pub(super) attributes: BTreeMap<String, Vec<String>>,
}

/// What a rule says of one provider.
#[derive(Clone, Debug)]
pub(super) struct ProviderRule {
    pub(super) accounts: Option<Placed<Vec<String>>>,
    pub(super) methods: Option<Placed<Vec<WrapMethod>>>,
}

/// What a rule says of wrapping keys.
#[derive(Clone, Debug)]
pub(super) struct WrappingKeys {
    pub(super) fingerprints: Option<Placed<Vec<String>>>,
    pub(super) accounts: Option<Placed<Vec<String>>>,
    pub(super) hosts: Option<Placed<Vec<String>>>,
    pub(super) resources: Option<Placed<Vec<String>>>,
    pub(super) pin_required: Option<Placed<bool>>,
}

/// How often a new version is made, and how long the old one goes on beside it.
#[derive(Clone, Debug)]
pub(super) struct Rotation {
    pub(super) at: At,
    pub(super) every: Period,
    pub(super) overlap: Option<Period>,
}

/// How long after the end of a period operations are still permitted, with a notice; and how long people have to notice
/// before the next stage of a revocation.
#[derive(Clone, Debug, Default)]
pub(super) struct Grace {
    pub(super) rotation: Option<Period>,
    pub(super) life: Option<Period>,
    /// How long a version must have been suspended before it is deactivated.
    pub(super) deactivate: Option<Placed<Period>>,
    /// How long a version must have been deactivated or compromised before it is destroyed.
    pub(super) destroy: Option<Placed<Period>>,
}

/// An example beside the rules: a request, and what the policy is expected to say.
#[derive(Clone, Debug)]
pub(super) struct Example {
    pub(super) name: String,
    pub(super) at: At,
    pub(super) asked: Asked,
    pub(super) expect: Placed<Expected>,
    /// The rule that is expected to decide.
    pub(super) rule: Option<Placed<String>>,
    /// How many approvals are expected.
    pub(super) approvals: Option<Placed<u32>>,
}

/// The request of an example.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) operation: Operation,
    pub(super) now: Timestamp,
    pub(super) key: Option<AskedKey>,
    pub(super) wrap: Option<AskedWrap>,
}

/// The key of an example.
#[derive(Clone, Debug)]
pub(super) struct AskedKey {
    pub(super) name: crate::key::name::KeyName,
    pub(super) spec: KeySpec,
    pub(super) purpose: Purpose,
    pub(super) owner: Option<String>,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) exposure: Exposure,
    pub(super) made_at: Option<Timestamp>,
    pub(super) protect_stop: Option<Timestamp>,
}

/// The wrap of an example.
#[derive(Clone, Debug)]
pub(super) struct AskedWrap {
    pub(super) provider: String,
    pub(super) account: Option<String>,
    pub(super) resource: Option<String>,
    pub(super) host: Option<String>,
    pub(super) target: Option<String>,
    pub(super) method: Option<WrapMethod>,
    pub(super) wrapping_key_sha256: String,
    pub(super) pinned: bool,
}

/// What an example expects.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expected {
    /// That it is permitted.
    Permit,
    /// That it is denied.
    Deny,
}

impl Policy {
    /// The people who may approve, by principal.
    #[must_use]
    pub fn people(&self) -> &BTreeMap<String, Person> {
        &self.people
    }

    /// The keys that no longer approve, by fingerprint (`SHA256:` and unpadded base64), each with the time since when;
    /// without one it never did.
    #[must_use]
    pub fn revoked_keys(&self) -> &BTreeMap<String, Option<Timestamp>> {
        &self.revoked
    }

    /// The person behind a login name.
    #[must_use]
    pub fn person_of_login(&self, login: &str) -> Option<&str> {
        self.people.iter().find(|(_, person)| person.logins.contains(login)).map(|(name, _)| name.as_str())
    }

    /// The names of the rules, in order.
    pub fn rule_names(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.name.as_str())
    }

    /// How many examples stand beside the rules.
    #[must_use]
    pub fn example_count(&self) -> usize {
        self.examples.len()
    }
}

impl CustodyPattern {
    /// Every pattern, the least own control first.
    pub const ALL: [Self; 4] = [Self::ProviderManaged, Self::CustomerManaged, Self::Byok, Self::Hyok];

    /// Its name in a policy.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ProviderManaged => "provider-managed",
            Self::CustomerManaged => "customer-managed",
            Self::Byok => "byok",
            Self::Hyok => "hyok",
        }
    }
}

impl std::fmt::Display for CustodyPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Permit => "permit",
            Self::Deny => "deny",
        })
    }
}

/// The reference to a rule's part at `at`.
pub(super) fn reference(name: impl Into<String>, at: At, path: impl Into<String>) -> RuleRef {
    RuleRef { name: name.into(), line: at.line, path: path.into() }
}
