//! A registry: the manifests of every key version in their order, the log, and each against the other.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::authorization::{Basis, Once, check_time};
use super::failure::{Failure, FailureKind};
use super::history::{History, KeyFolder, LogicalIds, check_history};
use super::log::{Line, LogInput, Walked, findings, walk};
use super::papers::Papers;
use super::parallel;
use super::report::{Findings, ItemKind, ItemReport};
use super::shown::Shown;
use super::succession::Held;
use crate::audit::record::{Entry, EntryView, Outcome, Phase, event};
use crate::format::escape::printable;
use crate::manifest::authorization::AuthorizationRecord;
use crate::manifest::digest::{Sha256Bytes, parse_sha256};
use crate::manifest::rotation::RotationRecord;
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
    registry.check_rotations();
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
    let reports = std::mem::take(&mut registry.histories)
        .into_iter()
        .map(|(name, verdict)| ItemReport::new(&format!("{path}/keys/{name}"), ItemKind::History, verdict));
    let mut reports: Vec<_> = reports.collect();
    let verdict = walked.and_then(|walked| {
        let log = (walked.facts.origin.as_str(), &walked.roots);
        walked.policies.check_papers(papers, log, &mut registry.once)?;
        let recoveries = walked.policies.check_recoveries(papers, log, &walked.facts.unattested)?;
        Ok(findings(walked, since).and(recoveries))
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
    authorization: Option<AuthorizationRecord>,
    basis: Basis,
    shown: Shown,
    at: Timestamp,
    /// Its intent, once the log has named it.
    intent: Option<Intent>,
    /// The result that names it.
    result: Option<(u64, Timestamp)>,
}

/// The operation that made a manifest.
#[derive(Debug)]
struct Intent {
    operation: String,
    event: String,
    begun: Timestamp,
}

/// The manifests of all histories, against the log as it streams by.
#[derive(Debug, Default)]
struct Crossing {
    histories: Vec<(String, Result<Findings, Failure>)>,
    made: Vec<Made>,
    by_seq: HashMap<u64, Vec<usize>>,
    by_payload: HashMap<Sha256Bytes, usize>,
    missing: Vec<Missing>,
    /// Type and purpose of each version whose history holds, by its name.
    kinds: HashMap<String, (String, String)>,
    /// Histories that a rotation began, and what they say of it.
    rotations: Vec<(usize, RotationRecord)>,
    /// Interrupted seals that recovery finished.
    finished: HashSet<String>,
    once: Once,
}

/// A result that names a manifest which is not there.
#[derive(Debug)]
struct Missing {
    key: String,
    seq: u64,
    payload: String,
    operation: String,
}

impl Crossing {
    fn add(&mut self, name: String, verdict: Result<History, Failure>) {
        let item = self.histories.len();
        let verdict = verdict.map(|history| {
            self.kinds.insert(name.clone(), history.kind);
            self.rotations.extend(history.rotation.map(|rotation| (item, rotation)));
            for manifest in history.manifests {
                let at = self.made.len();
                self.by_seq.entry(manifest.log_seq).or_default().push(at);
                self.by_payload.insert(manifest.payload, at);
                self.made.push(Made {
                    item,
                    revision: manifest.revision,
                    log_seq: manifest.log_seq,
                    log_entry: manifest.log_entry,
                    authorization: manifest.authorization,
                    basis: manifest.basis,
                    shown: manifest.shown,
                    at: manifest.at,
                    intent: None,
                    result: None,
                });
            }
            history.findings
        });
        self.histories.push((name, verdict));
    }

    /// A version replaces one that is as it is, and names a manifest of it. What is not in the registry, or does not hold
    /// itself, shows nothing.
    fn check_rotations(&mut self) {
        for (item, rotation) in std::mem::take(&mut self.rotations) {
            if let Some(detail) = self.rotation_differs(item, &rotation) {
                self.fail(item, Failure::new(FailureKind::Subject, detail));
            }
        }
    }

    fn rotation_differs(&self, item: usize, rotation: &RotationRecord) -> Option<String> {
        let replaces = &rotation.replaces;
        let name = self.histories.get(item).map(|(name, _)| name.as_str())?;
        let ((was, wants), (is, does)) = (self.kinds.get(replaces)?, self.kinds.get(name)?);
        if (was, wants) != (is, does) {
            return Some(format!("it is {is} to {does}, and {replaces}, which it replaces, is {was} to {wants}"));
        }
        let hash = parse_sha256(&rotation.manifest_sha256);
        let named = hash.and_then(|hash| self.made.get(*self.by_payload.get(&hash)?));
        let is_its = |made: &Made| self.histories.get(made.item).is_some_and(|(name, _)| name == replaces);
        (!named.is_some_and(is_its)).then(|| format!("its rotation names a manifest that is none of {replaces}"))
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
        if line.view.event == event::KEY_RECOVER {
            self.finished.extend(finished_seal(line));
        }
    }

    /// The manifest at `at` says that this entry is its intent.
    fn see_intent(&mut self, at: usize, line: &Line<'_>) {
        let Some(made) = self.made.get_mut(at) else { return };
        let name = self.histories.get(made.item).map_or("", |(name, _)| name.as_str());
        let same = made.log_entry == line.hash && line.view.phase == Phase::Intent && key_of(line.view) == name;
        if same {
            let (operation, event) = (line.view.id.to_string(), line.view.event.to_string());
            made.intent = Some(Intent { operation, event, begun: line.view.ts });
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
            let (payload, operation) = (payload.to_owned(), line.view.id.to_string());
            return self.missing.push(Missing { key, seq: line.seq, payload, operation });
        };
        made.result = Some((line.seq, line.view.ts));
        let name = self.histories.get(made.item).map_or("", |(name, _)| name.as_str());
        let success = line.view.outcome == Some(Outcome::Success);
        if !success || key != name || made.operation() != Some(line.view.id.as_ref()) {
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
        let mut made = std::mem::take(&mut self.made);
        // Whichever the log has first is the one for which a plan was approved.
        made.sort_by_key(|made| made.log_seq);
        for made in made {
            match self.verdict(&made, walked) {
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

    /// What the log says of one manifest: nothing wrong, a note, or a failure.
    fn verdict(&mut self, made: &Made, walked: &Walked) -> Result<Option<String>, Failure> {
        let at = |failure: Failure| failure.at(format!("revision {}", made.revision));
        let wrong = |detail: String| Err(at(Failure::new(FailureKind::Subject, detail)));
        let Some(intent) = &made.intent else {
            let (seq, entries) = (made.log_seq, walked.facts.entries);
            return Err(at(Failure::new(FailureKind::Chain, format!("names entry {seq} of a log of {entries}"))));
        };
        match made.shown.fits(&intent.event) {
            Some(true) => {}
            None if !walked.policies.any() => {}
            Some(false) | None => return wrong(format!("an operation {} makes no such manifest", intent.event)),
        }
        let finished = made.shown.only_seals() && self.finished.contains(&intent.operation);
        let is_fact = made.shown.only_admits() || finished;
        let positions = (made.log_seq, made.result.map(|(seq, _)| seq));
        walked.policies.check_manifest(positions, is_fact, made.authorization.as_ref()).map_err(at)?;
        let unapproved = self.check_basis(made, intent, (finished, walked)).map_err(at)?;
        if made.result.is_some() {
            return Ok(unapproved);
        }
        if walked.open.contains(&intent.operation) {
            let revision = made.revision;
            return Ok(Some(format!("revision {revision}: its operation was interrupted, the log has no result")));
        }
        wrong("the log has a result of its operation that does not name it".to_owned())
    }

    /// Whether the plan was applied in its time, on its log and once; or nothing was to be approved.
    fn check_basis(
        &mut self,
        made: &Made,
        intent: &Intent,
        (finished, walked): (bool, &Walked),
    ) -> Result<Option<String>, Failure> {
        let revision = made.revision;
        match &made.basis {
            Basis::Nothing if finished && made.authorization.is_none() && walked.policies.any() => {
                Ok(Some(format!("revision {revision}: recovery recorded that the key was sealed, under no policy")))
            }
            Basis::Nothing => Ok(None),
            // The token made it so: that it was approved is not shown, and no reason to hide it.
            Basis::Lacking(needed) if finished => Ok(Some(format!(
                "revision {revision}: recovery recorded that the key was sealed; the policy asks for {needed}, and none is shown"
            ))),
            Basis::Lacking(needed) => {
                let detail = format!("the policy asks for {needed} of this, and the manifest names no plan");
                Err(Failure::new(FailureKind::Subject, detail))
            }
            Basis::Plan(used) => {
                used.check((made.log_seq, intent.begun), &walked.roots)?;
                check_time(made.at, intent.begun, made.result.map(|(_, ts)| ts))?;
                self.once.check(used).map(|()| None)
            }
        }
    }

    /// A checkpoint is signed only when every result before it has its output in its place. Below one, the manifest
    /// was taken away; after the last one, a run was killed between the log and the rename, and recovery finishes it.
    /// One that vanished before it was renamed has another of the same operation in its stead, which recovery made.
    fn judge(&mut self, missing: Missing, walked: &mut Walked) {
        let Missing { key, seq, payload, operation } = missing;
        let instead = self.made.iter().any(|made| {
            made.operation() == Some(operation.as_str()) && made.result.is_some_and(|(later, _)| later > seq)
        });
        if instead {
            let what = "made a manifest that vanished, and recovery made another";
            return walked.notes.push(format!("entry {seq} {what} of {}", printable(&key, 160)));
        }
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

impl Made {
    fn operation(&self) -> Option<&str> {
        self.intent.as_ref().map(|intent| intent.operation.as_str())
    }
}

/// An interrupted seal that recovery finished, by its operation.
fn finished_seal(line: &Line<'_>) -> Option<String> {
    let detail = Entry::parse(line.bytes).ok()?.detail;
    let text = |name: &str| detail.get(name).and_then(serde_json::Value::as_str);
    (text("action") == Some("seal")).then(|| text("operation").map(str::to_owned)).flatten()
}

fn key_of(entry: &EntryView<'_>) -> String {
    entry.key.as_ref().map(|key| format!("{}@{}", key.name, key.version)).unwrap_or_default()
}
