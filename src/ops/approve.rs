//! Whose signature under a document counts, and how many are there: `approve` asks before and after somebody signs.
//!
//! What is approved are bytes. The document says in which registry it is good and how many approvals it needs; who may
//! approve stands in the adopted policy and its allowed signers, and nowhere else.

use jiff::Timestamp;
use serde::Deserialize;

use super::govern::{GovernError, Governance};
use super::replace_signer::{self, ReplaceError};
use super::terms;
use crate::approval::allowed_signers::AllowedSigners;
use crate::approval::count::{self, CountFacts, Reason, Signature, Tally};
use crate::approval::namespace::{self, SIGNER_REPLACEMENT};
use crate::approval::plan::{self, Plan, PlanError};
use crate::approval::replacement::Replacement;
use crate::approval::ssh_key::SshKey;
use crate::approval::sshsig::SshSig;
use crate::key::operation::Operation;
use crate::manifest::digest::sha256_hex;
use crate::manifest::json;
use crate::policy::Policy;
use crate::policy::request::{Request, Requirement};
use crate::registry::error::RegistryError;
use crate::registry::store::Registry;

/// The largest document that is approved, in bytes.
pub const MAX_PAPER: usize = plan::MAX_PLAN;

/// A document that people approve.
#[derive(Debug)]
pub struct Paper {
    /// Its exact bytes, over which they sign.
    pub bytes: Vec<u8>,
    /// Their SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// What it is.
    pub kind: Kind,
}

/// What people approve.
#[derive(Debug)]
pub enum Kind {
    /// A plan.
    Plan(Box<Plan>),
    /// The statement of a new evidence signer.
    Replacement(Box<Replacement>),
}

/// Why nothing is approved.
#[derive(Debug, thiserror::Error)]
pub enum ApproveError {
    /// Another document.
    #[error("not a document that people approve")]
    Unknown,
    /// Not a plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Made for another registry.
    #[error("the document is for another registry")]
    OtherRegistry,
    /// Too late.
    #[error("the plan expired at {0}")]
    Expired(Timestamp),
    /// Too early.
    #[error("the plan was made at {0}, which is still to come")]
    NotYet(Timestamp),
    /// Made under another policy, or with other allowed signers.
    #[error("the plan was made under another policy than the adopted one")]
    OtherPolicy,
    /// What it says it needs is not what the policy asks for.
    #[error("the plan asks for other approvals than the policy")]
    Terms,
    /// A statement of a new evidence signer that cannot be carried out.
    #[error(transparent)]
    Replacement(Box<ReplaceError>),
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Nobody can approve.
    #[error("this registry has adopted no policy, so nobody is named whose approval counts")]
    NoPolicy,
    /// Nobody needs to.
    #[error("the policy asks for no approvals of this")]
    NoneNeeded,
    /// The key has more than one name.
    #[error("the key is that of {}", .0.join(" and of "))]
    Ambiguous(Vec<String>),
    /// Nobody has the key.
    #[error("the key {0} is not in the allowed signers, so its approval would not count")]
    NobodysKey(String),
    /// It would not count.
    #[error("an approval of {person} with this key would not count: {reason}")]
    WouldNotCount {
        /// Whose.
        person: String,
        /// Why.
        reason: Reason,
    },
    /// It does not count.
    #[error("the signature does not count as an approval of {person}: {reason}")]
    DoesNotCount {
        /// Whose.
        person: String,
        /// Why.
        reason: Reason,
    },
    /// The policy.
    #[error(transparent)]
    Govern(Box<GovernError>),
}

impl From<ReplaceError> for ApproveError {
    fn from(error: ReplaceError) -> Self {
        Self::Replacement(Box::new(error))
    }
}

impl From<GovernError> for ApproveError {
    fn from(error: GovernError) -> Self {
        Self::Govern(Box::new(error))
    }
}

impl Paper {
    /// Reads a document that people approve.
    ///
    /// # Errors
    /// [`ApproveError::Unknown`], or what is wrong with a plan.
    pub fn read(bytes: Vec<u8>) -> Result<Self, ApproveError> {
        #[derive(Deserialize)]
        struct Head {
            schema: String,
        }
        let head: Result<Head, _> = json::from_slice(&bytes);
        let kind = match head {
            Ok(Head { schema }) if schema == SIGNER_REPLACEMENT => {
                Kind::Replacement(Box::new(Replacement::parse(&bytes).map_err(ReplaceError::from)?))
            }
            Ok(Head { schema }) if schema != plan::SCHEMA => return Err(ApproveError::Unknown),
            // What is broken says so as a plan.
            _ => Kind::Plan(Box::new(Plan::parse(&bytes)?)),
        };
        Ok(Self { sha256: sha256_hex(&bytes), bytes, kind })
    }

    /// The namespace in which it is signed.
    #[must_use]
    pub fn namespace(&self) -> &str {
        match &self.kind {
            Kind::Plan(plan) => {
                plan.required_approvals.as_ref().map_or(namespace::APPROVAL, |needed| &needed.namespace)
            }
            Kind::Replacement(_) => namespace::RECOVERY,
        }
    }

    fn origin(&self) -> &str {
        match &self.kind {
            Kind::Plan(plan) => &plan.base_state.origin,
            Kind::Replacement(statement) => &statement.origin,
        }
    }

    fn author(&self) -> Option<&str> {
        match &self.kind {
            Kind::Plan(plan) => Some(&plan.author),
            Kind::Replacement(_) => None,
        }
    }
}

/// A document before the people who may approve it.
#[derive(Debug)]
pub struct Hearing<'a> {
    paper: &'a Paper,
    policy: &'a Policy,
    signers: &'a AllowedSigners,
    requirement: Requirement,
    now: Timestamp,
}

impl<'a> Hearing<'a> {
    /// Asks the policy whose approval of this document counts, in this registry.
    ///
    /// # Errors
    /// [`ApproveError`]: a document for which no approval can count now.
    pub fn open(
        paper: &'a Paper,
        registry: &Registry,
        governance: &'a Governance,
        now: Timestamp,
    ) -> Result<Self, ApproveError> {
        let (policy, signers) = governance.parts().ok_or(ApproveError::NoPolicy)?;
        if paper.origin() != registry.origin() {
            return Err(ApproveError::OtherRegistry);
        }
        let requirement = match &paper.kind {
            Kind::Plan(plan) => of_plan(plan, registry, governance, now)?,
            Kind::Replacement(statement) => {
                replace_signer::ensure_open(registry, statement, now)?;
                let request = Request { operation: Operation::ReplaceSigner, key: None, wrap: None, now };
                governance.allows(&request)?.and_then(|permit| permit.approvals).ok_or(ApproveError::NoneNeeded)?
            }
        };
        Ok(Self { paper, policy, signers, requirement, now })
    }

    /// How many approvals are needed, and whose.
    #[must_use]
    pub fn requirement(&self) -> &Requirement {
        &self.requirement
    }

    /// Whose key this is: the person who was named, or the only one of the policy who has it.
    ///
    /// # Errors
    /// Several people have it; or nobody, or somebody else, or it does not count for another reason.
    pub fn person_of(&self, key: &SshKey, named: Option<&str>) -> Result<String, ApproveError> {
        let mut people: Vec<String> = match named {
            Some(name) => vec![name.to_owned()],
            None => self.signers.of_key(key).flat_map(|line| line.people.clone()).collect(),
        };
        people.sort_unstable();
        people.dedup();
        // Of several names of one key the policy may know one.
        if people.len() > 1 && people.iter().any(|name| self.policy.people().contains_key(name)) {
            people.retain(|name| self.policy.people().contains_key(name));
        }
        let person = match &people[..] {
            [] => return Err(ApproveError::NobodysKey(key.fingerprint())),
            [person] => person.clone(),
            _ => return Err(ApproveError::Ambiguous(people)),
        };
        match count::eligible_key(&self.requirement, &self.facts(), &person, key) {
            Ok(()) => Ok(person),
            Err(reason) => Err(ApproveError::WouldNotCount { person, reason }),
        }
    }

    /// Whether this signature counts, whatever others there are.
    ///
    /// # Errors
    /// [`ApproveError::DoesNotCount`].
    pub fn check(&self, signature: &Signature) -> Result<SshSig, ApproveError> {
        count::judge(&self.requirement, &self.facts(), signature)
            .map_err(|reason| ApproveError::DoesNotCount { person: signature.name.clone(), reason })
    }

    /// What counts of these signatures, and what does not.
    #[must_use]
    pub fn tally(&self, signatures: &[Signature]) -> Tally {
        count::tally(&self.requirement, &self.facts(), signatures)
    }

    /// What these signatures lack to suffice; nothing when they do.
    #[must_use]
    pub fn lacking(&self, signatures: &[Signature]) -> Option<String> {
        count::count(&self.requirement, &self.facts(), signatures).err().map(|error| error.shortfall.to_string())
    }

    fn facts(&self) -> CountFacts<'_> {
        CountFacts {
            message: &self.paper.bytes,
            namespace: self.paper.namespace(),
            author: self.paper.author(),
            now: self.now,
            signers: self.signers,
            people: self.policy.people(),
            revoked: self.policy.revoked_keys(),
        }
    }
}

/// What the plan says it needs, when it is one of now and of the policy in force.
fn of_plan(
    plan: &Plan,
    registry: &Registry,
    governance: &Governance,
    now: Timestamp,
) -> Result<Requirement, ApproveError> {
    if now < plan.created_at {
        return Err(ApproveError::NotYet(plan.created_at));
    }
    if now >= plan.expires_at {
        return Err(ApproveError::Expired(plan.expires_at));
    }
    let base = &plan.base_state;
    let hashes = governance.in_force().map(|adopted| (&adopted.policy_sha256, &adopted.allowed_signers_sha256));
    if base.policy_sha256.as_ref().zip(base.allowed_signers_sha256.as_ref()) != hashes {
        return Err(ApproveError::OtherPolicy);
    }
    if !terms::are_the_policys(registry, governance, plan)? {
        return Err(ApproveError::Terms);
    }
    plan.required_approvals.as_ref().map(plan::RequiredApprovals::requirement).ok_or(ApproveError::NoneNeeded)
}
