//! The user's own runtime folder: locks of tokens, and what is cheap to find out again. Unlike the registry, which
//! others may hand over, only this user can have written it.

use std::path::Path;

use super::error::RegistryError;
use super::files;

/// The largest file that is read.
const MAX_FILE: u64 = 1 << 20;

/// Makes the folder, and refuses one that is not the user's own.
///
/// # Errors
/// When it could not be made, or others can write it.
pub(super) fn ensure(folder: &Path) -> Result<(), RegistryError> {
    match files::make_folder(folder) {
        Err(RegistryError::Exists { .. }) => {}
        other => other?,
    }
    files::check_folder(folder)
}

/// A file of the folder; `None` when there is none that can be used.
#[must_use]
pub fn read(folder: &Path, name: &str) -> Option<Vec<u8>> {
    files::check_folder(folder).ok()?;
    files::read(&folder.join(name), MAX_FILE).ok().flatten()
}

/// Replaces a file of the folder, and removes what a run that was killed while it did so left of it. It is not made
/// durable: what is lost is found out again, also by whoever writes it at the same time.
///
/// # Errors
/// When it could not be written.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), RegistryError> {
    ensure(folder)?;
    files::sweep_of(folder, name)?;
    files::replace_for_now(&folder.join(name), bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_that_others_can_write_is_neither_read_nor_written() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("byok");
        write(&folder, "modules.json", b"{").unwrap();
        // What a killed run left of it, and what is somebody else's.
        let [left, other] =
            ["modules.json", "other.json"].map(|name| folder.join(format!(".{name}.byok-0123456789abcdef")));
        for path in [&left, &other] {
            fs::write(path, b"{").unwrap();
        }
        write(&folder, "modules.json", b"{}").unwrap();
        assert_eq!((left.exists(), other.exists()), (false, true));
        assert_eq!(read(&folder, "modules.json").unwrap(), b"{}");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(read(&folder, "modules.json"), None);
        assert!(matches!(write(&folder, "modules.json", b"{}"), Err(RegistryError::Insecure { .. })));
    }
}
