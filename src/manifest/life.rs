//! State and dates of a key version as its manifest has them: what they are at a time, and what makes them consistent.

use jiff::Timestamp;

use super::check::{StatementError, good, is_text};
use super::history::HistoryError;
use super::statement::{Dates, KeyVersionPredicate, StateReason};
use crate::key::dates::Schedule;
use crate::key::state::{Event, State};

impl Dates {
    /// The dates of a key that has just come into being.
    #[must_use]
    pub fn of_birth(generated_at: Timestamp) -> Self {
        Self {
            generated_at,
            activation_at: None,
            activated_at: None,
            protect_stop_at: None,
            process_stop_at: None,
            destroy_at: None,
            sealed_at: None,
        }
    }

    /// What is planned.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        Schedule {
            activation: self.activation_at,
            protect_stop: self.protect_stop_at,
            process_stop: self.process_stop_at,
            destroy: self.destroy_at,
        }
    }

    /// Sets what is planned.
    pub fn plan(&mut self, schedule: Schedule) {
        self.activation_at = schedule.activation;
        self.protect_stop_at = schedule.protect_stop;
        self.process_stop_at = schedule.process_stop;
        self.destroy_at = schedule.destroy;
    }
}

impl KeyVersionPredicate {
    /// The state at a time after the manifest was made, when nothing but time has passed since.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> State {
        self.dates.schedule().state_at(self.state, now).state
    }

    /// The time for which the manifest speaks: when the token was last asked for the key, and for a key that is gone when
    /// it was found gone, or when more became known of it.
    #[must_use]
    pub fn as_of(&self) -> Timestamp {
        let gone = self.destruction.as_ref().map(|record| record.read_back_at.max(self.state_changed_at));
        let absent = self.absence.as_ref().map(|record| record.read_back_at);
        gone.max(absent).map_or(self.custody.read_at, |gone| gone.max(self.custody.read_at))
    }

    /// Takes in what time has done to the state.
    pub fn pass_time(&mut self, now: Timestamp) {
        let effective = self.dates.schedule().state_at(self.state, now);
        self.dates.activated_at = self.dates.activated_at.or(effective.activated);
        if let Some(since) = effective.since {
            self.enter(effective.state, since);
        }
    }

    /// Enters a state for no reason that a person gave.
    pub fn enter(&mut self, state: State, at: Timestamp) {
        (self.state, self.state_changed_at, self.state_reason) = (state, at, None);
    }

    /// Whether the key was sealed.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.dates.sealed_at.is_some()
    }
}

/// Checks state, dates and reason against each other.
pub(super) fn check(predicate: &KeyVersionPredicate) -> Result<(), StatementError> {
    let KeyVersionPredicate { state, dates, .. } = predicate;
    let at = predicate.as_of();
    let activated = dates.activated_at;
    // A date that led to the activation is its date.
    good(dates.schedule().check_order(activated).is_ok(), "dates")?;
    good(activated.is_none() || *state != State::PreActivation, "dates.activatedAt")?;
    good(activated.is_some() || !matches!(state, State::Active | State::Suspended), "dates.activatedAt")?;
    good(predicate.state_at(at) == *state, "state")?;
    // Time alone deactivates a key; into these a person brings it.
    let by_people = [State::Suspended, State::Compromised, State::Destroyed, State::DestroyedCompromised];
    good(!by_people.contains(state) || predicate.state_reason.is_some(), "stateReason")?;
    check_reason(predicate)?;
    let sealed = predicate.is_sealed();
    good(!sealed || predicate.custody.attrs.extractable == Some(false), "custody.attrs.extractable")?;
    good(!sealed || predicate.wraps.is_empty(), "wraps")
}

impl StateReason {
    /// Whether a manifest can hold it.
    #[must_use]
    pub fn is_of_form(&self) -> bool {
        self.message.as_deref().is_none_or(is_text)
    }
}

/// A reason is for a state into which a person brings a key.
fn check_reason(predicate: &KeyVersionPredicate) -> Result<(), StatementError> {
    let Some(reason) = &predicate.state_reason else { return Ok(()) };
    good(!matches!(predicate.state, State::PreActivation | State::Active), "stateReason")?;
    good(reason.is_of_form(), "stateReason.message")
}

/// Checks what happened to state, dates and `CKA_EXTRACTABLE` between two manifests of a key version.
pub(super) fn check_change(old: &KeyVersionPredicate, new: &KeyVersionPredicate) -> Result<(), HistoryError> {
    let at = new.as_of();
    let mut before = old.clone();
    before.pass_time(at);
    let from = before.state;
    let changes_state = (new.state, new.state_changed_at) != (from, before.state_changed_at);
    let plans = (&old.dates.schedule(), &new.dates.schedule());
    let seals = new.is_sealed() && !old.is_sealed();
    if (changes_state || plans.0 != plans.1 || seals) && at < old.as_of() {
        return Err(HistoryError::Clock);
    }
    check_plans(plans, at)?;
    check_seal(old, new, from)?;
    if !changes_state {
        let same = (&new.state_reason, new.dates.activated_at) == (&before.state_reason, before.dates.activated_at);
        return if same { Ok(()) } else { Err(HistoryError::Changed("stateReason or dates.activatedAt")) };
    }
    if !Event::ALL.into_iter().any(|event| new.state != from && from.on(event) == Ok(new.state)) {
        return Err(HistoryError::State { from, to: new.state });
    }
    if !(before.state_changed_at..=at).contains(&new.state_changed_at) {
        return Err(HistoryError::Changed("stateChangedAt"));
    }
    let first_use = (from, new.state) == (State::PreActivation, State::Active);
    let activated = if first_use { Some(new.state_changed_at) } else { before.dates.activated_at };
    if new.dates.activated_at == activated { Ok(()) } else { Err(HistoryError::Changed("dates.activatedAt")) }
}

/// A date that has come stays as it was; one that has not may be moved, and not into the past.
fn check_plans((old, new): (&Schedule, &Schedule), at: Timestamp) -> Result<(), HistoryError> {
    for ((name, then), (_, now)) in old.rows().into_iter().zip(new.rows()) {
        let has_come = |date: Option<Timestamp>| date.is_some_and(|date| date <= at);
        if then != now && (has_come(then) || now.is_some_and(|now| now < at)) {
            return Err(HistoryError::Date(name));
        }
    }
    Ok(())
}

/// `CKA_EXTRACTABLE` goes from true to false by a seal, and never back (PKCS#11 v3.1 section 4.9, table 30: note 12).
fn check_seal(old: &KeyVersionPredicate, new: &KeyVersionPredicate, from: State) -> Result<(), HistoryError> {
    let (was, is) = (old.custody.attrs.extractable, new.custody.attrs.extractable);
    match (old.dates.sealed_at, new.dates.sealed_at) {
        (None, None) if was == is => Ok(()),
        (None, None) => Err(HistoryError::Changed("custody.attrs.extractable")),
        (None, Some(at)) if from.on(Event::Seal).is_ok() && was == Some(true) && at == new.custody.read_at => Ok(()),
        (Some(then), Some(now)) if then == now => Ok(()),
        _ => Err(HistoryError::Changed("dates.sealedAt")),
    }
}

#[cfg(test)]
#[path = "life_tests.rs"]
mod tests;
