//! Errors of the commands that make and show keys.

use super::Explained;
use crate::cli::codes::{Code, key, storage, token, unexpected, usage};
use crate::key::spec::{KeySpec, Purpose};
use crate::key::state::{Event, State, StateRefusal};
use crate::key::template::usages;
use crate::ops::generate::GenerateError;
use crate::ops::init::InitError;
use crate::ops::inventory::InventoryError;

impl Explained for GenerateError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Exists(_) => &key::EXISTS,
            Self::Purpose { .. } => &usage::PURPOSE,
            Self::Label { .. } => &key::OBJECT_DOUBLED,
            Self::ReadBack(error) => error.code(),
            Self::Random(_) => &unexpected::UNEXPECTED,
            Self::Intent(_) => &storage::UNFINISHED,
            Self::Statement(error) => error.code(),
            Self::Token(error) => error.code(),
            Self::Command(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Label { objects, .. } => objects.clone(),
            Self::Token(error) => error.causes(),
            Self::Command(error) => error.causes(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Exists(id) => vec![format!("byok show {id}")],
            Self::Purpose { spec, .. } => purposes(*spec),
            Self::Label { .. } => {
                vec!["choose another name, or remove the foreign object with the vendor's tool".to_owned()]
            }
            Self::Token(error) => error.hints(),
            Self::Command(error) => error.hints(),
            _ => Vec::new(),
        }
    }
}

/// The purposes that a key of this type can serve.
pub(super) fn purposes(spec: KeySpec) -> Vec<String> {
    let fitting = [Purpose::Encrypt, Purpose::Mac, Purpose::Sign, Purpose::Wrap].into_iter();
    let fitting = fitting.filter(|purpose| usages(spec, *purpose).is_some());
    vec![format!("--purpose {}", fitting.map(|purpose| purpose.to_string()).collect::<Vec<_>>().join(" or "))]
}

impl Explained for InitError {
    fn code(&self) -> &'static Code {
        match self {
            Self::SignerType(_) => &usage::USAGE,
            Self::Random => &unexpected::UNEXPECTED,
            Self::PublicKey(_) => &token::BAD_ANSWER,
            Self::ReadBack(error) => error.code(),
            Self::Profile(error) => error.code(),
            Self::Registry(error) => error.code(),
            Self::Session(error) => error.code(),
            Self::Token(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Token(error) => error.causes(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::SignerType(_) => vec!["--signer-type ec-p256, ec-p384, ed25519 or rsa-3072".to_owned()],
            Self::Profile(error) => error.hints(),
            Self::Registry(error) => error.hints(),
            Self::Session(error) => error.hints(),
            Self::Token(error) => error.hints(),
            _ => Vec::new(),
        }
    }
}

impl Explained for InventoryError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Unknown(_) => &key::NO_SUCH_KEY,
            Self::Registry(error) => error.code(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Unknown(_) => vec!["byok list   shows every key version".to_owned()],
            Self::Registry(error) => error.hints(),
        }
    }
}

impl Explained for StateRefusal {
    fn code(&self) -> &'static Code {
        &key::STATE
    }

    fn hints(&self) -> Vec<String> {
        let StateRefusal { id, transition } = self;
        match (transition.from, transition.event) {
            (State::PreActivation, Event::Suspend) => vec![
                format!("byok activate {id}"),
                format!("byok revoke {id} --stage destroy --reason REASON   ends a key that was never in use"),
            ],
            (State::Suspended, Event::Wrap | Event::Unwrap | Event::Activate) => vec![format!("byok reinstate {id}")],
            (State::Deactivated, Event::Wrap) => vec![format!("byok generate {} --type TYPE", id.key)],
            _ => vec![format!("byok show {id}")],
        }
    }
}
