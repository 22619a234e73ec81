//! `byok.plan/v1`: what somebody wants done, as bytes that people can sign.
//!
//! A signature is over the exact bytes, so a plan has one spelling: [`Plan::parse`] takes only what [`Plan::to_bytes`]
//! gives again. Nothing can stand in the file that a reader does not see: no unknown member, no second spelling, no
//! character that acts on a terminal.

mod action;
mod check;
mod rotate;
mod state;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::action::{
    Action, AdoptAction, FingerprintRecord, ImportAction, ImportSource, Interrupted, KeyFileSource, Material,
    RecoverAction, RevokeAction, RewrappedAction, RollbackAction, SealAction, WrapAction, WrappedSource, WrappingKey,
};
pub use self::check::is_plan_text;
pub use self::rotate::{RotateAction, RotateAsked, RotateKey, RotateWrap};
pub use self::state::{BaseState, InputFile, KeyBase, RequiredApprovals};
use crate::manifest::digest::sha256_hex;
use crate::manifest::json::{self, JsonError};

/// `schema` of a plan.
pub const SCHEMA: &str = "byok.plan/v1";
/// The largest plan, in bytes: a rotation of 10,000 keys for three targets each has less.
pub const MAX_PLAN: usize = 64 << 20;
/// The most keys of one rotation.
pub const MAX_ROTATED: usize = 50_000;
/// The most actions of one plan.
pub const MAX_ACTIONS: usize = 16;
/// The longest time from a plan's making to its end.
pub const MAX_LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long a plan is good for when nothing is said.
pub const USUAL_LIFE: SignedDuration = SignedDuration::from_hours(72);

/// A plan.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// [`SCHEMA`].
    pub schema: String,
    /// UUID version 7.
    pub plan_id: String,
    /// 32 random bytes, so that nobody can make a plan with these bytes a second time.
    pub nonce: String,
    /// When it was made, by the clock of its author's host.
    pub created_at: Timestamp,
    /// From here on it is refused.
    pub expires_at: Timestamp,
    /// Who made it: a person of the policy, or a login name where there is no policy.
    pub author: String,
    /// On what it builds.
    pub base_state: BaseState,
    /// What is done, in this order.
    pub actions: Vec<Action>,
    /// Whose approval it needs; nothing where no policy asks for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_approvals: Option<RequiredApprovals>,
}

/// Why bytes are not a plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// More bytes than any plan has.
    #[error("larger than {MAX_PLAN} bytes")]
    TooLarge,
    /// Not strict JSON, or not of this shape.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Another document, or one of a later version.
    #[error("the schema is not {SCHEMA}")]
    Schema,
    /// A member has not the form that it must have.
    #[error("`{0}` has not the form of this member")]
    Member(&'static str),
    /// Two actions change the same key version, so that the second has no base.
    #[error("two actions are about {0}")]
    Twice(String),
    /// The same plan in other bytes.
    #[error("the bytes are not those that byok writes for this plan")]
    Rewritten,
}

impl Plan {
    /// Reads a plan: exactly the bytes that [`Plan::to_bytes`] gives.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, PlanError> {
        if bytes.len() > MAX_PLAN {
            return Err(PlanError::TooLarge);
        }
        let plan: Self = json::from_slice(bytes)?;
        plan.check()?;
        if plan.to_bytes()? == bytes { Ok(plan) } else { Err(PlanError::Rewritten) }
    }

    /// Its bytes: indented JSON and a line feed.
    ///
    /// # Errors
    /// [`PlanError`]: a plan that is not consistent has no bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, PlanError> {
        self.check()?;
        let mut bytes = serde_json::to_vec_pretty(self).map_err(JsonError::from)?;
        bytes.push(b'\n');
        if bytes.len() > MAX_PLAN { Err(PlanError::TooLarge) } else { Ok(bytes) }
    }

    /// The SHA-256 that names a plan, of its bytes.
    #[must_use]
    pub fn sha256(bytes: &[u8]) -> String {
        sha256_hex(bytes)
    }

    /// Checks everything that the plan alone can show.
    ///
    /// # Errors
    /// The first inconsistency.
    pub fn check(&self) -> Result<(), PlanError> {
        check::check(self)
    }
}

#[cfg(test)]
mod tests;
