//! Ed25519 private keys (RFC 8410 section 7).

use der::Decode;
use der::asn1::{ObjectIdentifier, OctetStringRef};
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::{ProofError, ec_private_key, encoded, private_key_info};
use crate::format::spki as public;

/// `id-Ed25519` (RFC 8410 section 3).
pub(super) const ALGORITHM: ObjectIdentifier = public::ED25519;
/// The length of a seed, in bytes (RFC 8032 section 5.1.5).
pub(super) const SEED: usize = 32;

/// Proves the OCTET STRING inside PKCS#8, or the `ECPrivateKey` that some modules put there.
pub(super) fn prove(point: &[u8], inner: &[u8], stated: Option<&[u8]>) -> Result<Zeroizing<Vec<u8>>, ProofError> {
    let (seed, held) = match <&OctetStringRef>::from_der(inner) {
        Ok(seed) => (seed.as_bytes(), None),
        Err(_) => ec_private_key(inner).map(|key| (key.private_key, key.public_key))?,
    };
    let der = of_seed(point, seed)?;
    if held.into_iter().chain(stated).any(|bits| bits != point) {
        return Err(ProofError::Inconsistent("it holds another public key"));
    }
    Ok(der)
}

/// The canonical form of a seed, if it makes the public key.
pub(super) fn of_seed(point: &[u8], seed: &[u8]) -> Result<Zeroizing<Vec<u8>>, ProofError> {
    let exact = <&[u8; SEED]>::try_from(seed).map_err(|_| ProofError::Malformed("no Ed25519 seed"))?;
    if ed25519_dalek::SigningKey::from_bytes(exact).verifying_key().as_bytes() != point {
        return Err(ProofError::AnotherKey);
    }
    let octets = OctetStringRef::new(seed).map_err(|_| ProofError::TooLong(seed.len()))?;
    private_key_info(AlgorithmIdentifierRef { oid: ALGORITHM, parameters: None }, &encoded(&octets)?)
}

/// The public key of a seed.
pub(in crate::format) fn point_of(seed: &[u8; SEED]) -> [u8; 32] {
    ed25519_dalek::SigningKey::from_bytes(seed).verifying_key().to_bytes()
}
