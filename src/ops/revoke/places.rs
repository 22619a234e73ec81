//! Where else a key version is, as its manifests have it, and what is to be done there.

use std::num::NonZeroU32;

use jiff::Timestamp;

use super::RevokeError;
use crate::key::stage::Stage;
use crate::key::state::State;
use crate::key::version::KeyVersionId;
use crate::manifest::statement::{KeyVersionPredicate, PlacementRecord, WrapRecord};
use crate::ops::change::{ChangeError, Target};
use crate::provider::{self, Holding, Others, Provider, Revocation, RevocationError};
use crate::registry::store::Registry;

/// Where a transit engine is when nothing was said.
const DEFAULT_MOUNT: &str = "transit";

/// One key at one provider for which the key version was wrapped.
#[derive(Debug)]
pub struct Place {
    /// Provider id.
    pub provider: String,
    /// The target of byok.yaml for which it was wrapped.
    pub target_id: Option<String>,
    /// The key there.
    pub target: Option<String>,
    /// The mount there.
    pub mount: Option<String>,
    /// Its version there, where an answer was read.
    pub key_version: Option<String>,
    /// Whether an answer of the provider showed that it has it. Without one it may have it all the same.
    pub is_confirmed: bool,
    /// What is to be done; nothing where this version of byok does not know the provider.
    pub revocation: Option<Result<Revocation, RevocationError>>,
}

/// Another version of the key, as far as it matters at a provider.
struct Other {
    version: NonZeroU32,
    wraps: Vec<WrapRecord>,
    predicate: KeyVersionPredicate,
    needed: Others,
}

/// Every place of a key version, in the order in which it was wrapped for them.
///
/// # Errors
/// A registry that cannot be read.
pub fn places(registry: &Registry, target: &Target, stage: Stage, now: Timestamp) -> Result<Vec<Place>, RevokeError> {
    let own = wraps(registry, &target.id)?;
    let mut others = Vec::new();
    for id in registry.versions(&target.id.key)? {
        if id != target.id {
            others.push(other(registry, &id, now)?);
        }
    }
    let mut found: Vec<Place> = Vec::new();
    for wrap in own {
        let is_known = |place: &Place| {
            (&place.provider, &place.target, &place.mount) == (&wrap.provider, &wrap.target, &wrap.mount)
        };
        if !found.iter().any(is_known) {
            found.push(place(target, &wrap, &others, (stage, now))?);
        }
    }
    Ok(found)
}

fn wraps(registry: &Registry, id: &KeyVersionId) -> Result<Vec<WrapRecord>, RevokeError> {
    let manifests = registry.manifests(id)?;
    Ok(manifests.into_iter().flat_map(|manifest| manifest.statement.predicate.wraps).collect())
}

fn other(registry: &Registry, id: &KeyVersionId, now: Timestamp) -> Result<Other, RevokeError> {
    let predicate = registry.newest_manifest(id)?.statement.predicate;
    let needed = needed(&predicate, now);
    Ok(Other { version: id.version, wraps: wraps(registry, id)?, predicate, needed })
}

/// For what a version is needed. Whether data is left under one that is out of use only people know.
fn needed(predicate: &KeyVersionPredicate, now: Timestamp) -> Others {
    let is_empty = predicate.rewrapped.last().is_some_and(|said| said.remaining == Some(0));
    match predicate.state_at(now) {
        State::PreActivation | State::Active | State::Suspended => Others::Protect,
        State::Destroyed | State::DestroyedCompromised => Others::Spent,
        State::Deactivated | State::Compromised if is_empty => Others::Spent,
        State::Deactivated | State::Compromised => Others::Read,
    }
}

/// Whether two wraps went, or may have gone, to the same key of a provider: one may name it by its full name, the other
/// by the end of that, or not at all.
fn may_be_same(one: &WrapRecord, other: &WrapRecord) -> bool {
    let mount = |wrap: &WrapRecord| wrap.mount.clone().unwrap_or_else(|| DEFAULT_MOUNT.to_owned());
    let is_end =
        |full: &str, end: &str| full.strip_suffix(end).is_some_and(|head| head.is_empty() || head.ends_with('/'));
    let targets = one.target.as_deref().zip(other.target.as_deref());
    one.provider == other.provider
        && mount(one) == mount(other)
        && targets.is_none_or(|(one, other)| is_end(one, other) || is_end(other, one))
}

impl Other {
    /// Whether it is earlier in the key there: by the provider's own numbers where both are known.
    fn is_before(&self, wrap: &WrapRecord, target: &Target, key_version: Option<&str>) -> bool {
        let number = |version: &str| version.parse::<u64>().ok();
        let its =
            self.wraps.iter().filter(|its| may_be_same(wrap, its)).find_map(|its| placement(&self.predicate, its));
        let its = its.and_then(|placement| number(placement.provider_key_version.as_deref()?));
        match its.zip(key_version.and_then(number)) {
            Some((its, own)) => its < own,
            None => self.version < target.id.version,
        }
    }
}

fn place(
    target: &Target,
    wrap: &WrapRecord,
    others: &[Other],
    (stage, now): (Stage, Timestamp),
) -> Result<Place, RevokeError> {
    let predicate = target.predicate();
    let placement = placement(predicate, wrap);
    let key_version = placement.and_then(|placement| placement.provider_key_version.clone());
    let here = others.iter().filter(|other| other.wraps.iter().any(|its| may_be_same(wrap, its)));
    let (earlier, later): (Vec<&Other>, Vec<&Other>) =
        here.partition(|other| other.is_before(wrap, target, key_version.as_deref()));
    let most = |others: &[&Other]| others.iter().map(|other| other.needed).max().unwrap_or_default();
    let unknown = || ChangeError::Manifest(target.id.clone());
    let came_into_use = predicate.dates.activated_at.is_some() || predicate.state_at(now) == State::Active;
    let holding = Holding {
        id: &target.id,
        spec: predicate.key_type.parse().map_err(|_| unknown())?,
        purpose: predicate.purpose.parse().map_err(|_| unknown())?,
        target: wrap.target.as_deref(),
        mount: wrap.mount.as_deref(),
        key_version: key_version.as_deref(),
        earlier: most(&earlier),
        later: most(&later),
        arrived: placement.is_some() || came_into_use,
    };
    let known: Option<&Provider> = provider::find(&wrap.provider);
    Ok(Place {
        provider: wrap.provider.clone(),
        target_id: wrap.target_id.clone(),
        target: wrap.target.clone(),
        mount: wrap.mount.clone(),
        is_confirmed: placement.is_some(),
        revocation: known.map(|provider| provider.revocation(stage, &holding)),
        key_version,
    })
}

/// What the provider answered about this key there: it names it in full, and with its version where it has one.
fn placement<'a>(predicate: &'a KeyVersionPredicate, wrap: &WrapRecord) -> Option<&'a PlacementRecord> {
    let of_provider = |placement: &&PlacementRecord| placement.provider == wrap.provider;
    let is_it = |placement: &&PlacementRecord| {
        wrap.target.as_deref().is_none_or(|target| {
            let resource = placement.resource.as_str();
            resource == target
                || resource.ends_with(&format!("/{target}"))
                || resource.starts_with(&format!("{target}/"))
        })
    };
    predicate.placements.iter().filter(of_provider).find(is_it)
}
