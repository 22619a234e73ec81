//! The ciphers of key files.

use std::fmt;

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyInit, KeyIvInit};
use des::{Des, TdesEde2, TdesEde3};
use rc2::Rc2;
use zeroize::Zeroizing;

/// A cipher. Initialisation vectors are not kept here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Cipher {
    /// AES-128 (FIPS 197) in CBC mode.
    Aes128Cbc,
    /// AES-192 in CBC mode.
    Aes192Cbc,
    /// AES-256 in CBC mode.
    Aes256Cbc,
    /// DES in CBC mode: 56 bits.
    DesCbc,
    /// Triple DES with three keys in CBC mode (NIST SP 800-67).
    TripleDesCbc,
    /// Triple DES with two keys in CBC mode.
    TwoKeyTripleDesCbc,
    /// RC2 in CBC mode (RFC 2268) with so many effective bits.
    Rc2Cbc(u8),
    /// One that byok does not have, by name or object identifier.
    Other(String),
}

/// The padding is wrong: the key is, or the ciphertext.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Undecryptable;

impl Cipher {
    /// The length of its key, in bytes; 0 for an unknown one.
    pub(super) fn key_bytes(&self) -> usize {
        match self {
            Self::Aes128Cbc | Self::TwoKeyTripleDesCbc => 16,
            Self::Aes192Cbc | Self::TripleDesCbc => 24,
            Self::Aes256Cbc => 32,
            Self::DesCbc => 8,
            Self::Rc2Cbc(bits) => usize::from(*bits >> 3),
            Self::Other(_) => 0,
        }
    }

    /// The length of a block and of its initialisation vector, in bytes; 0 for an unknown one.
    pub(super) fn block_bytes(&self) -> usize {
        match self {
            Self::Aes128Cbc | Self::Aes192Cbc | Self::Aes256Cbc => 16,
            Self::DesCbc | Self::TripleDesCbc | Self::TwoKeyTripleDesCbc | Self::Rc2Cbc(_) => 8,
            Self::Other(_) => 0,
        }
    }

    /// Whether it withstands today's attacks.
    pub(super) fn is_weak(&self) -> bool {
        !matches!(self, Self::Aes128Cbc | Self::Aes192Cbc | Self::Aes256Cbc | Self::Other(_))
    }

    /// Decrypts and takes the padding (RFC 5652 section 6.3) off, in one buffer.
    pub(super) fn decrypt(&self, key: &[u8], iv: &[u8], data: &[u8]) -> Result<Zeroizing<Vec<u8>>, Undecryptable> {
        match self {
            Self::Aes128Cbc => decrypt::<aes::Aes128>(key, iv, data),
            Self::Aes192Cbc => decrypt::<aes::Aes192>(key, iv, data),
            Self::Aes256Cbc => decrypt::<aes::Aes256>(key, iv, data),
            Self::DesCbc => decrypt::<Des>(key, iv, data),
            Self::TripleDesCbc => decrypt::<TdesEde3>(key, iv, data),
            Self::TwoKeyTripleDesCbc => decrypt::<TdesEde2>(key, iv, data),
            Self::Rc2Cbc(bits) => {
                let cipher = Rc2::new_with_eff_key_len(key, usize::from(*bits));
                let mode = cbc::Decryptor::inner_iv_slice_init(cipher, iv).map_err(|_| Undecryptable)?;
                unpad(data, |buffer| mode.decrypt_padded::<Pkcs7>(buffer).map(<[u8]>::len).ok())
            }
            Self::Other(_) => Err(Undecryptable),
        }
    }
}

fn decrypt<C: BlockCipherDecrypt + KeyInit>(
    key: &[u8],
    iv: &[u8],
    data: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Undecryptable> {
    let mode = cbc::Decryptor::<C>::new_from_slices(key, iv).map_err(|_| Undecryptable)?;
    unpad(data, |buffer| mode.decrypt_padded::<Pkcs7>(buffer).map(<[u8]>::len).ok())
}

fn unpad(data: &[u8], decrypt: impl FnOnce(&mut [u8]) -> Option<usize>) -> Result<Zeroizing<Vec<u8>>, Undecryptable> {
    let mut buffer = Zeroizing::new(data.to_vec());
    let length = decrypt(&mut buffer).ok_or(Undecryptable)?;
    buffer.truncate(length);
    Ok(buffer)
}

/// AES-256-CBC with padding (RFC 5652 section 6.3): the one cipher that byok writes.
pub(in crate::format) fn encrypt_aes256(key: &[u8; 32], iv: &[u8; 16], data: &[u8]) -> Option<Vec<u8>> {
    // One block more than the data: where the padding ends. What is left in the buffer is ciphertext.
    let mut buffer = vec![0; data.len().checked_add(16)?];
    buffer.get_mut(..data.len())?.copy_from_slice(data);
    let mode = cbc::Encryptor::<aes::Aes256>::new(key.into(), iv.into());
    let length = mode.encrypt_padded::<Pkcs7>(&mut buffer, data.len()).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

impl fmt::Display for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aes128Cbc => f.write_str("AES-128-CBC"),
            Self::Aes192Cbc => f.write_str("AES-192-CBC"),
            Self::Aes256Cbc => f.write_str("AES-256-CBC"),
            Self::DesCbc => f.write_str("DES-CBC"),
            Self::TripleDesCbc => f.write_str("3DES-CBC"),
            Self::TwoKeyTripleDesCbc => f.write_str("3DES-CBC with two keys"),
            Self::Rc2Cbc(bits) => write!(f, "RC2-{bits}-CBC"),
            Self::Other(name) => write!(f, "cipher {name}"),
        }
    }
}
