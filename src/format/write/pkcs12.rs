//! `PFX` (RFC 7292): a key and its certificates, everything encrypted with PBES2, under an HMAC-SHA-256.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::encrypted::{encrypt, private_key_info, random};
use super::plain::{self, no_form};
use super::tlv::{self, Der, element, integer, oid, sequence};
use super::{Entry, Structure, WriteError};
use crate::format::locked::pkcs12_mac_key;
use crate::format::material::{Material, SecretKey};
use crate::format::reader;
use crate::key::spec::{HashAlg, KeySpec};

const DATA: &str = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";
const SHROUDED_BAG: &str = "1.2.840.113549.1.12.10.1.2";
const CERTIFICATE_BAG: &str = "1.2.840.113549.1.12.10.1.3";
const SECRET_BAG: &str = "1.2.840.113549.1.12.10.1.5";
const X509: &str = "1.2.840.113549.1.9.22.1";
const FRIENDLY_NAME: &str = "1.2.840.113549.1.9.20";
const LOCAL_KEY_ID: &str = "1.2.840.113549.1.9.21";
const SHA256: &str = "2.16.840.1.101.3.4.2.1";
/// As Java names AES keys.
const AES: &str = "2.16.840.1.101.3.4.1";
/// `PFX.version`.
const VERSION: u32 = 3;

pub(super) fn write(entry: Entry<'_>, passphrase: &SecretString, rounds: u32) -> Result<Der, WriteError> {
    let mut safes = Vec::new();
    // Java names a key by its position when it has no name of its own; nobody finds that again.
    let id = key_id(entry.material);
    if !entry.certificates.is_empty() {
        let own = own(entry);
        let bags = entry.certificates.iter().enumerate().map(|(at, it)| {
            let (id, name) = if own == Some(at) { (id.as_deref(), entry.name) } else { (None, None) };
            bag(CERTIFICATE_BAG, &certificate(&it.der), &attributes(it.name.as_deref().or(name), id))
        });
        let bags: Vec<Der> = bags.collect();
        let parts: Vec<&[u8]> = bags.iter().map(|bag| bag.as_slice()).collect();
        safes.push(encrypted_safe(&sequence(&parts), passphrase, rounds)?);
    }
    let attributes = attributes(entry.name, id.as_deref());
    let key = match entry.material {
        Material::Private(_) => {
            let key = plain::pkcs8(entry.material)?;
            bag(SHROUDED_BAG, &private_key_info(&key, passphrase, rounds)?, &attributes)
        }
        Material::Secret(key) => bag(SECRET_BAG, &secret(key, passphrase, rounds, entry.material)?, &attributes),
        Material::Public(_) => return Err(no_form(entry.material, Structure::Pkcs12, ", which is for private keys")),
    };
    // The key is encrypted within the bag: the safe around it is not encrypted again, as everybody does it.
    safes.push(content_info(DATA, &element(tlv::OCTETS, &[&sequence(&[&key])])));
    let safes: Vec<&[u8]> = safes.iter().map(|safe| safe.as_slice()).collect();
    let content = sequence(&safes);
    let mac = mac(&content, passphrase, rounds)?;
    let safe = content_info(DATA, &element(tlv::OCTETS, &[&content]));
    Ok(sequence(&[&integer(VERSION), &safe, &mac]))
}

/// Which certificate is the key's own: by the public key in it, and not by its place.
fn own(entry: Entry<'_>) -> Option<usize> {
    let public = plain::public(entry.material).ok()?;
    let key = |der: &[u8]| reader::certificate::certificate(der, "", &mut Vec::new()).map(|it| it.key);
    entry.certificates.iter().position(|it| key(&it.der).is_ok_and(|key| key == public))
}

fn content_info(kind: &str, content: &[u8]) -> Der {
    sequence(&[&oid(kind), &element(tlv::EXPLICIT_0, &[content])])
}

/// `EncryptedData` (RFC 5652 section 8), version 0.
fn encrypted_safe(contents: &[u8], passphrase: &SecretString, rounds: u32) -> Result<Der, WriteError> {
    let (algorithm, data) = encrypt(contents, passphrase, rounds)?;
    let info = sequence(&[&oid(DATA), &algorithm, &element(tlv::IMPLICIT_0, &[&data])]);
    Ok(content_info(ENCRYPTED_DATA, &sequence(&[&integer(0), &info])))
}

fn bag(kind: &str, content: &[u8], attributes: &[u8]) -> Der {
    let value = element(tlv::EXPLICIT_0, &[content]);
    if attributes.is_empty() {
        sequence(&[&oid(kind), &value])
    } else {
        sequence(&[&oid(kind), &value, &element(tlv::SET, &[attributes])])
    }
}

fn certificate(der: &[u8]) -> Der {
    sequence(&[&oid(X509), &element(tlv::EXPLICIT_0, &[&element(tlv::OCTETS, &[der])])])
}

/// A symmetric key as Java writes it: `PrivateKeyInfo` with its bytes, in a shrouded bag's type.
fn secret(key: &SecretKey, passphrase: &SecretString, rounds: u32, material: &Material) -> Result<Der, WriteError> {
    let kind = match (key.stated, key.value.len()) {
        (Some(KeySpec::Hmac(hash)), _) => hmac(hash),
        (Some(KeySpec::Aes(_)), _) | (None, 16 | 24 | 32) => AES,
        _ => return Err(no_form(material, Structure::Pkcs12, " without a type: name it with --type")),
    };
    let info = sequence(&[&integer(0), &sequence(&[&oid(kind)]), &element(tlv::OCTETS, &[&key.value])]);
    let info = private_key_info(&info, passphrase, rounds)?;
    Ok(sequence(&[&oid(SHROUDED_BAG), &element(tlv::EXPLICIT_0, &[&element(tlv::OCTETS, &[&info])])]))
}

fn hmac(hash: HashAlg) -> &'static str {
    match hash {
        HashAlg::Sha1 => "1.2.840.113549.2.7",
        HashAlg::Sha224 => "1.2.840.113549.2.8",
        HashAlg::Sha256 => "1.2.840.113549.2.9",
        HashAlg::Sha384 => "1.2.840.113549.2.10",
        HashAlg::Sha512 => "1.2.840.113549.2.11",
    }
}

/// What joins a key and its certificate: the start of the SHA-256 of the public key. A symmetric key has its name only,
/// and something random for readers that want an identifier.
fn key_id(material: &Material) -> Option<Vec<u8>> {
    match plain::public(material) {
        Ok(public) => Some(Sha256::digest(public.der()).iter().copied().take(20).collect()),
        Err(_) => random().ok().map(|bytes| bytes.to_vec()),
    }
}

/// The elements of a SET OF, in the order of DER (X.690 section 11.6): the shorter encoding of the same start is first.
fn attributes(name: Option<&str>, id: Option<&[u8]>) -> Der {
    let attribute = |kind: &str, value: &[u8]| sequence(&[&oid(kind), &element(tlv::SET, &[value])]);
    let name = name.map(|name| {
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        attribute(FRIENDLY_NAME, &element(tlv::BMP, &[&units]))
    });
    let id = id.map(|id| attribute(LOCAL_KEY_ID, &element(tlv::OCTETS, &[id])));
    let mut parts: Vec<Der> = name.into_iter().chain(id).collect();
    parts.sort_by(|one, other| one.as_slice().cmp(other.as_slice()));
    Zeroizing::new(parts.iter().flat_map(|part| part.iter().copied()).collect())
}

/// `MacData` (RFC 7292 section 4).
fn mac(content: &[u8], passphrase: &SecretString, rounds: u32) -> Result<Der, WriteError> {
    let salt = random()?;
    let key = pkcs12_mac_key(passphrase, &salt, rounds).ok_or(WriteError::Encoding)?;
    let mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| WriteError::Encoding)?;
    let digest = mac.chain_update(content).finalize().into_bytes();
    let algorithm = sequence(&[&oid(SHA256), &element(tlv::NULL, &[])]);
    let info = sequence(&[&algorithm, &element(tlv::OCTETS, &[&digest])]);
    Ok(sequence(&[&info, &element(tlv::OCTETS, &[&salt]), &integer(rounds)]))
}
