//! Private keys from their numbers -> canonical PKCS#8, and the public half that the numbers make.

use ::rsa::pkcs1::RsaPrivateKeyRef;
use der::asn1::UintRef;
use zeroize::Zeroizing;

use super::{ProofError, ec, ed25519, encoded, rsa as rsa_key};
use crate::format::material::{PrivateKey, RsaPrivate};
use crate::format::spki::PublicKey;

/// The canonical DER of a private key whose numbers agree: `PrivateKeyInfo` version 0, without attributes.
///
/// # Errors
/// Numbers that make no key, contradict each other, or lack the factors of an RSA key.
pub fn encode(key: &PrivateKey) -> Result<Zeroizing<Vec<u8>>, ProofError> {
    match key {
        PrivateKey::Rsa(key) => {
            let inner = pkcs1(key)?;
            rsa_key::prove(&key.modulus, &key.exponent, &inner)
        }
        PrivateKey::Ec(key) => {
            let point = ec::point_of(key.curve, &key.scalar)?;
            require_same(key.point.as_deref(), &point)?;
            ec::of_scalar(key.curve, &point, &key.scalar)
        }
        PrivateKey::Ed25519(key) => {
            let point = ed25519::point_of(&key.seed);
            require_same(key.point.as_deref(), &point)?;
            ed25519::of_seed(&point, key.seed.as_slice())
        }
        PrivateKey::Other(_) => Err(ProofError::Unsupported),
    }
}

/// The public half that the private numbers make; what the file states of it is not looked at.
///
/// # Errors
/// Numbers that make no key.
pub fn public_half(key: &PrivateKey) -> Result<PublicKey, ProofError> {
    let failed = |_| ProofError::Malformed("no key that can be described");
    match key {
        PrivateKey::Rsa(key) => PublicKey::rsa(&key.modulus, &key.exponent).map_err(failed),
        PrivateKey::Ec(key) => PublicKey::ec(key.curve, &ec::point_of(key.curve, &key.scalar)?).map_err(failed),
        PrivateKey::Ed25519(key) => PublicKey::ed25519(&ed25519::point_of(&key.seed)).map_err(failed),
        PrivateKey::Other(_) => Err(ProofError::Unsupported),
    }
}

/// `RSAPrivateKey` (RFC 8017 appendix A.1.2); whether the numbers agree is for the caller.
fn pkcs1(key: &RsaPrivate) -> Result<Zeroizing<Vec<u8>>, ProofError> {
    let factors = key.factors.as_ref().ok_or(ProofError::Malformed("an RSA key without its primes"))?;
    let number = |bytes| UintRef::new(bytes).map_err(|_| ProofError::Malformed("no RSA key that can be encoded"));
    let ([prime1, prime2], [exponent1, exponent2]) = (&factors.primes, &factors.exponents);
    encoded(&RsaPrivateKeyRef {
        modulus: number(&key.modulus)?,
        public_exponent: number(&key.exponent)?,
        private_exponent: number(&key.private_exponent)?,
        prime1: number(prime1)?,
        prime2: number(prime2)?,
        exponent1: number(exponent1)?,
        exponent2: number(exponent2)?,
        coefficient: number(&factors.coefficient)?,
        other_prime_infos: None,
    })
}

fn require_same(stated: Option<&[u8]>, made: &[u8]) -> Result<(), ProofError> {
    if stated.is_none_or(|stated| stated == made) {
        Ok(())
    } else {
        Err(ProofError::Inconsistent("it holds another public key"))
    }
}
