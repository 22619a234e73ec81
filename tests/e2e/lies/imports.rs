//! Keys that are put in, and are other keys afterwards.

use super::{lied_to, refused};
use crate::import::secret;
use crate::token::Module;
use crate::workplace::{Workplace, assert_success};

const READ_BACK: &str = "E0519";
const NOT_RECOGNISED: &str = "E0524";
const UNFINISHED: &str = "E0907";
const NOT_COMPARED: &str = "E0525";

/// Key files of every kind that the proxy can exchange, and what is imported.
const KEYS: [&str; 9] = [
    "aes.bin --type aes-256",
    "aes.bin --type aes-256 --purpose mac",
    "aes.bin --type aes-256 --purpose wrap",
    "aes.bin --type hmac-sha256",
    "ec.pem",
    "ed.pem",
    "rsa.pem",
    "rsa.pem --purpose encrypt",
    "rsa.pem --purpose wrap",
];

fn with_files(module: Module) -> Workplace {
    let place = lied_to(module, &[]);
    place.write("aes.bin", secret(32));
    for (kind, file) in [("ec-p256", "ec.pem"), ("ed25519", "ed.pem"), ("rsa-2048", "rsa.pem")] {
        place.private_key(kind, file);
    }
    place
}

fn words(key: &str) -> Vec<&str> {
    ["import", "k"].into_iter().chain(key.split(' ')).collect()
}

/// Nothing is kept, neither here nor there, and the same import works as soon as the token is honest.
fn assert_nothing_kept(place: &mut Workplace, key: &str) {
    assert!(!place.path("registry/keys/k@1").exists(), "{key}");
    place.token.proxied(&[]);
    let said = place.ok(&["recover", "--yes"]);
    assert_eq!(said, "nothing was left unfinished\n", "{key}");
    place.ok(&words(key));
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

#[test]
fn another_key_than_was_unwrapped_is_found_out() {
    for module in Module::ALL {
        let start = with_files(module);
        for key in KEYS {
            // SoftHSM 2.6.1 unwraps no Ed25519 keys.
            if module == Module::SoftHsm && key == "ed.pem" {
                continue;
            }
            let mut place = start.copy();
            place.token.proxied(&["lie=other-unwrapped", "lie=local-false"]);
            let output = place.byok(&words(key));
            let said = crate::workplace::text(&output.stderr);
            // A decryption that fails looks like a refusal: both are refused.
            let refusals = [Some(NOT_RECOGNISED), Some(NOT_COMPARED)];
            assert!(refusals.contains(&crate::workplace::code(&said)), "{module:?} {key}: {said}");
            assert_nothing_kept(&mut place, key);
        }
    }
}

#[test]
fn another_value_than_was_created_is_found_out() {
    for module in Module::ALL {
        let mut place = with_files(module);
        // The numbers of every key wrap are refused, so that the object is created.
        place.token.proxied(&["fail=C_UnwrapKey:0x70", "lie=other-value"]);
        refused(&place, &words(KEYS[0]), NOT_RECOGNISED, "other-value");
        assert_nothing_kept(&mut place, KEYS[0]);
    }
}

/// A token that says of a key that was put in that it made it.
#[test]
fn a_key_from_outside_is_not_local() {
    for module in Module::ALL {
        let mut place = with_files(module);
        place.token.proxied(&["lie=other-unwrapped"]);
        let said = refused(&place, &words("ec.pem"), READ_BACK, "local");
        assert!(said.contains("CKA_LOCAL is true"), "{said}");
        assert_nothing_kept(&mut place, "ec.pem");
    }
}

/// An interrupted run's pair is taken over only when it is the one that the intent names.
#[test]
fn another_pair_is_not_taken_over() {
    for module in Module::ALL {
        let mut place = with_files(module);
        place.token.proxied(&["lie=other-unwrapped", "lie=local-false", "die=C_UnwrapKey#1", "die_when=after"]);
        assert!(!place.byok(&words("ec.pem")).status.success());
        place.token.proxied(&["lie=local-false"]);
        let said = refused(&place, &["recover"], UNFINISHED, "recover");
        assert!(said.contains("hint: byok recover --undo"), "{said}");
        assert!(!place.path("registry/keys/k@1").exists());
        assert_success(&place.byok(&["recover", "--undo", "--yes"]), "undone");
        assert_nothing_kept(&mut place, "ec.pem");
    }
}

/// What the token answers wrongly of an honest key is not taken for the key, either.
#[test]
fn a_wrong_signature_recognises_nothing() {
    for module in Module::ALL {
        let mut place = with_files(module);
        place.token.proxied(&["lie=wrong-sign"]);
        assert_eq!(place.byok(&words("ec.pem")).status.code(), Some(5));
        place.token.proxied(&[]);
        assert_success(&place.byok(&["recover", "--yes"]), "settled");
        assert_nothing_kept(&mut place, "ec.pem");
    }
}
