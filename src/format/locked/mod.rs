//! Keys behind a passphrase: encrypted PKCS#8, legacy PEM encryption, PKCS#12. Recognised without the passphrase, and
//! opened with it.
//!
//! PKCS#12 is read here and not by a library: what one passphrase opens can hold further derivations, and only who
//! opens it step by step can bound their sum, wipe what comes out, and name every attribute that a conversion loses.

mod algorithm;
mod asn1;
mod cipher;
mod decrypt;
mod encrypted_pkcs8;
mod error;
mod finding;
mod inner;
mod kdf;
mod legacy_pem;
mod limit;
mod pkcs12;

use std::fmt;

use secrecy::SecretString;
use zeroize::Zeroizing;

pub use cipher::Cipher;
pub(super) use cipher::encrypt_aes256;
pub use error::OpenError;
pub use kdf::Kdf;
pub use limit::Budget;

use super::reader::{Part, ReadError};
use crate::key::spec::HashAlg;

/// Something that a passphrase opens.
pub struct Locked {
    /// Its container.
    pub kind: Kind,
    /// How it is encrypted, as far as that shows without the passphrase: each way once, in the order of the file. Empty
    /// for a PKCS#12 file that encrypts nothing.
    pub protection: Vec<Protection>,
    /// What authenticates it. Only PKCS#12 has that; of anything else, a wrong passphrase cannot be told from damage.
    pub mac: Option<Mac>,
    /// What else shows without the passphrase.
    unencrypted_keys: usize,
    bytes: Zeroizing<Vec<u8>>,
    legacy: Option<legacy_pem::Header>,
}

/// The containers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// `EncryptedPrivateKeyInfo` (RFC 5208 section 6).
    EncryptedPkcs8,
    /// PEM with `Proc-Type: 4,ENCRYPTED` (RFC 1421 section 4.6.1.1), as OpenSSL fills it.
    LegacyPem,
    /// `PFX` (RFC 7292).
    Pkcs12,
}

/// One way in which something is encrypted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Protection {
    /// The standard that joins the two.
    pub scheme: Scheme,
    /// From passphrase to key.
    pub kdf: Kdf,
    /// What encrypts with that key.
    pub cipher: Cipher,
}

/// The standards that join a derivation and a cipher.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scheme {
    /// RFC 8018 section 6.1: old, short keys.
    Pbes1,
    /// RFC 8018 section 6.2.
    Pbes2,
    /// RFC 7292 appendix C: old.
    Pkcs12,
    /// What OpenSSL puts into PEM headers: one round of MD5.
    LegacyPem,
    /// None that byok knows.
    Other,
}

/// What authenticates a PKCS#12 file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mac {
    /// The hash of the HMAC; `None` for one that byok does not know.
    pub hash: Option<HashAlg>,
    /// From passphrase to MAC key.
    pub kdf: Kdf,
}

/// An encrypted PKCS#8 key from its DER.
///
/// # Errors
/// When it is none. An algorithm that byok does not know is no error here, but when it is opened.
pub fn encrypted_pkcs8(der: &[u8]) -> Result<Locked, ReadError> {
    encrypted_pkcs8::read(der)
}

/// A PEM block with `Proc-Type: 4,ENCRYPTED`: its label, the value of its `DEK-Info` header and its bytes.
///
/// # Errors
/// When the header is missing or is not a cipher and an initialisation vector.
pub fn legacy_pem(label: &str, dek_info: &str, bytes: &[u8]) -> Result<Locked, ReadError> {
    legacy_pem::read(label, dek_info, bytes)
}

/// A PKCS#12 file from its DER.
///
/// # Errors
/// When it is none, or what is not encrypted in it is malformed.
pub fn pkcs12(der: &[u8]) -> Result<Locked, ReadError> {
    pkcs12::read(der)
}

/// The key of the HMAC-SHA-256 over a PKCS#12 file that is written.
pub(super) fn pkcs12_mac_key(passphrase: &SecretString, salt: &[u8], rounds: u32) -> Option<Zeroizing<Vec<u8>>> {
    let hash = HashAlg::Sha256;
    let kdf = Kdf::Pkcs12 { hash, rounds: rounds.into() };
    kdf.derive(kdf::Passphrase::new(passphrase), salt, kdf::Use::Mac, hash.digest_bytes()).ok()
}

impl Locked {
    /// Opens it. What the derivations would cost is taken from the budget of the file before any of them is begun.
    ///
    /// # Errors
    /// [`OpenError`]: the passphrase is wrong, the file is damaged, too expensive, or of an unknown kind.
    pub fn open(&self, passphrase: &SecretString, budget: &mut Budget) -> Result<Vec<Part>, OpenError> {
        match (self.kind, &self.legacy) {
            (Kind::EncryptedPkcs8, _) => encrypted_pkcs8::open(&self.bytes, passphrase, budget),
            (Kind::LegacyPem, Some(header)) => legacy_pem::open(header, &self.bytes, passphrase, budget),
            (Kind::LegacyPem, None) => Err(OpenError::Damaged("it lost its header".to_owned())),
            (Kind::Pkcs12, _) => pkcs12::open(&self.bytes, passphrase, budget),
        }
    }

    /// Whether it can be opened at all, as far as that shows without the passphrase.
    ///
    /// # Errors
    /// [`OpenError`]: it would cost too much, or takes an algorithm that byok does not have.
    pub fn affordable(&self) -> Result<(), OpenError> {
        match (self.kind, &self.legacy) {
            (Kind::EncryptedPkcs8, _) => encrypted_pkcs8::charge(&self.bytes),
            (Kind::LegacyPem, Some(header)) => legacy_pem::charge(header),
            (Kind::LegacyPem, None) => Ok(()),
            (Kind::Pkcs12, _) => pkcs12::charge(&self.bytes),
        }
    }

    /// Whether any passphrase opens it: nothing in it is encrypted, and no MAC depends on one.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.protection.is_empty() && self.mac.is_none()
    }

    /// Whether a wrong passphrase can be told from damage, and a change by others is noticed.
    #[must_use]
    pub fn authenticated(&self) -> bool {
        self.mac.is_some()
    }

    /// The bytes as they stood in the file, decoded from PEM.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Locked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locked").field("kind", &self.kind).field("protection", &self.protection).finish_non_exhaustive()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EncryptedPkcs8 => "encrypted PKCS#8 private key",
            Self::LegacyPem => "private key with legacy PEM encryption",
            Self::Pkcs12 => "PKCS#12 file",
        })
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pbes1 => "PBES1",
            Self::Pbes2 => "PBES2",
            Self::Pkcs12 => "PKCS#12 PBE",
            Self::LegacyPem => "legacy PEM",
            Self::Other => "unknown scheme",
        })
    }
}

/// `PBES2, PBKDF2-HMAC-SHA-256 with 600000 rounds, AES-256-CBC`.
impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, {}", self.scheme, self.kdf, self.cipher)
    }
}

/// `HMAC-SHA-256, PKCS#12 derivation with SHA-256 and 2048 rounds`.
impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.hash {
            Some(hash) => write!(f, "HMAC-{}, {}", hash.standard_name(), self.kdf),
            None => write!(f, "a MAC that byok does not know, {}", self.kdf),
        }
    }
}
