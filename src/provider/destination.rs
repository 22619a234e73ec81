//! The key on the provider's side: what was typed, and what it becomes when it meets the provider's grammar.

use jiff::Timestamp;

use super::{Challenge, Options};
use crate::format::escape::{SHORT, printable};
use crate::key::name::KeyName;

/// What a destination is made from.
#[derive(Debug)]
pub struct DestinationRequest<'a> {
    /// The key's own name.
    pub name: &'a KeyName,
    /// What was typed.
    pub options: &'a Options,
    /// What the provider handed out.
    pub challenge: &'a Challenge,
    /// Now.
    pub now: Timestamp,
}

/// A checked destination. It comes from [`super::Provider::destination`] only.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Destination {
    target: Option<String>,
    mount: Option<String>,
    valid_to: Option<Timestamp>,
    account: Option<String>,
    host: Option<String>,
}

/// Why a destination is not taken.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DestinationError {
    /// A value that breaks the provider's grammar.
    #[error("{option} {value:?} is not taken: {rule}")]
    Grammar {
        /// `--target`, for example.
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
    /// The answer belongs to another place than the one that was named.
    #[error("the answer is for {answer}, and {option} says {typed}")]
    Contradiction {
        /// `--target`, for example.
        option: &'static str,
        /// As typed, made printable.
        typed: String,
        /// What the answer says, made printable.
        answer: String,
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
    pub(super) fn new(target: Option<String>) -> Self {
        Self { target, mount: None, valid_to: None, account: None, host: None }
    }

    pub(super) fn with_account(self, account: Option<&str>) -> Self {
        Self { account: account.map(str::to_owned), ..self }
    }

    pub(super) fn with_host(self, host: String) -> Self {
        Self { host: Some(host), ..self }
    }

    pub(super) fn with_mount(self, mount: String) -> Self {
        Self { mount: Some(mount), ..self }
    }

    pub(super) fn with_valid_to(self, end: Timestamp) -> Self {
        Self { valid_to: Some(end), ..self }
    }

    /// A destination of these parts, for tests of what follows from one.
    #[cfg(test)]
    pub(crate) fn named(target: &str, account: &str, host: &str) -> Self {
        Self::new(Some(target.to_owned())).with_account(Some(account)).with_host(host.to_owned())
    }

    /// The key on the provider's side, with the account, vault or key ring where its name has them; `None` when the
    /// provider has no names.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// The mount, for a provider that has them.
    #[must_use]
    pub fn mount(&self) -> Option<&str> {
        self.mount.as_deref()
    }

    /// The account (AWS) or project (Google Cloud), where the key's name on the provider's side has one.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The host of the vault or HSM (Azure), in lower case.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The end of the imported key material.
    #[must_use]
    pub fn valid_to(&self) -> Option<Timestamp> {
        self.valid_to
    }
}

pub(super) fn refused(option: &'static str, value: &str, rule: &'static str) -> DestinationError {
    DestinationError::Grammar { option, value: printable(value, SHORT), rule }
}
