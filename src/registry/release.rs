//! Output appears whole or not at all: it is staged beside its destination under a hidden name, made durable, named
//! with its hash in the log, and only then renamed into place, never over anything.
//!
//! The hidden name is chosen first ([`Slot`]) and written into the intent, so that recovery knows what to take away.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::RegistryError;
use super::files::{self, Kind};
use crate::manifest::digest::sha256_hex;

/// The largest staged file that recovery hashes. What byok writes is far smaller.
const MAX_STAGED_FILE: u64 = 16 << 20;

/// What a folder has that is a bundle.
const BUNDLE: &str = "bundle.json";

/// A destination and the hidden name beside it. Nothing is on the disk yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Slot {
    from: PathBuf,
    to: PathBuf,
    /// The folder below which missing parents are made; elsewhere they must be there.
    base: Option<PathBuf>,
    /// What is staged there is made durable together with all else of its group, and not by itself.
    in_group: bool,
}

/// What is renamed when a result is released: a file or a folder.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Release {
    /// The hidden name.
    pub from: PathBuf,
    /// The destination.
    pub to: PathBuf,
    /// Lower-case hexadecimal SHA-256: of a file's bytes; of a folder, of its files in the form of `sha256sum`, by name.
    pub sha256: String,
    /// It was staged by this process and is not durable yet.
    #[serde(skip)]
    pub(super) pending: bool,
}

impl Slot {
    /// A slot for a user's destination, an absolute path without `.` and `..`, in a folder that is there.
    ///
    /// # Errors
    /// When it is no such path, or something is there.
    pub fn beside(to: &Path) -> Result<Self, RegistryError> {
        if !is_plain(to) || !to.is_absolute() || to.to_str().is_none() || to.file_name().is_none() {
            return Err(RegistryError::Unexpected { path: to.into() });
        }
        if files::present(to)? {
            return Err(RegistryError::Exists { path: to.into() });
        }
        Ok(Self { from: files::hidden_sibling(to)?, to: to.to_path_buf(), base: None, in_group: false })
    }

    /// A slot for `relative` below a user's folder: missing folders are made when something is staged, and the folder
    /// itself, when it is not there.
    ///
    /// # Errors
    /// When `folder` is no absolute path without `.` and `..`, `relative` no such relative one, something is there, or it
    /// would be inside a bundle, whose files are those that its manifest lists.
    pub fn under(folder: &Path, relative: &Path) -> Result<Self, RegistryError> {
        let slot = Self::beside(&folder.join(relative))?;
        if !is_plain(folder) || !is_plain(relative) || relative.is_absolute() {
            return Err(RegistryError::Unexpected { path: folder.join(relative).as_path().into() });
        }
        for above in slot.to.ancestors().skip(1) {
            if files::present(&above.join(BUNDLE))? {
                return Err(RegistryError::InBundle { path: slot.to.as_path().into(), bundle: above.into() });
            }
        }
        let base = if files::present(folder)? { folder } else { files::parent(folder)? };
        Ok(Self { base: Some(base.to_path_buf()), ..slot })
    }

    /// A slot inside the registry; its folders are made when something is staged.
    pub(super) fn below(base: &Path, relative: &Path) -> Result<Self, RegistryError> {
        let to = base.join(relative);
        Ok(Self { from: files::hidden_sibling(&to)?, to, base: Some(base.to_path_buf()), in_group: false })
    }

    /// The slot that an intent recorded, when it is one of a folder or file below `base`.
    pub(super) fn recorded(base: &Path, from: &Path, to: &Path) -> Option<Self> {
        let slot =
            || Self { from: from.to_path_buf(), to: to.to_path_buf(), base: Some(base.to_path_buf()), in_group: false };
        (files::is_hidden_sibling(from, to) && to.starts_with(base)).then(slot)
    }

    /// Leaves it to the result that names what is staged to make it durable, together with all else of its group.
    #[must_use]
    pub fn in_group(self) -> Self {
        Self { in_group: true, ..self }
    }

    /// The hidden name.
    #[must_use]
    pub fn from(&self) -> &Path {
        &self.from
    }

    /// The destination.
    #[must_use]
    pub fn to(&self) -> &Path {
        &self.to
    }

    fn make_parents(&self) -> Result<(), RegistryError> {
        let Some(base) = &self.base else { return Ok(()) };
        let parent = files::parent(&self.to)?;
        let relative = parent.strip_prefix(base).map_err(|_| RegistryError::Unexpected { path: parent.into() })?;
        if self.in_group { files::make_folders_for_now(base, relative) } else { files::make_folders(base, relative) }
    }

    fn release(&self, sha256: String) -> Release {
        Release { from: self.from.clone(), to: self.to.clone(), sha256, pending: self.in_group }
    }
}

/// True when no part of a path is `.` or `..`, so that it names what it seems to name.
pub(super) fn is_plain(path: &Path) -> bool {
    let mut parts = path.components();
    parts.all(|part| matches!(part, Component::Normal(_) | Component::RootDir)) && !path.as_os_str().is_empty()
}

/// A staged file; taken away when dropped before it is sealed.
#[derive(Debug)]
pub struct StagedFile {
    slot: Slot,
    sha256: String,
    sealed: bool,
}

impl StagedFile {
    /// Writes the bytes under the hidden name, durably unless the slot is one of a group.
    ///
    /// # Errors
    /// When a file or folder could not be made.
    pub fn create(slot: Slot, bytes: &[u8]) -> Result<Self, RegistryError> {
        slot.make_parents()?;
        let sha256 = sha256_hex(bytes);
        if slot.in_group {
            files::create_for_now(&slot.from, bytes)?;
            return Ok(Self { slot, sha256, sealed: false });
        }
        files::create_new(&slot.from, bytes)?;
        let staged = Self { slot, sha256, sealed: false };
        files::sync_parent(&staged.slot.from)?;
        Ok(staged)
    }

    /// What to name in the result. From here on the file stays until it is released or discarded.
    #[must_use]
    pub fn seal(mut self) -> Release {
        self.sealed = true;
        self.slot.release(self.sha256.clone())
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        if !self.sealed {
            // What cannot be removed now is named in the open intent.
            let _ = files::remove(&self.slot.from);
        }
    }
}

/// A staged folder with files; taken away when dropped before it is sealed.
#[derive(Debug)]
pub struct StagedFolder {
    slot: Slot,
    /// What was written and is not yet durable: all of it goes to the disk at once, in one commit of its journal.
    files: Vec<File>,
    /// The hash of each, by name.
    sums: BTreeMap<String, String>,
    sealed: bool,
}

impl StagedFolder {
    /// Makes the folder under the hidden name.
    ///
    /// # Errors
    /// When a folder could not be made.
    pub fn create(slot: Slot) -> Result<Self, RegistryError> {
        slot.make_parents()?;
        files::make_folder_for_now(&slot.from)?;
        Ok(Self { slot, files: Vec::new(), sums: BTreeMap::new(), sealed: false })
    }

    /// The hidden folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.slot.from
    }

    /// Writes one file, 0600. It is durable once the folder is sealed.
    ///
    /// # Errors
    /// When `name` is not a plain file name, exists, or could not be written.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), RegistryError> {
        let path = self.slot.from.join(name);
        if files::name_of(&path) != Some(name) || name.starts_with('.') {
            return Err(RegistryError::Unexpected { path: path.as_path().into() });
        }
        let file = files::create_for_now(&path, bytes)?;
        if !self.slot.in_group {
            self.files.push(file);
        }
        self.sums.insert(name.to_owned(), sha256_hex(bytes));
        Ok(())
    }

    /// Makes the files and their names durable, unless the slot is one of a group, and says what to name in the result.
    /// From here on the folder stays until it is released or discarded.
    ///
    /// # Errors
    /// When it could not be made durable or read back.
    pub fn seal(mut self) -> Result<Release, RegistryError> {
        if self.slot.in_group {
            self.sealed = true;
            return Ok(self.slot.release(folder_sha256(&self.sums)));
        }
        for file in self.files.drain(..) {
            file.sync_all().map_err(|e| RegistryError::io(&self.slot.from, "make durable", e))?;
        }
        files::sync_folder(&self.slot.from)?;
        files::sync_parent(&self.slot.from)?;
        let sha256 = staged_sha256(&self.slot.from)?;
        self.sealed = true;
        Ok(self.slot.release(sha256))
    }
}

impl Drop for StagedFolder {
    fn drop(&mut self) {
        if !self.sealed {
            let _ = files::remove(&self.slot.from);
        }
    }
}

/// The hash of what is staged, as [`Release::sha256`] defines it.
fn staged_sha256(path: &Path) -> Result<String, RegistryError> {
    let stat = rustix::fs::lstat(path).map_err(|e| RegistryError::io(path, "read", e))?;
    if !rustix::fs::FileType::from_raw_mode(stat.st_mode).is_dir() {
        return file_sha256(path);
    }
    let mut sums = BTreeMap::new();
    for entry in files::list(path)? {
        let file = path.join(&entry.name);
        if entry.kind != Kind::File {
            return Err(RegistryError::Unexpected { path: file.as_path().into() });
        }
        sums.insert(entry.name, file_sha256(&file)?);
    }
    Ok(folder_sha256(&sums))
}

fn folder_sha256(sums: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for (name, sha256) in sums {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{sha256}  {name}");
    }
    sha256_hex(text.as_bytes())
}

fn file_sha256(path: &Path) -> Result<String, RegistryError> {
    let missing = || RegistryError::io(path, "read", std::io::Error::from(std::io::ErrorKind::NotFound));
    Ok(sha256_hex(&files::read(path, MAX_STAGED_FILE)?.ok_or_else(missing)?))
}

impl Release {
    /// Renames into place, never over anything, and makes it durable.
    ///
    /// # Errors
    /// [`RegistryError::Exists`] when something is there by now; what is staged stays.
    pub fn release(&self) -> Result<(), RegistryError> {
        files::publish(&self.from, &self.to)
    }

    /// As [`Release::release`]; the caller makes it durable.
    pub(super) fn release_for_now(&self) -> Result<(), RegistryError> {
        files::publish_for_now(&self.from, &self.to)
    }

    /// Takes away what is staged; nothing happens when it is gone.
    ///
    /// # Errors
    /// When the names are not those of a staging, or it could not be removed.
    pub fn discard(&self) -> Result<(), RegistryError> {
        discard(&self.from, &self.to)
    }

    /// True while something lies under the hidden name.
    ///
    /// # Errors
    /// When the folder could not be read.
    pub fn is_staged(&self) -> Result<bool, RegistryError> {
        files::present(&self.from)
    }

    /// True when something is at the destination.
    ///
    /// # Errors
    /// When the folder could not be read.
    pub fn is_occupied(&self) -> Result<bool, RegistryError> {
        files::present(&self.to)
    }

    /// True when nothing is staged, and nothing at the destination: somebody took it away in between.
    ///
    /// # Errors
    /// When a folder could not be read.
    pub fn is_lost(&self) -> Result<bool, RegistryError> {
        Ok(!self.is_staged()? && !self.is_occupied()?)
    }

    /// What is said of what is lost.
    pub(super) fn lost(&self) -> RegistryError {
        RegistryError::io(&self.from, "release", std::io::Error::from(std::io::ErrorKind::NotFound))
    }

    /// True when what is staged is what was sealed.
    ///
    /// # Errors
    /// When it could not be read.
    pub fn is_intact(&self) -> Result<bool, RegistryError> {
        Ok(files::is_hidden_sibling(&self.from, &self.to) && staged_sha256(&self.from)? == self.sha256)
    }
}

/// Takes away what is staged under a hidden name, and nothing that has any other name.
pub(super) fn discard(from: &Path, to: &Path) -> Result<(), RegistryError> {
    if discard_for_now(from, to)? { files::sync_parent(from) } else { Ok(()) }
}

/// As [`discard`]; when something was there, it is the caller's to make its absence durable.
pub(super) fn discard_for_now(from: &Path, to: &Path) -> Result<bool, RegistryError> {
    if !files::is_hidden_sibling(from, to) {
        return Err(RegistryError::Unexpected { path: from.into() });
    }
    files::remove_for_now(from)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn staged_bundle(to: &Path) -> Release {
        let mut folder = StagedFolder::create(Slot::beside(to).unwrap()).unwrap();
        folder.write("b", b"two").unwrap();
        folder.write("a", b"one").unwrap();
        folder.seal().unwrap()
    }

    #[test]
    fn a_folder_appears_whole() {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("bundle");
        let release = staged_bundle(&to);
        assert!(!to.exists());
        assert!(release.is_intact().unwrap());
        release.release().unwrap();
        assert_eq!(fs::read(to.join("a")).unwrap(), b"one");
        assert!(!release.is_staged().unwrap());
        assert_eq!(files::list(dir.path()).unwrap().len(), 1);
    }

    #[test]
    fn nothing_is_released_over_what_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("bundle");
        let release = staged_bundle(&to);
        fs::create_dir(&to).unwrap();
        assert!(matches!(release.release(), Err(RegistryError::Exists { .. })));
        assert!(release.is_intact().unwrap(), "what is staged stays");
        assert!(matches!(Slot::beside(&to), Err(RegistryError::Exists { .. })));
    }

    #[test]
    fn a_change_to_what_is_staged_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let release = staged_bundle(&dir.path().join("bundle"));
        fs::write(release.from.join("c"), b"more").unwrap();
        assert!(!release.is_intact().unwrap());
        fs::remove_file(release.from.join("c")).unwrap();
        fs::rename(release.from.join("a"), release.from.join("c")).unwrap();
        assert!(!release.is_intact().unwrap());
    }

    #[test]
    fn a_failed_run_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut folder = StagedFolder::create(Slot::beside(&dir.path().join("out")).unwrap()).unwrap();
        folder.write("a", b"one").unwrap();
        assert!(matches!(folder.write("a", b"two"), Err(RegistryError::Exists { .. })));
        for bad in ["../a", "a/b", "", ".", "..", ".hidden"] {
            assert!(matches!(folder.write(bad, b""), Err(RegistryError::Unexpected { .. })), "{bad}");
        }
        drop(folder);
        drop(StagedFile::create(Slot::beside(&dir.path().join("file")).unwrap(), b"x").unwrap());
        assert_eq!(files::list(dir.path()).unwrap(), []);
    }

    #[test]
    fn a_file_in_the_registry_gets_its_folders() {
        let dir = tempfile::tempdir().unwrap();
        let slot = Slot::below(dir.path(), Path::new("keys/a/b@1/manifest-0001.dsse.json")).unwrap();
        let release = StagedFile::create(slot, b"x").unwrap().seal();
        assert!(release.is_intact().unwrap());
        release.release().unwrap();
        assert_eq!(fs::read(dir.path().join("keys/a/b@1/manifest-0001.dsse.json")).unwrap(), b"x");
    }

    #[test]
    fn what_is_staged_in_a_group_is_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let slot = Slot::under(dir.path(), Path::new("a/b")).unwrap().in_group();
        let mut folder = StagedFolder::create(slot).unwrap();
        folder.write("b", b"two").unwrap();
        folder.write("a", b"one").unwrap();
        let release = folder.seal().unwrap();
        assert_eq!(release.sha256, staged_bundle(&dir.path().join("alone")).sha256);
        assert!(release.pending && release.is_intact().unwrap());
        let file = Slot::under(dir.path(), Path::new("c/d")).unwrap().in_group();
        let file = StagedFile::create(file, b"x").unwrap().seal();
        assert!(file.pending && file.is_intact().unwrap());
    }

    #[test]
    fn missing_folders_below_a_users_folder_are_made() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        for name in ["payments/kek/aws", "payments/kek/azure", "other/aws"] {
            let mut folder = StagedFolder::create(Slot::under(&out, Path::new(name)).unwrap()).unwrap();
            folder.write("a", b"one").unwrap();
            folder.seal().unwrap().release().unwrap();
            assert_eq!(fs::read(out.join(name).join("a")).unwrap(), b"one");
        }
        assert!(matches!(Slot::under(&out, Path::new("other/aws")), Err(RegistryError::Exists { .. })));
        fs::write(out.join("other/aws").join(BUNDLE), b"{}").unwrap();
        for inside in ["other/aws/x", "other/aws/x/y"] {
            let refused = Slot::under(&out, Path::new(inside));
            assert!(matches!(refused, Err(RegistryError::InBundle { .. })), "{inside}");
        }
        assert!(Slot::under(&out, Path::new("other/azure")).is_ok());
        for bad in ["", "../x", "/x", "a/../b"] {
            assert!(Slot::under(&out, Path::new(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_our_own_hidden_names_are_discarded() {
        let dir = tempfile::tempdir().unwrap();
        let precious = dir.path().join("precious");
        fs::write(&precious, b"x").unwrap();
        let hidden = dir.path().join(".out.byok-0123456789abcdef");
        fs::write(&hidden, b"x").unwrap();
        let sub = dir.path().join("sub");
        for (from, to) in [
            (precious.clone(), dir.path().join("out")),
            (hidden.clone(), dir.path().join("other")),
            (hidden.clone(), sub.join("out")),
        ] {
            assert!(matches!(discard(&from, &to), Err(RegistryError::Unexpected { .. })), "{from:?}");
        }
        assert!(precious.exists() && hidden.exists());
        discard(&hidden, &dir.path().join("out")).unwrap();
        assert!(!hidden.exists());
    }

    #[test]
    fn a_destination_is_absolute_and_plain() {
        for bad in ["out", "/a/../out", "/", ""] {
            assert!(matches!(Slot::beside(Path::new(bad)), Err(RegistryError::Unexpected { .. })), "{bad}");
        }
    }
}
