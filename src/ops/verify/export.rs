//! An exported log (jsonl): every line against its own hash, the chain where it has no gap, and the whole against the
//! log or a kept checkpoint. An export is not signed, so without one of these it does not verify.

use super::failure::{Failure, FailureKind};
use super::report::{Findings, ItemKind, ItemReport};
use crate::audit::chain::{Chain, entry_hash};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::export::jsonl;
use crate::audit::merkle::{Frontier, leaf_hash};
use crate::audit::record::EntryView;

/// What an export is compared with.
#[derive(Debug)]
pub struct Anchor<'a, L> {
    /// The lines of the log that it was made from, when that log has verified in the same run.
    pub log: Option<L>,
    /// The checkpoint that the auditor kept.
    pub since: Option<&'a Checkpoint>,
}

/// Verifies an exported log.
#[must_use]
pub fn verify_export<X, L, E>(path: &str, exported: X, anchor: Anchor<'_, L>) -> ItemReport
where
    X: Iterator<Item = Result<Vec<u8>, E>>,
    L: Iterator<Item = Result<Vec<u8>, E>>,
    E: std::error::Error,
{
    ItemReport::new(path, ItemKind::Export, check(exported, anchor))
}

/// What is known of the lines so far.
#[derive(Debug, Default)]
struct Progress {
    lines: u64,
    gaps: u64,
    /// The place after the last line.
    chain: Option<Chain>,
    /// The tree, as long as the export has every line from the first on.
    tree: Option<Frontier>,
    /// The kept checkpoint was met.
    anchored: bool,
}

fn check<X, L, E>(exported: X, mut anchor: Anchor<'_, L>) -> Result<Findings, Failure>
where
    X: Iterator<Item = Result<Vec<u8>, E>>,
    L: Iterator<Item = Result<Vec<u8>, E>>,
    E: std::error::Error,
{
    let mut progress = Progress { tree: Some(Frontier::new()), ..Progress::default() };
    let mut log_seq = 0;
    for row in exported {
        let row = row.map_err(|error| Failure::read(&error))?;
        let line = progress.follow(&row, anchor.since)?;
        if let Some(log) = &mut anchor.log {
            compare(&line, &mut log_seq, log)?;
        }
    }
    if anchor.log.is_none() && !progress.anchored {
        let detail = "an export is not signed: verify it together with its log, or a whole one with --since";
        return Err(Failure::new(FailureKind::Unsigned, detail));
    }
    Ok(progress.findings(&anchor))
}

/// A line of the export: the entry's number and bytes.
struct Exported<'a> {
    seq: u64,
    line: &'a [u8],
}

impl Progress {
    fn follow<'a>(&mut self, row: &'a [u8], since: Option<&Checkpoint>) -> Result<Exported<'a>, Failure> {
        let place = format!("line {} of the export", self.lines.saturating_add(1));
        let (seq, hash, line) = jsonl::split(row)
            .ok_or_else(|| Failure::new(FailureKind::Malformed, format!("{place}: not an exported entry")))?;
        if entry_hash(line) != hash {
            let detail = format!("{place}: the entry's hash is not that of its line");
            return Err(Failure::new(FailureKind::Chain, detail));
        }
        let view = EntryView::parse(line).map_err(|error| Failure::from(&error).at(&place))?;
        let mut chain = self.place_before(seq).map_err(|failure| failure.at(&place))?;
        if let Some(chain) = &mut chain {
            chain.follow(&view, line).map_err(|error| Failure::from(&error).at(&place))?;
        } else if view.seq != seq {
            return Err(Failure::new(FailureKind::Chain, format!("{place}: the entry has another number")));
        }
        self.chain = Some(chain.unwrap_or_else(|| Chain::at(seq.saturating_add(1), hash)));
        self.lines = self.lines.saturating_add(1);
        self.grow(line, since)?;
        Ok(Exported { seq, line })
    }

    /// The chain before an entry, when the export has the entry before it; `None` after a gap.
    fn place_before(&mut self, seq: u64) -> Result<Option<Chain>, Failure> {
        let due = self.chain.map_or(0, |chain| chain.next_seq());
        if seq < due {
            return Err(Failure::new(FailureKind::Chain, format!("entry {seq} after entry {}", due.saturating_sub(1))));
        }
        if seq == due {
            return Ok(Some(self.chain.unwrap_or_default()));
        }
        self.gaps = self.gaps.saturating_add(1);
        self.tree = None;
        Ok(None)
    }

    fn grow(&mut self, line: &[u8], since: Option<&Checkpoint>) -> Result<(), Failure> {
        let Some(tree) = &mut self.tree else { return Ok(()) };
        tree.push(leaf_hash(line));
        match since.filter(|kept| kept.size == tree.size()) {
            Some(kept) if kept.root == tree.root() => self.anchored = true,
            Some(kept) => {
                let detail = format!("the first {} entries are not those of the kept checkpoint", kept.size);
                return Err(Failure::new(FailureKind::Fork, detail));
            }
            None => {}
        }
        Ok(())
    }

    fn findings<L>(self, anchor: &Anchor<'_, L>) -> Findings {
        let mut findings =
            Findings { subject: Some(format!("{} exported entries", self.lines)), ..Findings::default() };
        findings.checked("hashes of the entries");
        if anchor.log.is_some() {
            findings.checked("every entry equals the log's");
        }
        if let Some(kept) = anchor.since.filter(|_| self.anchored) {
            findings.checked(format!("the first {} entries are those of the kept checkpoint", kept.size));
            let after = self.lines.saturating_sub(kept.size);
            if anchor.log.is_none() && after > 0 {
                findings.not_provable(format!("the last {after} entries: the kept checkpoint does not cover them"));
            }
        }
        if self.gaps > 0 {
            findings.note(format!("{} gaps: the export leaves entries out", self.gaps));
        }
        findings.not_provable("that no entry was left out at the end");
        findings
    }
}

/// Reads the log up to the entry's number, and compares.
fn compare<L, E>(exported: &Exported<'_>, log_seq: &mut u64, log: &mut L) -> Result<(), Failure>
where
    L: Iterator<Item = Result<Vec<u8>, E>>,
    E: std::error::Error,
{
    let Exported { seq, line } = *exported;
    loop {
        let differs = |what: &str| Failure::new(FailureKind::FileMismatch, format!("entry {seq}: {what}"));
        let found = log.next().ok_or_else(|| differs("the log has no such entry"))?;
        let found = found.map_err(|error| Failure::read(&error))?;
        let at = *log_seq;
        *log_seq = at.saturating_add(1);
        if at == seq {
            return if found == line { Ok(()) } else { Err(differs("the log has another line here")) };
        }
    }
}
