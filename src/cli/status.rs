//! `byok status`: what is due, what waits, what is half done.

use std::collections::BTreeSet;

use super::failure::Outcome;
use super::shell::Shell;
use super::text::{Text, seconds};
use super::workspace::Workspace;
use crate::ops::status::{Item, Status, status};

const EXAMPLES: &str = "\
Examples:
  byok status
  byok status --due
  byok status --due --json --quiet > status.json || test $? = 10";

/// The exit code when something is due.
const DUE: u8 = 10;

/// Show what is due, what waits, and what is half done
///
/// Rotations by the policy's periods, targets of byok.yaml without a wrap, providers that were not seen to have what was
/// wrapped for them, versions that were replaced, data keys under them, destroy dates, and what interrupted runs left.
/// It is derived from the registry at this moment; no token is touched. With --due the exit code is 10 when there is
/// anything to do now.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Only what is due now; exit code 10 when there is anything
    #[arg(long)]
    due: bool,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let workspace = Workspace::open(shell)?;
    let targets = &workspace.settings.targets;
    let status = status(&workspace.registry, &workspace.governance, targets, shell.env.now())?;
    let due = status.due > 0;
    let status = if args.due { status.only_due() } else { status };
    shell.data(text(&status).finish(), &status)?;
    if args.due && due {
        shell.exit.set(DUE);
    }
    Ok(())
}

fn text(status: &Status) -> Text {
    let mut text = Text::new();
    if !status.items.is_empty() {
        let head = ["", "kind", "key", "since/at", "what"].map(str::to_owned).to_vec();
        text.table(&std::iter::once(head).chain(status.items.iter().map(row)).collect::<Vec<_>>());
        text.line("");
    }
    let mut named = BTreeSet::new();
    let commands = status.items.iter().filter(|item| item.due).filter_map(|item| item.next.as_deref());
    let next: Vec<&str> = commands.filter(|command| named.insert(*command)).collect();
    for command in next.iter().take(MAX_NEXT) {
        text.line(format_args!("next: {command}"));
    }
    if let Some(more) = next.len().checked_sub(MAX_NEXT).filter(|more| *more > 0) {
        text.line(format_args!("      and {more} more; --json lists them all"));
    }
    text.line(summary(status));
    text
}

/// The most commands that are proposed to people.
const MAX_NEXT: usize = 20;

fn row(item: &Item) -> Vec<String> {
    vec![
        if item.due { "due" } else { "" }.to_owned(),
        item.kind.as_str().to_owned(),
        item.key.clone().or_else(|| Some(item.run.as_ref()?.id.clone())).unwrap_or_default(),
        item.at.map(seconds).unwrap_or_default(),
        item.what.clone(),
    ]
}

fn summary(status: &Status) -> String {
    let due = match status.due {
        0 => "nothing is due".to_owned(),
        1 => "1 thing is due".to_owned(),
        due => format!("{due} things are due"),
    };
    let next = status.next_rotation.as_ref();
    let next = next.map(|next| format!("; next rotation: {} at {}", next.key, seconds(next.at))).unwrap_or_default();
    format!("{due}; {} key version{}{next}", status.versions, if status.versions == 1 { "" } else { "s" })
}
