//! The wrapping formats in software. Pure: bytes in, bytes out, an answer of the module when it cannot be done.

use aes_kw::{KwAes128, KwAes192, KwAes256, KwpAes128, KwpAes192, KwpAes256};
use cryptoki_sys::*;
use der::Decode;
use der::asn1::{AnyRef, OctetStringRef};
use pkcs8::PrivateKeyInfoRef;
use rand_core::UnwrapErr;
use rsa::{BoxedUint, Oaep, RsaPublicKey};
use sec1::EcPrivateKey;

type Wrapped = Result<Vec<u8>, CK_RV>;

/// What an AES key wrap mechanism does with its input.
#[derive(Clone, Copy)]
pub(crate) enum Format {
    /// RFC 3394.
    Kw,
    /// RFC 3394 over PKCS#7 padding to eight bytes.
    KwPkcs7,
    /// RFC 5649.
    Kwp,
}

/// The two hashes of OAEP, by their mechanism numbers, and its label.
#[derive(Clone)]
pub(crate) struct OaepParams {
    pub(crate) hash: CK_MECHANISM_TYPE,
    pub(crate) mgf: CK_MECHANISM_TYPE,
    pub(crate) label: Vec<u8>,
}

macro_rules! with_key_length {
    ($kek:expr, $a:ty, $b:ty, $c:ty, $call:ident($($arg:expr),*)) => {
        match $kek.len() {
            16 => <$a>::new($kek.try_into().map_err(|_| CKR_GENERAL_ERROR)?).$call($($arg),*).map(<[u8]>::to_vec),
            24 => <$b>::new($kek.try_into().map_err(|_| CKR_GENERAL_ERROR)?).$call($($arg),*).map(<[u8]>::to_vec),
            32 => <$c>::new($kek.try_into().map_err(|_| CKR_GENERAL_ERROR)?).$call($($arg),*).map(<[u8]>::to_vec),
            _ => return Err(CKR_WRAPPING_KEY_SIZE_RANGE),
        }
    };
}

pub(crate) fn aes_wrap(kek: &[u8], format: Format, key: &[u8]) -> Wrapped {
    use aes_kw::KeyInit;
    let mut out = vec![0; key.len().next_multiple_of(8) + 16];
    let wrapped = match format {
        Format::Kw => with_key_length!(kek, KwAes128, KwAes192, KwAes256, wrap_key(key, &mut out)),
        Format::KwPkcs7 => {
            let key = pkcs7(key);
            with_key_length!(kek, KwAes128, KwAes192, KwAes256, wrap_key(&key, &mut out))
        }
        Format::Kwp => {
            let out = &mut out[..key.len().next_multiple_of(8) + 8];
            with_key_length!(kek, KwpAes128, KwpAes192, KwpAes256, wrap_key(key, out))
        }
    };
    wrapped.map_err(|_| CKR_KEY_SIZE_RANGE)
}

/// Undoes RFC 5649.
pub(crate) fn aes_unwrap(kek: &[u8], wrapped: &[u8]) -> Wrapped {
    use aes_kw::KeyInit;
    let mut out = vec![0; wrapped.len()];
    let key = with_key_length!(kek, KwpAes128, KwpAes192, KwpAes256, unwrap_key(wrapped, &mut out));
    key.map_err(|_| CKR_WRAPPED_KEY_INVALID)
}

/// RSA-OAEP under the key with this modulus and exponent.
pub(crate) fn oaep(modulus: &[u8], exponent: &[u8], params: &OaepParams, message: &[u8]) -> Wrapped {
    macro_rules! encrypt {
        ($key:expr, $hash:ty, $($mgf:path => $digest:ty),*) => {
            match params.mgf {
                $($mgf => $key.encrypt(
                    &mut UnwrapErr(getrandom::SysRng),
                    Oaep::<$hash, $digest>::new_with_mgf_hash_and_label(params.label.as_slice()),
                    message,
                ),)*
                _ => return Err(CKR_MECHANISM_PARAM_INVALID),
            }
        };
    }
    macro_rules! dispatch {
        ($key:expr, $($hash:path => $digest:ty),*) => {
            match params.hash {
                $($hash => encrypt!($key, $digest, CKM_SHA_1 => sha1::Sha1, CKM_SHA224 => sha2::Sha224,
                    CKM_SHA256 => sha2::Sha256, CKM_SHA384 => sha2::Sha384, CKM_SHA512 => sha2::Sha512),)*
                _ => return Err(CKR_MECHANISM_PARAM_INVALID),
            }
        };
    }
    let number = BoxedUint::from_be_slice_vartime;
    let key = RsaPublicKey::new(number(modulus), number(exponent)).map_err(|_| CKR_WRAPPING_KEY_SIZE_RANGE)?;
    let wrapped = dispatch!(key, CKM_SHA_1 => sha1::Sha1, CKM_SHA224 => sha2::Sha224, CKM_SHA256 => sha2::Sha256,
        CKM_SHA384 => sha2::Sha384, CKM_SHA512 => sha2::Sha512);
    wrapped.map_err(|_| CKR_KEY_SIZE_RANGE)
}

pub(crate) fn random(len: usize) -> Wrapped {
    let mut bytes = vec![0; len];
    getrandom::fill(&mut bytes).map_err(|_| CKR_FUNCTION_FAILED)?;
    Ok(bytes)
}

pub(crate) fn zero_padded(mut key: Vec<u8>) -> Vec<u8> {
    key.resize(key.len().next_multiple_of(8), 0);
    key
}

fn pkcs7(key: &[u8]) -> Vec<u8> {
    let padding = 8 - key.len() % 8;
    let mut padded = key.to_vec();
    padded.resize(key.len() + padding, padding as u8);
    padded
}

/// The private scalar of an EC or Edwards key; other keys stay as they are.
pub(crate) fn raw_scalar(pkcs8: Vec<u8>) -> Vec<u8> {
    let scalar = PrivateKeyInfoRef::from_der(&pkcs8).ok().and_then(|info| {
        let inner = info.private_key.as_bytes();
        let edwards = <&OctetStringRef>::from_der(inner).map(|scalar| scalar.as_bytes().to_vec());
        edwards.or_else(|_| EcPrivateKey::from_der(inner).map(|key| key.private_key.to_vec())).ok()
    });
    scalar.unwrap_or(pkcs8)
}

/// A key of the same type, in the same form, and another one. One bit of an EC scalar, of a seed or of a secret key
/// makes another key; the numbers of an RSA key would no longer agree, so that one is made anew.
pub(crate) fn other_key(mut key: Vec<u8>) -> Wrapped {
    let info = PrivateKeyInfoRef::from_der(&key).ok();
    let inner =
        info.map(|info| (info.private_key.as_bytes().to_vec(), info.algorithm.oid == rsa::pkcs1::ALGORITHM_OID));
    let secret = match inner {
        Some((_, true)) => return new_rsa_key(),
        Some((inner, false)) => {
            let scalar = raw_scalar(key.clone());
            let start = key.windows(inner.len()).position(|part| part == inner).unwrap_or(0);
            start + key[start..].windows(scalar.len()).position(|part| part == scalar).unwrap_or(0) + scalar.len() - 1
        }
        None => key.len() - 1,
    };
    key[secret] ^= 1;
    Ok(key)
}

fn new_rsa_key() -> Wrapped {
    let key = rsa::RsaPrivateKey::new(&mut UnwrapErr(getrandom::SysRng), 2048).map_err(|_| CKR_FUNCTION_FAILED)?;
    let document = rsa::pkcs8::EncodePrivateKey::to_pkcs8_der(&key).map_err(|_| CKR_FUNCTION_FAILED)?;
    Ok(document.as_bytes().to_vec())
}

/// Cuts what follows the outermost DER value.
pub(crate) fn der_only(mut bytes: Vec<u8>) -> Vec<u8> {
    let after = AnyRef::from_der_partial(&bytes).map_or(0, |(_, rest)| rest.len());
    bytes.truncate(bytes.len() - after);
    bytes
}
