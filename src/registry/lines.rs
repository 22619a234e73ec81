//! The log's lines, streamed over all its files. A line at a time is in memory, however long the log is.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;

use rustix::fs::OFlags;

use super::error::{LogFault, RegistryError};
use super::files;
use super::layout::{LOG_FILE_ENTRIES, Layout};
use crate::audit::record::MAX_LINE;

/// Bytes that are read at once.
const BUFFER: usize = 1 << 17;

/// An iterator over complete lines, without their line feeds. A last line without a line feed is not an entry: it
/// ends the iteration, and [`LogLines::torn`] tells its length.
#[derive(Debug)]
pub struct LogLines {
    layout: Layout,
    /// The file that is read, and where its next line starts.
    open: Option<(BufReader<File>, PathBuf)>,
    offset: u64,
    /// The sequence number of the next line.
    next: u64,
    torn: u64,
    ended: bool,
}

/// Where a line starts in its file.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Place {
    pub(super) seq: u64,
    pub(super) offset: u64,
}

impl LogLines {
    pub(super) fn open(layout: &Layout) -> Result<Self, RegistryError> {
        Self::open_at(layout, Place::default())
    }

    /// Starts at a line that is known to start there; the first line's number shows whether that was true.
    pub(super) fn open_at(layout: &Layout, place: Place) -> Result<Self, RegistryError> {
        check_names(layout)?;
        let mut lines = Self { layout: layout.clone(), open: None, offset: 0, next: place.seq, torn: 0, ended: false };
        lines.open_file(place.offset)?;
        Ok(lines)
    }

    /// The length of a last line without a line feed, once the iteration has ended.
    #[must_use]
    pub fn torn(&self) -> u64 {
        self.torn
    }

    /// Where the next line starts, be it there or not.
    pub(super) fn place(&self) -> Place {
        let offset = if self.next.is_multiple_of(LOG_FILE_ENTRIES) { 0 } else { self.offset };
        Place { seq: self.next, offset }
    }

    fn open_file(&mut self, offset: u64) -> Result<(), RegistryError> {
        let path = self.layout.log_file(self.next);
        self.open = None;
        if files::present(&path)? {
            let mut file = files::open(&path, OFlags::RDONLY)?;
            file.seek(SeekFrom::Start(offset)).map_err(|e| RegistryError::io(&path, "read", e))?;
            self.open = Some((BufReader::with_capacity(BUFFER, file), path));
        }
        self.offset = offset;
        Ok(())
    }

    fn read_line(&mut self) -> Result<Option<Vec<u8>>, RegistryError> {
        if self.offset > 0 && self.next.is_multiple_of(LOG_FILE_ENTRIES) {
            self.expect_end()?;
            self.open_file(0)?;
        }
        let Some((reader, path)) = &mut self.open else { return Ok(None) };
        let limit = u64::try_from(MAX_LINE).unwrap_or(u64::MAX).saturating_add(1);
        let mut line = Vec::new();
        reader.take(limit).read_until(b'\n', &mut line).map_err(|e| RegistryError::io(path, "read", e))?;
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if line.pop_if(|last| *last == b'\n').is_some() {
            self.offset = self.offset.saturating_add(length);
            self.next = self.next.saturating_add(1);
            return Ok(Some(line));
        }
        if length == limit {
            let what = format!("longer than {MAX_LINE} bytes");
            return Err(LogFault::Line { seq: self.next, what }.into());
        }
        self.torn = length;
        self.expect_last()?;
        Ok(None)
    }

    /// A full file holds exactly its entries.
    fn expect_end(&mut self) -> Result<(), RegistryError> {
        let Some((reader, path)) = &mut self.open else { return Ok(()) };
        let rest = reader.fill_buf().map_err(|e| RegistryError::io(path, "read", e))?;
        if rest.is_empty() { Ok(()) } else { Err(RegistryError::malformed(path, "more entries than a file holds")) }
    }

    /// A file that is not full is the last.
    fn expect_last(&self) -> Result<(), RegistryError> {
        let following = self.layout.log_file(self.next.saturating_add(LOG_FILE_ENTRIES));
        let full = self.next.is_multiple_of(LOG_FILE_ENTRIES) && self.offset > 0;
        if !full && files::present(&following)? {
            let what = "the file ends here, and a later file is there".to_owned();
            return Err(LogFault::Line { seq: self.next, what }.into());
        }
        Ok(())
    }
}

/// The files of a log are numbered from 0 without a gap; nothing else in the folder looks like one.
fn check_names(layout: &Layout) -> Result<(), RegistryError> {
    let mut expected = 0_u64;
    for entry in files::list(&layout.audit())? {
        if !entry.name.starts_with("log-") {
            continue;
        }
        let path = layout.audit().join(&entry.name);
        if path != layout.log_file(expected) {
            return Err(RegistryError::Unexpected { path: path.as_path().into() });
        }
        expected = expected.saturating_add(LOG_FILE_ENTRIES);
    }
    Ok(())
}

impl Iterator for LogLines {
    type Item = Result<Vec<u8>, RegistryError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let line = self.read_line().transpose();
        self.ended = !matches!(line, Some(Ok(_)));
        line
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn log(dir: &Path, files: &[&[u8]]) -> Layout {
        let layout = Layout::new(dir);
        fs::create_dir_all(layout.audit()).unwrap();
        for (seq, bytes) in (0..).step_by(65_536).zip(files) {
            fs::write(layout.log_file(seq), bytes).unwrap();
        }
        layout
    }

    fn read(layout: &Layout) -> (Vec<Result<Vec<u8>, RegistryError>>, u64) {
        let mut lines = LogLines::open(layout).unwrap();
        (lines.by_ref().collect(), lines.torn())
    }

    #[test]
    fn lines_come_over_all_files() {
        let dir = tempfile::tempdir().unwrap();
        let full = "x\n".repeat(65_536);
        let layout = log(dir.path(), &[full.as_bytes(), b"a\nbc\n"]);
        let (lines, torn) = read(&layout);
        assert_eq!((lines.len(), torn), (65_538, 0));
        assert_eq!(lines.last().unwrap().as_ref().unwrap(), b"bc");
        let place = Place { seq: 65_535, offset: 131_070 };
        assert_eq!(LogLines::open_at(&layout, place).unwrap().count(), 3);
    }

    #[test]
    fn an_empty_or_missing_log_has_no_lines() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read(&Layout::new(dir.path())).0.len(), 0);
        assert_eq!(read(&log(dir.path(), &[b""])).0.len(), 0);
    }

    #[test]
    fn a_torn_line_ends_the_log() {
        let dir = tempfile::tempdir().unwrap();
        let (lines, torn) = read(&log(dir.path(), &[b"a\nbcd"]));
        assert_eq!((lines.len(), torn), (1, 3));
    }

    #[test]
    fn a_line_without_end_is_not_swallowed() {
        let dir = tempfile::tempdir().unwrap();
        let (lines, _) = read(&log(dir.path(), &[&vec![b'x'; 200_000]]));
        assert!(matches!(lines[..], [Err(RegistryError::Log(LogFault::Line { seq: 0, .. }))]));
    }

    #[test]
    fn missing_and_misplaced_lines_between_files_are_seen() {
        let dir = tempfile::tempdir().unwrap();
        let layout = log(dir.path(), &[b"a\n", b"b\n"]);
        assert!(matches!(read(&layout).0.last(), Some(Err(RegistryError::Log(LogFault::Line { seq: 1, .. })))));
        fs::write(layout.log_file(0), "x\n".repeat(65_537)).unwrap();
        assert!(matches!(read(&layout).0.last(), Some(Err(RegistryError::Malformed { .. }))));
        fs::remove_file(layout.log_file(0)).unwrap();
        assert!(matches!(LogLines::open(&layout), Err(RegistryError::Unexpected { .. })));
    }
}
