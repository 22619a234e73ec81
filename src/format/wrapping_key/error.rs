//! Why a file is no wrapping key.

use super::MAXIMUM;
use super::rules::RuleError;
use crate::format::json::JsonError;
use crate::format::spki::SpkiError;

/// Which rule a file breaks.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum WrappingKeyError {
    /// Nothing there.
    #[error("the file is empty")]
    Empty,
    /// More than [`MAXIMUM`].
    #[error("the file has {0} bytes; a wrapping key has at most {MAXIMUM}")]
    TooLarge(usize),
    /// Windows tools write it.
    #[error("the file is UTF-16 text; save it as UTF-8")]
    Utf16,
    /// Neither text nor DER.
    #[error("the file is neither UTF-8 text nor DER (byte {0})")]
    NotText(usize),
    /// A NUL or another control character in text.
    #[error("the text has the control character {character:?} (byte {offset})")]
    Control {
        /// The character.
        character: char,
        /// From 0.
        offset: usize,
    },
    /// The wrong half. What it is, never what it holds.
    #[error("the file holds a private or secret key ({0}); a wrapping key is the public half")]
    PrivateKey(String),
    /// Which of the two is meant?
    #[error("the file holds more than one key: {first} and {second}")]
    Several {
        /// The first.
        first: String,
        /// The second.
        second: String,
    },
    /// A public key that cannot wrap.
    #[error("the key is {0}; wrapping takes an RSA key (rsaEncryption)")]
    NotRsa(String),
    /// Something else.
    #[error("the file is {0}, not a public key")]
    NotAKey(String),
    /// Damaged PEM.
    #[error("the PEM block is damaged: {0}")]
    Pem(String),
    /// Neither PEM nor JSON nor base64.
    #[error("the text is neither PEM nor JSON nor base64: {0}")]
    Base64(String),
    /// Base64 of the wrong thing.
    #[error("the base64 holds {0}, not the DER of a public key")]
    Base64Content(&'static str),
    /// Damaged DER.
    #[error("the DER is damaged: {0}")]
    Der(String),
    /// More than one value.
    #[error("{0} bytes follow the DER of the key")]
    Trailing(usize),
    /// A damaged public key.
    #[error(transparent)]
    Spki(#[from] SpkiError),
    /// Damaged JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// JSON without any key.
    #[error("the JSON holds no public key: neither a JWK nor PEM nor a member `PublicKey`")]
    NoKeyInJson,
    /// A JWK that breaks a rule of RFC 7517 or RFC 7518.
    #[error("the JWK member `{member}` {rule}")]
    Jwk {
        /// With its path.
        member: String,
        /// What it should be.
        rule: &'static str,
    },
    /// Numbers that make no usable key.
    #[error(transparent)]
    Rule(#[from] RuleError),
}
