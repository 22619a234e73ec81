//! A note beside the place of a registry to be: which token `init --create-token` has made for it. The same command,
//! typed again after a crash, knows its own token from any other by it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::RegistryError;
use super::files;

/// The largest note that is read.
const MAX_FILE: u64 = 4 << 10;

/// A token that was initialised for a registry to be.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewToken {
    /// Its label.
    pub label: String,
    /// The serial number that it got.
    pub serial: String,
}

impl NewToken {
    /// The note for the registry that will be at this path. Half a note is none: it is whole before anything relies on
    /// it.
    #[must_use]
    pub fn read(registry: &Path) -> Option<Self> {
        let bytes = files::read(&note(registry)?, MAX_FILE).ok()??;
        serde_json::from_slice(&bytes).ok()
    }

    /// Writes the note; it is on the disk when this returns.
    ///
    /// # Errors
    /// When it could not be written.
    pub fn write(&self, registry: &Path) -> Result<(), RegistryError> {
        let path = note(registry).ok_or_else(|| RegistryError::Unexpected { path: registry.into() })?;
        let json = serde_json::to_vec(self).map_err(|error| RegistryError::malformed(&path, error.to_string()))?;
        files::remove(&path)?;
        files::create_new(&path, &json)?;
        files::sync_parent(&path)
    }

    /// Removes the note, when the registry is in its place.
    ///
    /// # Errors
    /// When it could not be removed.
    pub fn forget(registry: &Path) -> Result<(), RegistryError> {
        note(registry).map_or(Ok(()), |path| files::remove(&path))
    }
}

fn note(registry: &Path) -> Option<PathBuf> {
    Some(registry.with_file_name(format!(".{}.new-token.json", files::name_of(registry)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_note_is_none_and_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let registry = dir.path().join("registry");
        assert_eq!(NewToken::read(&registry), None);
        NewToken::forget(&registry).unwrap();
        std::fs::write(dir.path().join(".registry.new-token.json"), "{\"label\":").unwrap();
        assert_eq!(NewToken::read(&registry), None);
        let token = NewToken { label: "new".to_owned(), serial: "1234".to_owned() };
        token.write(&registry).unwrap();
        assert_eq!(NewToken::read(&registry), Some(token));
        NewToken::forget(&registry).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
