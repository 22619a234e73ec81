//! Why a key version is not revoked.

use super::recovery::AssessError;
use super::waiting::Hurdle;
use crate::hsm::TokenError;
use crate::key::stage::Stage;
use crate::key::state::{State, StateRefusal};
use crate::key::version::KeyVersionId;
use crate::manifest::destruction::USE;
use crate::manifest::dsse::SealError;
use crate::ops::change::ChangeError;
use crate::ops::command::CommandError;
use crate::ops::govern::GovernError;
use crate::ops::statement::StatementError;
use crate::registry::error::RegistryError;

/// Why nothing was changed, or not all.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// No stage was named, and none follows from reason and state.
    #[error("{id} is {state}, and no stage follows from that: name one")]
    NoStage {
        /// `NAME@N`
        id: KeyVersionId,
        /// Its state.
        state: State,
    },
    /// It would be destroyed while it is in use.
    #[error("{id} is {state}: a key version is destroyed only when it is out of use")]
    InUse {
        /// `NAME@N`
        id: KeyVersionId,
        /// Its state.
        state: State,
    },
    /// Nothing supersedes it, and there are earlier ones that it superseded.
    #[error("{id} is the newest version: nothing supersedes it")]
    NotSuperseded {
        /// `NAME@N`
        id: KeyVersionId,
        /// The one before, which is probably meant.
        earlier: KeyVersionId,
    },
    /// Something stands in the way of the stage, for now.
    #[error("{id} is not {} yet: {}", done(*.stage), said(.hurdles))]
    Waits {
        /// `NAME@N`
        id: KeyVersionId,
        /// The stage.
        stage: Stage,
        /// The token does not have it.
        absent: bool,
        /// Whether there is a policy, under which people can approve that waiting is skipped.
        governed: bool,
        /// What stands in the way.
        hurdles: Vec<Hurdle>,
    },
    /// Waiting is skipped with the approvals of two people.
    #[error("the waiting for {id} is skipped with the approvals of two people, and there are {people}")]
    Alone {
        /// `NAME@N`
        id: KeyVersionId,
        /// How many there are.
        people: usize,
    },
    /// Its objects are on another token.
    #[error("{id} is on the token with the serial {expected}; this one has {found}")]
    OtherToken {
        /// `NAME@N`
        id: KeyVersionId,
        /// The serial in its manifest.
        expected: String,
        /// That of the open token.
        found: String,
    },
    /// Something with the key's id or label is not the key.
    #[error("the token has an object with the id or the label of {id} that is not the key")]
    Foreign {
        /// `NAME@N`
        id: KeyVersionId,
        /// Those objects, escaped.
        objects: Vec<String>,
    },
    /// The token does not show the key, and nobody here began to destroy it.
    #[error("the token does not have the key of {0}: nothing was destroyed")]
    NotThere(KeyVersionId),
    /// It is said to be gone, and it is not.
    #[error("the token has {found} of {id}: it is not absent")]
    IsThere {
        /// `NAME@N`
        id: KeyVersionId,
        /// The stage.
        stage: Stage,
        /// What was found.
        found: String,
    },
    /// The token was asked to destroy the objects, and they are there.
    #[error("the token was asked to destroy {id}, and still has {left}")]
    StillThere {
        /// `NAME@N`
        id: KeyVersionId,
        /// The objects that are there.
        left: String,
        /// Another object is gone: recovery has to look.
        partly: bool,
        /// What it answered.
        #[source]
        answer: Option<Box<TokenError>>,
    },
    /// As for every change of a key version.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

fn done(stage: Stage) -> &'static str {
    match stage {
        Stage::Suspend => "suspended",
        Stage::Deactivate => "deactivated",
        Stage::Compromise => "compromised",
        Stage::Destroy => "destroyed",
    }
}

fn said(hurdles: &[Hurdle]) -> &'static str {
    if hurdles.iter().any(|hurdle| hurdle.kind == USE) {
        "something depends on it"
    } else {
        "people have time to notice"
    }
}

impl From<AssessError> for RevokeError {
    fn from(error: AssessError) -> Self {
        match error {
            AssessError::Registry(error) => error.into(),
            AssessError::Token(error) => error.into(),
        }
    }
}

impl From<CommandError> for RevokeError {
    fn from(error: CommandError) -> Self {
        Self::Change(error.into())
    }
}

impl From<GovernError> for RevokeError {
    fn from(error: GovernError) -> Self {
        CommandError::from(error).into()
    }
}

impl From<RegistryError> for RevokeError {
    fn from(error: RegistryError) -> Self {
        Self::Change(error.into())
    }
}

impl From<SealError> for RevokeError {
    fn from(error: SealError) -> Self {
        CommandError::from(error).into()
    }
}

impl From<StateRefusal> for RevokeError {
    fn from(error: StateRefusal) -> Self {
        Self::Change(error.into())
    }
}

impl From<StatementError> for RevokeError {
    fn from(error: StatementError) -> Self {
        Self::Change(error.into())
    }
}

impl From<TokenError> for RevokeError {
    fn from(error: TokenError) -> Self {
        Self::Change(error.into())
    }
}
