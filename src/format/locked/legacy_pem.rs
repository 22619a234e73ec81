//! PEM with `Proc-Type: 4,ENCRYPTED` and `DEK-Info` (RFC 1421 section 4.6.1), with the derivation that OpenSSL gave it.

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::algorithm::Encryption;
use super::cipher::Cipher;
use super::error::OpenError;
use super::kdf::{Kdf, Passphrase};
use super::limit::Budget;
use super::{Kind, Locked, Protection, Scheme, inner};
use crate::format::escape::printable;
use crate::format::reader::{Part, ReadError};

/// The salt is the start of the initialisation vector.
const SALT: usize = 8;

/// What stands in `DEK-Info`.
#[derive(Clone, Debug)]
pub(super) struct Header {
    protection: Protection,
    iv: Vec<u8>,
}

pub(super) fn read(label: &str, dek_info: &str, bytes: &[u8]) -> Result<Locked, ReadError> {
    let malformed = |why: String| ReadError::Malformed { form: "PEM", why };
    let (name, iv) =
        dek_info.split_once(',').ok_or_else(|| malformed("DEK-Info is not a cipher and a vector".to_owned()))?;
    let iv = hex::decode(iv.trim()).map_err(|_| malformed("the vector in DEK-Info is not hexadecimal".to_owned()))?;
    let cipher = cipher(name.trim());
    if !matches!(cipher, Cipher::Other(_)) && iv.len() != cipher.block_bytes() {
        return Err(malformed(format!("the vector in DEK-Info has {} bytes, which {cipher} has not", iv.len())));
    }
    let protection = Protection { scheme: Scheme::LegacyPem, kdf: Kdf::BytesToKey, cipher };
    let _ = label;
    Ok(Locked {
        kind: Kind::LegacyPem,
        protection: vec![protection.clone()],
        mac: None,
        unencrypted_keys: 0,
        bytes: Zeroizing::new(bytes.to_vec()),
        legacy: Some(Header { protection, iv }),
    })
}

pub(super) fn open(
    header: &Header,
    bytes: &[u8],
    passphrase: &SecretString,
    budget: &mut Budget,
) -> Result<Vec<Part>, OpenError> {
    let encryption = encryption(header);
    encryption.charge(budget)?;
    Ok(vec![inner::part(&encryption.decrypt(Passphrase::new(passphrase), bytes)?, "")?])
}

pub(super) fn charge(header: &Header) -> Result<(), OpenError> {
    encryption(header).charge(&mut Budget::new())
}

fn encryption(header: &Header) -> Encryption<'_> {
    Encryption {
        protection: header.protection.clone(),
        salt: header.iv.get(..SALT).unwrap_or_default(),
        key_length: None,
        iv: &header.iv,
    }
}

/// The ciphers by the names that OpenSSL gives them.
fn cipher(name: &str) -> Cipher {
    match name {
        "AES-128-CBC" => Cipher::Aes128Cbc,
        "AES-192-CBC" => Cipher::Aes192Cbc,
        "AES-256-CBC" => Cipher::Aes256Cbc,
        "DES-EDE3-CBC" => Cipher::TripleDesCbc,
        "DES-CBC" => Cipher::DesCbc,
        other => Cipher::Other(printable(other, 40)),
    }
}
