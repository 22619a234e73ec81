//! The versions of keys: read from the folders' names, and remembered while many keys are looked up.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::error::RegistryError;
use super::files::{self, Kind};
use super::store::Registry;
use crate::key::name::KeyName;
use crate::key::version::KeyVersionId;

/// From so many keys on, one look at all folders is cheaper than a look for each key.
const MANY: usize = 16;

/// The versions of each key, oldest first.
type ByKey = BTreeMap<KeyName, Vec<KeyVersionId>>;

/// What is remembered, and whether anything is to be.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    #[default]
    Off,
    /// From the next look on.
    Asked,
    Known(ByKey),
}

impl Memory {
    // It is replaced as a whole, so a panic elsewhere leaves it whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registry {
    /// Does something with so many keys. For many, the folders are read once: what this process puts into its place in
    /// the meantime is added, and what others do, they do not do under the lock.
    pub fn with_versions_of<T>(&self, keys: usize, act: impl FnOnce() -> T) -> T {
        if keys < MANY {
            return act();
        }
        *self.versions.state() = State::Asked;
        let done = act();
        *self.versions.state() = State::Off;
        done
    }

    /// This process has put something into its place.
    pub(super) fn has_released(&self, to: &Path) {
        let State::Known(known) = &mut *self.versions.state() else { return };
        let name = to.strip_prefix(self.layout().keys()).ok().and_then(Path::to_str);
        if let Some(id) = name.and_then(|name| name.parse::<KeyVersionId>().ok()) {
            let versions = known.entry(id.key.clone()).or_default();
            versions.push(id);
            versions.sort_unstable();
        }
    }

    /// All key versions, by name and then by number. Hidden files are left alone; any other foreign name is an error,
    /// because a key version that is overlooked would be worse.
    ///
    /// # Errors
    /// [`RegistryError::Unexpected`] for a foreign name.
    pub fn key_versions(&self) -> Result<Vec<KeyVersionId>, RegistryError> {
        let mut found = Vec::new();
        let mut folders = vec![String::new()];
        while let Some(prefix) = folders.pop() {
            for entry in files::list(&self.layout().keys().join(&prefix))? {
                if entry.name.starts_with('.') {
                    continue;
                }
                let name = format!("{prefix}{}", entry.name);
                let unexpected =
                    || RegistryError::Unexpected { path: self.layout().keys().join(&name).as_path().into() };
                if entry.kind != Kind::Folder {
                    return Err(unexpected());
                }
                if name.contains('@') {
                    found.push(name.parse().map_err(|_| unexpected())?);
                } else {
                    name.parse::<KeyName>().map_err(|_| unexpected())?;
                    folders.push(name + "/");
                }
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// The versions of one key, oldest first.
    ///
    /// # Errors
    /// [`RegistryError::Unexpected`] for a foreign name.
    pub fn versions(&self, key: &KeyName) -> Result<Vec<KeyVersionId>, RegistryError> {
        let mut state = self.versions.state();
        if matches!(*state, State::Off) {
            return self.listed(key);
        }
        if matches!(*state, State::Asked) {
            let mut known = ByKey::new();
            for id in self.key_versions()? {
                known.entry(id.key.clone()).or_default().push(id);
            }
            *state = State::Known(known);
        }
        let State::Known(known) = &*state else { return Ok(Vec::new()) };
        Ok(known.get(key).cloned().unwrap_or_default())
    }

    fn listed(&self, key: &KeyName) -> Result<Vec<KeyVersionId>, RegistryError> {
        let (prefix, last) = key.as_str().rsplit_once('/').unwrap_or(("", key.as_str()));
        let folder = self.layout().keys().join(prefix);
        let mut found = Vec::new();
        for entry in files::list(&folder)? {
            if entry.name.split_once('@').is_none_or(|(name, _)| name != last) {
                continue;
            }
            let unexpected = || RegistryError::Unexpected { path: folder.join(&entry.name).as_path().into() };
            let id: KeyVersionId = format!("{key}@{}", entry.name.split_once('@').unwrap_or_default().1)
                .parse()
                .map_err(|_| unexpected())?;
            if entry.kind != Kind::Folder {
                return Err(unexpected());
            }
            found.push(id);
        }
        found.sort_unstable();
        Ok(found)
    }

    /// The newest version of a key; `None` when there is no version of it.
    ///
    /// # Errors
    /// [`RegistryError::Unexpected`] for a foreign name.
    pub fn newest_version(&self, key: &KeyName) -> Result<Option<KeyVersionId>, RegistryError> {
        Ok(self.versions(key)?.pop())
    }

    /// Whether there is anything of this version, without a look at all others.
    ///
    /// # Errors
    /// When its folder could not be read.
    pub fn has_version(&self, id: &KeyVersionId) -> Result<bool, RegistryError> {
        files::present(&self.layout().key(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::fixture::{Fixture, OBJECT};

    #[test]
    fn what_is_remembered_is_what_is_there() {
        let f = Fixture::new();
        let names: Vec<KeyName> = ["a/b", "a/b/c", "d"].map(|name| name.parse().unwrap()).to_vec();
        for id in ["a/b@1", "a/b@2", "a/b@10", "a/b/c@1"] {
            f.put_manifest(id, 1, None, OBJECT);
        }
        let look = || names.iter().map(|name| f.registry.versions(name).unwrap()).collect::<Vec<_>>();
        let alone = look();
        assert_eq!(alone.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1, 0]);
        f.registry.with_versions_of(MANY, || {
            assert_eq!(look(), alone);
            // Somebody else's is not seen, one's own is.
            f.put_manifest("d@1", 1, None, OBJECT);
            assert_eq!(look(), alone);
            f.registry.has_released(&f.registry.layout().key(&"d@1".parse().unwrap()));
            f.registry.has_released(&f.root().join("keys/a/b@10/manifest-0002.dsse.json"));
            assert_eq!(f.registry.newest_version(&names[2]).unwrap().unwrap().to_string(), "d@1");
        });
        f.put_manifest("d@2", 1, None, OBJECT);
        assert_eq!(f.registry.newest_version(&names[2]).unwrap().unwrap().to_string(), "d@2");
    }
}
