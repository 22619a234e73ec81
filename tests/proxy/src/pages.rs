//! What the process holds in memory: every page it can write, the stack included.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const CHUNK: usize = 1 << 16;

/// Writes the contents of all writable mappings, one after the other, to a new file. Meanwhile the file's path stands on
/// the heap in capitals, so that a reader can see that the heap is there.
pub(crate) fn dump(path: &Path) -> io::Result<()> {
    let marker = path.to_string_lossy().to_uppercase();
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let mut chunk = vec![0; CHUNK];
    for (mut at, end) in writable(&fs::read_to_string("/proc/self/maps")?) {
        while at < end {
            let len = usize::try_from(end - at).map_or(CHUNK, |left| left.min(CHUNK));
            let read = read(at, &mut chunk[..len]);
            if read == 0 {
                // A guard page, or one that went away.
                break;
            }
            out.write_all(&chunk[..read])?;
            at += read as u64;
        }
    }
    drop(marker);
    Ok(())
}

/// Reads this process's own memory, as far as it goes. `/proc/self/mem` would be root's in a process that forbids
/// tracing.
fn read(at: u64, into: &mut [u8]) -> usize {
    let local = libc::iovec { iov_base: into.as_mut_ptr().cast(), iov_len: into.len() };
    let remote = libc::iovec { iov_base: at as *mut libc::c_void, iov_len: into.len() };
    let read = unsafe { libc::process_vm_readv(libc::getpid(), &raw const local, 1, &raw const remote, 1, 0) };
    usize::try_from(read).unwrap_or(0)
}

/// The address ranges of lines like `7f00-7f80 rw-p ...`.
fn writable(maps: &str) -> Vec<(u64, u64)> {
    let range = |line: &str| {
        let (range, rest) = line.split_once(' ')?;
        let (from, to) = range.split_once('-')?;
        let address = |text| u64::from_str_radix(text, 16).ok();
        rest.starts_with("rw").then_some((address(from)?, address(to)?))
    };
    maps.lines().filter_map(range).collect()
}
