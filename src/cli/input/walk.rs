//! The files in a folder and the folders below it. What is left out is named, never dropped.

use std::fs::{self, FileType};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use super::InputError;

/// Folders in folders, at most; links are not followed, so that only a person can make more.
const DEEPEST: usize = 64;

/// An entry of a folder, at any depth.
#[derive(Debug)]
pub(in crate::cli) enum Entry {
    /// Something to read.
    File(PathBuf),
    /// Something else, and why it is not looked at.
    LeftOut {
        /// Where.
        path: PathBuf,
        /// `hidden`, `a pipe`.
        why: &'static str,
    },
    /// A folder that cannot be listed.
    Unreadable {
        /// Where.
        path: PathBuf,
        /// Why.
        error: InputError,
    },
}

/// Everything in a folder, sorted by name, folders where they stand; at most `cap` entries.
pub(in crate::cli) fn walk(folder: &Path, cap: usize) -> Result<Vec<Entry>, InputError> {
    let mut found = Vec::new();
    descend(folder, 0, cap, &mut found)?;
    Ok(found)
}

fn descend(folder: &Path, depth: usize, cap: usize, found: &mut Vec<Entry>) -> Result<(), InputError> {
    for path in super::list(folder, cap)? {
        if found.len() >= cap {
            return Err(InputError::TooMany { path: folder.to_owned(), cap });
        }
        match kind(&path) {
            Kind::File => found.push(Entry::File(path)),
            Kind::LeftOut(why) => found.push(Entry::LeftOut { path, why }),
            Kind::Folder if depth >= DEEPEST => found.push(Entry::LeftOut { path, why: "too deep" }),
            Kind::Folder => match descend(&path, depth.saturating_add(1), cap, found) {
                Err(error @ InputError::Io { .. }) => found.push(Entry::Unreadable { path, error }),
                other => other?,
            },
        }
    }
    Ok(())
}

enum Kind {
    File,
    Folder,
    LeftOut(&'static str),
}

fn kind(path: &Path) -> Kind {
    let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().first() == Some(&b'.'));
    let Ok(entry) = path.symlink_metadata() else { return Kind::File };
    let linked = entry.is_symlink().then(|| fs::metadata(path).map(|target| target.file_type()));
    match linked {
        _ if hidden => Kind::LeftOut("hidden"),
        Some(Ok(target)) if target.is_dir() => Kind::LeftOut("a link to a folder"),
        Some(Ok(target)) => of_type(target),
        // A link that leads nowhere is read, so that it is reported.
        Some(Err(_)) => Kind::File,
        None if entry.is_dir() => Kind::Folder,
        None => of_type(entry.file_type()),
    }
}

fn of_type(kind: FileType) -> Kind {
    if kind.is_fifo() {
        Kind::LeftOut("a pipe")
    } else if kind.is_socket() {
        Kind::LeftOut("a socket")
    } else if kind.is_char_device() || kind.is_block_device() {
        Kind::LeftOut("a device")
    } else {
        Kind::File
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_at_any_depth_come_in_order_and_the_rest_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("b/deep")).unwrap();
        for name in ["a", "b/deep/x", "b/y", "c", ".hidden"] {
            fs::write(at(name), b"").unwrap();
        }
        std::os::unix::fs::symlink("b", at("link")).unwrap();
        std::os::unix::fs::symlink("a", at("to-file")).unwrap();
        std::os::unix::fs::symlink("nowhere", at("broken")).unwrap();
        let name = |path: &Path| path.strip_prefix(folder.path()).unwrap().display().to_string();
        let shown = |entry: &Entry| match entry {
            Entry::File(path) => name(path),
            Entry::LeftOut { path, why } => format!("{}: {why}", name(path)),
            Entry::Unreadable { path, .. } => format!("{}: unreadable", name(path)),
        };
        let found: Vec<String> = walk(folder.path(), 100).unwrap().iter().map(shown).collect();
        let wanted = [".hidden: hidden", "a", "b/deep/x", "b/y", "broken", "c", "link: a link to a folder", "to-file"];
        assert_eq!(found, wanted);
        assert!(matches!(walk(folder.path(), 5), Err(InputError::TooMany { cap: 5, .. })));
    }
}
