//! Keys -> the bytes of a file: one canonical form for each structure, or the reason why there is none.

mod encoding;
mod encrypted;
mod error;
mod factors;
mod jwk;
mod pkcs12;
mod plain;
mod tlv;

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use secrecy::SecretString;
use zeroize::Zeroizing;

pub use encoding::{Encoding, UnknownEncoding, certificates};
pub use error::WriteError;
pub use factors::completed;

use super::material::Material;

/// The rounds of PBKDF2 and of the PKCS#12 derivation in what byok writes: what OWASP wants of PBKDF2 with SHA-256.
pub const ROUNDS: u32 = 600_000;

/// The structures that a key can have in a file.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Structure {
    /// `PrivateKeyInfo` (RFC 5958), version 0.
    Pkcs8,
    /// `RSAPrivateKey` or `RSAPublicKey` (RFC 8017).
    Pkcs1,
    /// `ECPrivateKey` (RFC 5915) with its curve.
    Sec1,
    /// `SubjectPublicKeyInfo` (RFC 5280): the public half.
    Spki,
    /// A JSON Web Key (RFC 7517).
    Jwk,
    /// The bytes of a symmetric key, an EC scalar, or an Ed25519 seed.
    Raw,
    /// `PFX` (RFC 7292).
    Pkcs12,
    /// `EncryptedPrivateKeyInfo` (RFC 5958).
    EncryptedPkcs8,
}

/// A key and what goes along with it.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The key.
    pub material: &'a Material,
    /// Its name, for structures that have one.
    pub name: Option<&'a str>,
    /// Certificates, for structures that have them.
    pub certificates: &'a [NamedCertificate],
}

/// A certificate and the name that a container gives it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NamedCertificate {
    /// All of it.
    pub der: Vec<u8>,
    /// Its name. As it stood in the file: escape it.
    pub name: Option<String>,
}

/// The bytes of a structure, not yet encoded.
pub struct Written {
    /// What stands in it.
    pub structure: Structure,
    /// The PEM label; `None` for a structure that has none.
    pub label: Option<&'static str>,
    /// The bytes: DER, JSON or the key itself.
    pub bytes: Zeroizing<Vec<u8>>,
}

/// Writes a key in a structure that is not encrypted.
///
/// # Errors
/// [`WriteError`]: the key has no such form, or its numbers do not agree.
pub fn plain(entry: Entry<'_>, structure: Structure) -> Result<Written, WriteError> {
    let (label, bytes) = match structure {
        Structure::Pkcs8 => (Some("PRIVATE KEY"), plain::pkcs8(entry.material)?),
        Structure::Pkcs1 => plain::pkcs1(entry.material)?,
        Structure::Sec1 => (Some("EC PRIVATE KEY"), plain::sec1(entry.material)?),
        Structure::Spki => (Some("PUBLIC KEY"), Zeroizing::new(plain::public(entry.material)?.der().to_vec())),
        Structure::Jwk => (None, jwk::write(entry.material, entry.name)?),
        Structure::Raw => (None, plain::raw(entry.material)?),
        Structure::Pkcs12 | Structure::EncryptedPkcs8 => return Err(WriteError::NeedsPassphrase),
    };
    Ok(Written { structure, label, bytes })
}

/// Writes a key behind a passphrase: PBES2 with AES-256-CBC and PBKDF2-HMAC-SHA-256.
///
/// # Errors
/// [`WriteError`]: the key has no such form, its numbers do not agree, or the passphrase is empty.
pub fn encrypted(entry: Entry<'_>, structure: Structure, passphrase: &SecretString) -> Result<Written, WriteError> {
    encrypted::with_rounds(entry, structure, passphrase, ROUNDS)
}

impl Structure {
    /// Every one, in the order in which help shows them.
    pub const ALL: [Self; 8] =
        [Self::Pkcs8, Self::EncryptedPkcs8, Self::Pkcs1, Self::Sec1, Self::Spki, Self::Jwk, Self::Raw, Self::Pkcs12];

    /// `pkcs8`, `encrypted-pkcs8` and so on.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pkcs8 => "pkcs8",
            Self::Pkcs1 => "pkcs1",
            Self::Sec1 => "sec1",
            Self::Spki => "spki",
            Self::Jwk => "jwk",
            Self::Raw => "raw",
            Self::Pkcs12 => "pkcs12",
            Self::EncryptedPkcs8 => "encrypted-pkcs8",
        }
    }

    /// Whether it has a passphrase.
    #[must_use]
    pub fn is_encrypted(self) -> bool {
        matches!(self, Self::Pkcs12 | Self::EncryptedPkcs8)
    }

    /// Whether it is the public half and nothing else.
    #[must_use]
    pub fn is_public(self) -> bool {
        self == Self::Spki
    }

    /// The encoding that it has when nothing is said.
    #[must_use]
    pub fn usual_encoding(self) -> Encoding {
        match self {
            Self::Pkcs8 | Self::Pkcs1 | Self::Sec1 | Self::Spki | Self::EncryptedPkcs8 => Encoding::Pem,
            Self::Jwk | Self::Raw | Self::Pkcs12 => Encoding::Der,
        }
    }
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Structure {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|structure| structure.as_str() == text).ok_or(())
    }
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Written").field("structure", &self.structure).finish_non_exhaustive()
    }
}
