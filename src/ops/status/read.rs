//! Reads the facts: one trust, the newest manifests, and the whole history only where wraps matter.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::facts::{Asks, Facts, Placed, Subject, WrapFact};
use crate::key::exposure::Exposure;
use crate::key::name::KeyName;
use crate::key::operation::Operation;
use crate::key::state::State;
use crate::key::version::KeyVersionId;
use crate::manifest::statement::{KeyVersionPredicate, PlacementRecord};
use crate::manifest::trust::Trust;
use crate::ops::govern::of_key;
use crate::ops::target::Targets;
use crate::ops::verify::parallel;
use crate::policy::request::KeyFacts;
use crate::policy::{Periods, Policy};
use crate::registry::error::RegistryError;
use crate::registry::store::{Registry, StoredManifest};

/// What is the same for every key.
struct Reader<'a> {
    registry: &'a Registry,
    policy: Option<&'a Policy>,
    targets: &'a Targets,
    trust: Trust,
    now: Timestamp,
}

/// One version, and the periods of its key as its own newest manifest leads to them.
type Read = (KeyVersionId, Facts, Periods, Asks);

/// All keys, by name.
pub(super) fn subjects(
    registry: &Registry,
    policy: Option<&Policy>,
    targets: &Targets,
    now: Timestamp,
) -> Result<Vec<Subject>, RegistryError> {
    let ids = registry.key_versions()?;
    let reader = Reader { registry, policy, targets, trust: registry.trust()?, now };
    let newest: BTreeSet<&KeyVersionId> = ids
        .iter()
        .zip(ids.iter().skip(1).map(Some).chain([None]))
        .filter(|(id, next)| next.is_none_or(|next| next.key != id.key))
        .map(|(id, _)| id)
        .collect();
    let read = parallel::map(&ids, |id| reader.version(id, newest.contains(id)));
    gather(read)
}

/// One key; `None` when there is no version of it.
///
/// # Errors
/// A registry that cannot be read, a manifest that does not verify.
pub fn subject(
    registry: &Registry,
    (policy, targets): (Option<&Policy>, &Targets),
    name: &KeyName,
    now: Timestamp,
) -> Result<Option<Subject>, RegistryError> {
    let ids = registry.versions(name)?;
    let reader = Reader { registry, policy, targets, trust: registry.trust()?, now };
    let newest = ids.last();
    Ok(gather(ids.iter().map(|id| reader.version(id, Some(id) == newest)))?.pop())
}

/// Versions of one key stand together.
fn gather(read: impl IntoIterator<Item = Result<Read, RegistryError>>) -> Result<Vec<Subject>, RegistryError> {
    let mut subjects: Vec<Subject> = Vec::new();
    for version in read {
        let (id, facts, periods, asks) = version?;
        match subjects.last_mut().filter(|subject| subject.name == id.key) {
            // The periods of the newest version are those of the key.
            Some(subject) => {
                subject.versions.push(facts);
                (subject.periods, subject.asks) = (periods, asks);
            }
            None => subjects.push(Subject { name: id.key, periods, asks, versions: vec![facts] }),
        }
    }
    Ok(subjects)
}

impl Reader<'_> {
    fn version(&self, id: &KeyVersionId, is_newest: bool) -> Result<Read, RegistryError> {
        let newest = self.registry.newest_manifest_under(id, &self.trust)?;
        let predicate = &newest.statement.predicate;
        let history = self.history(id, newest.clone(), is_newest)?;
        let ruled = self.policy.zip(of_key(&id.key, predicate, Exposure::None));
        let (periods, asks) =
            ruled.map_or_else(Default::default, |(policy, key)| (policy.periods(&key), asks(policy, &key)));
        let ended = ended(history.iter().map(|manifest| &manifest.statement.predicate), self.now);
        let told = (ended, self.wraps(&history)?, placements(&history));
        Ok((id.clone(), Facts::of(id.version, predicate, told, self.now), periods, asks))
    }

    /// The manifests that say where a version went: where another one may take its place, all of them.
    fn history(
        &self,
        id: &KeyVersionId,
        newest: StoredManifest,
        is_newest: bool,
    ) -> Result<Vec<StoredManifest>, RegistryError> {
        let predicate = &newest.statement.predicate;
        let state = predicate.state_at(self.now);
        let gone = matches!(state, State::Destroyed | State::DestroyedCompromised);
        let matters = !is_newest
            || id.version.get() > 1
            || matches!(state, State::PreActivation | State::Compromised)
            || predicate.rotation.is_some()
            || self.targets.of(&id.key).next().is_some();
        if !matters || gone || newest.revision == 1 {
            return Ok(vec![newest]);
        }
        self.registry.manifests_under(id, &self.trust)
    }

    fn wraps(&self, history: &[StoredManifest]) -> Result<Vec<WrapFact>, RegistryError> {
        let mut wraps = Vec::new();
        for manifest in history {
            for (at, wrap) in manifest.statement.predicate.wraps.iter().enumerate() {
                // Nobody has a bundle that could not be put in its place.
                if !self.registry.is_given_up(&manifest.payload_sha256, at)? {
                    wraps.push(WrapFact::from(wrap));
                }
            }
        }
        Ok(wraps)
    }
}

/// Since when a version has been out of use without a break. A compromise that comes later does not bring it back.
fn ended<'a>(history: impl DoubleEndedIterator<Item = &'a KeyVersionPredicate>, now: Timestamp) -> Option<Timestamp> {
    let (mut since, mut until) = (None, now);
    for predicate in history.rev() {
        let effective = predicate.dates.schedule().state_at(predicate.state, until);
        if !matches!(effective.state, State::Deactivated | State::Compromised) {
            break;
        }
        // Time alone may have ended it, before the manifest after this one took that in.
        let from = effective.since.unwrap_or(predicate.state_changed_at);
        since = Some(since.map_or(from, |since: Timestamp| since.min(from)));
        until = predicate.as_of();
    }
    since
}

fn asks(policy: &Policy, key: &KeyFacts<'_>) -> Asks {
    let asks = |operation| policy.ruling(operation, key).is_some_and(|ruling| ruling.approvals.is_some());
    let wrap = asks(Operation::WrapForImport);
    Asks { rotate: asks(Operation::Rotate), wrap, revoke: asks(Operation::Revoke), destroy: asks(Operation::Destroy) }
}

/// What the newest manifest says, with the time at which each place was seen first.
fn placements(history: &[StoredManifest]) -> Vec<Placed> {
    let Some(newest) = history.last() else { return Vec::new() };
    let all = || history.iter().flat_map(|manifest| &manifest.statement.predicate.placements);
    let of = |placement: &PlacementRecord| {
        let first = all().filter(|known| known.place() == placement.place()).map(|known| known.observed_at).min();
        Placed { first: first.unwrap_or(placement.observed_at), ..Placed::from(placement) }
    };
    newest.statement.predicate.placements.iter().map(of).collect()
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
