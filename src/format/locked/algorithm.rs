//! `AlgorithmIdentifier` of an encryption -> scheme, derivation, cipher and their parameters.

use der::asn1::ObjectIdentifier;

use super::asn1::{Bad, Element};
use super::cipher::Cipher;
use super::kdf::Kdf;
use super::{Protection, Scheme};
use crate::key::spec::HashAlg;

const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");
const SCRYPT: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11591.4.11");
/// `pkcs-5` (RFC 8018 appendix A.3): the PBES1 schemes end in 3, 6, 10, 11.
const PKCS5: &str = "1.2.840.113549.1.5.";
/// `pkcs-12PbeIds` (RFC 7292 appendix C).
const PKCS12: &str = "1.2.840.113549.1.12.1.";
/// `digestAlgorithm` (RFC 8018 appendix B.1.2): the HMACs end in 7 to 11.
const DIGEST: &str = "1.2.840.113549.2.";

/// A way to encrypt with all that it takes but the passphrase.
#[derive(Clone, Debug)]
pub(super) struct Encryption<'a> {
    pub(super) protection: Protection,
    pub(super) salt: &'a [u8],
    /// What the file says of the key's length; it must be the cipher's.
    pub(super) key_length: Option<u64>,
    /// What the file says of the initialisation vector; PBES1 and PKCS#12 derive it.
    pub(super) iv: &'a [u8],
}

/// Reads the identifier. Unknown algorithms are named, known ones with wrong parameters are errors.
pub(super) fn read(identifier: Element<'_>) -> Result<Encryption<'_>, Bad> {
    let parts = identifier.sequence()?;
    let [oid, parameters @ ..] = parts.as_slice() else { return Err(Bad("an algorithm without a name".to_owned())) };
    let oid = oid.oid()?;
    let name = oid.to_string();
    let old = match (name.strip_prefix(PKCS5), name.strip_prefix(PKCS12)) {
        (Some(number), _) => pbes1(number),
        (_, Some(number)) => pkcs12(number),
        _ => None,
    };
    match (old, parameters) {
        _ if oid == PBES2 => pbes2(parameters),
        (Some((scheme, kdf, cipher)), [parameters]) => {
            let parts = parameters.sequence()?;
            let [salt, rounds] = parts.as_slice() else { return Err(Bad("not a salt and rounds".to_owned())) };
            let protection = Protection { scheme, kdf: kdf(rounds.number()?), cipher };
            Ok(Encryption { protection, salt: salt.octets()?, key_length: None, iv: &[] })
        }
        _ => {
            let (kdf, cipher) = (Kdf::Other(name.clone()), Cipher::Other(name));
            Ok(Encryption {
                protection: Protection { scheme: Scheme::Other, kdf, cipher },
                salt: &[],
                key_length: None,
                iv: &[],
            })
        }
    }
}

type Old = (Scheme, fn(u64) -> Kdf, Cipher);

/// RFC 8018 appendix A.3, without MD2, which nobody has.
fn pbes1(number: &str) -> Option<Old> {
    let md5: fn(u64) -> Kdf = |rounds| Kdf::Pbkdf1 { hash: "MD5", rounds };
    let sha1: fn(u64) -> Kdf = |rounds| Kdf::Pbkdf1 { hash: "SHA-1", rounds };
    let (kdf, cipher) = match number {
        "3" => (md5, Cipher::DesCbc),
        "6" => (md5, Cipher::Rc2Cbc(64)),
        "10" => (sha1, Cipher::DesCbc),
        "11" => (sha1, Cipher::Rc2Cbc(64)),
        _ => return None,
    };
    Some((Scheme::Pbes1, kdf, cipher))
}

/// RFC 7292 appendix C, without RC4.
fn pkcs12(number: &str) -> Option<Old> {
    let cipher = match number {
        "3" => Cipher::TripleDesCbc,
        "4" => Cipher::TwoKeyTripleDesCbc,
        "5" => Cipher::Rc2Cbc(128),
        "6" => Cipher::Rc2Cbc(40),
        _ => return None,
    };
    Some((Scheme::Pkcs12, |rounds| Kdf::Pkcs12 { hash: HashAlg::Sha1, rounds }, cipher))
}

/// RFC 8018 appendix A.4.
fn pbes2<'a>(parameters: &[Element<'a>]) -> Result<Encryption<'a>, Bad> {
    let [parameters] = parameters else { return Err(Bad("PBES2 without parameters".to_owned())) };
    let parts = parameters.sequence()?;
    let [derivation, cipher] = parts.as_slice() else { return Err(Bad("PBES2 is two algorithms".to_owned())) };
    let (kdf, salt, key_length) = derivation_of(*derivation)?;
    let (cipher, iv) = cipher_of(*cipher)?;
    let protection = Protection { scheme: Scheme::Pbes2, kdf, cipher };
    Ok(Encryption { protection, salt, key_length, iv })
}

/// A derivation, its salt, and what the file says of the key's length.
pub(super) type Derivation<'a> = (Kdf, &'a [u8], Option<u64>);

fn derivation_of(identifier: Element<'_>) -> Result<Derivation<'_>, Bad> {
    let parts = identifier.sequence()?;
    let (oid, parameters) = match parts.as_slice() {
        [oid] => (oid.oid()?, Vec::new()),
        [oid, parameters] => (oid.oid()?, parameters.sequence()?),
        _ => return Err(Bad("a derivation is a name and parameters".to_owned())),
    };
    match (oid, parameters.as_slice()) {
        (PBKDF2, [salt, rounds, rest @ ..]) => {
            let (key_length, prf) = pbkdf2_options(rest)?;
            let rounds = rounds.number()?;
            let kdf = match prf {
                Ok(hash) => Kdf::Pbkdf2 { hash, rounds },
                Err(name) => Kdf::Other(format!("PBKDF2 with {name}")),
            };
            Ok((kdf, salt.octets()?, key_length))
        }
        (SCRYPT, [salt, cost, block_size, parallelisation, rest @ ..]) => {
            let kdf = Kdf::Scrypt {
                cost: cost.number()?,
                block_size: block_size.number()?,
                parallelisation: parallelisation.number()?,
            };
            let key_length = rest.first().map(|length| length.number()).transpose()?;
            Ok((kdf, salt.octets()?, key_length))
        }
        (PBKDF2 | SCRYPT, _) => Err(Bad("a derivation without its parameters".to_owned())),
        (oid, _) => Ok((Kdf::Other(oid.to_string()), &[], None)),
    }
}

/// `keyLength` and `prf`, both optional (RFC 8018 appendix A.2); a PRF that byok does not have is named.
fn pbkdf2_options(rest: &[Element<'_>]) -> Result<(Option<u64>, Result<HashAlg, String>), Bad> {
    let (length, prf) = match rest {
        [] => (None, None),
        [one] if one.tag == der::Tag::Integer => (Some(one.number()?), None),
        [one] => (None, Some(one)),
        [length, prf] => (Some(length.number()?), Some(prf)),
        _ => return Err(Bad("PBKDF2 has at most four parameters".to_owned())),
    };
    let Some(prf) = prf else { return Ok((length, Ok(HashAlg::Sha1))) };
    let parts = prf.sequence()?;
    let name = parts.first().ok_or_else(|| Bad("a PRF without a name".to_owned()))?.oid()?.to_string();
    Ok((length, hmac(&name).ok_or(name)))
}

/// `PBMAC1-params` (RFC 8018 appendix A.5): the hash of the HMAC, the derivation, its salt and the key's length.
pub(super) fn pbmac1(parameters: Element<'_>) -> Result<(Option<HashAlg>, Derivation<'_>), Bad> {
    let parts = parameters.sequence()?;
    let [derivation, mac] = parts.as_slice() else { return Err(Bad("PBMAC1 is two algorithms".to_owned())) };
    let derivation = derivation_of(*derivation)?;
    let parts = mac.sequence()?;
    let name = parts.first().ok_or_else(|| Bad("a MAC without a name".to_owned()))?.oid()?.to_string();
    Ok((hmac(&name), derivation))
}

/// The hash of an HMAC.
fn hmac(oid: &str) -> Option<HashAlg> {
    Some(match oid.strip_prefix(DIGEST)? {
        "7" => HashAlg::Sha1,
        "8" => HashAlg::Sha224,
        "9" => HashAlg::Sha256,
        "10" => HashAlg::Sha384,
        "11" => HashAlg::Sha512,
        _ => return None,
    })
}

/// A hash by its own identifier (FIPS 180-4).
pub(super) fn hash(oid: &str) -> Option<HashAlg> {
    Some(match oid {
        "1.3.14.3.2.26" => HashAlg::Sha1,
        "2.16.840.1.101.3.4.2.4" => HashAlg::Sha224,
        "2.16.840.1.101.3.4.2.1" => HashAlg::Sha256,
        "2.16.840.1.101.3.4.2.2" => HashAlg::Sha384,
        "2.16.840.1.101.3.4.2.3" => HashAlg::Sha512,
        _ => return None,
    })
}

fn cipher_of(identifier: Element<'_>) -> Result<(Cipher, &[u8]), Bad> {
    let parts = identifier.sequence()?;
    let [oid, parameters @ ..] = parts.as_slice() else { return Err(Bad("a cipher without a name".to_owned())) };
    let name = oid.oid()?.to_string();
    let cipher = match name.as_str() {
        "2.16.840.1.101.3.4.1.2" => Cipher::Aes128Cbc,
        "2.16.840.1.101.3.4.1.22" => Cipher::Aes192Cbc,
        "2.16.840.1.101.3.4.1.42" => Cipher::Aes256Cbc,
        "1.2.840.113549.3.7" => Cipher::TripleDesCbc,
        "1.3.14.3.2.7" => Cipher::DesCbc,
        _ => return Ok((Cipher::Other(name), &[])),
    };
    let [iv] = parameters else { return Err(Bad("a cipher without its initialisation vector".to_owned())) };
    let iv = iv.octets()?;
    if iv.len() == cipher.block_bytes() {
        Ok((cipher, iv))
    } else {
        Err(Bad(format!("an initialisation vector of {} bytes for {cipher}", iv.len())))
    }
}
