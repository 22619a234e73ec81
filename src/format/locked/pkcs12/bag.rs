//! Bags (RFC 7292 section 4.2): a key, a certificate, a secret, and the attributes beside it.

use der::Tag;

use super::super::algorithm::{self, Encryption};
use super::super::asn1::{self, Bad, Element};
use crate::format::escape::printable;

/// More than any keystore has, and few enough to look at each.
const MOST_BAGS: usize = 1024;
/// How deep safes may stand in safes.
const MOST_DEPTH: usize = 4;
/// The bag types end in 1 to 6 (RFC 7292 appendix D).
const BAG: &str = "1.2.840.113549.1.12.10.1.";
const X509: &str = "1.2.840.113549.1.9.22.1";
const FRIENDLY_NAME: &str = "1.2.840.113549.1.9.20";
const LOCAL_KEY_ID: &str = "1.2.840.113549.1.9.21";
/// The longest name that is shown of an attribute.
const SHOWN: usize = 60;

/// One bag.
pub(super) struct Bag<'a> {
    pub(super) contents: Contents<'a>,
    /// `friendlyName`, as it stands there.
    pub(super) name: Option<String>,
    /// The attributes that are not the name, to people.
    pub(super) beside: Vec<String>,
}

/// What is in a bag.
pub(super) enum Contents<'a> {
    /// `PrivateKeyInfo`, in the clear.
    Key(&'a [u8]),
    /// `EncryptedPrivateKeyInfo`.
    Shrouded(Encryption<'a>, &'a [u8]),
    /// An X.509 certificate.
    Certificate(&'a [u8]),
    /// A symmetric key as Java stores it: an `EncryptedPrivateKeyInfo` with the bytes of the key.
    Secret(Encryption<'a>, &'a [u8]),
    /// Something that is not read, by name.
    Other(String),
}

/// How many bags there were, in all safes of a file.
pub(super) struct Count(usize);

impl Count {
    pub(super) fn new() -> Self {
        Self(0)
    }

    fn one_more(&mut self) -> Result<(), Bad> {
        self.0 = self.0.saturating_add(1);
        if self.0 > MOST_BAGS { Err(Bad(format!("more than {MOST_BAGS} bags"))) } else { Ok(()) }
    }
}

impl<'a> Bag<'a> {
    /// How its content is encrypted.
    pub(super) fn encryption(&self) -> Option<&Encryption<'a>> {
        match &self.contents {
            Contents::Shrouded(encryption, _) | Contents::Secret(encryption, _) => Some(encryption),
            Contents::Key(_) | Contents::Certificate(_) | Contents::Other(_) => None,
        }
    }
}

/// `SafeContents`, those of nested ones included.
pub(super) fn read<'a>(der: &'a [u8], count: &mut Count) -> Result<Vec<Bag<'a>>, Bad> {
    let mut bags = Vec::new();
    let mut open: Vec<(Element<'a>, usize)> = vec![(asn1::only(der)?, 0)];
    while let Some((contents, depth)) = open.pop() {
        for bag in contents.sequence()? {
            count.one_more()?;
            let parts = bag.sequence()?;
            let [kind, value, attributes @ ..] = parts.as_slice() else {
                return Err(Bad("a bag without content".to_owned()));
            };
            let kind = kind.oid()?.to_string();
            if kind.strip_prefix(BAG) == Some("6") {
                if depth == MOST_DEPTH {
                    return Err(Bad(format!("safes in safes, more than {MOST_DEPTH} deep")));
                }
                open.push((value.explicit()?, depth.saturating_add(1)));
                continue;
            }
            let (name, beside) = attributes.first().map(|set| self::attributes(*set)).transpose()?.unwrap_or_default();
            bags.push(Bag { contents: self::contents(&kind, *value)?, name, beside });
        }
    }
    Ok(bags)
}

fn contents<'a>(kind: &str, value: Element<'a>) -> Result<Contents<'a>, Bad> {
    match kind.strip_prefix(BAG) {
        Some("1") => Ok(Contents::Key(value.explicit()?.whole)),
        Some("2") => {
            let (encryption, data) = shrouded(value.explicit()?)?;
            Ok(Contents::Shrouded(encryption, data))
        }
        Some("3") => certificate(value.explicit()?),
        Some("4") => Ok(Contents::Other("a revocation list".to_owned())),
        Some("5") => secret(value.explicit()?),
        _ => Ok(Contents::Other(format!("a bag of type {kind}"))),
    }
}

/// `EncryptedPrivateKeyInfo`: the algorithm and the ciphertext.
fn shrouded(element: Element<'_>) -> Result<(Encryption<'_>, &[u8]), Bad> {
    let parts = element.sequence()?;
    let [algorithm, data] = parts.as_slice() else { return Err(Bad("no encrypted key".to_owned())) };
    Ok((algorithm::read(*algorithm)?, data.octets()?))
}

fn certificate(element: Element<'_>) -> Result<Contents<'_>, Bad> {
    let parts = element.sequence()?;
    match parts.as_slice() {
        [kind, value] if kind.oid()?.to_string() == X509 => Ok(Contents::Certificate(value.explicit()?.octets()?)),
        _ => Ok(Contents::Other("a certificate that is not X.509".to_owned())),
    }
}

/// What Java writes: the type of a shrouded bag, and an octet string with an `EncryptedPrivateKeyInfo`.
fn secret(element: Element<'_>) -> Result<Contents<'_>, Bad> {
    let parts = element.sequence()?;
    match parts.as_slice() {
        [kind, value] if kind.oid()?.to_string().strip_prefix(BAG) == Some("2") => {
            let (encryption, data) = shrouded(asn1::only(value.explicit()?.octets()?)?)?;
            Ok(Contents::Secret(encryption, data))
        }
        _ => Ok(Contents::Other("a secret of a type that byok does not know".to_owned())),
    }
}

/// The friendly name, and what the others are called.
fn attributes(set: Element<'_>) -> Result<(Option<String>, Vec<String>), Bad> {
    let (mut name, mut beside) = (None, Vec::new());
    for attribute in asn1::elements(set.of(Tag::Set)?)? {
        let parts = attribute.sequence()?;
        let [kind, values] = parts.as_slice() else { return Err(Bad("not an attribute and its values".to_owned())) };
        let kind = kind.oid()?.to_string();
        match kind.as_str() {
            FRIENDLY_NAME => name = asn1::elements(values.of(Tag::Set)?)?.first().map(|value| bmp(value.content)),
            // It only says which certificate belongs to which key; that shows by the public keys, too.
            LOCAL_KEY_ID => {}
            _ => beside.push(format!("attribute {}", printable(&kind, SHOWN))),
        }
    }
    Ok((name, beside))
}

/// A `BMPString`.
fn bmp(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| pair.iter().fold(0_u16, |unit, byte| (unit << 8) | u16::from(*byte)));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
