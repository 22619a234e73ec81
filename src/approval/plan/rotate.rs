//! `rotate` in a plan: every key, what becomes of it, and each wrap.

use serde::{Deserialize, Serialize};

use super::state::{InputFile, KeyBase};
use crate::key::exposure::Exposure;

/// New versions of keys.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotateAction {
    /// Which keys were asked for.
    pub asked: RotateAsked,
    /// So many keys, by name, go first; the rest waits until they are in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<u32>,
    /// The folder with the providers' answers, as typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrapping_keys: Option<String>,
    /// The folder for the bundles, as typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out: Option<String>,
    /// Whether the author named every wrapping key with `--wrapping-key-sha256`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
    /// The keys, by name.
    pub keys: Vec<RotateKey>,
}

/// Which keys were asked for, as it was typed. What is done is [`RotateAction::keys`], and nothing else.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotateAsked {
    /// By name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub names: bool,
    /// `--all`
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
    /// `--due`
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub due: bool,
    /// `--where`
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// A key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotateKey {
    /// The version that is replaced; of one that is gone on with, itself.
    pub base: KeyBase,
    /// The version that is made, or gone on with.
    pub becomes: String,
    /// Its wraps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wraps: Vec<RotateWrap>,
    /// Targets that wait for a wrapping key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<String>,
}

/// A wrap for a target.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotateWrap {
    /// The target's id.
    pub target_id: String,
    /// Provider id.
    pub provider: String,
    /// Account, project or subscription, where the provider's answer names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The key on the provider's side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The mount of a transit engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mount: Option<String>,
    /// The wrap method, byok's spelling.
    pub method: String,
    /// The provider's algorithm or key spec.
    pub algorithm: String,
    /// The route on this token.
    pub route: String,
    /// What the host gets to see at most.
    pub exposure: Exposure,
    /// SHA-256 of the wrapping key's DER `SubjectPublicKeyInfo`.
    pub wrapping_key_sha256: String,
    /// What the provider handed out.
    pub answer: InputFile,
    /// The folder to make, below `out`.
    pub folder: String,
}

impl RotateAction {
    /// What is done with this key; the keys are in the order of their names.
    #[must_use]
    pub fn of_key(&self, name: &str) -> Option<&RotateKey> {
        let at = self.keys.binary_search_by(|key| key.name().cmp(name)).ok()?;
        self.keys.get(at)
    }

    /// What is done with this key version, which is made or gone on with.
    #[must_use]
    pub fn of_version(&self, version: &str) -> Option<&RotateKey> {
        let (name, _) = version.split_once('@')?;
        self.of_key(name).filter(|key| key.becomes == version)
    }

    /// The worst that this host sees of any key.
    #[must_use]
    pub fn exposure(&self) -> Exposure {
        self.keys.iter().flat_map(|key| &key.wraps).map(|wrap| wrap.exposure).max().unwrap_or_default()
    }
}

impl RotateKey {
    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.becomes.split_once('@').map_or(&self.becomes, |(name, _)| name)
    }

    /// Whether a version is made.
    #[must_use]
    pub fn is_born(&self) -> bool {
        self.base.version != self.becomes
    }

    /// The wrap for this target.
    #[must_use]
    pub fn wrap_for(&self, target_id: &str) -> Option<&RotateWrap> {
        self.wraps.iter().find(|wrap| wrap.target_id == target_id)
    }
}
