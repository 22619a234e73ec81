//! `wrap-for-import` in a plan: what it comes to, and back.

use super::Args;
use crate::approval::plan::{Action, InputFile, KeyBase, WrapAction, WrappingKey};
use crate::cli::failure::Outcome;
use crate::cli::plan::draft::path_text;
use crate::cli::shell::Shell;
use crate::cli::workspace::Workspace;
use crate::key::exposure::Exposure;
use crate::key::version::KeySelector;
use crate::ops::access::TokenIdentity;
use crate::ops::profile::{ProfileError, cached};
use crate::ops::wrap::check::{CheckError, Checked, WrapRequest};

/// What was checked.
pub(super) fn action(
    shell: &Shell<'_>,
    args: &Args,
    workspace: &Workspace,
    (request, checked): (&WrapRequest, &Checked),
    token: &TokenIdentity,
) -> Outcome<Action> {
    let (method, route, exposure) = way(shell, workspace, checked, token)?;
    let handout = &request.handout;
    let token_file = match (&args.import_token, &handout.import_token) {
        (Some(path), Some(file)) => Some(InputFile::of(&path_text(path)?, &file.bytes)),
        _ => None,
    };
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Ok(Action::WrapForImport(Box::new(WrapAction {
        key: KeyBase { version: checked.id.to_string(), manifest_sha256: checked.manifest.payload_sha256.clone() },
        provider: checked.provider.id.to_owned(),
        account: owned(checked.destination.account()),
        resource: checked.challenge.resource.clone(),
        target: owned(checked.destination.target()),
        mount: owned(checked.destination.mount()),
        kid: args.kid.clone(),
        import_job: args.import_job.clone(),
        valid_to: args.valid_to,
        method,
        algorithm: checked.algorithm.to_owned(),
        route,
        exposure,
        wrapping_key: WrappingKey {
            spki_sha256: checked.wrapping_key_sha256.clone(),
            pinned: args.wrapping_key_sha256.is_some(),
            file: InputFile::of(&path_text(&args.wrapping_key)?, &handout.wrapping_key.bytes),
            import_token: token_file,
        },
        out: path_text(&args.out)?,
    })))
}

/// Method, route and exposure. `apply` takes them from the plan: it names the method and consents to no more than that
/// exposure, so that a token that has changed since finds no worse way.
fn way(
    shell: &Shell<'_>,
    workspace: &Workspace,
    checked: &Checked,
    token: &TokenIdentity,
) -> Outcome<(String, String, Exposure)> {
    if let Some(Action::WrapForImport(agreed)) = &shell.agreed {
        return Ok((agreed.method.clone(), agreed.route.clone(), agreed.exposure));
    }
    let known = cached(&workspace.registry, token).map_err(ProfileError::NotAllowed)?;
    let (method, plan) = checked.plan(&known.profile.capabilities).map_err(CheckError::Plan)?;
    Ok((method.to_string(), plan.as_str().to_owned(), plan.exposure()))
}

impl Args {
    /// What would be typed.
    pub(in crate::cli) fn of(action: &WrapAction) -> Outcome<Self> {
        let key: KeySelector = action.key.version.parse().map_err(crate::cli::plan::draft::unreadable)?;
        let wrapping = &action.wrapping_key;
        Ok(Self {
            key,
            provider: action.provider.clone(),
            wrapping_key: wrapping.file.path.clone().into(),
            out: action.out.clone().into(),
            method: Some(action.method.clone()),
            algorithm: Some(action.algorithm.clone()),
            target: action.target.clone(),
            mount: action.mount.clone(),
            kid: action.kid.clone(),
            import_job: action.import_job.clone(),
            import_token: wrapping.import_token.as_ref().map(|file| file.path.clone().into()),
            valid_to: action.valid_to,
            wrapping_key_sha256: wrapping.pinned.then(|| wrapping.spki_sha256.clone()),
            allow_exposure: Some(action.exposure),
            no_probe: false,
        })
    }
}
