//! Programs that a module starts: to tell what they inherit from the client, or to change the world around it.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// The folder that the shell opens to list its descriptors is among them, and gone when it is looked at again.
const REPORT: &str = r#"
for fd in /proc/$$/fd/*; do
    if [ -L "$fd" ]; then echo "fd ${fd##*/}"; fi
done
echo "core $(ulimit -Sc) $(ulimit -Hc)"
echo "umask $(umask)"
"#;

/// Runs a command of the test to its end: moves the token's store away, ends a server.
pub(crate) fn run(command: &str) -> io::Result<()> {
    let status = Command::new("/bin/sh").args(["-c", command]).stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(status.to_string())) }
}

/// Runs the shell to its end; its report goes to a new file.
pub(crate) fn spawn(path: &Path) -> io::Result<()> {
    let out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let status = Command::new("/bin/sh").args(["-c", REPORT]).stdin(Stdio::null()).stdout(out).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(status.to_string())) }
}
