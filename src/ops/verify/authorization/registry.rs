//! What is about the registry and not about one key: the adoption of a policy, and a recovery that was planned.

use jiff::Timestamp;

use super::case::Case;
use super::used::Used;
use super::wrong;
use crate::approval::plan::Action;
use crate::audit::checkpoint::PolicyInForce;
use crate::audit::record::Entry;
use crate::key::operation::Operation;
use crate::manifest::authorization::AuthorizationRecord;
use crate::ops::command::AUTHORIZATION;
use crate::ops::verify::failure::Failure;
use crate::ops::verify::papers::Papers;
use crate::policy::Ruling;

/// Whether the adoption of a policy, as its log entry has it, was permitted and approved under the policy before it.
/// `begun` is the time of its intent. The plan, where there is one.
pub(in crate::ops::verify) fn check_adoption(
    papers: &Papers<'_>,
    (old, new): (&PolicyInForce, &PolicyInForce),
    (entry, begun): (&Entry, Timestamp),
    origin: &str,
) -> Result<Option<Used>, Failure> {
    let authorization = claim(entry).filter(|said| is_under(said, old));
    let authorization =
        authorization.ok_or_else(|| wrong("it does not say that it was adopted under the policy before it"))?;
    authorized(papers, Operation::PolicyAdopt, &authorization, (begun, origin), |action| {
        matches!(action, Action::PolicyAdopt(adopt) if adopt.policy.sha256 == new.policy_sha256
            && adopt.allowed_signers.sha256 == new.allowed_signers_sha256)
    })
}

/// A note that a planned recovery begins.
#[derive(Debug)]
pub(in crate::ops::verify) struct Recovery {
    /// The entry.
    pub(in crate::ops::verify) seq: u64,
    /// What it says.
    pub(in crate::ops::verify) entry: Entry,
}

impl Recovery {
    /// Whether it was permitted and approved under the policy in force. The plan, and who approved.
    pub(in crate::ops::verify) fn check(
        &self,
        papers: &Papers<'_>,
        in_force: &PolicyInForce,
        origin: &str,
    ) -> Result<(Used, Vec<String>), Failure> {
        let authorization = claim(&self.entry).filter(|said| is_under(said, in_force));
        let authorization = authorization.ok_or_else(|| wrong("it does not name the policy in force"))?;
        let is_it = |action: &Action| matches!(action, Action::Recover(_));
        let used = authorized(papers, Operation::Recover, &authorization, (self.entry.ts, origin), is_it)?;
        let used = used.ok_or_else(|| wrong("it names no plan"))?;
        let people = authorization.plan.into_iter().flat_map(|plan| plan.approvals);
        Ok((used, people.map(|approval| approval.person).collect()))
    }
}

fn claim(entry: &Entry) -> Option<AuthorizationRecord> {
    serde_json::from_value(entry.detail.get(AUTHORIZATION)?.clone()).ok()
}

fn is_under(said: &AuthorizationRecord, policy: &PolicyInForce) -> bool {
    said.policy_sha256 == policy.policy_sha256
        && said.allowed_signers_sha256.as_deref() == Some(&policy.allowed_signers_sha256)
}

/// Whether what the log claims of an operation on the registry holds.
fn authorized(
    papers: &Papers<'_>,
    operation: Operation,
    authorization: &AuthorizationRecord,
    (then, origin): (Timestamp, &str),
    is_it: impl Fn(&Action) -> bool,
) -> Result<Option<Used>, Failure> {
    let signers = authorization.allowed_signers_sha256.as_deref().unwrap_or_default();
    let rules = papers.rules(&authorization.policy_sha256, signers)?;
    let Ruling { rule, approvals: needed } = rules.policy.registry_ruling(operation);
    if rule != authorization.rule {
        return Err(wrong(format!("it names the rule {:?}, and the policy has {rule:?}", authorization.rule)));
    }
    let Some(record) = &authorization.plan else {
        return needed.map_or(Ok(None), |needed| {
            Err(wrong(format!("the policy asks for {} approvals, and there is no plan", needed.threshold)))
        });
    };
    let case = Case::open(papers, &rules, (record, authorization), origin)?;
    if !is_it(case.action()?) {
        return Err(wrong("the plan is about something else"));
    }
    case.count(needed, then)?;
    Ok(Some(case.used(vec![String::new()])))
}
