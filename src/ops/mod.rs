//! What the tool does: one file for each verb. No printing, no arguments, no clock: values in, values out.

pub mod access;
pub mod export_audit;
pub mod verify;
