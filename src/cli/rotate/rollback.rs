//! `byok rotate --rollback`: the old version is current again.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::approval::plan::{Action, KeyBase, RollbackAction};
use crate::cli::approvals::quoted;
use crate::cli::codes::{attended, usage};
use crate::cli::dry_run;
use crate::cli::failure::{Failure, Outcome, code_of};
use crate::cli::output::{make_folder, new_path, write_new};
use crate::cli::prompt::{self, Danger};
use crate::cli::shell::Shell;
use crate::cli::text::Text;
use crate::cli::workspace::Workspace;
use crate::format::escape::{SHORT, shell_word};
use crate::key::name::KeyName;
use crate::key::state::State;
use crate::key::version::KeyVersionId;
use crate::ops::govern::Permission;
use crate::ops::profile::ProbePolicy;
use crate::ops::rotate::rollback::{Checked, RollbackError, Step, Way, check, run as roll_back};
use crate::provider::{self, WAY_BACK_NAME};

/// `rotate --rollback --json`, schema `byok.rollback/v1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema: &'static str,
    id: String,
    state: State,
    old: String,
    changed: bool,
    way_back: Vec<WayBack<'a>>,
    next: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WayBack<'a> {
    provider: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    says: &'a [String],
    commands: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    script: Option<PathBuf>,
}

/// Gives the newest version of a key up; with `out`, the commands for each provider go into this new folder.
pub(super) fn run(shell: &Shell<'_>, key: &KeyName, out: Option<&Path>) -> Outcome {
    let out = out.map(|out| new_path(&shell.env.directory.join(out))).transpose()?;
    let workspace = Workspace::open(shell)?;
    let checked = check(&workspace.registry, key, shell.env.now())?;
    let permission = match checked.step {
        Step::Deactivate | Step::GiveUp => Some(workspace.permit(shell, &checked.question(shell.env.now())?)?),
        Step::Made => None,
    };
    if shell.is_planned(|| action(&checked, out.as_deref()))? {
        return Ok(());
    }
    if shell.globals.dry_run {
        return dry_run::print(shell, "rotate", &steps(&checked, out.as_deref()));
    }
    let (id, old, step) = (checked.target.id.clone(), checked.old.clone(), checked.step);
    let (ways, suspended) = (checked.ways.clone(), checked.old_state == State::Suspended);
    if let Some(permission) = permission {
        agree(shell, &permission, &checked)?;
    }
    // Also what was given up already: the run that did it may have been cut off before its checkpoint.
    let chosen = workspace.choose(shell)?;
    workspace.announce_probe(shell, chosen.keys().identity(), ProbePolicy::WhenNeeded);
    let opened = chosen.open(shell)?;
    let session = workspace.session(&opened, &[&checked.target.wanted])?;
    let place = workspace.place(shell, ProbePolicy::WhenNeeded);
    let state = roll_back(&place, &session, checked, &code_of::<RollbackError>)?.predicate.state;
    let scripts = out.map_or(Ok(Vec::new()), |out| write(&out, &ways))?;
    if step == Step::Made {
        shell.note(&format!("{id} was given up already; nothing was changed"));
    }
    if suspended {
        shell.warn(&format!("{old} is suspended; byok reinstate {old}   brings it into use again"));
    }
    let document = Document {
        schema: "byok.rollback/v1",
        id: id.to_string(),
        state,
        old: old.to_string(),
        changed: step != Step::Made,
        way_back: ways.iter().map(|way| shown(way, script_of(way, &ways, &scripts))).collect(),
        next: next(&id, &old, &ways, &scripts),
    };
    shell.data(text(&document).finish(), &document)
}

/// What there is to know goes before the question, and a place from which nothing leads back has a question of its own.
fn agree(shell: &Shell<'_>, permission: &Permission, checked: &Checked) -> Outcome {
    let (id, old) = (&checked.target.id, &checked.old);
    let is_answered = permission.answered || (shell.globals.yes && permission.unattended);
    for way in checked.ways.iter().filter(|_| !is_answered) {
        shell.note(&format!("way back: {}", place_of(way)));
        way.back.says.iter().for_each(|says| shell.note(&format!("    {says}")));
    }
    let becomes =
        if checked.step == Step::Deactivate { "It is deactivated for ever" } else { "It never comes into use" };
    prompt::confirm_under(shell, permission, &format!("Give {id} up? {becomes}, and {old} is current again."))?;
    if checked.strands() {
        return agree_to_strand(shell, permission, checked);
    }
    let closed: Vec<String> = checked.ways.iter().filter(|way| way.is_closed()).map(place_of).collect();
    if closed.is_empty() {
        return Ok(());
    }
    let closed = closed.join(", ");
    let question =
        format!("No command leads back at {closed}: {id} may go on being used there. Give it up all the same?");
    prompt::confirm_under(shell, permission, &question)
}

/// Where nothing leads back at any provider, --yes alone is no answer, unless a policy says so.
fn agree_to_strand(shell: &Shell<'_>, permission: &Permission, checked: &Checked) -> Outcome {
    let id = &checked.target.id;
    let governed = permission.rule.is_some();
    let closed: Vec<String> = checked.ways.iter().filter(|way| way.is_closed()).map(place_of).collect();
    let closed = closed.join(", ");
    if !governed && !shell.env.can_ask() {
        let what = format!("--yes alone does not give {id} up: no command leads back at {closed}");
        return Err(Failure::new(&attended::NO_WAY_BACK, what)
            .hint("type the command at a terminal")
            .hint(format!("byok rotate {} --wrapping-keys DIR --out DIR   makes another version instead", id.key)));
    }
    shell.warn(&format!("no command leads back at {closed}: {id} may go on being used there"));
    let permission = Permission { unattended: governed && permission.unattended, ..permission.clone() };
    prompt::confirm_name(shell, &permission, &Danger { what: &format!("Give {id} up"), name: &id.to_string() })
}

fn place_of(way: &Way) -> String {
    let target = way.target.as_ref().map(|target| format!(" {target}")).unwrap_or_default();
    let id = way.target_id.as_ref().map(|id| format!("{id}: ")).unwrap_or_default();
    format!("{id}{}{target}", way.provider)
}

/// What to type so that the providers follow, and the data.
fn next(id: &KeyVersionId, old: &KeyVersionId, ways: &[Way], scripts: &[(usize, PathBuf)]) -> Vec<String> {
    let mut next = Vec::new();
    let followed = ways.iter().filter(|way| way.arrived && way.back.script.is_some());
    for way in followed {
        match script_of(way, ways, scripts) {
            Some(script) => next.push(format!("sh {} ...", quoted(&script.to_string_lossy()))),
            None => next.push(format!("byok rotate --rollback {} --out DIR", id.key)),
        }
        let reads = provider::find(&way.provider).is_some_and(|known| known.read_confirmation.is_some());
        if let Some(id) = way.old_target.as_ref().filter(|_| reads) {
            let id = id.as_ref().map(|id| format!(" --target-id {}", shell_word(id, SHORT))).unwrap_or_default();
            next.push(format!("byok confirm-import {old} --provider {}{id} --evidence FILE", way.provider));
        }
    }
    if ways.iter().any(Way::is_closed) {
        next.push(format!("byok rotate {} --wrapping-keys DIR --out DIR", id.key));
    }
    next.push("byok status".to_owned());
    next.dedup();
    next
}

/// The commands are for those who carry them out: written when all is done, and not approved.
fn action(checked: &Checked, out: Option<&Path>) -> Outcome<Action> {
    if out.is_some() {
        let key = &checked.target.id.key;
        return Err(Failure::new(&usage::USAGE, "the folder for the commands does not stand in a plan")
            .hint(format!("byok rotate --rollback {key} --out DIR   writes them once the plan was applied")));
    }
    let (target, old) = (&checked.target, checked.old.to_string());
    let key = KeyBase { version: target.id.to_string(), manifest_sha256: target.manifest.payload_sha256.clone() };
    Ok(Action::Rollback(RollbackAction { key, old }))
}

fn steps(checked: &Checked, out: Option<&Path>) -> Vec<String> {
    let (id, old) = (&checked.target.id, &checked.old);
    let what = match checked.step {
        Step::Deactivate => Some(format!("deactivate {id}, reason superseded; {old} is current again")),
        Step::GiveUp => Some(format!("record that {id} is given up, and never comes into use; {old} is current")),
        Step::Made => None,
    };
    let signed = ["read the key back and sign a manifest", "log both and sign a checkpoint"].map(str::to_owned);
    let record = match what {
        Some(what) => std::iter::once(what).chain(signed).collect(),
        None => vec![format!("change no record: {id} was given up already")],
    };
    let says = checked.ways.iter().flat_map(|way| {
        let place = place_of(way);
        let none = way.is_closed().then(|| format!("leave {place} as it is: no command leads back there"));
        none.into_iter()
            .chain(way.back.says.iter().map(|says| format!("at {}: {says}", place_of(way))))
            .collect::<Vec<_>>()
    });
    let says: Vec<String> = says.collect();
    let scripts = checked.ways.iter().filter(|way| way.back.script.is_some());
    let written = scripts.zip(out.iter().cycle()).map(|(way, out)| {
        format!("write the commands for {} below {}", way.target_id.as_ref().unwrap_or(&way.provider), out.display())
    });
    record.into_iter().chain(written).chain(says).collect()
}

/// `DIR/<target-id>/rollback.sh`, where there are commands; the index of the way and its file.
fn write(out: &Path, ways: &[Way]) -> Outcome<Vec<(usize, PathBuf)>> {
    make_folder(out)?;
    let mut written: Vec<(usize, PathBuf)> = Vec::new();
    for (index, way) in ways.iter().enumerate() {
        let Some(script) = &way.back.script else { continue };
        let name = way.target_id.as_ref().unwrap_or(&way.provider);
        let mut folder = out.join(name);
        if written.iter().any(|(_, path)| path.starts_with(&folder)) {
            folder = out.join(format!("{name}-{}", index.saturating_add(1)));
        }
        make_folder(&folder)?;
        let path = folder.join(WAY_BACK_NAME);
        write_new(&path, script)?;
        written.push((index, path));
    }
    Ok(written)
}

fn script_of(way: &Way, ways: &[Way], scripts: &[(usize, PathBuf)]) -> Option<PathBuf> {
    let index = ways.iter().position(|other| std::ptr::eq(other, way))?;
    scripts.iter().find(|(known, _)| *known == index).map(|(_, path)| path.clone())
}

fn shown(way: &Way, script: Option<PathBuf>) -> WayBack<'_> {
    WayBack {
        provider: &way.provider,
        target_id: way.target_id.as_deref(),
        target: way.target.as_deref(),
        says: &way.back.says,
        commands: way.back.script.is_some(),
        script,
    }
}

fn text(document: &Document<'_>) -> Text {
    let mut text = Text::new();
    let state = if document.state == State::PreActivation { "given up" } else { document.state.as_str() };
    text.line(format_args!("{}   {state}; {} is current", document.id, document.old));
    for way in &document.way_back {
        let place = way.target.map(|target| format!(" {target}")).unwrap_or_default();
        let id = way.target_id.map(|id| format!("{id}: ")).unwrap_or_default();
        text.field("way back", format_args!("{id}{}{place}", way.provider));
        for says in way.says {
            text.paragraph("                 ", says);
        }
        match (&way.script, way.commands) {
            (Some(script), _) => _ = text.field("commands", script.display()),
            (None, true) => _ = text.field("commands", "--out DIR writes them"),
            (None, false) => {}
        }
    }
    for next in &document.next {
        text.line(format_args!("next: {next}"));
    }
    text
}
