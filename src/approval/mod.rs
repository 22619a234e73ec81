//! Dual control: plans, and signatures of people over their exact bytes. No I/O, no clock.

pub mod allowed_signers;
pub mod count;
pub mod namespace;
pub mod person;
pub mod plan;
pub mod replacement;
pub mod ssh_key;
pub mod ssh_key_file;
pub mod sshsig;

mod ecdsa;
mod wire;
