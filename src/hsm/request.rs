//! What is asked of a token and what it answers: plain values.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::key::spec::{HashAlg, KeySpec};
use crate::key::template::Usage;

/// An object of the open session.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Handle(pub u64);

/// Both halves of a pair.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PairHandles {
    /// The private half.
    pub private: Handle,
    /// The public half.
    pub public: Handle,
}

/// Object classes that byok works with.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Class {
    /// `CKO_PRIVATE_KEY`
    Private,
    /// `CKO_PUBLIC_KEY`
    Public,
    /// `CKO_SECRET_KEY`
    Secret,
}

/// Who the token says it is; what the cached profile is bound to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenIdentity {
    /// The token's label, without padding.
    pub label: String,
    /// The token's serial number, without padding.
    pub serial: String,
    /// The manufacturer.
    pub manufacturer: String,
    /// The model.
    pub model: String,
    /// Firmware version, `major.minor`.
    pub firmware: String,
    /// Lower-case hexadecimal SHA-256 of the module's file.
    pub module_sha256: String,
}

/// What makes an object findable and what it may do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ObjectAttributes {
    /// `CKA_LABEL`
    pub label: String,
    /// `CKA_ID`
    pub id: Vec<u8>,
    /// `CKA_TOKEN`: survives the session.
    pub token: bool,
    /// `CKA_EXTRACTABLE`; sensitive keys are wrapped only when this is set.
    pub extractable: bool,
}

/// A secret key to make or to put in. `CKA_SENSITIVE` is always set and `CKA_WRAP_WITH_TRUSTED` never.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SecretRequest {
    /// Label, id and custody.
    pub object: ObjectAttributes,
    /// AES or generic secret.
    pub kind: SecretKind,
    /// What it may do.
    pub usages: Vec<Usage>,
}

/// The PKCS#11 key type and length of a secret key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SecretKind {
    /// `CKK_AES`, length in bytes.
    Aes(usize),
    /// `CKK_GENERIC_SECRET`, length in bytes.
    Generic(usize),
}

/// A pair to make. The private half is sensitive and private.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PairRequest {
    /// Label, id and custody, for both halves.
    pub object: ObjectAttributes,
    /// EC, Ed25519 or RSA; anything else is refused.
    pub spec: KeySpec,
    /// What the private half may do.
    pub private_usages: Vec<Usage>,
    /// What the public half may do.
    pub public_usages: Vec<Usage>,
}

/// An RSA public key, both numbers big-endian without leading zeros.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RsaPublicKey {
    /// The modulus.
    pub modulus: Vec<u8>,
    /// The public exponent.
    pub exponent: Vec<u8>,
}

/// Wrapping mechanisms by number, so that the probe can ask for each on its own.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum WrapMechanism {
    /// `CKM_AES_KEY_WRAP` 0x2109: RFC 3394 by its name.
    AesKw,
    /// `CKM_AES_KEY_WRAP_PAD` 0x210A: differs by vendor.
    AesKwPad,
    /// `CKM_AES_KEY_WRAP_KWP` 0x210B: RFC 5649 by its name.
    AesKwp,
    /// `CKM_RSA_AES_KEY_WRAP` 0x1054 with a 256-bit AES key and OAEP with this hash and MGF1 with the same.
    RsaAes(HashAlg),
    /// `CKM_RSA_PKCS_OAEP` with this hash, MGF1 with the same, no label.
    RsaOaep(HashAlg),
}

impl fmt::Display for WrapMechanism {
    /// `AES_KEY_WRAP_KWP (0x210B)`, `RSA_PKCS_OAEP (0x9) with SHA-256`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AesKw => f.write_str("AES_KEY_WRAP (0x2109)"),
            Self::AesKwPad => f.write_str("AES_KEY_WRAP_PAD (0x210A)"),
            Self::AesKwp => f.write_str("AES_KEY_WRAP_KWP (0x210B)"),
            Self::RsaAes(hash) => write!(f, "RSA_AES_KEY_WRAP (0x1054) with {}", hash.standard_name()),
            Self::RsaOaep(hash) => write!(f, "RSA_PKCS_OAEP (0x9) with {}", hash.standard_name()),
        }
    }
}

/// Signing mechanisms. The message is what `C_Sign` gets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SignMechanism {
    /// `CKM_AES_CMAC`, over a message.
    AesCmac,
    /// `CKM_ECDSA`, over a digest; the answer is r || s.
    Ecdsa,
    /// `CKM_EDDSA`, over a message.
    EdDsa,
    /// `CKM_SHAx_HMAC`, over a message.
    Hmac(HashAlg),
    /// `CKM_RSA_PKCS_PSS` with this hash, over a digest, salt as long as the digest.
    RsaPss(HashAlg),
}

/// What to look for: the template of one search.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Search<'a> {
    /// All objects of a class, to be matched in memory.
    Class(Class),
    /// The objects of a class with this `CKA_ID`.
    Id(Class, &'a [u8]),
    /// The keys of any class with this `CKA_LABEL`; other objects are left out of the answer.
    Label(&'a str),
}

/// An object as one search found it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FoundObject {
    /// Its handle.
    pub handle: Handle,
    /// Its class.
    pub class: Class,
    /// `CKA_LABEL`, as bytes: a token may hold anything.
    pub label: Vec<u8>,
    /// `CKA_ID`
    pub id: Vec<u8>,
    /// `CKA_KEY_TYPE`, the PKCS#11 number.
    pub key_type: Option<u64>,
}
