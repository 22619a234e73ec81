//! What is wrong with a key file, before anybody imports it: findings with stable codes.
//!
//! A rule is data, in `rules/`, one file for each group of codes; what looks for it stands beside the format that it
//! speaks of. `check`, `import` and `wrap-for-import` run the same functions; `explain` and docs/codes.md show the rules.

pub mod rules;

use std::fmt;

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

/// `F` and three digits.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "F{:03}", self.number)
    }
}
