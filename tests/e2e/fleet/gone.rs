//! The token goes away in the middle of a fleet, and comes back: the same command again finishes.

use serde_json::Value;

use super::Fleet;
use crate::schema::assert_valid;
use crate::token::Module;
use crate::workplace::text;

/// More than one group: the first is recorded before the token goes, the second is not.
const KEYS: usize = 130;
/// The `C_GenerateKey` at which it goes; a key that is wrapped has two, one for the key-encryption key.
const AT: usize = 205;
/// The same in a fleet of one group.
const SMALL: usize = 24;
const SMALL_AT: usize = 17;
/// What a token problem ends with.
const TOKEN: i32 = 5;

#[test]
fn the_device_is_removed() {
    leaves(Module::SoftHsm, KEYS, |call| format!("lie=device-removed={call}"), AT);
    leaves(Module::Kryoptic, SMALL, |call| format!("lie=device-removed={call}"), SMALL_AT);
}

/// The sessions are lost, and new ones could be opened.
#[test]
fn the_session_is_lost() {
    for module in Module::ALL {
        leaves(module, SMALL, |call| format!("lie=stale-handles={call}"), SMALL_AT);
    }
}

#[test]
fn the_token_is_not_present() {
    for module in Module::ALL {
        leaves(module, SMALL, |call| format!("fail={call}+:0xE0"), SMALL_AT);
    }
}

/// The calls that make keys answer that the device is gone, and all others work.
#[test]
fn only_one_function_says_so() {
    leaves(Module::SoftHsm, SMALL, |_| format!("fail=C_GenerateKey#{SMALL_AT}+:0x32"), SMALL_AT);
}

/// `line` removes the token from the call on at which an undisturbed run called `C_GenerateKey` the `at`-th time.
fn leaves(module: Module, count: usize, line: impl Fn(usize) -> String, at: usize) {
    let label = format!("{module:?}, {} keys, {}", count, line(at));
    let undisturbed = Fleet::new(module, count);
    let output = undisturbed.rotate();
    assert_eq!(output.status.code(), Some(0), "{label}: {}", text(&output.stderr));
    undisturbed.assert_whole(&undisturbed.rotated_once(), &label);
    let call = undisturbed.call_of("C_GenerateKey", at);

    let mut fleet = Fleet::new(module, count);
    fleet.proxied(&[&line(call)]);
    let output = fleet.rotate();
    assert_eq!(output.status.code(), Some(TOKEN), "{label}: {}", text(&output.stderr));
    let made = fleet.made(2);
    assert!(made < count, "{label}: {made} are made");
    assert!(count < KEYS || made >= 100, "{label}: only {made} are made");
    fleet.assert_verifies("registry", &label);
    fleet.finish(&label);
}

/// What was done, and what failed, before a run is ended by something is told as always.
#[test]
fn the_summary_is_last_also_then() {
    let mut fleet = Fleet::new(Module::SoftHsm, SMALL);
    fleet.proxied(&["fail=C_GenerateKey#5:0x30", &format!("fail=C_GenerateKey#{SMALL_AT}:0x32")]);
    let output = fleet.rotate_with(&["--json", "--sessions", "1"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(TOKEN), "{said}");
    assert!(said.contains("\"byok rotate --continue "), "{said}");
    let lines: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.iter().for_each(assert_valid);
    let summary = lines.last().unwrap();
    assert_eq!((&summary["event"], &summary["failed"]), (&"summary".into(), &1.into()), "{summary}");
    let [made, left] = ["made", "left"].map(|name| summary[name].as_u64().unwrap());
    assert_eq!(usize::try_from(made).unwrap(), fleet.made(2), "{summary}");
    assert!(made > 0 && left > 0 && usize::try_from(made + left + 1).unwrap() == SMALL, "{summary}");
    assert!(summary["tokenCalls"].as_u64().unwrap() > made, "{summary}");
    fleet.finish("a summary");
}

/// What a token answers that has no room left: the keys that are made stay, and the others come when there is room.
#[test]
fn the_token_is_full() {
    let mut fleet = Fleet::new(Module::SoftHsm, SMALL);
    fleet.proxied(&[&format!("fail=C_GenerateKey#{SMALL_AT}+:0x31")]);
    let output = fleet.rotate();
    assert_eq!(output.status.code(), Some(TOKEN), "{}", text(&output.stderr));
    assert!((1..SMALL).contains(&fleet.made(2)), "{} are made", fleet.made(2));
    fleet.finish_rest("a full token");
}

/// The network has a hole: some calls fail, and the token is there all the time.
#[test]
fn a_few_calls_fail() {
    for module in Module::ALL {
        let mut fleet = Fleet::new(module, SMALL);
        fleet.proxied(&["fail=C_GenerateKey#5+3:0x30"]);
        let output = fleet.rotate();
        assert_eq!(output.status.code(), Some(TOKEN), "{}", text(&output.stderr));
        assert!((1..SMALL).contains(&fleet.made(2)), "{module:?}: {} are made", fleet.made(2));
        fleet.finish_rest("a few calls");
    }
}

/// The files of the token are moved away between two calls, and back after the run.
#[test]
fn the_store_is_moved_away_and_back() {
    let (store, away) = ("tokens", "tokens.away");
    let mut fleet = Fleet::new(Module::SoftHsm, SMALL);
    let [here, there] = [store, away].map(|name| fleet.place.token.path().join(name));
    let line = format!("run=C_GenerateKey#{SMALL_AT}:mv {} {}", here.display(), there.display());
    fleet.proxied(&[&line]);
    let output = fleet.rotate();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(TOKEN), "{said}");
    // While it is away, nothing goes on, and nothing is broken by trying.
    fleet.proxied(&[]);
    let output = fleet.rotate();
    assert_eq!(output.status.code(), Some(TOKEN), "{}", text(&output.stderr));
    // What the module put in its place meanwhile is not the token.
    if here.exists() {
        std::fs::remove_dir_all(&here).unwrap();
    }
    std::fs::rename(&there, &here).unwrap();
    fleet.finish("the store");
}
