//! What can go wrong with the registry's files.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::key::version::KeyVersionId;

/// A path, as it may be shown: control characters are escaped.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShownPath(PathBuf);

impl ShownPath {
    /// The path itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl From<&Path> for ShownPath {
    fn from(path: &Path) -> Self {
        Self(path.to_path_buf())
    }
}

impl fmt::Display for ShownPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string_lossy();
        text.chars()
            .try_for_each(|c| if c.is_control() { write!(f, "{}", c.escape_default()) } else { write!(f, "{c}") })
    }
}

/// An error of the registry.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The operating system refused.
    #[error("cannot {what} {path}")]
    Io {
        /// The file or folder.
        path: ShownPath,
        /// What was tried, a verb: `write`.
        what: &'static str,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
    /// There is no registry at this path.
    #[error("there is no registry at {path}")]
    Missing {
        /// The path.
        path: ShownPath,
    },
    /// Somebody else could change the evidence, or where it is kept.
    #[error("{path} {why}")]
    Insecure {
        /// The file or folder.
        path: ShownPath,
        /// What is wrong with it, a verb phrase.
        why: &'static str,
    },
    /// A file does not hold what it should.
    #[error("{path}: {what}")]
    Malformed {
        /// The file.
        path: ShownPath,
        /// What is wrong, without control characters.
        what: String,
    },
    /// A name that byok does not give.
    #[error("{path} does not belong in a registry")]
    Unexpected {
        /// The file or folder.
        path: ShownPath,
    },
    /// This host's clock is behind that of the log.
    #[error("this host's clock says {now:.0}, and the last signed entry of the log was written at {last:.0}")]
    Clock {
        /// The clock.
        now: Timestamp,
        /// The time of the entry.
        last: Timestamp,
    },
    /// byok never writes over what is there.
    #[error("{path} exists")]
    Exists {
        /// The file or folder.
        path: ShownPath,
    },
    /// A bundle has the files that its manifest lists, and no others.
    #[error("{path} would be inside the bundle {bundle}")]
    InBundle {
        /// What was to be made.
        path: ShownPath,
        /// The bundle.
        bundle: ShownPath,
    },
    /// Another process works with the registry or the token.
    #[error("{what} is locked by {holder}")]
    Locked {
        /// `the registry` or `the token`.
        what: &'static str,
        /// The process, as it wrote itself down.
        holder: String,
    },
    /// The guard that was shown locks another registry.
    #[error("the lock is not that of {path}")]
    NotLocked {
        /// The registry.
        path: ShownPath,
    },
    /// A manifest that does not verify. Exit code 8.
    #[error("the manifest {path} does not verify: {difference}")]
    Manifest {
        /// The file.
        path: ShownPath,
        /// What differs.
        difference: String,
    },
    /// A key version without any manifest.
    #[error("{0} has no manifest in this registry")]
    NoManifest(KeyVersionId),
    /// The log or its checkpoint does not verify. Exit code 8.
    #[error("the audit log does not verify: {0}")]
    Log(LogFault),
    /// A result's files are still staged.
    #[error("{path} is staged and not released")]
    Unreleased {
        /// The staged file or folder.
        path: ShownPath,
    },
    /// No such operation is open in the log.
    #[error("the log has no open intent {0}")]
    NoIntent(String),
    /// An entry does not fit in a line of the log.
    #[error("a log entry cannot be written: {0}")]
    Entry(String),
    /// An earlier write failed and could not be taken back, so nothing more is written.
    #[error("the log is not written any more after a failed write")]
    Stopped,
    /// The checkpoint was not signed.
    #[error("the checkpoint is not signed")]
    Sign(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The operating system has no random numbers.
    #[error("no random numbers")]
    Random(#[source] getrandom::Error),
}

/// Why a log does not verify.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LogFault {
    /// A line is no entry.
    #[error("line {seq}: {what}")]
    Line {
        /// Its sequence number by position.
        seq: u64,
        /// What is wrong.
        what: String,
    },
    /// Fewer lines than were signed for.
    #[error("it has {have} entries and the last checkpoint signs {signed}")]
    Truncated {
        /// Complete lines on disk.
        have: u64,
        /// The checkpoint's size.
        signed: u64,
    },
    /// Other lines than were signed for.
    #[error("its first {size} entries are not those that the checkpoint signs")]
    Root {
        /// The checkpoint's size.
        size: u64,
    },
    /// There is no checkpoint at all.
    #[error("it has no checkpoint")]
    NoCheckpoint,
    /// The checkpoint does not verify.
    #[error("the checkpoint {path}: {what}")]
    Checkpoint {
        /// The file.
        path: ShownPath,
        /// What is wrong.
        what: String,
    },
    /// Two signed checkpoints contradict each other.
    #[error("two checkpoints of {size} entries differ")]
    Fork {
        /// Their size.
        size: u64,
    },
    /// The checkpoint is of another log.
    #[error("the checkpoint is of another log")]
    Origin,
}

impl From<LogFault> for RegistryError {
    fn from(fault: LogFault) -> Self {
        Self::Log(fault)
    }
}

impl RegistryError {
    pub(super) fn io(path: &Path, what: &'static str, source: impl Into<io::Error>) -> Self {
        Self::Io { path: path.into(), what, source: source.into() }
    }

    pub(super) fn malformed(path: &Path, what: impl Into<String>) -> Self {
        Self::Malformed { path: path.into(), what: what.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_without_control_characters() {
        assert_eq!(ShownPath::from(Path::new("a\u{1b}[2J\n")).to_string(), "a\\u{1b}[2J\\n");
    }
}
