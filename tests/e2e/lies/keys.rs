//! Keys, signatures and objects that are not what the token says.

use std::fs;

use super::{FIRST, GENERATE, assert_unwrapped, lied_to, refused, wrap};
use crate::token::{LABEL, Module, USER_PIN};
use crate::workplace::{Workplace, assert_success, text};

const BAD_SIGNATURE: &str = "E0517";
const READ_BACK: &str = "E0519";

#[test]
fn a_signature_that_does_not_verify_is_not_evidence() {
    for module in Module::ALL {
        let start = lied_to(module, &[]);
        start.ok(&GENERATE);
        for words in [&["generate", "other", "--type", "aes-256"][..], &wrap("rsa-oaep-sha1")] {
            let mut place = start.copy();
            place.token.proxied(&["lie=wrong-sign"]);
            refused(&place, words, BAD_SIGNATURE, "wrong-sign");
            assert!(!place.path("registry/keys/other@1").exists(), "{module:?}");
            assert_unwrapped(&place, "wrong-sign");
            // An honest token again: what was cut short is settled, and the evidence verifies.
            place.token.proxied(&[]);
            assert_success(&place.byok(&["recover", "--yes"]), "recover");
            place.ok(&["verify", "registry", "--trust", "registry/trust/signer.pem"]);
        }
    }
}

#[test]
fn init_refuses_a_token_that_cannot_sign() {
    for module in Module::ALL {
        let mut place = Workplace::new(module);
        place.token.proxied(&["lie=wrong-sign"]);
        let output = place.byok(&place.init_words().each_ref().map(String::as_str));
        assert_eq!(output.status.code(), Some(5), "{module:?}: {}", text(&output.stderr));
        assert!(!place.path("registry").exists() && !place.path("byok.yaml").exists(), "{module:?}");
        place.token.proxied(&[]);
        place.ok(&place.init_words().each_ref().map(String::as_str));
    }
}

/// A key that the token does not call its own is not kept, whatever else it says about it.
#[test]
fn a_key_that_is_not_local_is_destroyed_again() {
    for module in Module::ALL {
        let mut place = lied_to(module, &[]);
        for spec in ["aes-256", "ec-p256"] {
            place.token.proxied(&["lie=local-false"]);
            let said = refused(&place, &["generate", "k", "--type", spec], READ_BACK, spec);
            assert!(said.contains("CKA_LOCAL is false"), "{said}");
            assert!(!place.path("registry/keys/k@1").exists(), "{module:?}");
            let destroyed = place.token.trace().iter().filter(|call| call.1 == "C_DestroyObject").count();
            assert_eq!(destroyed, if spec == "aes-256" { 1 } else { 2 }, "{module:?} {spec}");
        }
        place.token.proxied(&[]);
        place.ok(&GENERATE);
        assert_eq!(place.predicate(FIRST)["custody"]["attrs"]["local"], true);
    }
}

#[test]
fn a_check_value_that_the_probe_found_wrong_is_never_recorded() {
    for module in Module::ALL {
        for lie in ["lie=echo-kcv", "lie=wrong-kcv"] {
            let mut place = lied_to(module, &[lie]);
            place.ok(&["generate", "k", "--type", "aes-256"]);
            let check = &place.predicate(FIRST)["check"];
            place.token.direct();
            let honest = zero_block(&place, module);
            assert!(honest.starts_with(check["kcv"].as_str().unwrap()), "{module:?} {lie}: {check} {honest}");
            assert_eq!(check["kcvMethod"], "ecb-zero-3-host", "{module:?} {lie}");
        }
    }
}

#[test]
fn an_object_that_is_there_twice_is_not_used() {
    for module in Module::ALL {
        let mut place = lied_to(module, &[]);
        place.ok(&GENERATE);
        place.token.proxied(&["lie=dup-find"]);
        let output = place.byok(&wrap("rsa-oaep-sha1"));
        let said = text(&output.stderr);
        assert!(matches!(output.status.code(), Some(4 | 5)), "{module:?}: {said}");
        assert_unwrapped(&place, "dup-find");
    }
}

#[test]
fn half_a_pair_is_no_key() {
    for module in Module::ALL {
        for lie in ["lie=drop-public", "lie=drop-private"] {
            let mut place = lied_to(module, &[]);
            place.token.proxied(&[lie]);
            let output = place.byok(&["generate", "k", "--type", "ec-p256"]);
            assert!(!output.status.success(), "{module:?} {lie}");
            assert!(!place.path(FIRST).exists(), "{module:?} {lie}");
            place.token.proxied(&[]);
            assert_success(&place.byok(&["recover", "--yes"]), lie);
            place.ok(&["generate", "k", "--type", "ec-p256"]);
            place.ok(&["verify", "registry", "--trust", "registry/trust/signer.pem"]);
        }
    }
}

#[test]
fn a_token_that_is_removed_leaves_a_registry_that_verifies() {
    for module in Module::ALL {
        let start = lied_to(module, &[]);
        let mut whole = start.copy();
        whole.token.proxied(&[]);
        whole.ok(&GENERATE);
        let trace = whole.token.trace();
        // Before that byok does not even see the token.
        let login = trace.iter().position(|call| call.1 == "C_Login").expect("a login") + 1;
        for from in login..=trace.len() {
            let mut place = start.copy();
            place.token.proxied(&[&format!("lie=device-removed={from}")]);
            let output = place.byok(&GENERATE);
            let said = text(&output.stderr);
            let made = place.path(FIRST).exists();
            // Once all is on the disk, the token's end is only noted.
            assert!(made || output.status.code() == Some(5), "{module:?} from call {from}: {said}");
            assert!(made || said.contains("the token was removed"), "{module:?} from call {from}: {said}");
            place.token.proxied(&[]);
            assert_success(&place.byok(&["recover", "--undo", "--yes"]), &said);
            place.ok(&["verify", "registry", "--trust", "registry/trust/signer.pem"]);
            if !made {
                place.ok(&GENERATE);
            }
        }
    }
}

/// One encrypted zero block, by the honest module and without byok.
fn zero_block(place: &Workplace, module: Module) -> String {
    place.write("zeros", [0; 16]);
    let tool = ["--token-label", LABEL, "--login", "--pin", USER_PIN, "--label", "k@1", "--input-file", "zeros"];
    let output = place
        .command("pkcs11-tool")
        .arg("--module")
        .arg(module.path())
        .args(tool)
        .args(["--encrypt", "--mechanism", "AES-ECB", "--output-file", "block"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    hex::encode(fs::read(place.path("block")).unwrap())
}
