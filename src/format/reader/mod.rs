//! The one reader for all files that come from outside: given bytes, what exactly they are.
//!
//! It never guesses in silence: where bytes admit several readings, all of them are returned, and whoever asked says
//! which is meant or names them all. Nothing here decrypts anything unless it is given a passphrase.

mod der;
mod pem;

use std::fmt;

use super::lint::Finding;
use super::material::{Material, SecretKey};

/// The greatest file that is read at all, in bytes.
pub const MAXIMUM: usize = 1024 * 1024;

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
    /// What stands beside the key and a conversion would lose: `2 attributes`, `kid "x"`. Printable.
    pub beside: Vec<String>,
}

/// Containers by their standard names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// `RSAPrivateKey` (RFC 8017 appendix A.1.2).
    Pkcs1Private,
    /// `RSAPublicKey` (RFC 8017 appendix A.1.1).
    Pkcs1Public,
    /// `PrivateKeyInfo` (RFC 5208, RFC 5958).
    Pkcs8,
    /// Bytes without any structure.
    Raw,
    /// `ECPrivateKey` (RFC 5915).
    Sec1,
    /// `SubjectPublicKeyInfo` (RFC 5280).
    Spki,
}

/// What a part holds.
#[derive(Debug)]
pub enum Content {
    /// A key.
    Key(Material),
    /// Recognised, and not read further.
    Named {
        /// What it is.
        what: String,
        /// How to get to something that is read; empty when there is none.
        way_out: String,
    },
}

/// Why bytes cannot be read at all.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReadError {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// More than is read.
    #[error("the file has {0} bytes; at most {MAXIMUM} are read")]
    TooLarge(usize),
    /// A structure that breaks off or contradicts itself.
    #[error("{form} that cannot be read: {why}")]
    Malformed {
        /// What it looks like.
        form: &'static str,
        /// What is wrong, and where.
        why: String,
    },
}

/// Says what bytes are.
///
/// # Errors
/// Nothing, too much, or a structure that is broken. Bytes without structure are no error: they are raw.
pub fn read(bytes: &[u8]) -> Result<Recognition, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    if bytes.len() > MAXIMUM {
        return Err(ReadError::TooLarge(bytes.len()));
    }
    let reading = match std::str::from_utf8(bytes) {
        Ok(text) if text.contains("-----BEGIN ") => pem::read(text)?,
        _ if bytes.first() == Some(&0x30) => {
            Reading { layers: vec![Layer::Der], parts: vec![der::part(bytes, "")?], findings: Vec::new() }
        }
        _ => raw(bytes),
    };
    Ok(Recognition { readings: vec![reading] })
}

fn raw(bytes: &[u8]) -> Reading {
    let secret = SecretKey { value: bytes.to_vec().into(), stated: None };
    let content = Content::Key(Material::Secret(secret));
    let part = Part { place: String::new(), form: Form::Raw, content, beside: Vec::new() };
    Reading { layers: Vec::new(), parts: vec![part], findings: Vec::new() }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pkcs1Private => "PKCS#1 private key",
            Self::Pkcs1Public => "PKCS#1 public key",
            Self::Pkcs8 => "PKCS#8 private key",
            Self::Raw => "raw bytes",
            Self::Sec1 => "SEC 1 private key",
            Self::Spki => "public key",
        })
    }
}
