//! Runs a program and kills it just before a system call:
//!
//! ```text
//! kill_at CALL N REPORT PROGRAM ARGUMENT...
//! ```
//! CALL is the name of a call that changes files, N which one of this name in the program's first thread, from 1. What that
//! call concerns goes to the file REPORT: its paths, or the path of its open file, one a line. Ends as the program ended.
//!
//! `strace -f -e inject=CALL:signal=KILL:when=N` does the same. It stops the program at every call, though, twice: its filter
//! in the kernel (`--seccomp-bpf`) and its signals do not go together. Here the filter passes all other calls by.

use std::collections::BTreeSet;
use std::ffi::{c_int, c_long, c_void};
use std::fs::{self, File};
use std::io::{Error, Result};
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use libc::{pid_t, sock_filter};

/// A call: its name, its number, and which of its arguments are paths. Where none is, the first one is an open file.
type Call = (&'static str, c_long, &'static [usize]);

const CALLS: [Call; 31] = [
    ("open", libc::SYS_open, &[0]),
    ("openat", libc::SYS_openat, &[1]),
    ("openat2", libc::SYS_openat2, &[1]),
    ("creat", libc::SYS_creat, &[0]),
    ("write", libc::SYS_write, &[]),
    ("writev", libc::SYS_writev, &[]),
    ("pwrite64", libc::SYS_pwrite64, &[]),
    ("pwritev", libc::SYS_pwritev, &[]),
    ("pwritev2", libc::SYS_pwritev2, &[]),
    ("copy_file_range", libc::SYS_copy_file_range, &[]),
    ("fallocate", libc::SYS_fallocate, &[]),
    ("rename", libc::SYS_rename, &[0, 1]),
    ("renameat", libc::SYS_renameat, &[1, 3]),
    ("renameat2", libc::SYS_renameat2, &[1, 3]),
    ("link", libc::SYS_link, &[0, 1]),
    ("linkat", libc::SYS_linkat, &[1, 3]),
    ("symlink", libc::SYS_symlink, &[1]),
    ("symlinkat", libc::SYS_symlinkat, &[2]),
    ("unlink", libc::SYS_unlink, &[0]),
    ("unlinkat", libc::SYS_unlinkat, &[1]),
    ("rmdir", libc::SYS_rmdir, &[0]),
    ("mkdir", libc::SYS_mkdir, &[0]),
    ("mkdirat", libc::SYS_mkdirat, &[1]),
    ("truncate", libc::SYS_truncate, &[0]),
    ("ftruncate", libc::SYS_ftruncate, &[]),
    ("fchmod", libc::SYS_fchmod, &[]),
    ("fchmodat", libc::SYS_fchmodat, &[1]),
    ("chmod", libc::SYS_chmod, &[0]),
    ("fsync", libc::SYS_fsync, &[]),
    ("fdatasync", libc::SYS_fdatasync, &[]),
    ("syncfs", libc::SYS_syncfs, &[]),
];

/// Its children and threads are followed, and nothing outlives this program.
const OPTIONS: c_int = libc::PTRACE_O_TRACESECCOMP
    | libc::PTRACE_O_TRACEFORK
    | libc::PTRACE_O_TRACEVFORK
    | libc::PTRACE_O_TRACECLONE
    | libc::PTRACE_O_TRACEEXEC
    | libc::PTRACE_O_EXITKILL;
const LONGEST_PATH: usize = 4096;

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, name, nth, report, program, words @ ..] = &arguments[..] else {
        return Err(Error::other("kill_at CALL N REPORT PROGRAM ARGUMENT..."));
    };
    let call = CALLS.iter().find(|call| call.0 == name).ok_or_else(|| Error::other("no call of this name"))?;
    let nth = nth.parse().map_err(Error::other)?;
    let filter = filter(call.1)?;
    let mut command = Command::new(program);
    command.args(words);
    // SAFETY: it makes system calls only, and the filter was put together before the fork.
    unsafe { command.pre_exec(move || be_filtered(&filter)) };
    let child = command.spawn()?;
    let main = pid_t::try_from(child.id()).map_err(Error::other)?;
    let status = Hunt { main, call, left: nth, report }.watch()?;
    if libc::WIFSIGNALED(status) {
        // SAFETY: a signal to this process.
        unsafe { libc::kill(libc::getpid(), libc::WTERMSIG(status)) };
    }
    Ok(u8::try_from(libc::WEXITSTATUS(status)).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Stops at this call and at prctl, and passes everything else by.
fn filter(call: c_long) -> Result<[sock_filter; 5]> {
    let statement = |code: u32, k: u32| sock_filter { code: u16::try_from(code).unwrap_or_default(), jt: 0, jf: 0, k };
    let number = |call: c_long| u32::try_from(call).map_err(Error::other);
    let equal =
        |call, jt| Ok::<_, Error>(sock_filter { jt, ..statement(libc::BPF_JMP | libc::BPF_JEQ, number(call)?) });
    Ok([
        statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0),
        equal(call, 2)?,
        equal(libc::SYS_prctl, 1)?,
        statement(libc::BPF_RET, libc::SECCOMP_RET_ALLOW),
        statement(libc::BPF_RET, libc::SECCOMP_RET_TRACE),
    ])
}

/// In the child, before it becomes the program.
fn be_filtered(filter: &[sock_filter; 5]) -> Result<()> {
    let program = libc::sock_fprog { len: 5, filter: filter.as_ptr().cast_mut() };
    let none: *mut c_void = std::ptr::null_mut();
    // SAFETY: the filter outlives the calls.
    unsafe {
        succeeds(libc::ptrace(libc::PTRACE_TRACEME, 0, none, none))?;
        succeeds(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0).into())?;
        succeeds(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program).into())
    }
}

fn succeeds(answer: c_long) -> Result<()> {
    if answer == -1 { Err(Error::last_os_error()) } else { Ok(()) }
}

struct Hunt<'a> {
    main: pid_t,
    call: &'a Call,
    /// Calls until the one that is not made.
    left: usize,
    report: &'a str,
}

impl Hunt<'_> {
    /// Until all have ended; how the program did.
    fn watch(&mut self) -> Result<c_int> {
        let (mut known, mut ended) = (BTreeSet::new(), 0);
        loop {
            let mut status = 0;
            // SAFETY: the status has room.
            let pid = unsafe { libc::waitpid(-1, &raw mut status, libc::__WALL) };
            match pid {
                -1 if Error::last_os_error().raw_os_error() == Some(libc::ECHILD) => return Ok(ended),
                -1 => return Err(Error::last_os_error()),
                _ if !libc::WIFSTOPPED(status) => {
                    known.remove(&pid);
                    if pid == self.main {
                        ended = status;
                    }
                }
                _ if known.insert(pid) => self.first_stop(pid)?,
                _ => self.stopped(pid, status)?,
            }
        }
    }

    /// Of the program: it was started just now. Of its children: it is watched from here on.
    fn first_stop(&self, pid: pid_t) -> Result<()> {
        if pid == self.main {
            let none: *mut c_void = std::ptr::null_mut();
            // SAFETY: the process stands.
            succeeds(unsafe { libc::ptrace(libc::PTRACE_SETOPTIONS, pid, none, OPTIONS) })?;
        }
        go_on(pid, 0)
    }

    fn stopped(&mut self, pid: pid_t, status: c_int) -> Result<()> {
        match status >> 16 {
            libc::PTRACE_EVENT_SECCOMP => self.at_call(pid),
            // Somebody was born, or became another program.
            event if event != 0 => go_on(pid, 0),
            _ => go_on(pid, libc::WSTOPSIG(status)),
        }
    }

    fn at_call(&mut self, pid: pid_t) -> Result<()> {
        let mut registers = registers(pid)?;
        if registers.orig_rax == number(libc::SYS_prctl)? {
            // byok forbids tracing; who is not root could then not look at its files. That is not done, with success.
            if registers.rdi == number(libc::PR_SET_DUMPABLE.into())? {
                (registers.orig_rax, registers.rax) = (u64::MAX, 0);
                set_registers(pid, &registers)?;
            }
        } else if pid == self.main {
            self.left = self.left.saturating_sub(1);
            if self.left == 0 {
                fs::write(self.report, self.concerned(&registers)?)?;
                // SAFETY: a signal to a process that stands. The call is not made: seccomp looks for it first.
                succeeds(unsafe { libc::kill(pid, libc::SIGKILL) }.into())?;
                self.left = usize::MAX;
                return Ok(());
            }
        }
        go_on(pid, 0)
    }

    /// What the call is about.
    fn concerned(&self, registers: &libc::user_regs_struct) -> Result<String> {
        let arguments = [registers.rdi, registers.rsi, registers.rdx, registers.r10];
        let here = format!("/proc/{}", self.main);
        if self.call.2.is_empty() {
            // The first of all these calls, but of copy_file_range, the third.
            let file = if self.call.0 == "copy_file_range" { arguments[2] } else { arguments[0] };
            let path = fs::read_link(format!("{here}/fd/{file}"))?;
            return Ok(path.to_string_lossy().trim_end_matches(" (deleted)").to_owned());
        }
        let memory = File::open(format!("{here}/mem"))?;
        let path = |argument: &usize| {
            let mut bytes = vec![0; LONGEST_PATH];
            let length = memory.read_at(&mut bytes, arguments[*argument])?;
            bytes.truncate(length);
            Ok(String::from_utf8_lossy(bytes.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned())
        };
        let paths: Result<Vec<String>> = self.call.2.iter().map(path).collect();
        Ok(paths?.join("\n"))
    }
}

fn number(number: c_long) -> Result<u64> {
    u64::try_from(number).map_err(Error::other)
}

fn registers(pid: pid_t) -> Result<libc::user_regs_struct> {
    let none: *mut c_void = std::ptr::null_mut();
    let mut registers = std::mem::MaybeUninit::uninit();
    // SAFETY: the kernel fills all of it when it answers with success.
    unsafe {
        succeeds(libc::ptrace(libc::PTRACE_GETREGS, pid, none, registers.as_mut_ptr()))?;
        Ok(registers.assume_init())
    }
}

fn set_registers(pid: pid_t, registers: &libc::user_regs_struct) -> Result<()> {
    let none: *mut c_void = std::ptr::null_mut();
    // SAFETY: the process stands.
    succeeds(unsafe { libc::ptrace(libc::PTRACE_SETREGS, pid, none, std::ptr::from_ref(registers)) })
}

/// Lets it run on, and gives it this signal. One that was killed meanwhile is gone.
fn go_on(pid: pid_t, signal: c_int) -> Result<()> {
    let none: *mut c_void = std::ptr::null_mut();
    // SAFETY: the process stands.
    match succeeds(unsafe { libc::ptrace(libc::PTRACE_CONT, pid, none, signal) }) {
        Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(()),
        answer => answer,
    }
}
