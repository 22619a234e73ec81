//! `apply`: whether a plan may be carried out, what is left of it to do, and what is kept of it.
//!
//! A plan is applied once, on the state for which it was made. Whether one of its actions was done the log says; a run
//! that was killed is gone on with by typing it again, because each action is the command's own code, which resumes.

mod fleet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use self::fleet::Row;
use super::govern::{Governance, Presented};
use super::revoke::log_event;
use super::terms;
use crate::approval::count::Signature;
use crate::approval::plan::{Action, BaseState, Plan};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::record::event;
use crate::key::version::KeyVersionId;
use crate::manifest::authorization::AuthorizationRecord;
use crate::manifest::digest::{parse_sha256, sha256_hex};
use crate::registry::error::RegistryError;
pub use crate::registry::journal::past::PlanUse;
use crate::registry::journal::past::{
    Claim, DONE, PLAN, PlanMark, has_checkpoint, last_checkpoint, plan_uses, unfinished,
};
use crate::registry::lock::Guard;
use crate::registry::store::Registry;

/// What of the registry a plan builds on and no longer finds.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Gone {
    /// The log's past is another.
    #[error("the log does not have the checkpoint on which the plan builds")]
    Checkpoint,
    /// Another policy, or none, or one where there was none.
    #[error("the policy was changed since the plan was made")]
    Policy,
    /// Other signers.
    #[error("the allowed signers were changed since the plan was made")]
    Signers,
    /// The key version has another newest manifest.
    #[error("{0} was changed since the plan was made")]
    Key(String),
}

/// Why a plan is not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Made for another log.
    #[error("the plan is for another registry")]
    OtherRegistry {
        /// The origin that the plan names.
        plan: String,
        /// The origin of this registry.
        registry: String,
    },
    /// Too late.
    #[error("the plan expired at {0}")]
    Expired(Timestamp),
    /// Too early: a clock is wrong.
    #[error("the plan was made at {0}, which is still to come")]
    NotYet(Timestamp),
    /// The state is another.
    #[error(transparent)]
    Base(#[from] Gone),
    /// What people signed asks for more, or less, than the policy.
    #[error("the plan asks for other approvals than the policy")]
    Terms,
    /// Every action was done.
    #[error("the plan was applied already")]
    Applied {
        /// The log entry.
        seq: u64,
        /// When.
        at: Timestamp,
    },
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// One action of a plan and what is left of it to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its place in the plan, from 0.
    pub index: u32,
    /// The action; its base is the state that an earlier, killed run of this plan left.
    pub action: Action,
    /// What the log says of it.
    pub so_far: PlanUse,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Course {
    /// These actions, in this order.
    Steps(Vec<Step>),
    /// What was done was not settled: the run was killed. After that is done, it is to be checked again.
    Settle,
}

/// What the log says of each action of this plan.
///
/// # Errors
/// A plan of another registry, or a log that cannot be read.
pub fn uses(registry: &Registry, plan: &Plan, sha256: &str) -> Result<Vec<PlanUse>, ApplyError> {
    let base = &plan.base_state;
    if base.origin != registry.origin() {
        let (plan, registry) = (base.origin.clone(), registry.origin().to_owned());
        return Err(ApplyError::OtherRegistry { plan, registry });
    }
    let events: Vec<&str> = plan.actions.iter().map(ends).collect();
    let mut uses = plan_uses(registry, sha256, base.checkpoint_size, &events)?;
    for (action, found) in plan.actions.iter().zip(&mut uses) {
        if let Action::Rotate(rotate) = action {
            // Each of its keys is done by itself: the log's last success is that of all when none is left.
            let all = found.begun && fleet::rows(registry, rotate, &found.intents)?.iter().all(|row| *row == Row::Done);
            found.done = found.done.filter(|_| all);
            continue;
        }
        if matches!(action, Action::PolicyAdopt(_)) && found.done.is_some() {
            // A policy is in force by the checkpoint that names it, and not by what the log says of its adoption.
            let in_force = registry.policy_in_force()?;
            let is_in_force = |seq: u64| in_force.as_ref().is_some_and(|in_force| in_force.seq >= seq);
            found.done = found.done.filter(|(seq, _)| is_in_force(*seq));
        }
        if found.done.is_none() {
            for claim in &found.claims {
                if left_its_mark(registry, action, claim)? {
                    found.done = Some((claim.seq, claim.at));
                    break;
                }
            }
        }
    }
    Ok(uses)
}

/// The event of the entry that ends an action.
fn ends(action: &Action) -> &'static str {
    match action {
        Action::Import(_) => event::KEY_IMPORT,
        Action::PolicyAdopt(_) => event::POLICY_ADOPT,
        Action::Recover(_) => DONE,
        Action::Revoke(revoke) => log_event(revoke.stage),
        Action::MarkRewrapped(_) => event::KEY_REWRAPPED,
        Action::Rollback(_) => event::KEY_ROLLBACK,
        Action::Rotate(_) => event::KEY_ROTATE,
        Action::Seal(_) => event::KEY_SEAL,
        Action::WrapForImport(_) => event::KEY_WRAP,
    }
}

/// Whether the registry shows what an entry says for which nobody has signed: a signed manifest that names its intent, or
/// that nothing is left of what was to be finished. A line alone can have been written by anybody.
fn left_its_mark(registry: &Registry, action: &Action, claim: &Claim) -> Result<bool, RegistryError> {
    if let Action::Recover(recover) = action {
        let left = unfinished(registry)?;
        return Ok(!left.iter().any(|left| recover.operations.iter().any(|planned| planned.id == left.id)));
    }
    let key: Option<KeyVersionId> = action.changes().and_then(|key| key.parse().ok());
    let (Some(id), Some((seq, line))) = (key, &claim.intent) else { return Ok(false) };
    if !registry.versions(&id.key)?.contains(&id) {
        return Ok(false);
    }
    let manifests = registry.manifests(&id)?;
    let references = manifests.iter().map(|manifest| &manifest.statement.predicate.log_ref);
    Ok(references.into_iter().any(|found| found.seq == *seq && found.entry_sha256 == *line))
}

/// Whether an action was done but for putting its output in its place.
fn is_unreleased(registry: &Registry, found: &PlanUse) -> Result<bool, RegistryError> {
    if found.claims.is_empty() {
        return Ok(false);
    }
    Ok(unfinished(registry)?.iter().any(|left| found.claims.iter().any(|claim| claim.id == left.id)))
}

/// Everything about a plan that can be refused before a PIN is asked for, but for approvals and input files.
///
/// # Errors
/// [`ApplyError`].
pub fn check(
    registry: &Registry,
    governance: &Governance,
    (plan, sha256): (&Plan, &str),
    now: Timestamp,
) -> Result<Course, ApplyError> {
    let uses = uses(registry, plan, sha256)?;
    check_checkpoint(registry, &plan.base_state)?;
    if let Some(done) = uses.iter().map(|found| found.done).collect::<Option<Vec<_>>>()
        && let Some((seq, at)) = done.last().copied()
    {
        // What no checkpoint covers yet was cut short.
        let settled = last_checkpoint(registry)?.size > seq;
        return if settled { Err(ApplyError::Applied { seq, at }) } else { Ok(Course::Settle) };
    }
    for found in uses.iter().filter(|found| found.done.is_none()) {
        if is_unreleased(registry, found)? {
            return Ok(Course::Settle);
        }
    }
    check_time(plan, now)?;
    check_policy(governance, &plan.base_state)?;
    if !terms::are_the_policys(registry, governance, plan)? {
        return Err(ApplyError::Terms);
    }
    let mut steps = Vec::new();
    for (index, (action, so_far)) in (0_u32..).zip(plan.actions.iter().zip(uses)) {
        if so_far.done.is_none() {
            let action = match action {
                Action::Rotate(rotate) => Action::Rotate(Box::new(fleet::left(registry, rotate, &so_far.intents)?)),
                other => on_base(registry, other, so_far.begun)?,
            };
            steps.push(Step { index, action, so_far });
        }
    }
    Ok(Course::Steps(steps))
}

/// Whether a plan is good at this time.
///
/// # Errors
/// [`ApplyError::Expired`], [`ApplyError::NotYet`].
pub fn check_time(plan: &Plan, now: Timestamp) -> Result<(), ApplyError> {
    if now < plan.created_at {
        return Err(ApplyError::NotYet(plan.created_at));
    }
    if now >= plan.expires_at { Err(ApplyError::Expired(plan.expires_at)) } else { Ok(()) }
}

fn check_checkpoint(registry: &Registry, base: &BaseState) -> Result<(), ApplyError> {
    let root = parse_sha256(&base.checkpoint_root).ok_or(Gone::Checkpoint)?;
    let origin = base.origin.clone();
    let sought = Checkpoint { origin, size: base.checkpoint_size, root, policy: None };
    if has_checkpoint(registry, &sought)? { Ok(()) } else { Err(Gone::Checkpoint.into()) }
}

fn check_policy(governance: &Governance, base: &BaseState) -> Result<(), Gone> {
    let in_force = governance.in_force();
    if in_force.map(|in_force| &in_force.policy_sha256) != base.policy_sha256.as_ref() {
        return Err(Gone::Policy);
    }
    let signers = in_force.map(|in_force| &in_force.allowed_signers_sha256);
    if signers == base.allowed_signers_sha256.as_ref() { Ok(()) } else { Err(Gone::Signers) }
}

/// The action on the state that is there, when that is the one of the plan. A killed run may have left one manifest
/// more, which admits what its host has seen and changes nothing else.
fn on_base(registry: &Registry, action: &Action, begun: bool) -> Result<Action, ApplyError> {
    let mut action = action.clone();
    for key in action.bases_mut() {
        let gone = || Gone::Key(key.version.clone());
        let id: KeyVersionId = key.version.parse().map_err(|_| gone())?;
        if !registry.versions(&id.key)?.contains(&id) {
            return Err(gone().into());
        }
        let newest = registry.newest_manifest(&id)?;
        if newest.payload_sha256 == key.manifest_sha256 {
            continue;
        }
        if !begun || !only_admits(registry, &id, &key.manifest_sha256)? {
            return Err(gone().into());
        }
        key.manifest_sha256 = newest.payload_sha256;
    }
    Ok(action)
}

/// Whether the newest manifest follows the one with this hash and says more of nothing but what hosts have seen.
fn only_admits(registry: &Registry, id: &KeyVersionId, base: &str) -> Result<bool, RegistryError> {
    let manifests = registry.manifests(id)?;
    let [.., before, after] = manifests.as_slice() else { return Ok(false) };
    let (earlier, later) = (&before.statement.predicate, &after.statement.predicate);
    let more_seen = later.exposure_ever > earlier.exposure_ever;
    Ok(before.payload_sha256 == base && later.wraps.is_empty() && later.state == earlier.state && more_seen)
}

/// Makes sure, under the lock, that the action was not done in the meantime and that there is still time; keeps the plan
/// and the approvals that counted; and gives the member of the log's details that says which plan this is.
///
/// # Errors
/// [`ApplyError`].
pub fn begin(
    registry: &Registry,
    guard: &Guard,
    presented: &Presented,
    authorization: Option<&AuthorizationRecord>,
    now: Timestamp,
) -> Result<(String, Value), ApplyError> {
    check_time(&presented.plan, now)?;
    let index = usize::try_from(presented.action).unwrap_or(usize::MAX);
    let uses = uses(registry, &presented.plan, &presented.sha256)?;
    let found = uses.get(index);
    if let Some((seq, at)) = found.and_then(|found| found.done) {
        return Err(ApplyError::Applied { seq, at });
    }
    if let (Some(Action::Rotate(rotate)), Some(found)) = (presented.current(), found) {
        fleet::left(registry, rotate, &found.intents)?;
    }
    registry.keep_plan(guard, &presented.bytes)?;
    let counted = authorization.and_then(|record| record.plan.as_ref()).map(|plan| plan.approvals.as_slice());
    for approval in counted.unwrap_or_default() {
        let is_it = |found: &&Signature| sha256_hex(&found.bytes) == approval.signature_sha256;
        if let Some(found) = presented.signatures.iter().find(is_it) {
            registry.keep_approval(guard, &presented.sha256, (&approval.person, &found.bytes))?;
        }
    }
    Ok(mark(presented))
}

/// The member of the log's details that says which plan this is.
#[must_use]
pub fn mark(presented: &Presented) -> (String, Value) {
    let mark = PlanMark { sha256: presented.sha256.clone(), action: presented.action };
    (PLAN.to_owned(), json!(mark))
}

/// A detail with nothing but [`mark`].
#[must_use]
pub fn detail(presented: &Presented) -> Map<String, Value> {
    Map::from_iter([mark(presented)])
}
