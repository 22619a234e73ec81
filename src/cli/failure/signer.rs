//! Errors of a new evidence signer.

use super::Explained;
use crate::approval::replacement::ReplacementError;
use crate::cli::codes::{Code, policy, policy_file, signer, token, unexpected};
use crate::ops::replace_signer::ReplaceError;

impl Explained for ReplacementError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Form(_) => &policy_file::NO_STATEMENT,
            Self::Denied(_) => &policy::DENIED,
            Self::Approvals(_) => &signer::APPROVALS,
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Approvals(error) => error.tally.rejected.iter().map(ToString::to_string).collect(),
            Self::Form(_) | Self::Denied(_) => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Approvals(_) => vec!["byok approve STATEMENT --key KEY   adds an approval".to_owned()],
            Self::Form(_) => vec!["byok signer replace --out STATEMENT   writes one".to_owned()],
            Self::Denied(_) => Vec::new(),
        }
    }
}

impl Explained for ReplaceError {
    fn code(&self) -> &'static Code {
        match self {
            Self::NoPolicy => &signer::NO_POLICY,
            Self::NotLost(_) => &signer::NOT_LOST,
            Self::Mismatch(_) => &signer::MISMATCH,
            Self::Time(_) => &signer::TIME,
            Self::Statement(error) => error.code(),
            Self::Make(error) => error.code(),
            Self::PublicKey(_) => &token::BAD_ANSWER,
            Self::Random => &unexpected::UNEXPECTED,
            Self::Govern(error) => error.code(),
            Self::Registry(error) => error.code(),
            Self::Session(error) => error.code(),
            Self::Token(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Statement(error) => error.causes(),
            Self::Make(error) => error.causes(),
            Self::Govern(error) => error.causes(),
            Self::Registry(error) => error.causes(),
            Self::Session(error) => error.causes(),
            Self::Token(error) => error.causes(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NotLost(_) => vec!["--token LABEL   names the new token".to_owned()],
            Self::Mismatch(_) => vec!["byok signer replace --out STATEMENT   makes a new one".to_owned()],
            Self::Time(_) => vec!["date -u   shows this host's time".to_owned()],
            Self::Statement(error) => error.hints(),
            Self::Make(error) => error.hints(),
            Self::Govern(error) => error.hints(),
            Self::Registry(error) => error.hints(),
            Self::Session(error) => error.hints(),
            Self::Token(error) => error.hints(),
            _ => Vec::new(),
        }
    }
}
