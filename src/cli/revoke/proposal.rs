//! `byok revoke --compromised`: what to do, in which order, as commands. Nothing is done.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::failure::Outcome;
use crate::cli::output::{new_path, write_new};
use crate::cli::shell::Shell;
use crate::cli::text::Text;
use crate::cli::workspace::Workspace;
use crate::format::escape::{SHORT, shell_word};
use crate::key::reason::Reason;
use crate::key::spec::Purpose;
use crate::key::stage::Stage;
use crate::key::state::State;
use crate::key::version::{KeySelector, KeyVersionId};
use crate::ops::access::Registry;
use crate::ops::change::{ChangeError, Target};
use crate::ops::revoke::{Place, RevokeError, is_gone, places, unwrapped_under};
use crate::provider;

/// `byok.revoke-proposal/v1`
#[derive(Serialize)]
struct Document {
    schema: &'static str,
    id: String,
    state: State,
    steps: Vec<Step>,
}

/// One thing to do.
#[derive(Serialize)]
struct Step {
    /// Why, and what to look at.
    what: String,
    /// What to type; words in capitals are to be filled in.
    commands: Vec<String>,
    /// Whether byok asks before it does this, which a script answers with `--yes`.
    #[serde(skip)]
    asks: bool,
}

impl Step {
    fn new(what: String, commands: Vec<String>) -> Self {
        Self { what, commands, asks: false }
    }
}

pub(super) fn run(shell: &Shell<'_>, key: &KeySelector, reason: Option<Reason>, out: Option<&Path>) -> Outcome {
    let out = out.map(|out| new_path(&shell.env.directory.join(out))).transpose()?;
    let registry = Workspace::open_to_read(shell)?.registry;
    let target = Target::find(&registry, key).map_err(RevokeError::from)?;
    let now = shell.env.now();
    let state = target.predicate().state_at(now);
    let found = places(&registry, &target, Stage::Compromise, now)?;
    let next = Next::of(&registry, &target.id, now)?;
    let under = unwrapped_under(&registry, &target.id)?;
    let purpose: Option<Purpose> = target.predicate().purpose.parse().ok();
    let protects = matches!(purpose, Some(Purpose::Encrypt | Purpose::Wrap));
    let reason = reason.unwrap_or(Reason::KeyCompromise);
    let unfound = target.predicate().absence.is_some();
    let steps = steps((&target.id, &next), (state, reason), (protects, unfound), (&found, &under));
    if let Some(out) = &out {
        write_new(out, script(&target.id, &steps).as_bytes())?;
    }
    let mut text = Text::new();
    text.line(format_args!("{}   {state}: what to do if others may know it; nothing was done", target.id));
    for (number, step) in (1_u32..).zip(&steps) {
        text.paragraph(&format!("  {number} "), &step.what);
        step.commands.iter().for_each(|command| _ = text.line(format_args!("      {command}")));
    }
    if let Some(out) = &out {
        text.field("written to", out.display());
    }
    let document = Document { schema: "byok.revoke-proposal/v1", id: target.id.to_string(), state, steps };
    shell.data(text.finish(), &document)
}

/// The version to go on with.
struct Next {
    id: KeyVersionId,
    is_made: bool,
}

impl Next {
    /// Of a version that was replaced already, the newest, unless that was given up or may not be used itself.
    fn of(registry: &Registry, id: &KeyVersionId, now: Timestamp) -> Result<Self, RevokeError> {
        let newest = registry.newest_version(&id.key).map_err(ChangeError::from)?;
        let newest = newest.unwrap_or_else(|| id.clone());
        if newest != *id {
            let selector = KeySelector { key: newest.key.clone(), version: Some(newest.version) };
            let found = Target::find(registry, &selector)?;
            let usable = matches!(found.predicate().state_at(now), State::PreActivation | State::Active);
            if usable && found.predicate().rollback.is_none() {
                return Ok(Self { id: newest, is_made: true });
            }
        }
        let version = newest.version.saturating_add(1);
        Ok(Self { id: KeyVersionId { version, ..newest }, is_made: false })
    }
}

fn steps(
    (id, next): (&KeyVersionId, &Next),
    (state, reason): (State, Reason),
    (protects, unfound): (bool, bool),
    (places, under): (&[Place], &[KeyVersionId]),
) -> Vec<Step> {
    let mut steps = Vec::new();
    let Next { id: next, is_made } = next;
    if !is_made && !is_gone(state) {
        steps.push(Step::new(
            "Make a new version, wrapped for every target: nothing new is to be protected by a key that others know."
                .to_owned(),
            vec![format!("byok rotate {} --again --wrapping-keys ANSWERS --out BUNDLES", id.key)],
        ));
    }
    steps.extend(places.iter().map(|place| at((id, next), place)));
    if !under.is_empty() {
        let names: Vec<String> = under.iter().map(ToString::to_string).collect();
        steps.push(Step::new(
            format!("These keys came into the token under it, so who knows it may know them: {}.", names.join(", ")),
            names.iter().map(|name| format!("byok revoke {name} --compromised")).collect(),
        ));
    }
    if protects && !is_gone(state) {
        steps.push(Step::new(
            format!(
                "Record that the data under it was encrypted anew, with how many data keys that were and are left; \
                 {next} is in use by then."
            ),
            vec![format!("byok rotate --mark-rewrapped {id} --objects COUNT --remaining LEFT")],
        ));
    }
    if !matches!(state, State::Compromised | State::DestroyedCompromised) {
        let absent = if unfound { " --absent" } else { "" };
        let lost = if unfound { "" } else { " Where the token does not have the key any more: with --absent." };
        steps.push(Step {
            what: format!(
                "Record the compromise. It is never taken back, so byok asks first (--yes in a script); the providers' \
                 commands are written as files.{lost}"
            ),
            asks: true,
            commands: vec![format!(
                "byok revoke {id} --reason {reason} --stage compromise{absent} --message WHAT --out COMMANDS"
            )],
        });
    }
    steps.push(Step::new(
        "Report: the evidence as it stands, and the log for whoever asks.".to_owned(),
        vec![
            "byok verify registry --trust signer.pem --json".to_owned(),
            "byok export-audit --format jsonl --out audit.jsonl".to_owned(),
        ],
    ));
    steps
}

/// What to do at one provider.
fn at((id, next): (&KeyVersionId, &KeyVersionId), place: &Place) -> Step {
    let target = place.target.as_deref().unwrap_or("a key that was not named");
    let folder = place.target_id.as_deref().unwrap_or("TARGET");
    let what = format!(
        "At {} ({target}): import the new version, save what the provider answers about it, encrypt anew what is under {id}, \
         and only then stop {id} there.",
        place.provider
    );
    // A provider without a client of its own has neither script nor answer.
    let commands = provider::find(&place.provider).filter(|known| known.read_confirmation.is_some()).map(|known| {
        let import = format!("sh BUNDLES/{next}/{folder}/import.sh");
        let id = place.target_id.as_ref().map(|id| format!(" --target-id {}", shell_word(id, SHORT)));
        let id = id.unwrap_or_default();
        vec![import, format!("byok confirm-import {next} --provider {}{id} --evidence FILE", known.id)]
    });
    Step::new(what, commands.unwrap_or_default())
}

/// The steps as a file to work through. It runs nothing by itself: each command waits behind a comment.
fn script(id: &KeyVersionId, steps: &[Step]) -> String {
    let mut text =
        format!("# If others may know {id}: work through this from top to bottom, and fill in what is in capitals.\n");
    for (number, step) in (1_u32..).zip(steps) {
        let _ = writeln!(text, "\n# {number}. {}", step.what);
        for command in &step.commands {
            let _ = writeln!(text, "# {command}{}", if step.asks { " --yes" } else { "" });
        }
    }
    text
}
