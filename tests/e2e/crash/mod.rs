//! Killed anywhere, and killed again while it resumes: afterwards everything is whole.
//!
//! Each case runs a command undisturbed to count its PKCS#11 calls and its changes of the disk, then once for each of
//! them with a kill just before it. A kill between two calls leaves the same as one before the second, so this is
//! every state in which a crash can leave token and registry. The resume is killed at a point that moves with the
//! first; then it may run to its end.

mod adopt;
mod after;
mod apply;
mod create_token;
mod forged;
mod full_disk;
mod import;
mod kill;
mod providers;
mod recover;
mod revoke;
mod rotate;
mod scene;
mod states;
mod told;

use std::collections::BTreeSet;

use serde_json::Value;

use self::after::{BUNDLE, Treasure, assert_whole, log_facts, verified};
use self::kill::{Kill, changes};
use self::scene::Scene;
use crate::token::Module;
use crate::workplace::{assert_success, code, text};

/// Resumes that are needed at most: one killed, one that says what is left, `recover` killed and not, the command.
const ATTEMPTS: usize = 6;
const RECOVER: [&str; 2] = ["recover", "--yes"];
const PENDING: &str = "E0907";
const EXISTS_KEY: &str = "E0404";
const EXISTS_OUTPUT: &str = "E0202";
const APPLIED: &str = "E0325";
/// Moves the second kill through the whole command while the first goes step by step.
const STRIDE: usize = 7;

const GENERATE_AES: &str = "generate fresh --type aes-256";
const GENERATE_PAIR: &str = "generate fresh --type ec-p256";
const WRAP_DIRECT: &str =
    "wrap-for-import canary --provider generic --wrapping-key wrapping.pem --method rsa-oaep-sha1 --out bundle";
/// Neither token has OAEP with SHA-256 here, so that the key comes into the host's memory.
const WRAP_PLAINTEXT: &str = "wrap-for-import canary --provider generic --wrapping-key wrapping.pem \
    --method rsa-oaep-sha256 --allow-exposure plaintext --out bundle";
const BEFORE: [&str; 2] = ["canary@1", "sparrow@1"];
const WITH_FRESH: [&str; 3] = ["canary@1", "fresh@1", "sparrow@1"];

/// A command that is killed.
struct Case {
    /// Where it runs; copied for each kill.
    start: Scene,
    words: Vec<String>,
    /// The key versions when all is done.
    versions: &'static [&'static str],
    /// What must be in its place when all is done.
    output: &'static str,
    /// Resumes once from each state in which a kill leaves disk and token. For `init`, which spends most of its time
    /// in the probe: that takes long and leaves nothing.
    each_state_once: bool,
}

#[test]
fn softhsm_init() {
    init(Module::SoftHsm).crash();
}

#[test]
fn kryoptic_init() {
    init(Module::Kryoptic).crash();
}

#[test]
fn softhsm_generate_aes() {
    generate(Module::SoftHsm, GENERATE_AES).crash();
}

#[test]
fn softhsm_generate_pair() {
    generate(Module::SoftHsm, GENERATE_PAIR).crash();
}

#[test]
fn softhsm_wrap_plaintext() {
    wrap(Module::SoftHsm, WRAP_PLAINTEXT).crash();
}

#[test]
fn kryoptic_generate_aes() {
    generate(Module::Kryoptic, GENERATE_AES).crash();
}

#[test]
fn kryoptic_generate_pair() {
    generate(Module::Kryoptic, GENERATE_PAIR).crash();
}

#[test]
fn kryoptic_wrap_plaintext() {
    wrap(Module::Kryoptic, WRAP_PLAINTEXT).crash();
}

/// On a token that already holds the keys of another registry.
fn init(module: Module) -> Case {
    let start = Scene::of_another_registry(module);
    let words = start.place.init_words().to_vec();
    Case { start, words, versions: &[], output: "byok.yaml", each_state_once: true }
}

fn generate(module: Module, words: &str) -> Case {
    let start = Scene::with_canaries(module);
    Case { start, words: split(words), versions: &WITH_FRESH, output: "registry/keys/fresh@1", each_state_once: false }
}

fn wrap(module: Module, words: &str) -> Case {
    let start = Scene::with_canaries(module);
    Case { start, words: split(words), versions: &BEFORE, output: BUNDLE, each_state_once: false }
}

fn split(words: &str) -> Vec<String> {
    words.split_whitespace().map(str::to_owned).collect()
}

impl Case {
    fn crash(&self) {
        self.crash_checked(&|_| ());
    }

    /// With something more that has to hold of the newest manifest in a folder when all is done.
    fn crash_and(&self, folder: &str, holds: impl Fn(&Value)) {
        self.crash_checked(&|scene| {
            let newest = std::fs::read_dir(scene.place.path(folder)).unwrap().map(|entry| entry.unwrap().path()).max();
            holds(&scene.place.predicate(newest.expect("a manifest")));
        });
    }

    fn crash_checked(&self, holds: &dyn Fn(&Scene)) {
        let (kills, treasure) = (self.kills(), Treasure::of(&self.start));
        let mut seen = BTreeSet::new();
        for (at, kill) in kills.iter().enumerate() {
            let mut scene = self.start.copy();
            kill.must_hit(&mut scene, &self.words());
            if !self.each_state_once || seen.insert(scene.state()) {
                let scene = self.resume_killed(scene, kill, &kills[(at * STRIDE) % kills.len()], &treasure);
                holds(&scene);
            }
        }
    }

    /// Every place to be killed at, from two undisturbed runs; past the last one there is none.
    fn kills(&self) -> Vec<Kill> {
        let words = self.words();
        let scene = self.start.copy();
        assert_success(&scene.byok(&words), "undisturbed");
        let calls = scene.calls().len();
        let mut scene = self.start.copy();
        assert_success(&Kill::Call(calls + 1).run(&mut scene, &words), "not killed");
        let mut scene = self.start.copy();
        let (output, changes) = changes(&mut scene, &words);
        assert_success(&output, "under strace");
        assert!(calls > 10 && changes.len() > 10, "{}: {calls} calls, {} changes", self.words.join(" "), changes.len());
        (1..=calls).map(Kill::Call).chain(changes.into_iter().map(Kill::Change)).collect()
    }

    fn words(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).collect()
    }

    fn resume_killed(&self, mut scene: Scene, first: &Kill, second: &Kill, treasure: &Treasure) -> Scene {
        let label = format!("{} killed at {first:?}, then at {second:?}", self.words.join(" "));
        let unsigned = unsigned_lines(&scene, &label);
        self.resume(&mut scene, second, &label);
        let report = self.assert_done(&scene, treasure, &label);
        let unattested = log_facts(&report)["unattested"].as_array().map_or(0, Vec::len);
        assert!(unsigned == 0 || unattested > 0, "{label}: {report:#}");
        scene
    }

    fn assert_done(&self, scene: &Scene, treasure: &Treasure, label: &str) -> Value {
        assert!(self.output.is_empty() || scene.place.path(self.output).exists(), "{label}: no {}", self.output);
        assert_whole(scene, treasure, self.versions, label)
    }

    /// Runs the command again, and `recover` when it asks for it, until there is nothing left to do. Each of the two
    /// is killed once, if it gets as far as that.
    fn resume(&self, scene: &mut Scene, kill: &Kill, label: &str) {
        let words = self.words();
        if self.is_rotated(scene, label) {
            return;
        }
        kill.run(scene, &words);
        if self.is_rotated(scene, label) {
            return;
        }
        for attempt in 0..ATTEMPTS {
            let output = scene.byok(&words);
            let said = text(&output.stderr);
            match code(&said) {
                None if output.status.success() => return,
                // Said only of what a checkpoint covers; the copies of that may differ.
                Some(APPLIED) => {
                    assert_eq!(unsigned_lines(scene, label), 0, "{label}");
                    return assert_success(&scene.byok(&RECOVER), label);
                }
                Some(said @ (EXISTS_KEY | EXISTS_OUTPUT)) => {
                    // A key that was made is finished and reported, as long as it is not signed.
                    assert!(said != EXISTS_KEY || unsigned_lines(scene, label) == 0, "{label}");
                    // It was done, all but the signature under it or the copies of that.
                    return assert_success(&scene.byok(&RECOVER), label);
                }
                Some(PENDING) if attempt == 0 => _ = kill.run(scene, &RECOVER),
                Some(PENDING) => assert_success(&scene.byok(&RECOVER), label),
                _ => panic!("{label}: {}: {said}", output.status),
            }
        }
        panic!("{label}: no end of resumes");
    }
}

impl Case {
    /// Whoever types `rotate` again after all of it was done and signed wants another version. A run that was killed later
    /// than that has nothing to resume.
    fn is_rotated(&self, scene: &Scene, label: &str) -> bool {
        let open = std::fs::read_dir(scene.place.path("registry/runs")).into_iter().flatten();
        let is_run = |entry: std::fs::DirEntry| entry.path().extension().is_some_and(|extension| extension == "json");
        let done = scene.place.path(self.output).exists() && !open.flatten().any(is_run);
        let makes = self.words[0] == "rotate" && !self.words[1].starts_with("--");
        makes && done && unsigned_lines(scene, label) == 0
    }
}

/// Lines after the last checkpoint; the log must verify with them.
fn unsigned_lines(scene: &Scene, label: &str) -> u64 {
    if !scene.place.path("registry").exists() {
        return 0;
    }
    let report = verified(scene, "registry", label);
    log_facts(&report)["uncommitted"].as_u64().expect("a number")
}
