//! Google Cloud KMS: each version is enabled, disabled, or destroyed after a waiting time.
//!
//! `gcloud kms keys versions disable`, `enable`, `destroy` and `restore`;
//! <https://cloud.google.com/kms/docs/destroy-restore>, checked on 2026-11-22.

use super::names::{CRYPTO_KEYS, Name};
use super::script::words;
use crate::key::stage::Stage;
use crate::provider::revocation::{Holding, Revocation, RevocationError};
use crate::provider::script::{ScriptError, Word};

/// Where no answer of Google was read, whoever runs the script says which version it is.
const VERSION: &str =
    "# The number is the one that import.sh waited for.\nversion=${1:?the number of the version at Google}";

pub(super) fn revoke(stage: Stage, holding: &Holding<'_>) -> Result<Revocation, RevocationError> {
    let key = holding.target.and_then(|key| Name::parse(key, CRYPTO_KEYS)).ok_or(RevocationError::Unnamed("key"))?;
    let made = match stage {
        Stage::Deactivate if holding.later.any() => Ok(Revocation::in_words(
            "nothing: new data goes under the primary version, and a version that is not primary only decrypts; a key \
             without primary versions is used by the version that its callers name",
            "decryption and verification of what this version protected",
            "nothing is done there: the primary version is set with gcloud kms keys update --primary-version",
        )),
        Stage::Destroy => destroyed(key, holding.key_version),
        _ => disabled(key, holding.key_version),
    };
    Ok(made?)
}

fn disabled(key: Name<'_>, version: Option<&str>) -> Result<Revocation, ScriptError> {
    let made = Revocation::in_words(
        "Google refuses every use of this version, decryption included, within minutes to three hours",
        "other versions of the key",
        "at any time:",
    );
    start(made, version).run(&at("gcloud kms keys versions disable", key, version))?.undo(&at(
        "gcloud kms keys versions enable",
        key,
        version,
    ))
}

fn destroyed(key: Name<'_>, version: Option<&str>) -> Result<Revocation, ScriptError> {
    let made = Revocation::in_words(
        "Google refuses every use of this version at once, and destroys it when the key's waiting time is over (30 days \
         unless the key says otherwise)",
        "other versions of the key",
        "until the waiting time is over; a restored version is disabled and has to be enabled:",
    );
    start(made, version).run(&at("gcloud kms keys versions destroy", key, version))?.undo(&at(
        "gcloud kms keys versions restore",
        key,
        version,
    ))
}

fn start(made: Revocation, version: Option<&str>) -> Revocation {
    if version.is_none() { made.after(VERSION) } else { made }
}

/// gcloud takes the version before or after its options alike.
fn at<'a>(command: &'static str, key: Name<'a>, version: Option<&'a str>) -> Vec<Word<'a>> {
    let version = version.map_or(Word::Own("\"${version:?}\""), Word::Value);
    words(Word::Own(command), key, &[version])
}
