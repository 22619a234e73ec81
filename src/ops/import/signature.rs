//! A signature that the token makes now, and whether it verifies under a public key that this host trusts.

use p521::ecdsa::signature::hazmat::PrehashVerifier as _;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::format::spki::{PublicKey, PublicKind};
use crate::hsm::request::{Handle, SignMechanism};
use crate::hsm::signer::ecdsa_der;
use crate::hsm::{Token, TokenError};
use crate::key::spec::{Curve, HashAlg};
use crate::manifest::verifying_key::VerifyingKey;

/// Has the token sign a message, and checks that in software.
///
/// # Errors
/// What the token answered instead of a signature.
pub(super) fn fits(token: &dyn Token, key: Handle, public: &PublicKey, message: &[u8]) -> Result<bool, TokenError> {
    let ecdsa = |digest: &[u8]| token.sign(SignMechanism::Ecdsa, key, digest);
    Ok(match public.kind() {
        PublicKind::Ec { curve: Curve::P256, .. } => verifies(public, message, &der(&ecdsa(&Sha256::digest(message))?)),
        PublicKind::Ec { curve: Curve::P384, .. } => verifies(public, message, &der(&ecdsa(&Sha384::digest(message))?)),
        PublicKind::Ec { curve: Curve::P521, point } => {
            let digest = Sha512::digest(message);
            verifies_p521(point, &digest, &ecdsa(&digest)?)
        }
        PublicKind::Ec { curve: Curve::Secp256k1, point } => {
            let digest = Sha256::digest(message);
            verifies_k256(point, &digest, &ecdsa(&digest)?)
        }
        PublicKind::Ed25519(_) => verifies(public, message, &token.sign(SignMechanism::EdDsa, key, message)?),
        PublicKind::Rsa { .. } => {
            let digest = Sha256::digest(message);
            verifies(public, message, &token.sign(SignMechanism::RsaPss(HashAlg::Sha256), key, &digest)?)
        }
        PublicKind::Other(_) => false,
    })
}

/// DER of r and s; empty, which verifies under no key, when they are none.
fn der(signature: &[u8]) -> Vec<u8> {
    ecdsa_der(signature).unwrap_or_default()
}

fn verifies(public: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    VerifyingKey::from_spki(public.der()).is_ok_and(|key| key.verifies(message, signature))
}

fn verifies_p521(point: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(&uncompressed(point));
    let signature = p521::ecdsa::Signature::from_slice(signature);
    key.is_ok_and(|key| signature.is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok()))
}

/// Tokens give either s; the verifier takes the smaller one only.
fn verifies_k256(point: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    let key = k256::ecdsa::VerifyingKey::from_sec1_bytes(&uncompressed(point));
    let signature = k256::ecdsa::Signature::from_slice(signature).map(|signature| signature.normalize_s());
    key.is_ok_and(|key| signature.is_ok_and(|signature| key.verify_prehash(digest, &signature).is_ok()))
}

/// SEC 1 section 2.3.3.
fn uncompressed(point: &[u8]) -> Vec<u8> {
    [&[4], point].concat()
}
