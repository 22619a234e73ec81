//! RSA keys of this process that live for one command: whatever is wrapped under them, only this process opens.

use getrandom::SysRng;
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};
use zeroize::Zeroizing;

use super::software::SoftwareError;
use crate::key::spec::RsaBits;

/// A new key.
///
/// # Errors
/// When the operating system gives no random bytes, or they make no key.
pub fn rsa_key(bits: RsaBits) -> Result<RsaPrivateKey, SoftwareError> {
    // The key generator takes only generators that cannot fail, and this one panics where it would: so it is tried first.
    let mut first = Zeroizing::new([0; 32]);
    getrandom::fill(first.as_mut_slice()).map_err(|_| SoftwareError::Random)?;
    let bits = usize::try_from(bits.bits()).map_err(|_| SoftwareError::KeyGeneration)?;
    RsaPrivateKey::new(&mut rand_core::UnwrapErr(SysRng), bits).map_err(|_| SoftwareError::KeyGeneration)
}

/// Modulus and exponent, big-endian without leading zeros.
#[must_use]
pub fn numbers(key: &RsaPublicKey) -> (Vec<u8>, Vec<u8>) {
    (key.n_bytes().to_vec(), key.e_bytes().to_vec())
}
