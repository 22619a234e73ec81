//! A public key that checks evidence. Its type fixes the scheme; its DER SubjectPublicKeyInfo is its identity.

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier};
use der::{Decode, Encode};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use spki::SubjectPublicKeyInfo;

use super::digest::sha256_hex;
use super::signer::Scheme;

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED25519_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// The smallest and the largest RSA modulus, in bits.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// A public key with the one scheme in which it signs evidence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifyingKey {
    spki: Vec<u8>,
    spki_sha256: String,
    scheme: Scheme,
    /// What the verifier takes: an EC point, 32 bytes, or a PKCS#1 `RSAPublicKey`.
    raw: Vec<u8>,
}

/// Why bytes are not a key that can check evidence.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyError {
    /// Not one DER SubjectPublicKeyInfo in its only encoding.
    #[error("not a DER SubjectPublicKeyInfo")]
    Der,
    /// Another key type or curve.
    #[error("a key type that does not sign evidence; known: EC P-256, EC P-384, Ed25519, RSA of 2048 to 8192 bits")]
    Type,
    /// Not the one PEM block `PUBLIC KEY`.
    #[error("not a PEM block PUBLIC KEY")]
    Pem,
}

impl VerifyingKey {
    /// Reads DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7). Every key has one accepted encoding: named curve
    /// and uncompressed point, `rsaEncryption` with NULL, Ed25519 without parameters. So two SPKIs are two keys.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        let info = SubjectPublicKeyInfo::<AnyRef<'_>, BitStringRef<'_>>::from_der(der).map_err(|_| KeyError::Der)?;
        let again = info.to_der().map_err(|_| KeyError::Der)?;
        let raw = info.subject_public_key.as_bytes().ok_or(KeyError::Der)?;
        if again != der {
            return Err(KeyError::Der);
        }
        let scheme = scheme_of(&info, raw)?;
        Ok(Self { spki: again, spki_sha256: sha256_hex(der), scheme, raw: raw.to_vec() })
    }

    /// Reads one PEM block `PUBLIC KEY` (RFC 7468 section 13).
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        // A second block must not vanish unseen.
        if text.matches("-----BEGIN ").count() != 1 {
            return Err(KeyError::Pem);
        }
        let block = pem::parse(text).map_err(|_| KeyError::Pem)?;
        if block.tag() != "PUBLIC KEY" {
            return Err(KeyError::Pem);
        }
        Self::from_spki(block.contents())
    }

    /// DER SubjectPublicKeyInfo.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Lower-case hexadecimal SHA-256 of the DER SPKI: the `keyid`.
    #[must_use]
    pub fn spki_sha256(&self) -> &str {
        &self.spki_sha256
    }

    /// The scheme that goes with the key.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The public key without its SPKI frame: an EC point, 32 bytes of Ed25519, or PKCS#1 `RSAPublicKey`.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Whether `signature` is this key's over `message`. The signature has exactly the scheme's encoding: DER without
    /// a byte after it, 64 bytes, or as long as the modulus.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match self.scheme {
            Scheme::EcdsaP256 => &ECDSA_P256_SHA256_ASN1,
            Scheme::EcdsaP384 => &ECDSA_P384_SHA384_ASN1,
            Scheme::Ed25519 => &ED25519,
            Scheme::RsaPssSha256 => &RSA_PSS_2048_8192_SHA256,
        };
        UnparsedPublicKey::new(algorithm, &self.raw).verify(message, signature).is_ok()
    }
}

fn scheme_of(info: &SubjectPublicKeyInfo<AnyRef<'_>, BitStringRef<'_>>, raw: &[u8]) -> Result<Scheme, KeyError> {
    let parameters = info.algorithm.parameters;
    let curve = || parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
    match info.algorithm.oid {
        EC_PUBLIC_KEY if curve() == Some(P256) && is_uncompressed(raw, 32) => Ok(Scheme::EcdsaP256),
        EC_PUBLIC_KEY if curve() == Some(P384) && is_uncompressed(raw, 48) => Ok(Scheme::EcdsaP384),
        ED25519_KEY if parameters.is_none() && raw.len() == 32 => Ok(Scheme::Ed25519),
        RSA_ENCRYPTION if parameters.is_some_and(AnyRef::is_null) && is_rsa(raw) => Ok(Scheme::RsaPssSha256),
        _ => Err(KeyError::Type),
    }
}

/// SEC 1 section 2.3.3: 04, then both coordinates.
fn is_uncompressed(point: &[u8], field_bytes: usize) -> bool {
    point.first() == Some(&4) && point.len() == field_bytes.saturating_mul(2).saturating_add(1)
}

/// PKCS#1 `RSAPublicKey` of an acceptable size, in its only encoding.
fn is_rsa(der: &[u8]) -> bool {
    let Ok(key) = pkcs1::RsaPublicKey::from_der(der) else { return false };
    let modulus = key.modulus.as_bytes();
    let leading = modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    let bits = modulus.len().saturating_mul(8).saturating_sub(leading);
    RSA_BITS.contains(&bits) && key.to_der().is_ok_and(|again| again == der)
}

/// RFC 8017 appendix A.1.1.
mod pkcs1 {
    use der::Sequence;
    use der::asn1::UintRef;

    #[derive(Sequence)]
    pub(super) struct RsaPublicKey<'a> {
        pub(super) modulus: UintRef<'a>,
        pub(super) exponent: UintRef<'a>,
    }
}

#[cfg(test)]
#[path = "verifying_key_tests.rs"]
mod tests;
