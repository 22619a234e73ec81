//! What is not imported, and that nothing is touched then: refusals come before the PIN.

use super::secret;
use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, Workplace, code, text};

/// Runs an import that must be refused, without a PIN in reach.
fn refused(place: &Workplace, words: &str, expected: &str) {
    let mut command = place.command(env!("CARGO_BIN_EXE_byok"));
    let output = command.env_remove("PIN").arg("import").args(words.split(' ')).output().unwrap();
    let said = text(&output.stderr);
    assert_eq!(code(&said), Some(expected), "{words}: {said}");
    assert!(said.contains("hint: "), "{words}: {said}");
}

#[test]
fn what_cannot_be_imported_is_refused_before_the_pin() {
    let place = Workplace::initialised(Module::SoftHsm);
    let log = place.path("registry/audit/log-000000.jsonl");
    let before = std::fs::read(&log).unwrap();
    place.write("k32", secret(32));
    place.write("k33", secret(33));
    place.write("public.pem", WRAPPING_KEY);
    place.private_key("ec-p256", "ec.pem");
    place.openssl("genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out small.pem");
    place.openssl("genpkey -algorithm x25519 -out x25519.pem");
    place.openssl("req -x509 -new -key ec.pem -subj /CN=x -out certificate.pem");
    place.write("empty", "");
    for (words, code) in [
        ("x k32", "E0228"),
        ("x k32 --type aes-128", "E0760"),
        ("x k33 --type aes-256", "E0761"),
        ("x k33", "E0761"),
        ("x ec.pem --type ec-p384", "E0760"),
        ("x ec.pem --purpose encrypt", "E0214"),
        ("x public.pem --part 1", "E0762"),
        ("x small.pem", "E0761"),
        ("x x25519.pem", "E0763"),
        ("x none.pem", "E0701"),
    ] {
        refused(&place, words, code);
    }
    for file in ["public.pem", "certificate.pem", "empty"] {
        assert_eq!(place.byok(&["import", "x", file]).status.code(), Some(7), "{file}");
    }
    assert_eq!(std::fs::read(log).unwrap(), before);
    assert!(!place.path("registry/keys/x@1").exists());
}

/// Every number of an RSA key is looked at, and the two halves of an EC key.
#[test]
fn a_broken_key_is_refused() {
    let place = Workplace::initialised(Module::SoftHsm);
    for (kind, file) in [("rsa-2048", "rsa.der"), ("ec-p256", "ec.der")] {
        place.private_key(kind, "key.pem");
        place.openssl(&format!("pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out {file}"));
        let whole = std::fs::read(place.path(file)).unwrap();
        // The last byte of the last number: the coefficient of an RSA key, the point of an EC key.
        let mut broken = whole.clone();
        *broken.last_mut().unwrap() ^= 1;
        place.write(file, &broken);
        refused(&place, &format!("x {file}"), "E0761");
        place.write(file, &whole);
        place.imported(&format!("{kind} {file}"));
    }
}

#[test]
fn a_name_is_taken_once_and_a_dry_run_touches_nothing() {
    let place = Workplace::initialised(Module::SoftHsm);
    place.write("k", secret(16));
    let planned = place.ok(&["import", "x", "k", "--type", "aes-128", "--dry-run"]);
    assert!(planned.contains("put the key in as x@1, aes-128, encrypt"), "{planned}");
    assert!(!place.path("registry/keys/x@1").exists());
    place.imported("x k --type aes-128");
    refused(&place, "x k --type aes-128", "E0404");
    assert!(place.refused(4, &["generate", "x", "--type", "aes-128"]).contains("[E0404]"));
}
