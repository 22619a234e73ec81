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
    /// The state now, which its dates can have changed since the newest manifest.
    pub state: State,
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
pub fn list(registry: &Registry, now: Timestamp) -> Result<List, InventoryError> {
    let ids = registry.key_versions()?;
    let keys = ids.iter().map(|id| Ok(row(registry.newest_manifest(id)?.statement, now))).collect::<Result<_, _>>();
    Ok(List { schema: "byok.list/v1", keys: keys.map_err(|error: RegistryError| error)? })
}

fn row(statement: Statement, now: Timestamp) -> Row {
    let predicate = statement.predicate;
    let state = predicate.state_at(now);
    Row {
        name: predicate.key_name,
        version: predicate.key_version,
        state,
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
pub fn show(registry: &Registry, selector: &KeySelector, now: Timestamp) -> Result<Show, InventoryError> {
    let id = select(registry, selector)?;
    let manifests = registry.manifests(&id)?;
    let newest = manifests.last().ok_or_else(|| InventoryError::Unknown(selector.clone()))?;
    let key = newest.statement.predicate.clone();
    let state = key.state_at(now);
    let history = manifests.iter().enumerate().map(|manifest| revision(manifest, &manifests)).collect();
    Ok(Show { schema: "byok.show/v1", id: id.to_string(), state, key, history })
}

fn revision((index, manifest): (usize, &StoredManifest), all: &[StoredManifest]) -> Revision {
    let predicate = &manifest.statement.predicate;
    let before = index.checked_sub(1).and_then(|before| all.get(before)).map(|before| &before.statement.predicate);
    Revision {
        revision: predicate.revision,
        at: predicate.custody.read_at,
        what: what_happened(before, predicate),
        payload_sha256: manifest.payload_sha256.clone(),
        file: manifest.path.display().to_string(),
    }
}

fn what_happened(before: Option<&KeyVersionPredicate>, predicate: &KeyVersionPredicate) -> String {
    let Some(before) = before else {
        let adopted = if predicate.origin.adopted { ", adopted after an interrupted run" } else { "" };
        return format!("{}{adopted}", predicate.origin.kind);
    };
    if let Some(wrap) = predicate.wraps.first() {
        let content = if wrap.content_proof.is_empty() { "" } else { ", content verified" };
        let WrapRecord { provider, method, plan, exposure, .. } = wrap;
        return format!("wrapped for {provider} ({method}, {plan}, exposure {exposure}{content})");
    }
    let state_before = before.state_at(predicate.custody.read_at);
    if predicate.is_sealed() && !before.is_sealed() {
        "sealed: it cannot leave the token any more".to_owned()
    } else if predicate.state != state_before {
        changed_state(state_before, predicate)
    } else if predicate.exposure_ever > before.exposure_ever {
        format!("seen by a host without a wrap (exposure {})", predicate.exposure_ever)
    } else {
        let planned = predicate.dates.schedule().rows().into_iter().zip(before.dates.schedule().rows());
        let changed = planned.filter(|(new, old)| new != old);
        let dates: Vec<String> = changed
            .map(|((name, date), _)| format!("{name} {}", date.map_or_else(|| "never".to_owned(), |d| d.to_string())))
            .collect();
        if dates.is_empty() { "read back".to_owned() } else { format!("planned: {}", dates.join(", ")) }
    }
}

fn changed_state(before: State, predicate: &KeyVersionPredicate) -> String {
    let what = match (before, predicate.state) {
        (State::Suspended, State::Active) => "reinstated",
        (_, State::Active) => "activated",
        (_, state) => state.as_str(),
    };
    let Some(reason) = &predicate.state_reason else { return what.to_owned() };
    let message = reason.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
    format!("{what} ({}{message})", reason.code)
}
