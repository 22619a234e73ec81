//! A token across a network, with few sessions or many: slower or faster, and always right. How much faster stands in
//! `bench/`.

use super::Fleet;
use crate::token::Module;
use crate::workplace::assert_success;

const KEYS: usize = 24;
/// Half a millisecond for each call: enough to mix what runs side by side.
const DELAY: &str = "latency_us=500";

#[test]
fn any_number_of_sessions_is_right() {
    for module in Module::ALL {
        for sessions in ["1", "3", "16"] {
            let mut fleet = Fleet::new(module, KEYS);
            fleet.proxied(&[DELAY]);
            let output = fleet.rotate_with(&["--sessions", sessions]);
            let label = format!("{module:?}, {sessions} sessions");
            assert_success(&output, &label);
            let opened = fleet.calls("C_OpenSession");
            assert!((1..=sessions.parse().unwrap()).contains(&opened), "{label}: {opened} were opened");
            assert!(sessions == "1" || opened > 1, "{label}: {opened} were opened");
            assert_eq!(fleet.calls("C_CloseSession"), opened, "{label}");
            assert_eq!(fleet.calls("C_Login"), 1, "{label}");
            fleet.assert_whole(&fleet.rotated_once(), &label);
        }
    }
}

#[test]
fn the_measured_number_is_right() {
    let mut fleet = Fleet::new(Module::SoftHsm, KEYS);
    fleet.proxied(&[DELAY]);
    assert_success(&fleet.rotate(), "measured");
    fleet.assert_whole(&fleet.rotated_once(), "measured");
}

/// More are asked for than the token takes, whether it says so before or at the call.
#[test]
fn a_token_with_few_sessions() {
    for (line, most) in [("max_sessions=3", 3), ("fail=C_OpenSession#5+:0xB1", 4), ("max_sessions=1", 1)] {
        let mut fleet = Fleet::new(Module::SoftHsm, KEYS);
        fleet.proxied(&[DELAY, line]);
        assert_success(&fleet.rotate_with(&["--sessions", "16"]), line);
        let opened = fleet.place.token.trace().iter().filter(|call| call.1 == "C_OpenSession" && call.2 == 0).count();
        assert_eq!(opened, most, "{line}");
        fleet.assert_whole(&fleet.rotated_once(), line);
    }
}

/// One of several sessions is lost, and with it the run; what the others had done is kept.
#[test]
fn one_of_many_sessions_is_lost() {
    let mut fleet = Fleet::new(Module::SoftHsm, KEYS);
    fleet.proxied(&[DELAY, "fail=C_GenerateKey#13:0xB3"]);
    let output = fleet.rotate_with(&["--sessions", "8"]);
    assert_ne!(output.status.code(), Some(0));
    fleet.finish("one session of eight");
}
