//! A wrap before the policy: which of its methods are permitted, and what the policy knows of the wrapping key.

use jiff::Timestamp;

use super::authenticate::AuthenticatedBy;
use super::check::Checked;
use crate::key::exposure::Exposure;
use crate::key::method::WrapMethod;
use crate::key::operation::Operation;
use crate::ops::govern::{GovernError, Governance, Permission, Presented, of_key};
use crate::policy::request::{KeyFacts, Request, WrapFacts};
use crate::provider::{Challenge, Destination};

/// What a policy is told of a wrap, whatever key is wrapped.
#[must_use]
pub fn facts<'a>(
    provider: &'a str,
    (challenge, sha256): (&'a Challenge, &'a str),
    destination: &'a Destination,
    method: Option<WrapMethod>,
    by: AuthenticatedBy,
) -> WrapFacts<'a> {
    WrapFacts {
        provider,
        account: destination.account(),
        resource: challenge.resource.as_deref(),
        host: destination.host(),
        target: destination.target(),
        method,
        wrapping_key_sha256: sha256,
        pinned: by == AuthenticatedBy::Pinned,
    }
}

impl Checked {
    /// Asks the policy with all that is known before a token is: the methods that it denies are no longer chosen from, a
    /// wrapping key that it lists is authenticated by that, and what was consented to may not exceed its ceiling.
    ///
    /// # Errors
    /// A denial of every method, or approvals that are missing.
    pub fn govern(
        &mut self,
        governance: &Governance,
        presented: Option<&Presented>,
        now: Timestamp,
    ) -> Result<Permission, GovernError> {
        let allowed = |checked: &Self, method: WrapMethod| {
            governance.allows(&checked.question(Some(method), checked.consent, now)).map(|_| ())
        };
        let mut denied = None;
        let methods: Vec<WrapMethod> = self
            .methods
            .iter()
            .copied()
            .filter(|method| allowed(self, *method).map_err(|error| denied.get_or_insert(error)).is_ok())
            .collect();
        if let (true, Some(error)) = (methods.is_empty(), denied) {
            return Err(error);
        }
        self.takes = self.takes.iter().copied().filter(|method| allowed(self, *method).is_ok()).collect();
        self.methods = methods;
        let only = <[WrapMethod; 1]>::try_from(self.methods.as_slice()).ok().map(|[method]| method);
        let permission = governance.permit(&self.question(only, self.consent, now), presented)?;
        if permission.wrapping_key_listed && self.authenticated_by == AuthenticatedBy::None {
            self.authenticated_by = AuthenticatedBy::Policy;
        }
        Ok(permission)
    }

    /// What the policy is asked. `exposure` is the worst that this wrap may lead to.
    #[must_use]
    pub fn question(&self, method: Option<WrapMethod>, exposure: Exposure, now: Timestamp) -> Request<'_> {
        let predicate = &self.manifest.statement.predicate;
        // A type or purpose that is not known was refused before: the two are in `self`, too.
        let key = of_key(&self.id.key, predicate, exposure).unwrap_or_else(|| KeyFacts {
            name: &self.id.key,
            spec: self.spec,
            purpose: self.purpose,
            owner: predicate.owner.as_deref(),
            attributes: &predicate.attributes,
            exposure: Exposure::Plaintext,
            made_at: None,
            protect_stop: None,
        });
        let wrapping_key = (&self.challenge, self.wrapping_key_sha256.as_str());
        let wrap = facts(self.provider.id, wrapping_key, &self.destination, method, self.authenticated_by);
        Request { operation: Operation::WrapForImport, key: Some(key), wrap: Some(wrap), now }
    }
}
