//! Wrapping keys in any form that people are handed: PEM, DER, base64, certificate, JWK, a JSON answer that holds one.
//!
//! What comes out is one RSA public key that OAEP can use, and in which form it was found. Everything else is refused
//! with the rule that it breaks. A file proves nothing about whose key it holds; that is not this module's question.

mod der;
mod error;
mod json;
mod rules;
mod text;

use jiff::Timestamp;

use super::spki::{PublicKey, PublicKind};
pub use error::WrappingKeyError;
pub use rules::{MODULUS_BITS, RuleError};

/// The greatest file that is read, in bytes.
pub const MAXIMUM: usize = 1024 * 1024;

/// A usable RSA public key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecognisedKey {
    /// The form it came in: `PEM public key`, `base64 of DER certificate`, `JSON data.public_key: PEM public key`.
    pub recognised: String,
    /// DER SubjectPublicKeyInfo with `rsaEncryption` and NULL.
    pub spki: Vec<u8>,
    /// Big-endian, without leading zeros.
    pub modulus: Vec<u8>,
    /// Big-endian, without leading zeros.
    pub exponent: Vec<u8>,
    /// The end of a certificate's validity.
    pub expires_at: Option<Timestamp>,
}

/// A public key of any type, before the rules.
struct Found {
    form: String,
    key: PublicKey,
    expires_at: Option<Timestamp>,
}

/// Reads one wrapping key.
///
/// # Errors
/// Which rule the file breaks. A private key is never repeated, not even in part.
pub fn read(bytes: &[u8]) -> Result<RecognisedKey, WrappingKeyError> {
    if bytes.is_empty() {
        return Err(WrappingKeyError::Empty);
    }
    if bytes.len() > MAXIMUM {
        return Err(WrappingKeyError::TooLarge(bytes.len()));
    }
    let found = match text::decode(bytes) {
        Ok(text) => text::read(text)?,
        // DER of more than a few bytes is never text: it holds lengths and zero bytes.
        Err(_) if bytes.first() == Some(&0x30) => der::read(bytes)?.under("DER"),
        Err(error) => return Err(error),
    };
    check(found)
}

fn check(found: Found) -> Result<RecognisedKey, WrappingKeyError> {
    let PublicKind::Rsa { modulus, exponent } = found.key.kind() else {
        return Err(WrappingKeyError::NotRsa(found.key.description()));
    };
    rules::check(modulus, exponent)?;
    Ok(RecognisedKey {
        recognised: found.form,
        spki: found.key.der().to_vec(),
        modulus: modulus.clone(),
        exponent: exponent.clone(),
        expires_at: found.expires_at,
    })
}

impl Found {
    fn under(self, outer: &str) -> Self {
        Self { form: format!("{outer} {}", self.form), ..self }
    }
}

#[cfg(test)]
mod tests;
