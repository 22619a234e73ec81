//! An order before the policy and the token's profile: which method and route each wrap takes, and who permitted it.

use jiff::Timestamp;

use super::assess::{Order, Wrapping};
use super::error::RotateError;
use crate::key::exposure::Exposure;
use crate::key::method::WrapMethod;
use crate::key::operation::Operation;
use crate::manifest::authorization::AuthorizationRecord;
use crate::ops::govern::{Governance, Permission};
use crate::ops::wrap::authenticate::AuthenticatedBy;
use crate::ops::wrap::check::CheckError;
use crate::ops::wrap::govern::facts;
use crate::policy::request::{KeyFacts, Request};
use crate::provider::accept_for;
use crate::wrap::capability::Capabilities;
use crate::wrap::length::check_fits;
use crate::wrap::plan::{self, PlanRefusal, WrapPlan};

/// How a wrap is done.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// The method.
    pub method: WrapMethod,
    /// The route on this token.
    pub plan: WrapPlan,
    /// How the wrapping key was authenticated.
    pub by: AuthenticatedBy,
}

/// An order that is permitted, and how it is carried out.
#[derive(Debug)]
pub struct Decided {
    /// The order.
    pub order: Order,
    /// One for each of its wraps, in their order.
    pub ways: Vec<Way>,
    /// Under which policy.
    pub authorization: Option<AuthorizationRecord>,
    /// What the policy says of all wraps together; nothing where there is none.
    pub permission: Option<Permission>,
    /// What a person should know.
    pub notices: Vec<String>,
}

impl Decided {
    /// The worst that this host will have seen of the version.
    #[must_use]
    pub fn exposure(&self) -> Exposure {
        self.ways.iter().map(|way| way.plan.exposure()).max().unwrap_or_default()
    }
}

/// What the policy says of a request: permitted, or why not.
pub type Ask<'a> = &'a dyn Fn(&Request<'_>) -> Result<Permission, RotateError>;

/// How people agreed to what is done.
#[derive(Clone, Copy, Debug)]
pub struct Agreed {
    /// What they consented to at most.
    pub consent: Exposure,
    /// How the wrapping keys are authenticated, where none is pinned and no policy lists them.
    pub by: AuthenticatedBy,
}

impl Agreed {
    /// How this wrap's wrapping key is authenticated.
    #[must_use]
    pub fn by(self, wrapping: &Wrapping) -> AuthenticatedBy {
        match wrapping.answer.received.authenticated_by {
            AuthenticatedBy::None => self.by,
            pinned => pinned,
        }
    }
}

/// What the policy says of several wraps: what it says of each.
#[must_use]
pub fn of_all(all: Option<Permission>, one: Permission) -> Permission {
    let Some(all) = all else { return one };
    let rule = if all.unattended { one.rule.or(all.rule) } else { all.rule };
    Permission {
        authorization: one.authorization,
        wrapping_key_listed: all.wrapping_key_listed && one.wrapping_key_listed,
        unattended: all.unattended && one.unattended,
        answered: all.answered && one.answered,
        rule,
        notices: one.notices,
    }
}

/// Chooses a way for each wrap and asks the policy: of the new version, and once more of each wrap.
///
/// # Errors
/// A denial, or a wrap for which the token has no way.
pub fn decide(
    order: Order,
    (governance, ask): (&Governance, Ask<'_>),
    capabilities: &Capabilities,
    agreed: Agreed,
    now: Timestamp,
) -> Result<Decided, RotateError> {
    let mut ways = Vec::new();
    for wrapping in &order.wraps {
        ways.push(way(&order, wrapping, governance, capabilities, agreed, now)?);
    }
    let worst = ways.iter().map(|way| way.plan.exposure()).max().unwrap_or_default();
    let (mut notices, mut authorization, mut all) = (Vec::new(), None, None);
    for (wrapping, way) in order.wraps.iter().zip(&mut ways) {
        let permission = ask(&order.question(Some((wrapping, Some(way.method), way.by)), worst, now))?;
        if permission.wrapping_key_listed && way.by == AuthenticatedBy::None {
            way.by = AuthenticatedBy::Policy;
        }
        notices.extend(permission.notices.clone());
        authorization.clone_from(&permission.authorization);
        all = Some(of_all(all, permission));
    }
    if order.born {
        let permission = ask(&order.question(None, worst, now))?;
        notices.extend(permission.notices);
        authorization = permission.authorization;
    }
    Ok(Decided { order, ways, authorization, permission: all, notices })
}

fn way(
    order: &Order,
    wrapping: &Wrapping,
    governance: &Governance,
    capabilities: &Capabilities,
    agreed: Agreed,
    now: Timestamp,
) -> Result<Way, RotateError> {
    let (mut methods, mut denied) = (Vec::new(), None);
    for method in &wrapping.methods {
        match governance.allows(&order.question(
            Some((wrapping, Some(*method), agreed.by(wrapping))),
            Exposure::None,
            now,
        )) {
            Ok(_) => methods.push(*method),
            Err(error) => denied = denied.or(Some(error)),
        }
    }
    if let (true, Some(error)) = (methods.is_empty(), denied) {
        return Err(error.into());
    }
    let (method, plan) = plan::choose(order.spec, &methods, capabilities, agreed.consent)
        .map_err(|refusal| with_instead(order, wrapping, refusal, capabilities))
        .map_err(|refusal| {
            RotateError::from(CheckError::Plan(refusal)).of_target(&wrapping.target, Some(&wrapping.answer.name))
        })?;
    Ok(Way { method, plan, by: agreed.by(wrapping) })
}

/// The refusal with what would show less.
fn with_instead(order: &Order, wrapping: &Wrapping, refusal: PlanRefusal, capabilities: &Capabilities) -> PlanRefusal {
    let challenge = &wrapping.answer.received.challenge;
    let takes = accept_for(wrapping.provider, order.spec, order.purpose).map(|accept| accept.methods.to_vec());
    let fits = |method: &WrapMethod| check_fits(*method, challenge.modulus.len(), order.spec).is_ok();
    let takes: Vec<WrapMethod> = takes.unwrap_or_default().into_iter().filter(fits).collect();
    let bits = u32::try_from(challenge.bits()).ok();
    let spelled = |method| wrapping.provider.to_type(method, bits);
    plan::with_instead(refusal, &takes, spelled, capabilities)
}

impl Order {
    /// What the policy is asked: about the version as it will be, and, with a wrap, about that wrap of it.
    #[must_use]
    pub fn question<'a>(
        &'a self,
        wrap: Option<(&'a Wrapping, Option<WrapMethod>, AuthenticatedBy)>,
        exposure: Exposure,
        now: Timestamp,
    ) -> Request<'a> {
        let base = self.base_predicate();
        let later = !self.born;
        let key = KeyFacts {
            name: &self.id.key,
            spec: self.spec,
            purpose: self.purpose,
            owner: base.owner.as_deref(),
            attributes: &base.attributes,
            exposure: if later { base.exposure_ever.max(exposure) } else { exposure },
            made_at: later.then_some(base.dates.generated_at),
            protect_stop: base.dates.protect_stop_at.filter(|_| later),
        };
        let wrap = wrap.map(|(wrapping, method, by)| {
            let received = &wrapping.answer.received;
            let wrapping_key = (&received.challenge, received.wrapping_key_sha256.as_str());
            facts(wrapping.provider.id, wrapping_key, &wrapping.destination, method, by)
        });
        // What an earlier rotation still owes is a wrap as any other.
        let operation = if later { Operation::WrapForImport } else { Operation::Rotate };
        Request { operation, key: Some(key), wrap, now }
    }
}
