//! What the process does for its own protection, seen from outside: as the user of the tests, and as one without any
//! privilege.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::chown;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use rustix::fs::{CWD, FileType, Mode};

use crate::token::{LABEL, Module, USER_PIN};
use crate::workplace::{PIN_SOURCE, WRAPPING_KEY, Workplace, assert_success, text};

/// The user that owns nothing.
const NOBODY: u32 = 65534;
/// What an unprotected process could be asked for.
const GENEROUS: &str = "umask 022; ulimit -Sc $(ulimit -Hc)";

#[test]
fn every_measure_that_is_claimed_holds() {
    for person in [Person::Own, Person::Nobody] {
        let waiting = Waiting::start(Scene::new(Module::SoftHsm, person), GENEROUS);
        assert_eq!(waiting.status("Umask"), "0077");
        let limits = fs::read_to_string(format!("/proc/{}/limits", waiting.pid())).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        assert_eq!(core.split_whitespace().skip(4).collect::<Vec<_>>(), ["0", "0", "bytes"]);
        let locked = waiting.status("VmLck") != "0 kB";
        let [holds, refused @ ..] = waiting.process_lines() else { panic!("{:?}", waiting.said) };
        for measure in ["no core dump", "not traceable", "new files private", "descriptors not inherited"] {
            assert!(holds.contains(measure), "{holds}");
        }
        assert_eq!(holds.contains("memory locked"), locked, "{holds}");
        assert_eq!(refused.len(), usize::from(!locked), "{refused:?}");
        assert!(locked || person.is_held_to_a_limit(), "{refused:?}");
        waiting.finish();
    }
}

#[test]
fn another_process_of_the_user_cannot_look_inside() {
    let waiting = Waiting::start(Scene::new(Module::SoftHsm, Person::Nobody), GENEROUS);
    let pid = waiting.pid();
    let looks = |program: &[&str]| {
        let mut command = Command::new(program[0]);
        Person::Nobody.become_in(command.args(&program[1..]).stdin(Stdio::null()));
        command.output().unwrap()
    };
    // What holds for byok does not hold for any process.
    let mut plain = Command::new("cat");
    Person::Nobody.become_in(plain.stdin(Stdio::piped()).stdout(Stdio::piped()).env("PIN", USER_PIN));
    let mut plain = plain.spawn().unwrap();
    plain.stdin.as_mut().unwrap().write_all(b"it runs\n").unwrap();
    BufReader::new(plain.stdout.as_mut().unwrap()).read_line(&mut String::new()).unwrap();
    let seen = looks(&["cat", &format!("/proc/{}/environ", plain.id())]);
    assert!(text(&seen.stdout).contains(USER_PIN), "{seen:?}");
    drop(plain.stdin.take());
    plain.wait().unwrap();

    for file in ["environ", "mem", "maps"] {
        let seen = looks(&["head", "-c1", &format!("/proc/{pid}/{file}")]);
        assert!(!seen.status.success() && seen.stdout.is_empty(), "{file}: {seen:?}");
        assert!(text(&seen.stderr).contains("Permission denied"), "{file}: {seen:?}");
    }
    let seen = looks(&["strace", "-p", &pid.to_string()]);
    assert!(!seen.status.success(), "{seen:?}");
    assert!(text(&seen.stderr).contains("Operation not permitted"), "{seen:?}");
    waiting.finish();
}

#[test]
fn a_process_that_is_made_to_crash_leaves_no_core() {
    let waiting = Waiting::start(Scene::new(Module::SoftHsm, Person::Own), GENEROUS);
    let quit = Command::new("sh").args(["-c", &format!("kill -QUIT {}", waiting.pid())]).status().unwrap();
    assert!(quit.success());
    let status = { waiting }.child.wait().unwrap();
    assert!(status.signal().is_some() && !status.core_dumped(), "{status}");
}

/// Whoever is held to a limit for locked memory can do everything, and is told with `-v`.
#[test]
fn a_small_limit_for_locked_memory_stops_nothing() {
    for module in Module::ALL {
        let scene = Scene::new(module, Person::Nobody);
        scene.place.write("wrapping.pem", WRAPPING_KEY);
        let wrap = [
            &["-v", "wrap-for-import", "one", "--provider", "generic", "--wrapping-key", "wrapping.pem"][..],
            &["--method", "rsa-aes-sha1", "--allow-exposure", "ephemeral-kek", "--out", "bundle"],
        ];
        for words in [&["generate", "one", "--type", "aes-256"][..], &wrap.concat(), &["hsm", "probe"]] {
            let output = scene.run("ulimit -l 64", words);
            assert_success(&output, &words.join(" "));
            let said = text(&output.stderr);
            let line = "process        memory is not locked and may be swapped out: at most 64 KiB may be locked \
                        (RLIMIT_MEMLOCK), and CAP_IPC_LOCK is missing";
            assert_eq!(said.lines().any(|said| said == line), words[0] == "-v", "{said}");
            assert_eq!(said.contains("process  "), words[0] == "-v", "{said}");
        }
    }
}

/// Neither the descriptor of the PIN nor one that somebody else forgot goes to a program that the module starts.
#[test]
fn a_program_that_the_module_starts_inherits_nothing() {
    let mut place = Workplace::initialised_behind_proxy(Module::SoftHsm, &[]);
    let report = place.path("report");
    place.token.proxied(&[&format!("spawn=C_GenerateKey#1:{}", report.display())]);
    place.write("pin", USER_PIN);
    let script = format!("{GENEROUS}; exec \"$@\" 5<pin 7</dev/null 9<.");
    let mut command = place.command("sh");
    command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_byok")]);
    command.args(["generate", "one", "--type", "aes-256", "--pin-source", "fd:5"]);
    assert_success(&command.output().unwrap(), "generate");
    let report = fs::read_to_string(report).unwrap();
    assert_eq!(report.lines().collect::<Vec<_>>(), ["fd 0", "fd 1", "fd 2", "core 0 0", "umask 0077"]);
}

/// Who runs byok.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Person {
    /// Whoever runs the tests.
    Own,
    /// Somebody without privileges; where the tests run without any, again whoever runs them.
    Nobody,
}

impl Person {
    /// Somebody else than the user of the tests, who can only be made by root.
    fn is_other(self) -> bool {
        self == Self::Nobody && rustix::process::geteuid().is_root()
    }

    fn become_in(self, command: &mut Command) {
        if self.is_other() {
            command.uid(NOBODY).gid(NOBODY);
        }
    }

    /// Whether the kernel counts what this person locks: no `CAP_IPC_LOCK` over the whole system, and a hard limit.
    fn is_held_to_a_limit(self) -> bool {
        const IPC_LOCK: u32 = 14;
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let capabilities = status.lines().find_map(|line| line.strip_prefix("CapEff:\t")).unwrap();
        let may = u64::from_str_radix(capabilities, 16).unwrap() >> IPC_LOCK & 1 == 1;
        let users = fs::read_to_string("/proc/self/uid_map").unwrap();
        let in_namespace = users.split_whitespace().collect::<Vec<_>>() != ["0", "0", "4294967295"];
        let limited = rustix::process::getrlimit(rustix::process::Resource::Memlock).maximum.is_some();
        limited && (self.is_other() || in_namespace || !may)
    }
}

/// A registry on a token that belongs to somebody, and a byok that they can run.
struct Scene {
    place: Workplace,
    byok: PathBuf,
    person: Person,
}

impl Scene {
    fn new(module: Module, person: Person) -> Self {
        let place = Workplace::new(module);
        // The folder of the sources may be closed to others.
        let [byok, library] = ["byok", "module.so"].map(|name| place.token.path().join(name));
        fs::copy(env!("CARGO_BIN_EXE_byok"), &byok).unwrap();
        fs::copy(module.path(), &library).unwrap();
        let scene = Self { place, byok, person };
        if person.is_other() {
            give(scene.place.token.path());
            give(&scene.place.path("."));
        }
        let library = library.to_str().unwrap();
        let init = ["init", "--module", library, "--token", LABEL, "--pin-source", PIN_SOURCE];
        assert_success(&scene.run(":", &init), "init");
        scene
    }

    /// Runs byok to its end, after some lines of shell.
    fn run(&self, setup: &str, words: &[&str]) -> Output {
        self.command(&format!("{setup}; exec \"$@\""), words).output().unwrap()
    }

    fn command(&self, script: &str, words: &[&str]) -> Command {
        let mut command = self.place.command("sh");
        command.args(["-c", script, "sh"]).arg(&self.byok).args(words);
        self.person.become_in(&mut command);
        command
    }
}

/// A byok that has chosen its token and waits for the PIN.
struct Waiting {
    _scene: Scene,
    child: Child,
    stderr: BufReader<ChildStderr>,
    pin: File,
    said: Vec<String>,
}

impl Waiting {
    fn start(scene: Scene, setup: &str) -> Self {
        let fifo = scene.place.path("fifo");
        rustix::fs::mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        if scene.person.is_other() {
            chown(&fifo, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let words = ["-v", "generate", "one", "--type", "aes-256", "--pin-source", "fd:5"];
        let mut command = scene.command(&format!("{setup}; exec \"$@\" 5<fifo"), &words);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        // Opens when the shell has opened the other end.
        let pin = OpenOptions::new().write(true).open(&fifo).unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut said = Vec::new();
        // The last line before the PIN is read.
        while !said.last().is_some_and(|line: &String| line.starts_with("token ")) {
            let mut line = String::new();
            assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "{said:?}");
            said.push(line.trim_end().to_owned());
        }
        Self { _scene: scene, child, stderr, pin, said }
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }

    fn status(&self, name: &str) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or_else(|| panic!("{name}: {status}")).trim().to_owned()
    }

    fn process_lines(&self) -> &[String] {
        let first = self.said.iter().take_while(|line| !line.starts_with("process  ")).count();
        let lines = &self.said[first..];
        &lines[..lines.iter().take_while(|line| line.starts_with("process  ")).count()]
    }

    /// Gives the PIN; the command must succeed.
    fn finish(mut self) {
        self.pin.write_all(USER_PIN.as_bytes()).unwrap();
        drop(self.pin);
        let mut rest = String::new();
        self.stderr.read_to_string(&mut rest).unwrap();
        assert!(self.child.wait().unwrap().success(), "{rest}");
    }
}

/// Makes everything in a folder nobody's.
fn give(path: &Path) {
    chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path());
        }
    }
}
