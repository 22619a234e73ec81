//! Opening: what shows is charged first, then what the encrypted safes turn out to hold.

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::super::asn1::{self, Bad};
use super::super::error::OpenError;
use super::super::inner;
use super::super::kdf::Passphrase;
use super::super::limit::Budget;
use super::bag::{self, Bag, Contents};
use super::{Archive, Safe};
use crate::format::material::{Material, SecretKey};
use crate::format::reader::{Content, Form, Part};
use crate::key::spec::{AesBits, HashAlg, KeySpec};

/// `aes` (FIPS 197), as Java names keys of any size, and the modes that are named after it.
const AES: &str = "2.16.840.1.101.3.4.1";
/// `digestAlgorithm` (RFC 8018 appendix B.1.2): the HMACs end in 7 to 11.
const DIGEST: &str = "1.2.840.113549.2.";

pub(in super::super) fn open(
    der: &[u8],
    passphrase: &SecretString,
    budget: &mut Budget,
) -> Result<Vec<Part>, OpenError> {
    let archive = Archive::read(der)?;
    charged(&archive, budget)?;
    let passphrase = authenticated(&archive, passphrase, budget)?;
    opened(&archive, passphrase, budget).map_err(|error| match error {
        // The MAC was right: it is not the passphrase.
        OpenError::WrongOrDamaged if archive.mac.is_some() => {
            OpenError::Damaged("its MAC matches, and its content is encrypted with another passphrase".to_owned())
        }
        other => other,
    })
}

/// Whether what shows can be paid.
pub(in super::super) fn charge(der: &[u8]) -> Result<(), OpenError> {
    charged(&Archive::read(der)?, &mut Budget::new())
}

fn charged(archive: &Archive<'_>, budget: &mut Budget) -> Result<(), OpenError> {
    archive.mac.iter().try_for_each(|mac| mac.charge(budget))?;
    archive.encryptions().try_for_each(|encryption| encryption.charge(budget))
}

/// The passphrase in the form that the MAC matches.
fn authenticated<'a>(
    archive: &Archive<'_>,
    text: &'a SecretString,
    budget: &mut Budget,
) -> Result<Passphrase<'a>, OpenError> {
    let passphrase = Passphrase::new(text);
    let Some(mac) = &archive.mac else { return Ok(passphrase) };
    if mac.verify(passphrase, archive.content)? {
        return Ok(passphrase);
    }
    let nothing = Passphrase { ended: false, ..passphrase };
    if text.expose_secret().is_empty() {
        mac.charge(budget)?;
        if mac.verify(nothing, archive.content)? {
            return Ok(nothing);
        }
    }
    Err(OpenError::WrongPassphrase)
}

fn opened(archive: &Archive<'_>, passphrase: Passphrase<'_>, budget: &mut Budget) -> Result<Vec<Part>, OpenError> {
    let mut plain: Vec<Option<Zeroizing<Vec<u8>>>> = Vec::new();
    for safe in &archive.safes {
        plain.push(match safe {
            Safe::Encrypted(encryption, data) => Some(encryption.decrypt(passphrase, data)?),
            Safe::Clear(_) | Safe::Other(_) => None,
        });
    }
    let mut count = bag::Count::new();
    let mut hidden = Vec::new();
    for der in plain.iter().flatten() {
        // Bytes that are no element were decrypted with another key.
        asn1::only(der).map_err(|_| OpenError::WrongOrDamaged)?;
        hidden.push(bag::read(der, &mut count)?);
    }
    hidden.iter().flatten().filter_map(Bag::encryption).try_for_each(|encryption| encryption.charge(budget))?;
    let mut parts = Vec::new();
    let mut hidden = hidden.iter();
    for safe in &archive.safes {
        let bags: &[Bag<'_>] = match safe {
            Safe::Clear(bags) => bags,
            Safe::Encrypted(..) => hidden.next().map(Vec::as_slice).unwrap_or_default(),
            Safe::Other(kind) => {
                parts.push(named(format!("a safe of type {kind}"), &parts));
                continue;
            }
        };
        for bag in bags {
            let place = place(&parts);
            parts.push(part(bag, passphrase, &place)?);
        }
    }
    Ok(parts)
}

fn place(before: &[Part]) -> String {
    format!("bag {}", before.len().saturating_add(1))
}

fn named(what: String, before: &[Part]) -> Part {
    let content = Content::Named { what, way_out: String::new() };
    Part { place: place(before), form: Form::Pkcs12, content, name: None, beside: Vec::new() }
}

fn part(bag: &Bag<'_>, passphrase: Passphrase<'_>, place: &str) -> Result<Part, OpenError> {
    let mut part = match &bag.contents {
        Contents::Key(der) => Part { form: Form::Pkcs12, ..inner::read(der, place)? },
        Contents::Shrouded(encryption, data) => {
            Part { form: Form::Pkcs12, ..inner::part(&encryption.decrypt(passphrase, data)?, place)? }
        }
        Contents::Certificate(der) => inner::read(der, place)?,
        Contents::Secret(encryption, data) => secret(&encryption.decrypt(passphrase, data)?, place)?,
        Contents::Other(what) => named(what.clone(), &[]),
    };
    place.clone_into(&mut part.place);
    part.name.clone_from(&bag.name);
    part.beside.extend(bag.beside.iter().cloned());
    Ok(part)
}

/// A symmetric key as Java writes it: a `PrivateKeyInfo` that holds the bytes.
fn secret(der: &[u8], place: &str) -> Result<Part, OpenError> {
    let element = asn1::only(der).map_err(|_| OpenError::WrongOrDamaged)?;
    let parts = element.sequence()?;
    let [_, algorithm, value, ..] = parts.as_slice() else {
        return Err(Bad("a secret key without its bytes".to_owned()).into());
    };
    let algorithm = algorithm.sequence()?;
    let kind = algorithm.first().map(|oid| oid.oid()).transpose()?.map(|oid| oid.to_string()).unwrap_or_default();
    let value = value.octets()?;
    let key = SecretKey { value: Zeroizing::new(value.to_vec()), stated: stated(&kind, value.len()) };
    let content = Content::Key(Material::Secret(key));
    Ok(Part { place: place.to_owned(), form: Form::Pkcs12, content, name: None, beside: Vec::new() })
}

/// The key type that an algorithm and a length make together.
fn stated(oid: &str, length: usize) -> Option<KeySpec> {
    let spec = match oid.strip_prefix(DIGEST) {
        Some("7") => KeySpec::Hmac(HashAlg::Sha1),
        Some("8") => KeySpec::Hmac(HashAlg::Sha224),
        Some("9") => KeySpec::Hmac(HashAlg::Sha256),
        Some("10") => KeySpec::Hmac(HashAlg::Sha384),
        Some("11") => KeySpec::Hmac(HashAlg::Sha512),
        _ if oid.starts_with(AES) => match length {
            16 => KeySpec::Aes(AesBits::B128),
            24 => KeySpec::Aes(AesBits::B192),
            _ => KeySpec::Aes(AesBits::B256),
        },
        _ => return None,
    };
    (spec.secret_bytes() == Some(length)).then_some(spec)
}
