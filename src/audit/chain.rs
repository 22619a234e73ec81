//! The chain: every entry holds its number and the hash of the line before it.
//!
//! It locates a change to the line and can be checked with jq and sha256sum. It does not stop somebody who rewrites
//! everything after the change; the signed Merkle root does.

use super::record::EntryView;
use crate::manifest::digest::{Sha256Bytes, sha256};

/// A place between two lines: what the next entry must say about the ones before it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Chain {
    next: u64,
    last: Sha256Bytes,
}

/// Why an entry does not follow the one before it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ChainError {
    /// Lines are missing, doubled or in another order.
    #[error("entry number {found} where {expected} was due")]
    Sequence {
        /// The number that was due.
        expected: u64,
        /// The number that stands there.
        found: u64,
    },
    /// The line before was changed, or this one belongs to another log.
    #[error("entry {seq} follows a line with another hash: the line before it was changed")]
    Previous {
        /// The number of the entry whose `prev` does not match.
        seq: u64,
    },
}

impl Chain {
    /// Before the first line.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// After `next` lines of which the last has the hash `last`.
    #[must_use]
    pub fn at(next: u64, last: Sha256Bytes) -> Self {
        Self { next, last }
    }

    /// The number of the next entry, which is the number of lines so far.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.next
    }

    /// SHA-256 of the last line; zeros before the first.
    #[must_use]
    pub fn last_hash(&self) -> Sha256Bytes {
        self.last
    }

    /// `prev` of the next entry.
    #[must_use]
    pub fn prev_hex(&self) -> String {
        hex::encode(self.last)
    }

    /// Checks that `entry` follows, and moves behind its `line`.
    ///
    /// # Errors
    /// [`ChainError`]; the place is then unchanged.
    pub fn follow(&mut self, entry: &EntryView<'_>, line: &[u8]) -> Result<(), ChainError> {
        if entry.seq != self.next {
            return Err(ChainError::Sequence { expected: self.next, found: entry.seq });
        }
        let mut due = [0; 64];
        if hex::encode_to_slice(self.last, &mut due).is_err() || entry.prev.as_bytes() != due {
            return Err(ChainError::Previous { seq: entry.seq });
        }
        self.advance(line);
        Ok(())
    }

    /// Moves behind a line that this process has just written.
    pub fn advance(&mut self, line: &[u8]) {
        self.next = self.next.saturating_add(1);
        self.last = entry_hash(line);
    }
}

/// SHA-256 of a line without its line feed: the entry's name in `prev` and in manifests.
#[must_use]
pub fn entry_hash(line: &[u8]) -> Sha256Bytes {
    sha256(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::record::{Entry, NO_PREVIOUS, tests::entry};

    /// A log of `count` lines.
    fn log(count: u64) -> Vec<Vec<u8>> {
        let mut chain = Chain::new();
        let write = |seq| {
            let line = Entry { seq, prev: chain.prev_hex(), ..entry() }.to_line().unwrap();
            chain.advance(&line);
            line
        };
        (0..count).map(write).collect()
    }

    fn check(lines: &[Vec<u8>]) -> Result<Chain, ChainError> {
        let mut chain = Chain::new();
        for line in lines {
            chain.follow(&EntryView::parse(line).unwrap(), line)?;
        }
        Ok(chain)
    }

    #[test]
    fn an_honest_log_is_followed_to_its_end() {
        let lines = log(5);
        let chain = check(&lines).unwrap();
        assert_eq!((chain.next_seq(), chain.last_hash()), (5, entry_hash(&lines[4])));
        assert_eq!(check(&[]).unwrap().prev_hex(), NO_PREVIOUS);
    }

    #[test]
    fn every_change_of_the_order_is_found() {
        let lines = log(5);
        let sequence = |expected, found| Err(ChainError::Sequence { expected, found });
        assert_eq!(check(&[&lines[..2], &lines[3..]].concat()), sequence(2, 3), "deleted");
        assert_eq!(check(&[&lines[..3], &lines[2..]].concat()), sequence(3, 2), "doubled");
        let mut swapped = lines.clone();
        swapped.swap(1, 2);
        assert_eq!(check(&swapped), sequence(1, 2), "swapped");
    }

    #[test]
    fn a_changed_byte_is_found_at_the_next_line() {
        let mut lines = log(5);
        let text = String::from_utf8(lines[2].clone()).unwrap();
        lines[2] = text.replace("host-1", "host-2").into_bytes();
        assert_eq!(check(&lines), Err(ChainError::Previous { seq: 3 }));
    }
}
