//! What went to the same key of a provider before, as far as the registry knows.

use crate::key::version::KeyVersionId;
use crate::manifest::statement::PlacementRecord;
use crate::manifest::trust::Trust;
use crate::ops::place::{Place, Sight, distinct, spoken_for};
use crate::provider::Provider;
use crate::registry::error::RegistryError;
use crate::registry::store::{Registry, StoredManifest};

/// What is known of a key at a provider.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Before {
    /// How many other versions of the key went there.
    pub others: u32,
    /// The highest of the numbers that it showed last for each of them, where versions are counted up there.
    pub latest: Option<u64>,
}

/// Looks it up, where it matters to the provider's commands: where rotations are limited, where versions are counted up,
/// and for a first version, which goes to a key that later ones may have made.
///
/// # Errors
/// A manifest that does not verify.
pub fn before(
    (registry, trust): (&Registry, &Trust),
    id: &KeyVersionId,
    provider: &Provider,
    place: &Place<'_>,
) -> Result<Before, RegistryError> {
    let mut found = Before::default();
    if provider.rotations.is_none() && !provider.counts_up && id.version.get() > 1 {
        return Ok(found);
    }
    for other in registry.versions(&id.key)? {
        let manifests = registry.manifests_under(&other, trust)?;
        let its = places(&manifests);
        let here: Vec<&Place<'_>> = its.iter().filter(|its| is_here(its, place)).collect();
        if !here.is_empty() {
            found.others = found.others.saturating_add(u32::from(other != *id));
            let latest = latest(&manifests, &its, &here).filter(|_| provider.counts_up);
            found.latest = found.latest.max(latest);
        }
    }
    Ok(found)
}

fn places(manifests: &[StoredManifest]) -> Vec<Place<'_>> {
    let wraps = manifests.iter().flat_map(|manifest| &manifest.statement.predicate.wraps);
    let all: Vec<Place<'_>> = wraps.map(Place::from).collect();
    distinct(&all).into_iter().map(|(_, place)| place).collect()
}

/// Of one target, the same key only: its name in byok.yaml may lead elsewhere by now.
fn is_here(its: &Place<'_>, place: &Place<'_>) -> bool {
    its.is_same(place) && its.target == place.target && its.mount == place.mount
}

/// What was seen last: a version can lie there several times, and an answer that was wrong is mended by the next one.
fn latest(manifests: &[StoredManifest], its: &[Place<'_>], here: &[&Place<'_>]) -> Option<u64> {
    let placements = manifests.iter().flat_map(|manifest| &manifest.statement.predicate.placements);
    let speaks = |placement: &&PlacementRecord| {
        spoken_for(its, &Sight::from(*placement)).is_some_and(|place| here.contains(&place))
    };
    placements
        .filter(speaks)
        .filter_map(|placement| placement.provider_key_version.as_deref()?.parse().ok())
        .next_back()
}
