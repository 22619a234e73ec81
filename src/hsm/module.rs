//! The module's file: found, hashed, loaded. The only file access of this folder.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::TokenError;
use super::pkcs11_context::{Context, ContextError};
use super::slot::{Slot, TokenChoice, choose};
use crate::format::escape::printable;
use crate::manifest::digest::is_sha256;

/// The longest message of the loader that is shown, in characters.
const LOADER_MESSAGE: usize = 512;
/// How many modules one cache remembers.
const CACHED_MODULES: usize = 16;

/// A loaded, initialised PKCS#11 module. `C_Finalize` is called when it and everything opened from it is dropped.
pub struct Module {
    pub(super) context: Arc<Context>,
    sha256: String,
}

/// Hashes of module files. The caller keeps it between runs; a file is hashed again when its device, inode, size,
/// modification or change time differ.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ModuleHashCache {
    entries: Vec<CachedHash>,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CachedHash {
    file: FileStamp,
    /// Lower-case hexadecimal.
    sha256: String,
}

/// Times in seconds and nanoseconds since 1970.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FileStamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module").field("sha256", &self.sha256).finish_non_exhaustive()
    }
}

impl Module {
    /// Checks, hashes, loads and initialises the module at an absolute path.
    ///
    /// # Errors
    /// The `Module...` variants, [`TokenError::NotASharedLibrary`], [`TokenError::NotPkcs11`], and what
    /// `C_Initialize` answered.
    pub fn load(path: &Path, cache: &mut ModuleHashCache) -> Result<Self, TokenError> {
        if !path.is_absolute() {
            return Err(TokenError::ModulePathNotAbsolute(path.to_owned()));
        }
        let unreadable = |source: std::io::Error| match source.kind() {
            ErrorKind::NotFound => TokenError::ModuleMissing(path.to_owned()),
            _ => TokenError::ModuleUnreadable { path: path.to_owned(), source },
        };
        // Asked before it is opened: opening a FIFO would wait for ever.
        if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(TokenError::ModuleNotAFile(path.to_owned()));
        }
        let mut file = File::open(path).map_err(unreadable)?;
        let sha256 = cache.hash(&mut file).map_err(unreadable)?;
        // One name for one file: the users of a module are counted by it.
        let real = std::fs::canonicalize(path).map_err(unreadable)?;
        let context = Context::open(&real).map_err(|error| match error {
            ContextError::NotLoadable(_) if !is_elf(path) => TokenError::NotASharedLibrary(path.to_owned()),
            ContextError::NotLoadable(reason) => {
                TokenError::ModuleNotLoadable { path: path.to_owned(), reason: printable(&reason, LOADER_MESSAGE) }
            }
            ContextError::NotPkcs11 => TokenError::NotPkcs11(path.to_owned()),
            ContextError::ManyInstances => TokenError::ManyInstances(path.to_owned()),
            ContextError::Token(error) => error,
        })?;
        Ok(Self { context: Arc::new(context), sha256 })
    }

    /// Lower-case hexadecimal SHA-256 of the module's file.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Finds the one token that is meant. Slots that cannot be read are skipped.
    ///
    /// # Errors
    /// [`TokenError::NoSuchToken`], [`TokenError::AmbiguousToken`], or what `C_GetSlotList` answered.
    pub fn slot(&self, choice: &TokenChoice) -> Result<Slot, TokenError> {
        let facts = choose(self.context.tokens()?, choice)?;
        Ok(Slot::new(Arc::clone(&self.context), facts, &self.sha256))
    }
}

impl ModuleHashCache {
    fn hash(&mut self, file: &mut File) -> Result<String, std::io::Error> {
        let stamp = FileStamp::of(&file.metadata()?);
        if let Some(entry) = self.entries.iter().find(|entry| entry.file == stamp && is_sha256(&entry.sha256)) {
            return Ok(entry.sha256.clone());
        }
        let sha256 = hash(file)?;
        let same_file = |entry: &CachedHash| entry.file.device == stamp.device && entry.file.inode == stamp.inode;
        self.entries.retain(|entry| !same_file(entry));
        self.entries.insert(0, CachedHash { file: stamp, sha256: sha256.clone() });
        self.entries.truncate(CACHED_MODULES);
        Ok(sha256)
    }
}

impl FileStamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

fn hash(file: &mut File) -> Result<String, std::io::Error> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        digest.update(bytes);
    }
    Ok(hex::encode(digest.finalize()))
}

/// Whether the file starts as every shared library does here.
fn is_elf(path: &Path) -> bool {
    let mut magic = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && magic == *b"\x7fELF"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(path: &Path) -> TokenError {
        Module::load(path, &mut ModuleHashCache::default()).unwrap_err()
    }

    #[test]
    fn files_that_are_no_modules_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text.so");
        std::fs::write(&text, "not a library").unwrap();
        assert!(matches!(load(Path::new("relative.so")), TokenError::ModulePathNotAbsolute(_)));
        assert!(matches!(load(&folder.path().join("none.so")), TokenError::ModuleMissing(_)));
        assert!(matches!(load(folder.path()), TokenError::ModuleNotAFile(_)));
        assert!(matches!(load(Path::new("/dev/zero")), TokenError::ModuleNotAFile(_)));
        assert!(matches!(load(&text), TokenError::NotASharedLibrary(_)));
        let broken = folder.path().join("broken.so");
        std::fs::write(&broken, b"\x7fELF and then nothing").unwrap();
        assert!(matches!(load(&broken), TokenError::ModuleNotLoadable { .. }));
    }

    #[test]
    fn a_hash_is_taken_again_only_when_the_file_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "one").unwrap();
        let mut cache = ModuleHashCache::default();
        let first = cache.hash(&mut File::open(&path).unwrap()).unwrap();
        assert_eq!(first, hex::encode(Sha256::digest("one")));
        // A planted entry shows whether the file was read.
        cache.entries[0].sha256 = "0".repeat(64);
        assert_eq!(cache.hash(&mut File::open(&path).unwrap()).unwrap(), "0".repeat(64));
        std::fs::write(&path, "other").unwrap();
        assert_eq!(cache.hash(&mut File::open(&path).unwrap()).unwrap(), hex::encode(Sha256::digest("other")));
        assert_eq!(cache.entries.len(), 1);
    }

    #[test]
    fn a_damaged_cache_entry_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "one").unwrap();
        let mut cache = ModuleHashCache::default();
        let first = cache.hash(&mut File::open(&path).unwrap()).unwrap();
        cache.entries[0].sha256 = "../..".to_owned();
        assert_eq!(cache.hash(&mut File::open(&path).unwrap()).unwrap(), first);
    }
}
