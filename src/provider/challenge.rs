//! What a provider hands out: a wrapping key, and what goes with it.

use std::fmt;

use jiff::Timestamp;

use super::Provider;
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

/// What the provider handed out, as files, and what was typed about them.
#[derive(Debug)]
pub struct Handout {
    /// `--wrapping-key`.
    pub wrapping_key: ImportFile,
    /// `--import-token`.
    pub import_token: Option<ImportFile>,
    /// `--kid`.
    pub kid: Option<String>,
    /// `--import-job`.
    pub import_job: Option<String>,
}

/// The wrapping keys that a provider hands out, in bits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WrappingSizes {
    /// Of any size, but not smaller than this.
    AtLeast(u32),
    /// Of these sizes, the smallest first.
    OneOf(&'static [u32]),
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
    /// The key, KEK or import job to which the answer belongs, as the provider names it, when that is known.
    pub resource: Option<String>,
    /// When the provider stops accepting it.
    pub expires_at: Option<Timestamp>,
    /// When the provider starts accepting it.
    pub not_before: Option<Timestamp>,
    /// What people must know about this answer: a rule that its form does not show, so that nobody has checked it, or
    /// a property that they may not expect.
    pub caution: Option<&'static str>,
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
    /// Of a size that this provider does not hand out, so it is somebody else's.
    #[error("the wrapping key has {found} bits; {provider} hands out {sizes}")]
    Size {
        /// Provider id.
        provider: &'static str,
        /// Bits in the file.
        found: usize,
        /// What the provider hands out.
        sizes: WrappingSizes,
    },
    /// A member of the answer that breaks a rule of the provider.
    #[error("{member} {rule}")]
    Member {
        /// The member with its path, or the option that stands for it: `key.key_ops`, `--kid`.
        member: &'static str,
        /// What is wrong with it; a value in it is made printable.
        rule: String,
    },
    /// An answer of another provider that byok knows.
    #[error("{member} {rule}")]
    OtherProvider {
        /// The member, or the option that stands for it.
        member: &'static str,
        /// What it says; a value in it is made printable.
        rule: String,
        /// The provider that it is for.
        provider: &'static str,
    },
    /// A member that lacks a part which the import needs.
    #[error("{member} names no {lacks}")]
    Incomplete {
        /// The member, or the option that stands for it.
        member: &'static str,
        /// What is not there.
        lacks: &'static str,
        /// What to type to get it whole.
        hint: String,
    },
    /// The answer is right, but the provider does not accept imports under it now.
    #[error("{0}")]
    NotReady(String),
    /// The file does not say what the import needs, and no option does.
    #[error("the file does not name {what}, and {option} is missing")]
    Missing {
        /// What is needed: `the import token`.
        what: &'static str,
        /// The option that names it.
        option: &'static str,
    },
    /// The file and an option say different things.
    #[error("the answer is for {answer}, and {option} says {typed}")]
    Contradiction {
        /// `--kid`, for example.
        option: &'static str,
        /// As typed, made printable.
        typed: String,
        /// What the answer says, made printable.
        answer: String,
    },
}

impl WrappingSizes {
    /// The smallest, in bits.
    #[must_use]
    pub fn minimum(self) -> u32 {
        match self {
            Self::AtLeast(bits) => bits,
            Self::OneOf(sizes) => sizes.first().copied().unwrap_or(u32::MAX),
        }
    }

    /// The largest, in bits; `None` when there is no end.
    #[must_use]
    pub fn maximum(self) -> Option<u32> {
        match self {
            Self::AtLeast(_) => None,
            Self::OneOf(sizes) => sizes.last().copied(),
        }
    }

    fn include(self, bits: usize) -> bool {
        let Ok(bits) = u32::try_from(bits) else { return false };
        match self {
            Self::AtLeast(minimum) => bits >= minimum,
            Self::OneOf(sizes) => sizes.contains(&bits),
        }
    }
}

impl fmt::Display for WrappingSizes {
    /// `2048 or more`, `RSA-2048, RSA-3072 or RSA-4096`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes = match self {
            Self::AtLeast(bits) => return write!(f, "RSA-{bits} or more"),
            Self::OneOf(sizes) => sizes,
        };
        let names: Vec<String> = sizes.iter().map(|bits| format!("RSA-{bits}")).collect();
        match names.as_slice() {
            [rest @ .., last] if !rest.is_empty() => write!(f, "{} or {last}", rest.join(", ")),
            _ => f.write_str(&names.join(", ")),
        }
    }
}

impl Challenge {
    /// The size of the modulus, in bits.
    #[must_use]
    pub fn bits(&self) -> usize {
        bit_length(&self.modulus)
    }

    /// Nothing but a key, of a size that the provider hands out.
    pub(super) fn from_key(key: RecognisedKey, provider: &Provider) -> Result<Self, ChallengeError> {
        let RecognisedKey { recognised, spki, modulus, exponent, expires_at } = key;
        let (found, sizes) = (bit_length(&modulus), provider.wrapping_sizes);
        if !sizes.include(found) {
            return Err(ChallengeError::Size { provider: provider.id, found, sizes });
        }
        Ok(Self {
            recognised,
            spki,
            modulus,
            exponent,
            resource: None,
            expires_at,
            not_before: None,
            caution: None,
            method: None,
            attachments: Vec::new(),
        })
    }
}
