//! What `aws kms describe-key` answers, and `get-public-key` beside it for a pair.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html>,
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html>

use serde_json::{Map, Value};

use super::key_ref::{KeyRef, RULE};
use crate::format::spki::PublicKey;
use crate::manifest::digest::is_sha256;
use crate::provider::ChallengeError;
use crate::provider::confirmation::{Confirmation, ConfirmationRequest, Mark, der, not_ready, object, the_one};
use crate::provider::json_answer::{broken, broken_value, required, text};

const NO_METADATA: &str = "none of the files has KeyMetadata, so none is from `aws kms describe-key`";

pub(super) fn read(request: &ConfirmationRequest<'_>) -> Result<Confirmation, ChallengeError> {
    let answers = request.files.iter().map(object).collect::<Result<Vec<_>, _>>()?;
    let metadata = answers.iter().filter_map(|answer| answer.get("KeyMetadata").and_then(Value::as_object)).collect();
    let metadata: &Map<String, Value> = the_one(metadata, NO_METADATA, "two files are from `aws kms describe-key`")?;
    let arn = required(metadata, "Arn")?;
    let key = KeyRef::parse(arn).filter(KeyRef::is_arn).ok_or_else(|| broken_value("Arn", arn, RULE))?;
    match required(metadata, "Origin")? {
        "EXTERNAL" => {}
        other => return Err(broken_value("Origin", other, "an imported key has EXTERNAL")),
    }
    match required(metadata, "KeyState")? {
        "Enabled" => {}
        other => return Err(not_ready("KeyState", other)),
    }
    let algorithm = required(metadata, "KeySpec")?;
    let material = text(metadata, "CurrentKeyMaterialId")?;
    if let Some(other) = material.filter(|id| !is_sha256(id)) {
        return Err(broken_value("CurrentKeyMaterialId", other, "64 hexadecimal digits are expected"));
    }
    Ok(Confirmation {
        account: key.account().map(str::to_owned),
        resource: arn.to_owned(),
        key_version: material.map(str::to_owned),
        state: "Enabled".to_owned(),
        algorithm: algorithm.to_owned(),
        public: public_key(&answers, &key)?,
        made_at: None,
        mark: mark(&answers, &key, material)?,
        is_target: request.target.and_then(KeyRef::parse).map(|target| key.agrees(&target)),
    })
}

/// What `aws kms list-key-rotations --include-key-material ALL_KEY_MATERIAL` answers.
fn is_list(answer: &Map<String, Value>) -> bool {
    answer.contains_key("Rotations")
}

/// What import.sh had AWS keep beside the material that is in use: of a later version the hash of its bundle's file.
fn mark(
    answers: &[Map<String, Value>],
    key: &KeyRef<'_>,
    material: Option<&str>,
) -> Result<Option<Mark>, ChallengeError> {
    let lists: Vec<_> = answers.iter().filter(|answer| is_list(answer)).collect();
    let Some(material) = material.filter(|_| !lists.is_empty()) else { return Ok(None) };
    let list = the_one(lists, "", "two files are from `aws kms list-key-rotations`")?;
    let rows = list.get("Rotations").and_then(Value::as_array).ok_or_else(|| broken("Rotations", "is no list"))?;
    let is_it = |row: &&Value| row.get("KeyMaterialId").and_then(Value::as_str) == Some(material);
    let Some(row) = rows.iter().find(is_it).and_then(Value::as_object) else { return Ok(None) };
    let of = required(row, "KeyId")?;
    if !KeyRef::parse(of).is_some_and(|of| of.agrees(key)) {
        return Err(broken_value("KeyId", of, "the other file is about another key"));
    }
    Ok(match text(row, "KeyMaterialDescription")? {
        None | Some("") => Some(Mark::First),
        Some(said) => said.strip_prefix("byok:").filter(|id| is_sha256(id)).map(|id| Mark::File(id.to_owned())),
    })
}

/// The public half, which must be of the same key.
fn public_key(answers: &[Map<String, Value>], key: &KeyRef<'_>) -> Result<Option<PublicKey>, ChallengeError> {
    let mut others = answers.iter().filter(|answer| !answer.contains_key("KeyMetadata") && !is_list(answer));
    let Some(answer) = others.next() else { return Ok(None) };
    if others.next().is_some() {
        return Err(ChallengeError::OtherAnswer("two files are from `aws kms get-public-key`"));
    }
    let public = required(answer, "PublicKey")?;
    let of = required(answer, "KeyId")?;
    if !KeyRef::parse(of).is_some_and(|of| of.agrees(key)) {
        return Err(broken_value("KeyId", of, "the other file is about another key"));
    }
    // The answer for an import has a public key, too: the wrapping key.
    if answer.contains_key("ImportToken") {
        return Err(broken("ImportToken", "is there: this is the wrapping key, and not the imported one"));
    }
    der("PublicKey", public).map(Some)
}
