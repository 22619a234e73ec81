//! The token profile: the probe's findings about one token behind one module, as a document that is signed and cached.
//!
//! JSON with `lowerCamelCase` names, schema `byok.token-profile/v1`, signed as DSSE by the evidence signer. Its SHA-256
//! stands in every manifest whose plan rests on it. Readers ignore fields that they do not know.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::probe::ProbeReport;
use super::request::TokenIdentity;
use crate::manifest::dsse::{Payload, PayloadError, from_json_payload, to_json_payload};
use crate::manifest::statement::Tool;
use crate::wrap::capability::Capabilities;

/// `schema` of every profile.
pub const SCHEMA: &str = "byok.token-profile/v1";

/// What one token behind one module can do.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// [`SCHEMA`].
    pub schema: String,
    /// The token and the module that were probed.
    pub token: TokenIdentity,
    /// When.
    pub probed_at: Timestamp,
    /// Known answers that the token was asked for.
    pub checks: u32,
    /// What they showed.
    pub capabilities: Capabilities,
    /// What probed it.
    pub tool: Tool,
}

/// A profile that is none.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ProfileError {
    /// Of another kind, or of a version that this program does not read.
    #[error("not a token profile of schema {SCHEMA}")]
    Schema,
}

impl Profile {
    /// The document of a probe.
    #[must_use]
    pub fn new(token: TokenIdentity, report: ProbeReport, probed_at: Timestamp, tool: Tool) -> Self {
        let ProbeReport { capabilities, checks } = report;
        Self { schema: SCHEMA.to_owned(), token, probed_at, checks, capabilities, tool }
    }

    /// Whether the findings hold for this token: the same module file, serial number and firmware.
    #[must_use]
    pub fn matches(&self, token: &TokenIdentity) -> bool {
        self.difference(token).is_none()
    }

    /// What makes the profile stale for this token. A new label does not: its owner may change it.
    #[must_use]
    pub fn difference(&self, token: &TokenIdentity) -> Option<&'static str> {
        let rows = [
            ("module", &self.token.module_sha256, &token.module_sha256),
            ("serial number", &self.token.serial, &token.serial),
            ("firmware", &self.token.firmware, &token.firmware),
            ("manufacturer", &self.token.manufacturer, &token.manufacturer),
            ("model", &self.token.model, &token.model),
        ];
        rows.into_iter().find(|(_, then, now)| then != now).map(|(what, ..)| what)
    }

    fn check(&self) -> Result<(), PayloadError> {
        if self.schema == SCHEMA { Ok(()) } else { Err(PayloadError::invalid(ProfileError::Schema)) }
    }
}

impl Payload for Profile {
    const TYPE: &'static str = "application/vnd.byok.token-profile+json";

    fn to_payload(&self) -> Result<Vec<u8>, PayloadError> {
        self.check()?;
        to_json_payload(self)
    }

    fn from_payload(bytes: &[u8]) -> Result<Self, PayloadError> {
        let profile: Self = from_json_payload(bytes)?;
        profile.check()?;
        Ok(profile)
    }

    fn claimed_at(&self) -> Option<Timestamp> {
        Some(self.probed_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::spec::HashAlg;
    use crate::wrap::capability::{AesWrap, KnownAes, Target, Verdict};

    /// As byok 0.1.0 wrote it for SoftHSM 2.6.1. It is never written anew: what was signed must stay readable.
    const V1: &[u8] = include_bytes!("../../tests/vectors/token-profile/v1-softhsm-2.6.1.json");

    fn v1() -> Profile {
        Profile::from_payload(V1).unwrap()
    }

    #[test]
    fn the_first_version_stays_readable() {
        let profile = v1();
        assert_eq!(profile.tool.version, "0.1.0");
        let capabilities = &profile.capabilities;
        assert_eq!(capabilities.known_aes, KnownAes::CreateObject);
        assert!(capabilities.oaep_of(HashAlg::Sha1, Target::Secret64).unwrap().is_conformant());
        let padded = capabilities.aes_wrap_of(AesWrap::Pad, Target::Secret28).unwrap();
        assert_eq!(padded.verdict, Verdict::ZeroPadded);
        assert_eq!(padded.detail.as_deref(), Some("28-byte keys become 32 bytes"));
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        // The file ends with a line feed, as text files do.
        assert_eq!(v1().to_payload().unwrap(), V1.trim_ascii_end());
    }

    #[test]
    fn a_profile_holds_for_one_module_token_and_firmware() {
        let profile = v1();
        let changed = |change: fn(&mut TokenIdentity)| {
            let mut token = profile.token.clone();
            change(&mut token);
            profile.difference(&token)
        };
        assert!(profile.matches(&profile.token));
        assert_eq!(changed(|token| token.label = "new".to_owned()), None);
        assert_eq!(changed(|token| token.module_sha256 = "00".repeat(32)), Some("module"));
        assert_eq!(changed(|token| token.serial = "2".to_owned()), Some("serial number"));
        assert_eq!(changed(|token| token.firmware = "9.9".to_owned()), Some("firmware"));
        assert_eq!(changed(|token| token.model = "other".to_owned()), Some("model"));
    }

    #[test]
    fn other_documents_are_refused() {
        let text = String::from_utf8(V1.to_vec()).unwrap();
        let other = text.replacen("token-profile/v1", "token-profile/v2", 1);
        let refusal = Profile::from_payload(other.as_bytes()).unwrap_err().to_string();
        assert_eq!(refusal, "not a token profile of schema byok.token-profile/v1");
        let twice = text.replacen("\"checks\":", "\"checks\":1,\"checks\":", 1);
        let unknown_verdict = text.replacen("\"conformant\"", "\"splendid\"", 1);
        for bad in [twice, unknown_verdict, text.replacen('{', "[", 1), String::new()] {
            assert!(Profile::from_payload(bad.as_bytes()).is_err());
        }
    }
}
