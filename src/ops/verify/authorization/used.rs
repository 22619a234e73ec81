//! When a plan was applied, on what, and how often: what the log says of it.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::wrong;
use crate::approval::plan::Plan;
use crate::manifest::digest::{Sha256Bytes, parse_sha256};
use crate::ops::verify::anchors::Roots;
use crate::ops::verify::failure::Failure;

/// How far a host's clock may have been set back within one operation.
const SLACK: SignedDuration = SignedDuration::from_mins(5);

/// The use of one action of a plan.
#[derive(Clone, Debug)]
pub(in crate::ops::verify) struct Used {
    plan: String,
    action: u32,
    /// What of the action: all of it, or parts of a rotation.
    parts: Vec<String>,
    created_at: Timestamp,
    expires_at: Timestamp,
    base: (u64, Option<Sha256Bytes>),
}

impl Used {
    pub(super) fn of(plan: &Plan, (sha256, action): (&str, u32), parts: Vec<String>) -> Self {
        let base = &plan.base_state;
        Self {
            plan: sha256.to_owned(),
            action,
            parts,
            created_at: plan.created_at,
            expires_at: plan.expires_at,
            base: (base.checkpoint_size, parse_sha256(&base.checkpoint_root)),
        }
    }

    /// Whether the plan was good when the operation began, with this entry at this time, and builds on this log.
    pub(in crate::ops::verify) fn check(&self, (seq, begun): (u64, Timestamp), roots: &Roots) -> Result<(), Failure> {
        if begun < self.created_at {
            return Err(wrong(format!("the plan was made at {}, and applied before, at {begun}", self.created_at)));
        }
        if begun >= self.expires_at {
            return Err(wrong(format!("the plan expired at {}, and was applied at {begun}", self.expires_at)));
        }
        let (size, root) = self.base;
        if size <= seq && root.is_some_and(|root| roots.has(size, root)) {
            return Ok(());
        }
        Err(wrong("the log does not have the checkpoint on which the plan builds"))
    }
}

/// Whether the manifest was made while its operation lasted: approvals were counted for the time that it says.
pub(in crate::ops::verify) fn check_time(
    made: Timestamp,
    begun: Timestamp,
    ended: Option<Timestamp>,
) -> Result<(), Failure> {
    let after = |late: Timestamp, early: Timestamp| late.duration_since(early) > SLACK;
    if after(begun, made) || ended.is_some_and(|ended| after(made, ended)) {
        return Err(wrong(format!("it says that it was made at {made}, and the log has its operation at {begun}")));
    }
    Ok(())
}

/// The actions that were done. Each is done once.
#[derive(Debug, Default)]
pub(in crate::ops::verify) struct Once(HashSet<(String, u32, String)>);

impl Once {
    /// Takes in one more.
    pub(in crate::ops::verify) fn check(&mut self, used: &Used) -> Result<(), Failure> {
        let mut parts = used.parts.iter().map(|part| (used.plan.clone(), used.action, part.clone()));
        if parts.all(|part| self.0.insert(part)) {
            return Ok(());
        }
        Err(wrong(format!("the plan {} was applied before", used.plan)))
    }
}
