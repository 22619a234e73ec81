//! How often a fleet waits for the disk: at most 4 + n/25 times for n keys.

use std::fs;

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
    let trace = fleet.place.path(".strace");
    let mut command = fleet.place.command("strace");
    command.args(["-f", "-qq", "-y", "-s", "0", "-e", &format!("trace={CALLS},prctl"), "-e", "inject=prctl:retval=0"]);
    command.arg("-o").arg(&trace).arg(env!("CARGO_BIN_EXE_byok")).args(fleet.rotation());
    let output = command.output().expect("strace runs");
    assert_success(&output, "under strace");
    let lines = text(&fs::read(&trace).expect("a trace"));
    fs::remove_file(&trace).expect("the trace is there");
    let waits = |line: &&str| !line.contains("open") || line.contains("O_SYNC") || line.contains("O_DSYNC");
    let lines = lines.lines().filter(|line| !line.contains("prctl("));
    lines.filter(waits).map(str::to_owned).collect()
}
