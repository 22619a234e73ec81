//! `recover`, and what every mutating command does about interrupted runs before it begins.

use jiff::Timestamp;

use super::{Action, Done, Left, Mode, RecoverError, recover};
use crate::ops::command::{CommandError, Workplace};
use crate::ops::expose;
use crate::ops::generate::adopt;
use crate::ops::profile::{self, KnownProfile};
use crate::ops::session::Session;
use crate::registry::journal::Journal;

/// Finishes, or undoes, what interrupted runs left, and signs the checkpoint.
///
/// # Errors
/// A lock that is held, a token or a registry that fails. What was done before is logged.
pub fn run(place: &Workplace<'_>, session: &Session<'_>, mode: Mode) -> Result<Vec<Done>, CommandError> {
    let guard = place.lock(session)?;
    let now = (place.clock)();
    let mut journal = Journal::open(place.registry, &guard, now, place.actor.clone())?;
    let profile = profile::ensure(place.registry, session, place.probe, now)?;
    let done = settle(&mut journal, place, session, &profile, mode, now)?;
    if journal.unreleased()?.is_empty() {
        journal.checkpoint(&session.signer, (place.clock)())?;
    }
    Ok(done)
}

/// [`recover`] with [`adopt`] for whole keys; then what the runs that were closed may have seen of keys is recorded.
///
/// # Errors
/// [`RecoverError`].
pub fn settle(
    journal: &mut Journal<'_>,
    place: &Workplace<'_>,
    session: &Session<'_>,
    profile: &KnownProfile,
    mode: Mode,
    now: Timestamp,
) -> Result<Vec<Done>, RecoverError> {
    let registry = place.registry;
    let mut adopt_key = |journal: &mut Journal<'_>, intent: &_, made| {
        adopt(journal, registry, session, profile, intent, made, now).map_err(Into::into)
    };
    let claimed = expose::claimed(journal);
    let done = recover(session.token, journal, registry, mode, place.may_destroy, &mut adopt_key)?;
    expose::record_closed(journal, registry, session, (&claimed, &done), now)?;
    Ok(done)
}

impl Done {
    /// Whether something is still unfinished that stands in the way of other commands. What was begun on another token
    /// does not.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        matches!(self.action, Action::Kept | Action::NeedsConsent)
            && !matches!(self.finding.left, Left::OtherToken { .. })
    }

    /// The operation in a few words: `key.generate payments/kek@1`.
    #[must_use]
    pub fn operation(&self) -> String {
        match &self.finding.key {
            Some(key) => format!("{} {key}", self.finding.event),
            None => self.finding.event.clone(),
        }
    }
}
