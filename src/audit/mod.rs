//! The audit log: chained entries, one a line, under a Merkle tree whose root is signed.

pub mod chain;
pub mod checkpoint;
pub mod export;
pub mod merkle;
pub mod record;
