//! `plan`: what a command told of itself becomes a plan on the registry as it is now.

use jiff::{SignedDuration, Timestamp};

use super::govern::Governance;
pub use super::terms::of_rotation;
use crate::approval::count::{CountFacts, Shortfall, able, shortfall_of};
use crate::approval::namespace;
use crate::approval::plan::{Action, BaseState, MAX_LIFE, Plan, PlanError, RequiredApprovals, SCHEMA};
use crate::policy::request::{Permit, Requirement};
use crate::registry::error::RegistryError;
use crate::registry::journal::past::last_checkpoint;
use crate::registry::store::Registry;

/// Bytes of a nonce.
const NONCE: usize = 32;
/// Random bytes of a UUID version 7.
const UUID_RANDOM: usize = 10;

/// What is to be planned, by whom and for how long.
#[derive(Debug)]
pub struct Order {
    /// What the command told.
    pub action: Action,
    /// What the policy says of it; nothing where there is no policy.
    pub permit: Option<Permit>,
    /// Who makes the plan.
    pub author: String,
    /// How long it is good for.
    pub life: SignedDuration,
    /// Now.
    pub now: Timestamp,
}

/// A plan that was made.
#[derive(Debug)]
pub struct Made {
    /// The plan.
    pub plan: Plan,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// No period that a plan can have.
    #[error("a plan is good for at least a second and at most 30 days")]
    Life,
    /// Something of it cannot stand in a plan.
    #[error("this cannot be written into a plan: {0}")]
    Plan(#[from] PlanError),
    /// Waiting is skipped with the approvals of people, and no policy says who they are.
    #[error(
        "waiting is skipped with the approvals of two people, and this registry has adopted no policy that names any"
    )]
    NoPeople,
    /// Waiting is skipped with the approvals of people, and there are not enough who could give them.
    #[error("waiting is skipped with the approvals of people, and they cannot be given: {lacking}")]
    TooFewPeople {
        /// Who could approve.
        found: Vec<String>,
        /// What is missing then.
        lacking: Shortfall,
    },
    /// No random bytes.
    #[error("the operating system gave no random bytes")]
    Random,
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// Makes the plan. Nothing is written.
///
/// # Errors
/// [`MakeError`].
pub fn make(registry: &Registry, governance: &Governance, order: Order) -> Result<Made, MakeError> {
    let Order { action, permit, author, life, now } = order;
    if life < SignedDuration::from_secs(1) || life > MAX_LIFE {
        return Err(MakeError::Life);
    }
    let namespace = namespace::of(action.operation(), action.destroys());
    let least = action.least_approvals();
    let is_hasty = least.is_some();
    let requirement = Requirement::both(permit.and_then(|permit| permit.approvals), least);
    if let Some(requirement) = requirement.as_ref().filter(|_| is_hasty) {
        can_be_given(governance, (requirement, namespace), &author, now)?;
    }
    let mut nonce = [0_u8; NONCE];
    let mut random = [0_u8; UUID_RANDOM];
    getrandom::fill(&mut nonce).map_err(|_| MakeError::Random)?;
    getrandom::fill(&mut random).map_err(|_| MakeError::Random)?;
    // Parts of a second are nothing that people compare.
    let created_at = Timestamp::from_second(now.as_second()).map_err(|_| MakeError::Life)?;
    let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
    let plan = Plan {
        schema: SCHEMA.to_owned(),
        plan_id: uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string(),
        nonce: hex::encode(nonce),
        created_at,
        expires_at: created_at.checked_add(life).map_err(|_| MakeError::Life)?,
        author,
        base_state: base(registry, governance)?,
        actions: vec![action],
        required_approvals: requirement.map(|requirement| RequiredApprovals::of(&requirement, namespace)),
    };
    let bytes = plan.to_bytes()?;
    Ok(Made { plan, bytes })
}

/// Whether the people of the policy can give these approvals for a plan of this author: nobody should learn it when there
/// is no time left.
fn can_be_given(
    governance: &Governance,
    (requirement, namespace): (&Requirement, &'static str),
    author: &str,
    now: Timestamp,
) -> Result<(), MakeError> {
    let Some((policy, signers)) = governance.parts() else { return Err(MakeError::NoPeople) };
    let facts = CountFacts {
        message: &[],
        namespace,
        author: Some(author),
        now,
        signers,
        people: policy.people(),
        revoked: policy.revoked_keys(),
    };
    let found = able(requirement, &facts);
    shortfall_of(requirement, &facts, &found).map_or(Ok(()), |lacking| Err(MakeError::TooFewPeople { found, lacking }))
}

fn base(registry: &Registry, governance: &Governance) -> Result<BaseState, RegistryError> {
    let checkpoint = last_checkpoint(registry)?;
    let in_force = governance.in_force();
    Ok(BaseState {
        origin: checkpoint.origin,
        checkpoint_size: checkpoint.size,
        checkpoint_root: hex::encode(checkpoint.root),
        policy_sha256: in_force.map(|in_force| in_force.policy_sha256.clone()),
        allowed_signers_sha256: in_force.map(|in_force| in_force.allowed_signers_sha256.clone()),
    })
}
