//! Whether a plan asks for the approvals that the policy asks for: that is what its people read before they sign.

use super::govern::{Governance, of_key};
use crate::approval::plan::{Action, Plan, RequiredApprovals};
use crate::key::exposure::Exposure;
use crate::key::operation::Operation;
use crate::key::version::KeyVersionId;
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
            && asked != said
        {
            return Ok(false);
        }
    }
    Ok(true)
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
        Action::Revoke(_) | Action::Seal(_) | Action::WrapForImport(_) => {
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
