//! Whose key is it? A file proves nothing about that, so how the wrapping key was authenticated is recorded.

use std::fmt;

/// How the wrapping key was authenticated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AuthenticatedBy {
    /// By nobody: a script without a pin.
    None,
    /// A person compared the fingerprint at a terminal.
    Operator,
    /// `--wrapping-key-sha256` was given and matched, or people approved a plan that names its SHA-256.
    Pinned,
    /// The adopted policy lists its fingerprint.
    Policy,
}

impl fmt::Display for AuthenticatedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Operator => "operator",
            Self::Pinned => "pinned",
            Self::Policy => "policy",
        })
    }
}

/// The pin is not the fingerprint of the wrapping key.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// Another key.
    #[error("the wrapping key has SHA-256 {found}; the pin says {pinned}")]
    Differs {
        /// SPKI SHA-256 of the key in the file.
        found: String,
        /// What was pinned.
        pinned: String,
    },
    /// Not 64 hexadecimal digits.
    #[error("the pin is not a SHA-256 in hexadecimal (64 digits)")]
    Malformed,
}

/// Compares the pin, colons and case aside, with the wrapping key's SPKI SHA-256.
///
/// # Errors
/// A pin that is malformed or names another key.
pub fn check_pin(pin: &str, spki_sha256: &str) -> Result<(), PinError> {
    let pinned = normal_pin(pin)?;
    if pinned == spki_sha256 { Ok(()) } else { Err(PinError::Differs { found: spki_sha256.to_owned(), pinned }) }
}

/// A pin without colons and in lower case.
///
/// # Errors
/// [`PinError::Malformed`].
pub fn normal_pin(pin: &str) -> Result<String, PinError> {
    let pinned: String = pin.chars().filter(|c| *c != ':').flat_map(char::to_lowercase).collect();
    if pinned.len() != 64 || !pinned.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(PinError::Malformed);
    }
    Ok(pinned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_compared_without_colons_and_case() {
        let found = "ab".repeat(32);
        assert!(check_pin(&"AB".repeat(32), &found).is_ok());
        assert!(check_pin(&["ab"; 32].join(":"), &found).is_ok());
        assert!(matches!(check_pin(&"ac".repeat(32), &found), Err(PinError::Differs { .. })));
        assert!(matches!(check_pin("ab", &found), Err(PinError::Malformed)));
        assert!(matches!(check_pin(&"zz".repeat(32), &found), Err(PinError::Malformed)));
    }
}
