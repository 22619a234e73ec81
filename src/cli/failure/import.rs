//! Errors of `import`.

use super::Explained;
use super::key::purposes;
use crate::cli::codes::{Code, import, key, storage, token, unexpected, usage};
use crate::format::lint::Finding;
use crate::ops::import::{CompareError, EnterError, ImportError, InputError, UnwrapError};

/// `block 2: the primes are close together: 12 bits apart [F308]`
pub(in crate::cli) fn finding_line(finding: &Finding) -> String {
    let Finding { rule, place, detail } = finding;
    let parts = [place.as_str(), rule.title, detail.as_str()];
    let text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
    format!("{text} [{rule}]")
}

impl Explained for ImportError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Exists(_) => &key::EXISTS,
            Self::Another(_) => &key::ANOTHER_KEY,
            Self::Purpose { .. } => &usage::PURPOSE,
            Self::Label { .. } => &key::OBJECT_DOUBLED,
            Self::Enter(error) => error.code(),
            Self::Unknown(error) => error.code(),
            Self::State(error) => error.code(),
            Self::Unwrap(error) => error.code(),
            Self::Compare(error) => error.code(),
            Self::ReadBack(error) => error.code(),
            Self::Intent(_) => &storage::UNFINISHED,
            Self::Random(_) => &unexpected::UNEXPECTED,
            Self::Statement(error) => error.code(),
            Self::Token(error) => error.code(),
            Self::Command(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Label { objects, .. } => objects.clone(),
            Self::Enter(error) => error.causes(),
            Self::Unwrap(error) => error.causes(),
            Self::Compare(error) => error.causes(),
            Self::Token(error) => error.causes(),
            Self::Command(error) => error.causes(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Exists(id) | Self::Another(id) => vec![format!("byok show {id}")],
            Self::Purpose { spec, .. } => purposes(*spec),
            Self::Label { .. } => {
                vec!["choose another name, or remove the foreign object with the vendor's tool".to_owned()]
            }
            Self::Enter(error) => error.hints(),
            Self::Unknown(error) => error.hints(),
            Self::Unwrap(error) => error.hints(),
            Self::Compare(error) => error.hints(),
            Self::Token(error) => error.hints(),
            Self::Command(error) => error.hints(),
            _ => Vec::new(),
        }
    }
}

impl Explained for InputError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Public(_) => &import::NOT_PRIVATE,
            Self::TypeNeeded { .. } => &usage::TYPE_NEEDED,
            Self::Type { .. } => &import::OTHER_TYPE,
            Self::Unsupported(_) => &import::NOT_KEPT,
            Self::Broken(_) | Self::Findings(_) => &import::BROKEN_KEY,
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Findings(findings) => findings.iter().map(finding_line).collect(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Findings(findings) => {
                findings.iter().map(|finding| format!("byok explain {}", finding.rule)).collect()
            }
            Self::Public(_) => vec!["name the file with the private key that belongs to it".to_owned()],
            Self::TypeNeeded { candidates, .. } => {
                let names: Vec<_> = candidates.iter().map(ToString::to_string).collect();
                vec![format!("--type {}", names.join(" or --type "))]
            }
            _ => Vec::new(),
        }
    }
}

impl Explained for UnwrapError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Unfit { .. } => &key::CANNOT_UNWRAP,
            Self::Length { .. } | Self::Refused(_) => &import::NOT_UNWRAPPED,
            Self::Type { .. } | Self::KeyLength(_) => &import::OTHER_TYPE,
            Self::NoPublic => &token::NO_PUBLIC_HALF,
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Refused(tried) => tried.iter().map(|(way, error)| format!("{way}: {error}")).collect(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Unfit { .. } => vec!["byok generate NAME --type rsa-3072 --purpose wrap".to_owned()],
            Self::NoPublic => vec!["--public-key FILE with the public half, which the sender has".to_owned()],
            _ => Vec::new(),
        }
    }
}

impl Explained for EnterError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Refused(_) => &token::TAKES_NO_KEY,
            Self::Execute(error) => error.code(),
            Self::Token(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Refused(tried) => tried.iter().map(|(route, error)| format!("{route}: {error}")).collect(),
            Self::Execute(error) => error.causes(),
            Self::Token(error) => error.causes(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Refused(_) => Vec::new(),
            Self::Execute(error) => error.hints(),
            Self::Token(error) => error.hints(),
        }
    }
}

impl Explained for CompareError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Differs(_) => &token::NOT_RECOGNISED,
            Self::Silent => &token::NOT_COMPARED,
            Self::Random(_) => &unexpected::UNEXPECTED,
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
            Self::Token(error) => error.hints(),
            _ => Vec::new(),
        }
    }
}
