//! Where everything in a registry is.
//!
//! ```text
//! registry.json                        schema, origin, created
//! keys/NAME@N/manifest-0001.dsse.json  immutable
//! audit/log-000000.jsonl               65,536 entries a file
//! audit/checkpoints.jsonl              every checkpoint, one envelope a line
//! audit/checkpoint                     the last one, a C2SP note
//! audit/checkpoint.dsse.json           the same, signed
//! policy/<sha256>.yaml                 adopted policies, and their .allowed_signers
//! trust/signer.pem                     evidence signers
//! trust/replacements/SHA256.json       statements that put a new one in the place of a lost one
//! plans/SHA256.json                    plans that were applied
//! approvals/SHA256/PERSON.sshsig       approvals of plans
//! runs/SHA256.json                     rotations that are open; runs/ended/ when they are done
//! cache/                               derived and disposable
//! lock                                 flock
//! ```

use std::path::{Path, PathBuf};

use crate::key::version::KeyVersionId;

/// Entries in one file of the log.
pub const LOG_FILE_ENTRIES: u64 = 65_536;
/// The folders of a registry.
pub const FOLDERS: [&str; 4] = ["audit", "cache", "keys", "trust"];

/// The paths of one registry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The registry in this folder. No file is touched.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What the registry says of itself.
    #[must_use]
    pub fn registry_json(&self) -> PathBuf {
        self.root.join("registry.json")
    }

    /// All key versions.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The manifests of one key version.
    #[must_use]
    pub fn key(&self, id: &KeyVersionId) -> PathBuf {
        self.keys().join(id.to_string())
    }

    /// One manifest.
    #[must_use]
    pub fn manifest(&self, id: &KeyVersionId, revision: u32) -> PathBuf {
        self.key(id).join(manifest_name(revision))
    }

    /// The log and its checkpoints.
    #[must_use]
    pub fn audit(&self) -> PathBuf {
        self.root.join("audit")
    }

    /// The file that holds the entry `seq`.
    #[must_use]
    pub fn log_file(&self, seq: u64) -> PathBuf {
        let index = seq.checked_div(LOG_FILE_ENTRIES).unwrap_or_default();
        self.audit().join(format!("log-{index:06}.jsonl"))
    }

    /// Every checkpoint that was signed.
    #[must_use]
    pub fn checkpoints(&self) -> PathBuf {
        self.audit().join("checkpoints.jsonl")
    }

    /// The last checkpoint as a note.
    #[must_use]
    pub fn checkpoint_note(&self) -> PathBuf {
        self.audit().join("checkpoint")
    }

    /// The last checkpoint as an envelope.
    #[must_use]
    pub fn checkpoint(&self) -> PathBuf {
        self.audit().join("checkpoint.dsse.json")
    }

    /// Public keys of evidence signers, PEM.
    #[must_use]
    pub fn trust(&self) -> PathBuf {
        self.root.join("trust")
    }

    /// The signer that `init` made.
    #[must_use]
    pub fn signer(&self) -> PathBuf {
        self.trust().join("signer.pem")
    }

    /// Derived and disposable.
    #[must_use]
    pub fn cache(&self) -> PathBuf {
        self.root.join("cache")
    }

    /// The lock's file.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }
}

/// `manifest-0001.dsse.json`; more digits when four do not suffice.
#[must_use]
pub fn manifest_name(revision: u32) -> String {
    format!("manifest-{revision:04}.dsse.json")
}

/// The revision in a manifest's file name, which has one spelling.
#[must_use]
pub fn manifest_revision(name: &str) -> Option<u32> {
    let digits = name.strip_prefix("manifest-")?.strip_suffix(".dsse.json")?;
    let revision = digits.parse().ok()?;
    (revision > 0 && manifest_name(revision) == name).then_some(revision)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_has_one_name() {
        assert_eq!(manifest_revision("manifest-0001.dsse.json"), Some(1));
        assert_eq!(manifest_revision("manifest-12345.dsse.json"), Some(12345));
        for bad in
            ["manifest-1.dsse.json", "manifest-0000.dsse.json", "manifest-00001.dsse.json", "manifest-+001.dsse.json"]
        {
            assert_eq!(manifest_revision(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_log_rolls_at_65536() {
        let layout = Layout::new("/r");
        assert_eq!(layout.log_file(65_535), Path::new("/r/audit/log-000000.jsonl"));
        assert_eq!(layout.log_file(65_536), Path::new("/r/audit/log-000001.jsonl"));
    }

    #[test]
    fn a_name_with_slashes_is_a_path() {
        let id: KeyVersionId = "payments/kek@3".parse().unwrap();
        assert_eq!(Layout::new("/r").manifest(&id, 2), Path::new("/r/keys/payments/kek@3/manifest-0002.dsse.json"));
    }
}
