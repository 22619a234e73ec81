//! What a manifest says of a key's end.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::check::{StatementError, good, is_text};
use super::history::HistoryError;
use super::statement::KeyVersionPredicate;
use crate::key::state::State;

/// `readBack` of objects for which the token was asked, and which it had not.
pub const NOT_FOUND: &str = "not-found";
/// `skipped` of a waiting time of the policy.
pub const GRACE: &str = "grace";
/// `skipped` of a stage before.
pub const STAGE: &str = "stage";
/// `skipped` of a refusal because the key version is still in use.
pub const USE: &str = "use";
/// How many people must have approved that waiting is skipped.
pub const BREAK_GLASS_APPROVALS: usize = 2;

/// How a key was taken out of its token. It says nothing of backups, of other members of a cluster, or of providers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DestructionRecord {
    /// The classes of the objects that the run which recorded this destroyed: `secret`, or `private` and `public`. Those that
    /// were gone by then are left out; empty when none was there any more.
    pub objects: Vec<String>,
    /// byok did not take the key out of the token: it was asked for, and not found. Who or what did it, nobody here knows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
    /// `not-found`: this token was asked for the objects afterwards, by id and by label, and had none.
    pub read_back: String,
    /// When that was.
    pub read_back_at: Timestamp,
}

/// The token was asked for the key when its state changed, and had it not. What was recorded then is about the key wherever
/// it may be; nothing was read of it, so `custody` is as before, and nothing was done in the token.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AbsenceRecord {
    /// `not-found`: this token was asked for the key, by id and by label, and had neither a secret key nor a private half.
    pub read_back: String,
    /// When that was.
    pub read_back_at: Timestamp,
}

impl AbsenceRecord {
    /// Found now, or rather not.
    #[must_use]
    pub fn new(read_back_at: Timestamp) -> Self {
        Self { read_back: NOT_FOUND.to_owned(), read_back_at }
    }
}

/// A waiting time that was skipped.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BreakGlassRecord {
    /// Why.
    pub reason: String,
    /// What was skipped: `grace`, `stage`, `use`, in this order.
    pub skipped: Vec<String>,
}

impl BreakGlassRecord {
    /// Whether a manifest can hold it.
    #[must_use]
    pub fn is_of_form(&self) -> bool {
        is_text(&self.reason) && self.names_what_is_skipped()
    }

    fn names_what_is_skipped(&self) -> bool {
        let mut known = [GRACE, STAGE, USE].into_iter();
        !self.skipped.is_empty() && self.skipped.iter().all(|skipped| known.any(|name| name == skipped))
    }
}

/// Checks the end of a key and what was skipped, as far as the manifest alone shows them.
pub(super) fn check(predicate: &KeyVersionPredicate) -> Result<(), StatementError> {
    let gone = matches!(predicate.state, State::Destroyed | State::DestroyedCompromised);
    good(gone == predicate.destruction.is_some(), "destruction")?;
    if let Some(record) = &predicate.destruction {
        check_record(predicate, record)?;
    }
    if let Some(record) = &predicate.absence {
        good(record.read_back == NOT_FOUND, "absence.readBack")?;
        good(record.read_back_at >= predicate.custody.read_at, "absence.readBackAt")?;
        good(predicate.wraps.is_empty(), "wraps")?;
    }
    predicate.break_glass.as_ref().map_or(Ok(()), |record| check_break_glass(predicate, record))
}

fn check_record(predicate: &KeyVersionPredicate, record: &DestructionRecord) -> Result<(), StatementError> {
    let possible: &[&str] = if predicate.public.is_some() { &["private", "public"] } else { &["secret"] };
    let mut left = possible.iter();
    let in_order = record.objects.iter().all(|object| left.any(|class| class == object));
    good(in_order, "destruction.objects")?;
    // What was not there, nobody destroyed; the public half may have been left.
    good(!record.absent || record.objects.iter().all(|object| object == "public"), "destruction.absent")?;
    good(record.read_back == NOT_FOUND, "destruction.readBack")?;
    good(record.read_back_at >= predicate.custody.read_at, "destruction.readBackAt")?;
    good(predicate.wraps.is_empty(), "wraps")
}

/// Skipping takes a reason and people who approved: what was skipped without them is none of byok's manifests.
fn check_break_glass(predicate: &KeyVersionPredicate, record: &BreakGlassRecord) -> Result<(), StatementError> {
    good(is_text(&record.reason), "breakGlass.reason")?;
    good(record.names_what_is_skipped(), "breakGlass.skipped")?;
    let plan = predicate.authorization.as_ref().and_then(|authorization| authorization.plan.as_ref());
    // They stand there once each, sorted by person.
    let people = plan.map_or(0, |plan| plan.approvals.len());
    good(people >= BREAK_GLASS_APPROVALS, "breakGlass")
}

/// Checks what happened between two manifests: a key ends once, and only a change of its state can skip waiting.
pub(super) fn check_change(old: &KeyVersionPredicate, new: &KeyVersionPredicate) -> Result<(), HistoryError> {
    let moved = (old.state, old.state_changed_at) != (new.state, new.state_changed_at);
    if new.break_glass.is_some() && !moved {
        return Err(HistoryError::Changed("breakGlass"));
    }
    check_absence(old, new, moved)?;
    if old.destruction.is_some() {
        let same = (&old.destruction, &old.custody) == (&new.destruction, &new.custody);
        return if same { Ok(()) } else { Err(HistoryError::Changed("destruction or custody")) };
    }
    if new.destruction.as_ref().is_some_and(|record| record.read_back_at != new.state_changed_at) {
        return Err(HistoryError::Changed("destruction.readBackAt"));
    }
    Ok(())
}

/// That a token has not a key is said where its state changes, and stands until the token has it again: nothing was read.
fn check_absence(old: &KeyVersionPredicate, new: &KeyVersionPredicate, moved: bool) -> Result<(), HistoryError> {
    match (&old.absence, &new.absence) {
        (was, is) if was == is => {
            let same = is.is_none() || old.custody == new.custody;
            if same { Ok(()) } else { Err(HistoryError::Changed("custody")) }
        }
        (_, Some(record)) => {
            let holds = moved && record.read_back_at == new.state_changed_at && old.custody == new.custody;
            if holds { Ok(()) } else { Err(HistoryError::Changed("absence or custody")) }
        }
        (Some(record), None) if new.custody.read_at < record.read_back_at => Err(HistoryError::Changed("absence")),
        (_, None) => Ok(()),
    }
}

#[cfg(test)]
#[path = "destruction_tests.rs"]
mod tests;
