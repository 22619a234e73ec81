//! The chain of manifests of one key version: what may change from one to the next, and what never does.

use super::destruction;
use super::life;
use super::placement;
use super::rotation;
use super::statement::{KeyVersionPredicate, Statement};
use crate::key::state::{Event, State};

/// Why a manifest does not follow the one before it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum HistoryError {
    /// Another revision than the next.
    #[error("revision {found} where {expected} was due")]
    Revision {
        /// The revision that was due.
        expected: u32,
        /// The one that stands there.
        found: u32,
    },
    /// It names another predecessor.
    #[error("`previousManifest` is not the manifest before it")]
    Previous,
    /// Something changed that never does.
    #[error("`{0}` differs from the manifest before it")]
    Changed(&'static str),
    /// The worst exposure was made smaller.
    #[error("`exposureEver` is lower than in the manifest before it")]
    ExposureLowered,
    /// No event leads from the one state to the other.
    #[error("the state goes from {from} to {to}, which no event does")]
    State {
        /// The state before.
        from: State,
        /// The state now.
        to: State,
    },
    /// A change of state or dates that was made before the manifest before it.
    #[error("the change was made at an earlier time than the manifest before it")]
    Clock,
    /// A date that had come was changed, or one was set into the past.
    #[error("the {0} date was changed after it had come, or into the past")]
    Date(&'static str),
    /// A wrap in a state in which keys are not wrapped.
    #[error("a wrap is recorded in state {0}")]
    Wrap(State),
}

/// Checks that `next` may follow `previous`, whose payload has the lower-case hexadecimal SHA-256 `previous_sha256`.
///
/// # Errors
/// The first rule that is broken.
pub fn verify_chain(previous: &Statement, previous_sha256: &str, next: &Statement) -> Result<(), HistoryError> {
    let (old, new) = (&previous.predicate, &next.predicate);
    if Some(new.revision) != old.revision.checked_add(1) {
        return Err(HistoryError::Revision { expected: old.revision.saturating_add(1), found: new.revision });
    }
    if new.previous_manifest.as_deref() != Some(previous_sha256) {
        return Err(HistoryError::Previous);
    }
    if let Some(member) = changed(old, new) {
        return Err(HistoryError::Changed(member));
    }
    if previous.subject != next.subject {
        return Err(HistoryError::Changed("subject"));
    }
    if new.exposure_ever < old.exposure_ever {
        return Err(HistoryError::ExposureLowered);
    }
    if !new.rewrapped.starts_with(&old.rewrapped) {
        return Err(HistoryError::Changed("rewrapped"));
    }
    check_claims(old, new)?;
    life::check_change(old, new)?;
    destruction::check_change(old, new)?;
    placement::check_change(old, new)?;
    rotation::check_change(old, new)?;
    check_wraps(new)
}

/// The first member that differs and never may.
fn changed(old: &KeyVersionPredicate, new: &KeyVersionPredicate) -> Option<&'static str> {
    let rows = [
        ("keyName", old.key_name == new.key_name),
        ("keyVersion", old.key_version == new.key_version),
        ("logicalKeyId", old.logical_key_id == new.logical_key_id),
        ("keyType", old.key_type == new.key_type),
        ("purpose", old.purpose == new.purpose),
        ("public", old.public == new.public),
        ("check", old.check == new.check),
        ("fingerprint", old.fingerprint == new.fingerprint),
        ("origin", old.origin == new.origin),
        ("rotation", old.rotation == new.rotation),
        ("dates.generatedAt", old.dates.generated_at == new.dates.generated_at),
        ("custody.objectId", old.custody.object_id == new.custody.object_id),
        ("logRef.origin", old.log_ref.origin == new.log_ref.origin),
    ];
    rows.into_iter().find(|(_, same)| !same).map(|(name, _)| name)
}

/// The first manifest of a key version: what its state may be, and that it wraps only where keys are wrapped.
///
/// # Errors
/// A wrap in such a state, or an end before the beginning.
pub fn verify_first(first: &Statement) -> Result<(), HistoryError> {
    if !first.predicate.rewrapped.is_empty() {
        return Err(HistoryError::Changed("rewrapped"));
    }
    if first.predicate.rollback.is_some() {
        return Err(HistoryError::Changed("rollback"));
    }
    let KeyVersionPredicate { destruction, absence, break_glass, .. } = &first.predicate;
    if destruction.is_some() || absence.is_some() || break_glass.is_some() {
        return Err(HistoryError::Changed("destruction, absence or breakGlass"));
    }
    check_wraps(&first.predicate)
}

/// What people said of data keys is added to, one claim with each manifest, and never before the manifest before it.
fn check_claims(old: &KeyVersionPredicate, new: &KeyVersionPredicate) -> Result<(), HistoryError> {
    let mut added = new.rewrapped.iter().skip(old.rewrapped.len());
    let Some(claim) = added.next() else { return Ok(()) };
    if added.next().is_some() {
        return Err(HistoryError::Changed("rewrapped"));
    }
    if claim.at < old.as_of() || claim.at > new.as_of() { Err(HistoryError::Clock) } else { Ok(()) }
}

fn check_wraps(predicate: &KeyVersionPredicate) -> Result<(), HistoryError> {
    let allowed = predicate.wraps.is_empty() || predicate.state.on(Event::Wrap).is_ok();
    if allowed { Ok(()) } else { Err(HistoryError::Wrap(predicate.state)) }
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
