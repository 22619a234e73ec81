//! `byok policy`: rules as a document, checked, explained and tested before they are adopted.

mod adopt;
mod check;
mod explain;
mod source;
mod test;

use clap::Subcommand;

use super::failure::Outcome;
use super::shell::Shell;
use crate::approval::plan::AdoptAction;

/// Check, explain, test and adopt a policy
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Adopt(adopt::Args),
    Check(check::Args),
    Explain(Box<explain::Args>),
    Test(test::Args),
}

impl Args {
    /// As a plan says it.
    pub(super) fn of(action: &AdoptAction) -> Self {
        Self { command: Command::Adopt(adopt::Args::of(action)) }
    }

    /// Whether a plan can hold it.
    pub(super) fn can_be_planned(&self) -> bool {
        matches!(self.command, Command::Adopt(_))
    }
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    match &args.command {
        Command::Adopt(args) => adopt::run(shell, args),
        Command::Check(args) => check::run(shell, args),
        Command::Explain(args) => explain::run(shell, args),
        Command::Test(args) => test::run(shell, args),
    }
}
