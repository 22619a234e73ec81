//! What `gcloud kms keys versions describe --format json` answers, and `get-public-key` beside it for a pair.
//!
//! <https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys.cryptoKeyVersions>

use serde_json::{Map, Value};

use super::names::{CRYPTO_KEYS, Name};
use crate::format::spki::PublicKey;
use crate::provider::confirmation::{Confirmation, ConfirmationRequest, Mark, not_ready, object, pem, the_one, time};
use crate::provider::json_answer::{broken, broken_value, required, text};
use crate::provider::{ChallengeError, ImportFile};

const VERSION: &str =
    "projects/PROJECT/locations/LOCATION/keyRings/KEY-RING/cryptoKeys/KEY/cryptoKeyVersions/N is expected";
const NO_VERSION: &str =
    "none of the files has a state, so none is from `gcloud kms keys versions describe --format json`";

pub(super) fn read(request: &ConfirmationRequest<'_>) -> Result<Confirmation, ChallengeError> {
    let (pems, others): (Vec<&ImportFile>, Vec<_>) = request.files.iter().partition(|file| is_pem(file));
    let answers = others.into_iter().map(object).collect::<Result<Vec<_>, _>>()?;
    let versions = answers.iter().filter(|answer| answer.contains_key("state")).collect();
    let version: &Map<String, Value> = the_one(versions, NO_VERSION, "two files describe key versions")?;
    let name = required(version, "name")?;
    let (key, number) = parse(name).ok_or_else(|| broken_value("name", name, VERSION))?;
    match required(version, "state")? {
        "ENABLED" => {}
        other => return Err(not_ready("state", other)),
    }
    let job = text(version, "importJob")?;
    let job = job.ok_or_else(|| broken("importJob", "is missing: the key was made there"))?;
    let resource = key.ring.key(key.id);
    Ok(Confirmation {
        account: Some(key.ring.project.to_owned()),
        is_target: request.target.map(|target| target == resource || target == key.id),
        resource,
        key_version: Some(number.to_owned()),
        state: "ENABLED".to_owned(),
        algorithm: required(version, "algorithm")?.to_ascii_lowercase().replace('_', "-"),
        public: public_key(&pems, &answers, name)?,
        made_at: time("importTime", version.get("importTime"))?,
        mark: Some(Mark::WrappingKey(job.to_owned())),
    })
}

fn is_pem(file: &ImportFile) -> bool {
    file.bytes.trim_ascii_start().starts_with(b"-----BEGIN ")
}

fn parse(name: &str) -> Option<(Name<'_>, &str)> {
    let (key, version) = name.split_once("/cryptoKeyVersions/")?;
    let good = !version.is_empty() && version.len() <= 9 && version.bytes().all(|byte| byte.is_ascii_digit());
    Name::parse(key, CRYPTO_KEYS).filter(|_| good).map(|key| (key, version))
}

/// The PEM as `get-public-key --output-file` writes it, or the API's answer with it.
fn public_key(
    pems: &[&ImportFile],
    answers: &[Map<String, Value>],
    version: &str,
) -> Result<Option<PublicKey>, ChallengeError> {
    let answer = answers.iter().find(|answer| answer.contains_key("pem"));
    match (pems, answer) {
        ([], None) => Ok(None),
        ([file], None) => {
            let text = std::str::from_utf8(&file.bytes).map_err(|_| broken("the PEM file", "is not text"))?;
            pem("the PEM file", text).map(Some)
        }
        ([], Some(answer)) => {
            if let Some(other) = text(answer, "name")?.filter(|name| *name != version) {
                return Err(broken_value("name", other, "the other file is about another key version"));
            }
            pem("pem", required(answer, "pem")?).map(Some)
        }
        _ => Err(ChallengeError::OtherAnswer("several files have a public key")),
    }
}
