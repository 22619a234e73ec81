//! RSA private keys (RFC 8017 appendix A.1.2).

use der::Decode;
use der::asn1::{AnyRef, ObjectIdentifier};
use rsa::pkcs1::RsaPrivateKeyRef;
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::{ProofError, encoded, private_key_info};
use crate::format::rsa_numbers::Numbers;
use crate::format::spki as public;

/// `rsaEncryption` (RFC 8017 appendix A.1).
pub(super) const ALGORITHM: ObjectIdentifier = public::RSA;

/// Proves the `RSAPrivateKey` inside PKCS#8: the public numbers are those of the public half, and all eight agree.
pub(super) fn prove(modulus: &[u8], exponent: &[u8], inner: &[u8]) -> Result<Zeroizing<Vec<u8>>, ProofError> {
    let key =
        RsaPrivateKeyRef::from_der(inner).map_err(|_| ProofError::Malformed("PKCS#8 without an RSAPrivateKey"))?;
    if key.other_prime_infos.is_some() {
        return Err(ProofError::Malformed("an RSA key of more than two primes"));
    }
    if (key.modulus.as_bytes(), key.public_exponent.as_bytes()) != (modulus, exponent) {
        return Err(ProofError::AnotherKey);
    }
    let numbers = Numbers {
        modulus,
        exponent,
        private_exponent: key.private_exponent.as_bytes(),
        primes: [key.prime1.as_bytes(), key.prime2.as_bytes()],
        exponents: [key.exponent1.as_bytes(), key.exponent2.as_bytes()],
        coefficient: key.coefficient.as_bytes(),
    };
    // That the factors are primes is not tested: their product is the modulus of a key pair that the token made.
    if let Some(disagreement) = numbers.disagreements().first() {
        return Err(ProofError::Inconsistent(disagreement.as_str()));
    }
    private_key_info(AlgorithmIdentifierRef { oid: ALGORITHM, parameters: Some(AnyRef::NULL) }, &encoded(&key)?)
}
