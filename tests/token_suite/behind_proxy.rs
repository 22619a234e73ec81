//! The lies that are ordered, and the calls that were made.

use super::child::in_child;
use super::token::{Module, TokenDir};
use super::{fleet, lies};

/// Runs the test of this name in a child behind the proxy, on both tokens; the calls that each made. In the child,
/// none.
fn lied(lines: &[&str], test: &str, body: fn()) -> Vec<Vec<String>> {
    let run = |module| {
        let fixture = || {
            let mut token = TokenDir::new(module);
            token.proxied(lines);
            token
        };
        let token = in_child(&format!("behind_proxy::{test}"), fixture, body)?;
        Some(token.trace().into_iter().map(|(_, name, _)| name).collect())
    };
    Module::ALL.into_iter().map_while(run).collect()
}

fn count(calls: &[String], name: &str) -> usize {
    calls.iter().filter(|call| *call == name).count()
}

#[test]
fn an_honest_run_makes_each_call_once() {
    for calls in lied(&[], "an_honest_run_makes_each_call_once", lies::the_size_query_is_not_believed) {
        for once in ["C_Initialize", "C_OpenSession", "C_Login", "C_WrapKey", "C_CloseSession", "C_Finalize"] {
            assert_eq!(count(&calls, once), 1, "{once}: {calls:?}");
        }
    }
}

#[test]
fn a_wrong_pin_is_never_tried_again() {
    for calls in lied(&[], "a_wrong_pin_is_never_tried_again", lies::one_wrong_pin_is_spent) {
        assert_eq!(count(&calls, "C_Login"), 1, "{calls:?}");
    }
}

#[test]
fn a_locked_token_is_asked_nothing() {
    for calls in lied(&["lie=user-pin-locked"], "a_locked_token_is_asked_nothing", lies::a_locked_token_gets_no_pin) {
        assert_eq!(count(&calls, "C_Login") + count(&calls, "C_OpenSession"), 0, "{calls:?}");
    }
}

#[test]
fn a_key_that_asks_for_its_pin_every_time_signs() {
    for calls in
        lied(&["lie=always-authenticate"], "a_key_that_asks_for_its_pin_every_time_signs", lies::a_careful_key_signs)
    {
        assert_eq!(count(&calls, "C_Login"), 3, "{calls:?}");
    }
}

#[test]
fn the_calls_of_sessions_are_counted() {
    /// Calls around the sessions, which nobody wants to know the number of.
    const AROUND: [&str; 5] = ["C_Initialize", "C_Finalize", "C_GetSlotList", "C_GetTokenInfo", "C_CloseSession"];
    for calls in lied(&[], "the_calls_of_sessions_are_counted", fleet::calls_are_counted) {
        let counted = calls.iter().filter(|call| !AROUND.contains(&call.as_str())).count();
        assert_eq!(counted, usize::try_from(fleet::CALLS).unwrap(), "{calls:?}");
    }
}

macro_rules! lies {
    ($($name:ident: $lines:expr;)*) => {
        $(#[test]
        fn $name() {
            lied(&$lines, stringify!($name), lies::$name);
        })*
    };
}

lies! {
    a_lost_session_is_told_apart: ["fail=C_FindObjectsInit:0xB3"];
    a_pin_is_typed_on_the_token: ["lie=pinpad"];
    a_removed_token_is_told_apart: ["fail=C_FindObjectsInit:0x32"];
    a_second_login_is_a_success: ["fail=C_Login:0x100"];
    a_signature_that_does_not_verify_stays_here: ["lie=wrong-sign"];
    a_slot_that_cannot_be_read_is_skipped: ["lie=bad-utctime"];
    a_wrong_pin_locks_the_token: ["lie=pin-locks=1"];
    an_expired_pin_is_said: ["fail=C_Login:0xA3"];
    the_last_try_is_said: ["lie=user-pin-final-try"];
    the_size_query_is_not_believed: ["lie=short-query"];
}

#[test]
fn a_long_size_query_is_not_believed_either() {
    lied(&["lie=long-query"], "a_long_size_query_is_not_believed_either", lies::the_size_query_is_not_believed);
}
