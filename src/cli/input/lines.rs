//! Lines of one or several files, one at a time, each of bounded length.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::{InputError, open};

/// Bytes that are read at once.
const BUFFER: usize = 1 << 17;

/// An iterator over the lines of files in their order, without line feeds.
#[derive(Debug)]
pub(in crate::cli) struct Lines {
    files: std::vec::IntoIter<PathBuf>,
    open: Option<(BufReader<File>, PathBuf)>,
    cap: usize,
    /// A last line without a line feed is not yielded but counted.
    skips_torn: bool,
    torn: usize,
}

impl Lines {
    /// Reads `files`, refusing lines of more than `cap` bytes.
    pub(in crate::cli) fn new(files: Vec<PathBuf>, cap: usize) -> Self {
        Self { files: files.into_iter(), open: None, cap, skips_torn: false, torn: 0 }
    }

    /// The same, but a line feed makes a line: what follows the last one is left out.
    pub(in crate::cli) fn whole_only(files: Vec<PathBuf>, cap: usize) -> Self {
        Self { skips_torn: true, ..Self::new(files, cap) }
    }

    /// The length of what was left out, once the iteration has ended.
    pub(in crate::cli) fn torn(&self) -> usize {
        self.torn
    }

    fn read_line(&mut self) -> Result<Option<Vec<u8>>, InputError> {
        loop {
            if self.open.is_none() {
                let Some(path) = self.files.next() else { return Ok(None) };
                self.open = Some((BufReader::with_capacity(BUFFER, open(&path)?), path));
            }
            let Some((reader, path)) = &mut self.open else { return Ok(None) };
            let mut line = read_until(reader, path, self.cap)?;
            match line.pop() {
                Some(b'\n') => return Ok(Some(line)),
                Some(last) if !(self.skips_torn && self.files.as_slice().is_empty()) => {
                    line.push(last);
                    return Ok(Some(line));
                }
                Some(_) => self.torn = line.len().saturating_add(1),
                None => {}
            }
            self.open = None;
        }
    }
}

fn read_until(reader: &mut BufReader<File>, path: &Path, cap: usize) -> Result<Vec<u8>, InputError> {
    let limit = u64::try_from(cap).unwrap_or(u64::MAX).saturating_add(2);
    let mut line = Vec::new();
    let outcome = reader.take(limit).read_until(b'\n', &mut line);
    outcome.map_err(|source| InputError::Io { path: path.to_owned(), source })?;
    if line.len() > cap.saturating_add(1) {
        return Err(InputError::LongLine { path: path.to_owned(), cap });
    }
    Ok(line)
}

impl Iterator for Lines {
    type Item = Result<Vec<u8>, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.read_line().transpose();
        if matches!(line, Some(Err(_))) {
            (self.open, self.files) = (None, Vec::new().into_iter());
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(contents: &[&str]) -> (tempfile::TempDir, Vec<PathBuf>) {
        let folder = tempfile::tempdir().unwrap();
        let write = |(index, content): (usize, &&str)| {
            let path = folder.path().join(index.to_string());
            std::fs::write(&path, content).unwrap();
            path
        };
        let paths = contents.iter().enumerate().map(write).collect();
        (folder, paths)
    }

    #[test]
    fn lines_come_in_order_and_the_torn_one_is_counted() {
        let (_folder, paths) = files(&["a\nb\n", "", "c\nto"]);
        let mut lines = Lines::whole_only(paths.clone(), 10);
        let read: Vec<_> = lines.by_ref().map(Result::unwrap).collect();
        assert_eq!(read, [b"a", b"b", b"c"]);
        assert_eq!(lines.torn(), 2);
        assert_eq!(Lines::new(paths, 10).map(Result::unwrap).last().unwrap(), b"to");
    }

    #[test]
    fn a_line_beyond_the_cap_ends_it() {
        let (_folder, paths) = files(&["1234\n12345\n1\n"]);
        let mut lines = Lines::new(paths, 4);
        assert_eq!(lines.next().unwrap().unwrap(), b"1234");
        assert!(matches!(lines.next(), Some(Err(InputError::LongLine { cap: 4, .. }))));
        assert!(lines.next().is_none());
    }

    #[test]
    fn a_missing_file_is_an_error() {
        let (folder, _) = files(&[]);
        assert!(Lines::new(vec![folder.path().join("none")], 4).next().unwrap().is_err());
    }
}
