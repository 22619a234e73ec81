//! Wrapped keys made and opened in this process: the two forms that every provider takes one of.

use rsa::RsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::PublicKeyParts;
use zeroize::Zeroizing;

use super::software::{MODULUS_BITS, OaepKey, SoftwareError, kwp_unwrap, kwp_wrap, oaep_decrypt, oaep_encrypt};
use crate::key::method::WrapMethod;

/// The AES-256 key between the RSA key and the wrapped key, in bytes.
const EPHEMERAL: usize = 32;

/// Wraps a key: raw bytes of a secret one, PKCS#8 DER of a private one.
///
/// # Errors
/// A key that does not fit, a wrapping key that is not usable, or a system without random bytes.
pub fn seal(method: WrapMethod, wrapping: OaepKey<'_>, key: &[u8]) -> Result<Vec<u8>, SoftwareError> {
    match method {
        WrapMethod::RsaOaep(hash) => oaep_encrypt(wrapping, hash, key),
        WrapMethod::RsaAesKwp(hash) => {
            let ephemeral = ephemeral()?;
            let inner = kwp_wrap(&ephemeral, key)?;
            let outer = oaep_encrypt(wrapping, hash, &ephemeral)?;
            Ok([outer, inner].concat())
        }
    }
}

/// The inverse of [`seal`].
///
/// # Errors
/// [`SoftwareError::NotOpened`], whatever the reason: who can ask which check failed can decrypt without the key (RFC 8017
/// section 7.1.2).
pub fn open(method: WrapMethod, key: &RsaPrivateKey, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, SoftwareError> {
    let hash = method.hash();
    let (outer, inner) = split(method, key.size(), blob).ok_or(SoftwareError::NotOpened)?;
    let opened = oaep_decrypt(key, hash, hash, outer).and_then(|first| match inner {
        None => Ok(first),
        Some(inner) => kwp_unwrap(&first, inner),
    });
    opened.map_err(|error| if error == SoftwareError::Random { error } else { SoftwareError::NotOpened })
}

/// A private key from its PKCS#8 DER.
///
/// # Errors
/// [`SoftwareError::PrivateKey`] for one that is none, or of a size that wraps nothing.
pub fn private_key(der: &[u8]) -> Result<RsaPrivateKey, SoftwareError> {
    let key = RsaPrivateKey::from_pkcs8_der(der).map_err(|_| SoftwareError::PrivateKey)?;
    if MODULUS_BITS.contains(&usize::try_from(key.n().bits()).unwrap_or_default()) {
        Ok(key)
    } else {
        Err(SoftwareError::PrivateKey)
    }
}

/// What was encrypted with RSA, and what follows it.
#[must_use]
pub fn split(method: WrapMethod, modulus: usize, blob: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    match method {
        WrapMethod::RsaOaep(_) => (blob.len() == modulus).then_some((blob, None)),
        WrapMethod::RsaAesKwp(_) => blob.split_at_checked(modulus).map(|(outer, inner)| (outer, Some(inner))),
    }
}

fn ephemeral() -> Result<Zeroizing<Vec<u8>>, SoftwareError> {
    // On the heap: moved, it leaves no copy on the stack.
    let mut key = Zeroizing::new(vec![0_u8; EPHEMERAL]);
    getrandom::fill(key.as_mut_slice()).map_err(|_| SoftwareError::Random)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::method::ALL;
    use crate::key::spec::RsaBits;
    use crate::wrap::throw_away::{numbers, rsa_key};

    #[test]
    fn every_method_comes_back_and_fails_in_one_way() {
        let (key, other) = (rsa_key(RsaBits::B2048).unwrap(), rsa_key(RsaBits::B2048).unwrap());
        let (modulus, exponent) = numbers(&key.to_public_key());
        let wrapping = OaepKey { modulus: &modulus, exponent: &exponent };
        for method in ALL {
            let blob = seal(method, wrapping, &[0x5a; 32]).unwrap();
            assert_eq!(open(method, &key, &blob).unwrap().as_slice(), [0x5a; 32], "{method}");
            let failed = Err(SoftwareError::NotOpened);
            for end in [0, 1, 255, 256, 264, blob.len() - 1].into_iter().filter(|end| *end < blob.len()) {
                assert_eq!(open(method, &key, &blob[..end]), failed, "{method}, {end} bytes");
            }
            assert_eq!(open(method, &key, &[&blob[..], &[0; 8]].concat()), failed, "{method}");
            assert_eq!(open(method, &other, &blob), failed, "{method}");
            for (at, wrong) in [(3, "OAEP"), (blob.len() - 1, "the last byte")] {
                let mut changed = blob.clone();
                changed[at] ^= 1;
                assert_eq!(open(method, &key, &changed), failed, "{method}, {wrong}");
            }
            for wrong in ALL.into_iter().filter(|wrong| *wrong != method) {
                assert_eq!(open(wrong, &key, &blob), failed, "{method} as {wrong}");
            }
        }
    }

    #[test]
    fn long_keys_take_the_aes_part() {
        let key = rsa_key(RsaBits::B2048).unwrap();
        let (modulus, exponent) = numbers(&key.to_public_key());
        let wrapping = OaepKey { modulus: &modulus, exponent: &exponent };
        let long = vec![1; 2400];
        for method in ALL {
            let sealed = seal(method, wrapping, &long);
            match method {
                WrapMethod::RsaOaep(_) => assert!(matches!(sealed, Err(SoftwareError::MessageTooLong { .. }))),
                WrapMethod::RsaAesKwp(_) => assert_eq!(*open(method, &key, &sealed.unwrap()).unwrap(), long),
            }
        }
    }
}
