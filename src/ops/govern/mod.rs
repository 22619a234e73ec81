//! Who may do what: the adopted policy with its allowed signers, asked before anything is done.
//!
//! Which policy is in force, the last checkpoint says ([`crate::audit::checkpoint::PolicyInForce`]). Its files are read
//! by their hashes; anything else on the disk is refused, and so is a configuration that names a policy which this
//! registry has not adopted. Without an adopted policy everything is permitted, as before there were any.

mod error;
mod facts;
mod permission;
mod recovered;
mod rules;

pub use self::error::{GovernError, Question};
pub use self::facts::{of_key, of_plan, of_wish};
pub use self::permission::{Counted, Permission, Presented};
use self::rules::Rules;
use crate::approval::allowed_signers::AllowedSigners;
use crate::audit::checkpoint::PolicyInForce;
use crate::key::operation::Operation;
use crate::manifest::authorization::AuthorizationRecord;
use crate::manifest::digest::sha256_hex;
use crate::policy::Policy;
use crate::policy::request::{Decision, Permit, Request};
use crate::registry::policy::PolicyFile;
use crate::registry::store::Registry;

/// The adopted policy with its allowed signers, or nothing.
#[derive(Debug)]
pub struct Governance(State);

#[derive(Debug)]
enum State {
    /// Nobody has looked: for commands that only read. Nothing is permitted.
    Unread,
    /// No policy was adopted.
    Ungoverned,
    Governed(Box<Adopted>),
}

/// A policy in force.
#[derive(Debug)]
struct Adopted {
    in_force: PolicyInForce,
    rules: Rules,
}

impl Governance {
    /// Of a command that changes nothing; it permits nothing.
    #[must_use]
    pub fn unread() -> Self {
        Self(State::Unread)
    }

    /// Reads what is in force. `named` holds the bytes of the policy that byok.yaml names, if it names one: they must
    /// be those of the adopted policy.
    ///
    /// # Errors
    /// [`GovernError`]; then nothing is permitted.
    pub fn load(registry: &Registry, named: Option<&[u8]>) -> Result<Self, GovernError> {
        let named = named.map(sha256_hex);
        let Some(in_force) = registry.policy_in_force()? else {
            return named.map_or(Ok(Self(State::Ungoverned)), |named| Err(GovernError::NotAdopted { named }));
        };
        let adopted = &in_force.policy_sha256;
        if let Some(named) = named.filter(|named| named != adopted) {
            return Err(GovernError::Other { named, adopted: adopted.clone() });
        }
        let policy = adopted_file(registry, PolicyFile::Policy, adopted)?;
        let signers = adopted_file(registry, PolicyFile::AllowedSigners, &in_force.allowed_signers_sha256)?;
        let rules = Rules::read(&policy, &signers)?;
        Ok(Self(State::Governed(Box::new(Adopted { in_force, rules }))))
    }

    /// The policy in force, when there is one.
    #[must_use]
    pub fn in_force(&self) -> Option<&PolicyInForce> {
        match &self.0 {
            State::Governed(adopted) => Some(&adopted.in_force),
            State::Unread | State::Ungoverned => None,
        }
    }

    /// The policy and its allowed signers, when there are any.
    #[must_use]
    pub fn parts(&self) -> Option<(&Policy, &AllowedSigners)> {
        match &self.0 {
            State::Governed(adopted) => Some(adopted.rules.parts()),
            State::Unread | State::Ungoverned => None,
        }
    }

    /// The bytes of the policy in force and of its allowed signers, in this order.
    ///
    /// # Errors
    /// Files that are missing or were changed.
    pub fn files(&self, registry: &Registry) -> Result<Option<[Vec<u8>; 2]>, GovernError> {
        let Some(in_force) = self.in_force() else { return Ok(None) };
        let policy = adopted_file(registry, PolicyFile::Policy, &in_force.policy_sha256)?;
        let signers = adopted_file(registry, PolicyFile::AllowedSigners, &in_force.allowed_signers_sha256)?;
        Ok(Some([policy, signers]))
    }

    /// Whether what was read is still in force, under the lock.
    ///
    /// # Errors
    /// [`GovernError::Changed`].
    pub fn ensure_current(&self, in_force: Option<&PolicyInForce>) -> Result<(), GovernError> {
        if self.in_force() == in_force { Ok(()) } else { Err(GovernError::Changed) }
    }

    /// Asks the policy. `presented` is the approved plan that is being carried out, if there is one.
    ///
    /// # Errors
    /// A denial, or approvals that are missing or do not count.
    pub fn permit(&self, request: &Request<'_>, presented: Option<&Presented>) -> Result<Permission, GovernError> {
        match self.permitted(request)? {
            None => Ok(Permission::ungoverned()),
            Some((adopted, permit)) => adopted.permission(request, permit, presented),
        }
    }

    /// What the policy says of a request before there is a plan: a denial is refused, approvals are left to the plan.
    ///
    /// # Errors
    /// A denial.
    pub fn allows(&self, request: &Request<'_>) -> Result<Option<Permit>, GovernError> {
        Ok(self.permitted(request)?.map(|(_, permit)| permit))
    }

    fn permitted(&self, request: &Request<'_>) -> Result<Option<(&Adopted, Permit)>, GovernError> {
        let adopted = match &self.0 {
            State::Unread => return Err(GovernError::Unread),
            State::Ungoverned => return Ok(None),
            State::Governed(adopted) => adopted,
        };
        match adopted.rules.decide(request) {
            Decision::Permit(permit) => Ok(Some((adopted, adopted.with_wrap(request, permit)?))),
            Decision::Denied(denial) => {
                Err(GovernError::Denied { question: Question::of(request), denial: Box::new(denial) })
            }
        }
    }
}

impl Adopted {
    /// A rotation that wraps is a wrap, too: what the policy denies or asks for there, it denies and asks for here, or
    /// whoever may rotate a key could send it anywhere.
    fn with_wrap(&self, request: &Request<'_>, permit: Permit) -> Result<Permit, GovernError> {
        if request.operation != Operation::Rotate || request.wrap.is_none() {
            return Ok(permit);
        }
        let wrap = Request { operation: Operation::WrapForImport, ..request.clone() };
        match self.rules.decide(&wrap) {
            Decision::Permit(other) => Ok(permit.and(other)),
            Decision::Denied(denial) => {
                Err(GovernError::Denied { question: Question::of(&wrap), denial: Box::new(denial) })
            }
        }
    }

    fn permission(
        &self,
        request: &Request<'_>,
        permit: Permit,
        presented: Option<&Presented>,
    ) -> Result<Permission, GovernError> {
        let plan = match (&permit.approvals, presented) {
            (Some(requirement), None) => {
                let (question, requirement) = (Question::of(request), Box::new(requirement.clone()));
                return Err(GovernError::NeedsApprovals { question, requirement, rule: Box::new(permit.rule) });
            }
            (requirement, Some(presented)) => Some(self.rules.count(request, requirement.as_ref(), presented)?),
            (None, None) => None,
        };
        let authorization = AuthorizationRecord {
            policy_sha256: self.in_force.policy_sha256.clone(),
            allowed_signers_sha256: Some(self.in_force.allowed_signers_sha256.clone()),
            rule: permit.rule.name.clone(),
            plan,
        };
        Ok(Permission {
            authorization: Some(authorization),
            wrapping_key_listed: permit.wrapping_key_listed,
            unattended: permit.unattended,
            answered: permit.approvals.is_some(),
            rule: Some(permit.rule),
            notices: permit.notices,
        })
    }
}

/// The bytes of the policy in force, for those who only want to read it.
///
/// # Errors
/// A policy that is missing or was changed.
pub fn adopted_policy(registry: &Registry) -> Result<Option<Vec<u8>>, GovernError> {
    let in_force = registry.policy_in_force()?;
    in_force.map(|in_force| adopted_file(registry, PolicyFile::Policy, &in_force.policy_sha256)).transpose()
}

/// The bytes of an adopted file, when they are still those that were adopted.
fn adopted_file(registry: &Registry, kind: PolicyFile, sha256: &str) -> Result<Vec<u8>, GovernError> {
    let path = || registry.layout().policy_file(kind, sha256);
    let Some(bytes) = registry.policy_file(kind, sha256)? else {
        return Err(GovernError::Missing { what: kind.what(), path: path().as_path().into() });
    };
    let found = sha256_hex(&bytes);
    if found == sha256 {
        Ok(bytes)
    } else {
        Err(GovernError::Altered { what: kind.what(), path: path().as_path().into(), found })
    }
}
