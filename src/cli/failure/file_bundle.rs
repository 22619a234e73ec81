//! Errors of bundles that are made from key files.

use super::Explained;
use super::key::purposes;
use crate::cli::codes::{Code, unexpected, usage};
use crate::ops::file_bundle::FileBundleError;

impl Explained for FileBundleError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Check(error) => error.code(),
            Self::Command(error) => error.code(),
            Self::Length(_) | Self::Package(_) | Self::Software(_) => &unexpected::UNEXPECTED,
            Self::Purpose { .. } => &usage::PURPOSE,
            Self::Registry(error) => error.code(),
            Self::Seal(error) => error.code(),
            Self::Statement(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Check(error) => error.causes(),
            Self::Command(error) => error.causes(),
            Self::Registry(error) => error.causes(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Check(error) => error.hints(),
            Self::Command(error) => error.hints(),
            Self::Purpose { spec, .. } => purposes(*spec),
            Self::Registry(error) => error.hints(),
            Self::Seal(error) => error.hints(),
            _ => Vec::new(),
        }
    }
}
