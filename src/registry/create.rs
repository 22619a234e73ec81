//! A new registry is built under a hidden name beside its place and appears whole, with its first entries signed.
//!
//! Whoever builds holds a lock on the folder around it, so a hidden registry that is found under that lock is what a
//! dead `init` left.

use std::fs::File;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{Mode, OFlags};

use super::error::{LogFault, RegistryError};
use super::files::{self, Kind};
use super::journal::OpenIntent;
use super::journal::operations::Operations;
use super::layout::{FOLDERS, Layout};
use super::lines::LogLines;
use super::lock::{self, Guard, Wait};
use super::store::{About, Registry, SCHEMA};

/// Bytes of randomness in an origin.
const ORIGIN_RANDOM: usize = 16;

/// The place of a registry to be, locked.
#[derive(Debug)]
pub struct Site {
    to: PathBuf,
    /// Held for its lock only.
    _parent: File,
}

/// What an `init` that died left beside the place.
#[derive(Debug)]
pub struct Leftover {
    layout: Layout,
}

/// A registry under its hidden name.
#[derive(Debug)]
pub struct NewRegistry {
    registry: Registry,
    site: Site,
}

impl Site {
    /// Locks the folder in which the registry will be. It must be there, and the registry must not.
    ///
    /// # Errors
    /// [`RegistryError::Exists`], [`RegistryError::Locked`], or when the folder around it could not be opened.
    pub fn take(to: &Path, wait: Wait) -> Result<Self, RegistryError> {
        if files::name_of(to).is_none() {
            return Err(RegistryError::Unexpected { path: to.into() });
        }
        let parent = files::parent(to)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder =
            rustix::fs::open(parent, flags, Mode::empty()).map_err(|e| RegistryError::io(parent, "open", e))?;
        let folder = lock::acquire(File::from(folder), parent, wait, "the folder of the new registry")?;
        if files::present(to)? {
            return Err(RegistryError::Exists { path: to.into() });
        }
        Ok(Self { to: to.to_path_buf(), _parent: folder })
    }

    /// Hidden registries for this place that dead runs left, by name.
    ///
    /// # Errors
    /// When the folder could not be read.
    pub fn leftovers(&self) -> Result<Vec<Leftover>, RegistryError> {
        let parent = files::parent(&self.to)?;
        let hidden = |name: &str| self.to.with_file_name(name);
        let found = files::list(parent)?.into_iter().filter(|entry| entry.kind == Kind::Folder);
        Ok(found
            .map(|entry| hidden(&entry.name))
            .filter(|path| files::is_hidden_sibling(path, &self.to))
            .map(|path| Leftover { layout: Layout::new(path) })
            .collect())
    }

    /// Builds an empty registry under a hidden name, with a random origin, and locks it.
    ///
    /// # Errors
    /// When a file or folder could not be made.
    pub fn begin(self, now: Timestamp) -> Result<(NewRegistry, Guard), RegistryError> {
        let layout = Layout::new(files::hidden_sibling(&self.to)?);
        files::make_folder(layout.root())?;
        for folder in FOLDERS {
            files::make_folder(&layout.root().join(folder))?;
        }
        let about = About { schema: SCHEMA.to_owned(), origin: random_origin()?, created: now };
        let path = layout.registry_json();
        let json = serde_json::to_vec(&about).map_err(|e| RegistryError::malformed(&path, e.to_string()))?;
        files::write_new(&path, &[json, b"\n".to_vec()].concat())?;
        let registry = Registry::open(layout.root())?;
        let guard = registry.lock(Wait::None, None)?;
        Ok((NewRegistry { registry, site: self }, guard))
    }
}

/// Renames a registry with a checkpoint into its place.
fn publish(registry: &Registry, site: &Site) -> Result<Registry, RegistryError> {
    let hidden = registry.layout();
    if !files::present(&hidden.checkpoint())? {
        return Err(LogFault::NoCheckpoint.into());
    }
    files::sync_folder(hidden.root())?;
    files::publish(hidden.root(), &site.to)?;
    Registry::open(&site.to)
}

fn random_origin() -> Result<String, RegistryError> {
    let mut random = [0_u8; ORIGIN_RANDOM];
    getrandom::fill(&mut random).map_err(RegistryError::Random)?;
    Ok(format!("byok/{}", hex::encode(random)))
}

impl Leftover {
    /// The hidden folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.layout.root()
    }

    /// What the dead run had begun: what may be left of it in the token. What it had ended counts as well, because
    /// without a checkpoint its log is given up, and the next run begins anew.
    ///
    /// # Errors
    /// When its log is not one.
    pub fn intents(&self) -> Result<Vec<OpenIntent>, RegistryError> {
        let mut operations = Operations::new(self.layout.root());
        for (seq, line) in (0..).zip(LogLines::open(&self.layout)?) {
            operations.add_intent(seq, &line?)?;
        }
        Ok(operations.into_intents())
    }

    /// True when its first checkpoint is signed: the dead run had only not yet put it in its place.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        files::present(&self.layout.checkpoint()).unwrap_or(false)
    }

    /// Puts a complete registry in its place.
    ///
    /// # Errors
    /// When it is none, or something is at its place by now.
    pub fn finish(self, site: &Site) -> Result<Registry, RegistryError> {
        // It may have died while it saved its cache, after the checkpoint.
        [self.layout.audit(), self.layout.cache()].iter().try_for_each(|folder| files::sweep(folder))?;
        publish(&Registry::open(self.layout.root())?, site)
    }

    /// Removes it. What its intents name in the token must have been dealt with.
    ///
    /// # Errors
    /// When it could not be removed.
    pub fn remove(self) -> Result<(), RegistryError> {
        files::remove(self.layout.root())
    }
}

impl NewRegistry {
    /// The registry under its hidden name.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Writes `trust/signer.pem`.
    ///
    /// # Errors
    /// When it could not be written, or is not a PEM public key that checks evidence.
    pub fn write_signer(&self, pem: &str) -> Result<(), RegistryError> {
        files::write_new(&self.registry.layout().signer(), pem.as_bytes())?;
        self.registry.trust().map(drop)
    }

    /// Renames it into its place. Its first checkpoint must have been signed.
    ///
    /// # Errors
    /// When it has no checkpoint, or something is at its place by now.
    pub fn finish(self) -> Result<Registry, RegistryError> {
        publish(&self.registry, &self.site)
    }

    /// Removes it, when nothing in the token depends on what its log says.
    ///
    /// # Errors
    /// When it could not be removed.
    pub fn discard(self) -> Result<(), RegistryError> {
        files::remove(self.registry.layout().root())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::record::Outcome;
    use crate::registry::fixture;
    use crate::registry::journal::ResultDraft;

    #[test]
    fn it_appears_whole() {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("registry");
        let signer = fixture::signer();
        let (new, guard) = Site::take(&to, Wait::None).unwrap().begin(fixture::now()).unwrap();
        assert!(!to.exists());
        let origin = new.registry().origin().to_owned();
        new.write_signer(&signer.pem()).unwrap();
        fixture::first_entries(new.registry(), &guard, &signer);
        let registry = new.finish().unwrap();
        assert_eq!(registry.origin(), origin);
        assert!(guard.holds(&registry.layout().lock()), "the lock moved with the folder");
        assert_eq!(files::list(dir.path()).unwrap().len(), 1);
        assert!(matches!(Site::take(&to, Wait::None), Err(RegistryError::Exists { .. })));
    }

    #[test]
    fn it_does_not_appear_without_a_checkpoint() {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("registry");
        let (new, _guard) = Site::take(&to, Wait::None).unwrap().begin(fixture::now()).unwrap();
        assert!(matches!(new.finish(), Err(RegistryError::Log(LogFault::NoCheckpoint))));
        assert!(!to.exists());
    }

    #[test]
    fn a_dead_init_tells_what_it_had_begun() {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("registry");
        let (new, guard) = Site::take(&to, Wait::None).unwrap().begin(fixture::now()).unwrap();
        let mut journal = fixture::begin(new.registry(), &guard);
        let ended = journal.intent(fixture::draft("signer.created", None)).unwrap();
        journal.result(&ended, Outcome::Success, ResultDraft::default()).unwrap();
        drop(journal);
        drop((guard, new));
        let site = Site::take(&to, Wait::None).unwrap();
        let mut leftovers = site.leftovers().unwrap();
        let leftover = leftovers.pop().unwrap();
        let intents = leftover.intents().unwrap();
        assert_eq!(intents.iter().map(|intent| intent.event.as_str()).collect::<Vec<_>>(), ["signer.created"]);
        leftover.remove().unwrap();
        assert!(site.leftovers().unwrap().is_empty());
        assert_eq!(files::list(dir.path()).unwrap(), []);
    }

    #[test]
    fn two_inits_do_not_meet() {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("registry");
        let _site = Site::take(&to, Wait::None).unwrap();
        assert!(matches!(Site::take(&to, Wait::None), Err(RegistryError::Locked { .. })));
    }
}
