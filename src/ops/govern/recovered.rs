//! What an interrupted run left is taken over under the policy in force, with the approvals that it had: they lie in the
//! registry since before its intent. What the intent itself says of it is a claim, as all that an intent says.

use super::error::GovernError;
use super::permission::Presented;
use super::{Governance, of_plan};
use crate::approval::count::Signature;
use crate::approval::plan::Plan as ApprovedPlan;
use crate::key::exposure::Exposure;
use crate::key::operation::Operation;
use crate::manifest::authorization::{AuthorizationRecord, PlanRecord};
use crate::ops::birth::Plan;
use crate::ops::command::AUTHORIZATION;
use crate::policy::request::Request;
use crate::registry::journal::OpenIntent;
use crate::registry::store::Registry;
use jiff::Timestamp;

impl Governance {
    /// For a key that an interrupted run made or put in, and that may still be destroyed again.
    ///
    /// # Errors
    /// What the policy denies by now, or approvals that are not there.
    pub fn recovered(
        &self,
        registry: &Registry,
        (intent, plan): (&OpenIntent, &Plan),
        (operation, exposure): (Operation, Exposure),
        now: Timestamp,
    ) -> Result<Option<AuthorizationRecord>, GovernError> {
        let claim = claim(intent);
        let presented = claim.as_ref().and_then(|claim| claim.plan.as_ref()).map(|plan| kept(registry, plan));
        let request = Request { operation, key: Some(of_plan(plan, exposure)), wrap: None, now };
        Ok(self.permit(&request, presented.transpose()?.flatten().as_ref())?.authorization)
    }

    /// For what cannot be undone any more, and so must be recorded whatever the policy says by now: what the intent
    /// claims. Whoever verifies the registry checks the claim.
    #[must_use]
    pub fn claimed(&self, intent: &OpenIntent) -> Option<AuthorizationRecord> {
        self.in_force().and_then(|_| claim(intent))
    }
}

fn claim(intent: &OpenIntent) -> Option<AuthorizationRecord> {
    serde_json::from_value(intent.detail.get(AUTHORIZATION)?.clone()).ok()
}

/// The plan and its approvals, as they lie in the registry.
fn kept(registry: &Registry, record: &PlanRecord) -> Result<Option<Presented>, GovernError> {
    let Some(bytes) = registry.kept_plan(&record.sha256)? else { return Ok(None) };
    let Ok(plan) = ApprovedPlan::parse(&bytes) else { return Ok(None) };
    let signatures = registry.approvals_of(&record.sha256)?.into_iter();
    let signatures = signatures.map(|(name, bytes)| Signature { name, bytes }).collect();
    let sha256 = ApprovedPlan::sha256(&bytes);
    Ok((sha256 == record.sha256).then_some(Presented { bytes, sha256, plan, action: record.action, signatures }))
}
