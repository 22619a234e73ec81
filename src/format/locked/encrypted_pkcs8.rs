//! `EncryptedPrivateKeyInfo` (RFC 5208 section 6).

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::algorithm::{self, Encryption};
use super::asn1::{self, Bad};
use super::error::OpenError;
use super::kdf::Passphrase;
use super::limit::Budget;
use super::{Kind, Locked, inner};
use crate::format::reader::{Form, Part, ReadError};

pub(super) fn read(der: &[u8]) -> Result<Locked, ReadError> {
    let (encryption, _) = parts(der).map_err(|bad| bad.in_form("encrypted PKCS#8"))?;
    Ok(Locked {
        kind: Kind::EncryptedPkcs8,
        protection: vec![encryption.protection],
        mac: None,
        unencrypted_keys: 0,
        bytes: Zeroizing::new(der.to_vec()),
        legacy: None,
    })
}

pub(super) fn open(der: &[u8], passphrase: &SecretString, budget: &mut Budget) -> Result<Vec<Part>, OpenError> {
    let (encryption, data) = parts(der)?;
    encryption.charge(budget)?;
    let mut part = inner::part(&encryption.decrypt(Passphrase::new(passphrase), data)?, "")?;
    part.form = Form::Pkcs8Encrypted;
    Ok(vec![part])
}

pub(super) fn charge(der: &[u8]) -> Result<(), OpenError> {
    parts(der)?.0.charge(&mut Budget::new())
}

/// The algorithm and the ciphertext.
fn parts(der: &[u8]) -> Result<(Encryption<'_>, &[u8]), Bad> {
    let parts = asn1::only(der)?.sequence()?;
    let [algorithm, data] = parts.as_slice() else { return Err(Bad("not an algorithm and a ciphertext".to_owned())) };
    Ok((algorithm::read(*algorithm)?, data.octets()?))
}
