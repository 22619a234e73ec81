//! What the process does for its own protection: most of it before it looks at anything that was typed, the locking of
//! memory before a command that meets a secret.

use rustix::io::Errno;
use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};

use super::output::keep_new_files_private;

/// Standard input, output and error are passed on to what a module starts; descriptors from here on are not.
const FIRST_OTHER_DESCRIPTOR: i32 = 3;

/// The measures that were taken, and those that the system did not allow, with the reason.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Hardening {
    taken: Vec<&'static str>,
    refused: Vec<String>,
}

/// Takes every measure that costs next to nothing, as far as the system allows it. None is taken back later, and a module
/// that is loaded afterwards lives under them too.
#[must_use]
pub fn harden() -> Hardening {
    let mut done = Hardening::default();
    done.note("no core dump", "a core dump is possible", forbid_core_dumps());
    done.note("not traceable", "other processes of this user may trace it", forbid_tracing());
    keep_new_files_private();
    done.taken.push("new files private");
    // The descriptor that a PIN comes from is no exception: it is opened a second time, from /dev/fd, and needs not be
    // inherited by anybody.
    close_fds::set_fds_cloexec(FIRST_OTHER_DESCRIPTOR, &[]);
    done.taken.push("descriptors not inherited");
    done
}

impl Hardening {
    /// Locks memory too, before the first PIN or key is in it. Apart from the rest because it costs a quarter of what
    /// starting a process does, which a command without secrets need not pay.
    pub(super) fn lock_memory(&mut self) {
        self.note("memory locked", "memory is not locked and may be swapped out", lock_memory());
    }

    /// What is said with `-v`: what holds, then a line for each measure that could not be taken.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        let holds = (!self.taken.is_empty()).then(|| self.taken.join(", "));
        holds.into_iter().chain(self.refused.iter().cloned()).map(|line| format!("process        {line}"))
    }

    fn note(&mut self, taken: &'static str, otherwise: &str, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.taken.push(taken),
            Err(reason) => self.refused.push(format!("{otherwise}: {reason}")),
        }
    }
}

/// The limit alone would do for files; a kernel that pipes core dumps to a program does not ask it.
fn forbid_core_dumps() -> Result<(), String> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).map_err(|error| said("RLIMIT_CORE", error))
}

/// No process without `CAP_SYS_PTRACE` can attach, read the memory, or have the kernel dump it.
fn forbid_tracing() -> Result<(), String> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|error| said("PR_SET_DUMPABLE", error))
}

/// Keeps what is in memory now or later from being swapped out, where no limit can make an allocation fail for it.
///
/// Pages are locked when they are first used (`MCL_ONFAULT`), so that neither start-up nor a thread's stack costs more
/// than what is used of it. A page with a secret has been used.
fn lock_memory() -> Result<(), String> {
    let before = getrlimit(Resource::Memlock);
    // Under a limit that counts, allocations would fail later on. With a limit of nothing, the kernel locks for those
    // only whom it does not hold to any (CAP_IPC_LOCK, outside of user namespaces).
    let trial = Rlimit { current: before.maximum.map(|_| 0), maximum: before.maximum };
    setrlimit(Resource::Memlock, trial).map_err(|error| said("RLIMIT_MEMLOCK", error))?;
    let locked = mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT);
    if trial.maximum.is_some() || locked.is_err() {
        setrlimit(Resource::Memlock, before).map_err(|error| said("RLIMIT_MEMLOCK", error))?;
    }
    locked.map_err(|error| match before.maximum {
        Some(bytes) if error != Errno::NOSYS => {
            format!("at most {} KiB may be locked (RLIMIT_MEMLOCK), and CAP_IPC_LOCK is missing", bytes / 1024)
        }
        _ => said("mlockall", error),
    })
}

fn said(call: &str, error: Errno) -> String {
    format!("{call}: {}", std::io::Error::from(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_gets_a_line_of_its_own() {
        let mut done = Hardening::default();
        done.note("one", "not one", Ok(()));
        done.note("two", "not two", Err("a reason".to_owned()));
        done.note("three", "not three", Ok(()));
        assert_eq!(done.lines().collect::<Vec<_>>(), ["process        one, three", "process        not two: a reason"]);
        assert_eq!(Hardening::default().lines().count(), 0);
    }
}
