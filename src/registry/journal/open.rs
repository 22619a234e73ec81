//! Reading the log before writing it: checkpoint, signed lines, tail.

use jiff::Timestamp;
use serde_json::Value;

use super::RECOVERY_PENDING;
use super::checkpoints;
use super::head::Head;
use super::operations::Operations;
use crate::audit::chain::entry_hash;
use crate::audit::checkpoint::{Checkpoint, PolicyInForce};
use crate::audit::record::{Entry, EntryView};
use crate::registry::error::{LogFault, RegistryError};
use crate::registry::layout::LOG_FILE_ENTRIES;
use crate::registry::lines::{LogLines, Place};
use crate::registry::store::Registry;

/// A log that was read and found good.
pub(super) struct Opened {
    pub(super) head: Head,
    /// Lines under the last checkpoint.
    pub(super) signed: u64,
    /// Bytes of a torn last line.
    pub(super) torn: u64,
    pub(super) operations: Operations,
    /// The policy that the last checkpoint names.
    pub(super) policy: Option<PolicyInForce>,
    /// When the last signed line was written: by the run that signed it, whatever others wrote before it.
    pub(super) signed_at: Option<Timestamp>,
}

impl Opened {
    /// True when there is more than the last checkpoint covers.
    pub(super) fn has_tail(&self) -> bool {
        self.head.end().seq > self.signed || self.torn > 0
    }
}

/// The last checkpoint, verified. The log itself is not read.
pub(super) fn checkpoint(registry: &Registry) -> Result<Checkpoint, RegistryError> {
    checkpoints::last(registry.layout(), registry.origin(), &registry.trust()?)
}

/// The policy in force, as the last checkpoint names it. The log itself is not read.
pub(super) fn policy(registry: &Registry) -> Result<Option<PolicyInForce>, RegistryError> {
    Ok(checkpoint(registry)?.policy)
}

pub(super) fn read(registry: &Registry) -> Result<Opened, RegistryError> {
    let checkpoint = checkpoints::last(registry.layout(), registry.origin(), &registry.trust()?)?;
    let (mut head, mut lines) = Head::at(registry, &checkpoint)?;
    let mut operations = Operations::new(registry.layout().root());
    add_pending(registry, &head, &mut operations)?;
    let signed_at = head.last().and_then(|(_, line)| Entry::parse(line).ok()).map(|entry| entry.ts);
    loop {
        let start = lines.place();
        let Some(line) = lines.next() else { break };
        let line = line?;
        check_line(&head, start.seq, &line)?;
        operations.add(start.seq, &line)?;
        head.follow(start, line, lines.place());
    }
    operations.reopen_lost(&|path| registry.is_evidence(path))?;
    Ok(Opened { head, signed: checkpoint.size, torn: lines.torn(), operations, policy: checkpoint.policy, signed_at })
}

/// A line after the checkpoint is read strictly: nothing vouches for it but itself.
fn check_line(head: &Head, seq: u64, line: &[u8]) -> Result<(), LogFault> {
    let fault = |what: String| LogFault::Line { seq, what };
    let entry = EntryView::parse(line).map_err(|error| fault(error.to_string()))?;
    head.chain().clone().follow(&entry, line).map_err(|error| fault(error.to_string()))
}

/// The intents that were open when the checkpoint was signed, and the results whose output was not in its place. Its last
/// lines name them, and the lines themselves are signed, so this is the truth.
fn add_pending(registry: &Registry, head: &Head, operations: &mut Operations) -> Result<(), RegistryError> {
    let Some((seq, line)) = head.last() else { return Ok(()) };
    let (mut rows, mut list) = (Vec::new(), (seq, line.to_vec()));
    loop {
        let (seq, line) = &list;
        let entry = Entry::parse(line).map_err(|error| LogFault::Line { seq: *seq, what: error.to_string() })?;
        if entry.event != RECOVERY_PENDING {
            break;
        }
        add_rows(&entry, &mut rows)?;
        let continues = entry.detail.get("continues").and_then(Value::as_bool) == Some(true);
        let Some(before) = seq.checked_sub(1).filter(|_| continues) else { break };
        list = (before, before_of(registry, before, &entry.prev)?);
    }
    rows.sort_unstable();
    add_lines(registry, &rows, operations)
}

/// The line before one whose entry names its hash.
fn before_of(registry: &Registry, seq: u64, prev: &str) -> Result<Vec<u8>, RegistryError> {
    let line = lines_from(registry, seq)?.find(|(at, _)| *at == seq).map(|(_, line)| line).transpose()?;
    let is_it = |line: &Vec<u8>| hex::encode(entry_hash(line)) == prev;
    line.filter(is_it).ok_or_else(|| LogFault::Line { seq, what: "not the line that is signed".to_owned() }.into())
}

/// A line that is open under the checkpoint: its number and its hash.
type Row = (u64, String);

fn add_rows(entry: &Entry, rows: &mut Vec<Row>) -> Result<(), LogFault> {
    let malformed = || LogFault::Line { seq: entry.seq, what: "not a list of open intents".to_owned() };
    let intents = entry.detail.get("intents").and_then(Value::as_array).ok_or_else(malformed)?;
    let results = match entry.detail.get("results") {
        None => &Vec::new(),
        Some(list) => list.as_array().ok_or_else(malformed)?,
    };
    for row in intents.iter().chain(results) {
        let hash = row.get("entrySha256").and_then(Value::as_str);
        let (Some(at), Some(hash)) = (row.get("seq").and_then(Value::as_u64), hash) else { return Err(malformed()) };
        rows.push((at, hash.to_owned()));
    }
    Ok(())
}

/// Takes in these lines, in their order. A file of the log is read once, whatever the number of lines in it.
fn add_lines(registry: &Registry, rows: &[Row], operations: &mut Operations) -> Result<(), RegistryError> {
    let mut rows = rows.iter().peekable();
    while let Some((next, _)) = rows.peek() {
        let mut lines = lines_from(registry, *next)?;
        let end = file_of(*next).saturating_add(LOG_FILE_ENTRIES);
        while let Some((at, hash)) = rows.next_if(|(at, _)| *at < end) {
            let missing = || LogFault::Line { seq: *at, what: "it is missing".to_owned() };
            let (_, line) = lines.find(|(seq, line)| seq == at || line.is_err()).ok_or_else(missing)?;
            let line = line?;
            if hash != &hex::encode(entry_hash(&line)) {
                return Err(LogFault::Line { seq: *at, what: "not the open intent that is signed".to_owned() }.into());
            }
            operations.add(*at, &line)?;
        }
    }
    Ok(())
}

/// The number of the first line of the file that a line is in.
fn file_of(seq: u64) -> u64 {
    seq.saturating_sub(seq.checked_rem(LOG_FILE_ENTRIES).unwrap_or_default())
}

/// The lines from the file on that a line is in, with their numbers.
fn lines_from(
    registry: &Registry,
    seq: u64,
) -> Result<impl Iterator<Item = (u64, Result<Vec<u8>, RegistryError>)>, RegistryError> {
    let first = file_of(seq);
    Ok((first..).zip(LogLines::open_at(registry.layout(), Place { seq: first, offset: 0 })?))
}

/// Where the next line starts after one that ends at `length` in its file.
pub(super) fn end_after(start: Place, length: u64) -> Place {
    let seq = start.seq.saturating_add(1);
    Place { seq, offset: if seq.is_multiple_of(LOG_FILE_ENTRIES) { 0 } else { length } }
}
