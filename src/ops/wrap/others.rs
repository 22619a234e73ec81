//! How many other versions of a key went to the same key of a provider, as far as the registry knows.

use crate::key::version::KeyVersionId;
use crate::manifest::statement::WrapRecord;
use crate::manifest::trust::Trust;
use crate::provider::{Destination, Provider};
use crate::registry::error::RegistryError;
use crate::registry::store::Registry;

/// Counts them, where the answer matters to the provider's commands: where rotations are limited, and for a first version,
/// which goes to a key that later ones may have made.
///
/// # Errors
/// A manifest that does not verify.
pub fn others(
    (registry, trust): (&Registry, &Trust),
    id: &KeyVersionId,
    provider: &Provider,
    destination: &Destination,
) -> Result<u32, RegistryError> {
    if provider.rotations.is_none() && id.version.get() > 1 {
        return Ok(0);
    }
    let here = |wrap: &WrapRecord| {
        wrap.provider == provider.id
            && wrap.target.as_deref() == destination.target()
            && wrap.mount.as_deref() == destination.mount()
    };
    let mut count: u32 = 0;
    for other in registry.versions(&id.key)?.iter().filter(|other| *other != id) {
        let manifests = registry.manifests_under(other, trust)?;
        if manifests.iter().flat_map(|manifest| &manifest.statement.predicate.wraps).any(here) {
            count = count.saturating_add(1);
        }
    }
    Ok(count)
}
