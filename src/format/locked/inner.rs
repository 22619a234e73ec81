//! What was encrypted, read by the one reader.

use super::asn1;
use super::error::OpenError;
use crate::format::reader::{self, Assumption, Part, ReadError, Source};

/// The one part that decrypted DER is. Bytes that are no single element were decrypted with another key.
pub(super) fn part(der: &[u8], place: &str) -> Result<Part, OpenError> {
    asn1::only(der).map_err(|_| OpenError::WrongOrDamaged)?;
    read(der, place)
}

/// The one part that DER is, when it is known to be genuine or in the clear.
pub(super) fn read(der: &[u8], place: &str) -> Result<Part, OpenError> {
    let damaged = |error: ReadError| OpenError::Damaged(error.to_string());
    let assumed = Assumption { from: Some(Source::Der), spec: None };
    let reading = reader::read(der, &assumed).map_err(damaged)?.only();
    let mut part = reading.and_then(|mut reading| reading.parts.pop()).ok_or_else(ambiguous)?;
    place.clone_into(&mut part.place);
    Ok(part)
}

fn ambiguous() -> OpenError {
    OpenError::Damaged("what is inside can be read in several ways".to_owned())
}
