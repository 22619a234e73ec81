//! `byok rotate --mark-rewrapped`: what somebody says of data keys under a replaced version.

use crate::approval::plan::{Action, KeyBase, RewrappedAction};
use crate::cli::dry_run;
use crate::cli::failure::{Outcome, code_of};
use crate::cli::shell::Shell;
use crate::cli::state::report;
use crate::cli::workspace::Workspace;
use crate::key::version::KeySelector;
use crate::ops::profile::ProbePolicy;
use crate::ops::rotate::rewrapped::{Checked, Claim, RewrappedError, check, run as mark};

/// Records a claim.
pub(super) fn run(shell: &Shell<'_>, key: &KeySelector, claim: Claim) -> Outcome {
    let workspace = Workspace::open(shell)?;
    let said = match claim.remaining {
        Some(left) => format!("{} data keys were encrypted anew, {left} are left, says {}", claim.objects, claim.by),
        None => format!("{} data keys were encrypted anew, says {}", claim.objects, claim.by),
    };
    let checked = check(&workspace.registry, key, claim, shell.env.now())?;
    let id = checked.target.id.clone();
    if !checked.is_made {
        workspace.permit(shell, &checked.question(shell.env.now())?)?;
    }
    if shell.is_planned(|| Ok(action(&checked)))? {
        return Ok(());
    }
    if shell.globals.dry_run {
        let record = format!("record this of {id}: {said}");
        let rest = ["read the key back and sign a manifest", "log both and sign a checkpoint"].map(str::to_owned);
        return dry_run::print(shell, "rotate", &std::iter::once(record).chain(rest).collect::<Vec<_>>());
    }
    let chosen = workspace.choose(shell)?;
    workspace.announce_probe(shell, chosen.keys().identity(), ProbePolicy::WhenNeeded);
    let opened = chosen.open(shell)?;
    let session = workspace.session(&opened, &[&checked.target.wanted])?;
    let is_made = checked.is_made;
    let place = workspace.place(shell, ProbePolicy::WhenNeeded);
    let statement = mark(&place, &session, checked, &code_of::<RewrappedError>)?;
    if is_made {
        shell.note(&format!("that was said of {id} already; nothing was changed"));
    } else {
        shell.note(&format!("recorded of {id}: {said}; byok sees no data keys and cannot check it"));
    }
    report(shell, &workspace, "mark-rewrapped", &id, &statement.predicate)
}

fn action(checked: &Checked) -> Action {
    let Checked { target, claim, .. } = checked;
    let key = KeyBase { version: target.id.to_string(), manifest_sha256: target.manifest.payload_sha256.clone() };
    let Claim { objects, remaining, by } = claim.clone();
    Action::MarkRewrapped(RewrappedAction { key, objects, remaining, by })
}
