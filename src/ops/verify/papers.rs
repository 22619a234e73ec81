//! What a registry keeps of its policies, plans and approvals, as an auditor reads it: by hash, each policy once.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::failure::{Failure, FailureKind};
use crate::approval::allowed_signers::AllowedSigners;
use crate::manifest::digest::sha256_hex;
use crate::policy::Policy;

/// A file of a registry that its manifests name.
#[derive(Clone, Copy, Debug)]
pub enum Paper<'a> {
    /// `policy/<sha256>.yaml`
    Policy(&'a str),
    /// `policy/<sha256>.allowed_signers`
    AllowedSigners(&'a str),
    /// `plans/<sha256>.json`
    Plan(&'a str),
    /// `approvals/<plan>/<person>.sshsig`
    Approval {
        /// SHA-256 of the plan.
        plan: &'a str,
        /// Whose it is.
        person: &'a str,
    },
}

/// The bytes of a file; nothing where it is not there; or why it cannot be read.
pub type ReadPaper<'a> = dyn Fn(Paper<'_>) -> Result<Option<Vec<u8>>, String> + Sync + 'a;

/// The papers of one registry.
pub struct Papers<'a> {
    read: &'a ReadPaper<'a>,
    rules: Mutex<HashMap<(String, String), Arc<Rules>>>,
}

/// A policy with its allowed signers.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) policy: Policy,
    pub(super) signers: AllowedSigners,
}

impl fmt::Debug for Papers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Papers").finish_non_exhaustive()
    }
}

impl<'a> Papers<'a> {
    /// Papers that are read on demand.
    #[must_use]
    pub fn new(read: &'a ReadPaper<'a>) -> Self {
        Self { read, rules: Mutex::default() }
    }

    /// A file's bytes.
    pub(super) fn get(&self, paper: Paper<'_>) -> Result<Vec<u8>, Failure> {
        let read = (self.read)(paper).map_err(|why| Failure::new(FailureKind::Read, format!("{paper}: {why}")))?;
        read.ok_or_else(|| Failure::new(FailureKind::FileMissing, format!("{paper} is not there")))
    }

    /// The same, with the hash that names it.
    pub(super) fn hashed(&self, paper: Paper<'_>, sha256: &str) -> Result<Vec<u8>, Failure> {
        let bytes = self.get(paper)?;
        let found = sha256_hex(&bytes);
        let same = found == sha256;
        same.then_some(bytes)
            .ok_or_else(|| Failure::new(FailureKind::FileMismatch, format!("{paper} is another file: SHA-256 {found}")))
    }

    /// A policy and its allowed signers, by their hashes.
    pub(super) fn rules(&self, policy: &str, signers: &str) -> Result<Arc<Rules>, Failure> {
        let key = (policy.to_owned(), signers.to_owned());
        if let Some(known) = self.rules.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(known));
        }
        let malformed = |paper: Paper<'_>, why: String| Failure::new(FailureKind::Malformed, format!("{paper}: {why}"));
        let (of_policy, of_signers) = (Paper::Policy(policy), Paper::AllowedSigners(signers));
        let policy =
            Policy::parse(&self.hashed(of_policy, policy)?).map_err(|error| malformed(of_policy, error.to_string()))?;
        let signers = AllowedSigners::parse(&self.hashed(of_signers, signers)?)
            .map_err(|error| malformed(of_signers, error.to_string()))?;
        let rules = Arc::new(Rules { policy, signers });
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&rules));
        Ok(rules)
    }
}

impl fmt::Display for Paper<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy(sha256) => write!(f, "policy/{sha256}.yaml"),
            Self::AllowedSigners(sha256) => write!(f, "policy/{sha256}.allowed_signers"),
            Self::Plan(sha256) => write!(f, "plans/{sha256}.json"),
            Self::Approval { plan, person } => write!(f, "approvals/{plan}/{person}.sshsig"),
        }
    }
}
