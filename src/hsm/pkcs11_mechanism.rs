//! The mechanisms that cryptoki knows: generation and signing.

use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsOaepParams, PkcsOaepSource, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};

use super::request::{SecretKind, SignMechanism};
use crate::key::spec::{HashAlg, KeySpec};

/// For `C_GenerateKey`.
pub(super) fn secret(kind: SecretKind) -> Mechanism<'static> {
    match kind {
        SecretKind::Aes(_) => Mechanism::AesKeyGen,
        SecretKind::Generic(_) => Mechanism::GenericSecretKeyGen,
    }
}

/// For `C_GenerateKeyPair`; `None` for a secret key's type.
pub(super) fn pair(spec: KeySpec) -> Option<Mechanism<'static>> {
    match spec {
        KeySpec::Ec(_) => Some(Mechanism::EccKeyPairGen),
        KeySpec::Ed25519 => Some(Mechanism::EccEdwardsKeyPairGen),
        KeySpec::Rsa(_) => Some(Mechanism::RsaPkcsKeyPairGen),
        KeySpec::Aes(_) | KeySpec::Hmac(_) => None,
    }
}

/// For `C_SignInit`.
pub(super) fn sign(mechanism: SignMechanism) -> Mechanism<'static> {
    match mechanism {
        SignMechanism::AesCmac => Mechanism::AesCMac,
        SignMechanism::Ecdsa => Mechanism::Ecdsa,
        SignMechanism::EdDsa => Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519)),
        SignMechanism::Hmac(HashAlg::Sha1) => Mechanism::Sha1Hmac,
        SignMechanism::Hmac(HashAlg::Sha224) => Mechanism::Sha224Hmac,
        SignMechanism::Hmac(HashAlg::Sha256) => Mechanism::Sha256Hmac,
        SignMechanism::Hmac(HashAlg::Sha384) => Mechanism::Sha384Hmac,
        SignMechanism::Hmac(HashAlg::Sha512) => Mechanism::Sha512Hmac,
        SignMechanism::RsaPss(hash) => Mechanism::RsaPkcsPss(pss(hash)),
    }
}

/// For `C_DecryptInit`.
pub(super) fn oaep(hash: HashAlg) -> Mechanism<'static> {
    let (hash, mgf) = numbers(hash);
    Mechanism::RsaPkcsOaep(PkcsOaepParams::new(hash, mgf, PkcsOaepSource::empty()))
}

/// Whether the key of this mechanism is a private key, which may ask for its PIN at every use.
pub(super) fn signs_with_private_key(mechanism: SignMechanism) -> bool {
    match mechanism {
        SignMechanism::Ecdsa | SignMechanism::EdDsa | SignMechanism::RsaPss(_) => true,
        SignMechanism::AesCmac | SignMechanism::Hmac(_) => false,
    }
}

/// MGF1 with the same hash, salt as long as the digest (RFC 8017 section 9.1).
fn pss(hash: HashAlg) -> PkcsPssParams {
    let (hash_alg, mgf) = numbers(hash);
    PkcsPssParams { hash_alg, mgf, s_len: (hash.digest_bytes() as u64).into() }
}

/// A hash, and MGF1 with the same.
fn numbers(hash: HashAlg) -> (MechanismType, PkcsMgfType) {
    match hash {
        HashAlg::Sha1 => (MechanismType::SHA1, PkcsMgfType::MGF1_SHA1),
        HashAlg::Sha224 => (MechanismType::SHA224, PkcsMgfType::MGF1_SHA224),
        HashAlg::Sha256 => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256),
        HashAlg::Sha384 => (MechanismType::SHA384, PkcsMgfType::MGF1_SHA384),
        HashAlg::Sha512 => (MechanismType::SHA512, PkcsMgfType::MGF1_SHA512),
    }
}
