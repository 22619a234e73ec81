//! Errors of approvals: what does not count, and files of OpenSSH that cannot be used.

use super::Explained;
use crate::approval::allowed_signers::AllowedSignersError;
use crate::cli::codes::{Code, apply, approve as codes, plan_file, signers, usage};
use crate::ops::approve::ApproveError;

impl Explained for ApproveError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Unknown => &signers::NOT_APPROVED,
            Self::Plan(_) => &plan_file::NO_PLAN,
            Self::OtherRegistry => &apply::OTHER_REGISTRY,
            Self::Expired(_) => &apply::EXPIRED,
            Self::NotYet(_) => &apply::NOT_YET,
            Self::OtherPolicy => &apply::BASE_CHANGED,
            Self::Terms => &apply::OTHER_ACTION,
            Self::Replacement(error) => error.code(),
            Self::Registry(error) => error.code(),
            Self::NoPolicy => &codes::NOBODY,
            Self::NoneNeeded => &codes::NONE_NEEDED,
            Self::Ambiguous(_) => &usage::PERSON_NEEDED,
            Self::NobodysKey(_) | Self::WouldNotCount { .. } | Self::DoesNotCount { .. } => &codes::DOES_NOT_COUNT,
            Self::Govern(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Govern(error) => error.causes(),
            Self::Replacement(error) => error.causes(),
            Self::Registry(error) => error.causes(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Ambiguous(people) => people.iter().map(|person| format!("repeat it with --as {person}")).collect(),
            Self::OtherRegistry => vec!["pass the registry of the document with --registry".to_owned()],
            Self::Expired(_) | Self::OtherPolicy | Self::Terms => {
                vec!["byok plan COMMAND ARGS... --out FILE   makes a new plan".to_owned()]
            }
            Self::Govern(error) => error.hints(),
            Self::Replacement(error) => error.hints(),
            Self::Registry(error) => error.hints(),
            _ => Vec::new(),
        }
    }
}

impl Explained for AllowedSignersError {
    fn code(&self) -> &'static Code {
        &signers::ALLOWED_SIGNERS
    }
}
