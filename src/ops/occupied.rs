//! Keys of providers that belong to one key of ours. Where an answer is for one key there, what is imported under it takes the
//! place of what that key has: material of another key of ours would be made current in its stead.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::place::{Place, Sight};
use super::verify::parallel;
use crate::format::escape::{SHORT, printable};
use crate::key::name::KeyName;
use crate::key::state::State;
use crate::key::version::KeyVersionId;
use crate::manifest::statement::{KeyVersionPredicate, WrapRecord};
use crate::manifest::trust::Trust;
use crate::provider::find;
use crate::registry::error::RegistryError;
use crate::registry::store::{Registry, StoredManifest};

/// The key of the provider is another one's.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Occupied {
    /// By what the registry knows.
    #[error("the answer is for one key of the provider, {place}, and {other} was wrapped for that")]
    Taken {
        /// The key there, made printable.
        place: String,
        /// The version of another key.
        other: KeyVersionId,
    },
    /// By what is asked for now.
    #[error("the answer is for one key of the provider, {place}, and {other} would go there too")]
    Shared {
        /// The key there, made printable.
        place: String,
        /// The other key.
        other: KeyName,
    },
}

/// What keys of providers are called, by provider and by the last part of their names: ids stand for full names.
#[derive(Debug)]
pub struct Names<T>(BTreeMap<(&'static str, String), Vec<(String, T)>>);

/// A key of a provider whose answers are for one key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Own<'a> {
    provider: &'static str,
    /// Its name there.
    pub target: &'a str,
}

impl<'a> Own<'a> {
    /// Nothing where the provider's answers are for many keys.
    #[must_use]
    pub fn of(provider: &str, target: Option<&'a str>) -> Option<Self> {
        let provider = find(provider).filter(|provider| provider.answers_for_one_key)?;
        Some(Self { provider: provider.id, target: target? })
    }

    fn of_wrap(wrap: &'a WrapRecord) -> Option<Self> {
        Self::of(&wrap.provider, wrap.target.as_deref())
    }

    fn place(self) -> Place<'a> {
        Sight { provider: self.provider, target_id: None, resource: self.target }.place()
    }

    fn name(self) -> (&'static str, String) {
        (self.provider, self.target.rsplit('/').next().unwrap_or_default().to_owned())
    }
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Names<T> {
    /// Takes one up.
    pub fn add(&mut self, own: Own<'_>, who: T) {
        self.0.entry(own.name()).or_default().push((own.target.to_owned(), who));
    }

    /// Who has, or may have, this key there.
    pub fn at(&self, own: Own<'_>) -> impl Iterator<Item = &T> {
        let known = self.0.get(&own.name()).map(Vec::as_slice).unwrap_or_default();
        let is_it = move |target: &str| Own { provider: own.provider, target }.place().may_be_same(&own.place());
        known.iter().filter(move |(target, _)| is_it(target)).map(|(_, who)| who)
    }
}

/// The versions of keys that were wrapped for such keys.
#[derive(Debug)]
pub struct Occupants<'a> {
    registry: &'a Registry,
    trust: &'a Trust,
    names: Names<KeyVersionId>,
}

impl<'a> Occupants<'a> {
    /// All of the registry. No folder's name tells where a key went, so all of them are looked at once, without a look at
    /// signatures; what may be of interest is verified.
    ///
    /// # Errors
    /// A registry that cannot be read.
    pub fn of((registry, trust): (&'a Registry, &'a Trust)) -> Result<Self, RegistryError> {
        let ids = registry.key_versions()?;
        let found = parallel::map(&ids, |id| targets((registry, trust), id));
        let mut names = Names::default();
        for (id, found) in ids.into_iter().zip(found) {
            for (provider, target) in &found? {
                names.add(Own { provider, target }, id.clone());
            }
        }
        Ok(Self { registry, trust, names })
    }

    /// Whether a version of this key may go there: no other key did.
    ///
    /// # Errors
    /// A manifest that does not verify.
    pub fn other_than(&self, key: &KeyName, own: Own<'_>) -> Result<Option<Occupied>, RegistryError> {
        for other in self.names.at(own).filter(|other| other.key != *key) {
            let manifests = self.registry.manifests_under(other, self.trust)?;
            if self.is_there(&manifests, own)? {
                let place = printable(own.target, SHORT);
                return Ok(Some(Occupied::Taken { place, other: other.clone() }));
            }
        }
        Ok(None)
    }

    /// Whether one of its wraps is there. A version that was ended before it was in use anywhere, and that nobody has seen
    /// there, has left the place to others.
    fn is_there(&self, manifests: &[StoredManifest], own: Own<'_>) -> Result<bool, RegistryError> {
        let mut is_there = false;
        for manifest in manifests {
            for (at, wrap) in manifest.statement.predicate.wraps.iter().enumerate() {
                let same = Own::of_wrap(wrap).is_some_and(|its| its.place().may_be_same(&own.place()));
                is_there |= same && !self.registry.is_given_up(&manifest.payload_sha256, at)?;
            }
        }
        let Some(newest) = manifests.last().filter(|_| is_there) else { return Ok(false) };
        let newest = &newest.statement.predicate;
        let placements = manifests.iter().flat_map(|manifest| &manifest.statement.predicate.placements);
        let was_seen = placements.map(Sight::from).any(|sight| sight.place().may_be_same(&own.place()));
        Ok(was_seen || newest.dates.activated_at.is_some() || !is_ended(newest))
    }
}

fn is_ended(predicate: &KeyVersionPredicate) -> bool {
    matches!(predicate.state, State::Deactivated | State::Destroyed)
}

fn targets(
    (registry, trust): (&Registry, &Trust),
    id: &KeyVersionId,
) -> Result<BTreeSet<(&'static str, String)>, RegistryError> {
    let found = RefCell::new(BTreeSet::new());
    let take = |wraps: &[WrapRecord]| {
        let own = wraps.iter().filter_map(Own::of_wrap);
        found.borrow_mut().extend(own.map(|own| (own.provider, own.target.to_owned())));
    };
    let is_unread = registry.any_may_say(id, |said| {
        take(&said.wraps);
        false
    })?;
    if is_unread {
        let manifests = registry.manifests_under(id, trust)?;
        for manifest in &manifests {
            take(&manifest.statement.predicate.wraps);
        }
    }
    Ok(found.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    fn own(target: &str) -> Own<'_> {
        Own::of("aws-kms", Some(target)).unwrap()
    }

    #[test]
    fn an_id_stands_for_the_full_name_and_another_account_is_another_key() {
        let arn = |account: &str| format!("arn:aws:kms:eu-central-1:{account}:key/{ID}");
        let (ours, theirs) = (arn("111122223333"), arn("444455556666"));
        let mut names = Names::default();
        names.add(own(&ours), 1);
        names.add(own(ID), 2);
        names.add(own("0000abcd-12ab-34cd-56ef-1234567890ab"), 3);
        let at = |target: &str| names.at(own(target)).copied().collect::<Vec<_>>();
        assert_eq!((at(&ours), at(ID), at(&theirs)), (vec![1, 2], vec![1, 2], vec![2]));
        for provider in ["openbao", "google-cloud-kms", "azure-key-vault", "generic", "nobody"] {
            assert_eq!(Own::of(provider, Some("kek")), None);
        }
        assert_eq!(Own::of("aws-kms", None), None);
    }
}
