//! Any RSA public key, any method: for receivers that have no provider of their own here.
//!
//! There is no CLI to name, so the bundle has the wrapped key and no `import.sh`.

use super::destination::refused;
use super::{
    Accept, Challenge, ChallengeError, Destination, DestinationError, DestinationRequest, Handout, Holding, Package,
    PackageError, PackageRequest, Provider, Revocation, RevocationError, WayBack, WayBackRequest, WrappingSizes,
};
use crate::format::wrapping_key;
use crate::key::method::ALL as METHODS;
use crate::key::spec::{AesBits, Curve, HashAlg, KeySpec, Purpose, RsaBits};
use crate::key::stage::Stage;

const TARGET_RULE: &str = "1 to 512 characters without control characters, and no dash first";

pub(super) static GENERIC: Provider = Provider {
    id: "generic",
    aliases: &[],
    name: "Any receiver with an RSA key",
    documentation: "https://www.rfc-editor.org/rfc/rfc8017#section-7.1 and https://www.rfc-editor.org/rfc/rfc5649",
    checked_on: "2026-11-22",
    wrapping_sizes: WrappingSizes::AtLeast(2048),
    options: &[],
    scopes: &[],
    method_unnamed: None,
    answer_names_method: false,
    notes: &[],
    accepts: ACCEPTS,
    spellings: &[],
    read_challenge,
    destination,
    read_confirmation: None,
    evidence: &[],
    answers_for_one_key: false,
    rotations: None,
    counts_up: false,
    way_back,
    package,
    revoke,
};

/// Every type; the algorithm is byok's own name of the type.
const ACCEPTS: &[Accept] = &[
    row(KeySpec::Aes(AesBits::B128), AES, &["aes-128"]),
    row(KeySpec::Aes(AesBits::B192), AES, &["aes-192"]),
    row(KeySpec::Aes(AesBits::B256), AES, &["aes-256"]),
    row(KeySpec::Hmac(HashAlg::Sha1), &[Purpose::Mac], &["hmac-sha1"]),
    row(KeySpec::Hmac(HashAlg::Sha224), &[Purpose::Mac], &["hmac-sha224"]),
    row(KeySpec::Hmac(HashAlg::Sha256), &[Purpose::Mac], &["hmac-sha256"]),
    row(KeySpec::Hmac(HashAlg::Sha384), &[Purpose::Mac], &["hmac-sha384"]),
    row(KeySpec::Hmac(HashAlg::Sha512), &[Purpose::Mac], &["hmac-sha512"]),
    row(KeySpec::Ec(Curve::P256), &[Purpose::Sign], &["ec-p256"]),
    row(KeySpec::Ec(Curve::P384), &[Purpose::Sign], &["ec-p384"]),
    row(KeySpec::Ec(Curve::P521), &[Purpose::Sign], &["ec-p521"]),
    row(KeySpec::Ec(Curve::Secp256k1), &[Purpose::Sign], &["ec-secp256k1"]),
    row(KeySpec::Ed25519, &[Purpose::Sign], &["ed25519"]),
    row(KeySpec::Rsa(RsaBits::B2048), RSA, &["rsa-2048"]),
    row(KeySpec::Rsa(RsaBits::B3072), RSA, &["rsa-3072"]),
    row(KeySpec::Rsa(RsaBits::B4096), RSA, &["rsa-4096"]),
];

const AES: &[Purpose] = &[Purpose::Encrypt, Purpose::Mac, Purpose::Wrap];
const RSA: &[Purpose] = &[Purpose::Sign, Purpose::Encrypt, Purpose::Wrap];

const fn row(spec: KeySpec, purposes: &'static [Purpose], algorithms: &'static [&'static str]) -> Accept {
    Accept { spec, purposes, algorithms, methods: &METHODS }
}

/// `--target` is only recorded.
fn destination(request: &DestinationRequest<'_>) -> Result<Destination, DestinationError> {
    match &request.options.target {
        Some(target) if !is_recordable(target) => Err(refused("--target", target, TARGET_RULE)),
        target => Ok(Destination::new(target.clone())),
    }
}

fn is_recordable(text: &str) -> bool {
    (1..=512).contains(&text.chars().count()) && !text.starts_with('-') && !text.chars().any(char::is_control)
}

fn read_challenge(handout: &Handout) -> Result<Challenge, ChallengeError> {
    Challenge::from_key(wrapping_key::read(&handout.wrapping_key.bytes)?, &GENERIC)
}

fn package(request: &PackageRequest<'_>) -> Result<Package, PackageError> {
    if request.wrapped.is_empty() {
        return Err(PackageError::Empty);
    }
    Ok(Package { files: vec![("wrapped-key.bin".to_owned(), request.wrapped.to_vec())] })
}

/// Nobody but the receiver knows.
#[expect(clippy::unnecessary_wraps, reason = "one type for all providers")]
fn way_back(_: &WayBackRequest<'_>) -> Result<WayBack, PackageError> {
    Ok(WayBack::none(&["byok knows no command of this receiver: ask whoever runs it to use the old version again"]))
}

/// byok knows the receiver by its public key and nothing else.
#[expect(clippy::unnecessary_wraps, reason = "the signature of every provider")]
fn revoke(_: Stage, _: &Holding<'_>) -> Result<Revocation, RevocationError> {
    Ok(Revocation::in_words(
        "nothing, until the receiver does something: byok knows no commands for it",
        "all of it, at the receiver",
        "ask the receiver",
    ))
}
