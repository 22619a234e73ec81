//! Cutting a run off: at a PKCS#11 call by the proxy, at a system call by `kill_at` (`tests/proxy`).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::scene::Scene;
use crate::workplace::text;

/// The system calls that change a file or a folder, or make a change durable.
const CHANGING: &str = "open,openat,openat2,creat,write,writev,pwrite64,pwritev,pwritev2,copy_file_range,fallocate,\
    rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,mkdir,mkdirat,\
    truncate,ftruncate,fchmod,fchmodat,chmod,fsync,fdatasync,syncfs";

/// What a run is killed before.
#[derive(Clone, Debug)]
pub(super) enum Kill {
    /// The N-th PKCS#11 call, from 1.
    Call(usize),
    /// A change on the disk.
    Change(Change),
}

/// A system call of a run that changes something in the workplace.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    /// Its name.
    name: String,
    /// The how manieth of this name it is in its process, readings included, from 1.
    nth: usize,
    /// Its line, with everything taken out that differs from run to run.
    line: String,
}

impl Change {
    /// Whether the run is about to give a file or folder of this name its place.
    pub(super) fn renames(&self, name: &str) -> bool {
        self.name.starts_with("rename") && self.line.contains(name)
    }

    /// Whether the call names something there.
    pub(super) fn concerns(&self, path: &str) -> bool {
        self.line.contains(path)
    }

    /// Runs byok on a disk that is full from here on, for this one call.
    pub(super) fn run_out_of_space(&self, scene: &mut Scene, words: &[&str]) -> Output {
        scene.proxied(&[]);
        let trace = scene.place.path(".strace");
        let rule = format!("inject={}:error=ENOSPC:when={}", self.name, self.nth);
        let output = strace(scene, &self.name, &[&rule], &trace).args(words).output().expect("strace runs");
        fs::remove_file(trace).expect("the trace is there");
        output
    }

    /// Runs byok until this call, and says what it was about: its paths, or that of its open file.
    fn kill(&self, scene: &Scene, words: &[&str]) -> (Output, Option<Vec<String>>) {
        let (report, nth) = (scene.place.path(".killed"), self.nth.to_string());
        let mut command = scene.place.command(scene.place.token.module().with_file_name("kill_at"));
        command.args([&self.name, &nth]).arg(&report).arg(env!("CARGO_BIN_EXE_byok")).args(words);
        let output = command.output().expect("kill_at runs");
        let Ok(concerned) = fs::read_to_string(&report) else { return (output, None) };
        fs::remove_file(report).expect("the report is there");
        let here = scene.place.path("").display().to_string();
        let inside = |path: &str| masked(&path.replace(here.trim_end_matches('/'), ""));
        (output, Some(concerned.lines().map(inside).collect()))
    }

    /// Whether the call is about nothing else than these.
    fn is_about(&self, concerned: &[String]) -> bool {
        !concerned.is_empty() && concerned.iter().all(|path| self.concerns(path))
    }
}

impl Kill {
    /// Runs byok until the kill, which must come where the undisturbed run had that call.
    pub(super) fn must_hit(&self, scene: &mut Scene, words: &[&str]) {
        let (output, concerned) = self.cut(scene, words);
        assert!(killed(&output), "{self:?}: {}: {}", output.status, text(&output.stderr));
        if let Self::Change(change) = self {
            let concerned = concerned.unwrap_or_default();
            assert!(change.is_about(&concerned), "{self:?}: another one is about {concerned:?}");
        }
    }

    /// Runs byok until the kill, or to its end if it gets there.
    pub(super) fn run(&self, scene: &mut Scene, words: &[&str]) -> Output {
        self.cut(scene, words).0
    }

    /// How the run ended, and what the change was about before which it was killed.
    fn cut(&self, scene: &mut Scene, words: &[&str]) -> (Output, Option<Vec<String>>) {
        match self {
            Self::Call(number) => {
                scene.proxied(&[&format!("die={number}")]);
                let output = scene.byok(words);
                let answered = scene.calls().len();
                assert!(!killed(&output) || answered + 1 == *number, "killed at {number} after {answered} calls");
                scene.proxied(&[]);
                (output, None)
            }
            Self::Change(change) => {
                scene.proxied(&[]);
                change.kill(scene, words)
            }
        }
    }
}

/// Whether a run was killed; `kill_at` ends as byok ended.
pub(super) fn killed(output: &Output) -> bool {
    std::os::unix::process::ExitStatusExt::signal(&output.status) == Some(9)
}

/// Runs byok undisturbed and numbers its changes in the workplace.
pub(super) fn changes(scene: &mut Scene, words: &[&str]) -> (Output, Vec<Change>) {
    scene.proxied(&[]);
    let trace = scene.place.path(".strace");
    let output = strace(scene, CHANGING, &[], &trace).args(words).output().expect("strace runs");
    let text = fs::read_to_string(&trace).expect("a trace");
    fs::remove_file(trace).expect("the trace is there");
    let main = text.split(' ').next().unwrap_or_default();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut changes = Vec::new();
    for line in text.lines().filter_map(|line| line.strip_prefix(main)?.trim_start().split_once('(')) {
        let (name, arguments) = line;
        let nth = counts.entry(name).or_default();
        *nth += 1;
        if let Some(line) = relevant(name, arguments, scene) {
            changes.push(Change { name: name.to_owned(), nth: *nth, line });
        }
    }
    (output, changes)
}

/// byok under strace, which writes these calls to `trace`; the words are still to be added.
///
/// byok forbids tracing, and a strace that is not root's could then not read the names of files. So that one call is
/// left out, and answered with success. The kernel's own filter passes all other calls by, which are most of them:
/// stopping at each took more time than byok itself.
fn strace(scene: &Scene, calls: &str, rules: &[&str], trace: &Path) -> Command {
    let mut command = scene.place.command("strace");
    command.args("-f --seccomp-bpf -qq -y -s 0 -e inject=prctl:retval=0".split(' '));
    command.args(["-e", &format!("trace={calls},prctl")]);
    for expression in rules {
        command.args(["-e", expression]);
    }
    command.arg("-o").arg(trace).arg(env!("CARGO_BIN_EXE_byok"));
    command
}

/// The call without its answer, its numbers and its random names, when it changes something in the workplace.
fn relevant(name: &str, arguments: &str, scene: &Scene) -> Option<String> {
    let call = arguments.rsplit_once(" = ").map_or(arguments, |(call, _)| call).trim_end();
    let call = call.trim_end_matches(" <unfinished ...>").trim_end_matches(')');
    let here = scene.place.path("");
    let here = here.to_str().expect("temporary paths are UTF-8").trim_end_matches('/');
    let reads = name.starts_with("open") && !["O_WRONLY", "O_RDWR", "O_CREAT"].iter().any(|flag| call.contains(flag));
    // -y shows the working directory with AT_FDCWD; an absolute path does not start there.
    let call = call.replace(&format!("AT_FDCWD<{here}>, \"/"), "\"/");
    (call.contains(here) && !reads).then(|| format!("{name}({}", masked(&call.replace(here, ""))))
}

/// Digits and hexadecimal words in the place of which any other could stand.
pub(super) fn masked(call: &str) -> String {
    let mut masked = String::new();
    let mut word = String::new();
    for c in call.chars().chain([' ']) {
        if c.is_ascii_hexdigit() {
            word.push(c);
            continue;
        }
        let number = word.len() >= 8 || word.chars().all(|c| c.is_ascii_digit());
        masked.push_str(if number && !word.is_empty() { "#" } else { &word });
        word.clear();
        masked.push(c);
    }
    masked.trim_end().to_owned()
}
