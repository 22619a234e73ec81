//! How often a fleet waits for the disk: at most 4 + n/25 times for n keys.

use std::fs;
use std::process::Output;

use super::Fleet;
use crate::token::Module;
use crate::workplace::{assert_success, text};

/// What makes something durable, and what opens a file so that each write does.
const CALLS: &str = "fsync,fdatasync,syncfs,sync,sync_file_range,msync,open,openat,openat2";

#[test]
fn a_fleet_waits_for_the_disk_once_a_group() {
    for count in [1, 100, 200] {
        let fleet = Fleet::unique(Module::SoftHsm, count);
        let calls = durability_calls(&fleet);
        assert!(calls.len() <= 4 + count / 25, "{count} keys: {calls:#?}");
        assert!(calls.iter().any(|call| call.contains("syncfs")), "{count} keys: strace saw {calls:#?}");
        fleet.assert_whole(&fleet.rotated_once(), "counted");
    }
}

/// Each call that waits for the disk, in all threads. The module is one that never does.
fn durability_calls(fleet: &Fleet) -> Vec<String> {
    let waits = |line: &String| !line.contains("open") || line.contains("O_SYNC") || line.contains("O_DSYNC");
    calls(fleet, CALLS, &[], &fleet.rotation()).into_iter().filter(waits).collect()
}

/// These calls of a run that succeeds, in all threads.
pub(super) fn calls(fleet: &Fleet, calls: &str, rules: &[&str], words: &[&str]) -> Vec<String> {
    let (output, calls) = under_strace(fleet, calls, rules, words);
    assert_success(&output, "under strace");
    calls
}

/// How a run ends, and these calls of it.
pub(super) fn under_strace(fleet: &Fleet, calls: &str, rules: &[&str], words: &[&str]) -> (Output, Vec<String>) {
    let trace = fleet.place.path(".strace");
    let mut command = fleet.place.command("strace");
    command.args("-f --seccomp-bpf -qq -y -s 0 -e inject=prctl:retval=0".split(' '));
    command.args(["-e", &format!("trace={calls},prctl")]);
    command.args(rules).arg("-o").arg(&trace).arg(env!("CARGO_BIN_EXE_byok")).args(words);
    let output = command.output().expect("strace runs");
    let lines = text(&fs::read(&trace).expect("a trace"));
    fs::remove_file(&trace).expect("the trace is there");
    (output, lines.lines().filter(|line| !line.contains("prctl(")).map(str::to_owned).collect())
}

/// A killed fleet leaves a group of open intents, many with staged files: they are settled together.
#[test]
fn a_killed_fleet_is_recovered_in_groups() {
    let mut fleet = Fleet::unique(Module::SoftHsm, 60);
    fleet.proxied(&["die=C_GenerateKey#45"]);
    assert!(!fleet.byok(&fleet.rotation()).status.success());
    fleet.proxied(&[]);
    let waits = |line: &String| !line.contains("open") || line.contains("O_SYNC") || line.contains("O_DSYNC");
    let calls: Vec<_> = calls(&fleet, CALLS, &[], &["recover", "--yes"]).into_iter().filter(waits).collect();
    assert!(calls.len() <= 12, "{}: {calls:#?}", calls.len());
}

/// The kernel tells of an error in writing back each descriptor that was open by then.
#[test]
fn what_is_synced_was_opened_before_it_is_written() {
    let fleet = Fleet::unique(Module::SoftHsm, 1);
    let calls = calls(&fleet, "openat,open,mkdir,close,syncfs", &[], &fleet.rotation());
    let synced = calls.iter().find_map(|call| call.split_once("syncfs(")?.1.split_once('<')).expect("a syncfs").0;
    let at = |what: &str, path: &str| calls.iter().position(|call| call.contains(what) && call.contains(path));
    let before = at("syncfs(", "").unwrap();
    let opened = calls[..before].iter().rposition(|call| call.contains(&format!(" = {synced}<"))).expect("opened");
    let staged = at("/registry/keys/", ".byok-").expect("something is staged");
    assert!(opened < staged, "{opened} {staged}: {calls:#?}");
}
