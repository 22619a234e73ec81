//! Manifests: what byok states about a key version, and the envelope that makes the statement checkable.

pub mod signer;
pub mod statement;
