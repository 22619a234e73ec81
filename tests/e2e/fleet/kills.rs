//! A fleet that is cut off anywhere, and cut off again while it resumes: no key is lost, none is made twice.
//!
//! A few points of each run of the tests, at random; `BYOK_TEST_KILLS=200` tries as many, and `BYOK_TEST_SEED=N` those
//! of an earlier run, whose number stands in what failed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Output;

use serde_json::Value;

use super::Fleet;
use crate::token::Module;
use crate::workplace::{assert_success, code, text};

/// Keys of the fleet: two groups.
const KEYS: usize = 200;
/// Points of a run that tells no other number.
const POINTS: usize = 4;
/// What gives a file or a folder its place, or makes it durable. The modules here write their objects otherwise.
const CALLS: &str = "rename,renameat2,mkdir,mkdirat,syncfs,fchmod,unlink,unlinkat";
/// Appends to the log.
const APPEND: &str = "write";
/// Those between two groups, when nothing goes on in the token. SoftHSM writes an object attribute by attribute: killed
/// inside of a call it leaves a part of one under no name, which is nobody's. So there a kill falls between two calls.
const BETWEEN: [&str; 3] = ["rename", "renameat2", "syncfs"];
const LOG: &str = "registry/audit/log-000000.jsonl";
const RECOVER: [&str; 2] = ["recover", "--yes"];
const PENDING: &str = "E0907";
/// One killed resume, recoveries, and the run itself.
const ATTEMPTS: usize = 6;

#[test]
fn softhsm_killed_anywhere() {
    killed_anywhere(Module::SoftHsm);
}

#[test]
fn kryoptic_killed_anywhere() {
    killed_anywhere(Module::Kryoptic);
}

/// What a run is killed before: the N-th of something, from 1.
#[derive(Clone, Debug)]
enum Point {
    /// PKCS#11 calls.
    Token(usize),
    /// System calls of this name, in one thread.
    System(String, usize),
    /// Appends to the log.
    Log(usize),
}

/// Pseudo-random numbers that are the same for the same seed.
struct Dice(u64);

impl Dice {
    /// Less than `end`. `SplitMix64`.
    fn roll(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

fn killed_anywhere(module: Module) {
    let seed = number("BYOK_TEST_SEED").unwrap_or_else(|| getrandom::u64().unwrap() >> 16);
    let points = number("BYOK_TEST_KILLS").map_or(POINTS, |points| usize::try_from(points).unwrap());
    let start = Fleet::unique(module, KEYS);
    let mut reach = Reach::of(&start);
    if module == Module::SoftHsm {
        reach.system.retain(|name, _| BETWEEN.contains(&name.as_str()));
    }
    let mut dice = Dice(seed);
    let mut killed = 0;
    for at in 0..points {
        let (first, second) = (reach.point(&mut dice), reach.point(&mut dice));
        let label = format!("{module:?} BYOK_TEST_SEED={seed}, point {at}: killed at {first:?}, then at {second:?}");
        let mut fleet = start.copy();
        killed += usize::from(first.strike(&mut fleet, &fleet_words(&start)));
        resume(&mut fleet, &start, &second, &label);
        fleet.assert_whole(&fleet.rotated_once(), &label);
    }
    assert!(killed * 4 >= points * 3, "{module:?} BYOK_TEST_SEED={seed}: only {killed} of {points} were hit");
}

#[expect(clippy::disallowed_methods, reason = "how thorough a test is, is said from outside")]
fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

/// With one session, so that a call on which the run is cut off is the only one.
fn fleet_words(fleet: &Fleet) -> Vec<&str> {
    [&fleet.rotation()[..], &["--sessions", "1"]].concat()
}

/// Types the rotation again until it is done, `recover` where it asks for that. The first time it is killed.
fn resume(fleet: &mut Fleet, start: &Fleet, kill: &Point, label: &str) {
    let words = fleet_words(start);
    for attempt in 0..ATTEMPTS {
        // Of a run that was done, all but the end of the process, nothing is left to go on with.
        if fleet.is_rotated_and_signed(label) {
            return assert_success(&fleet.byok(&RECOVER), label);
        }
        if attempt == 0 {
            kill.strike(fleet, &words);
            continue;
        }
        let output = fleet.byok(&words);
        let said = text(&output.stderr);
        match code(&said) {
            None if output.status.success() => return,
            Some(PENDING) => assert_success(&fleet.byok(&RECOVER), label),
            _ => panic!("{label}: {}: {said}", output.status),
        }
    }
    panic!("{label}: no end of resumes");
}

impl Fleet {
    /// Every key has its new version, and a checkpoint covers all of the log.
    fn is_rotated_and_signed(&self, label: &str) -> bool {
        let there = |version: &String| self.place.path(&format!("registry/keys/{version}")).exists();
        if !self.rotated_once().iter().all(there) {
            return false;
        }
        let output = self.byok(&["verify", "registry", "--trust", "registry/trust/signer.pem", "--json"]);
        let report: Value = serde_json::from_slice(&output.stdout).expect("verify --json is JSON");
        let items = report["items"].as_array().unwrap_or_else(|| panic!("{label}: {report:#}"));
        let log = items.iter().find(|item| item["kind"] == "log").expect("a log");
        log["log"]["uncommitted"] == 0
    }
}

/// How many there are of each, in a run that nobody kills.
struct Reach {
    token: usize,
    system: BTreeMap<String, usize>,
    log: usize,
}

impl Reach {
    fn of(start: &Fleet) -> Self {
        let words = fleet_words(start);
        let fleet = start.copy();
        assert_success(&fleet.byok(&words), "undisturbed");
        let token = fleet.place.token.trace().len();
        let system = system_calls(&start.copy(), &words, &["-e", &format!("trace={CALLS},prctl")]);
        let fleet = start.copy();
        let log = fleet.place.path(LOG);
        let log = log.to_str().unwrap();
        let append = system_calls(&fleet, &words, &["-P", log, "-e", &format!("trace={APPEND}")]);
        assert!(token > KEYS && !system.is_empty(), "{token} {system:?}");
        Self { token, system, log: append[APPEND] }
    }

    /// Half of them in the token, where most of the time goes.
    fn point(&self, dice: &mut Dice) -> Point {
        match dice.roll(8) {
            0..4 => Point::Token(1 + dice.roll(self.token)),
            4 => Point::Log(1 + dice.roll(self.log)),
            _ => {
                let (name, count) = self.system.iter().nth(dice.roll(self.system.len())).unwrap();
                Point::System(name.clone(), 1 + dice.roll(*count))
            }
        }
    }
}

/// Of each name the most that a thread makes.
fn system_calls(fleet: &Fleet, words: &[&str], rules: &[&str]) -> BTreeMap<String, usize> {
    let (output, trace) = strace(fleet, words, rules);
    assert_success(&output, "under strace");
    let mut threads: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for line in trace.lines() {
        let (thread, call) = line.split_once(' ').unwrap();
        // Not the second half of a call that another thread came between.
        let Some((name, _)) = call.trim_start().split_once('(').filter(|(name, _)| !name.contains(' ')) else {
            continue;
        };
        *threads.entry((thread, name)).or_default() += 1;
    }
    let mut most: BTreeMap<String, usize> = BTreeMap::new();
    for ((_, name), count) in threads {
        let most = most.entry(name.to_owned()).or_default();
        // strace counts no further.
        *most = count.max(*most).min(usize::from(u16::MAX));
    }
    most.remove("prctl");
    most
}

/// byok under strace with these rules, and what strace wrote. byok forbids tracing; that one call is left out.
fn strace(fleet: &Fleet, words: &[&str], rules: &[&str]) -> (Output, String) {
    let trace = fleet.place.path(".strace");
    let mut command = fleet.place.command("strace");
    command.args(["-f", "-qq", "-s", "0"]).args(rules);
    if !rules.contains(&"-P") {
        command.args(["-e", "inject=prctl:retval=0"]);
    }
    let output = command.arg("-o").arg(&trace).arg(env!("CARGO_BIN_EXE_byok")).args(words).output();
    let trace_of = || output.as_ref().map(|output| text(&output.stderr));
    let text = text(&fs::read(&trace).unwrap_or_else(|error| panic!("no trace: {error}; {rules:?}: {:?}", trace_of())));
    fs::remove_file(trace).expect("the trace is there");
    (output.expect("strace runs"), text)
}

impl Point {
    /// Runs byok until it is killed, or to its end if it does not get there. Whether it was killed.
    fn strike(&self, fleet: &mut Fleet, words: &[&str]) -> bool {
        let output = match self {
            Self::Token(number) => {
                fleet.proxied(&[&format!("die={number}")]);
                let output = fleet.byok(words);
                fleet.proxied(&[]);
                output
            }
            Self::System(name, number) => {
                let rules = [format!("trace={CALLS},prctl"), format!("inject={name}:signal=KILL:when={number}")];
                strace(fleet, words, &["-e", &rules[0], "-e", &rules[1]]).0
            }
            Self::Log(number) => {
                let log = fleet.place.path(LOG);
                let rules = [format!("trace={APPEND}"), format!("inject={APPEND}:signal=KILL:when={number}")];
                strace(fleet, words, &["-P", log.to_str().unwrap(), "-e", &rules[0], "-e", &rules[1]]).0
            }
        };
        output.status.signal() == Some(9)
    }
}
