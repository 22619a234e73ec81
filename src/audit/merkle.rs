//! The Merkle tree of RFC 9162 section 2.1 over the log's lines.
//!
//! [`Frontier`] grows in O(log n) memory and gives the root; proofs are made from all leaf hashes and checked from
//! the roots alone.

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use crate::manifest::digest::{Sha256Bytes, parse_sha256, sha256};

/// A node of the tree.
pub type Hash = Sha256Bytes;

/// The roots of the complete subtrees, largest first: all that is needed to add leaves and to compute the root.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

/// The JSON form of a [`Frontier`]. It is a cache: check its root against a signed one before use.
#[derive(Debug, Deserialize, Serialize)]
pub struct FrontierFile {
    size: u64,
    peaks: Vec<String>,
}

/// A proof that does not hold, or a question that has no proof.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ProofError {
    /// The index or size is not inside the tree.
    #[error("an index or a size outside the tree")]
    Range,
    /// Too few or too many hashes.
    #[error("a proof of the wrong length")]
    Length,
    /// The hashes lead to another root.
    #[error("a proof that leads to another root")]
    Root,
}

/// `SHA-256(0x00 || line)`: the leaf of a line without its line feed.
#[must_use]
pub fn leaf_hash(line: &[u8]) -> Hash {
    hash_parts(&[&[0], line])
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    hash_parts(&[&[1], left, right])
}

fn hash_parts(parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

impl Frontier {
    /// The empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf: joins it with each complete subtree of its own size (one for each low one-bit of the size).
    pub fn push(&mut self, leaf: Hash) {
        let mut node = leaf;
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            node = node_hash(&left, &node);
        }
        self.peaks.push(node);
        self.size = self.size.saturating_add(1);
    }

    /// The root: the peaks joined from the smallest up; SHA-256 of nothing for the empty tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(smallest) = peaks.next() else { return sha256(b"") };
        peaks.fold(*smallest, |right, left| node_hash(left, &right))
    }

    /// The form for a file.
    #[must_use]
    pub fn to_file(&self) -> FrontierFile {
        FrontierFile { size: self.size, peaks: self.peaks.iter().map(hex::encode).collect() }
    }

    /// Reads the form of a file; `None` when its peaks do not fit its size.
    #[must_use]
    pub fn from_file(file: &FrontierFile) -> Option<Self> {
        let peaks: Vec<Hash> = file.peaks.iter().map(|text| parse_sha256(text)).collect::<Option<_>>()?;
        (usize::try_from(file.size.count_ones()) == Ok(peaks.len())).then_some(Self { size: file.size, peaks })
    }
}

/// The root over all leaves (section 2.1.1).
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    for leaf in leaves {
        frontier.push(*leaf);
    }
    frontier.root()
}

/// The audit path of a leaf, from the leaf up (section 2.1.3.1).
///
/// # Errors
/// [`ProofError::Range`].
pub fn inclusion_proof(leaves: &[Hash], index: usize) -> Result<Vec<Hash>, ProofError> {
    if index >= leaves.len() {
        return Err(ProofError::Range);
    }
    let (mut rest, mut at, mut path) = (leaves, index, Vec::new());
    while let Some((left, right)) = split(rest) {
        if at < left.len() {
            path.push(root(right));
            rest = left;
        } else {
            path.push(root(left));
            at = at.saturating_sub(left.len());
            rest = right;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the first `old` leaves are a prefix of all (section 2.1.4.1). Empty for `old` = all.
///
/// # Errors
/// [`ProofError::Range`] for 0 and for more than all.
pub fn consistency_proof(leaves: &[Hash], old: usize) -> Result<Vec<Hash>, ProofError> {
    if old == 0 || old > leaves.len() {
        return Err(ProofError::Range);
    }
    let (mut rest, mut m, mut whole, mut path) = (leaves, old, true, Vec::new());
    while m < rest.len() {
        let Some((left, right)) = split(rest) else { break };
        if m <= left.len() {
            path.push(root(right));
            rest = left;
        } else {
            path.push(root(left));
            m = m.saturating_sub(left.len());
            whole = false;
            rest = right;
        }
    }
    if !whole {
        path.push(root(rest));
    }
    path.reverse();
    Ok(path)
}

/// Splits at the largest power of two smaller than the length; `None` for fewer than two leaves.
fn split(leaves: &[Hash]) -> Option<(&[Hash], &[Hash])> {
    let before = leaves.len().checked_sub(1).filter(|n| *n > 0)?;
    leaves.split_at_checked(1_usize.checked_shl(before.ilog2())?)
}

/// Checks an audit path (section 2.1.3.2).
///
/// # Errors
/// [`ProofError`].
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), ProofError> {
    let last = size.checked_sub(1).filter(|last| index <= *last).ok_or(ProofError::Range)?;
    let (mut fn_, mut sn, mut r) = (index, last, leaf);
    for p in proof {
        if sn == 0 {
            return Err(ProofError::Length);
        }
        if fn_ & 1 == 1 || fn_ == sn {
            r = node_hash(p, &r);
            while fn_ & 1 == 0 && fn_ != 0 {
                (fn_, sn) = (fn_ >> 1, sn >> 1);
            }
        } else {
            r = node_hash(&r, p);
        }
        (fn_, sn) = (fn_ >> 1, sn >> 1);
    }
    if sn != 0 {
        return Err(ProofError::Length);
    }
    if r == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// Checks that a tree of `old_size` leaves is a prefix of one of `size` leaves (section 2.1.4.2).
///
/// # Errors
/// [`ProofError`].
pub fn verify_consistency(
    (old_size, old_root): (u64, &Hash),
    (size, root): (u64, &Hash),
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old_size == 0 || old_size > size {
        return Err(ProofError::Range);
    }
    if old_size == size {
        let same = if old_root == root { Ok(()) } else { Err(ProofError::Root) };
        return if proof.is_empty() { same } else { Err(ProofError::Length) };
    }
    // Step 2: the old root is itself a node of the new tree when the old size is a power of two.
    let (first, rest) =
        if old_size.is_power_of_two() { (old_root, proof) } else { proof.split_first().ok_or(ProofError::Length)? };
    let (mut fn_, mut sn) = (old_size.saturating_sub(1), size.saturating_sub(1));
    let shift = fn_.trailing_ones();
    (fn_, sn) = (fn_.checked_shr(shift).unwrap_or(0), sn.checked_shr(shift).unwrap_or(0));
    let (mut fr, mut sr) = (*first, *first);
    for c in rest {
        if sn == 0 {
            return Err(ProofError::Length);
        }
        if fn_ & 1 == 1 || fn_ == sn {
            (fr, sr) = (node_hash(c, &fr), node_hash(c, &sr));
            while fn_ & 1 == 0 && fn_ != 0 {
                (fn_, sn) = (fn_ >> 1, sn >> 1);
            }
        } else {
            sr = node_hash(&sr, c);
        }
        (fn_, sn) = (fn_ >> 1, sn >> 1);
    }
    if sn != 0 {
        return Err(ProofError::Length);
    }
    if fr == *old_root && sr == *root { Ok(()) } else { Err(ProofError::Root) }
}

#[cfg(test)]
#[path = "merkle_tests.rs"]
mod tests;
