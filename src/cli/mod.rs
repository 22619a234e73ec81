//! What people type: the only code that parses arguments, prints and prompts. One file for each subcommand.

mod app;
pub mod codes;
mod completions;
mod config;
mod env;
mod explain;
mod failure;
mod globals;
mod input;
mod man;
mod output;
mod pin;
mod progress;
mod prompt;
mod providers;
mod session;
mod shell;
mod text;

pub use app::{command, run};
pub use env::{Env, Terminals, Variables};
pub use output::keep_new_files_private;
