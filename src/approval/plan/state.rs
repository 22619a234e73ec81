//! What a plan builds on, and what it needs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::manifest::digest::sha256_hex;
use crate::policy::request::Requirement;

/// The registry as it was when the plan was made.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BaseState {
    /// The name of its log.
    pub origin: String,
    /// Lines under the last checkpoint.
    pub checkpoint_size: u64,
    /// RFC 9162 root over these lines, lower-case hexadecimal.
    pub checkpoint_root: String,
    /// SHA-256 of the adopted policy's bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_sha256: Option<String>,
    /// SHA-256 of the bytes of its allowed signers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_signers_sha256: Option<String>,
}

/// A key version as it was when the plan was made.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyBase {
    /// `NAME@N`
    pub version: String,
    /// SHA-256 of the payload of its newest manifest.
    pub manifest_sha256: String,
}

/// A file that the command reads. Never one with a secret in it: its hash would let anybody check guesses.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InputFile {
    /// As typed; where `apply` looks for it, from its own folder.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

impl InputFile {
    /// A file with these bytes.
    #[must_use]
    pub fn of(path: &str, bytes: &[u8]) -> Self {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Self { path: path.to_owned(), size, sha256: sha256_hex(bytes) }
    }

    /// Whether this file, wherever it lies, has these bytes.
    #[must_use]
    pub fn is(&self, bytes: &[u8]) -> bool {
        *self == Self::of(&self.path, bytes)
    }
}

/// The approvals that the policy asks for, as the people who sign see them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequiredApprovals {
    /// The SSHSIG namespace in which they are given.
    pub namespace: String,
    /// How many distinct persons with distinct keys.
    pub threshold: u32,
    /// At least this many of them with this role.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<String, u32>,
    /// Whether the author counts.
    pub author_counts: bool,
    /// Whether FIDO keys must have verified their user.
    pub verify_required: bool,
}

impl RequiredApprovals {
    /// What a policy asks for, in a namespace.
    #[must_use]
    pub fn of(requirement: &Requirement, namespace: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            threshold: requirement.threshold,
            roles: requirement.roles.clone(),
            author_counts: requirement.author_counts,
            verify_required: requirement.verify_required,
        }
    }

    /// As the policy says it.
    #[must_use]
    pub fn requirement(&self) -> Requirement {
        Requirement {
            threshold: self.threshold,
            roles: self.roles.clone(),
            author_counts: self.author_counts,
            verify_required: self.verify_required,
        }
    }
}
