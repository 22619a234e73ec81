//! Wrap methods: what the receiving side asks for, independent of how a token can do it.

use std::fmt;
use std::str::FromStr;

use super::spec::HashAlg;

/// How the wrapped key is built, as the provider documents it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum WrapMethod {
    /// RSAES-OAEP of the key itself (RFC 8017 section 7.1), MGF1 with the same hash, empty label.
    RsaOaep(HashAlg),
    /// `RSA_AES_KEY_WRAP`: RSAES-OAEP of an ephemeral AES-256 key, then AES-KWP (RFC 5649) of the key under it.
    RsaAesKwp(HashAlg),
}

/// Every method, the least demanding for a token first, the strongest hash last.
pub const ALL: [WrapMethod; 10] = [
    WrapMethod::RsaOaep(HashAlg::Sha1),
    WrapMethod::RsaOaep(HashAlg::Sha224),
    WrapMethod::RsaOaep(HashAlg::Sha256),
    WrapMethod::RsaOaep(HashAlg::Sha384),
    WrapMethod::RsaOaep(HashAlg::Sha512),
    WrapMethod::RsaAesKwp(HashAlg::Sha1),
    WrapMethod::RsaAesKwp(HashAlg::Sha224),
    WrapMethod::RsaAesKwp(HashAlg::Sha256),
    WrapMethod::RsaAesKwp(HashAlg::Sha384),
    WrapMethod::RsaAesKwp(HashAlg::Sha512),
];

impl WrapMethod {
    /// The OAEP hash, which is the MGF1 hash too.
    #[must_use]
    pub fn hash(self) -> HashAlg {
        match self {
            Self::RsaOaep(hash) | Self::RsaAesKwp(hash) => hash,
        }
    }
}

impl fmt::Display for WrapMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RsaOaep(hash) => write!(f, "rsa-oaep-{hash}"),
            Self::RsaAesKwp(hash) => write!(f, "rsa-aes-{hash}"),
        }
    }
}

impl serde::Serialize for WrapMethod {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text that names no method of ours. A provider may still know it under its own spelling.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown wrap method")]
pub struct UnknownMethod;

impl FromStr for WrapMethod {
    type Err = UnknownMethod;

    fn from_str(text: &str) -> Result<Self, UnknownMethod> {
        ALL.into_iter().find(|method| method.to_string() == text).ok_or(UnknownMethod)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_one_spelling() {
        for method in ALL {
            assert_eq!(method.to_string().parse(), Ok(method));
        }
        assert_eq!("RSAES_OAEP_SHA_1".parse::<WrapMethod>(), Err(UnknownMethod));
    }
}
