//! Under which policy a change was made, and who had approved it: `authorization` of a manifest.
//!
//! An auditor repeats the check of each approval with `ssh-keygen -Y verify`: the plan's bytes, the signature and the
//! allowed signers lie in the registry under the hashes that stand here.

use serde::{Deserialize, Serialize};

use super::check::{StatementError, good, is_text};
use super::digest::is_sha256;

/// The authorization of one change. A manifest that was made before a policy was adopted has none.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationRecord {
    /// SHA-256 of the policy's bytes.
    pub policy_sha256: String,
    /// SHA-256 of the bytes of its allowed signers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_signers_sha256: Option<String>,
    /// The name of the rule that decided.
    pub rule: String,
    /// The plan, where one was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanRecord>,
}

/// A plan and its approvals.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanRecord {
    /// SHA-256 of the plan's bytes.
    pub sha256: String,
    /// Which of its actions, from 0.
    pub action: u32,
    /// Who made it: a person of the policy, or a login name.
    pub author: String,
    /// How many approvals were needed.
    pub threshold: u32,
    /// Those that counted, by person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<ApprovalRecord>,
}

/// One approval that counted.
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRecord {
    /// The principal in the allowed signers.
    pub person: String,
    /// The key's fingerprint as `ssh-keygen -l` shows it: `SHA256:` and unpadded base64.
    pub key: String,
    /// The SSHSIG namespace.
    pub namespace: String,
    /// SHA-256 of the armored signature's bytes.
    pub signature_sha256: String,
}

/// Checks everything that the record alone can show.
///
/// # Errors
/// The member that is not of its form.
pub(super) fn check(record: &AuthorizationRecord) -> Result<(), StatementError> {
    good(is_sha256(&record.policy_sha256), "authorization.policySha256")?;
    let signers = record.allowed_signers_sha256.as_deref();
    good(signers.is_none_or(is_sha256), "authorization.allowedSignersSha256")?;
    good(is_text(&record.rule), "authorization.rule")?;
    let Some(plan) = &record.plan else { return Ok(()) };
    good(is_sha256(&plan.sha256), "authorization.plan.sha256")?;
    good(is_text(&plan.author), "authorization.plan.author")?;
    let enough = u32::try_from(plan.approvals.len()).is_ok_and(|count| count >= plan.threshold);
    good(enough, "authorization.plan.approvals")?;
    good(plan.approvals.is_sorted_by(|a, b| a.person < b.person), "authorization.plan.approvals")?;
    plan.approvals.iter().try_for_each(check_approval)
}

fn check_approval(approval: &ApprovalRecord) -> Result<(), StatementError> {
    good(is_text(&approval.person), "authorization.plan.approvals.person")?;
    good(approval.key.starts_with("SHA256:") && is_text(&approval.key), "authorization.plan.approvals.key")?;
    good(is_text(&approval.namespace), "authorization.plan.approvals.namespace")?;
    good(is_sha256(&approval.signature_sha256), "authorization.plan.approvals.signatureSha256")
}
