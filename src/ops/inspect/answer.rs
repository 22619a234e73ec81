//! Whose answer a JSON file is, by the providers' own readers.

use super::report::AnswerReport;
use crate::format::reader::{Layer, Reading};
use crate::manifest::digest::sha256_hex;
use crate::provider::Challenge;
use crate::provider::agreement::whose;

/// The provider that takes the file as its own answer, if there is one.
pub(super) fn recognise(bytes: &[u8], reading: &Reading) -> Option<AnswerReport> {
    if reading.layers != [Layer::Json] {
        return None;
    }
    whose(bytes).map(|(provider, challenge)| report(provider.id, challenge))
}

fn report(provider: &str, challenge: Challenge) -> AnswerReport {
    AnswerReport {
        provider: provider.to_owned(),
        resource: challenge.resource,
        method: challenge.method.map(|method| method.to_string()),
        expires_at: challenge.expires_at,
        wrapping_key_sha256: sha256_hex(&challenge.spki),
    }
}
