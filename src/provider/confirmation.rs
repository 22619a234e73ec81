//! What a provider answers about a key that was imported: whether it is there, and what can be compared of it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::json_answer::{self, broken};
use super::{ChallengeError, ImportFile};
use crate::format::escape::{SHORT, printable};
use crate::format::spki::PublicKey;
use crate::key::spec::Curve;

/// The provider's answers, and which key they are to be about.
#[derive(Clone, Copy, Debug)]
pub struct ConfirmationRequest<'a> {
    /// `--evidence`, as often as it was given.
    pub files: &'a [ImportFile],
    /// The key on the provider's side for which the key was wrapped last.
    pub target: Option<&'a str>,
}

/// What the provider says of a key that it has, usable and from outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirmation {
    /// The account, project, vault or HSM, where the answer names one.
    pub account: Option<String>,
    /// The key, as the provider names it.
    pub resource: String,
    /// Its version there, where there are versions.
    pub key_version: Option<String>,
    /// Its state, in the provider's own word.
    pub state: String,
    /// The provider's algorithm or key spec, as byok's table has it.
    pub algorithm: String,
    /// The public half, where the answers show one.
    pub public: Option<PublicKey>,
    /// Whether the key is the one for which it was wrapped; nothing where that was not named.
    pub is_target: Option<bool>,
    /// Since when the provider has this version, where the answer says it.
    pub made_at: Option<Timestamp>,
    /// How it came there, where the answer says it.
    pub mark: Option<Mark>,
}

/// What a provider keeps of the bundle beside what came in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Mark {
    /// The SHA-256 of a file of the bundle.
    File(String),
    /// The name of the wrapping key.
    WrappingKey(String),
    /// That nothing came before it: import.sh of a first version says no more.
    First,
}

/// A time in RFC 3339, or in seconds since 1970.
pub(super) fn time(member: &'static str, value: Option<&Value>) -> Result<Option<Timestamp>, ChallengeError> {
    let parsed = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.parse().ok(),
        Some(other) => other.as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok()),
    };
    parsed.map(Some).ok_or_else(|| broken(member, "is no time"))
}

/// One JSON object out of a file.
pub(super) fn object(file: &ImportFile) -> Result<Map<String, Value>, ChallengeError> {
    match json_answer::read(&file.bytes)? {
        Some(Value::Object(members)) => Ok(members),
        Some(_) => Err(ChallengeError::OtherAnswer("it is a list; ask about the one key")),
        None => Err(ChallengeError::OtherAnswer("it is no JSON object")),
    }
}

/// The one of several files that `is_it`, which must be there once.
pub(super) fn the_one<T>(found: Vec<T>, none: &'static str, several: &'static str) -> Result<T, ChallengeError> {
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(ChallengeError::OtherAnswer(none)),
        (Some(_), Some(_)) => Err(ChallengeError::OtherAnswer(several)),
    }
}

/// The key is there, and not in use: in the provider's own words.
pub(super) fn not_ready(member: &str, state: &str) -> ChallengeError {
    ChallengeError::NotReady(format!("{member} is {}", printable(state, SHORT)))
}

/// The public half in the PEM text of a member.
pub(super) fn pem(member: &'static str, text: &str) -> Result<PublicKey, ChallengeError> {
    PublicKey::from_pem(text).map_err(|_| broken(member, "is no PEM public key"))
}

/// Base64, padded or not, of either alphabet: clients write the same number in both.
pub(super) fn base64(member: &'static str, text: &str) -> Result<Vec<u8>, ChallengeError> {
    let plain = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    URL_SAFE_NO_PAD.decode(plain).map_err(|_| broken(member, "is not base64"))
}

/// Standard base64 of DER.
pub(super) fn der(member: &'static str, text: &str) -> Result<PublicKey, ChallengeError> {
    let der = STANDARD.decode(text).map_err(|_| broken(member, "is not base64"))?;
    PublicKey::from_der(&der).map_err(|_| broken(member, "is no public key"))
}

/// A point from its two coordinates.
pub(super) fn point(curve: Curve, x: &[u8], y: &[u8]) -> Result<PublicKey, ChallengeError> {
    let bytes = curve.field_bytes();
    if x.len() != bytes || y.len() != bytes {
        return Err(broken("key.x", "and key.y are not as long as coordinates of the curve"));
    }
    PublicKey::ec(curve, &[x, y].concat()).map_err(|_| broken("key.x", "and key.y are no point"))
}
