//! The elements of DER that is canonical already: as much as it takes to see what a file is.

use der::asn1::ObjectIdentifier;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

/// How many elements of a sequence are looked at; no key has more.
const MAXIMUM: usize = 32;

/// One element.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    /// Its first identifier octet.
    pub tag: u8,
    /// What it holds.
    pub content: &'a [u8],
    /// All of it.
    pub whole: &'a [u8],
}

/// The first element, and what follows it.
pub(super) fn first(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&[tag, length], rest) = bytes.split_first_chunk()?;
    let (header, length) = if length < 0x80 {
        (2_usize, usize::from(length))
    } else {
        let count = usize::from(length & 0x7f);
        let digits = rest.get(..count)?;
        (count.checked_add(2)?, digits.iter().fold(0_usize, |sum, digit| (sum << 8) | usize::from(*digit)))
    };
    let (whole, after) = bytes.split_at_checked(header.checked_add(length)?)?;
    Some((Element { tag, content: whole.get(header..)?, whole }, after))
}

/// The first elements of a sequence's content.
pub(super) fn all(mut content: &[u8]) -> Vec<Element<'_>> {
    let mut elements = Vec::new();
    while let (Some((element, rest)), true) = (first(content), elements.len() < MAXIMUM) {
        elements.push(element);
        content = rest;
    }
    elements
}

/// The elements of one sequence that is nothing else; none when it is something else.
pub(super) fn sequence(bytes: &[u8]) -> Vec<Element<'_>> {
    first(bytes).map(|(element, _)| element.children()).unwrap_or_default()
}

impl<'a> Element<'a> {
    /// What a constructed element holds.
    pub(super) fn children(self) -> Vec<Element<'a>> {
        if self.tag & 0x20 == 0 { Vec::new() } else { all(self.content) }
    }

    /// A number without its sign; `None` for something else.
    pub(super) fn number(self) -> Option<&'a [u8]> {
        match self.content {
            _ if self.tag != INTEGER => None,
            [first, ..] if *first >= 0x80 => None,
            number => Some(crate::format::spki::without_zeros(number)),
        }
    }

    /// An object identifier.
    pub(super) fn oid(self) -> Option<ObjectIdentifier> {
        if self.tag == OBJECT_IDENTIFIER { ObjectIdentifier::from_bytes(self.content).ok() } else { None }
    }

    /// The whole bytes of a bit string; implicit tags have it in the same form.
    pub(super) fn bits(self) -> Option<&'a [u8]> {
        match self.content.split_first() {
            Some((0, bits)) => Some(bits),
            _ => None,
        }
    }
}
