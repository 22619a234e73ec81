//! The stack after work with a key: what the cryptographic crates leave there is overwritten.
//!
//! Their types wipe themselves where they own memory on the heap, and are copied on the stack as they please. This does
//! what can be done about that without unsafe code.

use std::hint::black_box;

use zeroize::Zeroize;

/// More than proving and wrapping a key takes, in a debug build, too.
const STACK: usize = 256 * 1024;

/// Runs `work` in frames of their own, and overwrites these afterwards, on a panic excepted.
pub fn scrubbed<T>(work: impl FnOnce() -> T) -> T {
    let done = apart(work);
    overwrite();
    done
}

#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}

#[inline(never)]
#[expect(clippy::large_stack_arrays, reason = "the stack is what this is about")]
fn overwrite() {
    let mut stack = [0_u8; STACK];
    stack.zeroize();
    black_box(&stack);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::pkcs8::prove;
    use crate::format::spki::PublicKey;
    use crate::key::spec::{HashAlg, RsaBits};
    use crate::wrap::software::{OaepKey, kwp_unwrap, kwp_wrap, oaep_encrypt};
    use crate::wrap::throw_away::{numbers, rsa_key};
    use pkcs8::{EncodePrivateKey, EncodePublicKey};

    /// On a stack of no more than what is overwritten; a thread that needs more ends the test.
    fn on_such_a_stack(spki: Vec<u8>, pkcs8: Vec<u8>) {
        let work = move || {
            let wrapped = kwp_wrap(&[1; 32], &pkcs8).unwrap();
            let given = kwp_unwrap(&[1; 32], &wrapped).unwrap();
            let proven = prove(&PublicKey::from_der(&spki).unwrap(), &given).unwrap();
            let modulus = [&[0xc1][..], &[7; 511]].concat();
            let key = OaepKey { modulus: &modulus, exponent: &[1, 0, 1] };
            assert_eq!(oaep_encrypt(key, HashAlg::Sha512, &[7; 32]).unwrap().len(), 512);
            assert!(kwp_wrap(&[2; 32], &proven.der).is_ok());
        };
        std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap();
    }

    #[test]
    fn the_work_with_a_key_takes_less_than_is_overwritten() {
        let ec = p521::SecretKey::from_slice(&[1; 65]).unwrap();
        let der = ec.to_pkcs8_der().unwrap().as_bytes().to_vec();
        on_such_a_stack(ec.public_key().to_public_key_der().unwrap().into_vec(), der);
        let rsa = rsa_key(RsaBits::B2048).unwrap();
        let (modulus, exponent) = numbers(&rsa.to_public_key());
        let public = PublicKey::rsa(&modulus, &exponent).unwrap();
        on_such_a_stack(public.der().to_vec(), rsa.to_pkcs8_der().unwrap().as_bytes().to_vec());
    }
}
