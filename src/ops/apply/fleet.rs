//! A rotation of a plan: which of its keys are done, and whether the others are as they were.
//!
//! A key is done by an operation of this plan, which the log names: the version's manifests name that operation. What any
//! other operation did to the key since the plan was made makes it another key than the one that was approved.

use std::collections::BTreeSet;

use super::{ApplyError, Gone};
use crate::approval::plan::{RotateAction, RotateKey};
use crate::key::version::KeyVersionId;
use crate::manifest::trust::Trust;
use crate::registry::error::RegistryError;
use crate::registry::store::{Registry, StoredManifest};

/// How far a key is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Row {
    /// As it was when the plan was made, or begun by this plan.
    Left,
    /// All of it was done.
    Done,
    /// Something else happened to it.
    Gone,
}

/// The intents of operations: their places in the log and the SHA-256 of their lines.
pub(super) type Intents = BTreeSet<(u64, String)>;

/// How far each key is, in the order of the plan.
pub(super) fn rows(registry: &Registry, rotate: &RotateAction, intents: &Intents) -> Result<Vec<Row>, RegistryError> {
    let trust = registry.trust()?;
    registry.with_versions_of(rotate.keys.len(), || {
        rotate.keys.iter().map(|key| row((registry, &trust), key, intents)).collect()
    })
}

/// The rotation without what was done of it.
///
/// # Errors
/// [`Gone::Key`].
pub(super) fn left(registry: &Registry, rotate: &RotateAction, intents: &Intents) -> Result<RotateAction, ApplyError> {
    let rows = rows(registry, rotate, intents)?;
    if let Some((_, key)) = rows.iter().zip(&rotate.keys).find(|(row, _)| **row == Row::Gone) {
        return Err(Gone::Key(key.base.version.clone()).into());
    }
    let left = rows.iter().zip(&rotate.keys).filter(|(row, _)| **row == Row::Left);
    Ok(RotateAction { keys: left.map(|(_, key)| key.clone()).collect(), ..rotate.clone() })
}

fn row((registry, trust): (&Registry, &Trust), key: &RotateKey, intents: &Intents) -> Result<Row, RegistryError> {
    let parsed = (key.base.version.parse::<KeyVersionId>(), key.becomes.parse::<KeyVersionId>());
    let (Ok(base), Ok(id)) = parsed else { return Ok(Row::Gone) };
    let Some(newest) = registry.newest_version(&base.key)? else { return Ok(Row::Gone) };
    if key.is_born() && newest == base {
        let manifest = registry.newest_manifest_under(&base, trust)?;
        return Ok(if manifest.payload_sha256 == key.base.manifest_sha256 { Row::Left } else { Row::Gone });
    }
    if newest.version < id.version || !registry.versions(&id.key)?.contains(&id) {
        return Ok(Row::Gone);
    }
    let manifests = registry.manifests_under(&id, trust)?;
    let is_ours = |manifest: &&StoredManifest| {
        let made_by = &manifest.statement.predicate.log_ref;
        intents.contains(&(made_by.seq, made_by.entry_sha256.clone()))
    };
    let ours = if key.is_born() {
        if !manifests.first().is_some_and(|first| is_ours(&first)) {
            return Ok(Row::Gone);
        }
        manifests.as_slice()
    } else {
        let base = manifests.iter().position(|manifest| manifest.payload_sha256 == key.base.manifest_sha256);
        let Some(after) = base.and_then(|at| manifests.get(at.saturating_add(1)..)) else { return Ok(Row::Gone) };
        if after.first().is_some_and(|first| !is_ours(&first)) {
            return Ok(Row::Gone);
        }
        after
    };
    let made = ours.iter().filter(is_ours).flat_map(|manifest| &manifest.statement.predicate.wraps);
    let made: BTreeSet<&str> = made.filter_map(|wrap| wrap.target_id.as_deref()).collect();
    let all = key.wraps.iter().all(|wrap| made.contains(wrap.target_id.as_str()));
    Ok(if all { Row::Done } else { Row::Left })
}
