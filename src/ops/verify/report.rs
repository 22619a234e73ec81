//! What `verify` says: per item, what was checked, what cannot be shown here, or why it fails (`byok.verify/v1`).

use std::borrow::Cow;

use serde::Serialize;

use super::failure::Failure;
use crate::manifest::dsse::VerifiedSigner;

/// `schema` of the report.
pub const SCHEMA: &str = "byok.verify/v1";

/// All items of one run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Every item verified, and there was one.
    pub ok: bool,
    /// The items, in the order asked for.
    pub items: Vec<ItemReport>,
}

/// What kind of evidence an item is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemKind {
    /// A folder for one provider.
    Bundle,
    /// An exported log.
    Export,
    /// All manifests of one key version.
    History,
    /// A log with its checkpoints.
    Log,
    /// One manifest envelope.
    Manifest,
    /// A statement that puts a new evidence signer in the place of a lost one.
    Replacement,
}

/// One item.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemReport {
    /// Where it lies, as the caller names it.
    pub path: String,
    /// What it is.
    pub kind: ItemKind,
    /// Whether it verified.
    pub ok: bool,
    /// What it is about: `payments/kek@1, revision 2`; only when it verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Who signed; only when it verified.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signers: Vec<VerifiedSigner>,
    /// What was checked and holds.
    pub checked: Vec<Cow<'static, str>>,
    /// What cannot be shown from this item alone.
    pub not_provable: Vec<Cow<'static, str>>,
    /// What holds, but the reader should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What a log holds; only when it verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<LogFacts>,
    /// Why it does not verify.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// What a verified log holds.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogFacts {
    /// Names the log.
    pub origin: String,
    /// Lines.
    pub entries: u64,
    /// Lines that the last signed checkpoint covers.
    pub signed: u64,
    /// Lines after it.
    pub uncommitted: u64,
    /// Signed checkpoints.
    pub checkpoints: u64,
    /// Lines that a run adopted without having written them.
    pub unattested: Vec<Unattested>,
    /// Intents without a result.
    pub open_operations: u64,
}

/// Lines that nobody vouches for: they lay after the last checkpoint when a run found them, and it went on.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unattested {
    /// The first of them.
    pub from: u64,
    /// The first that is not one of them.
    pub to: u64,
    /// Bytes of a torn last line that were cut off.
    pub torn: u64,
    /// The entry that adopted them.
    pub adopted_by: u64,
}

/// What is known of an item that verified.
#[derive(Clone, Debug, Default)]
pub(super) struct Findings {
    pub(super) subject: Option<String>,
    pub(super) signers: Vec<VerifiedSigner>,
    pub(super) checked: Vec<Cow<'static, str>>,
    pub(super) not_provable: Vec<Cow<'static, str>>,
    pub(super) notes: Vec<String>,
    pub(super) log: Option<LogFacts>,
}

impl Report {
    /// The report over all items. Nothing checked is not a success.
    #[must_use]
    pub fn new(items: Vec<ItemReport>) -> Self {
        Self { schema: SCHEMA, ok: !items.is_empty() && items.iter().all(|item| item.ok), items }
    }
}

impl ItemReport {
    pub(super) fn new(path: &str, kind: ItemKind, verdict: Result<Findings, Failure>) -> Self {
        let (findings, failure) = match verdict {
            Ok(findings) => (findings, None),
            Err(failure) => (Findings::default(), Some(failure)),
        };
        let Findings { subject, signers, checked, not_provable, notes, log } = findings;
        let path = crate::format::escape::printable(path, 4096);
        Self { path, kind, ok: failure.is_none(), subject, signers, checked, not_provable, notes, log, failure }
    }
}

impl Findings {
    /// These and more of the same item.
    pub(super) fn and(mut self, more: Self) -> Self {
        self.checked.extend(more.checked);
        self.not_provable.extend(more.not_provable);
        self.notes.extend(more.notes);
        self
    }

    pub(super) fn checked(&mut self, what: impl Into<Cow<'static, str>>) {
        self.checked.push(what.into());
    }

    pub(super) fn not_provable(&mut self, what: impl Into<Cow<'static, str>>) {
        self.not_provable.push(what.into());
    }

    pub(super) fn note(&mut self, what: impl Into<String>) {
        self.notes.push(what.into());
    }
}

/// `1 change`, `2 changes`, `2 recoveries`
pub(super) fn number(count: usize, noun: &str) -> String {
    match (count, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {noun}s"),
    }
}
