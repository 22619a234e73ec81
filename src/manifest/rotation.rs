//! What a manifest says of rotation: which version this one came to replace, and what was encrypted anew since.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The version that a rotation replaces.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RotationRecord {
    /// `NAME@N`, the newest version when this one was made.
    pub replaces: String,
    /// SHA-256 of the payload of its newest manifest then.
    pub manifest_sha256: String,
    /// How long it goes on beside this one, from this one's activation on (ISO 8601); absent where nothing says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<String>,
}

/// Data keys that were encrypted anew under a later version. A claim of whoever says so: byok sees no data keys.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RewrapRecord {
    /// How many.
    pub objects: u64,
    /// How many are left under this version, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u64>,
    /// Who says so.
    pub by: String,
    /// When it was recorded.
    pub at: Timestamp,
}
