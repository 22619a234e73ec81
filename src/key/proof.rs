//! By what a key that this host had in its memory was recognised as the key in the token.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One comparison that was made.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContentProof {
    /// The private key makes the public half that the manifest names. A secret key has none.
    PublicKey,
    /// The manifest's fingerprint, a PRF output of 16 or 32 bytes that the token once computed, comes out in software.
    Fingerprint,
    /// What the token computed with the key in this very operation, 16 bytes or more, comes out in software.
    KnownAnswer,
    /// The manifest's check value comes out in software: 3 bytes, which finds accidents and proves nothing.
    CheckValue,
}

impl ContentProof {
    /// Whether no other key passes it, but by breaking a cipher.
    #[must_use]
    pub fn is_strong(self) -> bool {
        self != Self::CheckValue
    }

    /// `public-key` and so on.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PublicKey => "public-key",
            Self::Fingerprint => "fingerprint",
            Self::KnownAnswer => "known-answer",
            Self::CheckValue => "check-value",
        }
    }
}

impl fmt::Display for ContentProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
