//! The states of a key version (NIST SP 800-57 part 1 rev. 5, section 7) and the one transition table.
//!
//! The numbers are those of the section's transitions. It has six states; `destroyed-compromised` is KMIP's name
//! (KMIP 2.1, State Enumeration) for what section 7.6 asks for: that a compromise which is found after the destruction, or came
//! before it, stays on record.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::version::KeyVersionId;

/// Where a key version is in its life.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Made, not yet in use.
    PreActivation,
    /// In use.
    Active,
    /// Use is paused.
    Suspended,
    /// No longer protects new data; may still process old data.
    Deactivated,
    /// Somebody else may know it.
    Compromised,
    /// Gone.
    Destroyed,
    /// Gone, and compromised before or after.
    DestroyedCompromised,
}

/// What can happen to a key version.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Event {
    /// Taken into use.
    Activate,
    /// Found or feared to be known to others.
    Compromise,
    /// Taken out of use for new data.
    Deactivate,
    /// Removed.
    Destroy,
    /// Taken into use again after a suspension.
    Reinstate,
    /// Made impossible to take out of the token; the state stays.
    Seal,
    /// Paused.
    Suspend,
    /// Used to unwrap another key; the state stays.
    Unwrap,
    /// Wrapped for a provider; the state stays.
    Wrap,
}

/// An event that this state does not allow.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a key version in state {from} cannot {event}")]
pub struct TransitionError {
    /// The state.
    pub from: State,
    /// What was asked.
    pub event: Event,
}

/// A key version whose state does not allow what was asked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{id} is in state {} and cannot {}", .transition.from, .transition.event)]
pub struct StateRefusal {
    /// `NAME@N`
    pub id: KeyVersionId,
    /// The state, and what was asked.
    pub transition: TransitionError,
}

impl TransitionError {
    /// The same of a key version.
    #[must_use]
    pub fn of(self, id: &KeyVersionId) -> StateRefusal {
        StateRefusal { id: id.clone(), transition: self }
    }
}

impl State {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::PreActivation,
        Self::Active,
        Self::Suspended,
        Self::Deactivated,
        Self::Compromised,
        Self::Destroyed,
        Self::DestroyedCompromised,
    ];

    /// The state after `event`. This match is the table.
    ///
    /// Transitions 5 and 9 are for several types of keys, not for all (section 7.2: private signature keys, for example);
    /// which stages a key has to go through before it is destroyed is for the command that destroys, and for policy.
    ///
    /// # Errors
    /// The pair of state and event when the transition does not exist.
    pub fn on(self, event: Event) -> Result<Self, TransitionError> {
        match (self, event) {
            // Section 7.1, transition 4; section 7.3, back to active.
            (Self::PreActivation, Event::Activate) | (Self::Suspended, Event::Reinstate) => Ok(Self::Active),
            // A wrap is no use of the key, and a provider needs it before it is active there. Taking a way out away from a
            // key does no harm as long as there is a key.
            (Self::PreActivation | Self::Active, Event::Unwrap | Event::Wrap)
            | (
                Self::PreActivation | Self::Active | Self::Suspended | Self::Deactivated | Self::Compromised,
                Event::Seal,
            ) => Ok(self),
            // Section 7.2, transition 7.
            (Self::Active, Event::Suspend) => Ok(Self::Suspended),
            // Section 7.2, transition 8; section 7.3.
            (Self::Active | Self::Suspended, Event::Deactivate) => Ok(Self::Deactivated),
            // Sections 7.1 (transition 3), 7.2 (transition 6), 7.3 and 7.4.
            (Self::PreActivation | Self::Active | Self::Suspended | Self::Deactivated, Event::Compromise) => {
                Ok(Self::Compromised)
            }
            // Sections 7.1 (transition 2), 7.2 (transition 5), 7.3 (transition 9) and 7.4.
            (Self::PreActivation | Self::Active | Self::Suspended | Self::Deactivated, Event::Destroy) => {
                Ok(Self::Destroyed)
            }
            // Sections 7.5 and 7.6.
            (Self::Compromised, Event::Destroy) | (Self::Destroyed, Event::Compromise) => {
                Ok(Self::DestroyedCompromised)
            }
            (from, event) => Err(TransitionError { from, event }),
        }
    }
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 9] = [
        Self::Activate,
        Self::Compromise,
        Self::Deactivate,
        Self::Destroy,
        Self::Reinstate,
        Self::Seal,
        Self::Suspend,
        Self::Unwrap,
        Self::Wrap,
    ];
}

impl State {
    /// Its name, as manifests have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreActivation => "pre-activation",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deactivated => "deactivated",
            Self::Compromised => "compromised",
            Self::Destroyed => "destroyed",
            Self::DestroyedCompromised => "destroyed-compromised",
        }
    }
}

/// A text that names no state.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "unknown state; known: pre-activation, active, suspended, deactivated, compromised, destroyed, destroyed-compromised"
)]
pub struct UnknownState;

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(UnknownState)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Activate => "be activated",
            Self::Compromise => "become compromised",
            Self::Deactivate => "be deactivated",
            Self::Destroy => "be destroyed",
            Self::Reinstate => "be reinstated",
            Self::Seal => "be sealed",
            Self::Suspend => "be suspended",
            Self::Unwrap => "unwrap a key",
            Self::Wrap => "be wrapped",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every cell of the table, one row a state and one column an event, in the order of [`State::ALL`] and
    /// [`Event::ALL`]; `-` where there is no such transition.
    ///
    /// NIST SP 800-57 part 1 rev. 5, section 7: 1 generation to pre-activation (not in the table); 7.1: 2 to destroyed, 3 to
    /// compromised, 4 to active; 7.2: 5 to destroyed, 6 to compromised, 7 to suspended, 8 to deactivated; 7.3: 9 to destroyed,
    /// and to compromised, active, deactivated; 7.4: to destroyed and to compromised; 7.5: to destroyed; 7.6: a compromise that
    /// is found later is recorded.
    const TABLE: &str = "\
                   activate compromise            deactivate  destroy               reinstate seal        suspend   unwrap         wrap
pre-activation     active   compromised           -           destroyed             -         .           -         .              .
active             -        compromised           deactivated destroyed             -         .           suspended .              .
suspended          -        compromised           deactivated destroyed             active    .           -         -              -
deactivated        -        compromised           -           destroyed             -         .           -         -              -
compromised        -        -                     -           destroyed-compromised -         .           -         -              -
destroyed          -        destroyed-compromised -           -                     -         -           -         -              -
destroyed-compromised -     -                     -           -                     -         -           -         -              -";

    #[test]
    fn every_cell_of_the_table_is_as_the_standard_has_it() {
        let mut lines = TABLE.lines().map(str::split_whitespace);
        let events: Vec<&str> = lines.next().unwrap().collect();
        let named = |event: &Event| format!("{event:?}").to_lowercase();
        assert_eq!(events, Event::ALL.iter().map(named).collect::<Vec<_>>());
        let mut states = Vec::new();
        for mut row in lines {
            let from: State = row.next().unwrap().parse().unwrap();
            states.push(from);
            let cells: Vec<&str> = row.collect();
            assert_eq!(cells.len(), Event::ALL.len(), "{from}");
            for (cell, event) in cells.into_iter().zip(Event::ALL) {
                let expected = match cell {
                    "-" => Err(TransitionError { from, event }),
                    // The event does not change the state.
                    "." => Ok(from),
                    to => Ok(to.parse().unwrap()),
                };
                assert_eq!(from.on(event), expected, "{from} {event:?}");
            }
        }
        assert_eq!(states, State::ALL);
    }

    #[test]
    fn a_state_has_one_spelling_and_the_error_lists_them_all() {
        let known = UnknownState.to_string();
        for state in State::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
            assert!(known.contains(state.as_str()), "{state}");
        }
        assert_eq!("Active".parse::<State>(), Err(UnknownState));
    }

    #[test]
    fn nothing_comes_back_from_destruction_and_compromise_is_never_forgotten() {
        for event in Event::ALL {
            for gone in [State::Destroyed, State::DestroyedCompromised] {
                assert!(gone.on(event).is_err() || gone.on(event) == Ok(State::DestroyedCompromised), "{event:?}");
            }
            let after = State::Compromised.on(event);
            assert!(
                after.is_err() || [Ok(State::Compromised), Ok(State::DestroyedCompromised)].contains(&after),
                "{event:?}"
            );
        }
    }
}
