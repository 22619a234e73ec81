//! What is to be done at the providers: printed, and with `--out` written as scripts.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::failure::Outcome;
use crate::cli::output::{make_folder, write_new};
use crate::cli::text::Text;
use crate::key::stage::Stage;
use crate::key::version::KeyVersionId;
use crate::ops::revoke::Place;
use crate::provider::revocation::script_name;
use crate::provider::{Revocation, RevocationError};

/// What is said of a way back that needs a number.
const BY_HAND: &str = "the version's number there was never seen: byok confirm-import, then this again";

/// One place in a document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row<'a> {
    provider: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_key_version: Option<&'a str>,
    /// Whether an answer of the provider showed that it has the key.
    confirmed: bool,
    commands: Vec<String>,
    happens: &'a str,
    still_works: &'a str,
    way_back: &'a str,
    way_back_commands: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    script: Option<PathBuf>,
    /// Why there are no commands for a key that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// The rows of a document; `scripts` are those that were written, one for each place.
pub(super) fn rows(places: &[Place], scripts: Vec<Option<PathBuf>>) -> Vec<Row<'_>> {
    let scripts = scripts.into_iter().chain(std::iter::repeat(None));
    places.iter().zip(scripts).map(|(place, script)| row(place, script)).collect()
}

fn row(place: &Place, script: Option<PathBuf>) -> Row<'_> {
    let known = place.revocation.as_ref().and_then(|made| made.as_ref().ok());
    let commands = known.and_then(|made| made.typed().ok()).unwrap_or_default();
    let way_back_commands = known.and_then(|made| made.typed_back().ok()).unwrap_or_default();
    Row {
        provider: &place.provider,
        target_id: place.target_id.as_deref(),
        target: place.target.as_deref(),
        provider_key_version: place.key_version.as_deref(),
        confirmed: place.is_confirmed,
        commands,
        happens: known.map_or("", |known| &known.happens),
        still_works: known.map_or("", |known| known.works),
        way_back: known.map_or("", |known| back(known, &way_back_commands)),
        way_back_commands,
        script,
        problem: problem(place),
    }
}

fn problem(place: &Place) -> Option<String> {
    match &place.revocation {
        None => Some("this version of byok does not know the provider".to_owned()),
        Some(Err(error)) => Some(error.to_string()),
        Some(Ok(made)) => made.typed().err().map(str::to_owned),
    }
}

/// What a person reads of each place.
pub(super) fn describe(places: &[Place], scripts: &[Option<PathBuf>], text: &mut Text) {
    if places.is_empty() {
        text.field("providers", "it was wrapped for none");
    }
    for (index, place) in places.iter().enumerate() {
        let known = if place.is_confirmed { "" } else { ", import not confirmed" };
        let target = place.target.as_deref().unwrap_or("a key that was not named");
        text.line(format_args!("  at {}   {target}{known}", place.provider));
        match &place.revocation {
            Some(Ok(made)) => one(made, text),
            _ => _ = text.paragraph("    no commands  ", &problem(place).unwrap_or_default()),
        }
        if let Some(Some(script)) = scripts.get(index) {
            text.line(format_args!("    script       {}", script.display()));
        }
    }
}

fn one(made: &Revocation, text: &mut Text) {
    match made.typed() {
        Ok(commands) => commands.iter().for_each(|command| _ = text.line(format_args!("    $ {command}"))),
        Err(why) => _ = text.paragraph("    no commands  ", why),
    }
    text.paragraph("    happens      ", &made.happens);
    text.paragraph("    still works  ", made.works);
    let commands = made.typed_back().unwrap_or_default();
    text.paragraph("    way back     ", back(made, &commands));
    for command in commands {
        text.line(format_args!("      $ {command}"));
    }
}

/// The words before the commands, if there are any.
fn back(made: &Revocation, commands: &[String]) -> &'static str {
    if commands.is_empty() { made.back.trim_end_matches(':') } else { made.back }
}

/// The way back from a suspension at one place, as of now.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cli) struct WayBack<'a> {
    provider: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    /// What to do where there are no commands to type.
    #[serde(skip_serializing_if = "Option::is_none")]
    by_hand: Option<&'static str>,
    commands: Vec<String>,
}

/// The way back at each place that has one.
pub(in crate::cli) fn ways_back<'a>(places: &'a [Place]) -> Vec<WayBack<'a>> {
    let made = |place: &'a Place| match place {
        Place { revocation: Some(Ok(made)), .. } => Some((place, made)),
        _ => None,
    };
    let ways = places.iter().filter_map(made).filter(|(_, made)| !made.back_commands.is_empty());
    let way = |(place, made): (&'a Place, &'a Revocation)| WayBack {
        provider: &place.provider,
        target_id: place.target_id.as_deref(),
        target: place.target.as_deref(),
        by_hand: made.typed_back().is_err().then_some(BY_HAND),
        commands: made.typed_back().unwrap_or_default(),
    };
    ways.map(way).collect()
}

/// What a person reads of them.
pub(in crate::cli) fn describe_back(ways: &[WayBack<'_>], text: &mut Text) {
    for way in ways {
        let target = way.target.unwrap_or("a key that was not named");
        text.line(format_args!("  where it was stopped at {}   {target}", way.provider));
        if let Some(by_hand) = way.by_hand {
            text.paragraph("    by hand      ", by_hand);
        }
        for command in &way.commands {
            text.line(format_args!("    $ {command}"));
        }
    }
}

/// What `--dry-run` says of each place.
pub(super) fn steps(places: &[Place]) -> Vec<String> {
    let says = |place: &Place| match &place.revocation {
        Some(Ok(made)) if made.commands.is_empty() => format!("say of {}: {}", place.provider, made.happens),
        Some(Ok(made)) => match made.typed() {
            Ok(commands) => format!("print for {}: {}", place.provider, commands.join("; ")),
            Err(why) => format!("say of {}: {why}", place.provider),
        },
        _ => format!("say of {}: {}", place.provider, problem(place).unwrap_or_default()),
    };
    places.iter().map(says).collect()
}

/// Writes the script of each place that has commands into a folder of its own below `out`, which is made for the first of
/// them: who asks again later finds it free.
pub(super) fn write(out: &Path, id: &KeyVersionId, stage: Stage, places: &[Place]) -> Outcome<Vec<Option<PathBuf>>> {
    let mut names: Vec<String> = Vec::new();
    places.iter().map(|place| write_one(out, (id, stage), place, &mut names)).collect()
}

fn write_one(
    out: &Path,
    (id, stage): (&KeyVersionId, Stage),
    place: &Place,
    names: &mut Vec<String>,
) -> Outcome<Option<PathBuf>> {
    let Some(Ok(made)) = &place.revocation else { return Ok(None) };
    let title = format!("{id}: {stage} at {}", place.provider);
    let script = made.script(&title).map_err(RevocationError::from)?;
    let Some(script) = script else { return Ok(None) };
    let folder = out.join(folder_name(place, names));
    make_folder(&folder)?;
    let path = folder.join(script_name(stage));
    write_new(&path, &script)?;
    Ok(Some(path))
}

/// The target's own id, or the provider's, with a number from the second one on.
fn folder_name(place: &Place, names: &mut Vec<String>) -> String {
    let base = place.target_id.clone().unwrap_or_else(|| place.provider.clone());
    let is_free = |name: &String| !names.contains(name);
    let name =
        std::iter::once(base.clone()).chain((2_u32..=u32::MAX).map(|number| format!("{base}-{number}"))).find(is_free);
    let name = name.unwrap_or(base);
    names.push(name.clone());
    name
}
