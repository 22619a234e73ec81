//! What the log says of the past, without writing: a checkpoint that was signed, what is unfinished, what became of a
//! plan.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, BufRead, BufReader};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use super::checkpoints::{self, MAX_CHECKPOINT};
use super::open;
use crate::audit::chain::entry_hash;
use crate::audit::checkpoint::Checkpoint;
use crate::audit::record::{Entry, EntryView, Outcome, Phase, event};
use crate::key::version::KeyVersionId;
use crate::manifest::dsse::Signed;
use crate::registry::error::{LogFault, RegistryError};
use crate::registry::files;
use crate::registry::layout::LOG_FILE_ENTRIES;
use crate::registry::lines::{LogLines, Place};
use crate::registry::store::Registry;

/// The member of a detail that says which plan was applied.
pub const PLAN: &str = "plan";

/// [`PLAN`]: an action of a plan.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanMark {
    /// SHA-256 of the plan's bytes.
    pub sha256: String,
    /// Which of its actions, from 0.
    pub action: u32,
}

/// An operation that has no result yet, or whose output is not in its place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unfinished {
    /// Its id.
    pub id: String,
    /// What was begun.
    pub event: String,
    /// To which key version.
    pub key: Option<KeyVersionId>,
}

/// What the log says of one action of a plan.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PlanUse {
    /// It was begun.
    pub begun: bool,
    /// It was done: in which entry, and when. A run has signed for that entry.
    pub done: Option<(u64, Timestamp)>,
    /// Entries that say so and for which no run has signed: it was cut short, or somebody else wrote them. Each is as
    /// good as what it left.
    pub claims: Vec<Claim>,
    /// Of a rotation, which has many: the intents, each by its place and the SHA-256 of its line, as manifests name them.
    /// Then `done` is the last success, and says nothing of the others.
    pub intents: BTreeSet<(u64, String)>,
}

/// An entry that ends an action, and for which nobody has signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Claim {
    /// Its place in the log.
    pub seq: u64,
    /// Its time.
    pub at: Timestamp,
    /// The operation.
    pub id: String,
    /// The intent's place and the SHA-256 of its line, as a manifest of this operation names them.
    pub intent: Option<(u64, String)>,
}

/// The last checkpoint, verified under the registry's own trust.
///
/// # Errors
/// [`RegistryError::Log`].
pub fn last_checkpoint(registry: &Registry) -> Result<Checkpoint, RegistryError> {
    checkpoints::last(registry.layout(), registry.origin(), &registry.trust()?)
}

/// Whether a checkpoint of this size and root was signed in this registry.
///
/// # Errors
/// When the checkpoints cannot be read.
pub fn has_checkpoint(registry: &Registry, sought: &Checkpoint) -> Result<bool, RegistryError> {
    let path = registry.layout().checkpoints();
    if !files::present(&path)? {
        return Ok(false);
    }
    let body = sought.body().map_err(|error| RegistryError::malformed(&path, error.to_string()))?;
    // Whole groups of three bytes: what follows them does not change their base64.
    let groups = body.len().saturating_sub(body.len().checked_rem(3).unwrap_or_default());
    let needle = STANDARD.encode(body.get(..groups).unwrap_or_default());
    let trust = registry.trust()?;
    let mut reader = BufReader::new(files::open(&path, OFlags::RDONLY)?);
    let mut line = Vec::new();
    while read_line(&mut reader, &mut line).map_err(|e| RegistryError::io(&path, "read", e))? {
        let holds = str::from_utf8(&line).is_ok_and(|text| text.contains(&needle));
        if holds
            && let Ok(signed) = Signed::<Checkpoint>::verify(&line, &trust)
            && (signed.value().size, signed.value().root) == (sought.size, sought.root)
            && signed.value().origin == sought.origin
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A line without its line feed; false at the end. One that is too long comes in pieces, which are no checkpoints.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    io::Read::take(reader, MAX_CHECKPOINT).read_until(b'\n', line)?;
    let any = !line.is_empty();
    line.pop_if(|last| *last == b'\n');
    Ok(any)
}

/// What interrupted runs left, as far as the log alone says it, oldest first.
///
/// # Errors
/// [`RegistryError::Log`].
pub fn unfinished(registry: &Registry) -> Result<Vec<Unfinished>, RegistryError> {
    let operations = open::read(registry)?.operations;
    let results = operations.unreleased()?.into_iter();
    let results = results.map(|result| Unfinished { id: result.id.0, event: result.event, key: result.key });
    let intents = operations.into_intents().into_iter();
    let intents = intents.map(|intent| Unfinished { id: intent.id.0, event: intent.event, key: intent.key });
    Ok(results.chain(intents).collect())
}

/// Whether there are lines that no checkpoint covers.
///
/// # Errors
/// [`RegistryError::Log`].
pub fn has_tail(registry: &Registry) -> Result<bool, RegistryError> {
    Ok(open::read(registry)?.has_tail())
}

/// What became of each action of a plan, which `events` name by the event of its result, or of its note. Nothing before
/// the entry `from` can be about it: the plan names the root of the log up to there.
///
/// # Errors
/// When the log could not be read.
pub fn plan_uses(
    registry: &Registry,
    sha256: &str,
    from: u64,
    events: &[&'static str],
) -> Result<Vec<PlanUse>, RegistryError> {
    let first = from.saturating_sub(from.checked_rem(LOG_FILE_ENTRIES).unwrap_or_default());
    let mut lines = LogLines::open_at(registry.layout(), Place { seq: first, offset: 0 })?;
    let (mut read, mut tails) = (Read { sha256, events, begun: HashMap::new(), found: Vec::new() }, Vec::new());
    loop {
        let seq = lines.place().seq;
        let Some(line) = lines.next() else { break };
        let line = line?;
        let Ok(text) = str::from_utf8(&line) else { continue };
        if text.contains(event::TAIL_ADOPTED) {
            tails.extend(adopted_tail(seq, &line));
        }
        if seq >= from && read.is_about(text, &line) {
            read.entry(seq, &line)?;
        }
    }
    let mut uses = vec![PlanUse::default(); events.len()];
    for start in read.begun.into_values() {
        if let Some(action_use) = uses.get_mut(start.action) {
            action_use.begun = true;
            if has_many(events.get(start.action)) {
                action_use.intents.insert(start.log_entry);
            }
        }
    }
    if read.found.is_empty() {
        return Ok(uses);
    }
    let own = attested(read.found.iter().map(|(_, end)| end.seq).collect(), tails, last_checkpoint(registry)?.size);
    for (action, end) in read.found {
        let Some(action_use) = uses.get_mut(action) else { continue };
        if has_many(events.get(action)) {
            action_use.done = Some((end.seq, end.at));
        } else if own.contains(&end.seq) {
            action_use.done = action_use.done.or(Some((end.seq, end.at)));
        } else {
            action_use.claims.push(end);
        }
    }
    Ok(uses)
}

/// What is read of a log about one plan.
struct Read<'a> {
    sha256: &'a str,
    events: &'a [&'static str],
    /// By operation.
    begun: HashMap<String, Begun>,
    found: Vec<(usize, Claim)>,
}

struct Begun {
    action: usize,
    log_entry: (u64, String),
}

impl Read<'_> {
    /// Recovery ends an operation in a run that knows no plan; its result has the id of the intent.
    fn is_about(&self, text: &str, line: &[u8]) -> bool {
        let of_begun = |view: EntryView<'_>| self.begun.contains_key(view.id.as_ref());
        text.contains(self.sha256) || (!self.begun.is_empty() && EntryView::parse(line).is_ok_and(of_begun))
    }

    fn entry(&mut self, seq: u64, line: &[u8]) -> Result<(), RegistryError> {
        let entry = Entry::parse(line).map_err(|error| LogFault::Line { seq, what: error.to_string() })?;
        let begun = self.begun.get(&entry.id);
        let marked = marked(&entry, self.sha256);
        let Some(action) = begun.map(|begun| begun.action).or(marked) else { return Ok(()) };
        let Some(event) = self.events.get(action) else { return Ok(()) };
        let is_note = entry.phase == Phase::Note;
        let ends = match entry.phase {
            Phase::Result => begun.is_some() && entry.outcome == Some(Outcome::Success),
            Phase::Note => marked.is_some(),
            Phase::Intent => false,
        };
        let is_it = entry.event == *event || (has_many(Some(event)) && entry.event == event::KEY_WRAP);
        if ends && is_it {
            let intent = begun.filter(|_| !is_note).map(|begun| begun.log_entry.clone());
            self.found.push((action, Claim { seq, at: entry.ts, id: entry.id, intent }));
        } else if begun.is_none() && (is_it || entry.event == BEGUN) {
            self.begun.insert(entry.id, Begun { action, log_entry: (seq, hex::encode(entry_hash(line))) });
        }
        Ok(())
    }
}

/// Whether an action that ends with this event is about many keys, each with a result of its own.
fn has_many(event: Option<&&'static str>) -> bool {
    event.is_some_and(|event| *event == event::KEY_ROTATE)
}

/// Where a note that covers a tail stands, and which lines it covers.
pub(super) type Tail = (u64, std::ops::Range<u64>);

pub(super) fn adopted_tail(seq: u64, line: &[u8]) -> Option<Tail> {
    let entry = Entry::parse(line).ok().filter(|entry| entry.event == event::TAIL_ADOPTED)?;
    let number = |name: &str| entry.detail.get(name).and_then(serde_json::Value::as_u64);
    let (from, to) = (number("from")?, number("to")?);
    (from <= to && to == seq).then_some((seq, from..to))
}

/// Those of these entries that the run which wrote them has signed for.
pub(super) fn attested(mut entries: Vec<u64>, mut tails: Vec<Tail>, signed: u64) -> Vec<u64> {
    entries.retain(|seq| *seq < signed);
    // Backwards: a note that lies in a later tail is one that somebody else can have written.
    tails.sort_by_key(|(seq, _)| std::cmp::Reverse(*seq));
    let mut believed: Vec<Tail> = Vec::new();
    for (seq, range) in tails.into_iter().filter(|(seq, _)| *seq < signed) {
        if !believed.iter().any(|(_, later)| later.contains(&seq)) {
            believed.push((seq, range));
        }
    }
    entries.retain(|seq| !believed.iter().any(|(_, range)| range.contains(seq)));
    entries
}

/// A note that an action was done which has no result of its own.
pub const DONE: &str = "plan.done";
/// A note that an action was begun which has no intent of its own.
pub const BEGUN: &str = "plan.begun";

fn marked(entry: &Entry, sha256: &str) -> Option<usize> {
    let mark: PlanMark = serde_json::from_value(entry.detail.get(PLAN)?.clone()).ok()?;
    (mark.sha256 == sha256).then(|| usize::try_from(mark.action).ok()).flatten()
}

#[cfg(test)]
#[path = "past_tests.rs"]
mod tests;
