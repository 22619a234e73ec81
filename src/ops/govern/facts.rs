//! What a policy is told of a key.

use crate::key::exposure::Exposure;
use crate::key::name::KeyName;
use crate::manifest::statement::KeyVersionPredicate;
use crate::ops::birth::{Plan, Wish};
use crate::policy::request::KeyFacts;

/// A key that is about to come into being, of which this host will have seen this much.
#[must_use]
pub fn of_wish(wish: &Wish, exposure: Exposure) -> KeyFacts<'_> {
    KeyFacts {
        name: &wish.name,
        spec: wish.spec,
        purpose: wish.purpose,
        owner: wish.owner.as_deref(),
        attributes: &wish.attributes,
        exposure,
        made_at: None,
        protect_stop: None,
    }
}

/// A key that an intent says was about to come into being.
#[must_use]
pub fn of_plan(plan: &Plan, exposure: Exposure) -> KeyFacts<'_> {
    KeyFacts {
        name: &plan.id.key,
        spec: plan.spec,
        purpose: plan.purpose,
        owner: plan.owner.as_deref(),
        attributes: &plan.attributes,
        exposure,
        made_at: None,
        protect_stop: None,
    }
}

/// A key version that is there, and of which hosts will have seen at least this much. `None` when its manifest names a
/// type or a purpose that this version does not know.
#[must_use]
pub fn of_key<'a>(name: &'a KeyName, predicate: &'a KeyVersionPredicate, exposure: Exposure) -> Option<KeyFacts<'a>> {
    Some(KeyFacts {
        name,
        spec: predicate.key_type.parse().ok()?,
        purpose: predicate.purpose.parse().ok()?,
        owner: predicate.owner.as_deref(),
        attributes: &predicate.attributes,
        exposure: predicate.exposure_ever.max(exposure),
        made_at: Some(predicate.dates.generated_at),
        protect_stop: predicate.dates.protect_stop_at,
    })
}
