//! `list` and `show`: what the registry knows, from verified manifests. No token, no lock.

use jiff::Timestamp;
use serde::Serialize;

use crate::key::exposure::Exposure;
use crate::key::state::State;
use crate::key::version::{KeySelector, KeyVersionId};
use crate::manifest::statement::{KeyVersionPredicate, Statement, WrapRecord};
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
    /// Its state.
    pub state: State,
    /// Its type.
    #[serde(rename = "type")]
    pub key_type: String,
    /// Its purpose.
    pub purpose: String,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The worst exposure so far.
    pub exposure_ever: Exposure,
    /// Number of its newest manifest.
    pub revision: u32,
    /// The token's label.
    pub token: String,
    /// When it was made.
    pub generated_at: Timestamp,
}

/// `show --json`, schema `byok.show/v1`.
#[derive(Debug, Serialize)]
pub struct Show {
    /// `byok.show/v1`
    pub schema: &'static str,
    /// `NAME@N`
    pub id: String,
    /// The newest manifest's predicate.
    pub key: KeyVersionPredicate,
    /// All manifests, oldest first.
    pub history: Vec<Revision>,
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

/// All key versions.
///
/// # Errors
/// A registry that cannot be read, a manifest that does not verify.
pub fn list(registry: &Registry) -> Result<List, InventoryError> {
    let ids = registry.key_versions()?;
    let keys = ids.iter().map(|id| Ok(row(registry.newest_manifest(id)?.statement))).collect::<Result<_, _>>();
    Ok(List { schema: "byok.list/v1", keys: keys.map_err(|error: RegistryError| error)? })
}

fn row(statement: Statement) -> Row {
    let predicate = statement.predicate;
    Row {
        name: predicate.key_name,
        version: predicate.key_version,
        state: predicate.state,
        key_type: predicate.key_type,
        purpose: predicate.purpose,
        owner: predicate.owner,
        exposure_ever: predicate.exposure_ever,
        revision: predicate.revision,
        token: predicate.custody.token_label,
        generated_at: predicate.dates.generated_at,
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
pub fn show(registry: &Registry, selector: &KeySelector) -> Result<Show, InventoryError> {
    let id = select(registry, selector)?;
    let manifests = registry.manifests(&id)?;
    let newest = manifests.last().ok_or_else(|| InventoryError::Unknown(selector.clone()))?;
    let key = newest.statement.predicate.clone();
    Ok(Show { schema: "byok.show/v1", id: id.to_string(), key, history: manifests.iter().map(revision).collect() })
}

fn revision(manifest: &StoredManifest) -> Revision {
    let predicate = &manifest.statement.predicate;
    Revision {
        revision: predicate.revision,
        at: predicate.custody.read_at,
        what: what_happened(predicate),
        payload_sha256: manifest.payload_sha256.clone(),
        file: manifest.path.display().to_string(),
    }
}

fn what_happened(predicate: &KeyVersionPredicate) -> String {
    match predicate.wraps.first() {
        Some(wrap) => {
            let content = if wrap.content_proof.is_empty() { "" } else { ", content verified" };
            let WrapRecord { provider, method, plan, exposure, .. } = wrap;
            format!("wrapped for {provider} ({method}, {plan}, exposure {exposure}{content})")
        }
        None if predicate.revision > 1 => {
            format!("seen by a host without a wrap (exposure {})", predicate.exposure_ever)
        }
        None if predicate.origin.adopted => format!("{}, adopted after an interrupted run", predicate.origin.kind),
        None => predicate.origin.kind.clone(),
    }
}
