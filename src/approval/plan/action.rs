//! The actions of a plan: one form for each command that a plan can hold, with every parameter.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::rotate::RotateAction;
use super::state::{InputFile, KeyBase};
use crate::key::exposure::Exposure;
use crate::key::operation::Operation;
use crate::key::reason::Reason;
use crate::key::stage::Stage;
use crate::manifest::destruction::BREAK_GLASS_APPROVALS;
use crate::policy::request::Requirement;

/// One thing to do.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "operation", rename_all = "kebab-case")]
pub enum Action {
    /// `import`
    Import(ImportAction),
    /// `policy adopt`
    PolicyAdopt(AdoptAction),
    /// `recover`
    Recover(RecoverAction),
    /// `revoke`
    Revoke(RevokeAction),
    /// `rotate --mark-rewrapped`
    MarkRewrapped(RewrappedAction),
    /// `rotate --rollback`
    Rollback(RollbackAction),
    /// `rotate`
    Rotate(Box<RotateAction>),
    /// `seal`
    Seal(SealAction),
    /// `wrap-for-import`
    WrapForImport(Box<WrapAction>),
}

/// A bundle for one provider.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WrapAction {
    /// What is wrapped.
    pub key: KeyBase,
    /// Provider id.
    pub provider: String,
    /// Account, project or subscription, where the provider's answer names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The key, KEK or import job of the wrapping key, where the answer names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The key on the provider's side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The mount of a transit engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mount: Option<String>,
    /// `--kid`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// `--import-job`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import_job: Option<String>,
    /// When the provider deletes the imported material.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Timestamp>,
    /// The wrap method, byok's spelling.
    pub method: String,
    /// The provider's algorithm or key spec.
    pub algorithm: String,
    /// The route on this token.
    pub route: String,
    /// What the host gets to see at most.
    pub exposure: Exposure,
    /// The wrapping key.
    pub wrapping_key: WrappingKey,
    /// The folder to make, as typed.
    pub out: String,
}

/// For whom a key is wrapped.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WrappingKey {
    /// SHA-256 of its DER `SubjectPublicKeyInfo`.
    pub spki_sha256: String,
    /// Whether the author named that hash with `--wrapping-key-sha256`.
    pub pinned: bool,
    /// What the provider handed out.
    pub file: InputFile,
    /// The AWS import token, where it is a file of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import_token: Option<InputFile>,
}

/// A key from outside.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImportAction {
    /// `NAME@N` that it becomes.
    pub version: String,
    /// Its type.
    #[serde(rename = "type")]
    pub key_type: String,
    /// Its purpose.
    pub purpose: String,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Free attributes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Where it comes from.
    pub source: ImportSource,
}

/// Where an imported key comes from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "form", rename_all = "kebab-case")]
pub enum ImportSource {
    /// A key file, which this host reads.
    File(KeyFileSource),
    /// A key that is wrapped for a pair of this registry.
    Wrapped(WrappedSource),
}

/// A key file: recognised by its key, and never by a hash of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyFileSource {
    /// As typed.
    pub path: String,
    /// By what the key is recognised.
    pub material: Material,
    /// `--from`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// `--part`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u32>,
}

/// By what a key in a file is recognised.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Material {
    /// A pair: SHA-256 of the public half's DER `SubjectPublicKeyInfo`.
    SpkiSha256(String),
    /// A secret key: the PRF output that names it in manifests. Less of it would let another key in that was searched
    /// for: three bytes are found in seconds.
    Fingerprint(FingerprintRecord),
}

/// The fingerprint of a secret key for its type, name and version, as manifests hold it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FingerprintRecord {
    /// `byok-cmac-v1` (AES) or `byok-hmac-v1` (others).
    pub method: String,
    /// All of it, lower-case hexadecimal.
    pub value: String,
}

/// A wrapped key: it is ciphertext, and its file may be named by its hash.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WrappedSource {
    /// The wrapped key.
    pub file: InputFile,
    /// How it was wrapped.
    pub method: String,
    /// The pair that unwraps it.
    pub unwrapping_key: KeyBase,
    /// The public half of a wrapped pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<InputFile>,
}

/// What interrupted runs left, finished or undone.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecoverAction {
    /// Whether what no manifest records yet is taken away.
    pub undo: bool,
    /// What the log says is unfinished.
    pub operations: Vec<Interrupted>,
}

/// An operation that the log says is unfinished.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Interrupted {
    /// Its id.
    pub id: String,
    /// What was begun.
    pub event: String,
    /// The key version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// A key version that goes out of use.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevokeAction {
    /// The key version.
    pub key: KeyBase,
    /// How far.
    pub stage: Stage,
    /// Why.
    pub reason: Reason,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Whether waiting is skipped; the message says why.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub break_glass: bool,
    /// Whether the token must not find the key: that alone is recorded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
}

/// What is said of the data keys under a replaced version.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RewrappedAction {
    /// The version.
    pub key: KeyBase,
    /// How many were encrypted anew.
    pub objects: u64,
    /// How many are left under the version, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u64>,
    /// Who says so.
    pub by: String,
}

/// A version that a rotation made, and that is given up.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RollbackAction {
    /// The version.
    pub key: KeyBase,
    /// `NAME@N` of the one that is current again.
    pub old: String,
}

/// A key that may not be wrapped again.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SealAction {
    /// The key version.
    pub key: KeyBase,
}

/// New rules.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AdoptAction {
    /// The policy.
    pub policy: InputFile,
    /// Its allowed signers.
    pub allowed_signers: InputFile,
}

impl Action {
    /// What it does.
    #[must_use]
    pub fn operation(&self) -> Operation {
        match self {
            Self::Import(_) => Operation::Import,
            Self::PolicyAdopt(_) => Operation::PolicyAdopt,
            Self::Recover(_) => Operation::Recover,
            Self::Revoke(revoke) => revoke.stage.operation(),
            Self::MarkRewrapped(_) | Self::Rotate(_) => Operation::Rotate,
            Self::Rollback(_) => Operation::Revoke,
            Self::Seal(_) => Operation::Seal,
            Self::WrapForImport(_) => Operation::WrapForImport,
        }
    }

    /// Whether it takes something away for ever: an approval for anything else is none for this.
    #[must_use]
    pub fn destroys(&self) -> bool {
        matches!(
            self,
            Self::Recover(RecoverAction { undo: true, .. }) | Self::Revoke(RevokeAction { stage: Stage::Destroy, .. })
        )
    }

    /// The approvals that it needs whatever the policy says: waiting is skipped by two people.
    #[must_use]
    pub fn least_approvals(&self) -> Option<Requirement> {
        let people = u32::try_from(BREAK_GLASS_APPROVALS).unwrap_or(u32::MAX);
        matches!(self, Self::Revoke(RevokeAction { break_glass: true, .. })).then(|| Requirement::of_people(people))
    }

    /// The one key version that it changes or makes; a rotation has many.
    #[must_use]
    pub fn changes(&self) -> Option<&str> {
        match self {
            Self::Import(import) => Some(&import.version),
            Self::MarkRewrapped(said) => Some(&said.key.version),
            Self::Revoke(revoke) => Some(&revoke.key.version),
            Self::Rollback(rollback) => Some(&rollback.key.version),
            Self::Seal(seal) => Some(&seal.key.version),
            Self::WrapForImport(wrap) => Some(&wrap.key.version),
            Self::PolicyAdopt(_) | Self::Recover(_) | Self::Rotate(_) => None,
        }
    }

    /// All of them.
    #[must_use]
    pub fn all_changes(&self) -> Vec<&str> {
        match self {
            Self::Rotate(rotate) => rotate.keys.iter().map(|key| key.becomes.as_str()).collect(),
            other => other.changes().into_iter().collect(),
        }
    }

    /// Whether it changes or makes this key version.
    #[must_use]
    pub fn is_about(&self, version: &str) -> bool {
        match self {
            Self::Rotate(rotate) => rotate.of_version(version).is_some(),
            other => other.changes() == Some(version),
        }
    }

    /// The key versions that must be as they were.
    #[must_use]
    pub fn bases(&self) -> Vec<&KeyBase> {
        match self {
            Self::Import(ImportAction { source: ImportSource::Wrapped(wrapped), .. }) => vec![&wrapped.unwrapping_key],
            Self::MarkRewrapped(said) => vec![&said.key],
            Self::Revoke(revoke) => vec![&revoke.key],
            Self::Rollback(rollback) => vec![&rollback.key],
            Self::Rotate(rotate) => rotate.keys.iter().map(|key| &key.base).collect(),
            Self::Seal(seal) => vec![&seal.key],
            Self::WrapForImport(wrap) => vec![&wrap.key],
            Self::Import(_) | Self::PolicyAdopt(_) | Self::Recover(_) => Vec::new(),
        }
    }

    /// The same, to set them on another base.
    pub fn bases_mut(&mut self) -> Vec<&mut KeyBase> {
        match self {
            Self::Import(ImportAction { source: ImportSource::Wrapped(wrapped), .. }) => {
                vec![&mut wrapped.unwrapping_key]
            }
            Self::MarkRewrapped(said) => vec![&mut said.key],
            Self::Revoke(revoke) => vec![&mut revoke.key],
            Self::Rollback(rollback) => vec![&mut rollback.key],
            Self::Rotate(rotate) => rotate.keys.iter_mut().map(|key| &mut key.base).collect(),
            Self::Seal(seal) => vec![&mut seal.key],
            Self::WrapForImport(wrap) => vec![&mut wrap.key],
            Self::Import(_) | Self::PolicyAdopt(_) | Self::Recover(_) => Vec::new(),
        }
    }

    /// The files that must be as they were.
    #[must_use]
    pub fn inputs(&self) -> Vec<&InputFile> {
        match self {
            Self::Import(ImportAction { source: ImportSource::Wrapped(wrapped), .. }) => {
                std::iter::once(&wrapped.file).chain(&wrapped.public_key).collect()
            }
            Self::PolicyAdopt(adopt) => vec![&adopt.policy, &adopt.allowed_signers],
            Self::Rotate(rotate) => rotate.keys.iter().flat_map(|key| &key.wraps).map(|wrap| &wrap.answer).collect(),
            Self::WrapForImport(wrap) => {
                std::iter::once(&wrap.wrapping_key.file).chain(&wrap.wrapping_key.import_token).collect()
            }
            Self::Import(_)
            | Self::MarkRewrapped(_)
            | Self::Recover(_)
            | Self::Revoke(_)
            | Self::Rollback(_)
            | Self::Seal(_) => Vec::new(),
        }
    }
}
