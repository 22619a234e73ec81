//! Key types, as people type them: `aes-256`, `hmac-sha256`, `rsa-3072`, `ec-p256`, `ed25519`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// AES key sizes (FIPS 197).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum AesBits {
    /// 128 bits.
    B128,
    /// 192 bits.
    B192,
    /// 256 bits.
    B256,
}

/// Curves with their SEC 2 / FIPS 186-5 names.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Curve {
    /// NIST P-256, secp256r1.
    P256,
    /// NIST P-384, secp384r1.
    P384,
    /// NIST P-521, secp521r1.
    P521,
    /// secp256k1.
    Secp256k1,
}

/// Hash functions (FIPS 180-4), for HMAC, OAEP and signatures.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HashAlg {
    /// SHA-1.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// RSA modulus sizes.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum RsaBits {
    /// 2048 bits.
    B2048,
    /// 3072 bits.
    B3072,
    /// 4096 bits.
    B4096,
}

/// What kind of key it is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum KeySpec {
    /// An AES key.
    Aes(AesBits),
    /// An elliptic-curve pair.
    Ec(Curve),
    /// An Ed25519 pair (RFC 8032).
    Ed25519,
    /// An HMAC key as long as its hash (RFC 2104).
    Hmac(HashAlg),
    /// An RSA pair.
    Rsa(RsaBits),
}

/// A key does one thing (SP 800-57 part 1, section 5.2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Purpose {
    /// Encrypt and decrypt.
    Encrypt,
    /// Compute and check MACs.
    Mac,
    /// Sign and verify.
    Sign,
    /// Wrap and unwrap other keys.
    Wrap,
}

/// Every key type, in the order in which help and tables show them.
pub const ALL: &[KeySpec] = &[
    KeySpec::Aes(AesBits::B128),
    KeySpec::Aes(AesBits::B192),
    KeySpec::Aes(AesBits::B256),
    KeySpec::Hmac(HashAlg::Sha1),
    KeySpec::Hmac(HashAlg::Sha224),
    KeySpec::Hmac(HashAlg::Sha256),
    KeySpec::Hmac(HashAlg::Sha384),
    KeySpec::Hmac(HashAlg::Sha512),
    KeySpec::Ec(Curve::P256),
    KeySpec::Ec(Curve::P384),
    KeySpec::Ec(Curve::P521),
    KeySpec::Ec(Curve::Secp256k1),
    KeySpec::Ed25519,
    KeySpec::Rsa(RsaBits::B2048),
    KeySpec::Rsa(RsaBits::B3072),
    KeySpec::Rsa(RsaBits::B4096),
];

/// A text that names no key type, hash or purpose.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown {what}; known: {known}")]
pub struct UnknownName {
    what: &'static str,
    known: String,
}

impl AesBits {
    /// The size in bits.
    #[must_use]
    pub fn bits(self) -> u32 {
        match self {
            Self::B128 => 128,
            Self::B192 => 192,
            Self::B256 => 256,
        }
    }
}

impl RsaBits {
    /// The size with this many bits, when byok has it.
    #[must_use]
    pub fn of(bits: usize) -> Option<Self> {
        [Self::B2048, Self::B3072, Self::B4096].into_iter().find(|size| usize::try_from(size.bits()) == Ok(bits))
    }

    /// The modulus size in bits.
    #[must_use]
    pub fn bits(self) -> u32 {
        match self {
            Self::B2048 => 2048,
            Self::B3072 => 3072,
            Self::B4096 => 4096,
        }
    }
}

impl Curve {
    /// The size of a field element and of a scalar, in bytes.
    #[must_use]
    pub fn field_bytes(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// The name of the curve as NIST or SEC 2 spells it.
    #[must_use]
    pub fn standard_name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Secp256k1 => "secp256k1",
        }
    }
}

impl HashAlg {
    /// Every hash, weakest first.
    pub const ALL: [Self; 5] = [Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    /// The length of a digest, in bytes.
    #[must_use]
    pub fn digest_bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The name as FIPS 180-4 spells it: `SHA-256`.
    #[must_use]
    pub fn standard_name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    /// `sha256` and so on.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }
}

impl fmt::Display for HashAlg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl KeySpec {
    /// A secret key, as opposed to a pair.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Aes(_) | Self::Hmac(_))
    }

    /// The length of a secret key in bytes; `None` for pairs.
    #[must_use]
    pub fn secret_bytes(self) -> Option<usize> {
        match self {
            Self::Aes(AesBits::B128) => Some(16),
            Self::Aes(AesBits::B192) => Some(24),
            Self::Aes(AesBits::B256) => Some(32),
            Self::Hmac(hash) => Some(hash.digest_bytes()),
            Self::Ec(_) | Self::Ed25519 | Self::Rsa(_) => None,
        }
    }

    /// What a key of this type does when nothing else was asked for.
    #[must_use]
    pub fn default_purpose(self) -> Purpose {
        match self {
            Self::Aes(_) => Purpose::Encrypt,
            Self::Hmac(_) => Purpose::Mac,
            Self::Ec(_) | Self::Ed25519 | Self::Rsa(_) => Purpose::Sign,
        }
    }
}

impl fmt::Display for KeySpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aes(bits) => write!(f, "aes-{}", bits.bits()),
            Self::Ec(Curve::P256) => f.write_str("ec-p256"),
            Self::Ec(Curve::P384) => f.write_str("ec-p384"),
            Self::Ec(Curve::P521) => f.write_str("ec-p521"),
            Self::Ec(Curve::Secp256k1) => f.write_str("ec-secp256k1"),
            Self::Ed25519 => f.write_str("ed25519"),
            Self::Hmac(hash) => write!(f, "hmac-{hash}"),
            Self::Rsa(bits) => write!(f, "rsa-{}", bits.bits()),
        }
    }
}

impl Serialize for KeySpec {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for KeySpec {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        find(ALL, text, "key type")
    }
}

impl FromStr for HashAlg {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        find(&Self::ALL, text, "hash")
    }
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [Self::Encrypt, Self::Mac, Self::Sign, Self::Wrap];
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Encrypt => "encrypt",
            Self::Mac => "mac",
            Self::Sign => "sign",
            Self::Wrap => "wrap",
        })
    }
}

impl FromStr for Purpose {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        find(&Self::ALL, text, "purpose")
    }
}

fn find<T: Copy + fmt::Display>(all: &[T], text: &str, what: &'static str) -> Result<T, UnknownName> {
    all.iter()
        .copied()
        .find(|item| item.to_string() == text)
        .ok_or_else(|| UnknownName { what, known: all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_one_spelling() {
        for spec in ALL {
            assert_eq!(spec.to_string().parse::<KeySpec>().as_ref(), Ok(spec));
        }
        assert!("AES-256".parse::<KeySpec>().is_err());
    }

    #[test]
    fn only_secret_keys_have_a_length() {
        for spec in ALL {
            assert_eq!(spec.is_secret(), spec.secret_bytes().is_some(), "{spec}");
        }
    }
}
