//! `verify`: evidence checked against keys that the caller trusts, without token, registry or network.
//!
//! Each function takes the bytes of one item and returns its [`report::ItemReport`]. Trust comes from the caller alone: a key
//! that lies inside a registry or a bundle is data, never an anchor.

mod anchors;
mod authorization;
pub mod bundle;
pub mod export;
pub mod failure;
mod file_bundle;
mod governance;
pub mod history;
pub mod log;
pub mod manifest;
mod operations;
pub mod papers;
pub mod parallel;
pub mod registry;
pub mod report;
pub mod retained;
mod shown;
pub mod succession;
