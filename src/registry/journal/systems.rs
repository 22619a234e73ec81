//! The file systems that a run writes to, each held open from before the first write to it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use crate::registry::error::RegistryError;
use crate::registry::files;
use crate::registry::store::Registry;

/// That of the registry, and those of outputs, by device.
#[derive(Debug)]
pub(super) struct Systems {
    device: u64,
    own: Watched,
    others: BTreeMap<u64, Watched>,
}

impl Systems {
    /// That of the registry.
    pub(super) fn of(registry: &Registry) -> Result<Self, RegistryError> {
        let (device, folder) = files::file_system(&registry.layout().checkpoints())?;
        Ok(Self { device, own: Watched::open(&folder)?, others: BTreeMap::new() })
    }

    /// The registry's.
    pub(super) fn own(&self) -> &Watched {
        &self.own
    }

    /// Whether a device is the registry's.
    pub(super) fn is_own(&self, device: u64) -> bool {
        device == self.device
    }

    /// Holds the file system open in which this is about to be written.
    pub(super) fn watch(&mut self, path: &Path) -> Result<(), RegistryError> {
        let (device, folder) = files::file_system_above(path)?;
        if !self.is_own(device)
            && let Entry::Vacant(place) = self.others.entry(device)
        {
            place.insert(Watched::open(&folder)?);
        }
        Ok(())
    }

    /// Makes durable whatever was written to a file system, of which this is a folder.
    pub(super) fn sync(&mut self, device: u64, folder: &Path) -> Result<(), RegistryError> {
        if self.is_own(device) {
            return self.own.sync();
        }
        match self.others.entry(device) {
            Entry::Occupied(system) => system.get().sync(),
            // It was mounted below a folder that was looked at.
            Entry::Vacant(place) => place.insert(Watched::open(folder)?).sync(),
        }
    }
}

/// A file system that is held open. The kernel tells each descriptor of the errors of writing back that came after it
/// was opened, whoever else was told: so it is opened before what it is to make durable is written.
#[derive(Debug)]
pub(super) struct Watched {
    folder: PathBuf,
    descriptor: File,
}

impl Watched {
    /// Of a folder.
    pub(super) fn open(folder: &Path) -> Result<Self, RegistryError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let descriptor = rustix::fs::open(folder, flags, Mode::empty());
        let descriptor = descriptor.map_err(|e| RegistryError::io(folder, "open", e))?.into();
        Ok(Self { folder: folder.to_path_buf(), descriptor })
    }

    /// Makes durable whatever was written to it.
    pub(super) fn sync(&self) -> Result<(), RegistryError> {
        self.sync_now().map_err(|e| RegistryError::io(&self.folder, "make durable", e))
    }

    /// As [`Watched::sync`].
    pub(super) fn sync_now(&self) -> std::io::Result<()> {
        Ok(rustix::fs::syncfs(&self.descriptor)?)
    }
}
