//! Where else a key version is, as its manifests have it, and what is to be done there.

use std::num::NonZeroU32;

use super::RevokeError;
use crate::key::stage::Stage;
use crate::key::version::KeyVersionId;
use crate::manifest::statement::{KeyVersionPredicate, PlacementRecord, WrapRecord};
use crate::ops::change::{ChangeError, Target};
use crate::provider::{self, Holding, Provider, Revocation, RevocationError};
use crate::registry::store::Registry;

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

/// Every place of a key version, in the order in which it was wrapped for them.
///
/// # Errors
/// A registry that cannot be read.
pub fn places(registry: &Registry, target: &Target, stage: Stage) -> Result<Vec<Place>, RevokeError> {
    let own = wraps(registry, &target.id)?;
    let mut others = Vec::new();
    for id in registry.versions(&target.id.key)? {
        if id != target.id {
            others.push((id.version, wraps(registry, &id)?));
        }
    }
    let mut found: Vec<Place> = Vec::new();
    for wrap in own {
        let is_known = |place: &Place| is_at(&wrap, (&place.provider, place.target.as_ref(), place.mount.as_ref()));
        if !found.iter().any(is_known) {
            found.push(place(target, &wrap, &others, stage)?);
        }
    }
    Ok(found)
}

fn wraps(registry: &Registry, id: &KeyVersionId) -> Result<Vec<WrapRecord>, RevokeError> {
    let manifests = registry.manifests(id)?;
    Ok(manifests.into_iter().flat_map(|manifest| manifest.statement.predicate.wraps).collect())
}

fn is_at(wrap: &WrapRecord, place: (&String, Option<&String>, Option<&String>)) -> bool {
    (&wrap.provider, wrap.target.as_ref(), wrap.mount.as_ref()) == place
}

fn place(
    target: &Target,
    wrap: &WrapRecord,
    others: &[(NonZeroU32, Vec<WrapRecord>)],
    stage: Stage,
) -> Result<Place, RevokeError> {
    let predicate = target.predicate();
    let placement = placement(predicate, wrap);
    let here = (&wrap.provider, wrap.target.as_ref(), wrap.mount.as_ref());
    let mut same = others.iter().filter(|(_, wraps)| wraps.iter().any(|wrap| is_at(wrap, here)));
    let key_version = placement.and_then(|placement| placement.provider_key_version.clone());
    let unknown = || ChangeError::Manifest(target.id.clone());
    let holding = Holding {
        id: &target.id,
        spec: predicate.key_type.parse().map_err(|_| unknown())?,
        purpose: predicate.purpose.parse().map_err(|_| unknown())?,
        target: wrap.target.as_deref(),
        mount: wrap.mount.as_deref(),
        key_version: key_version.as_deref(),
        earlier: same.clone().any(|(version, _)| *version < target.id.version),
        later: same.any(|(version, _)| *version > target.id.version),
    };
    let known: Option<&Provider> = provider::find(&wrap.provider);
    Ok(Place {
        provider: wrap.provider.clone(),
        target_id: wrap.target_id.clone(),
        target: wrap.target.clone(),
        mount: wrap.mount.clone(),
        is_confirmed: placement.is_some(),
        revocation: known.map(|provider| (provider.revoke)(stage, &holding)),
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
