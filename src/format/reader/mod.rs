//! The one reader for all files that come from outside: given bytes, what exactly they are.
//!
//! It never guesses in silence: where bytes admit several readings, all of them are returned, and whoever asked says
//! which is meant or names them all. Nothing here decrypts anything unless it is given a passphrase.

mod assumption;
pub(super) mod ber;
mod blocks;
pub(super) mod certificate;
mod curve;
pub(super) mod der;
mod document;
pub(super) mod encoding;
mod error;
pub(super) mod json;
pub(super) mod jwk;
mod keystore;
mod openssh;
pub(super) mod pem;
mod private;
mod public;
mod raw;
mod recognition;
mod shown;
mod text;
mod tlv;
mod transfer;
mod unwrap;
mod wrapped;

pub use assumption::{Assumption, Source, UnknownSource};
pub use error::ReadError;
pub use raw::types;
pub use recognition::{
    Candidate, Certificate, Content, Form, Layer, Part, Reading, Recognition, Request, Transfer, Wrapped, Wrapping,
};
pub use wrapped::candidates;

/// The greatest file that is read at all, in bytes.
pub const MAXIMUM: usize = 1024 * 1024;

/// Says what bytes are.
///
/// # Errors
/// Nothing, too much, or a structure that is broken. Bytes without structure are no error: they are raw.
pub fn read(bytes: &[u8], assumption: &Assumption) -> Result<Recognition, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    if bytes.len() > MAXIMUM {
        return Err(ReadError::TooLarge(bytes.len()));
    }
    unwrap::outermost(bytes, *assumption).map(|readings| Recognition { readings })
}

#[cfg(test)]
mod tests;
