//! What the caller knows of a file beforehand.

use std::fmt;
use std::str::FromStr;

use crate::key::spec::KeySpec;

/// What is settled before the first byte is read. The default is nothing: all readings are returned.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Assumption {
    /// The outermost form (`--from`).
    pub from: Option<Source>,
    /// The type of the key (`--type`): readings that cannot be one are left out, and bytes without structure become one.
    pub spec: Option<KeySpec>,
}

/// The outermost form of a file, as people name it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Source {
    /// Base64 or base64url text.
    Base64,
    /// DER, or BER.
    Der,
    /// Hexadecimal text.
    Hex,
    /// JSON Web Key or key set.
    Jwk,
    /// PEM text.
    Pem,
    /// PKCS#12, binary.
    Pkcs12,
    /// The bytes of a key and nothing else.
    Raw,
    /// What a provider's import takes: a key that is encrypted under another.
    Wrapped,
}

impl Source {
    /// Every one, in the order in which help shows them.
    pub const ALL: [Self; 8] =
        [Self::Raw, Self::Hex, Self::Base64, Self::Pem, Self::Der, Self::Jwk, Self::Pkcs12, Self::Wrapped];

    /// `raw`, `hex` and so on.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Der => "der",
            Self::Hex => "hex",
            Self::Jwk => "jwk",
            Self::Pem => "pem",
            Self::Pkcs12 => "pkcs12",
            Self::Raw => "raw",
            Self::Wrapped => "wrapped",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no form.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown form; known: raw, hex, base64, pem, der, jwk, pkcs12, wrapped")]
pub struct UnknownSource;

impl FromStr for Source {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Self, UnknownSource> {
        Self::ALL.into_iter().find(|source| source.as_str() == text).ok_or(UnknownSource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_one_spelling_and_the_error_names_them_all() {
        let names: Vec<&str> = Source::ALL.iter().map(|source| source.as_str()).collect();
        assert!(Source::ALL.iter().all(|source| source.to_string().parse() == Ok(*source)));
        assert!(UnknownSource.to_string().ends_with(&names.join(", ")));
    }
}
