//! The end of the log as this process knows it, and the cache that saves reading all of it.

use serde::{Deserialize, Serialize};

use crate::audit::chain::{Chain, entry_hash};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::merkle::{Frontier, FrontierFile, leaf_hash};
use crate::registry::error::{LogFault, RegistryError};
use crate::registry::lines::{LogLines, Place};
use crate::registry::store::Registry;

/// The cache's file.
const CACHE: &str = "frontier.json";
/// The form of the cache.
const CACHE_VERSION: u32 = 1;

/// The tree over all lines but the last, and the last line itself. Keeping the last line apart is what makes a cache
/// checkable: the line on the disk must lead from the cached tree to the signed root, so both are then known good,
/// and with them the hash that the next entry must name.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    before: Frontier,
    last: Option<(Place, Vec<u8>)>,
    chain: Chain,
    /// Where the next line starts.
    end: Place,
}

#[derive(Deserialize, Serialize)]
struct CacheFile {
    v: u32,
    /// Where the last signed line starts in its file.
    offset: u64,
    /// The tree over the lines before it.
    before: FrontierFile,
}

impl Head {
    /// The head at the signed size: by the cache and one line when they lead to the signed root, else by all lines.
    pub(super) fn at(registry: &Registry, signed: &Checkpoint) -> Result<(Self, LogLines), RegistryError> {
        if let Some(found) = Self::from_cache(registry, signed) {
            return Ok(found);
        }
        let mut lines = registry.log_lines()?;
        let mut head = Self::default();
        head.advance(&mut lines, signed.size)?;
        if head.frontier().root() == signed.root {
            return Ok((head, lines));
        }
        Err(LogFault::Root { size: signed.size }.into())
    }

    fn from_cache(registry: &Registry, signed: &Checkpoint) -> Option<(Self, LogLines)> {
        let file: CacheFile = serde_json::from_slice(&registry.read_cache(CACHE)?).ok()?;
        let before = Frontier::from_file(&file.before)?;
        let place = Place { seq: before.size(), offset: file.offset };
        if file.v != CACHE_VERSION || place.seq >= signed.size {
            return None;
        }
        let mut lines = LogLines::open_at(registry.layout(), place).ok()?;
        let mut head = Self { before, end: place, ..Self::default() };
        head.advance(&mut lines, signed.size).ok()?;
        (head.frontier().root() == signed.root).then_some((head, lines))
    }

    /// Takes in the lines up to `size`. Their content is not looked at: the signed root vouches for it.
    fn advance(&mut self, lines: &mut LogLines, size: u64) -> Result<(), RegistryError> {
        while self.end.seq < size {
            let start = lines.place();
            let Some(line) = lines.next() else {
                return Err(LogFault::Truncated { have: self.end.seq, signed: size }.into());
            };
            self.push(start, line?, lines.place());
        }
        if let Some((_, line)) = &self.last {
            self.chain = Chain::at(self.end.seq, entry_hash(line));
        }
        Ok(())
    }

    /// Takes in one line of which the chain was checked or made here.
    pub(super) fn follow(&mut self, start: Place, line: Vec<u8>, end: Place) {
        self.chain.advance(&line);
        self.push(start, line, end);
    }

    fn push(&mut self, start: Place, line: Vec<u8>, end: Place) {
        if let Some((_, earlier)) = self.last.replace((start, line)) {
            self.before.push(leaf_hash(&earlier));
        }
        self.end = end;
    }

    /// Pretends that the lines up to this place are known.
    #[cfg(test)]
    pub(super) fn skip_to(&mut self, end: Place) {
        self.end = end;
    }

    /// The tree over all lines.
    pub(super) fn frontier(&self) -> Frontier {
        let mut frontier = self.before.clone();
        if let Some((_, line)) = &self.last {
            frontier.push(leaf_hash(line));
        }
        frontier
    }

    pub(super) fn chain(&self) -> &Chain {
        &self.chain
    }

    pub(super) fn end(&self) -> Place {
        self.end
    }

    /// The last line and its number.
    pub(super) fn last(&self) -> Option<(u64, &[u8])> {
        self.last.as_ref().map(|(place, line)| (place.seq, line.as_slice()))
    }

    /// Saves the cache. Without it the next run reads the whole log, so a failure is no error.
    pub(super) fn save(&self, registry: &Registry) {
        let Some((place, _)) = &self.last else { return };
        let file = CacheFile { v: CACHE_VERSION, offset: place.offset, before: self.before.to_file() };
        if let Ok(bytes) = serde_json::to_vec(&file) {
            let _ = registry.write_cache(CACHE, &bytes);
        }
    }
}
