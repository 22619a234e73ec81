//! What `get-parameters-for-import` answers, or a public key and an import token in files of their own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::key_ref::{KeyRef, RULE};
use super::{AWS_KMS, TOKEN};
use crate::format::escape::{SHORT, printable};
use crate::format::wrapping_key;
use crate::manifest::digest::sha256_hex;
use crate::provider::json_answer::{self, broken, broken_value, required, text};
use crate::provider::{Challenge, ChallengeError, Handout, ImportFile};

/// `ImportTokenType` of the service's API model: 1 to 6144 bytes.
const TOKEN_BYTES: std::ops::RangeInclusive<usize> = 1..=6144;

pub(super) fn read_challenge(handout: &Handout) -> Result<Challenge, ChallengeError> {
    let bytes = &handout.wrapping_key.bytes;
    let key = wrapping_key::read(bytes);
    if let Some(message) = cli_error(bytes) {
        return Err(ChallengeError::ErrorAnswer(message));
    }
    let typed_token = handout.import_token.as_ref().map(read_token).transpose()?;
    let Some(answer) = json_answer::read(bytes)? else {
        let mut challenge = Challenge::from_key(key?, &AWS_KMS)?;
        challenge.attachments = vec![(TOKEN.to_owned(), typed_token.ok_or(NO_TOKEN)?)];
        return Ok(challenge);
    };
    let Some(members) = answer.as_object() else {
        return Err(ChallengeError::OtherAnswer("it is a list"));
    };
    // An answer without a key is named before the missing key is.
    check_kind(members)?;
    let mut challenge = Challenge::from_key(key?, &AWS_KMS)?;
    // The file holds one key, so it is this one.
    required(members, "PublicKey")?;
    challenge.resource = Some(key_id(members)?.to_owned());
    challenge.expires_at = Some(valid_to(members)?);
    challenge.attachments = vec![(TOKEN.to_owned(), same_token(answer_token(members)?, typed_token)?)];
    Ok(challenge)
}

const NO_TOKEN: ChallengeError = ChallengeError::Missing { what: "the import token", option: "--import-token" };

/// The AWS CLI's own words, saved in place of an answer.
fn cli_error(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    (text.starts_with("An error occurred (") || text.starts_with("aws: ")).then(|| printable(text, SHORT))
}

/// What an answer must not be.
fn check_kind(members: &Map<String, Value>) -> Result<(), ChallengeError> {
    let member = |name: &str| members.get(name).and_then(Value::as_str);
    if let Some(kind) = member("__type") {
        let message = member("message").or_else(|| member("Message")).unwrap_or_default();
        return Err(ChallengeError::ErrorAnswer(printable(&format!("{kind}: {message}"), SHORT)));
    }
    if members.contains_key("KeyMetadata") {
        return Err(ChallengeError::OtherAnswer("it describes a key (describe-key or create-key)"));
    }
    if members.contains_key("KeyUsage") {
        return Err(ChallengeError::OtherAnswer("it is from get-public-key; such a key is not for imports"));
    }
    Ok(())
}

fn key_id(members: &Map<String, Value>) -> Result<&str, ChallengeError> {
    let id = required(members, "KeyId")?;
    KeyRef::parse(id).map(|key| key.text).ok_or_else(|| broken_value("KeyId", id, RULE))
}

/// RFC 3339 from the CLI, seconds since 1970 from the API itself and from version 1 of the CLI.
fn valid_to(members: &Map<String, Value>) -> Result<Timestamp, ChallengeError> {
    const MEMBER: &str = "ParametersValidTo";
    const RULE: &str = "a time with its offset, or seconds since 1970, is expected";
    match members.get(MEMBER) {
        None | Some(Value::Null) => Err(broken(MEMBER, "is missing")),
        Some(Value::String(text)) => text.parse().map_err(|_| broken_value(MEMBER, text, RULE)),
        Some(Value::Number(number)) => {
            let seconds = number.as_f64().and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok());
            let time = seconds.and_then(|seconds| Timestamp::from_duration(seconds).ok());
            time.ok_or_else(|| broken_value(MEMBER, &number.to_string(), RULE))
        }
        Some(_) => Err(broken(MEMBER, RULE)),
    }
}

fn answer_token(members: &Map<String, Value>) -> Result<Option<Vec<u8>>, ChallengeError> {
    const MEMBER: &str = "ImportToken";
    let Some(base64) = text(members, MEMBER)? else { return Ok(None) };
    let token = STANDARD.decode(base64).map_err(|_| broken(MEMBER, "is not base64"))?;
    check_length(MEMBER, &token)?;
    Ok(Some(token))
}

/// The file as the API's base64 or decoded. A token is opaque, and never text.
fn read_token(file: &ImportFile) -> Result<Vec<u8>, ChallengeError> {
    const OPTION: &str = "--import-token";
    let is_text = |text: &str| text.chars().all(|c| !c.is_control() || c.is_ascii_whitespace());
    let token = match std::str::from_utf8(&file.bytes).map(str::trim) {
        Ok(text) if text.starts_with('{') => {
            return Err(broken(OPTION, "is JSON; the whole answer goes to --wrapping-key"));
        }
        Ok(text) if is_text(text) => {
            let compact: String = text.split_ascii_whitespace().collect();
            STANDARD.decode(compact).map_err(|_| broken(OPTION, "is text, and not base64"))?
        }
        _ => file.bytes.clone(),
    };
    check_length(OPTION, &token)?;
    Ok(token)
}

fn check_length(member: &'static str, token: &[u8]) -> Result<(), ChallengeError> {
    if TOKEN_BYTES.contains(&token.len()) {
        return Ok(());
    }
    let (least, most) = (TOKEN_BYTES.start(), TOKEN_BYTES.end());
    Err(ChallengeError::Member { member, rule: format!("has {} bytes; AWS says {least} to {most}", token.len()) })
}

/// The answer's own token; one that was typed must be the same.
fn same_token(answer: Option<Vec<u8>>, typed: Option<Vec<u8>>) -> Result<Vec<u8>, ChallengeError> {
    match (answer, typed) {
        (Some(answer), Some(typed)) if answer != typed => Err(ChallengeError::Contradiction {
            option: "--import-token",
            typed: format!("one with sha256 {}", sha256_hex(&typed)),
            answer: format!("the token with sha256 {}", sha256_hex(&answer)),
        }),
        (Some(token), _) | (None, Some(token)) => Ok(token),
        (None, None) => Err(NO_TOKEN),
    }
}
