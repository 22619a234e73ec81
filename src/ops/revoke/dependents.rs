//! Keys that came into a token under a key version: who knows that one may know them.

use super::RevokeError;
use crate::key::version::KeyVersionId;
use crate::registry::store::Registry;

/// Key versions that were unwrapped under this one.
///
/// # Errors
/// A registry that cannot be read.
pub fn unwrapped_under(registry: &Registry, id: &KeyVersionId) -> Result<Vec<KeyVersionId>, RevokeError> {
    let own = id.to_string();
    let mut found = Vec::new();
    for other in registry.key_versions()? {
        let newest = registry.newest_manifest(&other)?;
        let wrapped = newest.statement.predicate.origin.import.and_then(|import| import.wrapped);
        if wrapped.is_some_and(|wrapped| wrapped.unwrapping_key == own) {
            found.push(other);
        }
    }
    Ok(found)
}
