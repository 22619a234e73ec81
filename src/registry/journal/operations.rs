//! What the log says is unfinished: intents without a result, and results whose output is still staged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::audit::chain::entry_hash;
use crate::audit::record::{Entry, KeyRef, Phase};
use crate::key::version::KeyVersionId;
use crate::manifest::statement::LogRef;
use crate::registry::error::{LogFault, RegistryError};
use crate::registry::files;
use crate::registry::release::{self, Release, Slot};

/// The member of an intent's detail that names what will be staged: `[{from, to}]`.
const STAGED: &str = "staged";
/// The member of a result's detail that names what is to be released: `[{from, to, sha256}]`.
const RELEASE: &str = "release";

/// An operation's UUID, as its intent and its result have it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct OperationId(pub(in crate::registry) String);

impl OperationId {
    /// RFC 9562, lower case with hyphens.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for OperationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// An intent without a result, as the log has it. Anybody who can write the log can have written it, unless a
/// checkpoint covers it: it is a claim to check, not an order.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenIntent {
    /// The operation.
    pub id: OperationId,
    /// What was about to happen.
    pub event: String,
    /// To which key version; `None` also when the entry names none that could be.
    pub key: Option<KeyVersionId>,
    /// When, by the host's clock.
    pub at: Timestamp,
    /// What the operation needed besides.
    pub detail: Map<String, Value>,
    /// What it may have staged. Names that byok does not give are left out.
    pub staged: Vec<Staging>,
    /// Its place in the log.
    pub(in crate::registry) seq: u64,
    pub(in crate::registry) entry_sha256: String,
}

/// A hidden name and its destination, as an intent recorded them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Staging {
    /// The hidden name.
    pub from: PathBuf,
    /// The destination.
    pub to: PathBuf,
}

impl Staging {
    /// Takes away what is staged, if anything is.
    ///
    /// # Errors
    /// When the names are not those of a staging, or it could not be removed.
    pub fn discard(&self) -> Result<(), RegistryError> {
        release::discard(&self.from, &self.to)
    }

    /// True while something lies under the hidden name.
    ///
    /// # Errors
    /// When the folder could not be read.
    pub fn is_staged(&self) -> Result<bool, RegistryError> {
        files::present(&self.from)
    }
}

/// A result in the log, some of whose output is still staged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnreleasedResult {
    /// The operation.
    pub id: OperationId,
    /// What was done.
    pub event: String,
    /// To which key version.
    pub key: Option<KeyVersionId>,
    /// What is still staged.
    pub release: Vec<Release>,
    /// SHA-256 of the payload of the manifest that was made.
    pub manifest_sha256: Option<String>,
}

/// A result's line in the log, and what it releases.
#[derive(Debug)]
struct Ended {
    seq: u64,
    entry_sha256: String,
    result: UnreleasedResult,
    /// What it ended, where that was read.
    intent: Option<OpenIntent>,
}

/// The unfinished operations of a stretch of the log.
#[derive(Debug)]
pub(in crate::registry) struct Operations {
    root: PathBuf,
    open: BTreeMap<OperationId, OpenIntent>,
    /// By operation, which has one result unless somebody wrote more.
    results: BTreeMap<OperationId, Vec<Ended>>,
}

impl Operations {
    pub(in crate::registry) fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf(), open: BTreeMap::new(), results: BTreeMap::new() }
    }

    /// Takes in a line. The caller has checked its place in the log.
    pub(in crate::registry) fn add(&mut self, seq: u64, line: &[u8]) -> Result<(), RegistryError> {
        let entry = Entry::parse(line).map_err(|error| LogFault::Line { seq, what: error.to_string() })?;
        let id = OperationId(entry.id.clone());
        match entry.phase {
            Phase::Note => {}
            Phase::Intent => {
                let intent = self.read_intent(id.clone(), &entry, line);
                // The first intent of an id is the operation's; a later one under the same id hides nothing.
                self.open.entry(id).or_insert(intent);
            }
            Phase::Result => self.close(&id, &entry, line),
        }
        Ok(())
    }

    /// Takes in a line as if nothing had ever been ended.
    pub(in crate::registry) fn add_intent(&mut self, seq: u64, line: &[u8]) -> Result<(), RegistryError> {
        match Entry::parse(line) {
            Ok(entry) if entry.phase == Phase::Result => Ok(()),
            _ => self.add(seq, line),
        }
    }

    fn read_intent(&self, id: OperationId, entry: &Entry, line: &[u8]) -> OpenIntent {
        let mut detail = entry.detail.clone();
        let staged: Vec<Staging> = read_member(detail.remove(STAGED));
        let staged = staged.into_iter().filter_map(|s| {
            let (from, to) = (self.located(&s.from)?, self.located(&s.to)?);
            files::is_hidden_sibling(&from, &to).then_some(Staging { from, to })
        });
        OpenIntent {
            id,
            event: entry.event.clone(),
            key: entry.key.as_ref().and_then(key_version),
            at: entry.ts,
            staged: staged.collect(),
            detail,
            seq: entry.seq,
            entry_sha256: hex::encode(entry_hash(line)),
        }
    }

    fn close(&mut self, id: &OperationId, entry: &Entry, line: &[u8]) {
        let intent = self.open.remove(id);
        let releases: Vec<Release> = read_member(entry.detail.get(RELEASE).cloned());
        let release: Vec<Release> = releases
            .into_iter()
            .filter_map(|r| Some(Release { from: self.located(&r.from)?, to: self.located(&r.to)?, ..r }))
            .filter(|r| files::is_hidden_sibling(&r.from, &r.to))
            .collect();
        if !release.is_empty() {
            let key = entry.key.as_ref().and_then(key_version);
            let manifest_sha256 = entry.key.as_ref().and_then(|key| key.manifest_sha256.clone());
            let result = UnreleasedResult { id: id.clone(), event: entry.event.clone(), key, release, manifest_sha256 };
            let entry_sha256 = hex::encode(entry_hash(line));
            self.results.entry(id.clone()).or_default().push(Ended { seq: entry.seq, entry_sha256, result, intent });
        }
    }

    /// A recorded path: below the registry when relative, and never one that climbs.
    fn located(&self, path: &Path) -> Option<PathBuf> {
        release::is_plain(path).then(|| self.root.join(path))
    }

    /// The other way: relative when below the registry.
    fn recorded(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root).unwrap_or(path).to_path_buf()
    }

    /// The detail of an intent, with what it will stage.
    pub(in crate::registry) fn intent_detail(
        &self,
        mut detail: Map<String, Value>,
        staged: &[Slot],
    ) -> Map<String, Value> {
        let staged: Vec<_> = staged
            .iter()
            .map(|slot| Staging { from: self.recorded(slot.from()), to: self.recorded(slot.to()) })
            .collect();
        put(&mut detail, STAGED, &staged);
        detail
    }

    /// The detail of a result, with what it releases.
    pub(in crate::registry) fn result_detail(
        &self,
        mut detail: Map<String, Value>,
        release: &[Release],
    ) -> Map<String, Value> {
        let release: Vec<_> = release
            .iter()
            .map(|r| Release { from: self.recorded(&r.from), to: self.recorded(&r.to), ..r.clone() })
            .collect();
        put(&mut detail, RELEASE, &release);
        detail
    }

    pub(in crate::registry) fn intent(&self, id: &OperationId) -> Option<&OpenIntent> {
        self.open.get(id)
    }

    /// Open intents, oldest first.
    pub(in crate::registry) fn intents(&self) -> Vec<OpenIntent> {
        let mut intents: Vec<_> = self.open.values().cloned().collect();
        intents.sort_by_key(|intent| intent.seq);
        intents
    }

    pub(in crate::registry) fn into_intents(self) -> Vec<OpenIntent> {
        self.intents()
    }

    /// What the result of this operation releases.
    pub(in crate::registry) fn releases(&self, id: &OperationId) -> Vec<Release> {
        self.results.get(id).into_iter().flatten().flat_map(|ended| ended.result.release.clone()).collect()
    }

    /// Everything that this operation releases is in its place.
    pub(in crate::registry) fn released(&mut self, id: &OperationId) {
        self.results.remove(id);
    }

    /// What an operation recorded is gone: it is as open as if its result had never been written, so that recovery looks
    /// at what it made.
    pub(in crate::registry) fn reopen(&mut self, id: &OperationId) {
        let mut ended = self.results.remove(id).into_iter().flatten();
        if let Some(intent) = ended.find_map(|ended| ended.intent) {
            self.open.insert(id.clone(), intent);
        }
    }

    /// [`Operations::reopen`] for all whose evidence is neither staged nor in its place.
    pub(in crate::registry) fn reopen_lost(
        &mut self,
        is_evidence: &dyn Fn(&Path) -> bool,
    ) -> Result<(), RegistryError> {
        let mut lost = Vec::new();
        for (id, ended) in &self.results {
            let releases = ended.iter().flat_map(|ended| &ended.result.release);
            for release in releases.filter(|release| is_evidence(&release.to)) {
                if release.is_lost()? {
                    lost.push(id.clone());
                }
            }
        }
        for id in &lost {
            self.reopen(id);
        }
        Ok(())
    }

    /// Whether one of the results released something of this event for this key version.
    pub(in crate::registry) fn has_result(&self, event: &str, key: &KeyVersionId) -> bool {
        let mut results = self.results.values().flatten();
        results.any(|ended| ended.result.event == event && ended.result.key.as_ref() == Some(key))
    }

    /// Results of which something is still staged.
    pub(in crate::registry) fn unreleased(&self) -> Result<Vec<UnreleasedResult>, RegistryError> {
        let staged = self.staged()?.into_iter();
        Ok(staged.map(|(ended, release)| UnreleasedResult { release, ..ended.result.clone() }).collect())
    }

    /// Results of which something is still staged, oldest first, and what.
    fn staged(&self) -> Result<Vec<(&Ended, Vec<Release>)>, RegistryError> {
        let mut results: Vec<_> = self.results.values().flatten().collect();
        results.sort_by_key(|ended| ended.seq);
        let mut found = Vec::new();
        for ended in results {
            let mut staged = Vec::new();
            for release in &ended.result.release {
                if release.is_staged()? {
                    staged.push(release.clone());
                }
            }
            if !staged.is_empty() {
                found.push((ended, staged));
            }
        }
        Ok(found)
    }

    /// What is staged and keeps the log from being signed: all but the outputs of an operation whose evidence is in its
    /// place.
    pub(in crate::registry) fn holds_up(
        &self,
        is_evidence: &dyn Fn(&Path) -> bool,
    ) -> Result<Option<PathBuf>, RegistryError> {
        let held = self.staged()?.into_iter().find_map(|(ended, staged)| {
            let recorded = ended.result.release.iter().any(|release| is_evidence(&release.to))
                && !staged.iter().any(|release| is_evidence(&release.to));
            staged.into_iter().next().filter(|_| !recorded).map(|release| release.from)
        });
        Ok(held)
    }

    /// The place and the hash of each result of which something is still staged.
    pub(in crate::registry) fn unreleased_lines(&self) -> Result<Vec<(u64, String)>, RegistryError> {
        let staged = self.staged()?.into_iter();
        Ok(staged.map(|(ended, _)| (ended.seq, ended.entry_sha256.clone())).collect())
    }
}

impl OpenIntent {
    /// Where the intent stands in the log with this origin.
    #[must_use]
    pub fn log_ref(&self, origin: &str) -> LogRef {
        LogRef { origin: origin.to_owned(), seq: self.seq, entry_sha256: self.entry_sha256.clone() }
    }
}

/// A list in a detail; empty when it is absent or of another form.
fn read_member<T: for<'de> Deserialize<'de>>(value: Option<Value>) -> Vec<T> {
    value.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default()
}

fn put<T: Serialize>(detail: &mut Map<String, Value>, name: &str, list: &[T]) {
    // A path that is not UTF-8 never gets a slot, so this list has a JSON form.
    if let (false, Ok(value)) = (list.is_empty(), serde_json::to_value(list)) {
        detail.insert(name.to_owned(), value);
    }
}

fn key_version(key: &KeyRef) -> Option<KeyVersionId> {
    format!("{}@{}", key.name, key.version).parse().ok()
}
