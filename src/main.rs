//! The binary: harden the process, build the environment, run, answer with an exit code.
//!
//! The only place that reads the clock, the environment and the terminal.

use std::ffi::OsString;
use std::io::{IsTerminal, stderr, stdin, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use byok::cli::{Env, Hardening, Terminals};
use zeroizing_alloc::ZeroAlloc;

/// Memory that is given back is wiped, whoever used it: the copies that a growing buffer, serde or the big numbers of an
/// RSA encryption leave behind are in nobody's `Zeroizing`.
#[global_allocator]
static WIPING: ZeroAlloc<std::alloc::System> = ZeroAlloc(std::alloc::System);

/// The exit code for what byok has no rule for.
const UNEXPECTED: u8 = 1;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if let Some(exit) = byok::cli::version_alone(&arguments) {
        return ExitCode::from(exit);
    }
    let hardening = byok::cli::harden();
    // A panic is a bug. Its message is on standard error by now; the exit code is the one for the unexpected.
    let run = || byok::cli::run(&environment(hardening), arguments);
    ExitCode::from(std::panic::catch_unwind(run).unwrap_or(UNEXPECTED))
}

#[expect(clippy::disallowed_methods, reason = "main reads the clock and the environment for everybody else")]
fn environment(hardening: Hardening) -> Env {
    let uid = rustix::process::geteuid().as_raw();
    let began = std::time::Instant::now();
    Env {
        elapsed: Box::new(move || began.elapsed()),
        now: Box::new(jiff::Timestamp::now),
        var: Box::new(|name| std::env::var_os(name)),
        terminals: Terminals {
            stdin: stdin().is_terminal(),
            stdout: stdout().is_terminal(),
            stderr: stderr().is_terminal(),
        },
        directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
        runtime_directory: runtime_directory(uid),
        uid,
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        hardening,
    }
}

/// The user's runtime folder where there is one, else a folder of our own for temporary files.
#[expect(clippy::disallowed_methods, reason = "main reads the environment for everybody else")]
fn runtime_directory(uid: u32) -> PathBuf {
    let named = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let usual = PathBuf::from(format!("/run/user/{uid}"));
    match named.into_iter().chain([usual]).find(|folder| folder.is_dir()) {
        Some(folder) => folder.join("byok"),
        None => std::env::temp_dir().join(format!("byok-{uid}")),
    }
}
