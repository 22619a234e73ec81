//! `byok seal`: a key that was wrapped for the last time.

use super::dry_run;
use super::failure::{Outcome, code_of};
use super::plan::draft::unreadable;
use super::progress::Spinner;
use super::prompt::{self, Danger};
use super::shell::Shell;
use super::state::report;
use super::workspace::Workspace;
use crate::approval::plan::{Action, KeyBase, SealAction};
use crate::key::version::KeySelector;
use crate::ops::profile::ProbePolicy;
use crate::ops::seal::{Checked, REIMPORTS, check, run as seal};

const EXAMPLES: &str = "\
Examples:
  byok seal payments/kek
  byok seal payments/kek@1 --dry-run";

/// Make a key version impossible to take out of its token, for ever
///
/// Clears `CKA_EXTRACTABLE` and reads it back. Nobody can wrap the key afterwards, not for any provider and not without byok. It
/// asks for the key's name before it does so.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The key, or one version of it [without a version: the newest]
    #[arg(value_name = "NAME[@N]")]
    key: KeySelector,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let workspace = Workspace::open(shell)?;
    let now = shell.env.now();
    let checked = check(&workspace.registry, &args.key, now)?;
    let permission = workspace.permit(shell, &checked.request(now))?;
    if shell.is_planned(|| Ok(action(&checked)))? {
        return Ok(());
    }
    if shell.globals.dry_run {
        return dry_run::print(shell, "seal", &steps(&checked));
    }
    let (id, is_made) = (checked.target.id.clone(), checked.is_made);
    if !is_made {
        warn(shell, &checked);
        let danger = Danger { what: &format!("Seal {id}"), name: &id.to_string() };
        prompt::confirm_name(shell, &permission, &danger)?;
    }
    let chosen = workspace.choose(shell)?;
    workspace.announce_probe(shell, chosen.keys().identity(), ProbePolicy::WhenNeeded);
    let opened = chosen.open(shell)?;
    let spinner = Spinner::start(shell, "sealing the key");
    let session = workspace.session(&opened, &[&checked.target.wanted])?;
    let statement = seal(&workspace.place(shell, ProbePolicy::WhenNeeded), &session, checked, &code_of)?;
    drop(spinner);
    if is_made {
        shell.note(&format!("{id} was sealed already; nothing was changed"));
    }
    report(shell, &workspace, "seal", &id, &statement.predicate)
}

impl Args {
    /// What would be typed.
    pub(super) fn of(action: &SealAction) -> Outcome<Self> {
        Ok(Self { key: action.key.version.parse().map_err(unreadable)? })
    }
}

fn action(checked: &Checked) -> Action {
    let (version, manifest_sha256) = (checked.target.id.to_string(), checked.target.manifest.payload_sha256.clone());
    Action::Seal(SealAction { key: KeyBase { version, manifest_sha256 } })
}

/// What will not be possible any more.
fn warn(shell: &Shell<'_>, checked: &Checked) {
    let id = &checked.target.id;
    shell.warn(&format!(
        "{id} can never leave its token again: no further wrap, for no provider, and no backup by wrapping"
    ));
    let wrapped_for = &checked.wrapped_for;
    if wrapped_for.is_empty() {
        shell.warn(&format!("{id} was never wrapped: no provider has it"));
    }
    let again: Vec<&str> = REIMPORTS.into_iter().filter(|provider| wrapped_for.contains(*provider)).collect();
    let whom = if again.is_empty() { REIMPORTS.join(", ") } else { again.join(", ") };
    let has = if again.is_empty() { "" } else { ", which has this key," };
    shell.warn(&format!(
        "{whom}{has} wants the same key again when its material expired or was deleted there; that will be impossible"
    ));
}

fn steps(checked: &Checked) -> Vec<String> {
    let id = &checked.target.id;
    if checked.is_made {
        return vec![format!("change nothing: {id} is sealed already")];
    }
    vec![
        format!("ask for the name {id}"),
        format!("clear CKA_EXTRACTABLE of {id} in the token, for ever"),
        "read the key back and sign a manifest".to_owned(),
        "log both and sign a checkpoint".to_owned(),
    ]
}
