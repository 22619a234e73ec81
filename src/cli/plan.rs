//! `byok plan`: a command is checked and written down, for others to approve and for `apply` to carry out.

pub(super) mod draft;
mod make;
mod read;
mod show;
mod text;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Subcommand;

use super::failure::Outcome;
use super::shell::Shell;
pub(super) use read::{Read, approvals, read};
pub(super) use text::describe;

const EXAMPLES: &str = "\
Examples:
  byok plan wrap-for-import payments/kek --provider openbao \\
    --wrapping-key answer.json --out bundle --out plan.json
  byok plan seal payments/kek --out plan.json --expires PT8H
  byok plan rotate --all --wrapping-keys answers --out bundles \\
    --out plan.json
  byok plan policy adopt --policy policy.yaml \\
    --allowed-signers allowed_signers --out plan.json
  byok plan show plan.json";

/// Write a command down as a plan, for others to approve
///
/// COMMAND ARGS... are those of rotate, wrap-for-import, import, revoke, seal, recover or policy adopt, and the last --out names the
/// plan. The command's own checks are made; no PIN is asked for and nothing changes. `byok approve` signs the plan's
/// bytes, `byok apply` carries it out, once.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, subcommand_value_name = "COMMAND ARGS... | show")]
pub(super) struct Args {
    #[command(flatten)]
    own: Own,
    #[command(subcommand)]
    what: What,
}

/// What belongs to the plan and not to the command in it. It may stand anywhere.
#[derive(clap::Args, Clone, Debug, Default)]
struct Own {
    /// The plan to write; with a command that has an --out of its own, the last one
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How long the plan is good for, as PT8H or P3D; at most 30 days [default: PT72H]
    #[arg(long, value_name = "PERIOD")]
    expires: Option<String>,
    /// Who makes the plan, by the name in the policy [default: whose login name it is]
    #[arg(long, value_name = "PERSON")]
    author: Option<String>,
}

#[derive(Debug, Subcommand)]
enum What {
    Show(show::Args),
    #[command(external_subcommand)]
    Command(Vec<OsString>),
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    match &args.what {
        What::Show(show) => show::run(shell, show),
        What::Command(words) => make::run(shell, &args.own, words),
    }
}
