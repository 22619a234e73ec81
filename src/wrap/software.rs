//! The software side of wrapping: RSAES-OAEP, AES key wrap with and without padding.
//!
//! The sizes that the RFCs demand are checked here, in both directions: the aes-kw crate wraps and unwraps empty keys
//! and, with plain KW, 8-byte ones, which RFC 3394 section 2 and RFC 5649 section 1 exclude.

use aes::cipher::consts::U16;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, BlockSizeUser, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use aes_kw::{AesKw, AesKwp};
use getrandom::SysRng;
use rsa::{BoxedUint, Oaep, RsaPrivateKey, RsaPublicKey};
use sha1::Sha1;
use sha2::digest::{Digest, FixedOutputReset};
use sha2::{Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::length::oaep_maximum;
use crate::key::spec::HashAlg;

/// Modulus sizes that are used at all, in bits.
pub const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// One AES-KW semiblock, in bytes.
const SEMIBLOCK: usize = 8;

/// The public half under which OAEP encrypts: both numbers big-endian without leading zeros.
#[derive(Clone, Copy, Debug)]
pub struct OaepKey<'a> {
    /// The modulus.
    pub modulus: &'a [u8],
    /// The public exponent.
    pub exponent: &'a [u8],
}

/// Why there is no wrapped or unwrapped key. No variant holds any part of a key.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SoftwareError {
    /// OAEP takes at most k - 2h - 2 bytes (RFC 8017 section 7.1.1 step 1 b).
    #[error("a message of {length} bytes is too long for OAEP with {hash}: at most {maximum} fit")]
    MessageTooLong {
        /// Bytes given.
        length: usize,
        /// Bytes that fit.
        maximum: usize,
        /// The OAEP hash.
        hash: HashAlg,
    },
    /// The modulus or the exponent makes no usable RSA public key.
    #[error("the RSA public key is not usable")]
    PublicKey,
    /// A private key that opens no wrapped keys.
    #[error("the RSA private key is not usable: it is damaged, or has fewer than 2048 or more than 8192 bits")]
    PrivateKey,
    /// The operating system's random generator did not answer.
    #[error("the operating system gave no random bytes")]
    Random,
    /// No throw-away RSA key could be made in this process.
    #[error("no throw-away RSA key could be made")]
    KeyGeneration,
    /// RSA decryption failed; RFC 8017 section 7.1.2 forbids to say why.
    #[error("OAEP decryption failed")]
    Decryption,
    /// A key-encryption key that is not 16, 24 or 32 bytes long.
    #[error("a key-encryption key has {0} bytes; AES keys have 16, 24 or 32")]
    KekLength(usize),
    /// AES-KW wraps whole 8-byte blocks, at least two (RFC 3394 section 2).
    #[error("AES-KW takes 16 or more bytes, in eights; got {0}")]
    KwLength(usize),
    /// AES-KWP wraps 1 to 2^32 - 1 bytes (RFC 5649 section 1).
    #[error("AES-KWP takes 1 to 4294967295 bytes; got {0}")]
    KwpLength(usize),
    /// A wrapped key of an impossible length.
    #[error("a wrapped key of {length} bytes is not {form}: it has {minimum} or more bytes, in eights")]
    WrappedLength {
        /// `AES-KW` or `AES-KWP`.
        form: &'static str,
        /// Bytes given.
        length: usize,
        /// The least that the form has.
        minimum: usize,
    },
    /// A blob that does not open under the key and by the method, whatever the reason.
    #[error("it does not open under this key by this method")]
    NotOpened,
    /// The integrity check failed: another key-encryption key, another format, or changed bytes.
    #[error("the integrity check of the wrapped key failed")]
    Integrity,
}

/// RSAES-OAEP encryption with an empty label and MGF1 with the same hash (RFC 8017 section 7.1.1); k bytes.
///
/// # Errors
/// When the message is too long (checked first), the key unusable, or the system has no random bytes.
pub fn oaep_encrypt(key: OaepKey<'_>, hash: HashAlg, message: &[u8]) -> Result<Vec<u8>, SoftwareError> {
    let maximum = oaep_maximum(key.modulus.len(), hash).unwrap_or(0);
    if message.len() > maximum {
        return Err(SoftwareError::MessageTooLong { length: message.len(), maximum, hash });
    }
    let public = public_key(key)?;
    match hash {
        HashAlg::Sha1 => encrypt_with::<Sha1>(&public, message),
        HashAlg::Sha224 => encrypt_with::<Sha224>(&public, message),
        HashAlg::Sha256 => encrypt_with::<Sha256>(&public, message),
        HashAlg::Sha384 => encrypt_with::<Sha384>(&public, message),
        HashAlg::Sha512 => encrypt_with::<Sha512>(&public, message),
    }
}

fn public_key(key: OaepKey<'_>) -> Result<RsaPublicKey, SoftwareError> {
    let modulus = BoxedUint::from_be_slice_vartime(key.modulus);
    let exponent = BoxedUint::from_be_slice_vartime(key.exponent);
    RsaPublicKey::new_with_size_limits(modulus, exponent, MODULUS_BITS).map_err(|_| SoftwareError::PublicKey)
}

fn encrypt_with<D: Digest + FixedOutputReset>(key: &RsaPublicKey, message: &[u8]) -> Result<Vec<u8>, SoftwareError> {
    use rsa::traits::PaddingScheme;
    Oaep::<D>::new().encrypt(&mut SysRng, key, message).map_err(|error| match error {
        rsa::Error::Rng => SoftwareError::Random,
        _ => SoftwareError::PublicKey,
    })
}

/// RSAES-OAEP decryption with an empty label and the MGF1 hash named on its own (RFC 8017 section 7.1.2).
///
/// The hash of MGF1 is for the probe, which must tell a token with a wrong one from a conformant one. The ciphertext is
/// blinded: the time that the arithmetic takes says nothing of the key.
///
/// # Errors
/// When the system has no random bytes, or the blob does not decrypt; that reason is not told.
pub fn oaep_decrypt(
    private: &RsaPrivateKey,
    hash: HashAlg,
    mgf_hash: HashAlg,
    blob: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SoftwareError> {
    match hash {
        HashAlg::Sha1 => decrypt_with::<Sha1>(private, mgf_hash, blob),
        HashAlg::Sha224 => decrypt_with::<Sha224>(private, mgf_hash, blob),
        HashAlg::Sha256 => decrypt_with::<Sha256>(private, mgf_hash, blob),
        HashAlg::Sha384 => decrypt_with::<Sha384>(private, mgf_hash, blob),
        HashAlg::Sha512 => decrypt_with::<Sha512>(private, mgf_hash, blob),
    }
}

fn decrypt_with<D: Digest + FixedOutputReset>(
    private: &RsaPrivateKey,
    mgf_hash: HashAlg,
    blob: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SoftwareError> {
    // Blinding takes only generators that cannot fail, and this one panics where it would: so it is tried first.
    getrandom::fill(&mut [0; 32]).map_err(|_| SoftwareError::Random)?;
    let mut random = rand_core::UnwrapErr(SysRng);
    let plain = match mgf_hash {
        HashAlg::Sha1 => private.decrypt_blinded(&mut random, Oaep::<D, Sha1>::new_with_mgf_hash(), blob),
        HashAlg::Sha224 => private.decrypt_blinded(&mut random, Oaep::<D, Sha224>::new_with_mgf_hash(), blob),
        HashAlg::Sha256 => private.decrypt_blinded(&mut random, Oaep::<D, Sha256>::new_with_mgf_hash(), blob),
        HashAlg::Sha384 => private.decrypt_blinded(&mut random, Oaep::<D, Sha384>::new_with_mgf_hash(), blob),
        HashAlg::Sha512 => private.decrypt_blinded(&mut random, Oaep::<D, Sha512>::new_with_mgf_hash(), blob),
    };
    plain.map(Zeroizing::new).map_err(|_| SoftwareError::Decryption)
}

/// AES key wrap with padding (RFC 5649 section 4.1) under a key of 16, 24 or 32 bytes.
///
/// # Errors
/// When the key-encryption key or the key has a length that the RFC excludes.
pub fn kwp_wrap(kek: &[u8], key: &[u8]) -> Result<Vec<u8>, SoftwareError> {
    if key.is_empty() || u32::try_from(key.len()).is_err() {
        return Err(SoftwareError::KwpLength(key.len()));
    }
    match kek.len() {
        16 => kwp_wrap_with::<Aes128>(kek, key),
        24 => kwp_wrap_with::<Aes192>(kek, key),
        32 => kwp_wrap_with::<Aes256>(kek, key),
        other => Err(SoftwareError::KekLength(other)),
    }
}

/// The inverse of [`kwp_wrap`] (RFC 5649 section 4.2).
///
/// # Errors
/// When a length is impossible or the integrity check fails; nothing of the key is then given out.
pub fn kwp_unwrap(kek: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, SoftwareError> {
    check_wrapped("AES-KWP", wrapped, 16)?;
    match kek.len() {
        16 => kwp_unwrap_with::<Aes128>(kek, wrapped),
        24 => kwp_unwrap_with::<Aes192>(kek, wrapped),
        32 => kwp_unwrap_with::<Aes256>(kek, wrapped),
        other => Err(SoftwareError::KekLength(other)),
    }
}

/// AES key wrap (RFC 3394 section 2.2.1) under a key of 16, 24 or 32 bytes.
///
/// # Errors
/// When the key-encryption key or the key has a length that the RFC excludes.
pub fn kw_wrap(kek: &[u8], key: &[u8]) -> Result<Vec<u8>, SoftwareError> {
    if key.len() < 16 || !key.len().is_multiple_of(SEMIBLOCK) {
        return Err(SoftwareError::KwLength(key.len()));
    }
    match kek.len() {
        16 => kw_wrap_with::<Aes128>(kek, key),
        24 => kw_wrap_with::<Aes192>(kek, key),
        32 => kw_wrap_with::<Aes256>(kek, key),
        other => Err(SoftwareError::KekLength(other)),
    }
}

/// The inverse of [`kw_wrap`] (RFC 3394 section 2.2.2).
///
/// # Errors
/// When a length is impossible or the integrity check fails; nothing of the key is then given out.
pub fn kw_unwrap(kek: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, SoftwareError> {
    check_wrapped("AES-KW", wrapped, 24)?;
    match kek.len() {
        16 => kw_unwrap_with::<Aes128>(kek, wrapped),
        24 => kw_unwrap_with::<Aes192>(kek, wrapped),
        32 => kw_unwrap_with::<Aes256>(kek, wrapped),
        other => Err(SoftwareError::KekLength(other)),
    }
}

fn check_wrapped(form: &'static str, wrapped: &[u8], minimum: usize) -> Result<(), SoftwareError> {
    let length = wrapped.len();
    let possible = length >= minimum && length.is_multiple_of(SEMIBLOCK) && u32::try_from(length).is_ok();
    if possible { Ok(()) } else { Err(SoftwareError::WrappedLength { form, length, minimum }) }
}

fn kwp_wrap_with<C>(kek: &[u8], key: &[u8]) -> Result<Vec<u8>, SoftwareError>
where
    C: KeyInit + BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>,
{
    let cipher = AesKwp::<C>::new_from_slice(kek).map_err(|_| SoftwareError::KekLength(kek.len()))?;
    let length = super::length::kwp(key.len()).ok_or(SoftwareError::KwpLength(key.len()))?;
    let mut wrapped = vec![0; length];
    cipher.wrap_key(key, &mut wrapped).map_err(|_| SoftwareError::KwpLength(key.len()))?;
    Ok(wrapped)
}

fn kwp_unwrap_with<C>(kek: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, SoftwareError>
where
    C: KeyInit + BlockCipherDecrypt + BlockSizeUser<BlockSize = U16>,
{
    let cipher = AesKwp::<C>::new_from_slice(kek).map_err(|_| SoftwareError::KekLength(kek.len()))?;
    let mut key = Zeroizing::new(vec![0; wrapped.len().saturating_sub(SEMIBLOCK)]);
    let length = cipher.unwrap_key(wrapped, &mut key).map_err(|_| SoftwareError::Integrity)?.len();
    key.truncate(length);
    Ok(key)
}

fn kw_wrap_with<C>(kek: &[u8], key: &[u8]) -> Result<Vec<u8>, SoftwareError>
where
    C: KeyInit + BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>,
{
    let cipher = AesKw::<C>::new_from_slice(kek).map_err(|_| SoftwareError::KekLength(kek.len()))?;
    let mut wrapped = vec![0; key.len().saturating_add(SEMIBLOCK)];
    cipher.wrap_key(key, &mut wrapped).map_err(|_| SoftwareError::KwLength(key.len()))?;
    Ok(wrapped)
}

fn kw_unwrap_with<C>(kek: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, SoftwareError>
where
    C: KeyInit + BlockCipherDecrypt + BlockSizeUser<BlockSize = U16>,
{
    let cipher = AesKw::<C>::new_from_slice(kek).map_err(|_| SoftwareError::KekLength(kek.len()))?;
    let mut key = Zeroizing::new(vec![0; wrapped.len().saturating_sub(SEMIBLOCK)]);
    cipher.unwrap_key(wrapped, &mut key).map_err(|_| SoftwareError::Integrity)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kwp_matches_both_examples_of_rfc_5649() {
        let kek = hex::decode("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8").unwrap();
        for (key, wrapped) in [
            (
                "c37b7e6492584340bed12207808941155068f738",
                "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a",
            ),
            ("466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f"),
        ] {
            let (key, wrapped) = (hex::decode(key).unwrap(), hex::decode(wrapped).unwrap());
            assert_eq!(kwp_wrap(&kek, &key).unwrap(), wrapped);
            assert_eq!(kwp_unwrap(&kek, &wrapped).unwrap().as_slice(), key);
        }
    }

    #[test]
    fn lengths_that_the_rfcs_exclude_are_refused_both_ways() {
        let kek = [7; 32];
        assert_eq!(kwp_wrap(&kek, &[]), Err(SoftwareError::KwpLength(0)));
        for bad in [0, 8, 15, 17, 23] {
            assert!(matches!(kwp_unwrap(&kek, &vec![0; bad]), Err(SoftwareError::WrappedLength { .. })), "{bad}");
            assert!(matches!(kw_unwrap(&kek, &vec![0; bad]), Err(SoftwareError::WrappedLength { .. })), "{bad}");
        }
        assert!(matches!(kw_unwrap(&kek, &[0; 16]), Err(SoftwareError::WrappedLength { .. })));
        for bad in [0, 8, 17, 20] {
            assert_eq!(kw_wrap(&kek, &vec![0; bad]), Err(SoftwareError::KwLength(bad)));
        }
        assert_eq!(kwp_wrap(&[0; 15], &[1]), Err(SoftwareError::KekLength(15)));
    }

    #[test]
    fn every_length_comes_back_and_no_bit_may_change() {
        let kek = [9; 32];
        for length in 1..=72 {
            let key = vec![0xa5; length];
            let mut wrapped = kwp_wrap(&kek, &key).unwrap();
            assert_eq!(wrapped.len(), length.div_ceil(8) * 8 + 8);
            assert_eq!(kwp_unwrap(&kek, &wrapped).unwrap().as_slice(), key);
            wrapped[length % 16] ^= 1;
            assert_eq!(kwp_unwrap(&kek, &wrapped), Err(SoftwareError::Integrity));
        }
    }

    #[test]
    fn the_oaep_limit_is_checked_before_the_key() {
        let key = OaepKey { modulus: &[0; 256], exponent: &[0] };
        let error = oaep_encrypt(key, HashAlg::Sha256, &[0; 191]).unwrap_err();
        assert_eq!(error, SoftwareError::MessageTooLong { length: 191, maximum: 190, hash: HashAlg::Sha256 });
        assert_eq!(oaep_encrypt(key, HashAlg::Sha256, &[0; 190]), Err(SoftwareError::PublicKey));
        let tiny = OaepKey { modulus: &[], exponent: &[] };
        assert!(matches!(
            oaep_encrypt(tiny, HashAlg::Sha512, &[1]),
            Err(SoftwareError::MessageTooLong { maximum: 0, .. })
        ));
    }
}
