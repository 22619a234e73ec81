//! DER: what it is by its outermost elements, and the key in it.

use zeroize::Zeroizing;

use super::tlv::{self, BIT_STRING, Element, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE};
use super::{Content, Form, Part, ReadError, ber, certificate, private, public};
use crate::format::lint::Finding;
use crate::format::lint::rules::form;
use crate::format::locked::{self, Locked};
use crate::format::material::Material;
use crate::format::spki::PublicKey;

/// One DER value, whatever it is. What follows it is a finding.
pub(super) fn part(bytes: &[u8], place: &str, findings: &mut Vec<Finding>) -> Result<Part, ReadError> {
    let der = canonical(bytes, place, findings)?;
    let (elements, form) = (tlv::sequence(&der), form(&der));
    let (mut name, mut beside) = (None, Vec::new());
    let content = match form {
        Form::Pkcs8 => {
            let (key, attributes) = private::pkcs8(&elements, place, findings)?;
            (name, beside) = (attributes.name, attributes.others);
            Content::Key(Material::Private(key))
        }
        Form::Pkcs1Private => Content::Key(Material::Private(private::rsa(&elements, place)?)),
        Form::Sec1 => Content::Key(Material::Private(private::ec(&elements, None, None, place, findings)?)),
        Form::Spki => Content::Key(Material::Public(public::spki(&der, place, findings)?)),
        Form::Pkcs1Public => Content::Key(Material::Public(
            PublicKey::from_pkcs1_der(&der).map_err(|error| ReadError::malformed(place, "PKCS#1", &error))?,
        )),
        Form::Pkcs8Encrypted => {
            let locked = locked::encrypted_pkcs8(&der).map_err(|error| error.under(place))?;
            opened_later(locked, place, findings)
        }
        Form::Pkcs12 => {
            let locked = locked::pkcs12(&der).map_err(|error| error.under(place))?;
            opened_later(locked, place, findings)
        }
        Form::Certificate => Content::Certificate(Box::new(certificate::certificate(&der, place, findings)?)),
        Form::Pkcs10 => Content::Request(Box::new(certificate::request(&der, place, findings)?)),
        form => other(form, &elements),
    };
    Ok(Part { place: place.to_owned(), form, content, name, beside })
}

/// What canonical DER is, by its outermost elements.
pub(in crate::format) fn form(der: &[u8]) -> Form {
    let elements = tlv::sequence(der);
    let tags: Vec<u8> = elements.iter().map(|element| element.tag).collect();
    let first = elements.first();
    match tags.as_slice() {
        [INTEGER, SEQUENCE, OCTET_STRING, ..] => Form::Pkcs8,
        [INTEGER, SEQUENCE, ..] if first.is_some_and(|version| version.content == [3]) => Form::Pkcs12,
        [INTEGER, INTEGER] if !is_diffie_hellman(&elements) => Form::Pkcs1Public,
        [INTEGER, OCTET_STRING, ..] => Form::Sec1,
        [INTEGER, INTEGER, INTEGER, ..] if tags.len() != DSA => Form::Pkcs1Private,
        [SEQUENCE, BIT_STRING] => Form::Spki,
        [SEQUENCE, OCTET_STRING] => Form::Pkcs8Encrypted,
        [SEQUENCE, SEQUENCE, BIT_STRING] => first.map_or(Form::Other, |signed| certificate::form(*signed)),
        [OBJECT_IDENTIFIER, 0xa0] => Form::Cms,
        _ => Form::Other,
    }
}

/// How many numbers OpenSSL's DSA private key has, all in one sequence.
const DSA: usize = 6;

/// `DHParameter` (PKCS#3) has the shape of a PKCS#1 public key, and a small generator.
fn is_diffie_hellman(elements: &[Element<'_>]) -> bool {
    elements.get(1).is_some_and(|generator| matches!(generator.content, [2 | 5]))
}

/// What has only a name.
fn other(form: Form, elements: &[Element<'_>]) -> Content {
    let (first, count) = (elements.first(), elements.len());
    let numbers = elements.iter().all(|element| element.tag == INTEGER);
    match form {
        Form::Cms => named("PKCS#7 or CMS", "openssl pkcs7 -print_certs -in FILE   shows the certificates in it"),
        Form::Crl => {
            let issuer = first.and_then(|signed| certificate::crl_issuer(*signed));
            let issuer = issuer.map(|name| format!(" of {name}")).unwrap_or_default();
            named(&format!("an X.509 revocation list{issuer}"), "")
        }
        _ if numbers && count == DSA => named("a DSA private key", "DSA is not used any more; make a new key"),
        _ if numbers && count == 2 => named("Diffie-Hellman parameters", ""),
        _ => named("DER of a kind that byok does not know", ""),
    }
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
        let zeros = bytes.get(found.taken..).is_some_and(|rest| rest.iter().all(|byte| *byte == 0));
        let why = if zeros { ", all zero: tokens that pad keys leave such bytes" } else { "" };
        let detail = format!("{what} the {} of the structure{why}", found.taken);
        findings.push(Finding::new(&form::TRAILING_BYTES, at_byte(place, found.taken), detail));
    }
    Ok(found.der)
}

fn at_byte(place: &str, at: usize) -> String {
    if place.is_empty() { format!("byte {at}") } else { format!("{place}, byte {at}") }
}
