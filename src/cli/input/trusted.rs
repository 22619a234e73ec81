//! Files that must be the user's own: byok.yaml names code that is loaded into this process.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::cli::codes::{Code, usage};
use crate::cli::failure::Explained;

/// More than any configuration needs.
const MAX_BYTES: u64 = 256 * 1024;

/// Why a file is not believed.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum TrustError {
    /// Somebody else can change it.
    #[error("the configuration was not used: others can change {} (mode {mode:04o}, owner {owner})", path.display())]
    Exposed {
        /// The file or its folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The user id of its owner.
        owner: u32,
    },
    /// A folder, pipe or device.
    #[error("{} is not a regular file", .0.display())]
    NotRegular(PathBuf),
    /// More than a configuration.
    #[error("{} is larger than {MAX_BYTES} bytes", .0.display())]
    TooLarge(PathBuf),
    /// Missing, unreadable, or not text.
    #[error("{} cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Reads the file after its own status and that of its folder were checked on the opened descriptors. A link is
/// resolved first, and the folder that it stands in is checked as well: who can change either decides what is read.
pub(in crate::cli) fn read(path: &Path, uid: u32) -> Result<String, TrustError> {
    let failed = |source: io::Error| TrustError::Io { path: path.to_owned(), source };
    let real = std::fs::canonicalize(path).map_err(failed)?;
    let (Some(folder), Some(real_folder), Some(name)) = (path.parent(), real.parent(), real.file_name()) else {
        return Err(TrustError::NotRegular(path.to_owned()));
    };
    open_folder(folder, uid)?;
    let opened = open_folder(real_folder, uid)?;
    let status = rustix::fs::statat(&opened, name, AtFlags::SYMLINK_NOFOLLOW).map_err(|error| failed(error.into()))?;
    require_regular(path, &status)?;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(&opened, name, flags, Mode::empty()).map_err(|error| failed(error.into()))?;
    let status = rustix::fs::fstat(&file).map_err(|error| failed(error.into()))?;
    require_regular(path, &status)?;
    require_ours(path, &status, uid)?;
    read_text(path, file.into())
}

/// Refuses a folder that others can change: a configuration in it would not be used.
pub(in crate::cli) fn check_folder(folder: &Path, uid: u32) -> Result<(), TrustError> {
    open_folder(folder, uid).map(drop)
}

fn open_folder(folder: &Path, uid: u32) -> Result<OwnedFd, TrustError> {
    let failed = |error: Errno| TrustError::Io { path: folder.to_owned(), source: error.into() };
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = rustix::fs::open(folder, flags, Mode::empty()).map_err(failed)?;
    require_ours(folder, &rustix::fs::fstat(&opened).map_err(failed)?, uid)?;
    Ok(opened)
}

fn require_regular(path: &Path, status: &Stat) -> Result<(), TrustError> {
    match FileType::from_raw_mode(status.st_mode) {
        FileType::RegularFile => Ok(()),
        _ => Err(TrustError::NotRegular(path.to_owned())),
    }
}

fn require_ours(path: &Path, status: &Stat, uid: u32) -> Result<(), TrustError> {
    let mode = status.st_mode & 0o7777;
    if (status.st_uid == uid || status.st_uid == 0) && mode & 0o022 == 0 {
        return Ok(());
    }
    Err(TrustError::Exposed { path: path.to_owned(), mode, owner: status.st_uid })
}

fn read_text(path: &Path, file: File) -> Result<String, TrustError> {
    let mut text = String::new();
    let outcome = file.take(MAX_BYTES.saturating_add(1)).read_to_string(&mut text);
    outcome.map_err(|source| TrustError::Io { path: path.to_owned(), source })?;
    match u64::try_from(text.len()) {
        Ok(length) if length <= MAX_BYTES => Ok(text),
        _ => Err(TrustError::TooLarge(path.to_owned())),
    }
}

impl Explained for TrustError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Exposed { .. } => &usage::CONFIG_EXPOSED,
            Self::NotRegular(_) | Self::TooLarge(_) | Self::Io { .. } => &usage::CONFIG_MISSING,
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Exposed { path, .. } => {
                vec![format!("chmod go-w {}   or name another file with --config", path.display())]
            }
            _ => Vec::new(),
        }
    }
}
