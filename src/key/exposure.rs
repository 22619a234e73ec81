//! What the host got to see of a key, from nothing to everything.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How much of a key this host saw. The order is the order of harm; the worst so far is kept for ever.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exposure {
    /// Nothing: the key left the token only under keys that the host never saw.
    #[default]
    None,
    /// The host knew, for a moment, the AES key under which the key left the token.
    EphemeralKek,
    /// The host had the key itself in its memory.
    Plaintext,
}

impl Exposure {
    /// `none`, `ephemeral-kek`, `plaintext`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::EphemeralKek => "ephemeral-kek",
            Self::Plaintext => "plaintext",
        }
    }
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no exposure that one can consent to.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown exposure; known: ephemeral-kek, plaintext")]
pub struct UnknownExposure;

impl FromStr for Exposure {
    type Err = UnknownExposure;

    fn from_str(text: &str) -> Result<Self, UnknownExposure> {
        match text {
            "ephemeral-kek" => Ok(Self::EphemeralKek),
            "plaintext" => Ok(Self::Plaintext),
            _ => Err(UnknownExposure),
        }
    }
}
