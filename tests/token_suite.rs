//! The same suite on both test tokens: SoftHSM and kryoptic.

#[cfg(test)]
#[path = "token_suite/behind_proxy.rs"]
mod behind_proxy;
#[cfg(test)]
#[path = "token_suite/child.rs"]
mod child;
#[cfg(test)]
#[path = "token_suite/fleet.rs"]
mod fleet;
#[cfg(test)]
#[path = "token_suite/inner.rs"]
mod inner;
#[cfg(test)]
#[path = "token_suite/lies.rs"]
mod lies;
#[cfg(test)]
#[path = "e2e/token.rs"]
#[expect(dead_code, reason = "some of it is for the tests of whole commands")]
mod token;

use std::process::Command;

use child::{in_child, without_token};
use token::{LABEL, Module, SO_PIN, TokenDir, USER_PIN};

macro_rules! on_both_tokens {
    ($($name:ident: $fixture:path;)*) => {
        $(mod $name {
            use super::*;

            #[test]
            fn softhsm() {
                let test = concat!(stringify!($name), "::softhsm");
                in_child(test, || $fixture(Module::SoftHsm), || inner::$name(Module::SoftHsm));
            }

            #[test]
            fn kryoptic() {
                let test = concat!(stringify!($name), "::kryoptic");
                in_child(test, || $fixture(Module::Kryoptic), || inner::$name(Module::Kryoptic));
            }
        })*
    };
}

on_both_tokens! {
    a_new_token_is_created_and_resumed: without_token;
    a_wrong_pin_is_said_and_not_tried_again: TokenDir::new;
    every_type_is_generated_and_read_back: TokenDir::new;
    evidence_is_signed_in_every_scheme: TokenDir::new;
    keys_are_found_by_class_id_and_label: TokenDir::new;
    known_answers_come_back: TokenDir::new;
    mechanisms_are_listed_in_full: TokenDir::new;
    sessions_work_beside_each_other: TokenDir::new;
    the_module_is_loaded_again_in_one_process: TokenDir::new;
    usages_that_were_not_asked_for_are_off: TokenDir::new;
    wrapped_keys_have_exact_lengths: TokenDir::new;
}

#[test]
fn two_tokens_of_one_label_are_ambiguous() {
    let fixture = || {
        let token = TokenDir::new(Module::SoftHsm);
        let output = Command::new("softhsm2-util")
            .args(["--init-token", "--free", "--label", LABEL, "--so-pin", SO_PIN, "--pin", USER_PIN])
            .envs(token.env())
            .output()
            .unwrap();
        assert!(output.status.success());
        token
    };
    in_child("two_tokens_of_one_label_are_ambiguous", fixture, || inner::two_tokens_have_one_label(Module::SoftHsm));
}

#[test]
fn a_shared_library_without_pkcs11_is_told_apart() {
    use byok::hsm::TokenError;
    use byok::hsm::module::{Module, ModuleHashCache};
    // The C library, which is loaded already.
    let library = std::fs::read_to_string("/proc/self/maps")
        .unwrap()
        .lines()
        .filter_map(|line| line.split_whitespace().nth(5))
        .find(|path| path.contains("libc.so") || path.contains("libc-"))
        .map(std::path::PathBuf::from)
        .unwrap();
    let error = Module::load(&library, &mut ModuleHashCache::default()).unwrap_err();
    assert!(matches!(error, TokenError::NotPkcs11(_)), "{error}");
}
