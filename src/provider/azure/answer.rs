//! The KEK in JSON: what `az keyvault key show` or `create` prints, what the API answers, or a JWK with a kid.
//!
//! `az` writes the list of operations as `keyOps` and times as text; the API writes `key_ops` and seconds. Both are
//! taken, and where a file has both spellings each must keep the rule.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::super::ChallengeError;
use super::super::json_answer::{self, broken};
use crate::format::escape::{SHORT, printable};

/// Where the members of the key stand, for messages.
#[derive(Clone, Copy, Debug)]
struct Paths {
    kid: &'static str,
    kty: &'static str,
    key_ops: &'static str,
}

const UNDER_KEY: Paths = Paths { kid: "key.kid", kty: "key.kty", key_ops: "key.key_ops" };
const ALONE: Paths = Paths { kid: "kid", kty: "kty", key_ops: "key_ops" };

/// Spellings of the two times, and their paths for messages.
const EXPIRES: [(&str, &str); 2] = [("expires", "attributes.expires"), ("exp", "attributes.exp")];
const NOT_BEFORE: [(&str, &str); 2] = [("notBefore", "attributes.notBefore"), ("nbf", "attributes.nbf")];

/// A JSON file that holds one key.
#[derive(Debug)]
pub(super) struct Answer {
    key: Map<String, Value>,
    paths: Paths,
    attributes: Map<String, Value>,
}

impl Answer {
    /// The answer, or `None` when the file is no JSON.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<Self>, ChallengeError> {
        match json_answer::read(bytes)? {
            None => Ok(None),
            Some(Value::Object(members)) => Self::of(members).map(Some),
            Some(_) => Err(ChallengeError::OtherAnswer(A_LIST)),
        }
    }

    fn of(mut members: Map<String, Value>) -> Result<Self, ChallengeError> {
        if let Some(error) = members.get("error") {
            return Err(ChallengeError::ErrorAnswer(message(error)));
        }
        if members.get("value").is_some_and(Value::is_array) {
            return Err(ChallengeError::OtherAnswer(A_LIST));
        }
        if ["recoveryId", "deletedDate"].iter().any(|name| members.get(*name).is_some_and(|value| !value.is_null())) {
            return Err(ChallengeError::NotReady("the KEK is deleted; it takes no import".to_owned()));
        }
        let attributes = match members.remove("attributes") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(attributes)) => attributes,
            Some(_) => return Err(broken("attributes", "is no object")),
        };
        match members.remove("key") {
            Some(Value::Object(key)) => Ok(Self { key, paths: UNDER_KEY, attributes }),
            _ if members.contains_key("kty") => Ok(Self { key: members, paths: ALONE, attributes }),
            _ => Err(ChallengeError::OtherAnswer(NO_KEY)),
        }
    }

    /// A KEK is a key in an HSM that takes imports and nothing else.
    pub(super) fn check_key(&self) -> Result<(), ChallengeError> {
        if self.key.get("kty").and_then(Value::as_str) != Some("RSA-HSM") {
            return Err(broken(self.paths.kty, "is RSA, a key in software; a KEK is RSA-HSM"));
        }
        let lists: Vec<&Value> = ["key_ops", "keyOps"]
            .iter()
            .filter_map(|name| self.key.get(*name).filter(|list| !list.is_null()))
            .collect();
        if lists.is_empty() {
            return Err(broken(self.paths.key_ops, "is missing; a KEK has the key operation import"));
        }
        match lists.into_iter().find(|list| !is_import_alone(list)) {
            Some(list) => {
                let rule = format!("is {}; a KEK has the key operation import and no other", shown(list));
                Err(ChallengeError::Member { member: self.paths.key_ops, rule })
            }
            None => self.check_enabled(),
        }
    }

    fn check_enabled(&self) -> Result<(), ChallengeError> {
        match self.attributes.get("enabled") {
            None | Some(Value::Null | Value::Bool(true)) => Ok(()),
            Some(Value::Bool(false)) => Err(ChallengeError::NotReady("the KEK is disabled".to_owned())),
            Some(_) => Err(broken("attributes.enabled", "is neither true nor false")),
        }
    }

    /// The kid and where it stands.
    pub(super) fn kid(&self) -> Result<Option<(&'static str, &str)>, ChallengeError> {
        match self.key.get("kid") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(kid)) => Ok(Some((self.paths.kid, kid))),
            Some(_) => Err(broken(self.paths.kid, "is not text")),
        }
    }

    /// When the KEK starts and ends to be good.
    pub(super) fn validity(&self) -> Result<(Option<Timestamp>, Option<Timestamp>), ChallengeError> {
        Ok((self.times(NOT_BEFORE)?.into_iter().max(), self.times(EXPIRES)?.into_iter().min()))
    }

    fn times(&self, spellings: [(&str, &'static str); 2]) -> Result<Vec<Timestamp>, ChallengeError> {
        let present = spellings.into_iter().filter_map(|(name, path)| {
            self.attributes.get(name).filter(|value| !value.is_null()).map(|value| (path, value))
        });
        let read = |(path, value)| time(value).ok_or_else(|| broken(path, "is neither a time nor seconds since 1970"));
        present.map(read).collect()
    }
}

const A_LIST: &str = "a list; `az keyvault key show` prints one key";
const NO_KEY: &str = "it has no `key`, so it is not from `az keyvault key show`";

/// `{"code": .., "message": ..}` of the API, or a text.
fn message(error: &Value) -> String {
    let text = |name: &str| error.get(name).and_then(Value::as_str);
    let parts: Vec<&str> = [error.as_str(), text("code"), text("message")].into_iter().flatten().collect();
    printable(&parts.join(": "), SHORT)
}

fn is_import_alone(list: &Value) -> bool {
    matches!(list.as_array().map(Vec::as_slice), Some([only]) if only == "import")
}

/// The operations as they stand there.
fn shown(list: &Value) -> String {
    let Some(items) = list.as_array() else { return "not a list".to_owned() };
    let names: Vec<&str> = items.iter().map(|item| item.as_str().unwrap_or("?")).collect();
    if names.is_empty() { "empty".to_owned() } else { printable(&names.join(" "), SHORT) }
}

fn time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(seconds) => Timestamp::from_second(seconds.as_i64()?).ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
