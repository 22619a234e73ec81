//! Keys that came into a token under a key version: who knows that one may know them.

use super::RevokeError;
use crate::key::version::KeyVersionId;
use crate::manifest::statement::Origin;
use crate::ops::verify::parallel;
use crate::registry::error::RegistryError;
use crate::registry::store::Registry;

/// Key versions that were unwrapped under this one.
///
/// # Errors
/// A registry that cannot be read.
pub fn unwrapped_under(registry: &Registry, id: &KeyVersionId) -> Result<Vec<KeyVersionId>, RevokeError> {
    let (own, trust) = (id.to_string(), registry.trust()?);
    let is_own = |origin: &Origin| {
        let wrapped = origin.import.as_ref().and_then(|import| import.wrapped.as_ref());
        wrapped.is_some_and(|wrapped| wrapped.unwrapping_key == own)
    };
    // Any key of the registry may be one: each is looked at, and what may be one is verified.
    let is_under = |other: &KeyVersionId| -> Result<bool, RegistryError> {
        Ok(registry.newest_may_say(other, |said| is_own(&said.origin))?
            && is_own(&registry.newest_manifest_under(other, &trust)?.statement.predicate.origin))
    };
    let all = registry.key_versions()?;
    let mut found = Vec::new();
    for (other, is_under) in all.iter().zip(parallel::map(&all, is_under)) {
        if is_under? {
            found.push(other.clone());
        }
    }
    Ok(found)
}
