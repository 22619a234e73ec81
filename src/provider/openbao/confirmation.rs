//! What `bao read -format=json transit/keys/NAME` answers, or the API itself.
//!
//! <https://openbao.org/api-docs/secret/transit/#read-key>; tried on OpenBao 2.7.2. An Ed25519 key is there as the base64 of its
//! 32 bytes, the others as PEM.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::{TARGET_RULE, check_engine, is_transit_name};
use crate::format::spki::PublicKey;
use crate::provider::ChallengeError;
use crate::provider::confirmation::{Confirmation, ConfirmationRequest, not_ready, object, pem, the_one, time};
use crate::provider::json_answer::{broken, broken_value, required};

const NOT_A_KEY: &str = "it has no data.latest_version, so it is not from `bao read -format=json transit/keys/NAME`";

/// Versions are counted up from 1, and what is believed stands in manifests and bounds for good: nobody makes that many.
const MOST_VERSIONS: u64 = 1 << 31;

pub(super) fn read(request: &ConfirmationRequest<'_>) -> Result<Confirmation, ChallengeError> {
    let files = request.files.iter().collect();
    let answer = object(the_one(files, "there is no file", "one answer says all")?)?;
    check_engine(&Value::Object(answer.clone()))?;
    let data = answer.get("data").and_then(Value::as_object);
    let data = data.filter(|data| data.contains_key("latest_version")).ok_or(ChallengeError::OtherAnswer(NOT_A_KEY))?;
    let name = required(data, "name")?;
    if !is_transit_name(name) {
        return Err(broken_value("data.name", name, TARGET_RULE));
    }
    if data.get("imported_key") != Some(&Value::Bool(true)) {
        return Err(broken("data.imported_key", "is not true: the key was made there"));
    }
    if data.get("soft_deleted") == Some(&Value::Bool(true)) {
        return Err(not_ready("data.soft_deleted", "true"));
    }
    let version = data.get("latest_version").and_then(Value::as_u64);
    let version = version.filter(|version| (1..=MOST_VERSIONS).contains(version));
    let version = version.ok_or_else(|| broken("data.latest_version", "is no version"))?.to_string();
    // An HMAC key shows no `keys`.
    let keys = data.get("keys").and_then(Value::as_object);
    let key = keys.map(|keys| keys.get(&version).ok_or_else(|| broken("data.keys", "lacks the latest version")));
    let key = key.transpose()?;
    let of_pair = key.and_then(Value::as_object);
    // Of a symmetric key there is a time alone.
    let made_at = of_pair.map_or(key, |key| key.get("creation_time"));
    Ok(Confirmation {
        account: None,
        resource: name.to_owned(),
        key_version: Some(version),
        // Transit has no word for it: a key that is there is in use.
        state: "present".to_owned(),
        algorithm: required(data, "type")?.to_owned(),
        public: of_pair.map(public_key).transpose()?.flatten(),
        is_target: request.target.map(|target| target == name),
        made_at: time("data.keys", made_at)?,
        mark: None,
    })
}

fn public_key(key: &Map<String, Value>) -> Result<Option<PublicKey>, ChallengeError> {
    const MEMBER: &str = "data.keys.public_key";
    match key.get("public_key").and_then(Value::as_str).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) if text.contains("-----BEGIN ") => pem(MEMBER, text).map(Some),
        Some(text) => {
            let point = STANDARD.decode(text).ok().and_then(|point| PublicKey::ed25519(&point).ok());
            point.map(Some).ok_or_else(|| broken(MEMBER, "is neither PEM nor the base64 of an Ed25519 key"))
        }
    }
}
