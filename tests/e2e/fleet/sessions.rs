//! A fleet on several sessions with its token, and how many it chooses by itself.

use serde_json::Value;

use super::{Fleet, ROTATE};
use crate::schema::assert_valid;
use crate::token::Module;
use crate::workplace::{assert_success, text};

/// Calls around the sessions, which are not counted.
const AROUND: [&str; 5] = ["C_Initialize", "C_Finalize", "C_GetSlotList", "C_GetTokenInfo", "C_CloseSession"];

/// The summary of a rotation of every key.
fn rotated(fleet: &Fleet, more: &[&str]) -> Value {
    let output = fleet.byok(&[ROTATE, &["--json"], more].concat());
    assert_success(&output, "rotate");
    let lines = text(&output.stdout);
    let summary: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_valid(&summary);
    assert_eq!((&summary["event"], &summary["failed"]), (&"summary".into(), &0.into()), "{summary}");
    summary
}

#[test]
fn a_fleet_on_several_sessions_is_whole() {
    for module in Module::ALL {
        let mut fleet = Fleet::new(module, 110);
        fleet.proxied(&[]);
        let summary = rotated(&fleet, &["--sessions", "4"]);
        assert_eq!(summary["sessions"], 4, "{module:?}");
        assert_eq!((fleet.calls("C_OpenSession"), fleet.calls("C_Login")), (4, 1), "{module:?}");
        assert_eq!(fleet.calls("C_CloseSession"), 4, "{module:?}");
        let trace = fleet.place.token.trace();
        let counted = trace.iter().filter(|call| !AROUND.contains(&call.1.as_str())).count();
        let told = summary["tokenCalls"].as_u64().unwrap();
        // The limit of sessions is asked for with a call that others make too.
        assert!((counted..=counted + 1).contains(&usize::try_from(told).unwrap()), "{module:?}: {told} of {counted}");
        fleet.assert_whole(&fleet.rotated_once(), "four sessions");
    }
}

#[test]
fn a_token_across_a_network_gets_many_sessions() {
    let mut fleet = Fleet::new(Module::SoftHsm, 60);
    fleet.proxied(&["latency_ms=5"]);
    let one = rotated(&fleet.copy_with(&["latency_ms=5"]), &["--sessions", "1"]);
    let many = rotated(&fleet.copy_with(&["latency_ms=5"]), &["--sessions", "16"]);
    let time = |summary: &Value| summary["milliseconds"].as_u64().unwrap();
    assert_eq!((&one["sessions"], &many["sessions"]), (&1.into(), &16.into()));
    // The benchmark says how much faster; here the machine may be busy with other tests.
    assert!(time(&many).saturating_mul(2) < time(&one), "{} ms and {} ms", time(&one), time(&many));
    let measured = rotated(&fleet, &[]);
    assert!(measured["sessions"].as_u64().unwrap() > 1, "{measured}");
    fleet.assert_whole(&fleet.rotated_once(), "measured");
}

#[test]
fn a_token_that_takes_three_sessions_serves_with_those() {
    let mut fleet = Fleet::new(Module::SoftHsm, 40);
    // The first is the command's own.
    fleet.proxied(&["fail=C_OpenSession#4:0xB1"]);
    assert_eq!(rotated(&fleet, &["--sessions", "8"])["sessions"], 3);
    fleet.assert_whole(&fleet.rotated_once(), "three sessions");
}
