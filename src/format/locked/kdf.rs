//! From passphrase to key: the derivations of key files, and what they cost.

use std::fmt;

use hmac::digest::Digest;
use md5::Md5;
use secrecy::{ExposeSecret as _, SecretString};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::error::OpenError;
use crate::key::spec::HashAlg;

/// A derivation and its cost. Salts are not kept here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Kdf {
    /// RFC 8018 section 5.1.
    Pbkdf1 {
        /// `MD5`, `SHA-1`.
        hash: &'static str,
        /// Iterations.
        rounds: u64,
    },
    /// RFC 8018 section 5.2, with an HMAC.
    Pbkdf2 {
        /// The hash of the HMAC.
        hash: HashAlg,
        /// Iterations.
        rounds: u64,
    },
    /// RFC 7914.
    Scrypt {
        /// N, the cost.
        cost: u64,
        /// r, the block size.
        block_size: u64,
        /// p, the parallelisation.
        parallelisation: u64,
    },
    /// RFC 7292 appendix B.2.
    Pkcs12 {
        /// The hash.
        hash: HashAlg,
        /// Iterations.
        rounds: u64,
    },
    /// `EVP_BytesToKey` of OpenSSL with MD5: one round.
    BytesToKey,
    /// One that byok does not have, by name or object identifier.
    Other(String),
}

impl fmt::Display for Kdf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pbkdf1 { hash, rounds } => write!(f, "PBKDF1-{hash} with {rounds} rounds"),
            Self::Pbkdf2 { hash, rounds } => write!(f, "PBKDF2-HMAC-{} with {rounds} rounds", hash.standard_name()),
            Self::Scrypt { cost, block_size, parallelisation } => {
                write!(f, "scrypt with N={cost} r={block_size} p={parallelisation}")
            }
            Self::Pkcs12 { hash, rounds } => {
                write!(f, "PKCS#12 derivation with {} and {rounds} rounds", hash.standard_name())
            }
            Self::BytesToKey => f.write_str("EVP_BytesToKey with MD5 and one round"),
            Self::Other(name) => write!(f, "derivation {name}"),
        }
    }
}

/// A passphrase, and how PKCS#12 takes it.
#[derive(Clone, Copy)]
pub(super) struct Passphrase<'a> {
    pub(super) text: &'a SecretString,
    /// Without its end an empty passphrase has no bytes at all, which is what some programs mean by it.
    pub(super) ended: bool,
}

/// What a PKCS#12 derivation is for (RFC 7292 appendix B.3).
#[derive(Clone, Copy, Debug)]
pub(super) enum Use {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

impl Kdf {
    /// Derives `length` bytes. The cost was charged before.
    pub(super) fn derive(
        &self,
        passphrase: Passphrase<'_>,
        salt: &[u8],
        used: Use,
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let text = passphrase.text.expose_secret().as_bytes();
        let mut key = Zeroizing::new(vec![0; length]);
        let few = |rounds: u64| u32::try_from(rounds).map_err(|_| OpenError::TooExpensive(self.to_string()));
        match self {
            Self::Pbkdf1 { hash: "MD5", rounds } => pbkdf1::<Md5>(text, salt, few(*rounds)?, &mut key),
            Self::Pbkdf1 { rounds, .. } => pbkdf1::<Sha1>(text, salt, few(*rounds)?, &mut key),
            Self::Pbkdf2 { hash, rounds } => pbkdf2(*hash, text, salt, few(*rounds)?, &mut key),
            Self::Scrypt { cost, block_size, parallelisation } => {
                scrypt(text, salt, [*cost, *block_size, *parallelisation], &mut key)
                    .ok_or_else(|| OpenError::Unsupported(self.to_string()))?;
            }
            Self::Pkcs12 { hash, rounds } => {
                pkcs12(*hash, &bmp(passphrase), salt, used, few(*rounds)?, &mut key);
            }
            Self::BytesToKey => bytes_to_key(text, salt, &mut key),
            Self::Other(_) => return Err(OpenError::Unsupported(self.to_string())),
        }
        Ok(key)
    }

    /// The number of rounds, where there are some.
    pub(super) fn rounds(&self) -> Option<u64> {
        match self {
            Self::Pbkdf1 { rounds, .. } | Self::Pbkdf2 { rounds, .. } | Self::Pkcs12 { rounds, .. } => Some(*rounds),
            Self::BytesToKey => Some(1),
            Self::Scrypt { .. } | Self::Other(_) => None,
        }
    }
}

/// RFC 8018 section 5.1: at most one digest comes out.
fn pbkdf1<D: Digest>(passphrase: &[u8], salt: &[u8], rounds: u32, key: &mut [u8]) {
    let mut digest = D::new().chain_update(passphrase).chain_update(salt).finalize();
    for _ in 1..rounds {
        digest = D::digest(&digest);
    }
    key.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
}

fn pbkdf2(hash: HashAlg, passphrase: &[u8], salt: &[u8], rounds: u32, key: &mut [u8]) {
    match hash {
        HashAlg::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(passphrase, salt, rounds, key),
        HashAlg::Sha224 => pbkdf2::pbkdf2_hmac::<Sha224>(passphrase, salt, rounds, key),
        HashAlg::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(passphrase, salt, rounds, key),
        HashAlg::Sha384 => pbkdf2::pbkdf2_hmac::<Sha384>(passphrase, salt, rounds, key),
        HashAlg::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(passphrase, salt, rounds, key),
    }
}

fn scrypt(passphrase: &[u8], salt: &[u8], [n, r, p]: [u64; 3], key: &mut [u8]) -> Option<()> {
    let log_n = u8::try_from(n.checked_ilog2()?).ok()?;
    let params = scrypt::Params::new(log_n, u32::try_from(r).ok()?, u32::try_from(p).ok()?).ok()?;
    scrypt::scrypt(passphrase, salt, &params, key).ok()
}

/// A passphrase as PKCS#12 takes it (RFC 7292 appendix B.1): UTF-16, big-endian, with its end. What UCS-2 cannot hold is
/// written with surrogates, as OpenSSL does.
fn bmp(passphrase: Passphrase<'_>) -> Zeroizing<Vec<u8>> {
    let text = passphrase.text.expose_secret();
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len().saturating_mul(2).saturating_add(2)));
    bytes.extend(text.encode_utf16().chain(passphrase.ended.then_some(0)).flat_map(u16::to_be_bytes));
    bytes
}

fn pkcs12(hash: HashAlg, passphrase: &[u8], salt: &[u8], used: Use, rounds: u32, key: &mut [u8]) {
    match hash {
        HashAlg::Sha1 => pkcs12_with::<Sha1>(64, passphrase, salt, used, rounds, key),
        HashAlg::Sha224 => pkcs12_with::<Sha224>(64, passphrase, salt, used, rounds, key),
        HashAlg::Sha256 => pkcs12_with::<Sha256>(64, passphrase, salt, used, rounds, key),
        HashAlg::Sha384 => pkcs12_with::<Sha384>(128, passphrase, salt, used, rounds, key),
        HashAlg::Sha512 => pkcs12_with::<Sha512>(128, passphrase, salt, used, rounds, key),
    }
}

/// RFC 7292 appendix B.2; `block` is v/8, the block of the hash in bytes. The letters are the standard's.
fn pkcs12_with<D: Digest>(block: usize, passphrase: &[u8], salt: &[u8], used: Use, rounds: u32, key: &mut [u8]) {
    let diversifier = vec![used as u8; block];
    let fill = |bytes: &[u8]| bytes.len().div_ceil(block).saturating_mul(block);
    let mut i = Zeroizing::new(Vec::with_capacity(fill(salt).saturating_add(fill(passphrase))));
    for part in [salt, passphrase] {
        i.extend(part.iter().cycle().take(fill(part)));
    }
    for out in key.chunks_mut(<D as Digest>::output_size()) {
        let mut a = D::new().chain_update(&diversifier).chain_update(i.as_slice()).finalize();
        for _ in 1..rounds {
            a = D::digest(&a);
        }
        out.iter_mut().zip(a.iter()).for_each(|(to, from)| *to = *from);
        // I_j = (I_j + B + 1) mod 2^v, where B is A repeated.
        for i_j in i.chunks_mut(block) {
            let b: Vec<u8> = a.iter().copied().cycle().take(block).collect();
            let mut carry = 1_u16;
            for (to, from) in i_j.iter_mut().zip(b).rev() {
                let sum = carry.saturating_add(u16::from(*to)).saturating_add(u16::from(from));
                let [high, low] = sum.to_be_bytes();
                *to = low;
                carry = u16::from(high);
            }
        }
    }
}

/// `EVP_BytesToKey` with MD5 and one round: each digest is over the one before, the passphrase and the salt.
fn bytes_to_key(passphrase: &[u8], salt: &[u8], key: &mut [u8]) {
    let mut before: Option<md5::digest::Output<Md5>> = None;
    for out in key.chunks_mut(16) {
        let start = before.map_or_else(Md5::new, |digest| Md5::new().chain_update(digest));
        let digest = start.chain_update(passphrase).chain_update(salt).finalize();
        out.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
        before = Some(digest);
    }
}

impl<'a> Passphrase<'a> {
    pub(super) fn new(text: &'a SecretString) -> Self {
        Self { text, ended: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_md5_key_is_as_openssl_derives_it() {
        // printf secret | openssl enc -aes-256-cbc -md md5 -S 0102030405060708 -P -pass stdin
        let mut key = [0; 32];
        bytes_to_key(b"secret", &[1, 2, 3, 4, 5, 6, 7, 8], &mut key);
        assert_eq!(hex::encode(key), "c9e5a1bd216dbe1317e230cef48f38ee7f0e17ad64022144bccec4a1aa2879ab");
    }

    #[test]
    fn pkcs12_keys_are_as_openssl_derives_them() {
        // openssl kdf -keylen N -kdfopt digest:D -kdfopt hexpass:0073006d006500670000
        //   -kdfopt hexsalt:0a58cf64530d823f -kdfopt id:I -kdfopt iter:R PKCS12KDF
        let passphrase = SecretString::from("smeg");
        let salt = hex::decode("0a58cf64530d823f").unwrap();
        let derive = |hash, used, rounds, length| {
            let kdf = Kdf::Pkcs12 { hash, rounds };
            hex::encode(kdf.derive(Passphrase::new(&passphrase), &salt, used, length).unwrap().as_slice())
        };
        assert_eq!(derive(HashAlg::Sha1, Use::Key, 1, 24), "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3");
        assert_eq!(
            derive(HashAlg::Sha256, Use::Key, 3, 48),
            "469e0a6907c9598d58e9611a2b3dceb1c8ae273415360bf8bf510e1ccecc8674e28f97d0dbc836d78502a75f6a8e624c"
        );
        assert_eq!(
            derive(HashAlg::Sha512, Use::Mac, 7, 80),
            concat!(
                "3f6293772cd39c4ee203ae2ca638c2d3f46a80ae60af3196974943427ca392ea8fe93ac03fc0d6a6",
                "1a9ae0624633e8f9a5c1583d74662252e48c0dba634ab3d329455534d1a1437819d09d7713c4f916"
            )
        );
    }
}
