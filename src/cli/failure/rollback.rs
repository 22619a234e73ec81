//! Errors of `rotate --rollback` and `rotate --mark-rewrapped`.

use super::Explained;
use crate::cli::codes::{Code, rollback, unexpected};
use crate::key::state::State;
use crate::ops::rotate::rewrapped::RewrappedError;
use crate::ops::rotate::rollback::RollbackError;

impl Explained for RollbackError {
    fn code(&self) -> &'static Code {
        match self {
            Self::NotRotated(_) => &rollback::NO_ROTATION,
            Self::OldGone { .. } => &rollback::OLD_GONE,
            Self::Way { .. } => &unexpected::UNEXPECTED,
            Self::Change(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        if let Self::Change(error) = self { error.causes() } else { Vec::new() }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NotRotated(id) => vec![format!("byok show {id}")],
            Self::OldGone { new, .. } => {
                vec![format!("byok rotate {} --again   makes another version in the place of this one", new.key)]
            }
            Self::Way { .. } => Vec::new(),
            Self::Change(error) => error.hints(),
        }
    }
}

impl Explained for RewrappedError {
    fn code(&self) -> &'static Code {
        match self {
            Self::NotReplaced(_) => &rollback::NOT_REPLACED,
            Self::Change(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        if let Self::Change(error) = self { error.causes() } else { Vec::new() }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NotReplaced(id) => {
                vec![format!("byok show {}   shows which version is in use ({})", id.key, State::Active)]
            }
            Self::Change(error) => error.hints(),
        }
    }
}
