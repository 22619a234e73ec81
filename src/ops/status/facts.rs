//! What the derivations know of a key: a few facts of each version, so that ten thousand keys are no burden.

use std::num::NonZeroU32;

use jiff::Timestamp;

use crate::key::name::KeyName;
use crate::key::reason::Reason;
use crate::key::spec::Purpose;
use crate::key::state::State;
use crate::manifest::statement::{KeyVersionPredicate, PlacementRecord, WrapRecord};
use crate::ops::place::{Place, Sight, is_same_key};
use crate::ops::target::Target;
use crate::policy::{Period, Periods};

/// A key with all its versions.
#[derive(Clone, Debug)]
pub struct Subject {
    /// `NAME`
    pub name: KeyName,
    /// What the policy says of it.
    pub periods: Periods,
    /// For what it asks approvals.
    pub asks: Asks,
    /// Oldest first; never empty.
    pub versions: Vec<Facts>,
}

/// Which operations on a key the policy binds to approvals, so that they begin with a plan.
#[expect(clippy::struct_excessive_bools, reason = "each is an operation of its own")]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Asks {
    /// `rotate`
    pub rotate: bool,
    /// `wrap-for-import`
    pub wrap: bool,
    /// `revoke`, but for its last stage.
    pub revoke: bool,
    /// `revoke --stage destroy`
    pub destroy: bool,
}

/// One key version, at one moment.
#[derive(Clone, Debug)]
pub struct Facts {
    /// `N`
    pub version: NonZeroU32,
    /// Its state at that moment.
    pub state: State,
    /// Whether it was sealed.
    pub sealed: bool,
    /// Its purpose, where this program knows it.
    pub purpose: Option<Purpose>,
    /// When it was made.
    pub made: Timestamp,
    /// When it came into use.
    pub activated: Option<Timestamp>,
    /// Since when it has been out of use without a break, where it is deactivated or compromised.
    pub ended: Option<Timestamp>,
    /// Why it was taken out of use, where somebody did.
    pub reason: Option<Reason>,
    /// When it came into the state in which it is.
    pub since: Timestamp,
    /// When it is planned to.
    pub activation: Option<Timestamp>,
    /// When it is to be destroyed.
    pub destroy: Option<Timestamp>,
    /// Whether a rotation made it.
    pub rotated: bool,
    /// Whether it was given up, and when.
    pub given_up: Option<Timestamp>,
    /// How long the one before goes on beside it, as its manifest says.
    pub overlap: Option<Period>,
    /// What people last said of data keys under it.
    pub rewrapped: Option<Rewrapped>,
    /// Its wraps, oldest first, without those whose bundles were given up; those of the newest manifest alone where no more
    /// are needed.
    pub wraps: Vec<WrapFact>,
    /// The providers that were seen to have it.
    pub placements: Vec<Placed>,
}

/// A claim about data keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rewrapped {
    /// How many are left, where that was said.
    pub remaining: Option<u64>,
    /// When that was.
    pub at: Timestamp,
}

/// A wrap, as far as it matters here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WrapFact {
    /// Provider id.
    pub provider: String,
    /// The target of byok.yaml.
    pub target_id: Option<String>,
    /// The key on the provider's side.
    pub target: Option<String>,
    /// The mount there.
    pub mount: Option<String>,
    /// What else tells places apart.
    pub site: Option<String>,
    /// When the provider stops taking it.
    pub expires_at: Option<Timestamp>,
}

/// A placement, as far as it matters here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Placed {
    /// Provider id.
    pub provider: String,
    /// The key there.
    pub resource: String,
    /// The target of byok.yaml for which that speaks.
    pub target_id: Option<String>,
    /// When that was seen first.
    pub first: Timestamp,
    /// When that was seen last.
    pub last: Timestamp,
}

impl Facts {
    /// The facts of a version whose newest manifest says this.
    pub(super) fn of(
        version: NonZeroU32,
        predicate: &KeyVersionPredicate,
        (ended, wraps, placements): (Option<Timestamp>, Vec<WrapFact>, Vec<Placed>),
        now: Timestamp,
    ) -> Self {
        let effective = predicate.dates.schedule().state_at(predicate.state, now);
        let rotation = predicate.rotation.as_ref();
        let last = predicate.rewrapped.last();
        Self {
            version,
            state: effective.state,
            sealed: predicate.is_sealed(),
            purpose: predicate.purpose.parse().ok(),
            made: predicate.dates.generated_at,
            activated: predicate.dates.activated_at.or(effective.activated),
            ended,
            reason: predicate.state_reason.as_ref().map(|reason| reason.code),
            since: effective.since.unwrap_or(predicate.state_changed_at),
            activation: predicate.dates.activation_at,
            destroy: predicate.dates.destroy_at,
            rotated: rotation.is_some(),
            given_up: predicate.rollback.as_ref().map(|rollback| rollback.at),
            overlap: rotation.and_then(|rotation| Period::parse(rotation.overlap.as_deref()?).ok()),
            rewrapped: last.map(|last| Rewrapped { remaining: last.remaining, at: last.at }),
            wraps,
            placements,
        }
    }
}

impl Facts {
    /// Whether a rotation made it, or somebody else, and it is to come into use.
    #[must_use]
    pub fn is_to_come(&self) -> bool {
        self.state == State::PreActivation && self.given_up.is_none()
    }
}

impl From<&WrapRecord> for WrapFact {
    fn from(wrap: &WrapRecord) -> Self {
        Self {
            provider: wrap.provider.clone(),
            target_id: wrap.target_id.clone(),
            target: wrap.target.clone(),
            mount: wrap.mount.clone(),
            site: Place::from(wrap).site.map(str::to_owned),
            expires_at: wrap.expires_at,
        }
    }
}

impl From<&PlacementRecord> for Placed {
    fn from(placement: &PlacementRecord) -> Self {
        let (first, last) = (placement.observed_at, placement.observed_at);
        let PlacementRecord { provider, resource, target_id, .. } = placement;
        Self { provider: provider.clone(), resource: resource.clone(), target_id: target_id.clone(), first, last }
    }
}

impl WrapFact {
    /// Whether it went to this target. One that was not made for a target of byok.yaml went there by its place.
    #[must_use]
    pub fn is_for(&self, target: &Target, key: &KeyName) -> bool {
        if let Some(id) = &self.target_id {
            return *id == target.id;
        }
        let place = target.target_for(key);
        self.provider == target.provider.id
            && place.is_none_or(|place| self.target.as_deref().is_some_and(|named| is_same_key(named, &place)))
            && target.mount.as_ref().is_none_or(|mount| self.mount.as_ref() == Some(mount))
    }

    /// The place to which it went.
    #[must_use]
    pub fn place(&self) -> Place<'_> {
        Place {
            provider: &self.provider,
            target_id: self.target_id.as_deref(),
            target: self.target.as_deref(),
            mount: self.mount.as_deref(),
            site: self.site.as_deref(),
        }
    }
}

impl Placed {
    /// What the provider's answer was about.
    pub(super) fn sight(&self) -> Sight<'_> {
        let Self { provider, resource, target_id, .. } = self;
        Sight { provider, resource, target_id: target_id.as_deref() }
    }
}

impl From<Place<'_>> for WrapFact {
    /// The place alone.
    fn from(place: Place<'_>) -> Self {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Self {
            provider: place.provider.to_owned(),
            target_id: own(place.target_id),
            target: own(place.target),
            mount: own(place.mount),
            site: own(place.site),
            expires_at: None,
        }
    }
}
