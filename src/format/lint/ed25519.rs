//! Ed25519 keys (RFC 8032).

use ed25519_dalek::VerifyingKey;

use super::rules::ec as rules;
use super::{Finding, raw};
use crate::format::material::Ed25519Private;
use crate::format::pkcs8::ed25519_public_key;

const POINT: &str = "public key";

/// What is wrong with a private key.
pub(super) fn private(key: &Ed25519Private) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(stated) = &key.point {
        findings.extend(public(stated));
        if findings.is_empty() && *stated != ed25519_public_key(&key.seed) {
            findings.push(Finding::new(&rules::PUBLIC_DIFFERS, POINT, "the seed makes another"));
        }
    }
    findings
        .extend(raw::pattern(key.seed.as_slice()).map(|(rule, detail)| {
            Finding::new(&rules::ED25519_GUESSABLE, "seed", format!("{}: {detail}", rule.title))
        }));
    findings
}

/// What is wrong with a public key.
pub(super) fn public(point: &[u8]) -> Option<Finding> {
    let key = <&[u8; 32]>::try_from(point).ok().and_then(|bytes| VerifyingKey::from_bytes(bytes).ok());
    match key {
        None => Some(Finding::new(&rules::EC_POINT, POINT, "it does not lie on edwards25519")),
        Some(key) if key.is_weak() => Some(Finding::new(&rules::ED25519_WEAK_POINT, POINT, "its order is at most 8")),
        Some(_) => None,
    }
}
