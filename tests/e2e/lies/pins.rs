//! Tokens that cannot be logged in to as usual.

use std::fs;

use super::{GENERATE, lied_to, refused};
use crate::token::Module;
use crate::workplace::{Workplace, assert_success, text};

const NO_KEYPAD: &str = "E0506";
const PIN_INCORRECT: &str = "E0601";
const PIN_LOCKED: &str = "E0602";

#[test]
fn a_locked_pin_is_not_tried() {
    for module in Module::ALL {
        let mut place = lied_to(module, &[]);
        place.token.proxied(&["lie=user-pin-locked"]);
        let said = refused(&place, &GENERATE, PIN_LOCKED, "locked");
        assert!(said.contains("locked"), "{said}");
        assert!(!called(&place, "C_Login"));
    }
}

#[test]
fn a_pin_that_is_running_out_is_said() {
    for (lie, words) in [("user-pin-final-try", "one more wrong PIN locks"), ("user-pin-count-low", "few tries")] {
        let mut place = lied_to(Module::SoftHsm, &[]);
        place.token.proxied(&[&format!("lie={lie}")]);
        let output = place.byok(&GENERATE);
        assert_success(&output, lie);
        assert!(text(&output.stderr).contains(words), "{lie}: {}", text(&output.stderr));
    }
}

#[test]
fn a_wrong_pin_is_tried_once() {
    for module in Module::ALL {
        let mut place = lied_to(module, &[]);
        place.token.proxied(&["lie=pin-locks=2"]);
        place.write("pin", "000000");
        private(&place, "pin");
        let generate = [&GENERATE[..], &["--pin-source", "file:pin"]].concat();
        refused(&place, &generate, PIN_INCORRECT, "first");
        let logins = place.token.trace().iter().filter(|call| call.1 == "C_Login").count();
        assert_eq!(logins, 1, "{module:?}");
        refused(&place, &generate, PIN_INCORRECT, "second");
        refused(&place, &GENERATE, PIN_LOCKED, "locked by now, without a flag");
        assert!(!place.path("registry/keys/k@1").exists());
    }
}

#[test]
fn a_keypad_of_the_token_takes_the_pin() {
    for module in Module::ALL {
        let mut place = lied_to(module, &[]);
        let generate = [&GENERATE[..], &["--pin-source", "pinpad"]].concat();
        place.token.proxied(&[]);
        refused(&place, &generate, NO_KEYPAD, "no keypad");
        place.token.proxied(&["lie=pinpad"]);
        let mut command = place.command(env!("CARGO_BIN_EXE_byok"));
        assert_success(&command.env_remove("PIN").args(generate).output().unwrap(), "pinpad");
    }
}

#[test]
fn a_signer_that_wants_a_login_for_each_signature_gets_it() {
    for module in Module::ALL {
        let place = lied_to(module, &["lie=always-authenticate"]);
        place.ok(&GENERATE);
        place.ok(&["verify", "registry", "--trust", "registry/trust/signer.pem"]);
        let trace = place.token.trace();
        let logins = trace.iter().filter(|call| call.1 == "C_Login").count();
        let signatures = trace.iter().filter(|call| call.1 == "C_SignInit").count();
        assert!(logins > signatures / 2 && logins > 2, "{module:?}: {logins} logins, {signatures} signatures");
    }
}

#[test]
fn two_tokens_of_one_label_are_not_told_apart_by_guessing() {
    let mut place = lied_to(Module::SoftHsm, &[]);
    place.token.proxied(&["lie=two-same-label"]);
    refused(&place, &GENERATE, "E0503", "two-same-label");
    assert!(!called(&place, "C_Login"));
}

fn called(place: &Workplace, name: &str) -> bool {
    place.token.trace().iter().any(|call| call.1 == name)
}

fn private(place: &Workplace, name: &str) {
    fs::set_permissions(place.path(name), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}
