//! What surrounds a structure: PEM, base64, hexadecimal, or nothing.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{NamedCertificate, Structure, WriteError, Written};

/// The columns of PEM (RFC 7468 section 2).
const COLUMNS: usize = 64;

/// Encodings of a structure.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Encoding {
    /// RFC 7468.
    Pem,
    /// The bytes themselves.
    Der,
    /// RFC 4648 section 4, on one line.
    Base64,
    /// RFC 4648 section 8, in lower case, on one line.
    Hex,
}

impl Encoding {
    /// Every one, in the order in which help shows them.
    pub const ALL: [Self; 4] = [Self::Pem, Self::Der, Self::Base64, Self::Hex];

    /// `pem` and so on.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pem => "pem",
            Self::Der => "der",
            Self::Base64 => "base64",
            Self::Hex => "hex",
        }
    }
}

impl Written {
    /// The bytes of the file. Text ends with a line feed.
    ///
    /// # Errors
    /// A structure that has no such encoding: JSON and bare bytes have no PEM.
    pub fn encoded(&self, encoding: Encoding) -> Result<Zeroizing<Vec<u8>>, WriteError> {
        match (encoding, self.label, self.structure) {
            (Encoding::Der, ..) => Ok(Zeroizing::new(self.bytes.to_vec())),
            (Encoding::Pem, Some(label), _) => pem(label, &self.bytes).ok_or(WriteError::Encoding),
            (Encoding::Base64 | Encoding::Hex, _, structure) if structure != Structure::Jwk => {
                text(encoding, &self.bytes).ok_or(WriteError::Encoding)
            }
            (_, _, structure) => Err(WriteError::NoEncoding { structure, encoding }),
        }
    }
}

/// Base64 into one buffer that has its length from the start: a growing one would leave copies.
fn base64(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut buffer = Zeroizing::new(vec![0; base64::encoded_len(bytes.len(), true)?]);
    STANDARD.encode_slice(bytes, &mut buffer).ok()?;
    Some(buffer)
}

fn pem(label: &str, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let body = base64(bytes)?;
    let frame = label.len().checked_mul(2)?.checked_add(64)?;
    let length = body.len().checked_add(body.len().div_ceil(COLUMNS))?.checked_add(frame)?;
    let mut text = Zeroizing::new(Vec::with_capacity(length));
    text.extend_from_slice(format!("-----BEGIN {label}-----\n").as_bytes());
    for line in body.chunks(COLUMNS) {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    text.extend_from_slice(format!("-----END {label}-----\n").as_bytes());
    Some(text)
}

fn text(encoding: Encoding, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let body = if encoding == Encoding::Hex {
        let mut buffer = Zeroizing::new(vec![0; bytes.len().checked_mul(2)?]);
        hex::encode_to_slice(bytes, &mut buffer).ok()?;
        buffer
    } else {
        base64(bytes)?
    };
    let mut line = Zeroizing::new(Vec::with_capacity(body.len().checked_add(1)?));
    line.extend_from_slice(&body);
    line.push(b'\n');
    Some(line)
}

/// The certificates as PEM blocks.
#[must_use]
pub fn certificates(certificates: &[NamedCertificate]) -> Option<Vec<u8>> {
    let blocks = certificates.iter().map(|it| pem("CERTIFICATE", &it.der)).collect::<Option<Vec<_>>>()?;
    Some(blocks.iter().flat_map(|block| block.iter().copied()).collect())
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Encoding {
    type Err = UnknownEncoding;

    fn from_str(text: &str) -> Result<Self, UnknownEncoding> {
        Self::ALL.into_iter().find(|encoding| encoding.as_str() == text).ok_or(UnknownEncoding)
    }
}

/// A text that names no encoding.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown encoding; known: pem, der, base64, hex")]
pub struct UnknownEncoding;
