//! `byok show`: one key version, as its newest manifest states it, and its history.

use std::path::Path;

use super::failure::Outcome;
use super::shell::Shell;
use super::text::{Text, seconds};
use super::workspace::Workspace;
use crate::key::exposure::Exposure;
use crate::key::version::KeySelector;
use crate::manifest::statement::{CustodyRecord, KeyVersionPredicate};
use crate::ops::inventory::{Moment, Show, show};

const EXAMPLES: &str = "\
Examples:
  byok show payments/kek
  byok show payments/kek@1 --json";

/// Show a key version and its history
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The key, or one version of it [without a version: the newest]
    #[arg(value_name = "NAME[@N]")]
    key: KeySelector,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let found = show(&Workspace::open_to_read(shell)?.registry, &args.key, shell.env.now())?;
    shell.data(&text(&found), &found)
}

fn text(found: &Show) -> String {
    let key = &found.key;
    let mut text = Text::new();
    text.line(format_args!("{}   {}, {}   {}", found.id, key.key_type, key.purpose, found.state));
    describe(key, &mut text);
    text.field("exposure", format_args!("{} so far", key.exposure_ever));
    if let Some(owner) = &key.owner {
        text.field("owner", owner);
    }
    for (name, value) in &key.attributes {
        text.field("attribute", format_args!("{name}={value}"));
    }
    text.field("made", format_args!("{} ({})", seconds(key.dates.generated_at), key.origin.kind));
    key.placements.iter().for_each(|placement| super::confirm::describe(placement, &mut text));
    super::state::dates(key, &mut text);
    super::revoke::destruction(key, &mut text);
    super::revoke::haste(key, &mut text);
    if key.custody.attrs.extractable == Some(true) && key.destruction.is_none() {
        text.field("mind", "whoever has the PIN can wrap this key out of the token without byok");
    }
    history(found, &mut text);
    text.finish().to_owned()
}

/// The life of the key: a line for each moment under the state that it is in from then on, `:` before what is planned.
fn history(found: &Show, text: &mut Text) {
    text.line("  history");
    let mut state = None;
    for moment in &found.timeline {
        if state != Some(moment.state) {
            text.line(format_args!("    {}", moment.state));
            state = Some(moment.state);
        }
        let Moment { at, what, revision, planned, .. } = moment;
        let (mark, planned) = if *planned { (':', ", planned") } else { ('|', "") };
        let number = revision.map(|revision| format!("{revision:04}")).unwrap_or_default();
        text.line(format_args!("    {mark} {}  {number:<4}  {what}{planned}", seconds(*at)));
    }
    if let Some(folder) = found.history.last().and_then(|revision| Path::new(&revision.file).parent()) {
        text.field("manifests", folder.display());
    }
}

/// Custody, public half or check value: what `generate`, `import` and `show` say.
pub(super) fn describe(key: &KeyVersionPredicate, text: &mut Text) {
    text.field("custody", custody(&key.custody, key.exposure_ever));
    if let Some(import) = &key.origin.import {
        text.field("put in", super::import::route(import));
    }
    if let Some(public) = &key.public {
        text.field("public key", format_args!("sha256 {}", public.spki_sha256));
    }
    if let Some(check) = &key.check {
        text.field("check value", format_args!("{}  ({})", check.kcv, check.kcv_method.as_str()));
    }
    if let Some(fingerprint) = &key.fingerprint {
        text.field("fingerprint", format_args!("{}  ({})", fingerprint.value, fingerprint.method));
    }
}

/// Only what the token said: nothing is claimed for an attribute that it did not answer.
fn custody(custody: &CustodyRecord, exposure: Exposure) -> String {
    let attributes = &custody.attrs;
    let rows = [
        (attributes.local, "made in the token", "not made in the token"),
        (attributes.sensitive, "sensitive", "not sensitive"),
        (attributes.extractable, "extractable (for wrapping)", "not extractable"),
    ];
    let said = rows.into_iter().filter_map(|(value, yes, no)| value.map(|value| if value { yes } else { no }));
    let mut parts = vec![format!("token {}", custody.token_label)];
    parts.extend(said.map(str::to_owned));
    if exposure == Exposure::None {
        parts.push("never seen by this host".to_owned());
    }
    parts.join(", ")
}
