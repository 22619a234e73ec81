//! `export-audit`: the log in another format, one line at a time, whatever its length.

use std::io::{self, Write};
use std::str::FromStr;

use jiff::Timestamp;
use serde::Serialize;

use crate::audit::chain::{Chain, ChainError};
use crate::audit::export::{csv, jsonl};
use crate::audit::record::{Entry, EntryView, RecordError};

/// How the export looks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// [`jsonl`].
    Jsonl,
    /// [`csv`].
    Csv,
}

/// Which entries are exported, by their own time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Range {
    /// The first moment that is exported.
    pub since: Option<Timestamp>,
    /// The first moment that is exported no more.
    pub until: Option<Timestamp>,
}

/// What was exported.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Exported {
    /// Entries read.
    pub read: u64,
    /// Entries written.
    pub written: u64,
}

/// Why an export stopped. What was written until then is not a whole export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The log could not be read.
    #[error("the log could not be read at entry {seq}")]
    Read {
        /// The entry's number.
        seq: u64,
        /// What the reader answered.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A line of the log is not an entry.
    #[error("line {seq} of the log is not an entry")]
    Entry {
        /// The line's number, from 0.
        seq: u64,
        /// What is wrong with it.
        source: RecordError,
    },
    /// The log was changed.
    #[error("the chain of the log is broken")]
    Chain(#[from] ChainError),
    /// The output could not be written.
    #[error("the export could not be written")]
    Write(#[source] io::Error),
}

/// A text that names no format.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown export format; known: jsonl, csv")]
pub struct UnknownFormat;

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "jsonl" => Ok(Self::Jsonl),
            "csv" => Ok(Self::Csv),
            _ => Err(UnknownFormat),
        }
    }
}

/// Writes the entries of `lines` that are in `range`, from `since` (included) to `until` (excluded), to `out`. The
/// chain is followed over all lines, so a log that was changed is not exported as if it were whole.
///
/// # Errors
/// [`ExportError`].
pub fn export_audit<E: std::error::Error + Send + Sync + 'static>(
    lines: impl Iterator<Item = Result<Vec<u8>, E>>,
    format: Format,
    range: Range,
    out: &mut dyn Write,
) -> Result<Exported, ExportError> {
    let mut chain = Chain::new();
    let mut exported = Exported::default();
    if format == Format::Csv {
        out.write_all(csv::HEADER.as_bytes()).map_err(ExportError::Write)?;
    }
    for line in lines {
        let seq = chain.next_seq();
        let line = line.map_err(|source| ExportError::Read { seq, source: Box::new(source) })?;
        let view = EntryView::parse(&line).map_err(|source| ExportError::Entry { seq, source })?;
        chain.follow(&view, &line)?;
        exported.read = chain.next_seq();
        if range.contains(view.ts) {
            write(out, format, seq, &chain, &line)?;
            exported.written = exported.written.saturating_add(1);
        }
    }
    out.flush().map_err(ExportError::Write)?;
    Ok(exported)
}

fn write(out: &mut dyn Write, format: Format, seq: u64, chain: &Chain, line: &[u8]) -> Result<(), ExportError> {
    let hash = chain.last_hash();
    match format {
        Format::Jsonl => jsonl::write(out, seq, &hash, line),
        Format::Csv => {
            let entry = Entry::parse(line).map_err(|source| ExportError::Entry { seq, source })?;
            csv::write(out, &hash, &entry)
        }
    }
    .map_err(ExportError::Write)
}

impl Range {
    fn contains(&self, time: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until)
    }
}

#[cfg(test)]
#[path = "export_audit_tests.rs"]
mod tests;
