//! Whose answer a JSON file is, by the providers' own readers.

use super::report::AnswerReport;
use crate::format::reader::{Layer, Reading};
use crate::manifest::digest::sha256_hex;
use crate::provider::{Challenge, Handout, ImportFile, PROVIDERS, Provider};

/// The id of the one that takes any key.
const ANY: &str = "generic";

/// The provider that takes the file as its own answer, if there is one.
pub(super) fn recognise(bytes: &[u8], reading: &Reading) -> Option<AnswerReport> {
    if reading.layers != [Layer::Json] {
        return None;
    }
    let handout = Handout {
        wrapping_key: ImportFile { name: String::new(), bytes: bytes.to_vec() },
        import_token: None,
        kid: None,
        import_job: None,
    };
    let takes = |provider: &&'static Provider| Some((provider.id, (provider.read_challenge)(&handout).ok()?));
    let named = PROVIDERS.iter().filter(|provider| provider.id != ANY);
    named.into_iter().find_map(takes).map(|(provider, challenge)| report(provider, challenge))
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
