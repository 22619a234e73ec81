//! Errors of the commands that change a key version's state, dates or custody.

use super::Explained;
use crate::cli::codes::{Code, key, rollback, storage, token, usage};
use crate::ops::change::ChangeError;

impl Explained for ChangeError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Custody { .. } => &key::CUSTODY_CHANGED,
            Self::Clock { .. } => &key::CLOCK,
            Self::Past { .. } | Self::Order(_) => &usage::DATES,
            Self::GivenUp { .. } => &rollback::GIVEN_UP,
            Self::NotExtractable(_) => &key::SEALED,
            Self::NotSealed(_) => &token::NOT_SEALED,
            Self::Manifest(_) => &storage::MALFORMED,
            Self::State(error) => error.code(),
            Self::Unknown(error) => error.code(),
            Self::Command(error) => error.code(),
            Self::Statement(error) => error.code(),
            Self::Token(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Command(error) => error.causes(),
            Self::Token(error) => error.causes(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Past { .. } | Self::Order(_) => {
                vec!["times after now, in the order --at, --protect-stop, --process-stop, --destroy-at".to_owned()]
            }
            Self::GivenUp { id, .. } => vec![format!("byok rotate {}   makes another version", id.key)],
            Self::Clock { .. } => vec!["date -u   shows this host's time".to_owned()],
            Self::State(error) => error.hints(),
            Self::Unknown(error) => error.hints(),
            Self::Command(error) => error.hints(),
            Self::Token(error) => error.hints(),
            _ => Vec::new(),
        }
    }
}
