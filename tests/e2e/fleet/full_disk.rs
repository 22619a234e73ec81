//! A disk that is full from the middle of a fleet on: what was recorded stays, and the same command finishes once there
//! is room again.
//!
//! From one call on, strace answers ENOSPC to every later one of its kind too, as a disk does that stays full. The calls
//! are those that take room: folders, lines of the log, waits for the disk, names.

use std::collections::BTreeMap;
use std::fs;
use std::process::Output;

use super::Fleet;
use crate::token::Module;
use crate::workplace::{assert_success, text};

const KEYS: usize = 24;
/// What a registry or an output that cannot be written ends with.
const STORAGE: i32 = 9;

#[test]
fn no_folder_can_be_made() {
    full("mkdir,mkdirat", None);
}

#[test]
fn no_line_of_the_log_can_be_written() {
    full("write,pwrite64,writev", Some("registry/audit/log-000000.jsonl"));
}

#[test]
fn nothing_becomes_durable() {
    full("fsync,fdatasync,syncfs", None);
}

#[test]
fn nothing_gets_its_name() {
    full("rename,renameat,renameat2", None);
}

/// Lets every such call fail from some of them on: from the first, and from a quarter, a half and three quarters of an
/// undisturbed run on.
fn full(calls: &str, path: Option<&str>) {
    let start = Fleet::new(Module::SoftHsm, KEYS);
    let (output, counted) = traced(&start.copy(), calls, path, None);
    assert_success(&output, calls);
    let most = counted.most();
    assert!(most > 1, "{calls}: {most} calls");
    let mut last = 0;
    for from in [1, most / 4, most / 2, most * 3 / 4] {
        if from <= last {
            continue;
        }
        last = from;
        let mut fleet = start.copy();
        let label = format!("no room for {calls} from call {from} of {most} on");
        let (output, counted) = traced(&fleet, calls, path, Some(from));
        let said = text(&output.stderr);
        assert!(counted.failed > 0, "{label}: went unnoticed");
        // What saves time, and the copies of a checkpoint, may be missing.
        let harmless = output.status.success() && fleet.made(2) == KEYS;
        assert!(harmless || output.status.code() == Some(STORAGE), "{label}: {}: {said}", output.status);
        fleet.finish(&label);
    }
}

/// What strace saw.
struct Counted {
    /// By thread and name: strace counts each of them by itself.
    by_thread: BTreeMap<(String, String), usize>,
    failed: usize,
}

impl Counted {
    fn of(trace: &str) -> Self {
        let (mut by_thread, mut failed) = (BTreeMap::new(), 0);
        for line in trace.lines().filter(|line| !line.contains("prctl(") && !line.contains("resumed>")) {
            let Some((thread, name)) = line.split_once('(').and_then(|(head, _)| head.split_once(' ')) else {
                continue;
            };
            *by_thread.entry((thread.to_owned(), name.trim().to_owned())).or_default() += 1;
            failed += usize::from(line.contains("ENOSPC"));
        }
        Self { by_thread, failed }
    }

    /// The calls of the thread and name that has the most.
    fn most(&self) -> usize {
        self.by_thread.values().copied().max().unwrap_or_default()
    }
}

/// byok under strace, which counts these calls of all threads in the workplace, and from one on lets them fail.
fn traced(fleet: &Fleet, calls: &str, path: Option<&str>, from: Option<usize>) -> (Output, Counted) {
    let trace = fleet.place.token.path().join("strace");
    let mut command = fleet.place.command("strace");
    command.args("-f --seccomp-bpf -qq -y -s 0 -e inject=prctl:retval=0".split(' '));
    command.args(["-e", &format!("trace={calls},prctl")]);
    if let Some(path) = path {
        command.arg("-P").arg(fleet.place.path(path));
    }
    if let Some(from) = from {
        command.args(["-e", &format!("inject={calls}:error=ENOSPC:when={from}+")]);
    }
    command.arg("-o").arg(&trace).arg(env!("CARGO_BIN_EXE_byok")).args(super::ROTATE).args(["--sessions", "1"]);
    let output = command.output().expect("strace runs");
    let lines = text(&fs::read(&trace).expect("a trace"));
    fs::remove_file(&trace).expect("the trace is there");
    (output, Counted::of(&lines))
}
