//! `byok list`: every key version of the registry.

use super::failure::Outcome;
use super::shell::Shell;
use super::text::Text;
use super::workspace::Workspace;
use crate::ops::inventory::{Row, list};

const EXAMPLES: &str = "\
Examples:
  byok list
  byok list --json";

/// List the key versions of the registry
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {}

pub(super) fn run(shell: &Shell<'_>, _args: &Args) -> Outcome {
    let list = list(&Workspace::open_to_read(shell)?.registry, shell.env.now())?;
    let head = ["key", "type", "purpose", "state", "exposure", "owner"].map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(list.keys.iter().map(columns)).collect();
    let mut text = Text::new();
    if !list.keys.is_empty() {
        text.table(&rows);
    }
    shell.data(text.finish(), &list)?;
    if list.keys.is_empty() {
        shell.note("the registry has no keys yet");
    }
    Ok(())
}

fn columns(row: &Row) -> Vec<String> {
    vec![
        format!("{}@{}", row.name, row.version),
        row.key_type.clone(),
        row.purpose.clone(),
        row.state.to_string(),
        row.exposure_ever.to_string(),
        row.owner.clone().unwrap_or_default(),
    ]
}
