//! Errors of `confirm-import`.

use super::Explained;
use crate::cli::codes::{Code, confirm, key, stale, usage};
use crate::ops::confirm::{ConfirmError, Rival};
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
            Self::MadeBefore { .. } | Self::Untold { .. } => &stale::UNTOLD_VERSION,
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
            Self::MadeBefore { rival, .. } => {
                let id = &rival.id;
                vec![format!("{}   with this answer first, if it is about that one; then import {id}", confirm(rival))]
            }
            Self::Untold { rival, counts_up } => apart(rival, *counts_up),
            Self::Ambiguous { known, .. } | Self::NoTarget { known, .. } => {
                known.iter().map(|id| format!("--target-id {id}")).collect()
            }
            Self::NoPublicKey(_) => vec!["--evidence takes the answer to get-public-key, too".to_owned()],
            Self::Change(error) => error.hints(),
            _ => Vec::new(),
        }
    }
}

/// What records the other version.
fn confirm(rival: &Rival) -> String {
    let id = rival.target_id.as_ref().map(|id| format!(" --target-id {id}")).unwrap_or_default();
    format!("byok confirm-import {} --provider {}{id} --evidence FILE", rival.other, rival.provider)
}

/// What tells the two apart.
fn apart(rival: &Rival, counts_up: bool) -> Vec<String> {
    let Rival { id, other, provider, number, .. } = rival;
    if counts_up {
        let number = number.as_deref().unwrap_or("VERSION");
        let newer = if other.version > id.version { other } else { id };
        return vec![format!(
            "sh import.sh --after {number}   imports {newer} after what is there; then ask again, and confirm {newer}"
        )];
    }
    match *provider {
        "aws-kms" => vec![
            "--evidence takes the answer to `aws kms list-key-rotations --include-key-material ALL_KEY_MATERIAL`, too"
                .to_owned(),
        ],
        _ => vec![format!("byok explain E0797   how they are told apart; byok show {other}")],
    }
}
