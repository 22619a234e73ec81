//! PBES2 (RFC 8018 section 6.2): AES-256-CBC under a key of PBKDF2-HMAC-SHA-256, with fresh salt and vector.

use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::tlv::{self, Der, element, integer, oid, sequence};
use super::{Entry, Structure, WriteError, Written, pkcs12, plain};
use crate::format::locked::encrypt_aes256;

const PBES2: &str = "1.2.840.113549.1.5.13";
const PBKDF2: &str = "1.2.840.113549.1.5.12";
const HMAC_SHA256: &str = "1.2.840.113549.2.9";
const AES_256_CBC: &str = "2.16.840.1.101.3.4.1.42";

/// The rounds are smaller in unit tests only.
pub(super) fn with_rounds(
    entry: Entry<'_>,
    structure: Structure,
    passphrase: &SecretString,
    rounds: u32,
) -> Result<Written, WriteError> {
    if passphrase.expose_secret().is_empty() {
        return Err(WriteError::EmptyPassphrase);
    }
    let (label, bytes) = match structure {
        Structure::Pkcs12 => (None, pkcs12::write(entry, passphrase, rounds)?),
        Structure::EncryptedPkcs8 => {
            let key = plain::pkcs8(entry.material)?;
            (Some("ENCRYPTED PRIVATE KEY"), private_key_info(&key, passphrase, rounds)?)
        }
        other => return Err(plain::no_form(entry.material, other, ", which has no encryption")),
    };
    Ok(Written { structure, label, bytes })
}

/// `EncryptedPrivateKeyInfo` (RFC 5958 section 3).
pub(super) fn private_key_info(key: &[u8], passphrase: &SecretString, rounds: u32) -> Result<Der, WriteError> {
    let (algorithm, data) = encrypt(key, passphrase, rounds)?;
    Ok(sequence(&[&algorithm, &element(tlv::OCTETS, &[&data])]))
}

/// The algorithm with all its parameters, and the ciphertext.
pub(super) fn encrypt(plain: &[u8], passphrase: &SecretString, rounds: u32) -> Result<(Der, Vec<u8>), WriteError> {
    let (salt, iv) = (random()?, random()?);
    let mut key = Zeroizing::new([0; 32]);
    pbkdf2::pbkdf2_hmac::<Sha256>(passphrase.expose_secret().as_bytes(), &salt, rounds, key.as_mut_slice());
    let data = encrypt_aes256(&key, &iv, plain).ok_or(WriteError::Encoding)?;
    let prf = sequence(&[&oid(HMAC_SHA256), &element(tlv::NULL, &[])]);
    let parameters = sequence(&[&element(tlv::OCTETS, &[&salt]), &integer(rounds), &prf]);
    let derivation = sequence(&[&oid(PBKDF2), &parameters]);
    let cipher = sequence(&[&oid(AES_256_CBC), &element(tlv::OCTETS, &[&iv])]);
    Ok((sequence(&[&oid(PBES2), &sequence(&[&derivation, &cipher])]), data))
}

/// A salt or an initialisation vector.
pub(super) fn random() -> Result<[u8; 16], WriteError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| WriteError::Random)?;
    Ok(bytes)
}
