//! Lines at the end of a file, each whole and on the disk before the next step, or not there at all.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::systems::Watched;
use crate::registry::error::RegistryError;
use crate::registry::files;

/// A file that only grows, by whole lines. The caller holds the registry's lock.
#[derive(Debug)]
pub(super) struct Appender {
    file: File,
    path: PathBuf,
    /// The bytes that are known to be good, which is all of them.
    length: u64,
    /// A failed write could not be taken back.
    stopped: bool,
}

/// What is on the disk when lines were appended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reach<'a> {
    /// Nothing for certain: the caller sees to it.
    Nothing,
    /// The lines.
    Lines,
    /// The lines and all that was written to their file system before.
    FileSystem(&'a Watched),
}

impl Appender {
    /// Opens a file whose first `length` bytes are whole lines, and cuts off what follows: a line that a crash tore.
    /// A file that is not there is made.
    pub(super) fn open(path: &Path, length: u64) -> Result<Self, RegistryError> {
        let file = if files::present(path)? {
            files::open(path, OFlags::WRONLY | OFlags::APPEND)?
        } else {
            let file = files::create_empty(path)?;
            files::sync_parent(path)?;
            file
        };
        let appender = Self { file, path: path.to_path_buf(), length, stopped: false };
        if appender.size()? < length {
            return Err(appender.changed());
        }
        if appender.size()? > length {
            appender.cut().map_err(|e| RegistryError::io(path, "cut a torn line from", e))?;
        }
        Ok(appender)
    }

    /// Appends lines with one write and waits until they are on the disk. When that fails, the file is as before. A
    /// power failure may leave the first of them.
    pub(super) fn append_all(&mut self, lines: &[Vec<u8>], reach: Reach<'_>) -> Result<(), RegistryError> {
        if self.stopped {
            return Err(RegistryError::Stopped);
        }
        if self.size()? != self.length {
            return Err(self.changed());
        }
        let bytes = lines.iter().flat_map(|line| [line.as_slice(), b"\n"]).collect::<Vec<_>>().concat();
        if let Err(error) = self.write_once(&bytes) {
            self.stopped = self.cut().is_err();
            return Err(RegistryError::io(&self.path, "write", error));
        }
        let synced = match reach {
            Reach::Nothing => Ok(()),
            Reach::Lines => self.file.sync_data(),
            Reach::FileSystem(system) => system.sync_now(),
        };
        if let Err(error) = synced {
            // What the disk holds after a failed sync is unknown, and a second sync would not tell.
            let _ = self.cut();
            self.stopped = true;
            return Err(RegistryError::io(&self.path, "make durable", error));
        }
        self.length = self.length.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Ok(())
    }

    fn write_once(&mut self, bytes: &[u8]) -> io::Result<()> {
        loop {
            match self.file.write(bytes) {
                Ok(written) if written == bytes.len() => return Ok(()),
                // A full disk takes a part of the line.
                Ok(_) => return Err(ErrorKind::StorageFull.into()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn cut(&self) -> io::Result<()> {
        self.file.set_len(self.length).and_then(|()| self.file.sync_all())
    }

    fn size(&self) -> Result<u64, RegistryError> {
        self.file.metadata().map(|m| m.len()).map_err(|e| RegistryError::io(&self.path, "read", e))
    }

    fn changed(&self) -> RegistryError {
        RegistryError::malformed(&self.path, "another process changes it without the lock")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn lines_follow_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut appender = Appender::open(&path, 0).unwrap();
        appender.append_all(&[b"one".to_vec()], Reach::Lines).unwrap();
        appender.append_all(&[b"two".to_vec()], Reach::Lines).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\n");
        assert_eq!(appender.length, 8);
    }

    #[test]
    fn many_lines_go_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut appender = Appender::open(&path, 0).unwrap();
        appender.append_all(&[b"one".to_vec(), b"two".to_vec()], Reach::Lines).unwrap();
        let system = Watched::open(dir.path()).unwrap();
        appender.append_all(&[b"three".to_vec()], Reach::FileSystem(&system)).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\nthree\n");
        assert_eq!(appender.length, 14);
    }

    #[test]
    fn a_torn_line_is_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        fs::write(&path, "one\nto").unwrap();
        Appender::open(&path, 4).unwrap().append_all(&[b"two".to_vec()], Reach::Lines).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn a_file_that_another_process_changes_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut appender = Appender::open(&path, 0).unwrap();
        fs::write(&path, "other\n").unwrap();
        assert!(matches!(appender.append_all(&[b"one".to_vec()], Reach::Lines), Err(RegistryError::Malformed { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"other\n");
        assert!(matches!(Appender::open(&path, 7), Err(RegistryError::Malformed { .. })));
    }

    #[test]
    fn a_full_disk_takes_nothing() {
        // Every write to /dev/full fails with ENOSPC; it stands in for the file behind an honest name.
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        fs::write(&path, "one\n").unwrap();
        let mut appender = Appender::open(&path, 4).unwrap();
        let full = fs::OpenOptions::new().append(true).open("/dev/full").unwrap();
        let honest = std::mem::replace(&mut appender.file, full);
        appender.length = 0;
        let Err(RegistryError::Io { source, .. }) = appender.append_all(&[b"two".to_vec()], Reach::Lines) else {
            panic!("it was written")
        };
        assert_eq!(source.kind(), ErrorKind::StorageFull);
        // A device cannot be cut back, so nothing more is written.
        assert!(matches!(appender.append_all(&[b"two".to_vec()], Reach::Lines), Err(RegistryError::Stopped)));
        drop(honest);
        assert_eq!(fs::read(&path).unwrap(), b"one\n");
    }
}
