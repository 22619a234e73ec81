//! The stages in which a key version is revoked, each harder to take back than the one before.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::operation::Operation;
use super::reason::Reason;
use super::state::{Event, State};

/// One stage.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Its use is paused; it can be reinstated.
    Suspend,
    /// It protects no new data any more.
    Deactivate,
    /// Others may know it.
    Compromise,
    /// It goes for ever.
    Destroy,
}

/// A text that names no stage.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown stage; known: suspend, deactivate, compromise, destroy")]
pub struct UnknownStage;

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 4] = [Self::Suspend, Self::Deactivate, Self::Compromise, Self::Destroy];

    /// Its name, as typed and as plans have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Deactivate => "deactivate",
            Self::Compromise => "compromise",
            Self::Destroy => "destroy",
        }
    }

    /// What the policy is asked.
    #[must_use]
    pub fn operation(self) -> Operation {
        match self {
            Self::Suspend | Self::Deactivate | Self::Compromise => Operation::Revoke,
            Self::Destroy => Operation::Destroy,
        }
    }

    /// The event of the state table.
    #[must_use]
    pub fn event(self) -> Event {
        match self {
            Self::Suspend => Event::Suspend,
            Self::Deactivate => Event::Deactivate,
            Self::Compromise => Event::Compromise,
            Self::Destroy => Event::Destroy,
        }
    }

    /// The stage that is meant where none is named: a compromise is recorded as one; everything else goes one stage on,
    /// up to deactivation. Destruction is never meant, and where there is no such stage there is none.
    #[must_use]
    pub fn implied(reason: Reason, state: State) -> Option<Self> {
        match (reason, state) {
            (Reason::KeyCompromise | Reason::CaCompromise, _) => Some(Self::Compromise),
            (_, State::Active) => Some(Self::Suspend),
            (_, State::Suspended) => Some(Self::Deactivate),
            _ => None,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Stage {
    type Err = UnknownStage;

    fn from_str(text: &str) -> Result<Self, UnknownStage> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text).ok_or(UnknownStage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_has_one_spelling_and_the_error_lists_them_all() {
        let known = UnknownStage.to_string();
        for stage in Stage::ALL {
            assert_eq!(stage.as_str().parse(), Ok(stage));
            assert_eq!(serde_json::to_value(stage).unwrap(), stage.as_str());
            assert!(known.contains(stage.as_str()), "{stage}");
        }
        assert_eq!("Destroy".parse::<Stage>(), Err(UnknownStage));
    }

    #[test]
    fn destruction_is_never_meant_by_itself() {
        for (reason, state) in Reason::ALL.into_iter().flat_map(|reason| State::ALL.map(|state| (reason, state))) {
            let implied = Stage::implied(reason, state);
            assert_ne!(implied, Some(Stage::Destroy), "{reason} {state}");
            let compromised = matches!(reason, Reason::KeyCompromise | Reason::CaCompromise);
            assert_eq!(implied == Some(Stage::Compromise), compromised, "{reason} {state}");
        }
        let next = |state| Stage::implied(Reason::Superseded, state);
        assert_eq!(
            (next(State::Active), next(State::Suspended), next(State::Deactivated), next(State::PreActivation)),
            (Some(Stage::Suspend), Some(Stage::Deactivate), None, None)
        );
    }
}
