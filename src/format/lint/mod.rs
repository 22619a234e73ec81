//! What is wrong with a key file, before anybody imports it: findings with stable codes.
//!
//! A rule is data, in `rules/`, one file for each group of codes; what looks for it stands beside the format that it
//! speaks of. `check`, `import` and `wrap-for-import` run the same functions; `explain` and docs/codes.md show the rules.

mod ec;
mod ed25519;
mod raw;
mod rsa;
pub mod rules;

use std::fmt;

use serde::{Serialize, Serializer};

use super::material::{Material, PrivateKey};
use super::rsa_numbers::LONGEST;
use super::spki::{PublicKey, PublicKind, bit_length};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// Worth knowing; changes no exit code.
    Note,
    /// It may work, and it should not stay so.
    Warning,
    /// The key is broken, or an import would fail.
    Error,
}

/// One thing that can be wrong. Codes are never reused.
#[derive(Debug, Eq, PartialEq)]
pub struct Rule {
    /// Its number; the hundreds are the group.
    pub number: u16,
    /// How bad it is.
    pub severity: Severity,
    /// What it is, as a fragment.
    pub title: &'static str,
    /// What was found, in full sentences.
    pub meaning: &'static str,
    /// Why it matters.
    pub matters: &'static str,
    /// What to do.
    pub way_out: &'static str,
    /// One example: a line of a terminal, or of a file.
    pub example: &'static str,
}

/// A rule that something breaks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// Where: `block 2`, `keys[0].d`, `byte 17`; empty for the whole file. Printable.
    pub place: String,
    /// What exactly, as a fragment; never a byte of a secret. Printable.
    pub detail: String,
}

/// Everything that is wrong with the numbers of a key, in the order of the codes. The time is bounded for any input.
#[must_use]
pub fn of_key(key: &Material) -> Vec<Finding> {
    let mut findings = match key {
        Material::Private(key) => of_private(key),
        Material::Public(key) => of_public(key),
        Material::Secret(key) => raw::findings(key),
    };
    findings.sort_by_key(|finding| finding.rule.number);
    findings
}

/// What [`of_key`] costs: tests of primes take a time that grows with the third power of the length; of a public key
/// only the root of the modulus is taken.
#[must_use]
pub fn work(key: &Material) -> u64 {
    let cube =
        |modulus: &[u8]| u64::try_from(bit_length(modulus).min(LONGEST)).map_or(0, |bits| bits.saturating_pow(3));
    match key {
        Material::Private(PrivateKey::Rsa(key)) => cube(&key.modulus),
        Material::Public(key) => match key.kind() {
            PublicKind::Rsa { modulus, .. } => cube(modulus) / 16,
            PublicKind::Ec { .. } | PublicKind::Ed25519(_) | PublicKind::Other(_) => 0,
        },
        Material::Private(_) | Material::Secret(_) => 0,
    }
}

fn of_private(key: &PrivateKey) -> Vec<Finding> {
    match key {
        PrivateKey::Rsa(key) => rsa::private(key),
        PrivateKey::Ec(key) => ec::private(key),
        PrivateKey::Ed25519(key) => ed25519::private(key),
        PrivateKey::Other(_) => Vec::new(),
    }
}

fn of_public(key: &PublicKey) -> Vec<Finding> {
    match key.kind() {
        PublicKind::Rsa { modulus, exponent } => rsa::public(modulus, exponent),
        PublicKind::Ec { curve, point } => ec::public(*curve, point).into_iter().collect(),
        PublicKind::Ed25519(point) => ed25519::public(point).into_iter().collect(),
        PublicKind::Other(_) => Vec::new(),
    }
}

impl Finding {
    /// A finding about a place.
    #[must_use]
    pub fn new(rule: &'static Rule, place: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { rule, place: place.into(), detail: detail.into() }
    }
}

impl Severity {
    /// `error`, `warning`, `note`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// `F` and three digits.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "F{:03}", self.number)
    }
}

#[cfg(test)]
#[path = "lint_tests.rs"]
mod tests;
