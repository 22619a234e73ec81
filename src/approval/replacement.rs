//! The statement that puts a new evidence signer in the place of a lost one. The lost one cannot sign it; people do.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::allowed_signers::AllowedSigners;
use super::count::{ApprovalError, CountFacts, Signature, count};
use super::namespace::{RECOVERY, SIGNER_REPLACEMENT};
use crate::audit::checkpoint::PolicyInForce;
use crate::key::operation::Operation;
use crate::manifest::authorization::ApprovalRecord;
use crate::manifest::digest::is_sha256;
use crate::manifest::json;
use crate::manifest::succession::Succession;
use crate::manifest::verifying_key::VerifyingKey;
use crate::policy::Policy;
use crate::policy::request::{Decision, Request};

/// The largest statement, in bytes.
pub const MAX_BYTES: usize = 16 << 10;

/// The statement. Its bytes have one form: what [`Replacement::to_json`] writes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Replacement {
    /// [`SIGNER_REPLACEMENT`].
    pub schema: String,
    /// The log whose signer is replaced.
    pub origin: String,
    /// The signer that is lost.
    pub old_signer: SignerKey,
    /// The one that takes its place.
    pub new_signer: NewSigner,
    /// The last checkpoint of the lost signer.
    pub checkpoint: CheckpointRef,
    /// The policy that says whose approvals are needed, as that checkpoint names it.
    pub policy: PolicyRef,
    /// 32 random bytes in hexadecimal: no two statements are alike.
    pub nonce: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A signer's public key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignerKey {
    /// SHA-256 of the DER SPKI.
    pub spki_sha256: String,
    /// The DER SPKI in base64.
    pub spki: String,
}

/// The new signer, and where it is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSigner {
    /// SHA-256 of the DER SPKI.
    pub spki_sha256: String,
    /// The DER SPKI in base64.
    pub spki: String,
    /// `CKA_LABEL` of both halves.
    pub key_label: String,
    /// `CKA_ID`, lower-case hexadecimal.
    pub object_id: String,
    /// The key type: `ec-p256`.
    #[serde(rename = "type")]
    pub key_type: String,
    /// Serial of its token.
    pub token_serial: String,
    /// Label of its token.
    pub token_label: String,
}

/// A checkpoint.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointRef {
    /// Entries that it covers.
    pub size: u64,
    /// Their RFC 9162 root in base64, as in the checkpoint itself.
    pub root: String,
}

/// A policy and its allowed signers, by the SHA-256 of their bytes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyRef {
    /// Of the policy.
    pub sha256: String,
    /// Of the allowed signers.
    pub allowed_signers_sha256: String,
}

/// Why a statement replaces nothing.
#[derive(Debug, thiserror::Error)]
pub enum ReplacementError {
    /// Not a statement in its one form.
    #[error("not a {SIGNER_REPLACEMENT} document as byok writes it: {0}")]
    Form(String),
    /// The policy does not permit it.
    #[error("the policy does not permit it: {0}")]
    Denied(String),
    /// Approvals are missing.
    #[error("{0}")]
    Approvals(ApprovalError),
}

impl Replacement {
    /// Reads a statement, and refuses every other spelling of it: people sign its bytes.
    ///
    /// # Errors
    /// [`ReplacementError::Form`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ReplacementError> {
        let form = |what: &str| ReplacementError::Form(what.to_owned());
        if bytes.len() > MAX_BYTES {
            return Err(form("it is too large"));
        }
        let read: Self = json::from_slice(bytes).map_err(|error| ReplacementError::Form(error.to_string()))?;
        if read.schema != SIGNER_REPLACEMENT {
            return Err(form("another schema"));
        }
        if read.to_json() != bytes {
            return Err(form("another spelling of the same values"));
        }
        let hashes = [&read.policy.sha256, &read.policy.allowed_signers_sha256, &read.nonce];
        if !hashes.into_iter().all(|text| is_sha256(text)) {
            return Err(form("a hash or the nonce is not 64 lower-case hexadecimal digits"));
        }
        let (old, new) = (read.old_key()?, read.new_key()?);
        if old.spki_sha256() == new.spki_sha256() {
            return Err(form("the new signer is the old one"));
        }
        Ok(read)
    }

    /// The bytes that people sign.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// The lost signer's key.
    ///
    /// # Errors
    /// When it is none that signs evidence, or has another hash.
    pub fn old_key(&self) -> Result<VerifyingKey, ReplacementError> {
        key("oldSigner", &self.old_signer.spki, &self.old_signer.spki_sha256)
    }

    /// The new signer's key.
    ///
    /// # Errors
    /// When it is none that signs evidence, or has another hash.
    pub fn new_key(&self) -> Result<VerifyingKey, ReplacementError> {
        key("newSigner", &self.new_signer.spki, &self.new_signer.spki_sha256)
    }

    /// The DER SPKI of the new signer.
    #[must_use]
    pub fn new_spki(&self) -> Vec<u8> {
        STANDARD.decode(&self.new_signer.spki).unwrap_or_default()
    }

    /// The DER SPKI of the lost signer.
    #[must_use]
    pub fn old_spki(&self) -> Vec<u8> {
        STANDARD.decode(&self.old_signer.spki).unwrap_or_default()
    }

    /// What it comes to for those who verify.
    ///
    /// # Errors
    /// A key that signs no evidence.
    pub fn succession(&self) -> Result<Succession, ReplacementError> {
        Ok(Succession {
            origin: self.origin.clone(),
            old: self.old_signer.spki_sha256.clone(),
            new: self.new_key()?,
            entries: self.checkpoint.size,
        })
    }

    /// Whether the policy is this one.
    #[must_use]
    pub fn is_under(&self, policy: &PolicyInForce) -> bool {
        let PolicyRef { sha256, allowed_signers_sha256 } = &self.policy;
        *sha256 == policy.policy_sha256 && *allowed_signers_sha256 == policy.allowed_signers_sha256
    }

    /// The approvals that count, at this time, by the rules of the policy for `replace-signer`.
    ///
    /// # Errors
    /// A policy that names no approvals, or approvals that do not suffice.
    pub fn approvals(
        &self,
        (policy, signers): (&Policy, &AllowedSigners),
        signatures: &[Signature],
        now: Timestamp,
    ) -> Result<Vec<ApprovalRecord>, ReplacementError> {
        let request = Request { operation: Operation::ReplaceSigner, key: None, wrap: None, now };
        let requirement = match policy.decide(&request) {
            Decision::Permit(permit) => permit.approvals,
            Decision::Denied(denial) => return Err(ReplacementError::Denied(denial.why)),
        };
        // Nobody in particular makes the statement, so nobody is its author.
        let requirement = requirement.ok_or_else(|| ReplacementError::Denied("it asks for no approvals".to_owned()))?;
        let message = self.to_json();
        let facts = CountFacts {
            message: &message,
            namespace: RECOVERY,
            author: None,
            now,
            signers,
            people: policy.people(),
            revoked: policy.revoked_keys(),
        };
        count(&requirement, &facts, signatures).map_err(ReplacementError::Approvals)
    }
}

fn key(what: &str, spki: &str, sha256: &str) -> Result<VerifyingKey, ReplacementError> {
    let form = |why: &str| ReplacementError::Form(format!("{what}: {why}"));
    let der = STANDARD.decode(spki).map_err(|_| form("spki is not base64"))?;
    let key = VerifyingKey::from_spki(&der).map_err(|_| form("not a key that signs evidence"))?;
    if key.spki_sha256() == sha256 { Ok(key) } else { Err(form("spkiSha256 is not that of spki")) }
}
