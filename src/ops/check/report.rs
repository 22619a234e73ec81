//! What `check` says of one file.

use crate::format::lint::Finding;
use crate::key::spec::KeySpec;
use crate::provider::agreement::Taken;

/// What was found in one file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Report {
    /// What the file is; empty when it could not be read.
    pub what: String,
    /// The keys in it.
    pub keys: Vec<KeyReport>,
    /// What is wrong, in the order of the codes.
    pub findings: Vec<Finding>,
}

/// One key in a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyReport {
    /// Where it stands; empty when the file holds nothing else.
    pub place: String,
    /// `RSA-3072 private key`, `symmetric key of 32 bytes`.
    pub what: String,
    /// What it can be: several for bytes of a certain length, none when byok has no such type.
    pub types: Vec<TypeReport>,
}

/// One type that a key can have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TypeReport {
    /// The type.
    pub spec: KeySpec,
    /// The providers that take it: nobody takes a public key, or one that is broken.
    pub taken_by: Vec<Taken>,
}

impl KeyReport {
    /// A provider's wrapping key, which nobody imports.
    #[must_use]
    pub fn wrapping(what: &str) -> Self {
        Self { place: String::new(), what: what.to_owned(), types: Vec::new() }
    }
}

impl Report {
    /// Whether there is a key in it, open or locked.
    #[must_use]
    pub fn holds_a_key(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Takes over what was found under one way to read the file.
    pub(super) fn absorb(&mut self, reading: &str, other: Self) {
        if self.what.is_empty() {
            "one of several things".clone_into(&mut self.what);
        }
        self.keys.extend(other.keys.into_iter().map(|key| KeyReport { place: join(reading, &key.place), ..key }));
        self.findings.extend(other.findings.into_iter().map(|found| within(reading, found)));
    }

    /// Each finding once, in the order of the codes.
    pub(super) fn finish(mut self) -> Self {
        self.findings.sort_by_key(|finding| finding.rule.number);
        let mut once: Vec<Finding> = Vec::with_capacity(self.findings.len());
        for finding in self.findings {
            if !once.contains(&finding) {
                once.push(finding);
            }
        }
        self.findings = once;
        self
    }
}

/// The finding, at a place within another.
pub(super) fn within(place: &str, finding: Finding) -> Finding {
    Finding { place: join(place, &finding.place), ..finding }
}

fn join(outer: &str, inner: &str) -> String {
    [outer, inner].into_iter().filter(|place| !place.is_empty()).collect::<Vec<_>>().join(": ")
}
