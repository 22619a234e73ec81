//! Where key versions came from and went, as their files say it and nobody has verified it. Whether one of ten thousand keys is at a
//! place no folder's name tells, so all of them have to be looked at; a look at the bytes costs a tenth of a
//! verification, and what it finds is verified. A file that was changed can hide itself from it, and could as well be taken
//! away: that a manifest is withheld no reader can know.

use super::error::RegistryError;
use super::files;
use super::store::Registry;
use crate::key::version::KeyVersionId;
use crate::manifest::dsse::MAX_ENVELOPE;
use crate::manifest::hint::{Said, said};

impl Registry {
    /// Whether the newest manifest of a key version may say this: verify it then.
    ///
    /// # Errors
    /// A registry that cannot be read.
    pub fn newest_may_say(&self, id: &KeyVersionId, says: impl Fn(&Said) -> bool) -> Result<bool, RegistryError> {
        let newest = self.newest_revision(id)?;
        self.may_say(id, newest, &says)
    }

    /// The same for any of its manifests.
    ///
    /// # Errors
    /// A registry that cannot be read.
    pub fn any_may_say(&self, id: &KeyVersionId, says: impl Fn(&Said) -> bool) -> Result<bool, RegistryError> {
        for revision in 1..=self.newest_revision(id)? {
            if self.may_say(id, revision, &says)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn may_say(&self, id: &KeyVersionId, revision: u32, says: &impl Fn(&Said) -> bool) -> Result<bool, RegistryError> {
        let limit = u64::try_from(MAX_ENVELOPE).unwrap_or(u64::MAX);
        let bytes = files::read(&self.layout().manifest(id, revision), limit)?;
        Ok(bytes.as_deref().and_then(said).is_none_or(|said| says(&said)))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::registry::fixture::{Fixture, OBJECT};

    #[test]
    fn what_cannot_be_read_is_worth_a_look() {
        let f = Fixture::new();
        let first = f.put_manifest("a@1", 1, None, OBJECT);
        f.put_manifest("a@1", 2, Some(&first), OBJECT);
        let id: KeyVersionId = "a@1".parse().unwrap();
        let newest = || f.registry.newest_may_say(&id, |said| !said.wraps.is_empty()).unwrap();
        let any = || f.registry.any_may_say(&id, |said| !said.placements.is_empty()).unwrap();
        assert!(!newest() && !any());
        assert!(f.registry.newest_may_say(&id, |said| said.wraps.is_empty()).unwrap());
        fs::write(f.registry.layout().manifest(&id, 1), b"{}").unwrap();
        assert!(!newest() && any());
        fs::write(f.registry.layout().manifest(&id, 2), b"{").unwrap();
        assert!(newest());
        fs::remove_file(f.registry.layout().manifest(&id, 1)).unwrap();
        assert!(f.registry.newest_may_say(&id, |_| false).is_err(), "a gap is refused as ever");
    }
}
