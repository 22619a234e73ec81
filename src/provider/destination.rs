//! The key on the provider's side: what was typed, and what it becomes when it meets the provider's grammar.

use crate::format::escape::{SHORT, printable};

/// `--target` and `--mount`, as typed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Options {
    /// The key on the provider's side.
    pub target: Option<String>,
    /// The mount (OpenBao, Vault).
    pub mount: Option<String>,
}

/// A checked destination. It comes from [`super::Provider::destination`] only.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Destination {
    target: Option<String>,
    mount: Option<String>,
}

/// Why a destination is not taken.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DestinationError {
    /// A value that breaks the provider's grammar.
    #[error("{option} {value:?} is not taken: {rule}")]
    Grammar {
        /// `--target` or `--mount`.
        option: &'static str,
        /// As typed, made printable.
        value: String,
        /// What is allowed.
        rule: &'static str,
    },
    /// The key's own name is no name on the provider's side.
    #[error("--target is missing: the name {name} is no key name there ({rule})")]
    TargetMissing {
        /// The key's name.
        name: String,
        /// What is allowed.
        rule: &'static str,
        /// A name that would do.
        proposal: String,
    },
    /// An option that means nothing to this provider.
    #[error("{option} means nothing to {provider}")]
    Unused {
        /// The option.
        option: &'static str,
        /// Provider id.
        provider: &'static str,
    },
}

impl Destination {
    pub(super) fn new(target: Option<String>, mount: Option<String>) -> Self {
        Self { target, mount }
    }

    /// The key on the provider's side; `None` when the provider has no names.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// The mount, for a provider that has them.
    #[must_use]
    pub fn mount(&self) -> Option<&str> {
        self.mount.as_deref()
    }
}

pub(super) fn refused(option: &'static str, value: &str, rule: &'static str) -> DestinationError {
    DestinationError::Grammar { option, value: printable(value, SHORT), rule }
}
