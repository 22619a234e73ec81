//! Where else a key version is, as its manifests have it, and what is to be done there.

use jiff::Timestamp;

use super::RevokeError;
use crate::key::stage::Stage;
use crate::key::state::State;
use crate::key::version::KeyVersionId;
use crate::manifest::statement::{KeyVersionPredicate, PlacementRecord, WrapRecord};
use crate::manifest::trust::Trust;
use crate::ops::change::{ChangeError, Target};
use crate::ops::verify::parallel;
use crate::provider::revocation::Beside;
use crate::provider::{self, Holding, Others, Provider, Revocation, RevocationError};
use crate::registry::error::RegistryError;
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

/// A version of this or another key, as far as it matters at a provider.
struct Other {
    id: KeyVersionId,
    wraps: Vec<WrapRecord>,
    /// Of its whole history: a way back gives it a further number, and the earlier ones stay.
    placements: Vec<PlacementRecord>,
    needed: Others,
    state: State,
}

/// Every place of a key version, in the order in which it was wrapped for them.
///
/// # Errors
/// A registry that cannot be read.
pub fn places(registry: &Registry, target: &Target, stage: Stage, now: Timestamp) -> Result<Vec<Place>, RevokeError> {
    let trust = registry.trust()?;
    let own = other((registry, &trust), &target.id, now)?;
    if own.wraps.is_empty() {
        return Ok(Vec::new());
    }
    let others: Vec<KeyVersionId> = registry.key_versions()?.into_iter().filter(|id| *id != target.id).collect();
    let others = parallel::map(&others, |id| other((registry, &trust), id, now));
    let others: Vec<Other> = others.into_iter().collect::<Result<_, _>>()?;
    let mut found: Vec<Place> = Vec::new();
    for wrap in &own.wraps {
        let is_known = |place: &Place| {
            (&place.provider, &place.target, &place.mount) == (&wrap.provider, &wrap.target, &wrap.mount)
        };
        if !found.iter().any(is_known) {
            found.push(place(target, (wrap, &own), &others, (stage, now))?);
        }
    }
    Ok(found)
}

fn other((registry, trust): (&Registry, &Trust), id: &KeyVersionId, now: Timestamp) -> Result<Other, RevokeError> {
    let mut manifests = registry.manifests_under(id, trust)?;
    let newest = manifests.pop().ok_or_else(|| RegistryError::NoManifest(id.clone()))?.statement.predicate;
    let needed = needed(&newest, now);
    let state = newest.state_at(now);
    let all = manifests.into_iter().map(|manifest| manifest.statement.predicate).chain([newest]);
    let (wraps, placements): (Vec<_>, Vec<_>) = all.map(|predicate| (predicate.wraps, predicate.placements)).unzip();
    let (wraps, placements) = (wraps.concat(), placements.concat());
    Ok(Other { id: id.clone(), wraps, placements, needed, state })
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
    /// Whether it went, or may have gone, to this place.
    fn is_at(&self, wrap: &WrapRecord) -> bool {
        self.wraps.iter().any(|its| may_be_same(wrap, its))
    }

    /// Every number that the provider showed for it there.
    fn numbers(&self, wrap: &WrapRecord) -> Vec<u64> {
        let here = |placement: &&PlacementRecord| {
            is_at(placement, wrap) || self.wraps.iter().any(|its| may_be_same(wrap, its) && is_at(placement, its))
        };
        let number = |placement: &PlacementRecord| placement.provider_key_version.as_deref()?.parse().ok();
        let mut numbers: Vec<u64> = self.placements.iter().filter(here).filter_map(number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    fn beside(&self, wrap: &WrapRecord) -> Beside {
        let protects = self.needed == Others::Protect && self.state != State::Suspended;
        let reads = protects || self.state == State::Deactivated;
        Beside { numbers: self.numbers(wrap), reads, protects }
    }

    /// Whether one of its numbers there comes before the highest of `own`, and whether one comes after the lowest; by
    /// byok's own numbers where either is not known.
    fn is_around(&self, wrap: &WrapRecord, (target, own): (&Target, &[u64])) -> (bool, bool) {
        let its = self.numbers(wrap);
        match (its.first().zip(own.last()), its.last().zip(own.first())) {
            (Some((lowest, highest)), Some((last, first))) => (lowest < highest, last > first),
            _ => (self.id.version < target.id.version, self.id.version > target.id.version),
        }
    }
}

fn place(
    target: &Target,
    (wrap, own): (&WrapRecord, &Other),
    others: &[Other],
    (stage, now): (Stage, Timestamp),
) -> Result<Place, RevokeError> {
    let predicate = target.predicate();
    let placement = placement(predicate, wrap);
    let key_version = placement.and_then(|placement| placement.provider_key_version.clone());
    let numbers = own.numbers(wrap);
    let (same, strangers): (Vec<&Other>, Vec<&Other>) =
        others.iter().filter(|other| other.is_at(wrap)).partition(|other| other.id.key == target.id.key);
    let beside: Vec<Beside> = same.iter().map(|other| other.beside(wrap)).collect();
    // How the versions of another key lie to this one's is not asked: it may be either way.
    let around = |other: &&Other| {
        if other.id.key == target.id.key { other.is_around(wrap, (target, &numbers)) } else { (true, true) }
    };
    let all: Vec<(Others, (bool, bool))> =
        same.iter().chain(&strangers).map(|other| (other.needed, around(other))).collect();
    let most = |is_it: fn(&(bool, bool)) -> bool| {
        all.iter().filter(|(_, around)| is_it(around)).map(|(needed, _)| *needed).max().unwrap_or_default()
    };
    let strangers: Vec<String> = strangers.iter().map(|other| other.id.to_string()).collect();
    let unknown = || ChangeError::Manifest(target.id.clone());
    let current = predicate.state_at(now);
    let came_into_use = predicate.dates.activated_at.is_some() || current == State::Active;
    let holding = Holding {
        id: &target.id,
        spec: predicate.key_type.parse().map_err(|_| unknown())?,
        purpose: predicate.purpose.parse().map_err(|_| unknown())?,
        target: wrap.target.as_deref(),
        mount: wrap.mount.as_deref(),
        key_version: key_version.as_deref(),
        numbers: &numbers,
        beside: &beside,
        earlier: most(|(before, _)| *before),
        later: most(|(_, after)| *after),
        strangers: &strangers,
        is_suspended: current == State::Suspended,
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

/// What the provider answered about this key there.
fn placement<'a>(predicate: &'a KeyVersionPredicate, wrap: &WrapRecord) -> Option<&'a PlacementRecord> {
    predicate.placements.iter().find(|placement| is_at(placement, wrap))
}

/// Whether an answer is about the key for which it was wrapped: a provider names it in full, and with its version where it
/// has one.
fn is_at(placement: &PlacementRecord, wrap: &WrapRecord) -> bool {
    placement.provider == wrap.provider
        && wrap.target.as_deref().is_none_or(|target| {
            let resource = placement.resource.as_str();
            resource == target
                || resource.ends_with(&format!("/{target}"))
                || resource.starts_with(&format!("{target}/"))
        })
}
