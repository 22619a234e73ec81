//! What a provider hands out: a wrapping key, and what goes with it.

use jiff::Timestamp;

use crate::format::spki::bit_length;
use crate::format::wrapping_key::{RecognisedKey, WrappingKeyError};
use crate::key::method::WrapMethod;

/// A file as it was read, once; its name is only for messages.
#[derive(Debug)]
pub struct ImportFile {
    /// File name for messages.
    pub name: String,
    /// Its bytes, capped by the reader.
    pub bytes: Vec<u8>,
}

/// What a provider handed out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Challenge {
    /// What the file was recognised as: `PEM public key`, `JSON data.public_key: PEM public key`.
    pub recognised: String,
    /// DER SubjectPublicKeyInfo of the wrapping key, `rsaEncryption` form.
    pub spki: Vec<u8>,
    /// Big-endian modulus, without leading zeros.
    pub modulus: Vec<u8>,
    /// Big-endian public exponent, without leading zeros.
    pub exponent: Vec<u8>,
    /// The account, vault or key to which the answer belongs, when it says so.
    pub resource: Option<String>,
    /// When the provider stops accepting it.
    pub expires_at: Option<Timestamp>,
    /// The method, when the answer names it.
    pub method: Option<WrapMethod>,
    /// Files that must go into the bundle unchanged: fixed name and bytes.
    pub attachments: Vec<(String, Vec<u8>)>,
}

/// Why a wrapping-key file is not taken.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ChallengeError {
    /// No usable wrapping key in it.
    #[error(transparent)]
    Key(#[from] WrappingKeyError),
    /// The provider refused, and this is its refusal.
    #[error("the file is an error answer of the provider: {0}")]
    ErrorAnswer(String),
    /// The provider's answer, but not to the question that was to be asked.
    #[error("the file is another answer of the provider: {0}")]
    OtherAnswer(&'static str),
    /// Smaller than this provider hands out, so it is somebody else's.
    #[error("the wrapping key has {found} bits; {provider} hands out {minimum} or more")]
    TooSmall {
        /// Provider id.
        provider: &'static str,
        /// Bits in the file.
        found: usize,
        /// Bits that the provider uses at least.
        minimum: u32,
    },
    /// The answer belongs to another place than the one that was named.
    #[error("the answer is for {answer}, and {option} says {typed}")]
    Contradiction {
        /// `--target` or `--mount`.
        option: &'static str,
        /// As typed.
        typed: String,
        /// What the answer says, made printable.
        answer: String,
    },
}

impl Challenge {
    /// The size of the modulus, in bits.
    #[must_use]
    pub fn bits(&self) -> usize {
        bit_length(&self.modulus)
    }

    /// Nothing but a key, of at least `minimum` bits.
    pub(super) fn from_key(key: RecognisedKey, provider: &'static str, minimum: u32) -> Result<Self, ChallengeError> {
        let RecognisedKey { recognised, spki, modulus, exponent, expires_at } = key;
        let found = bit_length(&modulus);
        if u32::try_from(found).is_ok_and(|bits| bits < minimum) {
            return Err(ChallengeError::TooSmall { provider, found, minimum });
        }
        let (resource, method, attachments) = (None, None, Vec::new());
        Ok(Self { recognised, spki, modulus, exponent, resource, expires_at, method, attachments })
    }
}
