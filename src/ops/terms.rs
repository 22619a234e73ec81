//! Whether a plan asks for the approvals that the policy asks for: that is what its people read before they sign.

use super::govern::{Governance, of_key};
use crate::approval::plan::{Action, Plan, RequiredApprovals, RotateAction, RotateKey};
use crate::key::exposure::Exposure;
use crate::key::operation::Operation;
use crate::key::version::KeyVersionId;
use crate::manifest::trust::Trust;
use crate::policy::Policy;
use crate::policy::request::{KeyFacts, Requirement};
use crate::registry::error::RegistryError;
use crate::registry::store::Registry;

/// Whether every action's rule asks for what the plan says. Without a policy there is nothing to ask for.
///
/// # Errors
/// When the registry cannot be read.
pub(super) fn are_the_policys(
    registry: &Registry,
    governance: &Governance,
    plan: &Plan,
) -> Result<bool, RegistryError> {
    let Some((policy, _)) = governance.parts() else { return Ok(plan.required_approvals.is_none()) };
    let said = plan.required_approvals.as_ref().map(RequiredApprovals::requirement);
    for action in &plan.actions {
        // A key that is not there is refused for that.
        if let Asked::For(asked) = asked(registry, policy, action)?
            && Requirement::both(asked, action.least_approvals()) != said
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What the policy asks for of all keys of a rotation, as one plan has it: every approval that any of them needs.
///
/// # Errors
/// When the registry cannot be read.
pub fn of_rotation(
    registry: &Registry,
    policy: &Policy,
    rotate: &RotateAction,
) -> Result<Option<Requirement>, RegistryError> {
    let trust = registry.trust()?;
    registry.with_versions_of(rotate.keys.len(), || {
        let mut all = None;
        for key in &rotate.keys {
            all = Requirement::both(all, of_rotated((registry, &trust), policy, key)?);
        }
        Ok(all)
    })
}

fn of_rotated(
    (registry, trust): (&Registry, &Trust),
    policy: &Policy,
    row: &RotateKey,
) -> Result<Option<Requirement>, RegistryError> {
    let Ok(base) = row.base.version.parse::<KeyVersionId>() else { return Ok(None) };
    if !registry.versions(&base.key)?.contains(&base) {
        return Ok(None);
    }
    let newest = registry.newest_manifest_under(&base, trust)?;
    let Some(key) = of_key(&base.key, &newest.statement.predicate, Exposure::None) else { return Ok(None) };
    let of = |operation| policy.ruling(operation, &key).and_then(|ruling| ruling.approvals.cloned());
    let rotated = if row.is_born() { of(Operation::Rotate) } else { None };
    Ok(Requirement::both(rotated, if row.wraps.is_empty() { None } else { of(Operation::WrapForImport) }))
}

enum Asked {
    Unknown,
    For(Option<Requirement>),
}

fn asked(registry: &Registry, policy: &Policy, action: &Action) -> Result<Asked, RegistryError> {
    let of = |operation: Operation, key: &KeyFacts<'_>| match policy.ruling(operation, key) {
        Some(ruling) => Asked::For(ruling.approvals.cloned()),
        None => Asked::Unknown,
    };
    let operation = action.operation();
    match action {
        Action::PolicyAdopt(_) | Action::Recover(_) => {
            Ok(Asked::For(policy.registry_ruling(operation).approvals.cloned()))
        }
        Action::Import(import) => {
            let parsed = (import.version.parse::<KeyVersionId>(), import.key_type.parse(), import.purpose.parse());
            let (Ok(id), Ok(spec), Ok(purpose)) = parsed else { return Ok(Asked::Unknown) };
            let key = KeyFacts {
                name: &id.key,
                spec,
                purpose,
                owner: import.owner.as_deref(),
                attributes: &import.attributes,
                exposure: Exposure::None,
                made_at: None,
                protect_stop: None,
            };
            Ok(of(operation, &key))
        }
        Action::Rotate(rotate) => Ok(Asked::For(of_rotation(registry, policy, rotate)?)),
        Action::MarkRewrapped(_)
        | Action::Revoke(_)
        | Action::Rollback(_)
        | Action::Seal(_)
        | Action::WrapForImport(_) => {
            let id: Option<KeyVersionId> = action.changes().and_then(|key| key.parse().ok());
            let Some(id) = id else { return Ok(Asked::Unknown) };
            if !registry.versions(&id.key)?.contains(&id) {
                return Ok(Asked::Unknown);
            }
            let newest = registry.newest_manifest(&id)?;
            let key = of_key(&id.key, &newest.statement.predicate, Exposure::None);
            Ok(key.map_or(Asked::Unknown, |key| of(operation, &key)))
        }
    }
}
