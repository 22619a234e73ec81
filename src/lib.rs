//! byok: the life of a customer's own keys.
//!
//! ```text
//! cli  ->  ops  ->  key policy wrap format provider manifest audit approval     (nouns: no I/O)
//!           |
//!           +---->  hsm (the token)   registry (the files)                      (where the world is touched)
//! ```
//! `cli` is what people type, `ops` what the tool does. `tests/layering.rs` keeps the arrows as drawn.

pub mod approval;
pub mod audit;
pub mod cli;
pub mod format;
pub mod hsm;
pub mod key;
pub mod manifest;
pub mod ops;
pub mod policy;
pub mod provider;
pub mod registry;
pub mod wrap;

/// What the integration tests use, for the unit tests too.
#[cfg(test)]
#[path = "../tests/support/soft_signer.rs"]
mod soft_signer;
#[cfg(test)]
#[path = "../tests/support/ssh_signer.rs"]
mod ssh_signer;
#[cfg(test)]
#[path = "../tests/support/statements.rs"]
mod statements;
#[cfg(test)]
extern crate self as byok;
