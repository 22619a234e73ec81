//! A policy and its allowed signers before they are in force: each strict, and both together.

use std::collections::BTreeMap;

use crate::approval::allowed_signers::{AllowedSigners, AllowedSignersError};
use crate::audit::checkpoint::PolicyInForce;
use crate::manifest::digest::sha256_hex;
use crate::policy::{Outcome, Policy, PolicyError};

/// Two files that may be put in force.
#[derive(Debug)]
pub struct Candidate {
    /// The policy.
    pub policy: Policy,
    /// Its allowed signers.
    pub signers: AllowedSigners,
    /// The policy's bytes.
    pub policy_bytes: Vec<u8>,
    /// The bytes of its allowed signers.
    pub signers_bytes: Vec<u8>,
    /// SHA-256 of the policy's bytes.
    pub policy_sha256: String,
    /// SHA-256 of the bytes of its allowed signers.
    pub signers_sha256: String,
}

/// Why they may not.
#[derive(Debug, thiserror::Error)]
pub enum CandidateError {
    /// The policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The allowed signers.
    #[error(transparent)]
    Signers(#[from] AllowedSignersError),
    /// The policy's own tests say that it does not do what it should.
    #[error("{} of the policy's own tests {} not hold", .0.len(), if .0.len() == 1 { "does" } else { "do" })]
    Tests(Vec<Outcome>),
    /// People of the policy who could not approve anything.
    #[error("{} no key in the allowed signers that the policy has not revoked", have(.0))]
    Keyless(Vec<String>),
}

/// `alice has`, `alice and bob have`
fn have(people: &[String]) -> String {
    match people {
        [only] => format!("{only} has"),
        [rest @ .., last] => format!("{} and {last} have", rest.join(", ")),
        [] => "nobody has".to_owned(),
    }
}

impl Candidate {
    /// Reads both files, runs the policy's own tests, and holds the one against the other.
    ///
    /// # Errors
    /// [`CandidateError`].
    pub fn read(policy_bytes: Vec<u8>, signers_bytes: Vec<u8>) -> Result<Self, CandidateError> {
        let policy = Policy::parse(&policy_bytes)?;
        let signers = AllowedSigners::parse(&signers_bytes)?;
        let failed: Vec<Outcome> = policy.run_examples().into_iter().filter(|it| it.surprise.is_some()).collect();
        if !failed.is_empty() {
            return Err(CandidateError::Tests(failed));
        }
        let keyless: Vec<String> =
            policy.people().keys().filter(|person| !has_key(&policy, &signers, person)).cloned().collect();
        if !keyless.is_empty() {
            return Err(CandidateError::Keyless(keyless));
        }
        let (policy_sha256, signers_sha256) = (sha256_hex(&policy_bytes), sha256_hex(&signers_bytes));
        Ok(Self { policy, signers, policy_bytes, signers_bytes, policy_sha256, signers_sha256 })
    }

    /// Whether this is what is in force.
    #[must_use]
    pub fn is(&self, in_force: &PolicyInForce) -> bool {
        in_force.policy_sha256 == self.policy_sha256 && in_force.allowed_signers_sha256 == self.signers_sha256
    }

    /// People of the allowed signers who are none of the policy's: their signatures count for nothing.
    #[must_use]
    pub fn strangers(&self) -> Vec<&str> {
        let people = self.policy.people();
        self.signers.people().into_iter().filter(|person| !people.contains_key(*person)).collect()
    }

    /// Keys that several people of the policy have: a signature with one counts for one of them.
    #[must_use]
    pub fn shared(&self) -> Vec<(String, Vec<&str>)> {
        let mut by_key: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for signer in self.signers.signers() {
            let people = by_key.entry(signer.key.fingerprint()).or_default();
            people.extend(signer.people.iter().map(String::as_str));
            people.sort_unstable();
            people.dedup();
        }
        by_key.into_iter().filter(|(_, people)| people.len() > 1).collect()
    }
}

fn has_key(policy: &Policy, signers: &AllowedSigners, person: &str) -> bool {
    let mut own = signers.signers().iter().filter(|signer| signer.people.iter().any(|name| name == person));
    own.any(|signer| !policy.revoked_keys().contains_key(&signer.key.fingerprint()))
}
