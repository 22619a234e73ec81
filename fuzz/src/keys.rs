//! Public keys and wrapped keys.

use byok::format::jwk::thumbprint;
use byok::format::pkcs8::{Found, MAXIMUM, prove};
use byok::format::reader::{self, Assumption, Source};
use byok::format::spki::{PublicKey, PublicKind, bit_length};
use byok::format::wrapping_key;
use byok::ops::inspect::inspect;
use byok::wrap::software::{kw_unwrap, kw_wrap, kwp_unwrap, kwp_wrap};

use jiff::Timestamp;

use crate::assert_printable;

/// Whatever bytes are, they have at least one reading or a refusal, and what is said of them is printable.
pub fn reader(input: &[u8]) {
    let (first, bytes) = input.split_first().unwrap_or((&0, input));
    let from = Source::ALL.get(usize::from(*first % 16)).copied();
    for bytes in [input, bytes] {
        match reader::read(bytes, &Assumption { from, spec: None }) {
            Ok(found) => {
                assert!(!found.readings.is_empty());
                let report = inspect(bytes, &found.readings, None, Timestamp::UNIX_EPOCH).expect("nothing is opened");
                for reading in report.readings {
                    assert!(!reading.parts.is_empty());
                    for part in reading.parts {
                        assert_printable(&part.place);
                        assert_printable(&part.what.unwrap_or_default());
                        assert_printable(&part.name.unwrap_or_default());
                        part.beside.iter().for_each(assert_printable);
                    }
                    reading.findings.iter().for_each(|finding| assert_printable(&finding.detail));
                }
            }
            Err(error) => assert_printable(&error),
        }
    }
}

/// A recognised key is one that the rules allow, in its canonical form.
pub fn wrapping_key(input: &[u8]) {
    let found = match wrapping_key::read(input) {
        Ok(found) => found,
        Err(error) => return assert_printable(&error),
    };
    let key = PublicKey::from_der(&found.spki).expect("a canonical key");
    assert_eq!(key.der(), found.spki);
    assert!(wrapping_key::MODULUS_BITS.contains(&bit_length(&found.modulus)));
    assert_eq!(found.modulus.last().map(|byte| byte % 2), Some(1));
    assert_printable(&found.recognised);
    let PublicKind::Rsa { modulus, exponent } = key.kind() else { panic!("not RSA") };
    assert_eq!((modulus, exponent), (&found.modulus, &found.exponent));
}

/// What was read as a public key is read again, from DER and from PEM.
pub fn spki(input: &[u8]) {
    match PublicKey::from_pem_or_der(input) {
        Ok(key) => {
            assert_eq!(PublicKey::from_der(key.der()).as_ref(), Ok(&key));
            assert_eq!(PublicKey::from_pem(&key.to_pem()).as_ref(), Ok(&key));
            assert!(key.to_pem().lines().all(|line| line.len() <= 64));
            assert_printable(&key.description());
            assert!(thumbprint(&key).is_none_or(|text| text.len() == 43));
        }
        Err(error) => assert_printable(&error),
    }
    let _ = PublicKey::from_pkcs1_der(input);
}

/// The public halves of the seeds.
const PUBLIC: [&[u8]; 5] = [
    include_bytes!("../keys/p256.spki.der"),
    include_bytes!("../keys/p384.spki.der"),
    include_bytes!("../keys/p521.spki.der"),
    include_bytes!("../keys/secp256k1.spki.der"),
    include_bytes!("../keys/ed25519.spki.der"),
];

/// Which public half, then what a token gave out. There is one private key to each, so whatever is proven for one
/// public half is the same; of an RSA key the public half is read from the input, so that its numbers are looked at.
pub fn pkcs8(input: &[u8]) {
    let Some((kind, given)) = input.split_first() else { return };
    let public = match PUBLIC.get(usize::from(*kind)) {
        Some(der) => PublicKey::from_der(der).expect("the seeds' public halves are good"),
        None => match rsa_public(given) {
            Some(public) => public,
            None => return,
        },
    };
    let proven = match prove(&public, given) {
        Ok(proven) => proven,
        Err(error) => return assert_printable(&error),
    };
    assert!(proven.der.len() <= MAXIMUM);
    let again = prove(&public, &proven.der).expect("what was proven is proven again");
    assert_eq!((&again.der, again.found), (&proven.der, Found::Pkcs8 { padding: 0 }));
    if let Found::Pkcs8 { padding } = proven.found {
        let (key, zeros) = given.split_at(given.len() - padding);
        assert!(padding <= 7 && zeros.iter().all(|byte| *byte == 0));
        assert_eq!(prove(&public, key).map(|key| key.der.to_vec()), Ok(proven.der.to_vec()));
    }
}

/// A long INTEGER and the short one after it: modulus and exponent.
fn rsa_public(given: &[u8]) -> Option<PublicKey> {
    let at = given.windows(3).position(|bytes| bytes == [0x02, 0x82, 0x01] || bytes == [0x02, 0x82, 0x02])?;
    let length = usize::from(u16::from_be_bytes([*given.get(at + 2)?, *given.get(at + 3)?]));
    let (modulus, rest) = given.get(at + 4..)?.split_at_checked(length)?;
    let (2, length) = (*rest.first()?, usize::from(*rest.get(1)?)) else { return None };
    PublicKey::rsa(modulus, rest.get(2..)?.get(..length)?).ok()
}

/// 32 bytes of key-encryption key, then a wrapped key or a key: unwrapping and wrapping undo each other.
pub fn key_wrap(input: &[u8]) {
    let Some((kek, rest)) = input.split_at_checked(32) else { return };
    if let Ok(key) = kwp_unwrap(kek, rest) {
        assert_eq!(kwp_wrap(kek, &key).as_deref(), Ok(rest));
    }
    if let Ok(key) = kw_unwrap(kek, rest) {
        assert_eq!(kw_wrap(kek, &key).as_deref(), Ok(rest));
    }
    if let Ok(wrapped) = kwp_wrap(kek, rest) {
        assert_eq!(kwp_unwrap(kek, &wrapped).as_deref().map(Vec::as_slice), Ok(rest));
    }
    if let Ok(wrapped) = kw_wrap(kek, rest) {
        assert_eq!(kw_unwrap(kek, &wrapped).as_deref().map(Vec::as_slice), Ok(rest));
    }
}
