//! Public keys and wrapped keys.

use byok::format::jwk::thumbprint;
use byok::format::spki::{PublicKey, PublicKind, bit_length};
use byok::format::wrapping_key;
use byok::wrap::software::{kw_unwrap, kw_wrap, kwp_unwrap, kwp_wrap};

use crate::assert_printable;

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
