//! `byok signer`: the key that signs the evidence, when it is lost.

mod replace;

use clap::Subcommand;

pub(super) use self::replace::describe;

use super::failure::Outcome;
use super::shell::Shell;

/// Put a new evidence signer in the place of a lost one
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Replace(replace::Args),
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let Command::Replace(args) = &args.command;
    replace::run(shell, args)
}
