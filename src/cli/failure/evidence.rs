//! Errors of the steps that every mutating command has in common: session, profile, log, manifest, signature.

use super::Explained;
use crate::cli::codes::{Code, key, storage, token, unexpected};
use crate::manifest::dsse::SealError;
use crate::ops::access::ProbeError;
use crate::ops::command::CommandError;
use crate::ops::custody::ReadBackError;
use crate::ops::expose::ExposeError;
use crate::ops::profile::ProfileError;
use crate::ops::recover::RecoverError;
use crate::ops::session::SessionError;
use crate::ops::statement::StatementError;

impl Explained for CommandError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Apply(error) => error.code(),
            Self::Changed(_) => &key::CHANGED_MEANWHILE,
            Self::Expose(error) => error.code(),
            Self::Govern(error) => error.code(),
            Self::Pending(_) => &storage::UNFINISHED,
            Self::Recover(error) => error.code(),
            Self::Profile(error) => error.code(),
            Self::Registry(error) => error.code(),
            Self::Seal(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Govern(error) => error.causes(),
            Self::Profile(error) => error.causes(),
            Self::Recover(error) => error.causes(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Apply(error) => error.hints(),
            Self::Changed(_) => vec!["look at the new state, then repeat the command".to_owned()],
            Self::Expose(_) => Vec::new(),
            Self::Govern(error) => error.hints(),
            Self::Pending(_) => vec!["byok recover".to_owned()],
            Self::Recover(error) => error.hints(),
            Self::Profile(error) => error.hints(),
            Self::Registry(error) => error.hints(),
            Self::Seal(error) => error.hints(),
        }
    }
}

impl Explained for RecoverError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Adopt(_) | Self::Barred(_) | Self::End(_) | Self::Seal(_) | Self::StillOpen(_) => {
                &storage::UNFINISHED
            }
            Self::StillThere(_) => &token::BAD_ANSWER,
            Self::Expose(error) => error.code(),
            Self::Registry(error) => error.code(),
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
            Self::Adopt(_) | Self::Barred(_) => {
                vec!["byok recover --undo   takes away what cannot be taken over".to_owned()]
            }
            Self::End(_) | Self::Seal(_) | Self::StillOpen(_) | Self::StillThere(_) | Self::Expose(_) => {
                vec!["byok recover".to_owned()]
            }
            Self::Registry(error) => error.hints(),
            Self::Token(error) => error.hints(),
        }
    }
}

impl Explained for ProfileError {
    fn code(&self) -> &'static Code {
        match self {
            Self::NotAllowed(_) => &token::PROBE_NEEDED,
            Self::Probe(error) => error.code(),
            Self::Seal(error) => error.code(),
            Self::Registry(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Probe(error) => error.causes(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NotAllowed(_) => vec!["byok hsm probe".to_owned()],
            Self::Probe(error) => error.hints(),
            Self::Seal(error) => error.hints(),
            Self::Registry(error) => error.hints(),
        }
    }
}

impl Explained for ProbeError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Token(error) => error.code(),
            Self::Software(_) | Self::Random => &unexpected::UNEXPECTED,
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
            Self::Token(error) => error.hints(),
            _ => Vec::new(),
        }
    }
}

impl Explained for ExposeError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Registry(error) => error.code(),
            Self::Seal(error) => error.code(),
            Self::Statement(error) => error.code(),
        }
    }
}

impl Explained for SealError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Sign(_) => &token::NOT_SIGNED,
            Self::Key(_) => &token::NOT_A_SIGNER,
            Self::Payload(_) | Self::TooLarge => &unexpected::UNEXPECTED,
        }
    }
}

impl Explained for SessionError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Signer(error) if *error.code() == key::OBJECT_MISSING => &token::OTHER_SIGNER,
            Self::Signer(error) | Self::Token(error) => error.code(),
            Self::OtherSigner { .. } => &token::OTHER_SIGNER,
            Self::Record => &storage::MALFORMED,
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Signer(error) | Self::Token(error) => error.causes(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Token(error) => error.hints(),
            Self::Signer(_) | Self::OtherSigner { .. } => {
                vec!["check that --token and --registry belong together".to_owned()]
            }
            Self::Record => Vec::new(),
        }
    }
}

impl Explained for ReadBackError {
    fn code(&self) -> &'static Code {
        &token::READ_BACK
    }
}

impl Explained for StatementError {
    fn code(&self) -> &'static Code {
        match self {
            Self::PublicKey(_) | Self::Inconsistent(_) => &token::BAD_ANSWER,
            Self::Revisions => &unexpected::UNEXPECTED,
        }
    }
}

/// The log needs the code of an error as text.
pub(in crate::cli) fn code_of<E: Explained>(error: &E) -> String {
    error.code().to_string()
}
