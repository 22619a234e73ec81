//! Adopted policies and their allowed signers: `policy/<sha256>.yaml` and `policy/<sha256>.allowed_signers`. A file is
//! named by the hash of its bytes and never changes; which of them are in force, the last checkpoint says.

use std::path::{Path, PathBuf};

use super::error::RegistryError;
use super::files;
use super::journal;
use super::layout::Layout;
use super::lock::Guard;
use super::store::Registry;
use crate::audit::checkpoint::PolicyInForce;
use crate::manifest::digest::{is_sha256, sha256_hex};

/// The largest policy, and the largest file of allowed signers, in bytes.
pub const MAX_POLICY_FILE: usize = 1 << 20;

/// What an adopted file is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PolicyFile {
    /// The policy.
    Policy,
    /// Its allowed signers (ssh-keygen(1), ALLOWED SIGNERS).
    AllowedSigners,
}

impl PolicyFile {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Policy, Self::AllowedSigners];

    /// What it is called in front of people.
    #[must_use]
    pub fn what(self) -> &'static str {
        match self {
            Self::Policy => "adopted policy",
            Self::AllowedSigners => "adopted allowed signers",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Policy => "yaml",
            Self::AllowedSigners => "allowed_signers",
        }
    }
}

impl Layout {
    /// Adopted policies.
    #[must_use]
    pub fn policies(&self) -> PathBuf {
        self.root().join("policy")
    }

    /// The adopted file whose bytes have this hash.
    #[must_use]
    pub fn policy_file(&self, kind: PolicyFile, sha256: &str) -> PathBuf {
        self.policies().join(format!("{sha256}.{}", kind.extension()))
    }
}

impl Registry {
    /// The policy in force, as the last checkpoint names it.
    ///
    /// # Errors
    /// A checkpoint that is missing or does not verify.
    pub fn policy_in_force(&self) -> Result<Option<PolicyInForce>, RegistryError> {
        journal::policy_in_force(self)
    }

    /// The bytes of the adopted file with this hash, whatever they are by now; `None` when there is none.
    ///
    /// # Errors
    /// A file that cannot be read, or is too large.
    pub fn policy_file(&self, kind: PolicyFile, sha256: &str) -> Result<Option<Vec<u8>>, RegistryError> {
        let path = self.layout().policy_file(kind, sha256);
        if !is_sha256(sha256) {
            return Err(RegistryError::Unexpected { path: path.as_path().into() });
        }
        files::read(&path, u64::try_from(MAX_POLICY_FILE).unwrap_or(u64::MAX))
    }

    /// Keeps a file under its hash, durably; one that is there with other bytes gives way. What killed runs left of
    /// such files is taken away.
    ///
    /// # Errors
    /// When the guard locks another registry, or the file could not be written.
    pub fn keep_policy_file(&self, guard: &Guard, kind: PolicyFile, bytes: &[u8]) -> Result<String, RegistryError> {
        if !guard.holds(&self.layout().lock()) {
            return Err(RegistryError::NotLocked { path: self.layout().root().into() });
        }
        let sha256 = sha256_hex(bytes);
        files::make_folders(self.layout().root(), Path::new("policy"))?;
        files::sweep(&self.layout().policies())?;
        if self.policy_file(kind, &sha256).is_ok_and(|found| found.as_deref() == Some(bytes)) {
            return Ok(sha256);
        }
        files::replace(&self.layout().policy_file(kind, &sha256), bytes)?;
        Ok(sha256)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::registry::fixture::Fixture;

    #[test]
    fn a_file_is_kept_under_its_hash_and_mended() {
        let f = Fixture::new();
        let guard = f.lock();
        for kind in PolicyFile::ALL {
            let sha256 = f.registry.keep_policy_file(&guard, kind, b"bytes").unwrap();
            let path = f.registry.layout().policy_file(kind, &sha256);
            assert_eq!(fs::read(&path).unwrap(), b"bytes");
            fs::write(&path, b"other").unwrap();
            assert_eq!(f.registry.policy_file(kind, &sha256).unwrap().unwrap(), b"other");
            f.registry.keep_policy_file(&guard, kind, b"bytes").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"bytes");
            assert_eq!(f.registry.policy_file(kind, &"ab".repeat(32)).unwrap(), None);
            assert!(matches!(f.registry.policy_file(kind, "../x"), Err(RegistryError::Unexpected { .. })));
        }
    }

    #[test]
    fn what_killed_runs_left_is_taken_away() {
        let f = Fixture::new();
        let guard = f.lock();
        f.registry.keep_policy_file(&guard, PolicyFile::Policy, b"bytes").unwrap();
        let hidden = f.registry.layout().policies().join(".x.yaml.byok-0123456789abcdef");
        fs::write(&hidden, b"half").unwrap();
        f.registry.keep_policy_file(&guard, PolicyFile::Policy, b"bytes").unwrap();
        assert!(!hidden.exists());
    }
}
