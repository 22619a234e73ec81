//! `policy adopt`: a policy and its allowed signers are put in force, by a signed checkpoint that names them.
//!
//! The steps: the files are kept under their hashes, intent, result, checkpoint. Killed anywhere before the checkpoint,
//! the old policy is still in force, and the same command, typed again, does it all.

mod candidate;
mod difference;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub use self::candidate::{Candidate, CandidateError};
pub use self::difference::{Line, difference};
use super::command::{CodeOf, Command, CommandError, Workplace};
use super::session::Session;
use crate::audit::checkpoint::PolicyInForce;
use crate::audit::record::event;
use crate::key::operation::Operation;
use crate::policy::request::Request;
use crate::registry::journal::IntentDraft;
use crate::registry::lock::Guard;
use crate::registry::policy::PolicyFile;

/// What the policy in force is asked. The first one is adopted without a question.
#[must_use]
pub fn question(now: Timestamp) -> Request<'static> {
    Request { operation: Operation::PolicyAdopt, key: None, wrap: None, now }
}

/// Puts the candidate in force.
///
/// # Errors
/// What the policy in force denies, and whatever the token, the registry or the signer refuse.
pub fn run(
    place: &Workplace<'_>,
    session: &Session<'_>,
    candidate: &Candidate,
    code_of: CodeOf<'_, CommandError>,
) -> Result<(), CommandError> {
    let guard = place.lock(session)?;
    let mut command = Command::begin(place, &guard, session)?;
    let outcome = act(&mut command, &guard, candidate);
    command.settle_without_key(session, outcome, code_of)
}

fn act(command: &mut Command<'_>, guard: &Guard, candidate: &Candidate) -> Result<(), CommandError> {
    let old = command.policy_in_force().cloned();
    if old.as_ref().is_some_and(|old| candidate.is(old)) {
        return Ok(());
    }
    command.permit(&question(command.now()))?;
    let registry = command.registry();
    registry.keep_policy_file(guard, PolicyFile::Policy, &candidate.policy_bytes)?;
    registry.keep_policy_file(guard, PolicyFile::AllowedSigners, &candidate.signers_bytes)?;
    let detail = detail(candidate, old.as_ref());
    let operation = command.intend(IntentDraft {
        event: event::POLICY_ADOPT.to_owned(),
        detail: detail.clone(),
        ..IntentDraft::default()
    })?;
    command.adopted(&operation, (&candidate.policy_sha256, &candidate.signers_sha256), detail)
}

fn detail(candidate: &Candidate, old: Option<&PolicyInForce>) -> Map<String, Value> {
    let rows = [
        ("policySha256", Some(&candidate.policy_sha256)),
        ("allowedSignersSha256", Some(&candidate.signers_sha256)),
        ("before", old.map(|old| &old.policy_sha256)),
    ];
    rows.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect()
}
