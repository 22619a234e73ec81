//! The JSON answers of providers, before each reads its own members.

use serde_json::{Map, Value};

use super::ChallengeError;
use crate::format::escape::{SHORT, printable};
use crate::format::json::{Limits, parse_strict};
use crate::format::wrapping_key::WrappingKeyError;

/// The value, when the file is meant to be a JSON object or array. What stands before it is taken off as
/// [`crate::format::wrapping_key`] does it: an answer in which that finds a key must never pass for a bare key here.
pub(super) fn read(bytes: &[u8]) -> Result<Option<Value>, ChallengeError> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(None) };
    let text = text.trim_start_matches('\u{feff}').trim();
    if !text.starts_with(['{', '[']) {
        return Ok(None);
    }
    Ok(Some(parse_strict(text.as_bytes(), Limits::DOCUMENT).map_err(WrappingKeyError::Json)?))
}

/// A member that must be text; one that is `null` is not there.
pub(super) fn text<'a>(
    members: &'a Map<String, Value>,
    member: &'static str,
) -> Result<Option<&'a str>, ChallengeError> {
    match members.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(broken(member, "is not text")),
    }
}

/// A member that must be there, and text.
pub(super) fn required<'a>(members: &'a Map<String, Value>, member: &'static str) -> Result<&'a str, ChallengeError> {
    text(members, member)?.ok_or_else(|| broken(member, "is missing"))
}

/// A member that breaks `rule`.
pub(super) fn broken(member: &'static str, rule: &str) -> ChallengeError {
    ChallengeError::Member { member, rule: rule.to_owned() }
}

/// A member whose value, of the file, breaks `rule`.
pub(super) fn broken_value(member: &'static str, value: &str, rule: &str) -> ChallengeError {
    ChallengeError::Member { member, rule: format!("is {}; {rule}", printable(value, SHORT)) }
}
