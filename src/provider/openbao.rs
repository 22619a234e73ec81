//! OpenBao and HashiCorp Vault, the transit engine.
//!
//! Blob: standard base64 of `RSA-OAEP(ephemeral AES-256) || AES-KWP(key)`, MGF1 with the OAEP hash, empty label.
//! Checked against OpenBao 2.7.2 and its `builtin/logical/transit/path_import.go`.

mod bounds;
mod confirmation;
mod import;
mod revoke;
mod way_back;

use serde_json::Value;

use super::destination::refused;
use super::json_answer;
use super::{
    Accept, Challenge, ChallengeError, Destination, DestinationError, DestinationRequest, Handout, Note, Opt, Provider,
    WrappingSizes,
};
use crate::format::escape::{SHORT, printable};
use crate::format::wrapping_key;
use crate::key::method::WrapMethod;
use crate::key::spec::{AesBits, Curve, HashAlg, KeySpec, Purpose, RsaBits};

const ID: &str = "openbao";

pub(super) static OPENBAO: Provider = Provider {
    id: ID,
    aliases: &["vault"],
    name: "OpenBao or HashiCorp Vault, transit engine",
    documentation: "https://openbao.org/api-docs/secret/transit/#import-key",
    checked_on: "2026-11-22",
    wrapping_sizes: WrappingSizes::OneOf(&[4096]),
    options: &[Opt::Mount],
    scopes: &[],
    method_unnamed: None,
    answer_names_method: false,
    notes: NOTES,
    accepts: ACCEPTS,
    spellings: SPELLINGS,
    read_challenge,
    destination,
    read_confirmation: Some(confirmation::read),
    evidence: &["bao read -format=json transit/keys/KEY"],
    answers_for_one_key: false,
    rotations: None,
    counts_up: true,
    way_back: way_back::way_back,
    package: import::package,
    revoke: revoke::revoke,
};

/// `hash_function` and the method that it stands for.
const SPELLINGS: &[(&str, WrapMethod)] = &[
    ("SHA1", WrapMethod::RsaAesKwp(HashAlg::Sha1)),
    ("SHA224", WrapMethod::RsaAesKwp(HashAlg::Sha224)),
    ("SHA256", WrapMethod::RsaAesKwp(HashAlg::Sha256)),
    ("SHA384", WrapMethod::RsaAesKwp(HashAlg::Sha384)),
    ("SHA512", WrapMethod::RsaAesKwp(HashAlg::Sha512)),
];

const METHODS: &[WrapMethod] = &[
    WrapMethod::RsaAesKwp(HashAlg::Sha1),
    WrapMethod::RsaAesKwp(HashAlg::Sha224),
    WrapMethod::RsaAesKwp(HashAlg::Sha256),
    WrapMethod::RsaAesKwp(HashAlg::Sha384),
    WrapMethod::RsaAesKwp(HashAlg::Sha512),
];

const IMPORT_SOURCE: &str = "builtin/logical/transit/path_import.go of OpenBao; tried on 2.7.2";

const NOTES: &[Note] = &[
    Note::limit("No AES-192 and no secp256k1; HMAC keys have 32 bytes or more.", IMPORT_SOURCE),
    Note::quirk("One wrapping key for each mount, without an end; the answer does not name the mount.", IMPORT_SOURCE),
    Note::quirk(
        "Zero bytes after a PKCS#8 key are accepted: that an import succeeds does not prove the encoding.",
        IMPORT_SOURCE,
    ),
    Note::quirk(
        "An imported key is rotated by another import, unless allow_rotation was set at the first.",
        IMPORT_SOURCE,
    ),
];

/// Transit has neither AES-192 nor secp256k1, and takes HMAC keys from 32 bytes on.
const ACCEPTS: &[Accept] = &[
    row(KeySpec::Aes(AesBits::B128), &[Purpose::Encrypt], &["aes128-gcm96"]),
    row(KeySpec::Aes(AesBits::B256), &[Purpose::Encrypt], &["aes256-gcm96", "chacha20-poly1305", "xchacha20-poly1305"]),
    row(KeySpec::Hmac(HashAlg::Sha256), &[Purpose::Mac], &["hmac"]),
    row(KeySpec::Hmac(HashAlg::Sha384), &[Purpose::Mac], &["hmac"]),
    row(KeySpec::Hmac(HashAlg::Sha512), &[Purpose::Mac], &["hmac"]),
    row(KeySpec::Ec(Curve::P256), &[Purpose::Sign], &["ecdsa-p256"]),
    row(KeySpec::Ec(Curve::P384), &[Purpose::Sign], &["ecdsa-p384"]),
    row(KeySpec::Ec(Curve::P521), &[Purpose::Sign], &["ecdsa-p521"]),
    row(KeySpec::Ed25519, &[Purpose::Sign], &["ed25519"]),
    row(KeySpec::Rsa(RsaBits::B2048), RSA_PURPOSES, &["rsa-2048"]),
    row(KeySpec::Rsa(RsaBits::B3072), RSA_PURPOSES, &["rsa-3072"]),
    row(KeySpec::Rsa(RsaBits::B4096), RSA_PURPOSES, &["rsa-4096"]),
];

/// A transit RSA key does both, whatever it was meant for.
const RSA_PURPOSES: &[Purpose] = &[Purpose::Sign, Purpose::Encrypt];

const fn row(spec: KeySpec, purposes: &'static [Purpose], algorithms: &'static [&'static str]) -> Accept {
    Accept { spec, purposes, algorithms, methods: METHODS }
}

/// `framework.GenericNameRegex` of the server: `\w(([\w-.]+)?\w)?`.
const TARGET_RULE: &str = "a transit key name has letters, digits, _ - and . inside, at most 128 characters";
const MOUNT_RULE: &str = "a mount path has parts of letters, digits, _ - and . joined by /, at most 256 characters";

fn destination(request: &DestinationRequest<'_>) -> Result<Destination, DestinationError> {
    let (name, options) = (request.name, request.options);
    let target = match &options.target {
        Some(target) if is_transit_name(target) => target,
        Some(target) => return Err(refused("--target", target, TARGET_RULE)),
        None if is_transit_name(name.as_str()) => name.as_str(),
        None => {
            let proposal = name.as_str().replace('/', "-").trim_end_matches(['-', '.']).to_owned();
            let name = name.to_string();
            return Err(DestinationError::TargetMissing { name, rule: TARGET_RULE, proposal });
        }
    };
    let mount = options.mount.as_deref().unwrap_or("transit");
    // The server shows mounts with a slash at the end.
    let path = mount.strip_suffix('/').unwrap_or(mount);
    if !is_mount(path) {
        return Err(refused("--mount", mount, MOUNT_RULE));
    }
    Ok(Destination::new(Some(target.to_owned())).with_mount(path.to_owned()))
}

fn is_transit_name(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= 128
        && text.starts_with(word)
        && text.ends_with(word)
        && text.chars().all(|c| word(c) || matches!(c, '-' | '.'))
}

fn is_mount(path: &str) -> bool {
    path.len() <= 256 && path.split('/').all(is_mount_part)
}

fn is_mount_part(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(word) && text.chars().all(|c| word(c) || matches!(c, '-' | '.'))
}

fn read_challenge(handout: &Handout) -> Result<Challenge, ChallengeError> {
    let bytes = &handout.wrapping_key.bytes;
    let key = wrapping_key::read(bytes);
    // An answer without a key is named before the missing key is.
    if let Some(answer) = json_answer::read(bytes)? {
        check_answer(&answer)?;
    }
    Challenge::from_key(key?, &OPENBAO)
}

/// What an API answer must be and must not be. An answer of the transit engine does not say on which mount it was given.
fn check_answer(answer: &Value) -> Result<(), ChallengeError> {
    check_engine(answer)?;
    // A key in any other place is another provider's: its private half is not where the bundle goes.
    if answer.get("data").and_then(|data| data.get("public_key")).is_some_and(Value::is_string) {
        return Ok(());
    }
    Err(ChallengeError::OtherAnswer("it has no data.public_key, so it is not from wrapping_key"))
}

/// The answer is none of another engine, and no error.
fn check_engine(answer: &Value) -> Result<(), ChallengeError> {
    if let Some(errors) = answer.get("errors").and_then(Value::as_array) {
        let text: Vec<&str> = errors.iter().filter_map(Value::as_str).collect();
        return Err(ChallengeError::ErrorAnswer(printable(&text.join("; "), SHORT)));
    }
    if answer.get("wrap_info").is_some_and(Value::is_object) {
        return Err(ChallengeError::OtherAnswer("a response-wrapped one (unwrap it first)"));
    }
    if let Some(engine) = answer.get("mount_type").and_then(Value::as_str).filter(|engine| *engine != "transit") {
        let rule = format!("is {}; byok imports into the transit engine", printable(engine, SHORT));
        return Err(ChallengeError::Member { member: "mount_type", rule });
    }
    Ok(())
}
