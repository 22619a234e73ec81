//! What the proxy writes down about the client, and what it keeps from the real module.

use std::fs;

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, KeyType, ObjectClass};

use crate::alone::{Client, again, each, pin, succeeded};
use crate::token::{Module, TokenDir};

const VALUE: [u8; 16] = *b"sixteen bytes it";

#[test]
fn searches_are_noted_by_class() {
    let body = |client: &Client| {
        for template in [vec![], vec![Attribute::Class(ObjectClass::PRIVATE_KEY)]] {
            client.session.find_objects(&template).expect("a search");
        }
    };
    noting("watch::searches_are_noted_by_class", "finds", &[], body, b"any\nprivate\n");
}

#[test]
fn values_that_are_put_in_are_noted_and_exchanged() {
    let body = |client: &Client| {
        let key = client.put(KeyType::AES, &VALUE, &[Attribute::Encrypt(true)]);
        let other = client.put(KeyType::AES, &VALUE.map(|byte| !byte), &[Attribute::Encrypt(true)]);
        let block = |key| client.session.encrypt(&Mechanism::AesEcb, key, &[0; 16]).expect("a block");
        assert_ne!(block(key), block(other));
    };
    let noted = [VALUE, VALUE.map(|byte| !byte)].concat();
    let test = "watch::values_that_are_put_in_are_noted_and_exchanged";
    noting(test, "record_created", &["lie=other-value"], body, &noted);
}

#[test]
fn the_pages_of_the_client_are_dumped() {
    let test = "watch::the_pages_of_the_client_are_dumped";
    let body = |client: &Client| {
        let words: Vec<String> = ["a word", "on", "the heap"].map(str::to_uppercase).to_vec();
        client.aes(&[]).expect("a key");
        drop(words);
    };
    if crate::alone::is_child() {
        return each(test, &[], body, succeeded);
    }
    for module in Module::ALL {
        let mut token = TokenDir::new(module);
        let dump = token.path().join("dump");
        token.proxied(&[&format!("dump=C_GenerateKey:{}", dump.display())]);
        succeeded(&token, &again(test, &token));
        let pages = fs::read(&dump).expect("a dump");
        let marker = dump.to_str().expect("a path").to_uppercase();
        for wanted in [b"THE HEAP", marker.as_bytes()] {
            assert!(pages.windows(wanted.len()).any(|window| window == wanted));
        }
    }
}

#[test]
fn a_child_of_the_module_tells_what_it_inherited() {
    let test = "watch::a_child_of_the_module_tells_what_it_inherited";
    let body = |client: &Client| {
        // A copy that is not close-on-exec.
        let open = unsafe { libc::dup2(0, 17) };
        client.aes(&[]).expect("a key");
        unsafe { libc::close(open) };
    };
    if crate::alone::is_child() {
        return each(test, &[], body, succeeded);
    }
    for module in Module::ALL {
        let mut token = TokenDir::new(module);
        let report = token.path().join("report");
        token.proxied(&[&format!("spawn=C_GenerateKey:{}", report.display())]);
        succeeded(&token, &again(test, &token));
        let report = fs::read_to_string(&report).expect("a report");
        let has = |wanted: &str| report.lines().any(|line| line.starts_with(wanted));
        assert!(["fd 0", "fd 17", "core ", "umask "].into_iter().all(has), "{report}");
    }
}

#[test]
fn another_pin_reaches_the_real_module() {
    each(
        "watch::another_pin_reaches_the_real_module",
        &["lie=other-pin"],
        |client| {
            client.session.logout().expect("a logout");
            client.session.login(cryptoki::session::UserType::User, Some(&pin("no such PIN"))).expect("a login");
        },
        succeeded,
    );
}

/// Runs `body` behind a proxy that notes something in a file, which must then hold `noted`.
fn noting(test: &str, key: &str, lines: &[&str], body: fn(&Client), noted: &[u8]) {
    if crate::alone::is_child() {
        return each(test, &[], body, succeeded);
    }
    for module in Module::ALL {
        let mut token = TokenDir::new(module);
        let file = token.path().join("noted");
        let line = format!("{key}={}", file.display());
        token.proxied(&[lines, &[&line]].concat());
        succeeded(&token, &again(test, &token));
        assert_eq!(fs::read(&file).expect("a note"), noted, "{module:?}");
    }
}
