//! What the log says of runs, and of bundles that recovery gave up: one pass for both, and no line is read twice by one
//! process. It is a claim of the log, whose lines nobody has checked here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::Value;

use super::past::{Tail, adopted_tail, attested, last_checkpoint};
use crate::audit::record::{Entry, Phase, event};
use crate::registry::error::{LogFault, RegistryError};
use crate::registry::lines::{LogLines, Place};
use crate::registry::store::Registry;

/// The member of a note's detail that says for which wraps the bundles were given up: `{manifestSha256, wraps: [0]}`.
pub const GIVEN_UP: &str = "givenUp";

/// [`GIVEN_UP`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GivenUp {
    manifest_sha256: String,
    wraps: Vec<usize>,
}

/// What the log says of runs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RunNotes {
    /// The id of each run that began, by the SHA-256 of its file, and whether who began it has signed for it.
    pub begun: BTreeMap<String, (String, bool)>,
    /// The ids of those that ended, as far as it is signed and something else was done since.
    pub ended: BTreeSet<String>,
    /// The ids of those that ended, as far as it is signed.
    pub over: BTreeSet<String>,
}

/// What this process has read of the log.
#[derive(Debug, Default)]
pub struct LogMemory(Mutex<Option<Scan>>);

/// What some lines say, from the first.
#[derive(Clone, Debug, Default)]
struct Scan {
    /// Where the next line starts.
    next: Place,
    begun: Vec<(u64, String, String)>,
    ended: Vec<(u64, String)>,
    tails: Vec<Tail>,
    last_intent: u64,
    given_up: BTreeMap<String, BTreeSet<usize>>,
}

impl LogMemory {
    // It is replaced as a whole, so a panic elsewhere leaves it whole.
    fn scan(&self) -> MutexGuard<'_, Option<Scan>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registry {
    /// Whether recovery gave up the bundle of this wrap of a manifest, because it could not be put in its place. Whoever
    /// relies on it does no more than to wrap again. The log is read once for all of them.
    ///
    /// # Errors
    /// When the log could not be read.
    pub fn is_given_up(&self, manifest_sha256: &str, wrap: usize) -> Result<bool, RegistryError> {
        let mut known = self.log.scan();
        if known.is_none() {
            *known = Some(Scan::default().go_on(self)?);
        }
        let given_up = known.as_ref().and_then(|scan| scan.given_up.get(manifest_sha256));
        Ok(given_up.is_some_and(|wraps| wraps.contains(&wrap)))
    }
}

/// What the log says of runs: which file each began with, and which have ended.
///
/// # Errors
/// When the log could not be read.
pub fn run_notes(registry: &Registry) -> Result<RunNotes, RegistryError> {
    let mut known = registry.log.scan();
    let scan = known.take().unwrap_or_default().go_on(registry)?;
    let notes = scan.run_notes(last_checkpoint(registry)?.size);
    *known = Some(scan);
    Ok(notes)
}

/// By manifest, the wraps whose bundles recovery gave up, as the log has it now.
///
/// # Errors
/// When the log could not be read.
#[cfg(test)]
pub(crate) fn given_up(registry: &Registry) -> Result<BTreeMap<String, BTreeSet<usize>>, RegistryError> {
    Ok(Scan::default().go_on(registry)?.given_up)
}

/// What is in front of an entry's phase, once in each line, and what may follow.
const PHASE: &str = "\"phase\":\"";
const INTENT: &str = "intent\"";
const RESULT: &str = "result\"";

impl Scan {
    /// Takes in what was written since.
    fn go_on(mut self, registry: &Registry) -> Result<Self, RegistryError> {
        let mut lines = LogLines::open_at(registry.layout(), self.next)?;
        loop {
            let seq = lines.place().seq;
            let Some(line) = lines.next() else { break };
            self.take(seq, &line?)?;
        }
        self.next = lines.place();
        Ok(self)
    }

    fn take(&mut self, seq: u64, line: &[u8]) -> Result<(), RegistryError> {
        let Ok(text) = str::from_utf8(line) else { return Ok(()) };
        // All that is sought is in notes: of ten thousand operations the other lines are not looked at further.
        let phase = text.find(PHASE).and_then(|at| text.get(at.saturating_add(PHASE.len())..)).unwrap_or_default();
        if phase.starts_with(INTENT) {
            self.last_intent = seq;
            return Ok(());
        }
        let says = |what: &str| text.contains(what);
        if phase.starts_with(RESULT) {
            return Ok(());
        }
        if says(event::TAIL_ADOPTED) {
            self.tails.extend(adopted_tail(seq, line));
        }
        if says(event::KEY_RECOVER) && says(GIVEN_UP) {
            self.take_given_up(line);
        }
        if says(event::ROTATE_BEGIN) || says(event::ROTATE_END) {
            self.take_run(seq, line)?;
        }
        Ok(())
    }

    fn take_given_up(&mut self, line: &[u8]) {
        let Ok(mut entry) = Entry::parse(line) else { return };
        let given_up = entry.detail.remove(GIVEN_UP).filter(|_| entry.event == event::KEY_RECOVER);
        if let Some(GivenUp { manifest_sha256, wraps }) = given_up.and_then(|row| serde_json::from_value(row).ok()) {
            self.given_up.entry(manifest_sha256).or_default().extend(wraps);
        }
    }

    fn take_run(&mut self, seq: u64, line: &[u8]) -> Result<(), RegistryError> {
        let entry = Entry::parse(line).map_err(|error| LogFault::Line { seq, what: error.to_string() })?;
        let member = |name: &str| entry.detail.get(name).and_then(Value::as_str).map(str::to_owned);
        let Some(run) = member("run").filter(|_| entry.phase == Phase::Note) else { return Ok(()) };
        if entry.event == event::ROTATE_END {
            self.ended.push((seq, run));
        } else if let Some(sha256) = member("sha256").filter(|_| entry.event == event::ROTATE_BEGIN) {
            self.begun.push((seq, sha256, run));
        }
        Ok(())
    }

    /// Of so many lines somebody has signed.
    fn run_notes(&self, signed: u64) -> RunNotes {
        let begun = self.begun.iter().map(|(seq, ..)| *seq);
        let seqs = begun.chain(self.ended.iter().map(|(seq, _)| *seq)).collect();
        let own: BTreeSet<u64> = attested(seqs, self.tails.clone(), signed).into_iter().collect();
        let mut notes = RunNotes::default();
        for (seq, sha256, run) in &self.begun {
            // The first one counts; one that is signed counts more.
            let is_signed = own.contains(seq);
            let known = notes.begun.entry(sha256.clone()).or_insert_with(|| (run.clone(), is_signed));
            if is_signed && !known.1 {
                *known = (run.clone(), true);
            }
        }
        // A command that was killed after all was signed, and before it could say so, is typed again: as long as nothing
        // else was begun, its run is found open, and all of it done.
        let was_left = |seq: u64| seq >= self.last_intent;
        let over = self.ended.iter().filter(|(seq, _)| own.contains(seq) && !was_left(*seq));
        notes.over = self.ended.iter().filter(|(seq, _)| own.contains(seq)).map(|(_, run)| run.clone()).collect();
        notes.ended = over.map(|(_, run)| run.clone()).collect();
        notes
    }
}
