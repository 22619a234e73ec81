//! What the tool does: one file for each verb. No printing, no arguments, no clock: values in, values out.

pub mod access;
mod answer;
pub mod approve;
pub mod birth;
pub mod change;
pub mod check;
pub mod command;
pub mod custody;
pub mod export_audit;
pub mod expose;
pub mod file_bundle;
pub mod generate;
pub mod govern;
pub mod import;
pub mod init;
pub mod inspect;
pub mod inventory;
pub mod object;
pub mod probe;
pub mod profile;
pub mod recover;
pub mod session;
pub mod state;
pub mod statement;
pub mod unwrapping;
pub mod verify;
pub mod wrap;
