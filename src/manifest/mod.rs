//! Manifests: what byok states about a key version, and the envelope that makes the statement checkable.

pub mod any;
pub mod authorization;
pub mod check;
pub mod destruction;
pub mod digest;
pub mod dsse;
pub mod file_bundle;
pub mod hint;
pub mod history;
pub mod json;
pub mod life;
pub mod origin;
pub mod placement;
pub mod rotation;
pub mod signer;
pub mod statement;
pub mod succession;
pub mod trust;
pub mod verifying_key;
