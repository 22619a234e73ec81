//! A private folder for one process in the user's runtime folder, for programs that want files. It goes with its value;
//! what killed processes left, the next one takes away.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::OFlags;

use super::error::RegistryError;
use super::files::{self, Kind};
use super::lock::{self, Wait};
use super::runtime;

/// How the names of such folders begin.
const PREFIX: &str = "scratch-";
/// Held while a folder is made, so that nobody takes it away before it is locked.
const LOCK: &str = "scratch.lock";
/// Making a folder takes no time at all.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of randomness in a name.
const RANDOM: usize = 8;

/// A folder that nobody else can read.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    /// Held for its lock only, which dies with the process.
    _lock: File,
}

impl Scratch {
    /// Makes a folder, and takes away those whose process has gone.
    ///
    /// # Errors
    /// When the runtime folder is not the user's own, or cannot be written.
    pub fn make(runtime: &Path) -> Result<Self, RegistryError> {
        runtime::ensure(runtime)?;
        let lock_path = runtime.join(LOCK);
        let file = files::open(&lock_path, OFlags::RDWR | OFlags::CREATE)?;
        let _guard = lock::acquire(file, &lock_path, Wait::For(PATIENCE), "the runtime folder")?;
        sweep(runtime)?;
        let mut random = [0_u8; RANDOM];
        getrandom::fill(&mut random).map_err(RegistryError::Random)?;
        let path = runtime.join(format!("{PREFIX}{}", hex::encode(random)));
        files::make_folder_for_now(&path)?;
        let lock = lock::acquire(open_folder(&path)?, &path, Wait::None, "a scratch folder")?;
        Ok(Self { path, _lock: lock })
    }

    /// The path of a file in it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a new file.
    ///
    /// # Errors
    /// When it is there, or cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RegistryError> {
        files::create_for_now(&self.path(name), bytes).map(drop)
    }

    /// Reads a file that another program wrote; `None` when there is none.
    ///
    /// # Errors
    /// When it is no regular file, too large, or cannot be read.
    pub fn read(&self, name: &str, limit: usize) -> Result<Option<Vec<u8>>, RegistryError> {
        files::read(&self.path(name), u64::try_from(limit).unwrap_or(u64::MAX))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays, the next one takes away.
        let _ = files::remove(&self.path);
    }
}

/// Takes away the folders that no process holds.
fn sweep(runtime: &Path) -> Result<(), RegistryError> {
    for entry in files::list(runtime)? {
        let path = runtime.join(&entry.name);
        if entry.kind != Kind::Folder || !entry.name.starts_with(PREFIX) {
            continue;
        }
        let free = open_folder(&path).and_then(|folder| lock::acquire(folder, &path, Wait::None, "a scratch folder"));
        if free.is_ok() {
            files::remove(&path)?;
        }
    }
    Ok(())
}

fn open_folder(path: &Path) -> Result<File, RegistryError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = rustix::fs::open(path, flags, rustix::fs::Mode::empty());
    opened.map(File::from).map_err(|error| RegistryError::io(path, "open", error))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn scratches(runtime: &Path) -> usize {
        files::list(runtime).unwrap().iter().filter(|entry| entry.name.starts_with(PREFIX)).count()
    }

    #[test]
    fn a_folder_is_private_and_goes_with_its_value() {
        let dir = tempfile::tempdir().unwrap();
        let scratch = Scratch::make(dir.path()).unwrap();
        assert_eq!(scratch.path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        scratch.write("plan", b"bytes").unwrap();
        assert_eq!(scratch.read("plan", 5).unwrap().unwrap(), b"bytes");
        assert!(scratch.read("plan", 4).is_err());
        assert_eq!(scratch.read("other", 4).unwrap(), None);
        drop(scratch);
        assert_eq!(scratches(dir.path()), 0);
    }

    #[test]
    fn what_a_killed_process_left_is_taken_away_and_what_lives_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let left = dir.path().join("scratch-0123456789abcdef");
        fs::create_dir(&left).unwrap();
        fs::write(left.join("plan"), b"x").unwrap();
        let first = Scratch::make(dir.path()).unwrap();
        assert!(!left.exists());
        let second = Scratch::make(dir.path()).unwrap();
        assert!(first.path.exists() && second.path.exists());
        assert_eq!(scratches(dir.path()), 2);
    }
}
