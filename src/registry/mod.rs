//! The registry: manifests, the audit log and the locks, as files. The other place where the world is touched.

pub mod create;
pub mod error;
mod files;
#[cfg(test)]
#[path = "fixture_tests.rs"]
pub(crate) mod fixture;
mod hints;
pub mod journal;
pub mod layout;
pub mod lines;
pub mod lock;
pub mod lost_runs;
pub mod new_token;
pub mod plans;
pub mod policy;
pub mod release;
pub mod replacement;
pub mod runs;
pub mod runtime;
pub mod scratch;
pub mod signer;
pub mod store;
mod versions;

pub use error::RegistryError;
