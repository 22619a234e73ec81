//! `byok rotate --rollback`: the old version is current again.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::dry_run;
use crate::cli::failure::{Outcome, code_of};
use crate::cli::output::{make_folder, new_path, write_new};
use crate::cli::prompt;
use crate::cli::shell::Shell;
use crate::cli::text::Text;
use crate::cli::workspace::Workspace;
use crate::key::name::KeyName;
use crate::key::state::State;
use crate::ops::profile::ProbePolicy;
use crate::ops::rotate::rollback::{Checked, RollbackError, Step, Way, check, run as roll_back};
use crate::provider::WAY_BACK_NAME;

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
    let id = checked.target.id.clone();
    let permission = match checked.step {
        Step::Deactivate => Some(workspace.permit(shell, &checked.question(shell.env.now())?)?),
        Step::Made | Step::NeverUsed => None,
    };
    if shell.globals.dry_run {
        return dry_run::print(shell, "rotate", &steps(&checked, out.as_deref()));
    }
    let (old, ways, step) = (checked.old.clone(), checked.ways.clone(), checked.step);
    let suspended = checked.old_state == State::Suspended;
    let mut state = checked.target.predicate().state_at(shell.env.now());
    if let Some(permission) = permission {
        let question = format!("Give {id} up? It is deactivated for ever, and {old} is current again.");
        prompt::confirm_under(shell, &permission, &question)?;
        let chosen = workspace.choose(shell)?;
        workspace.announce_probe(shell, chosen.keys().identity(), ProbePolicy::WhenNeeded);
        let opened = chosen.open(shell)?;
        let session = workspace.session(&opened, &[&checked.target.wanted])?;
        let place = workspace.place(shell, ProbePolicy::WhenNeeded);
        state = roll_back(&place, &session, checked, &code_of::<RollbackError>)?.predicate.state;
    }
    let scripts = out.map_or(Ok(Vec::new()), |out| write(&out, &ways))?;
    match step {
        Step::Deactivate => {}
        Step::Made => shell.note(&format!("{id} was given up already; nothing was changed")),
        Step::NeverUsed => shell.note(&format!(
            "{id} never came into use, and {old} goes on; nothing was changed. To end it: byok revoke {id} --reason \
             superseded --stage destroy"
        )),
    }
    if suspended {
        shell.warn(&format!("{old} is suspended; byok reinstate {old}   brings it into use again"));
    }
    let document = Document {
        schema: "byok.rollback/v1",
        id: id.to_string(),
        state,
        old: old.to_string(),
        changed: step == Step::Deactivate,
        way_back: ways.iter().map(|way| shown(way, script_of(way, &ways, &scripts))).collect(),
    };
    shell.data(text(&document).finish(), &document)
}

fn steps(checked: &Checked, out: Option<&Path>) -> Vec<String> {
    let (id, old) = (&checked.target.id, &checked.old);
    let record = match checked.step {
        Step::Deactivate => vec![
            format!("deactivate {id}, reason superseded; {old} is current again"),
            "read the key back and sign a manifest".to_owned(),
            "log both and sign a checkpoint".to_owned(),
        ],
        Step::Made | Step::NeverUsed => vec![format!("change no record: {id} is not in use")],
    };
    let scripts = checked.ways.iter().filter(|way| way.back.script.is_some());
    let written = scripts.zip(out.iter().cycle()).map(|(way, out)| {
        format!("write the commands for {} below {}", way.target_id.as_ref().unwrap_or(&way.provider), out.display())
    });
    record.into_iter().chain(written).collect()
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
    text.line(format_args!("{}   {}; {} is current", document.id, document.state, document.old));
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
    text
}
