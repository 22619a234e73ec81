//! The signed checkpoints that a log must pass through, in the order of their sizes.

use super::failure::{Failure, FailureKind};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::merkle::Frontier;
use crate::manifest::digest::Sha256Bytes;
use crate::manifest::dsse::{Signed, VerifiedSigner};
use crate::manifest::trust::Trust;

/// Where a checkpoint comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Source {
    /// A line of `checkpoints.jsonl`.
    History,
    /// `checkpoint.dsse.json`.
    Latest,
    /// The auditor's own copy.
    Kept,
}

/// Checkpoints of one log: the history, read one at a time, and single ones.
#[derive(Debug)]
pub(super) struct Anchors<'a, C> {
    trust: &'a Trust,
    origin: Option<String>,
    history: C,
    /// Lines of the history so far.
    read: u64,
    /// The next one of the history.
    next: Option<Checkpoint>,
    /// Size of the last one of the history that was met.
    met: Option<u64>,
    single: Vec<(Source, Checkpoint)>,
    signers: Vec<VerifiedSigner>,
    /// Checkpoints that were met, wherever the policy in force is another than before.
    policies: Vec<Checkpoint>,
    roots: Roots,
}

/// Size and root of every checkpoint that was met, in the order of the sizes.
#[derive(Debug, Default)]
pub(super) struct Roots(Vec<(u64, Sha256Bytes)>);

impl Roots {
    fn add(&mut self, checkpoint: &Checkpoint) {
        if self.0.last().is_none_or(|(size, _)| *size < checkpoint.size) {
            self.0.push((checkpoint.size, checkpoint.root));
        }
    }

    /// Whether there is a checkpoint over so many entries with this root.
    pub(super) fn has(&self, size: u64, root: Sha256Bytes) -> bool {
        self.0.binary_search(&(size, root)).is_ok()
    }
}

/// What is known at the end of the log.
#[derive(Debug)]
pub(super) struct Ends {
    pub(super) origin: String,
    /// Lines that the largest signed checkpoint of the log covers.
    pub(super) signed: u64,
    pub(super) checkpoints: u64,
    pub(super) signers: Vec<VerifiedSigner>,
    pub(super) notes: Vec<String>,
    /// Checkpoints, wherever the policy in force is another than before.
    pub(super) policies: Vec<Checkpoint>,
    pub(super) roots: Roots,
}

impl Source {
    fn name(self) -> &'static str {
        match self {
            Self::History => "checkpoints.jsonl",
            Self::Latest => "checkpoint.dsse.json",
            Self::Kept => "the kept checkpoint",
        }
    }
}

impl<'a, C, E> Anchors<'a, C>
where
    C: Iterator<Item = Result<Vec<u8>, E>>,
    E: std::error::Error,
{
    pub(super) fn new(origin: Option<&str>, history: C, trust: &'a Trust) -> Result<Self, Failure> {
        let origin = origin.map(str::to_owned);
        let mut anchors = Self {
            trust,
            origin,
            history,
            read: 0,
            next: None,
            met: None,
            single: Vec::new(),
            signers: Vec::new(),
            policies: Vec::new(),
            roots: Roots::default(),
        };
        anchors.advance()?;
        Ok(anchors)
    }

    /// Adds a single checkpoint that is still signed.
    pub(super) fn add_envelope(&mut self, source: Source, envelope: &[u8]) -> Result<(), Failure> {
        let checkpoint = self.open(envelope).map_err(|failure| failure.at(source.name()))?;
        self.add(source, checkpoint)
    }

    /// Adds a single checkpoint whose signature was checked.
    pub(super) fn add(&mut self, source: Source, checkpoint: Checkpoint) -> Result<(), Failure> {
        self.check_origin(&checkpoint).map_err(|failure| failure.at(source.name()))?;
        self.single.push((source, checkpoint));
        Ok(())
    }

    /// Compares every checkpoint of this size with the tree.
    pub(super) fn meet(&mut self, tree: &Frontier) -> Result<(), Failure> {
        for (source, checkpoint) in self.single.iter().filter(|(_, checkpoint)| checkpoint.size == tree.size()) {
            compare(*source, checkpoint, tree)?;
            note_policy(&mut self.policies, checkpoint);
            self.roots.add(checkpoint);
        }
        while let Some(checkpoint) = self.next.take_if(|checkpoint| checkpoint.size == tree.size()) {
            compare(Source::History, &checkpoint, tree)?;
            note_policy(&mut self.policies, &checkpoint);
            self.roots.add(&checkpoint);
            self.met = Some(checkpoint.size);
            self.advance()?;
        }
        Ok(())
    }

    /// Checks what no line has answered: checkpoints beyond the end, and an end before a checkpoint.
    pub(super) fn finish(self, entries: u64) -> Result<Ends, Failure> {
        let next = self.next.iter().map(|checkpoint| (Source::History, checkpoint));
        let single = || self.single.iter().map(|(source, checkpoint)| (*source, checkpoint));
        if let Some((source, beyond)) = next.chain(single()).find(|(_, checkpoint)| checkpoint.size > entries) {
            let detail = format!("the log has {entries} entries, and {} covers {}", source.name(), beyond.size);
            return Err(Failure::new(FailureKind::Truncated, detail));
        }
        let size_of = |wanted| single().find(|(source, _)| *source == wanted).map(|(_, checkpoint)| checkpoint.size);
        let (latest, kept) = (size_of(Source::Latest), size_of(Source::Kept));
        let signed = self.met.max(latest);
        let Some((origin, signed)) = self.origin.zip(signed) else {
            return Err(Failure::new(FailureKind::Unsigned, "no signed checkpoint: nothing vouches for this log"));
        };
        if let Some(latest) = latest.filter(|latest| Some(*latest) > self.met) {
            let detail = format!("checkpoints.jsonl ends before checkpoint.dsse.json, which covers {latest} entries");
            return Err(Failure::new(FailureKind::Truncated, detail));
        }
        if kept.is_some_and(|kept| kept > signed) {
            let detail = format!("the log's checkpoints end at {signed} entries, before the kept checkpoint");
            return Err(Failure::new(FailureKind::Stale, detail));
        }
        let older = latest.is_some_and(|latest| Some(latest) < self.met);
        let note = "checkpoint.dsse.json is older than the last line of checkpoints.jsonl: a run was interrupted";
        let notes = older.then(|| note.to_owned()).into_iter().collect();
        let (policies, roots) = (self.policies, self.roots);
        Ok(Ends { origin, signed, checkpoints: self.read, signers: self.signers, notes, policies, roots })
    }

    /// Reads the next line of the history.
    fn advance(&mut self) -> Result<(), Failure> {
        let Some(line) = self.history.next() else { return Ok(()) };
        let line = line.map_err(|error| Failure::read(&error))?;
        let place = format!("line {} of checkpoints.jsonl", self.read.saturating_add(1));
        let checkpoint = self.open(&line).and_then(|checkpoint| self.check_origin(&checkpoint).map(|()| checkpoint));
        let checkpoint = checkpoint.map_err(|failure| failure.at(&place))?;
        if self.met.is_some_and(|met| checkpoint.size < met) {
            let detail = format!("{place} covers fewer entries than the line before it");
            return Err(Failure::new(FailureKind::Chain, detail));
        }
        self.read = self.read.saturating_add(1);
        self.next = Some(checkpoint);
        Ok(())
    }

    fn open(&mut self, envelope: &[u8]) -> Result<Checkpoint, Failure> {
        let signed = Signed::<Checkpoint>::verify(envelope, self.trust).map_err(|error| Failure::from(&error))?;
        for signer in signed.signers() {
            if !self.signers.contains(signer) {
                self.signers.push(signer.clone());
            }
        }
        Ok(signed.into_value())
    }

    /// Every checkpoint is of one log.
    fn check_origin(&mut self, checkpoint: &Checkpoint) -> Result<(), Failure> {
        let origin = self.origin.get_or_insert_with(|| checkpoint.origin.clone());
        if *origin == checkpoint.origin {
            return Ok(());
        }
        Err(Failure::new(FailureKind::Subject, format!("a checkpoint of the log {}, not {origin}", checkpoint.origin)))
    }
}

fn note_policy(policies: &mut Vec<Checkpoint>, checkpoint: &Checkpoint) {
    if policies.last().map(|last| &last.policy) != Some(&checkpoint.policy) {
        policies.push(checkpoint.clone());
    }
}

fn compare(source: Source, checkpoint: &Checkpoint, tree: &Frontier) -> Result<(), Failure> {
    if tree.root() == checkpoint.root {
        return Ok(());
    }
    let size = checkpoint.size;
    Err(match source {
        Source::Kept => {
            let detail = format!("the first {size} entries are not those of the kept checkpoint: another history");
            Failure::new(FailureKind::Fork, detail)
        }
        Source::History | Source::Latest => {
            let detail = format!("the first {size} entries do not lead to the root that {} signs", source.name());
            Failure::new(FailureKind::Root, detail)
        }
    })
}
