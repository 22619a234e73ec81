//! Errors of the registry, its locks and its log.

use super::Explained;
use crate::cli::codes::{Code, key, storage, token, unexpected, usage, verification};
use crate::ops::access::RegistryError;

impl Explained for RegistryError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Io { .. } | Self::Stopped => &storage::REGISTRY_IO,
            Self::Missing { .. } => &storage::NO_REGISTRY,
            Self::Insecure { .. } => &storage::INSECURE,
            Self::Malformed { .. } | Self::Unexpected { .. } | Self::NoManifest(_) => &storage::MALFORMED,
            Self::Clock { .. } => &key::CLOCK,
            Self::Exists { .. } => &usage::OUTPUT_EXISTS,
            Self::InBundle { .. } => &usage::NESTED_BUNDLES,
            Self::Locked { .. } => &storage::LOCKED,
            Self::Manifest { .. } => &verification::MANIFEST,
            Self::Log(_) => &verification::LOG,
            Self::Unreleased { .. } | Self::NoIntent(_) => &storage::UNFINISHED,
            Self::Entry(_) | Self::NotLocked { .. } | Self::Random(_) => &unexpected::UNEXPECTED,
            Self::Sign(_) => &token::NOT_SIGNED,
        }
    }

    fn hints(&self) -> Vec<String> {
        if let Self::Insecure { path, why } = self
            && why.contains("written")
        {
            return vec![format!("chmod -R go-w {path}   and verify the registry if others could write it")];
        }
        let hint = match self {
            Self::Missing { .. } => "name the registry with --registry, or make one with `byok init`",
            Self::Exists { .. } => "name another output, or move this one away",
            Self::InBundle { .. } => "name another folder with --out",
            Self::Clock { .. } => "set the clock of this host right",
            Self::Locked { .. } => "wait for it, or raise --lock-timeout",
            Self::Unreleased { .. } | Self::NoIntent(_) => "byok recover",
            _ => return Vec::new(),
        };
        vec![hint.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::cli::failure::Failure;

    #[test]
    fn what_exists_is_usage_and_what_fails_is_storage() {
        let path = || Path::new("/r").into();
        assert_eq!(Failure::from(RegistryError::Exists { path: path() }).exit(), 2);
        assert_eq!(Failure::from(RegistryError::Missing { path: path() }).exit(), 9);
        assert_eq!(Failure::from(RegistryError::Stopped).exit(), 9);
        let differs = RegistryError::Manifest { path: path(), difference: "x".to_owned() };
        assert_eq!(Failure::from(differs).exit(), 8);
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let error = RegistryError::Io { path: path(), what: "write", source: full };
        assert!(Failure::from(error).render(false).contains("cause: no storage space"));
    }
}
