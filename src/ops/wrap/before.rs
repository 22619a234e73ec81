//! What went to the same key of a provider before, as far as the registry knows.

use crate::key::version::KeyVersionId;
use crate::manifest::statement::{PlacementRecord, WrapRecord};
use crate::manifest::trust::Trust;
use crate::provider::{Destination, Provider};
use crate::registry::error::RegistryError;
use crate::registry::store::{Registry, StoredManifest};

/// What is known of a key at a provider.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Before {
    /// How many other versions of the key went there.
    pub others: u32,
    /// The highest number that it showed for any of them, where versions are counted up there.
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
    destination: &Destination,
) -> Result<Before, RegistryError> {
    let mut found = Before::default();
    if provider.rotations.is_none() && !provider.counts_up && id.version.get() > 1 {
        return Ok(found);
    }
    for other in registry.versions(&id.key)? {
        let manifests = registry.manifests_under(&other, trust)?;
        if wraps(&manifests).any(|wrap| is_here(wrap, provider, destination)) {
            found.others = found.others.saturating_add(u32::from(other != *id));
            found.latest = found.latest.max(latest(&manifests, provider, destination));
        }
    }
    Ok(found)
}

fn wraps(manifests: &[StoredManifest]) -> impl Iterator<Item = &WrapRecord> {
    manifests.iter().flat_map(|manifest| &manifest.statement.predicate.wraps)
}

fn is_here(wrap: &WrapRecord, provider: &Provider, destination: &Destination) -> bool {
    wrap.provider == provider.id
        && wrap.target.as_deref() == destination.target()
        && wrap.mount.as_deref() == destination.mount()
}

/// Of its whole history: a version can lie there several times.
fn latest(manifests: &[StoredManifest], provider: &Provider, destination: &Destination) -> Option<u64> {
    let here = |placement: &&PlacementRecord| {
        provider.counts_up
            && placement.provider == provider.id
            && Some(placement.resource.as_str()) == destination.target()
    };
    let placements = manifests.iter().flat_map(|manifest| &manifest.statement.predicate.placements).filter(here);
    placements.filter_map(|placement| placement.provider_key_version.as_deref()?.parse().ok()).max()
}
