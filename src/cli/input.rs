//! Files that people name, read once and capped. Pipes, devices and folders are refused before they are opened.

pub(super) mod lines;
pub(super) mod trusted;
pub(super) mod walk;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags};

use super::codes::{Code, input as codes};
use super::failure::Explained;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum InputError {
    /// A folder, pipe, socket or device.
    #[error("{} is {kind}, not a regular file", path.display())]
    NotRegular {
        /// The file.
        path: PathBuf,
        /// `a pipe`, `a folder`.
        kind: &'static str,
    },
    /// Larger than anything of its kind.
    #[error("{} is larger than {cap} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The cap.
        cap: usize,
    },
    /// A line that no log has.
    #[error("{} has a line of more than {cap} bytes", path.display())]
    LongLine {
        /// The file.
        path: PathBuf,
        /// The cap.
        cap: usize,
    },
    /// More entries than a bundle or a registry has.
    #[error("{} has more than {cap} files", path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
        /// The cap.
        cap: usize,
    },
    /// Missing, or not ours to read.
    #[error("{} cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Reads a regular file of at most `cap` bytes; `-` is standard input.
pub(super) fn read(path: &Path, cap: usize) -> Result<Vec<u8>, InputError> {
    if path == Path::new("-") {
        return read_capped(io::stdin().lock(), Path::new("standard input"), 0, cap);
    }
    let (file, size) = open_sized(path)?;
    // One byte more than there is: then it is read in one piece, end included.
    read_capped(file, path, size.min(cap).saturating_add(1), cap)
}

/// Opens a regular file. It is looked at before it is opened, because opening a device can have effects, and again
/// afterwards, because it may have been exchanged; `O_NONBLOCK` keeps an exchanged pipe from blocking.
pub(super) fn open(path: &Path) -> Result<File, InputError> {
    open_sized(path).map(|(file, _)| file)
}

fn open_sized(path: &Path) -> Result<(File, usize), InputError> {
    let failed = |source: io::Error| InputError::Io { path: path.to_owned(), source };
    let before = rustix::fs::stat(path).map_err(|error| failed(error.into()))?;
    require_regular(path, FileType::from_raw_mode(before.st_mode))?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(CWD, path, flags, Mode::empty()).map_err(|error| failed(error.into()))?;
    let after = rustix::fs::fstat(&file).map_err(|error| failed(error.into()))?;
    require_regular(path, FileType::from_raw_mode(after.st_mode))?;
    Ok((file.into(), usize::try_from(after.st_size).unwrap_or(usize::MAX)))
}

fn require_regular(path: &Path, kind: FileType) -> Result<(), InputError> {
    let kind = match kind {
        FileType::RegularFile => return Ok(()),
        FileType::Directory => "a folder",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        _ => "something else",
    };
    Err(InputError::NotRegular { path: path.to_owned(), kind })
}

fn read_capped(source: impl Read, path: &Path, expected: usize, cap: usize) -> Result<Vec<u8>, InputError> {
    let limit = u64::try_from(cap).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::with_capacity(expected);
    let outcome = source.take(limit).read_to_end(&mut bytes);
    outcome.map_err(|source| InputError::Io { path: path.to_owned(), source })?;
    if bytes.len() > cap { Err(InputError::TooLarge { path: path.to_owned(), cap }) } else { Ok(bytes) }
}

/// Whether something has this name; a link that leads nowhere counts.
pub(super) fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Whether there is something to read. Only a name that does not exist is none: a folder that may not be looked into, or a
/// link that leads nowhere, may hide something.
pub(super) fn is_there(path: &Path) -> Result<bool, InputError> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(InputError::Io { path: path.to_owned(), source }),
    }
}

/// Whether the path is a folder; a missing path is an error.
pub(super) fn is_folder(path: &Path) -> Result<bool, InputError> {
    let found = fs::metadata(path).map_err(|source| InputError::Io { path: path.to_owned(), source })?;
    Ok(found.is_dir())
}

/// The paths in a folder, sorted; at most `cap`.
pub(super) fn list(folder: &Path, cap: usize) -> Result<Vec<PathBuf>, InputError> {
    let failed = |source| InputError::Io { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        if paths.len() == cap {
            return Err(InputError::TooMany { path: folder.to_owned(), cap });
        }
        paths.push(entry.map_err(failed)?.path());
    }
    // All in one folder, so that the bytes say it; `Path` would compare part by part.
    paths.sort_unstable_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
    Ok(paths)
}

impl Explained for InputError {
    fn code(&self) -> &'static Code {
        match self {
            Self::TooLarge { .. } | Self::TooMany { .. } | Self::LongLine { .. } => &codes::INPUT_TOO_LARGE,
            Self::NotRegular { .. } | Self::Io { .. } => &codes::INPUT_UNREADABLE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::failure::Failure;

    #[test]
    fn a_file_at_the_cap_is_read_and_one_beyond_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        fs::write(&path, b"12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        assert!(matches!(read(&path, 4), Err(InputError::TooLarge { cap: 4, .. })));
    }

    #[test]
    fn only_regular_files_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        rustix::fs::mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        for (path, kind) in
            [(fifo.as_path(), "a pipe"), (folder.path(), "a folder"), (Path::new("/dev/null"), "a device")]
        {
            let error = read(path, 10).unwrap_err();
            assert!(matches!(error, InputError::NotRegular { kind: found, .. } if found == kind), "{error}");
            assert_eq!(Failure::from(error).exit(), 7);
        }
        assert_eq!(Failure::from(read(&folder.path().join("none"), 10).unwrap_err()).exit(), 7);
    }

    #[test]
    fn a_link_to_a_regular_file_is_followed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("f"), b"x").unwrap();
        std::os::unix::fs::symlink("f", folder.path().join("link")).unwrap();
        assert_eq!(read(&folder.path().join("link"), 1).unwrap(), b"x");
    }

    #[test]
    fn a_listing_is_sorted_and_capped() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b", "a"] {
            fs::write(folder.path().join(name), b"").unwrap();
        }
        let names: Vec<PathBuf> = list(folder.path(), 2).unwrap();
        assert_eq!(names, [folder.path().join("a"), folder.path().join("b")]);
        assert!(matches!(list(folder.path(), 1), Err(InputError::TooMany { cap: 1, .. })));
        assert!(is_folder(folder.path()).unwrap());
    }
}
