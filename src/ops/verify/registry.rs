//! A registry: the manifests of every key version in their order, the log, and each against the other.

use std::collections::HashMap;

use super::failure::{Failure, FailureKind};
use super::governance::Policies;
use super::history::{History, KeyFolder, LogicalIds, check_history};
use super::log::{Line, LogInput, Walked, findings, walk};
use super::operations::OpenOperations;
use super::papers::Papers;
use super::parallel;
use super::report::{Findings, ItemKind, ItemReport};
use super::succession::Held;
use crate::audit::record::{Entry, EntryView, Outcome, Phase, event};
use crate::format::escape::printable;
use crate::manifest::authorization::AuthorizationRecord;
use crate::manifest::digest::{Sha256Bytes, parse_sha256};
use crate::manifest::trust::Trust;

/// Verifies a registry: one report for each key version, and the log's at the end. `keys` names the folders below
/// `keys/`, in any order; several of them are read and checked at a time. `papers` are the policies, plans and approvals
/// that manifests name. A `signer.pem` of the registry plays no part.
pub fn verify_registry<K, L, C, E>(
    path: &str,
    keys: &[K],
    read: impl Fn(&K) -> Result<KeyFolder, E> + Sync,
    log: LogInput<'_, L, C>,
    papers: &Papers<'_>,
    (trust, held): (&Trust, &[Held]),
) -> Vec<ItemReport>
where
    K: Sync,
    L: Iterator<Item = Result<Vec<u8>, E>>,
    C: Iterator<Item = Result<Vec<u8>, E>>,
    E: std::error::Error,
{
    let (origin, since) = (log.origin.map(str::to_owned), log.since);
    let mut registry = Crossing::default();
    let mut ids = LogicalIds::default();
    let read_and_check = |key: &K| match read(key) {
        Ok(folder) => {
            let verdict = check_history(&folder, origin.as_deref(), papers, trust);
            (folder.name, verdict)
        }
        Err(error) => ("?".to_owned(), Err(Failure::read(&error))),
    };
    for (name, verdict) in parallel::map(keys, read_and_check) {
        let verdict = verdict.and_then(|history| ids.check(&history).map(|()| history));
        registry.add(name, verdict);
    }
    let mut appointed = Vec::new();
    let walked = walk(log, trust, &mut |line| {
        registry.see(line);
        appointed.extend(appointment(line));
    });
    let mut walked = walked.and_then(|walked| all_logged(held, &appointed, walked.facts.signed).map(|()| walked));
    match &mut walked {
        Ok(walked) => registry.finish(walked),
        Err(_) => registry.without_log(),
    }
    let reports = registry
        .histories
        .into_iter()
        .map(|(name, verdict)| ItemReport::new(&format!("{path}/keys/{name}"), ItemKind::History, verdict));
    let mut reports: Vec<_> = reports.collect();
    let verdict = walked.and_then(|walked| {
        walked.policies.check_papers(papers, &walked.facts.origin)?;
        Ok(findings(walked, since))
    });
    reports.push(ItemReport::new(&format!("{path}/audit"), ItemKind::Log, verdict));
    reports
}

/// The statement by which a new evidence signer was appointed, and the entry that says so.
fn appointment(line: &Line<'_>) -> Option<(String, u64)> {
    if line.view.event != event::SIGNER_REPLACED {
        return None;
    }
    let entry = Entry::parse(line.bytes).ok()?;
    Some((entry.detail.get("statementSha256")?.as_str()?.to_owned(), line.seq))
}

/// Every succession stands in the log, after the lost signer's last checkpoint and under one of the new signer.
fn all_logged(held: &[Held], appointed: &[(String, u64)], signed: u64) -> Result<(), Failure> {
    let logged = |held: &&Held| {
        appointed.iter().any(|(statement, seq)| *statement == held.statement && (held.entries..signed).contains(seq))
    };
    match held.iter().find(|held| !logged(held)) {
        None => Ok(()),
        Some(held) => {
            let detail = format!("no signed entry says that a signer was replaced by the statement {}", held.statement);
            Err(Failure::new(FailureKind::Subject, detail))
        }
    }
}

/// A manifest and what the log has said about it so far.
#[derive(Debug)]
struct Made {
    /// Its history.
    item: usize,
    revision: u32,
    log_seq: u64,
    log_entry: Sha256Bytes,
    /// The operation of its intent, once the log has named it.
    operation: Option<String>,
    /// The event of its intent.
    event: String,
    authorization: Option<AuthorizationRecord>,
    /// The result that names it.
    result: Option<u64>,
}

/// The manifests of all histories, against the log as it streams by.
#[derive(Debug, Default)]
struct Crossing {
    histories: Vec<(String, Result<Findings, Failure>)>,
    made: Vec<Made>,
    by_seq: HashMap<u64, Vec<usize>>,
    by_payload: HashMap<Sha256Bytes, usize>,
    missing: Vec<Missing>,
}

/// A result that names a manifest which is not there.
#[derive(Debug)]
struct Missing {
    key: String,
    seq: u64,
    payload: String,
}

impl Crossing {
    fn add(&mut self, name: String, verdict: Result<History, Failure>) {
        let item = self.histories.len();
        let verdict = verdict.map(|history| {
            for manifest in history.manifests {
                let at = self.made.len();
                self.by_seq.entry(manifest.log_seq).or_default().push(at);
                self.by_payload.insert(manifest.payload, at);
                self.made.push(Made {
                    item,
                    revision: manifest.revision,
                    log_seq: manifest.log_seq,
                    log_entry: manifest.log_entry,
                    operation: None,
                    event: String::new(),
                    authorization: manifest.authorization,
                    result: None,
                });
            }
            history.findings
        });
        self.histories.push((name, verdict));
    }

    /// Takes in one entry of the log.
    fn see(&mut self, line: &Line<'_>) {
        for at in self.by_seq.get(&line.seq).cloned().unwrap_or_default() {
            self.see_intent(at, line);
        }
        if line.view.phase == Phase::Result
            && let Some(payload) = line.view.manifest_sha256()
        {
            self.see_result(payload, line);
        }
    }

    /// The manifest at `at` says that this entry is its intent.
    fn see_intent(&mut self, at: usize, line: &Line<'_>) {
        let Some(made) = self.made.get_mut(at) else { return };
        let name = self.histories.get(made.item).map_or("", |(name, _)| name.as_str());
        let same = made.log_entry == line.hash && line.view.phase == Phase::Intent && key_of(line.view) == name;
        if same {
            made.operation = Some(line.view.id.to_string());
            made.event = line.view.event.to_string();
            return;
        }
        let detail = format!("revision {}: the log's entry {} is not its intent", made.revision, line.seq);
        let item = made.item;
        self.fail(item, Failure::new(FailureKind::Subject, detail));
    }

    /// The log says that an operation made a manifest.
    fn see_result(&mut self, payload: &str, line: &Line<'_>) {
        let key = key_of(line.view);
        let found = parse_sha256(payload).and_then(|hash| self.by_payload.get(&hash)).copied();
        let Some(made) = found.and_then(|at| self.made.get_mut(at)) else {
            return self.missing.push(Missing { key, seq: line.seq, payload: payload.to_owned() });
        };
        made.result = Some(line.seq);
        let name = self.histories.get(made.item).map_or("", |(name, _)| name.as_str());
        let success = line.view.outcome == Some(Outcome::Success);
        if !success || key != name || made.operation.as_deref() != Some(line.view.id.as_ref()) {
            let detail = format!("revision {}: entry {} is not the success of its operation", made.revision, line.seq);
            let item = made.item;
            self.fail(item, Failure::new(FailureKind::Subject, detail));
        }
    }

    /// After the last entry: what the log has not said.
    fn finish(&mut self, walked: &mut Walked) {
        for missing in std::mem::take(&mut self.missing) {
            self.judge(missing, walked);
        }
        for made in std::mem::take(&mut self.made) {
            match verdict(&made, &walked.open, &walked.policies, walked.facts.entries) {
                Err(failure) => self.fail(made.item, failure),
                Ok(Some(note)) => {
                    if let Some((_, Ok(findings))) = self.histories.get_mut(made.item) {
                        findings.note(note);
                    }
                }
                Ok(None) => {}
            }
        }
        for (_, verdict) in &mut self.histories {
            if let Ok(findings) = verdict {
                findings.checked("the log's intents and results");
                if walked.policies.any() {
                    findings.checked("the policy in force at each change, as signed checkpoints name it");
                }
            }
        }
    }

    /// The log does not verify, so nothing that it says counts for a history.
    fn without_log(&mut self) {
        for (_, verdict) in &mut self.histories {
            if let Ok(findings) = verdict {
                findings.not_provable("that the log has these manifests: it does not verify");
            }
        }
    }

    /// A checkpoint is signed only when every result before it has its output in its place. Below one, the manifest
    /// was taken away; after the last one, a run was killed between the log and the rename, and recovery finishes it.
    fn judge(&mut self, missing: Missing, walked: &mut Walked) {
        let Missing { key, seq, payload } = missing;
        if seq < walked.facts.signed {
            let detail = format!("entry {seq} of the log made a manifest that is not there: {payload}");
            return self.fail_key(&key, Failure::new(FailureKind::FileMissing, detail));
        }
        let manifest =
            format!("entry {seq}, which no checkpoint covers yet, made a manifest of {}", printable(&key, 160));
        walked.notes.push(format!("{manifest} that is not in its place"));
    }

    /// Marks a history, unless it has failed before.
    fn fail(&mut self, item: usize, failure: Failure) {
        if let Some((_, verdict @ Ok(_))) = self.histories.get_mut(item) {
            *verdict = Err(failure);
        }
    }

    /// Marks the history of a key version; one that has no folder gets one.
    fn fail_key(&mut self, key: &str, failure: Failure) {
        match self.histories.iter().position(|(name, _)| name == key) {
            Some(item) => self.fail(item, failure),
            None => self.histories.push((key.to_owned(), Err(failure))),
        }
    }
}

/// What the log says of one manifest: nothing wrong, a note, or a failure.
fn verdict(made: &Made, open: &OpenOperations, policies: &Policies, entries: u64) -> Result<Option<String>, Failure> {
    let Some(operation) = &made.operation else {
        let detail = format!("revision {} names entry {} of a log of {entries}", made.revision, made.log_seq);
        return Err(Failure::new(FailureKind::Chain, detail));
    };
    let positions = (made.log_seq, made.result);
    let governed = policies.check_manifest(positions, &made.event, made.authorization.as_ref());
    governed.map_err(|failure| failure.at(format!("revision {}", made.revision)))?;
    if made.result.is_some() {
        return Ok(None);
    }
    if open.contains(operation) {
        return Ok(Some(format!("revision {}: its operation was interrupted, the log has no result", made.revision)));
    }
    let detail = format!("revision {}: the log has a result of its operation that does not name it", made.revision);
    Err(Failure::new(FailureKind::Subject, detail))
}

fn key_of(entry: &EntryView<'_>) -> String {
    entry.key.as_ref().map(|key| format!("{}@{}", key.name, key.version)).unwrap_or_default()
}
