//! Passphrases of files: they come as PINs do, from the same sources but a token's keypad.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use secrecy::SecretString;

use super::codes::{Code, usage};
use super::env::Env;
use super::failure::{Explained, Failure};
use super::pin::{PinError, PinSource};
use crate::ops::access::Pin;

/// The source of a passphrase, as typed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct PassphraseSource(PinSource);

/// A text that names no source.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a passphrase source; known: env:NAME, file:PATH, fd:N, prompt")]
pub(super) struct UnknownSource;

/// Why a source gives no passphrase.
#[derive(Debug)]
pub(super) struct PassphraseError {
    error: PinError,
    option: &'static str,
}

impl PassphraseSource {
    /// Asked on the terminal: what is meant when nothing is said.
    pub(super) fn prompt() -> Self {
        Self(PinSource::Prompt)
    }

    /// Says early what can be said without the passphrase. `option` is what names another source.
    pub(super) fn check(&self, env: &Env, option: &'static str) -> Result<(), PassphraseError> {
        self.0.check(env).map_err(|error| PassphraseError { error, option })
    }

    /// Reads it, once. A wrong one is never asked for again: scripts would hang.
    pub(super) fn read(&self, env: &Env, question: &str) -> Result<SecretString, PassphraseError> {
        let option = "--passphrase-source";
        let read = self.0.read(env, question).map_err(|error| PassphraseError { error, option })?;
        match read {
            Pin::Secret(text) => Ok(text),
            Pin::Pinpad => Err(PassphraseError { error: PinError::Pinpad, option }),
        }
    }

    /// Reads one that may be empty, as PKCS#12 files have them.
    pub(super) fn read_or_empty(&self, env: &Env, question: &str) -> Result<SecretString, PassphraseError> {
        match self.read(env, question) {
            Err(PassphraseError { error: PinError::Empty(_), .. }) => Ok(SecretString::from("")),
            other => other,
        }
    }

    /// Reads one for a new file; a terminal asks twice.
    pub(super) fn read_new(&self, env: &Env, question: &str) -> Result<SecretString, PassphraseError> {
        let option = "--new-passphrase-source";
        self.0.read_new(env, question).map_err(|error| PassphraseError { error, option })
    }
}

impl FromStr for PassphraseSource {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Self, UnknownSource> {
        match text.parse() {
            Ok(PinSource::Pinpad) | Err(_) => Err(UnknownSource),
            Ok(source) => Ok(Self(source)),
        }
    }
}

impl fmt::Display for PassphraseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error {
            PinError::NoTerminal => f.write_str("there is no terminal to ask for the passphrase at"),
            PinError::Exposed { path, mode, owner } => write!(
                f,
                "the passphrase file {} can be reached by others (mode {mode:04o}, owner {owner})",
                path.display()
            ),
            PinError::NotRegular(path) => write!(f, "the passphrase file {} is not a regular file", path.display()),
            PinError::Io { .. } => f.write_str("the passphrase source cannot be read"),
            PinError::Empty(source) => write!(f, "{source} holds no passphrase"),
            PinError::Differ => f.write_str("the two passphrases differ"),
            PinError::Pinpad => f.write_str("a passphrase cannot come from the token's keypad"),
            PinError::NotText(source) => write!(f, "the passphrase from {source} is not UTF-8"),
            error @ (PinError::NotSet(_) | PinError::TooLong(_)) => write!(f, "{error}"),
        }
    }
}

impl Error for PassphraseError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

impl Explained for PassphraseError {
    fn code(&self) -> &'static Code {
        match self.error {
            PinError::NoTerminal => &usage::NO_PASSPHRASE_SOURCE,
            _ => &usage::PASSPHRASE_SOURCE_UNUSABLE,
        }
    }

    fn hints(&self) -> Vec<String> {
        match &self.error {
            PinError::NoTerminal => vec![format!("pass {} env:NAME, file:PATH or fd:N", self.option)],
            PinError::Exposed { path, .. } => {
                vec![format!("chmod 600 {}   and change the passphrase if others could read it", path.display())]
            }
            _ => Vec::new(),
        }
    }
}

/// The failure for a file whose passphrase is needed and for which no source can be found.
pub(super) fn needed(what: &str, option: &'static str) -> Failure {
    Failure::from(PassphraseError { error: PinError::NoTerminal, option }).cause(format!("{what} needs a passphrase"))
}
