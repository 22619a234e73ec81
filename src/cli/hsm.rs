//! `byok hsm probe`: what the token can really do.

use clap::Subcommand;

use super::failure::Outcome;
use super::probe;
use super::shell::Shell;

/// Look at the token
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Probe(probe::Args),
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    match &args.command {
        Command::Probe(args) => probe::run(shell, args),
    }
}
