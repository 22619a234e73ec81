//! What a file can be: the data that the reader returns.

use std::fmt;
use std::ops::RangeInclusive;

use jiff::Timestamp;

use crate::format::lint::Finding;
use crate::format::locked::Locked;
use crate::format::material::Material;
use crate::format::spki::PublicKey;

/// What a file is: every reading that its bytes admit.
#[derive(Debug)]
pub struct Recognition {
    /// Never empty; more than one when the bytes alone do not say.
    pub readings: Vec<Reading>,
}

/// One way to read a file.
#[derive(Debug)]
pub struct Reading {
    /// From the outside in.
    pub layers: Vec<Layer>,
    /// One for each PEM block, entry or member; never empty.
    pub parts: Vec<Part>,
    /// What is out of order in the form.
    pub findings: Vec<Finding>,
}

/// What surrounds the content.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Layer {
    /// UTF-16 text, as some Windows tools write it.
    Utf16,
    /// RFC 7468.
    Pem,
    /// RFC 4648 section 4 or 5.
    Base64,
    /// RFC 4648 section 8.
    Hex,
    /// X.690.
    Der,
    /// RFC 8259.
    Json,
}

/// One thing in a file.
#[derive(Debug)]
pub struct Part {
    /// `block 2`, `keys[0]`; empty when the file is this and nothing else. Printable.
    pub place: String,
    /// Its container.
    pub form: Form,
    /// What it holds.
    pub content: Content,
    /// The name that the container gives it: PKCS#12's `friendlyName`, JWK's `kid`. As it stands there: escape it.
    pub name: Option<String>,
    /// What else stands beside the key and a conversion would lose: `2 attributes`. Printable.
    pub beside: Vec<String>,
}

/// Containers by their standard names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// `Certificate` (RFC 5280).
    Certificate,
    /// `ContentInfo` (PKCS#7, CMS; RFC 5652).
    Cms,
    /// `CertificateList` (RFC 5280 section 5).
    Crl,
    /// A document of byok: a bundle, a manifest, a log.
    Document,
    /// Java's own keystores, JKS and JCEKS.
    JavaKeystore,
    /// JSON without a key that is known.
    Json,
    /// A JSON Web Key (RFC 7517).
    Jwk,
    /// OpenSSH's own private key format (`PROTOCOL.key`).
    OpenSshPrivate,
    /// A line of `authorized_keys`.
    OpenSshPublic,
    /// `RSAPrivateKey` (RFC 8017 appendix A.1.2).
    Pkcs1Private,
    /// `RSAPublicKey` (RFC 8017 appendix A.1.1).
    Pkcs1Public,
    /// `CertificationRequest` (RFC 2986).
    Pkcs10,
    /// `PFX` (RFC 7292).
    Pkcs12,
    /// `PrivateKeyInfo` (RFC 5208, RFC 5958).
    Pkcs8,
    /// `EncryptedPrivateKeyInfo` (RFC 5208 section 6).
    Pkcs8Encrypted,
    /// `PuTTY`'s own private key format.
    Putty,
    /// Bytes without any structure.
    Raw,
    /// `ECPrivateKey` (RFC 5915).
    Sec1,
    /// `SubjectPublicKeyInfo` (RFC 5280).
    Spki,
    /// A public key of SSH2 (RFC 4716).
    Ssh2Public,
    /// Azure's key transfer blob, `.byok`.
    Transfer,
    /// Something with a name and nothing more.
    Other,
    /// A key encrypted under another: OAEP, AES-KWP, or both.
    Wrapped,
}

/// What a part holds.
#[derive(Debug)]
pub enum Content {
    /// A key.
    Key(Material),
    /// Something behind a passphrase.
    Locked(Box<Locked>),
    /// A certificate, and the public key in it.
    Certificate(Box<Certificate>),
    /// A certificate request, and the public key in it.
    Request(Box<Request>),
    /// A wrapped key that is nothing else: its bytes, and what they can be.
    Wrapped(Wrapped),
    /// A wrapped key as Azure takes it.
    Transfer(Box<Transfer>),
    /// Recognised, and not read further.
    Named {
        /// What it is.
        what: String,
        /// How to get to something that is read; empty when there is none.
        way_out: String,
    },
}

/// An X.509 certificate. Nobody has checked its signature.
#[derive(Debug)]
pub struct Certificate {
    /// All of it.
    pub der: Vec<u8>,
    /// The key that it certifies.
    pub key: PublicKey,
    /// Its holder, as RFC 4514 writes names. Printable.
    pub subject: String,
    /// Its signer. Printable.
    pub issuer: String,
    /// Lower-case hexadecimal.
    pub serial: String,
    /// The start of its validity.
    pub not_before: Option<Timestamp>,
    /// The end of its validity.
    pub not_after: Option<Timestamp>,
}

/// A certificate request. Nobody has checked its signature.
#[derive(Debug)]
pub struct Request {
    /// The key that is to be certified.
    pub key: PublicKey,
    /// Its holder. Printable.
    pub subject: String,
}

/// A wrapped key.
#[derive(Debug)]
pub struct Wrapped {
    /// The encrypted bytes.
    pub bytes: Vec<u8>,
    /// What bytes of this length can be, likeliest first; never empty.
    pub candidates: Vec<Candidate>,
}

/// One method that makes blobs of a certain length.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Candidate {
    /// How it was wrapped.
    pub method: Wrapping,
    /// The size of the RSA modulus, in bits.
    pub modulus_bits: Option<usize>,
    /// How long the key inside is then, in bytes.
    pub inner: RangeInclusive<usize>,
}

/// Families of wrapping methods, as far as a length tells them apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wrapping {
    /// RFC 3394.
    AesKw,
    /// RFC 5649.
    AesKwp,
    /// RFC 8017 section 7.1.
    RsaOaep,
    /// `CKM_RSA_AES_KEY_WRAP`: an AES key under OAEP, then AES-KWP.
    RsaAesKwp,
}

/// Azure's key transfer blob.
#[derive(Debug)]
pub struct Transfer {
    /// `schema_version`. Printable.
    pub version: String,
    /// The key encryption key that opens it. Printable.
    pub kid: Option<String>,
    /// `header.alg`. Printable.
    pub algorithm: String,
    /// `header.enc`. Printable.
    pub encryption: String,
    /// `generator`. Printable.
    pub generator: Option<String>,
    /// Whether the ciphertext is base64url without padding, as RFC 7515 section 2 has it.
    pub url_safe: bool,
    /// What was wrapped.
    pub wrapped: Wrapped,
}

impl Recognition {
    /// The only reading, if the bytes leave no doubt.
    #[must_use]
    pub fn only(mut self) -> Option<Reading> {
        let last = self.readings.pop();
        last.filter(|_| self.readings.is_empty())
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf16 => "UTF-16",
            Self::Pem => "PEM",
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Der => "DER",
            Self::Json => "JSON",
        })
    }
}

impl fmt::Display for Wrapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AesKw => "AES-KW",
            Self::AesKwp => "AES-KWP",
            Self::RsaOaep => "RSA-OAEP",
            Self::RsaAesKwp => "RSA-AES-KWP",
        })
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "X.509 certificate",
            Self::Cms => "PKCS#7 or CMS",
            Self::Crl => "X.509 revocation list",
            Self::Document => "byok document",
            Self::JavaKeystore => "Java keystore",
            Self::Json => "JSON",
            Self::Jwk => "JWK",
            Self::OpenSshPrivate => "OpenSSH private key",
            Self::OpenSshPublic => "OpenSSH public key",
            Self::Other => "something else",
            Self::Pkcs1Private => "PKCS#1 private key",
            Self::Pkcs1Public => "PKCS#1 public key",
            Self::Pkcs10 => "certificate request",
            Self::Pkcs12 => "PKCS#12",
            Self::Pkcs8 => "PKCS#8 private key",
            Self::Pkcs8Encrypted => "encrypted PKCS#8 private key",
            Self::Putty => "PuTTY private key",
            Self::Raw => "raw bytes",
            Self::Sec1 => "SEC 1 private key",
            Self::Spki => "public key",
            Self::Ssh2Public => "SSH2 public key",
            Self::Transfer => "Azure key transfer blob",
            Self::Wrapped => "wrapped key",
        })
    }
}
