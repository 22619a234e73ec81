//! `list` and `show`: what the registry knows, from verified manifests. No token, no lock.

mod filter;
mod timeline;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

pub use self::filter::Filter;
pub use self::timeline::Moment;
use self::timeline::{draw, what_happened};
use crate::key::exposure::Exposure;
use crate::key::state::State;
use crate::key::version::{KeySelector, KeyVersionId};
use crate::manifest::statement::KeyVersionPredicate;
use crate::manifest::trust::Trust;
use crate::registry::error::RegistryError;
use crate::registry::store::{Registry, StoredManifest};

/// `list --json`, schema `byok.list/v1`.
#[derive(Debug, Serialize)]
pub struct List {
    /// `byok.list/v1`
    pub schema: &'static str,
    /// One row for each key version, by name and version.
    pub keys: Vec<Row>,
}

/// One key version in a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// `NAME`
    pub name: String,
    /// `N`
    pub version: u32,
    /// Its state now.
    pub state: State,
    /// Its type.
    #[serde(rename = "type")]
    pub key_type: String,
    /// Its purpose.
    pub purpose: String,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Its attributes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// The worst exposure so far.
    pub exposure_ever: Exposure,
    /// The providers for which it was wrapped; only where one was asked for, as it takes every manifest to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub providers: Option<Vec<String>>,
    /// Number of its newest manifest.
    pub revision: u32,
    /// The token's label.
    pub token: String,
    /// When it was made.
    pub generated_at: Timestamp,
    /// When it came into use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activated_at: Option<Timestamp>,
    /// When it stops protecting new data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protect_stop_at: Option<Timestamp>,
    /// When it was sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed_at: Option<Timestamp>,
}

/// `show --json`, schema `byok.show/v1`.
#[derive(Debug, Serialize)]
pub struct Show {
    /// `byok.show/v1`
    pub schema: &'static str,
    /// `NAME@N`
    pub id: String,
    /// The state now, which its dates can have changed since the newest manifest.
    pub state: State,
    /// The newest manifest's predicate.
    pub key: KeyVersionPredicate,
    /// All manifests, oldest first.
    pub history: Vec<Revision>,
    /// What happened and will, oldest first: manifests, and dates that need none.
    pub timeline: Vec<Moment>,
}

/// One manifest of a key version.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    /// From 1.
    pub revision: u32,
    /// When.
    pub at: Timestamp,
    /// What happened, in a few words.
    pub what: String,
    /// SHA-256 of the payload.
    pub payload_sha256: String,
    /// The file.
    pub file: String,
}

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// No key version matches.
    #[error("the registry has no key {0}")]
    Unknown(KeySelector),
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// The key versions that meet every condition.
///
/// # Errors
/// A registry that cannot be read, a manifest that does not verify.
pub fn list(registry: &Registry, filter: &Filter, now: Timestamp) -> Result<List, InventoryError> {
    let (mut keys, trust) = (Vec::new(), registry.trust()?);
    for id in registry.key_versions()? {
        let predicate = registry.newest_manifest_under(&id, &trust)?.statement.predicate;
        if !filter.takes(&predicate, now) {
            continue;
        }
        let providers = filter.provider.is_some().then(|| providers(registry, &id, &trust)).transpose()?;
        if providers.as_ref().is_none_or(|providers| filter.takes_providers(providers)) {
            keys.push(row(predicate, providers, now));
        }
    }
    Ok(List { schema: "byok.list/v1", keys })
}

/// The providers for which a key version was wrapped, in the order of their names.
fn providers(registry: &Registry, id: &KeyVersionId, trust: &Trust) -> Result<Vec<String>, RegistryError> {
    let manifests = registry.manifests_under(id, trust)?;
    let wraps = manifests.iter().flat_map(|manifest| &manifest.statement.predicate.wraps);
    Ok(wraps.map(|wrap| wrap.provider.clone()).collect::<BTreeSet<_>>().into_iter().collect())
}

fn row(predicate: KeyVersionPredicate, providers: Option<Vec<String>>, now: Timestamp) -> Row {
    let state = predicate.state_at(now);
    let activated = predicate.dates.schedule().state_at(predicate.state, now).activated;
    Row {
        name: predicate.key_name,
        version: predicate.key_version,
        state,
        key_type: predicate.key_type,
        purpose: predicate.purpose,
        owner: predicate.owner,
        attributes: predicate.attributes,
        exposure_ever: predicate.exposure_ever,
        providers,
        revision: predicate.revision,
        token: predicate.custody.token_label,
        generated_at: predicate.dates.generated_at,
        activated_at: predicate.dates.activated_at.or(activated),
        protect_stop_at: predicate.dates.protect_stop_at,
        sealed_at: predicate.dates.sealed_at,
    }
}

/// The key version that a selector names.
///
/// # Errors
/// No such key version.
pub fn select(registry: &Registry, selector: &KeySelector) -> Result<KeyVersionId, InventoryError> {
    let unknown = || InventoryError::Unknown(selector.clone());
    match selector.version {
        None => registry.newest_version(&selector.key)?.ok_or_else(unknown),
        Some(version) => {
            let id = KeyVersionId { key: selector.key.clone(), version };
            if registry.versions(&id.key)?.contains(&id) { Ok(id) } else { Err(unknown()) }
        }
    }
}

/// One key version with its history.
///
/// # Errors
/// No such key version, a manifest that does not verify.
pub fn show(registry: &Registry, selector: &KeySelector, now: Timestamp) -> Result<Show, InventoryError> {
    let id = select(registry, selector)?;
    let manifests = registry.manifests(&id)?;
    let newest = manifests.last().ok_or_else(|| InventoryError::Unknown(selector.clone()))?;
    let key = newest.statement.predicate.clone();
    let state = key.state_at(now);
    let history = manifests.iter().enumerate().map(|manifest| revision(manifest, &manifests)).collect();
    let timeline = draw(&manifests, now);
    Ok(Show { schema: "byok.show/v1", id: id.to_string(), state, key, history, timeline })
}

fn revision((index, manifest): (usize, &StoredManifest), all: &[StoredManifest]) -> Revision {
    let predicate = &manifest.statement.predicate;
    let before = index.checked_sub(1).and_then(|before| all.get(before)).map(|before| &before.statement.predicate);
    Revision {
        revision: predicate.revision,
        at: predicate.as_of(),
        what: what_happened(before, predicate),
        payload_sha256: manifest.payload_sha256.clone(),
        file: manifest.path.display().to_string(),
    }
}
