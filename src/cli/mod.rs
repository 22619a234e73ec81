//! What people type: the only code that parses arguments, prints and prompts. One file for each subcommand.

mod app;
mod check;
pub mod codes;
mod completions;
mod config;
mod convert;
mod dry_run;
mod env;
mod explain;
mod export_audit;
mod failure;
mod file_bundle;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod generate;
mod globals;
mod harden;
mod hsm;
mod import;
mod init;
mod input;
mod inspect;
mod key_file;
mod list;
mod man;
mod output;
mod passphrase;
mod pin;
mod probe;
mod progress;
mod prompt;
mod providers;
mod recover;
mod session;
mod shell;
mod show;
mod text;
mod unwrapping;
mod verify;
mod wish;
mod workspace;
mod wrap;
mod wrapping_key;

pub use app::{command, run, version_alone};
pub use env::{Env, Terminals, Variables};
pub use harden::{Hardening, harden};
