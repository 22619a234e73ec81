//! What an interrupted run left is taken over under the policy in force, with the approvals that it had: they lie in the
//! registry since before its intent. What the intent itself says of it is a claim, as all that an intent says: whoever can
//! write the log can name somebody else's plan, or one that was used up. So a plan counts here only for the very operation
//! that it was approved for.

use jiff::Timestamp;

use super::Governance;
use super::error::GovernError;
use super::permission::{Counted, Presented};
use crate::approval::count::Signature;
use crate::approval::plan::{Action, Plan};
use crate::manifest::authorization::{AuthorizationRecord, PlanRecord};
use crate::ops::apply::{ApplyError, uses};
use crate::ops::command::AUTHORIZATION;
use crate::policy::request::Request;
use crate::registry::journal::OpenIntent;
use crate::registry::journal::past::{PLAN, PlanMark};
use crate::registry::store::Registry;

impl Governance {
    /// For a key that an interrupted run made, put in or sealed. `is_planned` says whether an action is what the intent
    /// says was begun.
    ///
    /// # Errors
    /// What the policy denies by now, or approvals that are not there, or are for something else.
    pub fn recovered(
        &self,
        registry: &Registry,
        intent: &OpenIntent,
        request: &Request<'_>,
        is_planned: &dyn Fn(&Action) -> bool,
    ) -> Result<Option<AuthorizationRecord>, GovernError> {
        let presented = match claim(intent).and_then(|claim| claim.plan) {
            Some(record) if self.in_force().is_some() => kept(registry, intent, &record, request.now)?,
            _ => None,
        };
        let presented = presented.filter(|presented| presented.current().is_some_and(is_planned));
        Ok(self.permit(request, presented.as_ref())?.authorization)
    }
}

fn claim(intent: &OpenIntent) -> Option<AuthorizationRecord> {
    serde_json::from_value(intent.detail.get(AUTHORIZATION)?.clone()).ok()
}

/// The plan and its approvals, as they lie in the registry, when it can be the plan of this intent: of this registry, good
/// when the operation was begun and still, about the same key version, and not carried out otherwise.
fn kept(
    registry: &Registry,
    intent: &OpenIntent,
    record: &PlanRecord,
    now: Timestamp,
) -> Result<Option<Presented>, GovernError> {
    let Some(bytes) = registry.kept_plan(&record.sha256)? else { return Ok(None) };
    let Ok(plan) = Plan::parse(&bytes) else { return Ok(None) };
    let sha256 = Plan::sha256(&bytes);
    let presented =
        Presented { bytes, sha256, plan, action: record.action, signatures: Vec::new(), counted: Counted::default() };
    if presented.sha256 != record.sha256 || !is_of(&presented, intent, now) || is_done(registry, &presented)? {
        return Ok(None);
    }
    let signatures = registry.approvals_of(&record.sha256)?.into_iter();
    let signatures = signatures.map(|(name, bytes)| Signature { name, bytes }).collect();
    Ok(Some(Presented { signatures, ..presented }))
}

fn is_of(presented: &Presented, intent: &OpenIntent, now: Timestamp) -> bool {
    let plan = &presented.plan;
    let mark: Option<PlanMark> = intent.detail.get(PLAN).and_then(|mark| serde_json::from_value(mark.clone()).ok());
    let is_marked = mark.is_some_and(|mark| (mark.sha256, mark.action) == (presented.sha256.clone(), presented.action));
    let version = intent.key.as_ref().map(ToString::to_string);
    let is_good = |at: Timestamp| plan.created_at <= at && at < plan.expires_at;
    is_marked
        && presented.current().zip(version).is_some_and(|(action, version)| action.is_about(&version))
        && is_good(intent.at)
        && is_good(now)
}

/// Whether another operation has carried the action out: the intent at hand is open.
fn is_done(registry: &Registry, presented: &Presented) -> Result<bool, GovernError> {
    let uses = match uses(registry, &presented.plan, &presented.sha256) {
        Err(ApplyError::Registry(error)) => return Err(error.into()),
        // A plan of another registry.
        Err(_) => return Ok(true),
        Ok(uses) => uses,
    };
    let action = usize::try_from(presented.action).unwrap_or(usize::MAX);
    Ok(uses.get(action).is_none_or(|found| found.done.is_some()))
}
