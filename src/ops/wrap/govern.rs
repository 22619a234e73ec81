//! A wrap before the policy: which of its methods are permitted, and what the policy knows of the wrapping key.

use jiff::Timestamp;

use super::authenticate::AuthenticatedBy;
use super::check::Checked;
use crate::key::exposure::Exposure;
use crate::key::method::WrapMethod;
use crate::key::operation::Operation;
use crate::ops::govern::{GovernError, Governance, Permission, of_key};
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
    /// Takes away the methods that the policy denies: the planner chooses among the others. What was consented to may not
    /// exceed the policy's ceiling.
    ///
    /// # Errors
    /// A denial of every method.
    pub fn restrict(&mut self, governance: &Governance, now: Timestamp) -> Result<(), GovernError> {
        let ask = |method: &WrapMethod| governance.allows(&self.question(Some(*method), self.consent, now)).map(|_| ());
        let (mut methods, mut denied) = (Vec::new(), None);
        for method in &self.methods {
            match ask(method) {
                Ok(()) => methods.push(*method),
                Err(error) => denied = denied.or(Some(error)),
            }
        }
        if let (true, Some(error)) = (methods.is_empty(), denied) {
            return Err(error);
        }
        let takes = self.takes.iter().copied().filter(|method| ask(method).is_ok()).collect();
        (self.methods, self.takes) = (methods, takes);
        Ok(())
    }

    /// What the policy is asked before a token is: the method only where there is no choice, the exposure at most.
    #[must_use]
    pub fn first_question(&self, now: Timestamp) -> Request<'_> {
        let only = <[WrapMethod; 1]>::try_from(self.methods.as_slice()).ok().map(|[method]| method);
        self.question(only, self.consent, now)
    }

    /// A wrapping key that the policy lists is authenticated by that, unless it was pinned.
    pub fn trust(&mut self, permission: &Permission) {
        if permission.wrapping_key_listed && self.authenticated_by == AuthenticatedBy::None {
            self.authenticated_by = AuthenticatedBy::Policy;
        }
    }

    /// What the policy is asked. `exposure` is the worst that this wrap may lead to.
    #[must_use]
    pub fn question(&self, method: Option<WrapMethod>, exposure: Exposure, now: Timestamp) -> Request<'_> {
        let predicate = &self.manifest.statement.predicate;
        // A type or purpose that is not known was refused before: the two are in `self`, too.
        let key = of_key(&self.id.key, predicate, exposure).unwrap_or(KeyFacts {
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
