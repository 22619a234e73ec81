//! `rotate` in a plan: what it comes to, and back.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Args, Which};
use crate::approval::plan::{
    Action, InputFile, KeyBase, RewrappedAction, RollbackAction, RotateAction, RotateAsked, RotateKey, RotateWrap,
};
use crate::cli::codes::usage;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::plan::draft::{Draft, path_text, unreadable};
use crate::cli::shell::Shell;
use crate::cli::workspace::Workspace;
use crate::key::exposure::Exposure;
use crate::key::name::KeyName;
use crate::key::version::KeyVersionId;
use crate::ops::access::TokenIdentity;
use crate::ops::govern::{Governance, Permission};
use crate::ops::plan::of_rotation;
use crate::ops::profile::{ProfileError, cached};
use crate::ops::rotate::check::{Checked, Outline, OutlinedWrap};
use crate::ops::rotate::course::Asked;
use crate::ops::rotate::error::RotateError;
use crate::policy::request::Request as Question;

/// The most keys that are named one by one as left out.
const NAMED: usize = 20;

/// What the policy says: with `plan` a denial is refused, and approvals that are needed are left to the plan.
pub(super) fn ask(
    shell: &Shell<'_>,
    governance: &Governance,
    question: &Question<'_>,
) -> Result<Permission, RotateError> {
    let Some(draft) = &shell.draft else { return Ok(governance.permit(question, shell.presented.as_ref())?) };
    let permit = governance.allows(question)?;
    let permission = permit.as_ref().map_or_else(Permission::ungoverned, Permission::to_plan);
    draft.permitted(permit);
    Ok(permission)
}

/// The rotation that a plan says, when one is applied.
pub(super) fn of_plan<'a>(shell: &'a Shell<'_>) -> Option<&'a RotateAction> {
    match shell.presented.as_ref()?.current()? {
        Action::Rotate(rotate) => Some(rotate),
        _ => None,
    }
}

/// The keys of a plan that is applied, and what its run is known by.
pub(super) fn keys(shell: &Shell<'_>) -> Option<(Vec<KeyName>, Asked)> {
    let (plan, presented) = of_plan(shell).zip(shell.presented.as_ref())?;
    let keys = plan.keys.iter().filter_map(|key| key.name().parse().ok()).collect();
    Some((keys, Asked { plan: Some(presented.sha256.clone()), canary: plan.canary, ..Asked::default() }))
}

/// Takes down what would be done.
pub(super) fn take_down(
    shell: &Shell<'_>,
    draft: &Draft,
    args: &Args,
    (workspace, token): (&Workspace, &TokenIdentity),
    mut checked: Checked,
) -> Outcome {
    for failed in checked.failed.iter().take(NAMED) {
        shell.warn(&format!("not in the plan: {}: {}", failed.key, failed.error));
    }
    let more = checked.failed.len().saturating_sub(NAMED);
    if more > 0 {
        shell.warn(&format!("not in the plan: {more} more keys, which cannot be rotated"));
    }
    if !checked.keys.iter().any(is_busy) && !checked.failed.is_empty() {
        // Nothing to do is one thing, and nothing that may be done another.
        return Err(checked.failed.swap_remove(0).error.into());
    }
    let unknown = |outline: &Outline| outline.wraps.iter().any(|wrap| wrap.way.is_none());
    if checked.keys.iter().any(unknown) {
        cached(&workspace.registry, token).map_err(ProfileError::NotAllowed)?;
    }
    let rotate = action(args, &checked)?;
    if let Some((policy, _)) = workspace.governance.parts() {
        draft.needs(of_rotation(&workspace.registry, policy, &rotate)?);
    }
    shell.is_planned(|| Ok(Action::Rotate(Box::new(rotate)))).map(drop)
}

/// Whether there is anything to do for it.
fn is_busy(outline: &Outline) -> bool {
    outline.born || !outline.wraps.is_empty()
}

fn action(args: &Args, checked: &Checked) -> Outcome<RotateAction> {
    let busy = checked.keys.iter().filter(|outline| is_busy(outline));
    let keys: Vec<RotateKey> = busy.map(|outline| row(args, outline)).collect::<Outcome<_>>()?;
    if keys.is_empty() {
        return Err(Failure::new(&usage::USAGE, "no key is to be rotated: there is nothing to plan"));
    }
    let folder = |path: &Option<std::path::PathBuf>| path.as_deref().map(path_text).transpose();
    let Which { names, all, due, condition, .. } = &args.which;
    let asked = RotateAsked {
        names: !names.is_empty(),
        all: *all,
        due: *due,
        condition: condition.as_ref().map(ToString::to_string),
    };
    Ok(RotateAction {
        asked,
        canary: args.canary,
        wrapping_keys: folder(&args.wrapping_keys)?,
        out: folder(&args.out)?,
        pinned: !args.wrapping_key_sha256.is_empty(),
        keys,
    })
}

fn row(args: &Args, outline: &Outline) -> Outcome<RotateKey> {
    let Outline { id, base, base_sha256, wraps, pending, .. } = outline;
    Ok(RotateKey {
        base: KeyBase { version: base.to_string(), manifest_sha256: base_sha256.clone() },
        becomes: id.to_string(),
        wraps: wraps.iter().map(|wrap| wrap_row(args, wrap)).collect::<Outcome<_>>()?,
        pending: pending.clone(),
    })
}

fn wrap_row(args: &Args, wrap: &OutlinedWrap) -> Outcome<RotateWrap> {
    let (method, route, exposure) = wrap.way.clone().unwrap_or((String::new(), "", Exposure::None));
    let folder = args.wrapping_keys.as_deref().unwrap_or_else(|| Path::new(""));
    let (sha256, size) = wrap.file.clone();
    let path = path_text(&folder.join(&wrap.name))?;
    Ok(RotateWrap {
        target_id: wrap.target_id.clone(),
        provider: wrap.provider.to_owned(),
        account: wrap.account.clone(),
        target: wrap.target.clone(),
        mount: wrap.mount.clone(),
        method,
        algorithm: wrap.algorithm.to_owned(),
        route: route.to_owned(),
        exposure,
        wrapping_key_sha256: wrap.wrapping_key_sha256.clone(),
        answer: InputFile { path, size: u64::try_from(size).unwrap_or(u64::MAX), sha256 },
        folder: path_text(&wrap.below)?,
    })
}

/// The wrapping keys that the author pinned.
fn pins(action: &RotateAction) -> Vec<String> {
    let wraps = action.keys.iter().filter(|_| action.pinned).flat_map(|key| &key.wraps);
    let pins: BTreeSet<&String> = wraps.map(|wrap| &wrap.wrapping_key_sha256).collect();
    pins.into_iter().cloned().collect()
}

impl Args {
    /// Whether it is about keys that are named now.
    pub(in crate::cli) fn can_be_planned(&self) -> bool {
        self.which.continue_.is_none()
    }

    /// What would be typed.
    pub(in crate::cli) fn of(action: &RotateAction) -> Outcome<Self> {
        let names = action.keys.iter().map(|key| key.name().parse().map_err(unreadable));
        let which = Which { names: names.collect::<Outcome<_>>()?, ..Which::default() };
        Ok(Self {
            which,
            wrapping_keys: action.wrapping_keys.as_ref().map(Into::into),
            out: action.out.as_ref().map(Into::into),
            wrapping_key_sha256: pins(action),
            canary: action.canary,
            allow_exposure: Some(action.exposure()),
            ..Self::default()
        })
    }

    /// What would be typed to record what is said of data keys.
    pub(in crate::cli) fn of_claim(said: &RewrappedAction) -> Outcome<Self> {
        let version = said.key.version.parse().map_err(unreadable)?;
        let which = Which { mark_rewrapped: Some(version), ..Which::default() };
        let (objects, remaining) = (Some(said.objects), said.remaining);
        Ok(Self { which, objects, remaining, by: Some(said.by.clone()), ..Self::default() })
    }

    /// What would be typed to give a version up.
    pub(in crate::cli) fn of_rollback(action: &RollbackAction) -> Outcome<Self> {
        let id: KeyVersionId = action.key.version.parse().map_err(unreadable)?;
        Ok(Self { which: Which { rollback: Some(id.key), ..Which::default() }, ..Self::default() })
    }
}
