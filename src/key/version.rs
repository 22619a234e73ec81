//! Key versions: `NAME@N`, and the selector `NAME[@N]` that people type.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use super::name::{KeyName, NameError};

/// One version of a key, for example `payments/kek@3`. Its text is also the PKCS#11 label.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyVersionId {
    /// The key.
    pub key: KeyName,
    /// Its version, from 1.
    pub version: NonZeroU32,
}

/// `NAME` (the newest version) or `NAME@N`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeySelector {
    /// The key.
    pub key: KeyName,
    /// The version, when one was named.
    pub version: Option<NonZeroU32>,
}

/// Why a text selects no key version.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SelectorError {
    /// The part before `@` is not a name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The part after `@` is not a whole number from 1, without leading zeros.
    #[error("the version after @ is not a whole number from 1")]
    Version,
    /// A version was needed and none was given.
    #[error("the version is missing: NAME@N")]
    Missing,
}

impl FromStr for KeySelector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        match text.split_once('@') {
            None => Ok(Self { key: text.parse()?, version: None }),
            Some((name, version)) => Ok(Self { key: name.parse()?, version: Some(parse_version(version)?) }),
        }
    }
}

fn parse_version(text: &str) -> Result<NonZeroU32, SelectorError> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| plain).ok_or(SelectorError::Version)
}

impl FromStr for KeyVersionId {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let selector: KeySelector = text.parse()?;
        let version = selector.version.ok_or(SelectorError::Missing)?;
        Ok(Self { key: selector.key, version })
    }
}

impl fmt::Display for KeyVersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.key, self.version)
    }
}

impl fmt::Display for KeySelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            None => self.key.fmt(f),
            Some(version) => write!(f, "{}@{version}", self.key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_one_spelling() {
        assert_eq!("a/b@12".parse::<KeyVersionId>().unwrap().to_string(), "a/b@12");
        for bad in ["a@0", "a@01", "a@", "a@-1", "a@+1", "a@1@2", "a@4294967296", "a@x"] {
            assert_eq!(bad.parse::<KeyVersionId>(), Err(SelectorError::Version), "{bad}");
        }
        assert_eq!("a".parse::<KeyVersionId>(), Err(SelectorError::Missing));
    }
}
