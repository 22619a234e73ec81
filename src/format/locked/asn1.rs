//! DER elements, one level at a time: what nests deeper is looked at only where a format says that it is there.

use der::asn1::ObjectIdentifier;
use der::{Decode, Header, Reader, SliceReader, Tag};

use super::error::OpenError;
use crate::format::reader::ReadError;

/// More than any key file has on one level.
const MOST_ELEMENTS: usize = 4096;

/// One element and where its content is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) tag: Tag,
    /// Header and content.
    pub(super) whole: &'a [u8],
    pub(super) content: &'a [u8],
}

/// What is wrong with a structure, as a fragment without any byte of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Bad(pub(super) String);

/// The elements that make up the bytes, to the last one.
pub(super) fn elements(bytes: &[u8]) -> Result<Vec<Element<'_>>, Bad> {
    let mut reader = SliceReader::new(bytes)?;
    let mut found = Vec::new();
    while !reader.is_finished() {
        if found.len() == MOST_ELEMENTS {
            return Err(Bad(format!("more than {MOST_ELEMENTS} elements on one level")));
        }
        let start = usize::try_from(u32::from(reader.position())).unwrap_or_default();
        let header = Header::decode(&mut reader)?;
        let content = reader.read_slice(header.length())?;
        let end = usize::try_from(u32::from(reader.position())).unwrap_or_default();
        found.push(Element { tag: header.tag(), whole: bytes.get(start..end).unwrap_or_default(), content });
    }
    Ok(found)
}

/// The one element that the bytes are.
pub(super) fn only(bytes: &[u8]) -> Result<Element<'_>, Bad> {
    match elements(bytes)?.as_slice() {
        [element] => Ok(*element),
        found => Err(Bad(format!("{} elements where one belongs", found.len()))),
    }
}

impl<'a> Element<'a> {
    /// The content of an element of this tag.
    pub(super) fn of(self, tag: Tag) -> Result<&'a [u8], Bad> {
        if self.tag == tag { Ok(self.content) } else { Err(Bad(format!("{} where {tag} belongs", self.tag))) }
    }

    /// What is in a sequence.
    pub(super) fn sequence(self) -> Result<Vec<Element<'a>>, Bad> {
        elements(self.of(Tag::Sequence)?)
    }

    /// What an explicit tag `[0]` holds.
    pub(super) fn explicit(self) -> Result<Element<'a>, Bad> {
        only(self.tagged()?)
    }

    /// The content of `[0]`, whether explicit or implicit.
    pub(super) fn tagged(self) -> Result<&'a [u8], Bad> {
        match self.tag {
            Tag::ContextSpecific { number, .. } if number.value() == 0 => Ok(self.content),
            tag => Err(Bad(format!("{tag} where [0] belongs"))),
        }
    }

    pub(super) fn oid(self) -> Result<ObjectIdentifier, Bad> {
        Ok(ObjectIdentifier::from_der(self.whole)?)
    }

    pub(super) fn octets(self) -> Result<&'a [u8], Bad> {
        self.of(Tag::OctetString)
    }

    /// A number that is not negative.
    pub(super) fn number(self) -> Result<u64, Bad> {
        self.of(Tag::Integer)?;
        u64::from_der(self.whole).map_err(|_| Bad("a number that is negative or too large".to_owned()))
    }
}

impl Bad {
    /// As an error of the reader.
    pub(super) fn in_form(self, form: &'static str) -> ReadError {
        ReadError::Malformed { form, why: self.0 }
    }
}

impl From<der::Error> for Bad {
    fn from(error: der::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<Bad> for OpenError {
    fn from(bad: Bad) -> Self {
        Self::Damaged(bad.0)
    }
}
