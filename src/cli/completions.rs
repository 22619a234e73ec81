//! `byok completions`: a script that teaches a shell the command line.

use clap_complete::Shell as Kind;

use super::app;
use super::failure::Outcome;
use super::shell::Shell;

const EXAMPLES: &str = "\
Examples:
  byok completions bash > ~/.local/share/bash-completion/completions/byok
  byok completions fish > ~/.config/fish/completions/byok.fish";

/// Print the completion script for a shell
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Kind,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut app::command(), "byok", &mut script);
    shell.output.data(&String::from_utf8_lossy(&script))
}
