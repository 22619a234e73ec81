//! What a secret key answers in software, to be compared with what a token's key answers.

use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use hmac::Mac;
use sha1::Sha1;
use sha2::digest::block_api::EagerHash;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::key::spec::HashAlg;

/// AES-CMAC of a message (NIST SP 800-38B); `None` when `key` is no AES key.
#[must_use]
pub fn cmac(key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    match key.len() {
        16 => mac::<cmac::Cmac<aes::Aes128>>(key, message),
        24 => mac::<cmac::Cmac<aes::Aes192>>(key, message),
        32 => mac::<cmac::Cmac<aes::Aes256>>(key, message),
        _ => None,
    }
}

/// HMAC of a message (RFC 2104).
#[must_use]
pub fn hmac(hash: HashAlg, key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    match hash {
        HashAlg::Sha1 => hmac_with::<Sha1>(key, message),
        HashAlg::Sha224 => hmac_with::<Sha224>(key, message),
        HashAlg::Sha256 => hmac_with::<Sha256>(key, message),
        HashAlg::Sha384 => hmac_with::<Sha384>(key, message),
        HashAlg::Sha512 => hmac_with::<Sha512>(key, message),
    }
}

/// One zero block under AES-ECB (FIPS 197); `None` when `key` is no AES key.
#[must_use]
pub fn zero_block(key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    match key.len() {
        16 => block::<aes::Aes128>(key),
        24 => block::<aes::Aes192>(key),
        32 => block::<aes::Aes256>(key),
        _ => None,
    }
}

/// SHA-256 of the key itself, as `C_DigestKey` computes it. It is compared and never kept.
#[must_use]
pub fn digest(key: &[u8]) -> Vec<u8> {
    Sha256::digest(key).to_vec()
}

fn hmac_with<D: EagerHash>(key: &[u8], message: &[u8]) -> Option<Vec<u8>>
where
    hmac::Hmac<D>: Mac + KeyInit,
{
    mac::<hmac::Hmac<D>>(key, message)
}

fn mac<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let mut mac = <M as KeyInit>::new_from_slice(key).ok()?;
    mac.update(message);
    Some(mac.finalize().into_bytes().to_vec())
}

fn block<C: KeyInit + BlockCipherEncrypt>(key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut block = Array::default();
    C::new_from_slice(key).ok()?.encrypt_block(&mut block);
    Some(Zeroizing::new(block.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_answers_come_out() {
        // NIST SP 800-38B appendix D.1, the empty message.
        let key = hex::decode("2b7e151628aed2a6abf7158809cf4f3c").unwrap();
        assert_eq!(hex::encode(cmac(&key, b"").unwrap()), "bb1d6929e95937287fa37d129b756746");
        // RFC 4231 section 4.3.
        let text = b"what do ya want for nothing?";
        let mac = |hash| hex::encode(hmac(hash, b"Jefe", text).unwrap());
        assert_eq!(mac(HashAlg::Sha224), "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44");
        assert_eq!(mac(HashAlg::Sha256), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        // RFC 2202 section 3.
        assert_eq!(mac(HashAlg::Sha1), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        // NIST CAVP ECBKeySbox256 has zero plaintext: count 0.
        let key = hex::decode("c47b0294dbbbee0fec4757f22ffeee3587ca4730c3d33b691df38bab076bc558").unwrap();
        assert_eq!(hex::encode(zero_block(&key).unwrap()), "46f2fb342d6f0ab477476fc501242c5f");
        assert_eq!((cmac(b"short", b""), zero_block(b"short")), (None, None));
    }
}
