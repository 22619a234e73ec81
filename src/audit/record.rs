//! One log entry: one line of JSON, UTF-8, without a line feed inside. The bytes on disk are the canonical form.
//!
//! An operation writes an `intent` before the token or any file changes and a `result` after, both with the same
//! `id`; a crash leaves an intent without a result.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::manifest::check::is_uuid;
use crate::manifest::digest::is_sha256;
use crate::manifest::json::{self, JsonError};

/// The longest line, without its line feed, in bytes.
pub const MAX_LINE: usize = 64 << 10;
/// `v` of the entries that this program writes and reads.
pub const VERSION: u32 = 1;
/// `prev` of the first entry.
pub const NO_PREVIOUS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The events of this version. A reader takes any well-formed name.
pub mod event {
    /// A registry was made; the first entry.
    pub const REGISTRY_INIT: &str = "registry.init";
    /// A signing key was made in the token.
    pub const SIGNER_CREATED: &str = "signer.created";
    /// A new signing key took the place of a lost one; `detail` names the statement and who approved it.
    pub const SIGNER_REPLACED: &str = "signer.replaced";
    /// A key version was made in the token.
    pub const KEY_GENERATE: &str = "key.generate";
    /// An existing key was put into the token as a key version.
    pub const KEY_IMPORT: &str = "key.import";
    /// A key version was wrapped for a provider.
    pub const KEY_WRAP: &str = "key.wrap";
    /// A key version came into use, or a date was set on which it will.
    pub const KEY_ACTIVATE: &str = "key.activate";
    /// The use of a key version was paused.
    pub const KEY_SUSPEND: &str = "key.suspend";
    /// A key version came into use again.
    pub const KEY_REINSTATE: &str = "key.reinstate";
    /// A provider's answer about an imported key was read, and the key taken into use.
    pub const KEY_CONFIRM: &str = "key.confirm-import";
    /// A new version of a key, wrapped for the key's targets.
    pub const KEY_ROTATE: &str = "key.rotate";
    /// A rotation of many keys begins, or goes on; `detail` names the run.
    pub const ROTATE_BEGIN: &str = "rotate.begin";
    /// A rotation of many keys ended; `detail` names the run.
    pub const ROTATE_END: &str = "rotate.end";
    /// A new version that is given up: the old one stays in use.
    pub const KEY_ROLLBACK: &str = "key.rollback";
    /// Data keys under a version were encrypted anew.
    pub const KEY_REWRAPPED: &str = "key.rewrapped";
    /// A key version protects no new data from here on.
    pub const KEY_DEACTIVATE: &str = "key.deactivate";
    /// A key version may be known to others.
    pub const KEY_COMPROMISE: &str = "key.compromise";
    /// A key version's objects are taken out of the token.
    pub const KEY_DESTROY: &str = "key.destroy";
    /// A key version was made impossible to take out of its token.
    pub const KEY_SEAL: &str = "key.seal";
    /// A host saw more of a key version than its manifests admitted, and no bundle came of it.
    pub const KEY_EXPOSED: &str = "key.exposed";
    /// What an interrupted run left was finished or undone.
    pub const KEY_RECOVER: &str = "key.recover";
    /// A policy and its allowed signers were put in force; `detail` has their hashes.
    pub const POLICY_ADOPT: &str = "policy.adopt";
    /// The token was probed.
    pub const PROFILE_PROBED: &str = "profile.probed";
    /// Lines that no checkpoint covered and this process did not write; `detail` is `{from, to, torn}`.
    pub const TAIL_ADOPTED: &str = "tail.adopted";
    /// A mutating command was refused.
    pub const REFUSAL: &str = "refusal";
}

/// Where an entry stands in its operation.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// What is about to happen.
    Intent,
    /// What came of an intent.
    Result,
    /// A fact that has no second half.
    Note,
}

/// What came of an operation.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was not done, or was undone.
    Failure,
    /// Nobody knows.
    Unknown,
}

/// Who acted.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Actor {
    /// The login name.
    pub id: String,
    /// The host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

/// The key version that an entry is about.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyRef {
    /// `NAME`.
    pub name: String,
    /// `N`.
    pub version: u32,
    /// SHA-256 of the payload of the manifest that the operation made; only in results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest_sha256: Option<String>,
}

/// Why an operation failed or was refused.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ErrorRef {
    /// The stable code: `E0512`.
    pub code: String,
}

/// What wrote the entry.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ToolRef {
    /// The program's version.
    pub version: String,
}

/// An entry with everything in it, for writing and for showing.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Entry {
    /// [`VERSION`].
    pub v: u32,
    /// From 0, one more for every line.
    pub seq: u64,
    /// Lower-case hexadecimal SHA-256 of the previous line's bytes without its line feed; [`NO_PREVIOUS`] at 0.
    pub prev: String,
    /// When it was written, by the host's clock.
    pub ts: Timestamp,
    /// UUID version 7 of the operation; the intent and its result share it.
    pub id: String,
    /// One of [`event`].
    pub event: String,
    /// Where it stands in its operation.
    pub phase: Phase,
    /// Present in results only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Who acted.
    pub actor: Actor,
    /// The key version, when it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyRef>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorRef>,
    /// What wrote it.
    pub tool: ToolRef,
    /// What the event needs besides: object ids, file hashes, plans. Never a secret.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub detail: Map<String, Value>,
}

/// The members of an entry that checking a log needs, borrowed from the line.
#[derive(Debug, Deserialize)]
pub struct EntryView<'a> {
    /// As in [`Entry`].
    pub v: u32,
    /// As in [`Entry`].
    pub seq: u64,
    /// As in [`Entry`].
    #[serde(borrow)]
    pub prev: Cow<'a, str>,
    /// As in [`Entry`].
    pub ts: Timestamp,
    /// As in [`Entry`].
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// As in [`Entry`].
    #[serde(borrow)]
    pub event: Cow<'a, str>,
    /// As in [`Entry`].
    pub phase: Phase,
    /// As in [`Entry`].
    #[serde(default)]
    pub outcome: Option<Outcome>,
    /// As in [`Entry`].
    #[serde(borrow, default)]
    pub key: Option<KeyView<'a>>,
    /// Present and an object in every entry; its content does not matter here.
    actor: ActorView<'a>,
    tool: ToolView<'a>,
}

/// [`KeyRef`], borrowed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyView<'a> {
    /// `NAME`.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// `N`.
    pub version: u32,
    /// As in [`KeyRef`].
    #[serde(borrow, default)]
    pub manifest_sha256: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
struct ActorView<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
struct ToolView<'a> {
    #[serde(borrow)]
    version: Cow<'a, str>,
}

/// Why a line is not an entry.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Longer than [`MAX_LINE`].
    #[error("a line of {0} bytes; at most {MAX_LINE} are written and read")]
    TooLong(usize),
    /// A line feed inside; the bytes were not one line.
    #[error("a line feed inside a line")]
    LineFeed,
    /// Not strict JSON of an entry.
    #[error("not a log entry: {0}")]
    Json(#[from] JsonError),
    /// An entry of a later program.
    #[error("an entry of version {0}; this program knows version {VERSION}")]
    Version(u32),
    /// A member that has not the form that it must have.
    #[error("`{0}` has not the form of this member")]
    Member(&'static str),
    /// A result without an outcome, or an outcome elsewhere.
    #[error("a result has an outcome, and nothing else has one")]
    Outcome,
}

impl Entry {
    /// The line, without a line feed. The same entry always gives the same bytes.
    ///
    /// # Errors
    /// When the entry is not one that [`Entry::parse`] would take back.
    pub fn to_line(&self) -> Result<Vec<u8>, RecordError> {
        let line = serde_json::to_vec(self).map_err(JsonError::from)?;
        EntryView::parse(&line)?;
        Ok(line)
    }

    /// Reads a line without its line feed.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn parse(line: &[u8]) -> Result<Self, RecordError> {
        EntryView::parse(line)?;
        Ok(serde_json::from_slice(line).map_err(JsonError::from)?)
    }
}

impl<'a> EntryView<'a> {
    /// Reads a line without its line feed, borrowing from it.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn parse(line: &'a [u8]) -> Result<Self, RecordError> {
        if line.len() > MAX_LINE {
            return Err(RecordError::TooLong(line.len()));
        }
        if line.contains(&b'\n') {
            return Err(RecordError::LineFeed);
        }
        let view: Self = json::from_slice(line)?;
        view.check()?;
        Ok(view)
    }

    fn check(&self) -> Result<(), RecordError> {
        if self.v != VERSION {
            return Err(RecordError::Version(self.v));
        }
        if (self.phase == Phase::Result) != self.outcome.is_some() {
            return Err(RecordError::Outcome);
        }
        let members = [
            ("prev", is_sha256(&self.prev)),
            ("id", is_uuid(&self.id)),
            ("event", is_event(&self.event)),
            ("key.version", self.key.as_ref().is_none_or(|key| key.version > 0)),
            ("key.manifestSha256", self.manifest_sha256().is_none_or(is_sha256)),
            ("actor.id", !self.actor.id.is_empty()),
            ("tool.version", !self.tool.version.is_empty()),
        ];
        members.into_iter().find(|(_, good)| !good).map_or(Ok(()), |(name, _)| Err(RecordError::Member(name)))
    }

    /// The manifest that the operation made.
    #[must_use]
    pub fn manifest_sha256(&self) -> Option<&str> {
        self.key.as_ref()?.manifest_sha256.as_deref()
    }
}

/// Words of `[a-z0-9-]` joined by dots.
fn is_event(text: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.len() <= 64 && text.split('.').all(word)
}

#[cfg(test)]
#[path = "record_tests.rs"]
pub(crate) mod tests;
