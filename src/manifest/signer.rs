//! Who signs evidence: a scheme fixed by the key, never by the envelope.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Signature schemes of evidence. The scheme follows from the key's type, so no document can choose it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// ECDSA on P-256 with SHA-256, DER signature (FIPS 186-5, RFC 3279 section 2.2.3).
    EcdsaP256,
    /// ECDSA on P-384 with SHA-384, DER signature.
    EcdsaP384,
    /// Ed25519, 64 bytes (RFC 8032).
    Ed25519,
    /// RSASSA-PSS with SHA-256, MGF1-SHA-256 and a 32-byte salt (RFC 8017 section 8.1).
    RsaPssSha256,
}

/// A key that signs evidence. The token's key in the program, a software key in tests.
pub trait EvidenceSigner {
    /// DER SubjectPublicKeyInfo of the key.
    fn spki(&self) -> &[u8];

    /// The scheme that goes with the key.
    fn scheme(&self) -> Scheme;

    /// Signs `message` and returns the signature in the scheme's encoding.
    ///
    /// # Errors
    /// When the key could not sign, or its signature does not verify.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;

    /// As [`EvidenceSigner::sign`], for a caller that verifies the signature itself before anything is done with it.
    ///
    /// # Errors
    /// When the key could not sign.
    fn sign_unproven(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.sign(message)
    }
}

/// Why there is no signature.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The token refused.
    #[error("the signing key did not sign")]
    Token(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The token answered, and the answer does not verify under the key's own public half.
    #[error("the token's signature does not verify under the signing key's public half")]
    DoesNotVerify,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EcdsaP256 => "ecdsa-p256",
            Self::EcdsaP384 => "ecdsa-p384",
            Self::Ed25519 => "ed25519",
            Self::RsaPssSha256 => "rsa-pss-sha256",
        })
    }
}
