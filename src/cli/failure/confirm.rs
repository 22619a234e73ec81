//! Errors of `confirm-import`.

use super::Explained;
use crate::cli::codes::{Code, confirm, key, stale, usage};
use crate::ops::confirm::ConfirmError;
use crate::provider::{ChallengeError, PROVIDERS};

impl Explained for ConfirmError {
    fn code(&self) -> &'static Code {
        match self {
            Self::NoReader(_) => &usage::USAGE,
            Self::NotWrapped { .. } => &key::NOT_WRAPPED,
            Self::Answer(ChallengeError::NotReady(_)) => &confirm::NOT_IN_USE,
            Self::Answer(_) | Self::NoPublicKey(_) => &confirm::NOT_EVIDENCE,
            Self::Other { .. } | Self::OtherKey { .. } => &confirm::OTHER_KEY,
            Self::Ambiguous { .. } | Self::NoTarget { .. } => &usage::TARGET_ID,
            Self::Stale { .. } => &stale::OTHER_VERSION,
            Self::NotTaken(error) => error.code(),
            Self::Change(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Change(error) => error.causes(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NoReader(_) => {
                let known = PROVIDERS.iter().filter(|provider| provider.read_confirmation.is_some());
                vec![format!("known: {}", known.map(|provider| provider.id).collect::<Vec<_>>().join(", "))]
            }
            Self::NotWrapped { id, .. } => vec![format!("byok show {id}   says for whom it was wrapped")],
            Self::Stale { id, other, .. } if id.key != other.key => {
                vec![format!("give {} a key of its own there, and import it anew; byok show {other}", id.key)]
            }
            Self::Stale { .. } => {
                vec!["run import.sh of the new version to its end, ask the provider again, and repeat this".to_owned()]
            }
            Self::Ambiguous { known, .. } | Self::NoTarget { known, .. } => {
                known.iter().map(|id| format!("--target-id {id}")).collect()
            }
            Self::NoPublicKey(_) => vec!["--evidence takes the answer to get-public-key, too".to_owned()],
            Self::Change(error) => error.hints(),
            _ => Vec::new(),
        }
    }
}
