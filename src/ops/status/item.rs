//! The document of `status`.

use jiff::Timestamp;
use serde::Serialize;

/// `status --json`, schema `byok.status/v1`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// `byok.status/v1`
    pub schema: &'static str,
    /// The time for which it holds.
    pub now: Timestamp,
    /// How many keys there are.
    pub keys: usize,
    /// How many key versions.
    pub versions: usize,
    /// How many of the items are due.
    pub due: usize,
    /// What is to be done, and what waits: the due first, by key within a kind.
    pub items: Vec<Item>,
    /// The rotation that comes next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_rotation: Option<NextRotation>,
}

/// One thing to do, or to know.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Whether somebody has to act now.
    pub due: bool,
    /// `NAME@N`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The target's id in byok.yaml.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Since when it is due, or when it will be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// In words.
    pub what: String,
    /// What to type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Data keys that are left under the version, as somebody said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u64>,
    /// The rotation that is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<OpenRun>,
}

/// A rotation that is open.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct OpenRun {
    /// Its id.
    pub id: String,
    /// What was typed.
    pub asked: String,
    /// How many keys it is about.
    pub keys: usize,
    /// How many of them have no new version yet.
    pub left: usize,
    /// The canaries that it waits for.
    pub canaries: Vec<String>,
}

/// What an item is, the most urgent first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A run was interrupted.
    HalfDone,
    /// A rotation is open: keys are left.
    OpenRun,
    /// A new version is due, and policy refuses to use the old one any more.
    RotationOverdue,
    /// A new version is due.
    RotationDue,
    /// A target of byok.yaml has no wrap of the newest version.
    PendingWrap,
    /// A provider was not seen to have what was wrapped for it.
    PendingConfirmation,
    /// A version was given up, and a provider was not seen to have followed.
    PendingRollback,
    /// A version is compromised, and no answer shows that its provider stopped it.
    OpenAtProvider,
    /// A version was replaced, and its overlap is over.
    DeactivationDue,
    /// The date on which a version was to be destroyed has come.
    DestructionDue,
    /// Data keys were not encrypted anew since their version was replaced.
    RewrapBacklog,
    /// A version goes on beside the one that replaced it.
    Overlap,
}

/// The rotation that comes next.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct NextRotation {
    /// `NAME@N`
    pub key: String,
    /// When.
    pub at: Timestamp,
}

impl Kind {
    /// Its name, as in the document.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HalfDone => "half-done",
            Self::OpenRun => "open-run",
            Self::RotationOverdue => "rotation-overdue",
            Self::RotationDue => "rotation-due",
            Self::PendingWrap => "pending-wrap",
            Self::PendingConfirmation => "pending-confirmation",
            Self::PendingRollback => "pending-rollback",
            Self::OpenAtProvider => "open-at-provider",
            Self::DeactivationDue => "deactivation-due",
            Self::DestructionDue => "destruction-due",
            Self::RewrapBacklog => "rewrap-backlog",
            Self::Overlap => "overlap",
        }
    }
}

impl Item {
    /// Something about a key version that is due.
    pub(super) fn due(kind: Kind, key: String, what: impl Into<String>) -> Self {
        let key = Some(key);
        Self {
            kind,
            due: true,
            key,
            target: None,
            provider: None,
            at: None,
            what: what.into(),
            next: None,
            remaining: None,
            run: None,
        }
    }

    /// Something that waits.
    pub(super) fn waiting(kind: Kind, key: String, what: impl Into<String>) -> Self {
        Self { due: false, ..Self::due(kind, key, what) }
    }

    pub(super) fn at(self, at: Timestamp) -> Self {
        Self { at: Some(at), ..self }
    }

    pub(super) fn next(self, next: String) -> Self {
        Self { next: Some(next), ..self }
    }

    /// The due first, then by kind and key; a stable sort keeps the rest.
    pub(super) fn order(&self) -> (bool, Kind) {
        (!self.due, self.kind)
    }
}

impl Status {
    pub(super) fn new(
        now: Timestamp,
        (keys, versions): (usize, usize),
        items: Vec<Item>,
        next_rotation: Option<NextRotation>,
    ) -> Self {
        let due = items.iter().filter(|item| item.due).count();
        Self { schema: "byok.status/v1", now, keys, versions, due, items, next_rotation }
    }

    /// The same without what only waits.
    #[must_use]
    pub fn only_due(mut self) -> Self {
        self.items.retain(|item| item.due);
        self
    }
}
