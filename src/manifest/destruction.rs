//! What a manifest says of a key's end.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How a key was taken out of its token. It says nothing of backups, of other members of a cluster, or of providers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DestructionRecord {
    /// The classes of the objects that were destroyed: `secret`, or `private` and `public`; empty when none was there any more.
    pub objects: Vec<String>,
    /// `not-found`: this token was asked for the objects afterwards, and had none.
    pub read_back: String,
    /// When that was.
    pub read_back_at: Timestamp,
}

/// A waiting time that was skipped.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BreakGlassRecord {
    /// Why.
    pub reason: String,
    /// What was skipped.
    pub skipped: Vec<String>,
}
