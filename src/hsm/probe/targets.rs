//! One throw-away key of every kind, and what is known of it.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::ProbeError;
use super::bench::{Asked, Bench, ask};
use super::content::{Answer, MESSAGE, Truth};
use super::entry::Entry;
use crate::hsm::request::{Handle, PairHandles, SecretKind, SignMechanism};
use crate::key::spec::{Curve, HashAlg, KeySpec, RsaBits};
use crate::key::template::Usage;
use crate::wrap::capability::{Finding, Target};

/// A throw-away key in the token.
pub(super) struct TargetKey {
    pub(super) handle: Handle,
    pub(super) truth: Truth,
}

/// Every kind of key, or why the token has none.
pub(super) type Targets = BTreeMap<Target, Result<TargetKey, Finding>>;

/// Makes one key of every kind.
pub(super) fn make(bench: &Bench<'_>, entry: &Entry) -> Result<Targets, ProbeError> {
    let mut targets = Targets::new();
    for target in Target::ALL {
        let made = match (target.secret_bytes(), pair_spec(target)) {
            (Some(length), _) => secret(bench, entry, target, length)?,
            (None, Some(spec)) => pair(bench, target, spec)?,
            (None, None) => continue,
        };
        targets.insert(target, made);
    }
    Ok(targets)
}

/// The PKCS#11 type, and the one usage by which the probe also asks for other known answers.
fn secret_kind(target: Target, length: usize) -> (SecretKind, Usage) {
    match target {
        Target::Secret16 => (SecretKind::Aes(length), Usage::Sign),
        Target::Secret32 => (SecretKind::Aes(length), Usage::Encrypt),
        _ => (SecretKind::Generic(length), Usage::Sign),
    }
}

fn pair_spec(target: Target) -> Option<KeySpec> {
    match target {
        Target::EcP256 => Some(KeySpec::Ec(Curve::P256)),
        Target::EcP521 => Some(KeySpec::Ec(Curve::P521)),
        Target::Rsa2048 => Some(KeySpec::Rsa(RsaBits::B2048)),
        Target::Ed25519 => Some(KeySpec::Ed25519),
        _ => None,
    }
}

/// A known value where the token lets one in, else a key of the token with an answer to recognise it by.
fn secret(
    bench: &Bench<'_>,
    entry: &Entry,
    target: Target,
    length: usize,
) -> Result<Result<TargetKey, Finding>, ProbeError> {
    let (kind, usage) = secret_kind(target, length);
    let mut value = Zeroizing::new(vec![0; length]);
    getrandom::fill(&mut value).map_err(|_| ProbeError::Random)?;
    if let Some(Ok(handle)) = entry.put(bench, &value, kind, &[usage], true)? {
        return Ok(Ok(TargetKey { handle, truth: Truth::Value(value) }));
    }
    Ok(match bench.make_secret(kind, &[usage], true)? {
        Ok(handle) => {
            answer(bench, target, handle)?.map(|answer| TargetKey { handle, truth: Truth::Answer { length, answer } })
        }
        Err(finding) => Err(finding),
    })
}

fn answer(bench: &Bench<'_>, target: Target, key: Handle) -> Asked<Answer> {
    let token = bench.token;
    Ok(match target {
        Target::Secret32 => ask(token.encrypt_zero_block(key))?.map(Answer::ZeroBlock),
        Target::Secret16 => ask(token.sign(SignMechanism::AesCmac, key, MESSAGE))?.map(Answer::Cmac),
        _ => ask(token.sign(SignMechanism::Hmac(HashAlg::Sha256), key, MESSAGE))?.map(Answer::Hmac),
    })
}

/// A pair of the token's own.
pub(super) fn pair(bench: &Bench<'_>, target: Target, spec: KeySpec) -> Asked<TargetKey> {
    let PairHandles { private, public } = match bench.make_pair(spec, (&[Usage::Sign], &[Usage::Verify]), true)? {
        Ok(pair) => pair,
        Err(finding) => return Ok(Err(finding)),
    };
    let spki = ask(bench.token.public_key(public))?;
    Ok(spki.map(|spki| TargetKey { handle: private, truth: Truth::Public { target, spki } }))
}
