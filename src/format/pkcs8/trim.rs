//! What padding added is taken off again, and nothing else: up to seven zeros after one complete DER element.

use der::{Decode, Header, Reader, SliceReader, Tag};

use super::ProofError;

/// Tokens pad to a multiple of eight bytes.
const MOST_PADDING: usize = 7;

/// An element and the zeros that followed it.
#[derive(Debug)]
pub(super) struct Trimmed<'a> {
    /// The element, header included.
    pub(super) element: &'a [u8],
    /// How many zeros followed.
    pub(super) padding: usize,
}

/// One SEQUENCE, and its padding.
pub(super) fn sequence(given: &[u8]) -> Result<Trimmed<'_>, ProofError> {
    element(given, Tag::Sequence)
}

/// One OCTET STRING, and its padding.
pub(super) fn octet_string(given: &[u8]) -> Result<Trimmed<'_>, ProofError> {
    element(given, Tag::OctetString)
}

/// Whether these bytes can be what padding added.
pub(super) fn is_padding(rest: &[u8]) -> bool {
    rest.len() <= MOST_PADDING && rest.iter().all(|byte| *byte == 0)
}

fn element(given: &[u8], tag: Tag) -> Result<Trimmed<'_>, ProofError> {
    let length = whole_length(given, tag).ok_or(ProofError::Incomplete)?;
    let (element, rest) = given.split_at_checked(length).ok_or(ProofError::Incomplete)?;
    if !is_padding(rest) {
        return Err(ProofError::Trailing(rest.len()));
    }
    Ok(Trimmed { element, padding: rest.len() })
}

/// The length of the element that starts here, header included (X.690 section 8.1.3, with the restrictions of DER).
fn whole_length(bytes: &[u8], tag: Tag) -> Option<usize> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let header = Header::decode(&mut reader).ok().filter(|header| header.tag() == tag)?;
    let [before, content] = [reader.position(), header.length()].map(|length| usize::try_from(u32::from(length)));
    before.ok()?.checked_add(content.ok()?)
}
