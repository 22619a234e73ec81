//! `byok policy`: rules as a document, checked, explained and tested before they are adopted.

mod check;
mod explain;
mod source;
mod test;

use clap::Subcommand;

use super::failure::Outcome;
use super::shell::Shell;

/// Check, explain and test a policy
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
    Explain(Box<explain::Args>),
    Test(test::Args),
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    match &args.command {
        Command::Check(args) => check::run(shell, args),
        Command::Explain(args) => explain::run(shell, args),
        Command::Test(args) => test::run(shell, args),
    }
}
