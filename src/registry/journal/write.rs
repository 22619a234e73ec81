//! Entries into lines, and lines onto the disk: one or many, in one append.

use serde_json::{Map, json};

use super::append::{Appender, Reach};
use super::{Foreign, Journal, OperationId, check_guard, open};
use crate::audit::record::{Entry, MAX_LINE, Outcome, Phase, ToolRef, VERSION, event};
use crate::registry::error::RegistryError;
use crate::registry::layout::LOG_FILE_ENTRIES;

/// Random bytes of a UUID version 7.
const UUID_RANDOM: usize = 10;

impl Journal<'_> {
    /// An entry, all but its place in the log.
    pub(super) fn entry(&self, id: &OperationId, event: &str, phase: Phase) -> Entry {
        Entry {
            v: VERSION,
            seq: 0,
            prev: String::new(),
            ts: self.now,
            id: id.to_string(),
            event: event.to_owned(),
            phase,
            outcome: (phase == Phase::Result).then_some(Outcome::Unknown),
            actor: self.actor.clone(),
            key: None,
            error: None,
            tool: ToolRef { version: env!("CARGO_PKG_VERSION").to_owned() },
            detail: Map::new(),
        }
    }

    pub(super) fn new_id(&self) -> Result<OperationId, RegistryError> {
        let mut random = [0_u8; UUID_RANDOM];
        getrandom::fill(&mut random).map_err(RegistryError::Random)?;
        let millis = u64::try_from(self.now.as_millisecond()).unwrap_or_default();
        Ok(OperationId(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string()))
    }

    pub(super) fn append(&mut self, entry: Entry) -> Result<(), RegistryError> {
        self.append_all(vec![entry])
    }

    /// Writes the entries in this order: all of them are on the disk when this returns. What this process has not written
    /// is covered first, by an entry of the same append.
    pub(super) fn append_all(&mut self, entries: Vec<Entry>) -> Result<(), RegistryError> {
        if entries.is_empty() {
            return Ok(());
        }
        let foreign = self.foreign;
        let cover = foreign.map(|foreign| self.covering(foreign)).transpose()?;
        let mut lines = self.lines(cover.into_iter().chain(entries))?;
        while !lines.is_empty() {
            let filled = self.head.end().seq.checked_rem(LOG_FILE_ENTRIES).unwrap_or_default();
            let room = usize::try_from(LOG_FILE_ENTRIES.saturating_sub(filled)).unwrap_or(usize::MAX);
            let rest = lines.split_off(room.min(lines.len()));
            self.append_lines(lines)?;
            // Covered or not at all: a failed write leaves the tail foreign.
            self.foreign = None;
            lines = rest;
        }
        Ok(())
    }

    /// Covers what this process has not written.
    pub(super) fn adopt_tail(&mut self) -> Result<(), RegistryError> {
        let Some(foreign) = self.foreign else { return Ok(()) };
        let lines = self.lines([self.covering(foreign)?])?;
        self.append_lines(lines)?;
        self.foreign = None;
        Ok(())
    }

    fn covering(&self, foreign: Foreign) -> Result<Entry, RegistryError> {
        let detail = json!({"from": self.signed, "to": self.head.end().seq, "torn": foreign.torn});
        let mut entry = self.entry(&self.new_id()?, event::TAIL_ADOPTED, Phase::Note);
        entry.detail = detail.as_object().cloned().unwrap_or_default();
        Ok(entry)
    }

    /// The lines of entries that follow each other from the end of the log on.
    fn lines(&self, entries: impl IntoIterator<Item = Entry>) -> Result<Vec<Vec<u8>>, RegistryError> {
        let mut chain = *self.head.chain();
        let lines = (self.head.end().seq..).zip(entries).map(|(seq, mut entry)| {
            entry.seq = seq;
            entry.prev = chain.prev_hex();
            let line = entry.to_line().map_err(|error| RegistryError::Entry(error.to_string()))?;
            if line.len() > MAX_LINE {
                return Err(RegistryError::Entry(format!("a line of {} bytes", line.len())));
            }
            chain.advance(&line);
            Ok(line)
        });
        lines.collect()
    }

    /// Appends lines that fit into one file.
    fn append_lines(&mut self, lines: Vec<Vec<u8>>) -> Result<(), RegistryError> {
        check_guard(self.registry, self.guard)?;
        let start = self.head.end();
        let appender = match self.appender.take() {
            Some(appender) if start.offset > 0 => appender,
            // A new file begins, or these are the first lines that this process writes.
            _ => Appender::open(&self.registry.layout().log_file(start.seq), start.offset)?,
        };
        let log = self.appender.insert(appender);
        let reach = if self.with_files { Reach::FileSystem(self.systems.own()) } else { Reach::Lines };
        log.append_all(&lines, reach)?;
        self.with_files = false;
        for line in lines {
            let at = self.head.end();
            let length = u64::try_from(line.len()).unwrap_or(u64::MAX).saturating_add(1);
            let end = open::end_after(at, at.offset.saturating_add(length));
            self.operations.add(at.seq, &line)?;
            self.head.follow(at, line, end);
        }
        Ok(())
    }
}
