//! Slots, PINs and finding.

use cryptoki::error::{Error, RvError};
use cryptoki::object::Attribute;
use cryptoki::session::UserType;

use crate::alone::{Client, each, pin, succeeded};
use crate::token::TokenDir;

#[test]
fn every_object_is_found_twice() {
    let body = |client: &Client| {
        client.aes(&[Attribute::Label(b"twice".to_vec())]).expect("a key");
        let found = client.session.find_objects(&[Attribute::Label(b"twice".to_vec())]).expect("found");
        assert_eq!(found.len(), 2);
    };
    each("slots::every_object_is_found_twice", &["lie=dup-find"], body, succeeded);
}

#[test]
fn half_a_pair_is_left() {
    let body = |client: &Client| {
        let label = Attribute::Label(b"half".to_vec());
        client.p256(std::slice::from_ref(&label));
        assert_eq!(client.session.find_objects(&[label]).expect("found").len(), 0);
    };
    each("slots::half_a_pair_is_left", &["lie=drop-private"], body, succeeded);
}

#[test]
fn the_keypad_takes_the_pin() {
    let body = |client: &Client| {
        client.session.logout().expect("C_Logout");
        client.session.login(UserType::User, None).expect("the keypad");
    };
    each("slots::the_keypad_takes_the_pin", &["lie=pinpad"], body, succeeded);
}

#[test]
fn the_pin_locks_at_the_third_try() {
    let body = |client: &Client| {
        client.session.logout().expect("C_Logout");
        let tries: Vec<_> = (0..4).map(|_| client.session.login(UserType::User, Some(&pin("000000")))).collect();
        assert!(matches!(tries[2], Err(Error::Pkcs11(RvError::PinIncorrect, _))), "{tries:?}");
        assert!(matches!(tries[3], Err(Error::Pkcs11(RvError::PinLocked, _))), "{tries:?}");
    };
    each("slots::the_pin_locks_at_the_third_try", &["lie=pin-locks=3"], body, succeeded);
}

/// The client of these tests finds no token then.
fn no_slot(token: &TokenDir, output: &std::process::Output) {
    let said = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("a slot with the label"), "{said}");
    assert!(token.trace().iter().all(|line| line.1 != "C_OpenSession"));
}

#[test]
fn an_unreadable_store_looks_like_an_empty_slot() {
    let test = "slots::an_unreadable_store_looks_like_an_empty_slot";
    each(test, &["lie=uninitialised-slot"], |_| {}, no_slot);
}

#[test]
fn a_slot_tells_a_bad_time() {
    each("slots::a_slot_tells_a_bad_time", &["lie=bad-utctime"], |_| {}, no_slot);
}
