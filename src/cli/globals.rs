//! Options that every command takes.

use std::path::PathBuf;

use clap::Args;

use super::pin::PinSource;

/// The heading under which help lists them.
const HEADING: &str = "Global options";

/// Options that every command takes. A flag goes before byok.yaml.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = HEADING)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub(super) struct Globals {
    /// Read this byok.yaml [env: `BYOK_CONFIG`] [default: the nearest one upwards]
    ///
    /// It is used only if the file and its folder belong to you or root and nobody else can write them.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The registry's folder
    #[arg(long, global = true, value_name = "DIR")]
    pub registry: Option<PathBuf>,
    /// The PKCS#11 module, an absolute path
    #[arg(long, global = true, value_name = "PATH")]
    pub module: Option<PathBuf>,
    /// The token's label; exactly one token must have it
    #[arg(long, global = true, value_name = "LABEL")]
    pub token: Option<String>,
    /// Where the PIN comes from: `env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`
    ///
    /// Never the PIN itself. A file that others can read is refused.
    #[arg(long, global = true, value_name = "SOURCE")]
    pub pin_source: Option<PinSource>,
    /// Print one JSON document with a schema field instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// Plan, say what would be done, and touch nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Answer every question with yes
    #[arg(long, global = true)]
    pub yes: bool,
    /// Fail at once when another byok holds the lock
    #[arg(long, global = true, conflicts_with = "lock_timeout")]
    pub no_wait: bool,
    /// How long to wait for the lock, in seconds [default: 60 without a terminal, else no limit]
    #[arg(long, global = true, value_name = "SECONDS")]
    pub lock_timeout: Option<u32>,
    /// Print data, warnings and errors only
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Say more; twice for still more
    #[arg(long, short, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
}
