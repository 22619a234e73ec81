//! A log: every line in its chain, every signed checkpoint against the tree over these lines, in one pass. Of the lines
//! nothing is kept, of a checkpoint its size and root.

use jiff::Timestamp;

use super::anchors::{Anchors, Roots, Source};
use super::failure::{Failure, FailureKind};
use super::governance::Policies;
use super::operations::OpenOperations;
use super::report::{Findings, ItemKind, ItemReport, LogFacts, Unattested};
use crate::audit::chain::Chain;
use crate::audit::checkpoint::Checkpoint;
use crate::audit::merkle::{Frontier, leaf_hash};
use crate::audit::record::{Entry, EntryView, event};
use crate::manifest::digest::Sha256Bytes;
use crate::manifest::dsse::VerifiedSigner;
use crate::manifest::trust::Trust;

/// The most unattested ranges that are listed one by one.
const MAX_LISTED: usize = 1000;

/// A log as it is read. `L` and `C` yield whole lines without their line feeds; a torn last line is not one, and the
/// caller notes it.
#[derive(Debug)]
pub struct LogInput<'a, L, C> {
    /// The origin that the registry claims; without one, the first checkpoint's.
    pub origin: Option<&'a str>,
    /// The entries over all files of the log.
    pub lines: L,
    /// The lines of `checkpoints.jsonl`.
    pub checkpoints: C,
    /// `checkpoint.dsse.json`.
    pub latest: Option<&'a [u8]>,
    /// The checkpoint that the auditor kept.
    pub since: Option<&'a Checkpoint>,
}

/// One line that follows its chain.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) seq: u64,
    pub(super) hash: Sha256Bytes,
    pub(super) view: &'a EntryView<'a>,
    pub(super) bytes: &'a [u8],
}

/// Verifies a log with its checkpoints.
#[must_use]
pub fn verify_log<L, C, E>(path: &str, input: LogInput<'_, L, C>, trust: &Trust) -> ItemReport
where
    L: Iterator<Item = Result<Vec<u8>, E>>,
    C: Iterator<Item = Result<Vec<u8>, E>>,
    E: std::error::Error,
{
    let since = input.since;
    let verdict = walk(input, trust, &mut |_| ()).map(|walked| findings(walked, since));
    ItemReport::new(path, ItemKind::Log, verdict)
}

/// What a walk over a log has found.
#[derive(Debug)]
pub(super) struct Walked {
    pub(super) facts: LogFacts,
    pub(super) open: OpenOperations,
    pub(super) policies: Policies,
    pub(super) roots: Roots,
    signers: Vec<VerifiedSigner>,
    pub(super) notes: Vec<String>,
}

/// Reads the whole log; `watch` sees every line that follows its chain.
pub(super) fn walk<L, C, E>(
    input: LogInput<'_, L, C>,
    trust: &Trust,
    watch: &mut dyn FnMut(&Line<'_>),
) -> Result<Walked, Failure>
where
    L: Iterator<Item = Result<Vec<u8>, E>>,
    C: Iterator<Item = Result<Vec<u8>, E>>,
    E: std::error::Error,
{
    let mut anchors = Anchors::new(input.origin, input.checkpoints, trust)?;
    if let Some(latest) = input.latest {
        anchors.add_envelope(Source::Latest, latest)?;
    }
    if let Some(since) = input.since {
        anchors.add(Source::Kept, since.clone())?;
    }
    let (mut chain, mut tree) = (Chain::new(), Frontier::new());
    let (mut open, mut unattested) = (OpenOperations::default(), Vec::new());
    let (mut policies, mut clock) = (Policies::default(), Clock::default());
    anchors.meet(&tree)?;
    for line in input.lines {
        let line = line.map_err(|error| Failure::read(&error))?;
        let seq = chain.next_seq();
        let view = EntryView::parse(&line).map_err(|error| Failure::from(&error).at(format!("entry {seq}")))?;
        chain.follow(&view, &line).map_err(|error| Failure::from(&error))?;
        tree.push(leaf_hash(&line));
        watch(&Line { seq, hash: chain.last_hash(), view: &view, bytes: &line });
        open.see(seq, &view);
        clock.see(seq, view.ts);
        policies.see(seq, &view, &line);
        if view.event == event::TAIL_ADOPTED && unattested.len() < MAX_LISTED {
            unattested.push(adopted(seq, &line)?);
        }
        anchors.meet(&tree)?;
    }
    let ends = anchors.finish(tree.size())?;
    ends.policies.iter().for_each(|checkpoint| policies.sign(checkpoint));
    policies.check()?;
    let facts = LogFacts {
        origin: ends.origin,
        entries: tree.size(),
        signed: ends.signed,
        uncommitted: tree.size().saturating_sub(ends.signed),
        checkpoints: ends.checkpoints,
        unattested,
        open_operations: open.count(),
    };
    let mut notes = ends.notes;
    notes.extend(clock.describe());
    Ok(Walked { facts, open, policies, roots: ends.roots, signers: ends.signers, notes })
}

/// Times that run backwards: with such a clock, what had expired was good again.
#[derive(Debug, Default)]
struct Clock {
    last: Option<Timestamp>,
    backwards: u64,
    first: Option<u64>,
}

impl Clock {
    fn see(&mut self, seq: u64, now: Timestamp) {
        if self.last.is_some_and(|last| now < last) {
            self.backwards = self.backwards.saturating_add(1);
            self.first = self.first.or(Some(seq));
        }
        self.last = Some(now);
    }

    fn describe(&self) -> Option<String> {
        let first = self.first?;
        Some(match self.backwards {
            1 => format!("the clock was set back before entry {first}"),
            count => format!("the clock was set back {count} times, first before entry {first}"),
        })
    }
}

/// The range of a `tail.adopted` entry: `{from, to, torn}`, lines before the entry itself.
fn adopted(seq: u64, line: &[u8]) -> Result<Unattested, Failure> {
    let malformed = || Failure::new(FailureKind::Malformed, format!("entry {seq}: not a range of lines before it"));
    let entry = Entry::parse(line).map_err(|error| Failure::from(&error))?;
    let number = |name: &str| entry.detail.get(name).and_then(serde_json::Value::as_u64);
    let (Some(from), Some(to)) = (number("from"), number("to")) else { return Err(malformed()) };
    if from > to || to > seq {
        return Err(malformed());
    }
    Ok(Unattested { from, to, torn: number("torn").unwrap_or(0), adopted_by: seq })
}

pub(super) fn findings(walked: Walked, since: Option<&Checkpoint>) -> Findings {
    let Walked { facts, open, policies, signers, notes, .. } = walked;
    let mut findings = Findings {
        subject: Some(format!("log {}, {} entries", facts.origin, facts.entries)),
        signers,
        notes,
        ..Findings::default()
    };
    findings.checked(format!("chain of {} entries", facts.entries));
    findings.checked(format!("{} signed checkpoints, the last over {} entries", facts.checkpoints, facts.signed));
    match since {
        Some(kept) => findings.checked(format!("a continuation of the kept checkpoint over {} entries", kept.size)),
        None => findings.not_provable("rollback of the whole registry: it needs a checkpoint kept elsewhere (--since)"),
    }
    findings.not_provable("the time of entries: the host's clock");
    findings.not_provable("what was never logged");
    if facts.uncommitted > 0 {
        findings.not_provable(format!("the last {} entries: no checkpoint covers them yet", facts.uncommitted));
    }
    for range in &facts.unattested {
        findings.note(describe(range));
    }
    policies.describe(&mut findings);
    if let Some(note) = open.describe() {
        findings.note(note);
    }
    findings.log = Some(facts);
    findings
}

fn describe(range: &Unattested) -> String {
    let Unattested { from, to, torn, adopted_by } = range;
    let torn = if *torn > 0 { format!("; a torn line of {torn} bytes was cut off") } else { String::new() };
    match to.saturating_sub(*from) {
        0 => format!("unattested: no whole line{torn} (entry {adopted_by})"),
        count => format!(
            "unattested: {count} entries from {from}, found after a checkpoint by entry {adopted_by}, which did not \
             write them{torn}"
        ),
    }
}
