//! The states of a key version (NIST SP 800-57 part 1 rev. 5, section 7) and the one transition table.

use std::fmt;

use serde::{Deserialize, Serialize};

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
    /// # Errors
    /// The pair of state and event when the transition does not exist.
    pub fn on(self, event: Event) -> Result<Self, TransitionError> {
        match (self, event) {
            (Self::PreActivation, Event::Activate) | (Self::Suspended, Event::Reinstate) => Ok(Self::Active),
            (Self::PreActivation | Self::Active, Event::Unwrap | Event::Wrap) => Ok(self),
            (Self::Active, Event::Suspend) => Ok(Self::Suspended),
            (Self::PreActivation | Self::Active | Self::Suspended, Event::Deactivate) => Ok(Self::Deactivated),
            (Self::PreActivation | Self::Active | Self::Suspended | Self::Deactivated, Event::Compromise) => {
                Ok(Self::Compromised)
            }
            (Self::PreActivation | Self::Deactivated, Event::Destroy) => Ok(Self::Destroyed),
            (Self::Compromised, Event::Destroy) | (Self::Destroyed, Event::Compromise) => {
                Ok(Self::DestroyedCompromised)
            }
            (from, event) => Err(TransitionError { from, event }),
        }
    }
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 8] = [
        Self::Activate,
        Self::Compromise,
        Self::Deactivate,
        Self::Destroy,
        Self::Reinstate,
        Self::Suspend,
        Self::Unwrap,
        Self::Wrap,
    ];
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PreActivation => "pre-activation",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deactivated => "deactivated",
            Self::Compromised => "compromised",
            Self::Destroyed => "destroyed",
            Self::DestroyedCompromised => "destroyed-compromised",
        })
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
            Self::Suspend => "be suspended",
            Self::Unwrap => "unwrap a key",
            Self::Wrap => "be wrapped",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_total_and_nothing_comes_back_from_destruction() {
        for state in State::ALL {
            for event in Event::ALL {
                match state.on(event) {
                    Ok(next) if matches!(state, State::Destroyed | State::DestroyedCompromised) => {
                        assert_eq!(next, State::DestroyedCompromised, "{state} {event:?}");
                    }
                    Ok(_) => {}
                    Err(error) => assert_eq!(error, TransitionError { from: state, event }),
                }
            }
        }
    }

    #[test]
    fn compromise_is_never_forgotten() {
        for event in Event::ALL {
            if let Ok(next) = State::Compromised.on(event) {
                assert_eq!(next, State::DestroyedCompromised);
            }
        }
    }

    #[test]
    fn a_wrap_never_changes_the_state() {
        for state in State::ALL {
            for event in [Event::Unwrap, Event::Wrap] {
                assert!(state.on(event).is_ok_and(|next| next == state) || state.on(event).is_err());
            }
        }
    }
}
