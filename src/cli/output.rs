//! The two streams and new files. No control character of a name, a file or a token reaches a terminal.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags};
use serde::Serialize;

use super::codes::{storage, unexpected, usage};
use super::failure::{Failure, Outcome};
use crate::format::escape::{acts, is_plain};

/// Standard output and standard error.
#[derive(Debug)]
pub(super) struct Output {
    color: bool,
    reader_gone: Cell<bool>,
}

impl Output {
    /// Output with or without colour on standard error.
    pub(super) fn new(color: bool) -> Self {
        Self { color, reader_gone: Cell::new(false) }
    }

    /// Writes data to standard output. A reader that went away is no error: the rest is dropped.
    pub(super) fn data(&self, text: &str) -> Outcome {
        if self.reader_gone.get() {
            return Ok(());
        }
        let mut stream = io::stdout().lock();
        match stream.write_all(escape_text(text).as_bytes()).and_then(|()| stream.flush()) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.reader_gone.set(true);
                Ok(())
            }
            Err(error) => {
                Err(Failure::new(&storage::OUTPUT_FAILED, "standard output cannot be written").because(Some(&error)))
            }
        }
    }

    /// Writes a line or several to standard error.
    pub(super) fn note(text: &str) {
        stderr(&format!("{}\n", escape_text(text.trim_end_matches('\n'))));
    }

    /// Writes a warning to standard error.
    pub(super) fn warn(&self, text: &str) {
        let word = if self.color { "\u{1b}[1;33mwarning:\u{1b}[0m" } else { "warning:" };
        stderr(&format!("{word} {}\n", escape_line(text)));
    }

    /// Shows a failure: lines for people, then the document with `--json`.
    pub(super) fn failure(&self, failure: &Failure, json: bool) {
        let document = if json { ascii_json(&failure.document()).ok() } else { None };
        stderr(&document.unwrap_or_else(|| failure.render(self.color)));
    }
}

/// Nobody is left to tell when standard error is closed.
fn stderr(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Text of several lines, safe to show: every control character but the line feed becomes `\u{..}`.
pub(super) fn escape_text(text: &str) -> Cow<'_, str> {
    if text.split('\n').all(is_plain) {
        return Cow::Borrowed(text);
    }
    let escaped = text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        if c != '\n' && acts(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
        safe
    });
    Cow::Owned(escaped)
}

/// One line, safe to show: line feeds are escaped too.
pub(super) fn escape_line(text: &str) -> Cow<'_, str> {
    if is_plain(text) { Cow::Borrowed(text) } else { Cow::Owned(escape_text(text).replace('\n', "\\u{a}")) }
}

/// Indented JSON, pure ASCII, with a line feed at the end. ASCII keeps bidirectional tricks out of terminals.
pub(super) fn ascii_json(document: &impl Serialize) -> Outcome<String> {
    ascii(serde_json::to_string_pretty(document))
}

/// The same in one line.
pub(super) fn ascii_line(document: &impl Serialize) -> Outcome<String> {
    ascii(serde_json::to_string(document))
}

fn ascii(text: serde_json::Result<String>) -> Outcome<String> {
    let mut text = text.map_err(|error| Failure::of(&unexpected::UNEXPECTED, &error))?;
    if text.split('\n').all(is_plain) {
        text.push('\n');
        return Ok(text);
    }
    let mut ascii = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() && c != '\u{7f}' {
            ascii.push(c);
        } else {
            // RFC 8259 section 7: UTF-16 code units, surrogate pairs beyond the basic plane.
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    ascii.push('\n');
    Ok(ascii)
}

/// A new file that appears under its name only when it is whole and durable; mode 0600.
///
/// Until then it has no name at all, where the file system can do that (`O_TMPFILE`): a killed run leaves nothing.
#[derive(Debug)]
pub(super) struct NewFile {
    file: File,
    /// The hidden sibling on other file systems.
    staged: Option<PathBuf>,
    path: PathBuf,
    published: bool,
}

impl NewFile {
    /// Opens a file without a name beside `path`, which must not exist, or a hidden one.
    pub(super) fn create(path: &Path) -> Outcome<Self> {
        if path.symlink_metadata().is_ok() {
            return Err(exists(path));
        }
        let name = path.file_name().ok_or_else(|| exists(path))?;
        if let Some(file) = nameless(path) {
            return Ok(Self { file, staged: None, path: path.to_owned(), published: false });
        }
        let staged = path.with_file_name(format!(".{}.{}.part", name.to_string_lossy(), std::process::id()));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let file = rustix::fs::openat(CWD, &staged, flags, Mode::RUSR | Mode::WUSR)
            .map_err(|error| write_failed(path, &error.into()))?;
        Ok(Self { file: file.into(), staged: Some(staged), path: path.to_owned(), published: false })
    }

    /// Makes the content durable and gives it its name, never over an existing file.
    pub(super) fn publish(mut self) -> Outcome {
        self.place().map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => exists(&self.path),
            _ => write_failed(&self.path, &error),
        })?;
        self.published = true;
        Ok(())
    }

    fn place(&self) -> io::Result<()> {
        self.file.sync_all()?;
        match &self.staged {
            Some(staged) => rustix::fs::renameat_with(CWD, staged, CWD, &self.path, RenameFlags::NOREPLACE)?,
            None => rustix::fs::linkat(CWD, descriptor(&self.file), CWD, &self.path, AtFlags::SYMLINK_FOLLOW)?,
        }
        File::open(folder_of(&self.path))?.sync_all()
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let (false, Some(staged)) = (self.published, &self.staged) {
            let _ = std::fs::remove_file(staged);
        }
    }
}

/// A file without a name in the folder of `path`; `None` where there is no such thing, or no way to name it later.
fn nameless(path: &Path) -> Option<File> {
    let flags = OFlags::WRONLY | OFlags::TMPFILE | OFlags::CLOEXEC;
    let file: File = rustix::fs::openat(CWD, folder_of(path), flags, Mode::RUSR | Mode::WUSR).ok()?.into();
    descriptor(&file).exists().then_some(file)
}

/// The name by which `linkat` finds an open file (open(2), on `O_TMPFILE`).
fn descriptor(file: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What `import.sh` of another bundle left beside this path would be taken for this one's.
pub(super) fn no_marks(bundle: &Path) -> Outcome {
    for mark in ["imported", "importing", "material", "lock"] {
        let mut beside = bundle.as_os_str().to_owned();
        beside.push(format!(".{mark}"));
        let beside = PathBuf::from(beside);
        if beside.symlink_metadata().is_ok() {
            let shown = escape_line(&beside.to_string_lossy()).into_owned();
            return Err(Failure::new(&usage::OUTPUT_EXISTS, format!("{shown} exists already"))
                .cause(
                    "import.sh of an earlier bundle at this path left it, and would speak for the new one".to_owned(),
                )
                .hint("--out ANOTHER-FOLDER, or move that file away once its bundle was confirmed".to_owned()));
        }
    }
    Ok(())
}

/// The absolute path of an output that does not exist yet, in a folder that does. Links and `..` above it are resolved.
pub(super) fn new_path(path: &Path) -> Outcome<PathBuf> {
    if path.symlink_metadata().is_ok() {
        return Err(exists(path));
    }
    let name = path.file_name().ok_or_else(|| exists(path))?;
    let folder = folder_of(path).canonicalize().map_err(|error| write_failed(path, &error))?;
    Ok(folder.join(name))
}

/// A folder that is there, or the absolute path of one that is not yet, in a folder that is.
pub(super) fn new_or_present_folder(path: &Path) -> Outcome<PathBuf> {
    match path.canonicalize() {
        Ok(folder) if folder.is_dir() => Ok(folder),
        Ok(_) => Err(exists(path)),
        Err(error) if error.kind() == ErrorKind::NotFound => new_path(path),
        Err(error) => Err(write_failed(path, &error)),
    }
}

/// Makes a folder and those above it; one that exists is kept.
pub(super) fn make_folder(path: &Path) -> Outcome {
    std::fs::create_dir_all(path).map_err(|error| write_failed(path, &error))
}

/// New files of this process are for the user alone, whatever mode they are made with.
pub(super) fn keep_new_files_private() {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
}

/// Writes a whole new file.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Outcome {
    let mut file = NewFile::create(path)?;
    file.write_all(bytes).map_err(|error| write_failed(path, &error))?;
    file.publish()
}

fn exists(path: &Path) -> Failure {
    Failure::new(&usage::OUTPUT_EXISTS, format!("{} exists already", path.display()))
        .hint("name another output, or move this one away")
}

/// The failure for an output that takes no more data.
pub(super) fn write_failed(path: &Path, error: &io::Error) -> Failure {
    Failure::new(&storage::OUTPUT_FAILED, format!("{} cannot be written", path.display())).because(Some(error))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn control_characters_are_spelled_out() {
        assert_eq!(escape_text("a\u{1b}[2J\nb\u{202e}c\r"), "a\\u{1b}[2J\nb\\u{202e}c\\u{d}");
        assert_eq!(escape_line("a\nb"), "a\\u{a}b");
    }

    #[test]
    fn json_is_ascii_and_means_the_same() {
        let text = "é\u{7f}\u{9b}\u{202e}\u{1f511}\n";
        let json = ascii_json(&text).unwrap();
        assert!(json.is_ascii() && !json.contains('\u{7f}'));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }

    #[test]
    fn a_new_file_is_private_and_never_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        write_new(&path, b"one").unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(write_new(&path, b"two").unwrap_err().exit(), 2);
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_not_whole_has_no_name() {
        // tmpfs can do it wherever Linux runs.
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let path = folder.path().join("out");
        let mut file = NewFile::create(&path).unwrap();
        file.write_all(b"secret").unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        file.publish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"secret");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_appears_in_between_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let file = NewFile::create(&path).unwrap();
        std::fs::write(&path, b"theirs").unwrap();
        assert_eq!(file.publish().unwrap_err().exit(), 2);
        assert_eq!(std::fs::read(&path).unwrap(), b"theirs");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
