//! The one reader for all files that come from outside: given bytes, what exactly they are.
//!
//! It never guesses in silence: where bytes admit several readings, all of them are returned, and whoever asked says
//! which is meant or names them all. Nothing here decrypts anything unless it is given a passphrase.

mod assumption;
mod der;
mod pem;
mod recognition;

pub use assumption::{Assumption, Source, UnknownSource};
pub use recognition::{
    Answer, Candidate, Certificate, Content, Form, Layer, Part, Reading, Recognition, Request, Transfer, Wrapped,
    Wrapping,
};

use super::material::{Material, SecretKey};

/// The greatest file that is read at all, in bytes.
pub const MAXIMUM: usize = 1024 * 1024;

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
pub fn read(bytes: &[u8], _assumption: &Assumption) -> Result<Recognition, ReadError> {
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
    let part = Part { place: String::new(), form: Form::Raw, content, name: None, beside: Vec::new() };
    Reading { layers: Vec::new(), parts: vec![part], findings: Vec::new() }
}
