//! What this token can do: the cached profile while it is good, else a new probe.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::session::Session;
use super::statement::tool;
use crate::hsm::probe::{ProbeError, probe};
use crate::hsm::profile::Profile;
use crate::hsm::request::TokenIdentity;
use crate::manifest::digest::sha256_hex;
use crate::manifest::dsse::{SealError, Signed};
use crate::registry::error::RegistryError;
use crate::registry::store::Registry;

/// A profile that holds for this token and module.
#[derive(Debug)]
pub struct KnownProfile {
    /// The document.
    pub profile: Profile,
    /// SHA-256 of the signed payload; stands in every manifest.
    pub sha256: String,
    /// Why it was taken again in this command, in one line; `None` for a cached one.
    pub probed_because: Option<&'static str>,
}

impl KnownProfile {
    /// What the log says of a probe.
    #[must_use]
    pub fn log_detail(&self) -> Map<String, Value> {
        let rows = [
            ("profileSha256", json!(self.sha256)),
            ("tokenSerial", json!(self.profile.token.serial)),
            ("because", json!(self.probed_because)),
        ];
        rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// Whether a command may probe.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProbePolicy {
    /// Even when the cached profile is good: `hsm probe`.
    Always,
    /// Never: `--no-probe`.
    Never,
    /// When there is no good profile.
    WhenNeeded,
}

/// Why there is no profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// `--no-probe`, and the cached profile is not good.
    #[error("the token would have to be probed: {0}")]
    NotAllowed(&'static str),
    /// The probe could not be finished.
    #[error("the probe was cut short")]
    Probe(#[source] ProbeError),
    /// The profile could not be signed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The cache could not be written.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// The cached profile when it verifies and holds for this token, else why not.
///
/// # Errors
/// The reason, in one line.
pub fn cached(registry: &Registry, identity: &TokenIdentity) -> Result<KnownProfile, &'static str> {
    let bytes = registry.read_cache(&cache_name(&identity.serial)).ok_or("no profile is cached")?;
    let trust = registry.trust().map_err(|_| "the registry's trust cannot be read")?;
    let signed: Signed<Profile> = Signed::verify(&bytes, &trust).map_err(|_| "the cached profile does not verify")?;
    match signed.value().difference(identity) {
        None => {
            let sha256 = signed.payload_sha256();
            Ok(KnownProfile { profile: signed.into_value(), sha256, probed_because: None })
        }
        Some("module") => Err("the module has changed since the last probe"),
        Some("firmware") => Err("the token's firmware has changed since the last probe"),
        Some(_) => Err("the cached profile is of another token"),
    }
}

/// A profile to rely on: cached, or probed now, signed and cached.
///
/// # Errors
/// A probe that is not allowed or was cut short, a signature or a cache file that failed.
pub fn ensure(
    registry: &Registry,
    session: &Session<'_>,
    policy: ProbePolicy,
    now: Timestamp,
) -> Result<KnownProfile, ProfileError> {
    let reason = match (policy, cached(registry, session.token.identity())) {
        (ProbePolicy::Always, _) => "asked for",
        (_, Ok(known)) => return Ok(known),
        (ProbePolicy::Never, Err(reason)) => return Err(ProfileError::NotAllowed(reason)),
        (ProbePolicy::WhenNeeded, Err(reason)) => reason,
    };
    let report = probe(session.token).map_err(ProfileError::Probe)?;
    let profile = Profile::new(session.token.identity().clone(), report, now, tool());
    let signed = Signed::sign(profile, &session.signer)?;
    registry.write_cache(&cache_name(&session.token.identity().serial), &signed.to_json())?;
    let sha256 = signed.payload_sha256();
    Ok(KnownProfile { profile: signed.into_value(), sha256, probed_because: Some(reason) })
}

/// Serial numbers are the token's text; only their hash becomes a file name.
fn cache_name(serial: &str) -> String {
    let digest = sha256_hex(serial.as_bytes());
    format!("profile-{}.dsse.json", digest.get(..16).unwrap_or(&digest))
}
