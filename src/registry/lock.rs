//! One process at a time: a lock per registry, and one per token for two registries on one token.
//!
//! The locks are `flock(2)`: they die with the process, so a crash leaves none behind. On NFS they are only as good
//! as the server.

use std::fmt::Write as _;
use std::fs::{self, File, TryLockError};
use std::io::{Seek, Write};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use rustix::fs::OFlags;

use super::error::RegistryError;
use super::files;
use super::runtime;
use crate::format::escape::acts;

/// The longest note that a holder leaves.
const NOTE_LIMIT: usize = 200;

/// How long to wait for a lock.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wait {
    /// Not at all.
    None,
    /// At most this long for each lock.
    For(Duration),
    /// Until it is free.
    Forever,
}

/// The locks, held until dropped.
#[derive(Debug)]
pub struct Guard {
    registry: File,
    /// Held for its lock only.
    _token: Option<File>,
}

impl Guard {
    /// Takes the registry's lock, then the token's. Everybody takes them in this order, so nobody waits in a circle.
    pub(super) fn take(lock: &Path, wait: Wait, token: Option<(&Path, &str)>) -> Result<Self, RegistryError> {
        let registry = lock_file(lock, wait, "the registry")?;
        let token = token.map(|(folder, serial)| token_lock(folder, serial, wait)).transpose()?;
        Ok(Self { registry, _token: token })
    }

    /// True when this guard holds the lock in the file `lock`.
    pub(super) fn holds(&self, lock: &Path) -> bool {
        let (Ok(held), Ok(named)) = (rustix::fs::fstat(&self.registry), rustix::fs::lstat(lock)) else { return false };
        (held.st_dev, held.st_ino) == (named.st_dev, named.st_ino)
    }
}

/// The lock of a token, in the user's own runtime folder. The serial is what the token says, so it is spelled in
/// hexadecimal.
fn token_lock(folder: &Path, serial: &str, wait: Wait) -> Result<File, RegistryError> {
    runtime::ensure(folder)?;
    lock_file(&folder.join(format!("token-{}.lock", hex::encode(serial))), wait, "the token")
}

fn lock_file(path: &Path, wait: Wait, what: &'static str) -> Result<File, RegistryError> {
    let mut file = acquire(files::open(path, OFlags::RDWR | OFlags::CREATE)?, path, wait, what)?;
    leave_note(&mut file);
    Ok(file)
}

/// Locks an open file or folder.
pub(super) fn acquire(file: File, path: &Path, wait: Wait, what: &'static str) -> Result<File, RegistryError> {
    let io = |e| RegistryError::io(path, "lock", e);
    let locked = || RegistryError::Locked { what, holder: read_note(path) };
    match (file.try_lock(), wait) {
        (Ok(()), _) => Ok(file),
        (Err(TryLockError::Error(e)), _) => Err(io(e)),
        (Err(TryLockError::WouldBlock), Wait::None) => Err(locked()),
        (Err(TryLockError::WouldBlock), Wait::Forever) => file.lock().map(|()| file).map_err(io),
        (Err(TryLockError::WouldBlock), Wait::For(limit)) => block(file, limit).ok_or_else(locked)?.map_err(io),
    }
}

/// Waits in a thread, because flock has no time limit. When the limit passes first, the thread's lock goes with its
/// file, as nobody is there to receive it: either way it holds nothing for longer than an instant.
fn block(file: File, limit: Duration) -> Option<std::io::Result<File>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let locked = file.lock().map(|()| file);
        // The receiver has gone when the limit has passed.
        let _ = sender.send(locked);
    });
    receiver.recv_timeout(limit).ok()
}

/// Writes down who holds the lock. The note serves a message and nothing else, so a full disk does not matter.
fn leave_note(file: &mut File) {
    let mut note = format!("process {}", std::process::id());
    let command = fs::read("/proc/self/cmdline").unwrap_or_default();
    let shown: Vec<_> = command.split(|b| *b == 0).map(String::from_utf8_lossy).filter(|a| !a.is_empty()).collect();
    if !shown.is_empty() {
        let _ = write!(note, " ({})", shown.join(" "));
    }
    let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(note.as_bytes()));
}

/// Who holds the lock, by the note; foreign bytes are made harmless.
fn read_note(path: &Path) -> String {
    let note = files::read(path, 1 << 20).ok().flatten().unwrap_or_default();
    let text = String::from_utf8_lossy(&note);
    let shown: String = text.chars().filter(|c| !acts(*c)).take(NOTE_LIMIT).collect();
    if shown.is_empty() { "another process".to_owned() } else { shown }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Command, Stdio};

    use super::*;

    /// Another process that holds the lock until its standard input closes.
    fn hold(lock: &Path) -> std::process::Child {
        let script = r#"exec 9<>"$1"; flock 9; echo held; read _"#;
        let mut child = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(lock)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "held\n");
        child
    }

    #[test]
    fn another_process_keeps_us_out() {
        let dir = tempfile::tempdir().unwrap();
        let lock = dir.path().join("lock");
        fs::write(&lock, "process 7 (byok\u{1b}[2J generate)").unwrap();
        let mut child = hold(&lock);
        for wait in [Wait::None, Wait::For(Duration::from_millis(30))] {
            let Err(RegistryError::Locked { holder, .. }) = Guard::take(&lock, wait, None) else {
                panic!("not locked")
            };
            assert_eq!(holder, "process 7 (byok[2J generate)");
        }
        drop(child.stdin.take());
        let guard = Guard::take(&lock, Wait::For(Duration::from_mins(1)), None).unwrap();
        assert!(guard.holds(&lock));
        child.wait().unwrap();
    }

    #[test]
    fn a_killed_holder_leaves_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        let lock = dir.path().join("lock");
        let mut child = hold(&lock);
        child.kill().unwrap();
        child.wait().unwrap();
        Guard::take(&lock, Wait::Forever, None).unwrap();
    }

    #[test]
    fn two_registries_share_a_token() {
        let dir = tempfile::tempdir().unwrap();
        let runtime = dir.path().join("run");
        let token = Some((runtime.as_path(), "../a b"));
        let first = Guard::take(&dir.path().join("one"), Wait::None, token).unwrap();
        let second = Guard::take(&dir.path().join("two"), Wait::None, token);
        let Err(RegistryError::Locked { what: "the token", holder }) = second else { panic!("{second:?}") };
        assert!(holder.starts_with(&format!("process {} (", std::process::id())), "{holder}");
        drop(first);
        Guard::take(&dir.path().join("two"), Wait::None, token).unwrap();
        assert!(runtime.join("token-2e2e2f612062.lock").exists());
    }

    #[test]
    fn a_lock_that_is_a_link_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("target");
        fs::write(&target, "keep").unwrap();
        std::os::unix::fs::symlink(&target, dir.path().join("lock")).unwrap();
        assert!(matches!(Guard::take(&dir.path().join("lock"), Wait::None, None), Err(RegistryError::Insecure { .. })));
        let mut text = String::new();
        File::open(&target).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "keep");
    }
}
