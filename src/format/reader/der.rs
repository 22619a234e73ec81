//! DER: what it is by its outermost elements, and the key in it.

use zeroize::Zeroizing;

use super::certificate::{self, Kind};
use super::tlv::{self, BIT_STRING, Element, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE};
use super::{Content, Form, Part, ReadError, ber, private, public};
use crate::format::lint::Finding;
use crate::format::lint::rules::form;
use crate::format::locked::{self, Locked};
use crate::format::material::Material;
use crate::format::spki::PublicKey;

/// One DER value, whatever it is. What follows it is a finding.
pub(super) fn part(bytes: &[u8], place: &str, findings: &mut Vec<Finding>) -> Result<Part, ReadError> {
    let der = canonical(bytes, place, findings)?;
    let (mut name, mut beside) = (None, Vec::new());
    let (form, content) = match &*tlv::sequence(&der) {
        elements if is(elements, &[INTEGER, SEQUENCE, OCTET_STRING]) => {
            let (key, attributes) = private::pkcs8(elements, place, findings)?;
            (name, beside) = (attributes.name, attributes.others);
            (Form::Pkcs8, Content::Key(Material::Private(key)))
        }
        elements => content(&der, elements, place, findings)?,
    };
    Ok(Part { place: place.to_owned(), form, content, name, beside })
}

fn is(elements: &[Element<'_>], tags: &[u8]) -> bool {
    elements.iter().map(|element| element.tag).take(tags.len()).eq(tags.iter().copied())
}

fn content(
    der: &[u8],
    elements: &[Element<'_>],
    place: &str,
    findings: &mut Vec<Finding>,
) -> Result<(Form, Content), ReadError> {
    let tags: Vec<u8> = elements.iter().map(|element| element.tag).collect();
    let private = |key| Content::Key(Material::Private(key));
    Ok(match (tags.as_slice(), elements) {
        ([SEQUENCE, BIT_STRING], _) => {
            (Form::Spki, Content::Key(Material::Public(public::spki(der, place, findings)?)))
        }
        ([INTEGER, INTEGER], _) => pkcs1_public(der, place)?,
        ([INTEGER, OCTET_STRING, ..], _) => (Form::Sec1, private(private::ec(elements, None, None, place, findings)?)),
        ([SEQUENCE, OCTET_STRING], _) => {
            let locked = locked::encrypted_pkcs8(der).map_err(|error| error.under(place))?;
            (Form::Pkcs8Encrypted, opened_later(locked, place, findings))
        }
        ([INTEGER, SEQUENCE, ..], [version, ..]) if version.content == [3] => {
            let locked = locked::pkcs12(der).map_err(|error| error.under(place))?;
            (Form::Pkcs12, opened_later(locked, place, findings))
        }
        ([INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, INTEGER], _) => {
            (Form::Other, named("a DSA private key", "DSA is not used any more; make a new key"))
        }
        ([INTEGER, INTEGER, INTEGER, ..], _) => (Form::Pkcs1Private, private(private::rsa(elements, place)?)),
        ([OBJECT_IDENTIFIER, 0xa0], _) => {
            (Form::Cms, named("PKCS#7 or CMS", "openssl pkcs7 -print_certs -in FILE   shows the certificates in it"))
        }
        ([SEQUENCE, SEQUENCE, BIT_STRING], [signed, ..]) => signed_by(*signed, der, place, findings)?,
        _ => (Form::Other, named("DER of a kind that byok does not know", "")),
    })
}

fn signed_by(
    signed: Element<'_>,
    der: &[u8],
    place: &str,
    findings: &mut Vec<Finding>,
) -> Result<(Form, Content), ReadError> {
    Ok(match certificate::kind(signed) {
        Some(Kind::Certificate) => {
            let certificate = certificate::certificate(der, place, findings)?;
            (Form::Certificate, Content::Certificate(Box::new(certificate)))
        }
        Some(Kind::Request) => (Form::Pkcs10, Content::Request(Box::new(certificate::request(der, place, findings)?))),
        Some(Kind::Crl) => {
            let issuer = certificate::crl_issuer(signed).map(|name| format!(" of {name}")).unwrap_or_default();
            (Form::Crl, named(&format!("an X.509 revocation list{issuer}"), ""))
        }
        None => (Form::Other, named("DER of a kind that byok does not know", "")),
    })
}

/// `RSAPublicKey`; Diffie-Hellman parameters have the same shape, and a small second number.
fn pkcs1_public(der: &[u8], place: &str) -> Result<(Form, Content), ReadError> {
    if let [_, second] = &*tlv::sequence(der)
        && matches!(second.content, [2 | 5])
    {
        return Ok((Form::Other, named("Diffie-Hellman parameters", "")));
    }
    let key = PublicKey::from_pkcs1_der(der).map_err(|error| ReadError::malformed(place, "PKCS#1", &error))?;
    Ok((Form::Pkcs1Public, Content::Key(Material::Public(key))))
}

/// Something behind a passphrase, and what shows without it.
pub(super) fn opened_later(locked: Locked, place: &str, findings: &mut Vec<Finding>) -> Content {
    findings.extend(locked.findings(place));
    Content::Locked(Box::new(locked))
}

pub(super) fn named(what: &str, way_out: &str) -> Content {
    Content::Named { what: what.to_owned(), way_out: way_out.to_owned() }
}

/// The first element in DER, with findings about what is not canonical and what follows it.
pub(super) fn canonical(
    bytes: &[u8],
    place: &str,
    findings: &mut Vec<Finding>,
) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    let found = ber::canonical(bytes).map_err(|error| ReadError::ber(place, error))?;
    if let Some((at, what)) = found.deviation {
        findings.push(Finding::new(&form::NON_CANONICAL_DER, at_byte(place, at), what));
    }
    let rest = bytes.len().saturating_sub(found.taken);
    if rest > 0 {
        let what = if rest == 1 { "1 byte follows" } else { &format!("{rest} bytes follow") };
        let detail = format!("{what} the {} of the structure", found.taken);
        findings.push(Finding::new(&form::TRAILING_BYTES, at_byte(place, found.taken), detail));
    }
    Ok(found.der)
}

fn at_byte(place: &str, at: usize) -> String {
    if place.is_empty() { format!("byte {at}") } else { format!("{place}, byte {at}") }
}
