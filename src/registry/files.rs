//! Files as evidence needs them: made whole or not at all, never over another, never through a link, 0600 and 0700
//! whatever the umask says, and on the disk before anybody relies on them.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, RenameFlags};

use super::error::RegistryError;

const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;
/// Bytes of randomness in a hidden name.
const HIDDEN_RANDOM: usize = 8;
const HIDDEN_MARK: &str = ".byok-";

/// Most files are smaller than this, and are read in one piece.
const USUAL: usize = 8 << 10;

type Result<T> = std::result::Result<T, RegistryError>;

/// Opens a file without following a link in its last part, and refuses what is not a regular file.
/// `NONBLOCK` keeps a FIFO from blocking the open; it means nothing for a regular file.
pub(super) fn open(path: &Path, flags: OFlags) -> Result<File> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let fd = rustix::fs::open(path, flags, Mode::from_raw_mode(FILE_MODE))
        .map_err(|e| if e == rustix::io::Errno::LOOP { linked(path) } else { RegistryError::io(path, "open", e) })?;
    let file = File::from(fd);
    let metadata = file.metadata().map_err(|e| RegistryError::io(path, "read", e))?;
    if !metadata.is_file() {
        return Err(RegistryError::Insecure { path: path.into(), why: "is not a regular file" });
    }
    Ok(file)
}

fn linked(path: &Path) -> RegistryError {
    RegistryError::Insecure { path: path.into(), why: "is a symbolic link" }
}

/// Makes a file that must not exist, 0600, with these bytes, and makes the bytes durable. The folder is the caller's.
pub(super) fn create_new(path: &Path, bytes: &[u8]) -> Result<File> {
    let file = create_for_now(path, bytes)?;
    // Half a file must not stay under this name; if even that fails, the first error is the one to tell.
    file.sync_all().map_err(|e| RegistryError::io(path, "write", e)).inspect_err(|_| discard(path))?;
    Ok(file)
}

/// As [`create_new`], and not durable before the caller makes it so.
pub(super) fn create_for_now(path: &Path, bytes: &[u8]) -> Result<File> {
    let mut file = create_empty(path)?;
    file.write_all(bytes).map_err(|e| RegistryError::io(path, "write", e)).inspect_err(|_| discard(path))?;
    Ok(file)
}

/// Makes an empty file that must not exist, opened for appending.
pub(super) fn create_empty(path: &Path) -> Result<File> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::APPEND;
    let file = open(path, flags).map_err(|error| exists(error, path))?;
    rustix::fs::fchmod(&file, Mode::from_raw_mode(FILE_MODE))
        .map_err(|e| RegistryError::io(path, "protect", e))
        .inspect_err(|_| discard(path))?;
    Ok(file)
}

fn exists(error: RegistryError, path: &Path) -> RegistryError {
    match error {
        RegistryError::Io { source, .. } if source.kind() == ErrorKind::AlreadyExists => {
            RegistryError::Exists { path: path.into() }
        }
        other => other,
    }
}

/// Renames, never over anything, and makes the new name durable.
pub(super) fn publish(from: &Path, to: &Path) -> Result<()> {
    publish_for_now(from, to)?;
    sync_parent(to)
}

/// As [`publish`]; the caller makes the new name durable.
pub(super) fn publish_for_now(from: &Path, to: &Path) -> Result<()> {
    rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)
        .map_err(|e| exists(RegistryError::io(to, "rename a staged file to", e), to))
}

/// Writes a file that must not exist: the name appears with all its bytes or not at all.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let hidden = hidden_sibling(path)?;
    create_new(&hidden, bytes)?;
    publish(&hidden, path).inspect_err(|_| discard(&hidden))
}

/// Writes a file in the place of the one that is there: readers see the old bytes or the new ones.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    replace_all([(path, bytes)])
}

/// [`replace`] for files of one folder, in this order: their names are made durable together.
pub(super) fn replace_all<const N: usize>(files: [(&Path, &[u8]); N]) -> Result<()> {
    for (path, bytes) in files {
        let hidden = hidden_sibling(path)?;
        create_new(&hidden, bytes)?;
        rename_over(&hidden, path)?;
    }
    files.first().map_or(Ok(()), |(path, _)| sync_parent(path))
}

/// [`replace_all`] in two steps: first all bytes under hidden names, not durable; `durable` makes them so; then the
/// names, which are the caller's to make durable. Readers see the old bytes or the new ones, whatever happens.
pub(super) fn replace_all_by<const N: usize>(
    files: [(&Path, &[u8]); N],
    durable: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let mut hidden = Vec::with_capacity(N);
    let written = files.iter().try_for_each(|(path, bytes)| {
        let from = hidden_sibling(path)?;
        create_for_now(&from, bytes)?;
        hidden.push((from, *path));
        Ok(())
    });
    written.and_then(|()| durable()).inspect_err(|_| hidden.iter().for_each(|(from, _)| discard(from)))?;
    hidden.iter().try_for_each(|(from, path)| rename_over(from, path))
}

fn rename_over(hidden: &Path, path: &Path) -> Result<()> {
    fs::rename(hidden, path).map_err(|e| RegistryError::io(path, "replace", e)).inspect_err(|_| discard(hidden))
}

/// As [`replace`], and not made durable: for what can be made anew and is checked by its reader.
pub(super) fn replace_for_now(path: &Path, bytes: &[u8]) -> Result<()> {
    let hidden = hidden_sibling(path)?;
    create_for_now(&hidden, bytes)?;
    rename_over(&hidden, path)
}

/// Renames over what is there, and does not make it durable.
pub(super) fn rename_for_now(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|e| RegistryError::io(to, "replace", e))
}

/// Takes away a file that this process has just made. A failure leaves a file that harms nobody.
fn discard(made: &Path) {
    let _ = fs::remove_file(made);
}

/// The bytes of a regular file of at most `limit` bytes; `None` when there is none.
pub(super) fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>> {
    let file = match open(path, OFlags::RDONLY) {
        Err(RegistryError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut bytes = Vec::with_capacity(USUAL);
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|e| RegistryError::io(path, "read", e))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return Err(RegistryError::malformed(path, format!("larger than {limit} bytes")));
    }
    Ok(Some(bytes))
}

/// Makes one folder that must not exist, 0700, and makes its name durable.
pub(super) fn make_folder(path: &Path) -> Result<()> {
    // It is empty, and nobody knows of it yet.
    make_folder_for_now(path).and_then(|()| sync_parent(path).inspect_err(|_| _ = fs::remove_dir(path)))
}

/// As [`make_folder`]; the caller makes its name durable.
pub(super) fn make_folder_for_now(path: &Path) -> Result<()> {
    rustix::fs::mkdir(path, Mode::from_raw_mode(FOLDER_MODE))
        .map_err(|e| exists(RegistryError::io(path, "make the folder", e), path))?;
    // mkdir is subject to the umask, and a umask may take from the owner too.
    rustix::fs::chmod(path, Mode::from_raw_mode(FOLDER_MODE))
        .map_err(|e| RegistryError::io(path, "protect", e))
        .inspect_err(|_| _ = fs::remove_dir(path))
}

/// Makes the folders of `relative` that `base` does not have yet.
pub(super) fn make_folders(base: &Path, relative: &Path) -> Result<()> {
    make_folders_by(base, relative, make_folder)
}

/// As [`make_folders`]; the caller makes their names durable.
pub(super) fn make_folders_for_now(base: &Path, relative: &Path) -> Result<()> {
    make_folders_by(base, relative, make_folder_for_now)
}

fn make_folders_by(base: &Path, relative: &Path, make: fn(&Path) -> Result<()>) -> Result<()> {
    let mut path = base.to_path_buf();
    for part in relative.components() {
        let Component::Normal(name) = part else {
            return Err(RegistryError::Unexpected { path: relative.into() });
        };
        path.push(name);
        match make(&path) {
            Err(RegistryError::Exists { .. }) => check_folder(&path)?,
            other => other?,
        }
    }
    Ok(())
}

/// Refuses what is not a folder, links included, and a folder that others can write.
pub(super) fn check_folder(path: &Path) -> Result<()> {
    let stat = rustix::fs::lstat(path).map_err(|e| RegistryError::io(path, "read", e))?;
    let insecure = |why| Err(RegistryError::Insecure { path: path.into(), why });
    if !rustix::fs::FileType::from_raw_mode(stat.st_mode).is_dir() {
        return insecure("is not a folder");
    }
    if stat.st_mode & 0o022 != 0 {
        return insecure("can be written by others");
    }
    if stat.st_uid != 0 && stat.st_uid != rustix::process::geteuid().as_raw() {
        return insecure("belongs to somebody else");
    }
    Ok(())
}

/// Makes the names in the folder of `path` durable.
pub(super) fn sync_parent(path: &Path) -> Result<()> {
    sync_folder(parent(path)?)
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(path: &Path) -> Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty())
        .and_then(rustix::fs::fsync)
        .map_err(|e| RegistryError::io(path, "make durable", e))
}

/// A file system: the number of its device, and a folder in it.
pub(super) type FileSystem = (u64, PathBuf);

/// The file system of the folder of `path`.
pub(super) fn file_system(path: &Path) -> Result<FileSystem> {
    let folder = parent(path)?;
    let stat = rustix::fs::stat(folder).map_err(|e| RegistryError::io(folder, "read", e))?;
    Ok((stat.st_dev, folder.to_path_buf()))
}

/// The file system of a file or folder that may not be there yet: that of the nearest folder above which is.
pub(super) fn file_system_above(path: &Path) -> Result<FileSystem> {
    let mut folder = parent(path)?;
    while !present(folder)? {
        folder = parent(folder)?;
    }
    file_system(&folder.join("x"))
}

/// The folder of a path; `.` for a bare name.
pub(super) fn parent(path: &Path) -> Result<&Path> {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Ok(Path::new(".")),
        Some(folder) => Ok(folder),
        None => Err(RegistryError::Unexpected { path: path.into() }),
    }
}

/// True when something is there, a dangling link included.
pub(super) fn present(path: &Path) -> Result<bool> {
    match rustix::fs::lstat(path) {
        Ok(_) => Ok(true),
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) => Ok(false),
        Err(e) => Err(RegistryError::io(path, "read", e)),
    }
}

/// A fresh hidden name beside `path`: `.NAME.byok-<16 hexadecimal digits>`.
pub(super) fn hidden_sibling(path: &Path) -> Result<PathBuf> {
    let name = name_of(path).ok_or_else(|| RegistryError::Unexpected { path: path.into() })?;
    let mut random = [0_u8; HIDDEN_RANDOM];
    getrandom::fill(&mut random).map_err(RegistryError::Random)?;
    Ok(path.with_file_name(format!(".{name}{HIDDEN_MARK}{}", hex::encode(random))))
}

/// True when `hidden` is a name that [`hidden_sibling`] gives for `path`, in the same folder.
pub(super) fn is_hidden_sibling(hidden: &Path, path: &Path) -> bool {
    let (Some(hidden_name), Some(name)) = (name_of(hidden), name_of(path)) else { return false };
    let random = hidden_name
        .strip_prefix('.')
        .and_then(|rest| rest.strip_prefix(name))
        .and_then(|rest| rest.strip_prefix(HIDDEN_MARK));
    hidden.parent() == path.parent() && random.is_some_and(is_random_part)
}

/// Removes what processes that died left in a folder under hidden names. The caller keeps others from staging there.
pub(super) fn sweep(folder: &Path) -> Result<()> {
    sweep_those(folder, &|name| !name.is_empty())
}

/// The same of one file alone. A process that is just staging it writes in vain, and is told so.
pub(super) fn sweep_of(folder: &Path, file: &str) -> Result<()> {
    sweep_those(folder, &|name| name == file)
}

fn sweep_those(folder: &Path, is_it: &dyn Fn(&str) -> bool) -> Result<()> {
    for entry in list(folder)? {
        let left = entry.name.strip_prefix('.').and_then(|name| name.rsplit_once(HIDDEN_MARK));
        if entry.kind == Kind::File && left.is_some_and(|(name, random)| is_it(name) && is_random_part(random)) {
            remove(&folder.join(&entry.name))?;
        }
    }
    Ok(())
}

fn is_random_part(text: &str) -> bool {
    text.len() == HIDDEN_RANDOM.saturating_mul(2) && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

pub(super) fn name_of(path: &Path) -> Option<&str> {
    path.file_name().and_then(|name| name.to_str())
}

/// A name in a folder, and what it is.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// What a name is, links not followed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Kind {
    File,
    Folder,
    Other,
}

/// Everything in a folder, sorted by name; nothing when there is no such folder.
pub(super) fn list(path: &Path) -> Result<Vec<Listed>> {
    let io = |e| RegistryError::io(path, "list", e);
    let entries = match fs::read_dir(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(io)?,
    };
    let mut listed = Vec::new();
    for entry in entries {
        let entry = entry.map_err(io)?;
        let file_type = entry.file_type().map_err(io)?;
        let kind = match (file_type.is_file(), file_type.is_dir()) {
            (true, _) => Kind::File,
            (_, true) => Kind::Folder,
            _ => Kind::Other,
        };
        let unexpected = || RegistryError::Unexpected { path: entry.path().as_path().into() };
        let name = entry.file_name().into_string().map_err(|_| unexpected())?;
        listed.push(Listed { name, kind });
    }
    listed.sort_unstable();
    Ok(listed)
}

/// Removes a file, or a folder with all that is in it, without following links; what is gone already is fine.
pub(super) fn remove(path: &Path) -> Result<()> {
    if remove_for_now(path)? { sync_parent(path) } else { Ok(()) }
}

/// As [`remove`]; when something was there, it is the caller's to make its absence durable.
pub(super) fn remove_for_now(path: &Path) -> Result<bool> {
    let Ok(stat) = rustix::fs::lstat(path) else { return Ok(false) };
    let folder = rustix::fs::FileType::from_raw_mode(stat.st_mode).is_dir();
    let removed = if folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(RegistryError::io(path, "remove", e)),
        _ => Ok(true),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn modes_do_not_follow_the_umask() {
        let dir = tempfile::tempdir().unwrap();
        // The process's umask is shared by all tests; 022 or 077 both give these modes, and no other does.
        make_folders(dir.path(), Path::new("a/b")).unwrap();
        write_new(&dir.path().join("a/b/c"), b"x").unwrap();
        assert_eq!(mode(&dir.path().join("a")), 0o700);
        assert_eq!(mode(&dir.path().join("a/b")), 0o700);
        assert_eq!(mode(&dir.path().join("a/b/c")), 0o600);
    }

    #[test]
    fn nothing_is_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        write_new(&path, b"old").unwrap();
        assert!(matches!(write_new(&path, b"new"), Err(RegistryError::Exists { .. })));
        assert!(matches!(create_new(&path, b"new"), Err(RegistryError::Exists { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(list(dir.path()).unwrap().len(), 1, "the hidden file is gone");
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn links_are_neither_read_nor_written_through() {
        let dir = tempfile::tempdir().unwrap();
        let (secret, link) = (dir.path().join("secret"), dir.path().join("link"));
        fs::write(&secret, b"secret").unwrap();
        symlink(&secret, &link).unwrap();
        assert!(matches!(read(&link, 100), Err(RegistryError::Insecure { .. })));
        assert!(matches!(write_new(&link, b"x"), Err(RegistryError::Exists { .. })));
        symlink(dir.path().join("nowhere"), dir.path().join("dangling")).unwrap();
        assert!(matches!(create_new(&dir.path().join("dangling"), b"x"), Err(RegistryError::Exists { .. })));
        replace(&link, b"x").unwrap();
        assert_eq!(fs::read(&secret).unwrap(), b"secret", "the link was replaced, not what it names");
        symlink(dir.path(), dir.path().join("folder")).unwrap();
        assert!(matches!(check_folder(&dir.path().join("folder")), Err(RegistryError::Insecure { .. })));
    }

    #[test]
    fn a_fifo_does_not_block() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("fifo");
        rustix::fs::mknodat(CWD, &path, rustix::fs::FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        assert!(matches!(read(&path, 10), Err(RegistryError::Insecure { .. })));
    }

    #[test]
    fn reading_is_capped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        write_new(&path, b"12345").unwrap();
        assert_eq!(read(&path, 5).unwrap().unwrap(), b"12345");
        assert!(matches!(read(&path, 4), Err(RegistryError::Malformed { .. })));
        assert_eq!(read(&dir.path().join("none"), 5).unwrap(), None);
    }

    #[test]
    fn a_hidden_name_is_known_by_its_form_and_place() {
        let path = Path::new("/a/b/out");
        let hidden = hidden_sibling(path).unwrap();
        assert!(is_hidden_sibling(&hidden, path));
        for foreign in [
            "/a/b/out",
            "/a/b/.out",
            "/a/b/.out.byok-",
            "/a/b/.out.byok-0123456789ABCDEF",
            "/a/b/.out.byok-0123456789abcdef0",
            "/a/b/.other.byok-0123456789abcdef",
            "/a/c/.out.byok-0123456789abcdef",
            "/a/b/.out.byok-0123456789abcdef/..",
        ] {
            assert!(!is_hidden_sibling(Path::new(foreign), path), "{foreign}");
        }
    }

    #[test]
    fn a_folder_that_others_can_write_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        for (mode, good) in [(0o700, true), (0o755, true), (0o775, false), (0o707, false)] {
            fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(check_folder(dir.path()).is_ok(), good, "{mode:o}");
        }
    }

    #[test]
    fn only_our_hidden_files_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        for name in
            ["a", ".a", ".a.byok-x", ".byok-0123456789abcdef", ".a.byok-0123456789abcdef", ".b.byok-0123456789abcdef"]
        {
            fs::write(dir.path().join(name), b"x").unwrap();
        }
        fs::create_dir(dir.path().join(".c.byok-0123456789abcdef")).unwrap();
        sweep(dir.path()).unwrap();
        let left: Vec<_> = list(dir.path()).unwrap().into_iter().map(|entry| entry.name).collect();
        assert_eq!(left, [".a", ".a.byok-x", ".byok-0123456789abcdef", ".c.byok-0123456789abcdef", "a"]);
    }

    #[test]
    fn removing_does_not_follow_links() {
        let dir = tempfile::tempdir().unwrap();
        let (kept, staged) = (dir.path().join("kept"), dir.path().join("staged"));
        make_folder(&kept).unwrap();
        fs::write(kept.join("file"), b"x").unwrap();
        make_folder(&staged).unwrap();
        symlink(&kept, staged.join("link")).unwrap();
        remove(&staged).unwrap();
        assert!(!staged.exists());
        assert!(kept.join("file").exists());
        remove(&staged).unwrap();
    }
}
