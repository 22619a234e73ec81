//! What a registry keeps of its policies, plans and approvals, as an auditor reads it: by hash, each policy once.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::failure::{Failure, FailureKind};
use crate::approval::allowed_signers::AllowedSigners;
use crate::approval::plan::Plan;
use crate::manifest::authorization::ApprovalRecord;
use crate::manifest::digest::sha256_hex;
use crate::policy::Policy;

/// A plan of up to so many bytes is read again for each manifest that names it.
const SMALL_PLAN: usize = 64 << 10;

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
    plans: Mutex<HashMap<String, Arc<Kept>>>,
}

/// A plan that was read, for all manifests that name it.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) plan: Plan,
    pub(super) bytes: Vec<u8>,
    counted: Mutex<HashSet<Counted>>,
}

/// Approvals that were found good under the plan's policy: in which namespace, which, and at what time.
type Counted = (&'static str, Vec<ApprovalRecord>, Timestamp);

impl Kept {
    /// Whether these approvals were counted before.
    pub(super) fn has_counted(&self, asked: &Counted) -> bool {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).contains(asked)
    }

    /// They are good.
    pub(super) fn count(&self, asked: Counted) {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).insert(asked);
    }
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
        Self { read, rules: Mutex::default(), plans: Mutex::default() }
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

    /// A plan, by its hash.
    pub(super) fn plan(&self, paper: Paper<'_>, sha256: &str) -> Result<Arc<Kept>, Failure> {
        // Held while it is read, so that no other thread does it too.
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = plans.get(sha256) {
            return Ok(Arc::clone(known));
        }
        let bytes = self.hashed(paper, sha256)?;
        let plan =
            Plan::parse(&bytes).map_err(|error| Failure::new(FailureKind::Malformed, format!("{paper}: {error}")))?;
        let kept = Arc::new(Kept { plan, bytes, counted: Mutex::default() });
        // Large ones alone are worth the memory: they are about many keys.
        if kept.bytes.len() > SMALL_PLAN {
            plans.insert(sha256.to_owned(), Arc::clone(&kept));
        }
        Ok(kept)
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
