//! Whose the wrapping keys are: shown, compared by a person, pinned, or refused.

use std::fmt::Write as _;
use std::fs;

use expectrl::Expect as _;

use super::{ANSWERS, started};
use crate::four_eyes::govern;
use crate::prompts::{finish, spawn};
use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, Workplace, text};

pub(crate) fn spki_sha256(place: &Workplace, name: &str) -> String {
    place.command("openssl").args(["pkey", "-pubin", "-in", name, "-outform", "DER", "-out", "spki"]).output().unwrap();
    let said = place.command("openssl").args(["dgst", "-sha256", "-r", "spki"]).output().unwrap().stdout;
    text(&said).split(' ').next().unwrap().to_owned()
}

/// Another wrapping key, in `other.pem`.
fn other_wrapping_key(place: &Workplace) {
    let private = place.command("openssl").args(["genrsa", "3072"]).output().unwrap().stdout;
    place.write("private.pem", private);
    let public = place.command("openssl").args(["rsa", "-pubout", "-in", "private.pem"]).output().unwrap().stdout;
    place.write("other.pem", public);
}

#[test]
fn the_wrapping_key_that_was_shown_is_the_one_that_is_used() {
    let place = started(Module::SoftHsm);
    other_wrapping_key(&place);
    let other = fs::read(place.path("other.pem")).unwrap();
    let none: fn(&Workplace) = |place| fs::remove_file(place.path("answers/kek/far.json")).unwrap();
    let late: fn(&Workplace) = |place| {
        fs::write(place.path("answers/kek/near.json"), fs::read(place.path("other.pem")).unwrap()).unwrap();
    };
    let swapped: fn(&Workplace) = |place| {
        fs::write(place.path("answers/kek/far.json"), fs::read(place.path("other.pem")).unwrap()).unwrap();
    };
    for (what, target) in [(swapped, "far"), (none, "far"), (late, "near")] {
        place.write("answers/far.json", &other);
        place.write("answers/kek/far.json", WRAPPING_KEY);
        let mut session = spawn(&place, &[&["rotate", "kek"][..], &ANSWERS].concat());
        session.expect("Does the provider show this fingerprint").unwrap();
        what(&place);
        session.send("y\r").unwrap();
        let (said, code) = finish(session);
        assert_eq!(code, 7, "{said}");
        assert!(said.contains(&format!("the answer for target {target} was changed in the meantime")), "{said}");
        assert!(!place.path("registry/keys/kek@2").exists());
    }
}

#[test]
fn every_fingerprint_is_shown_before_a_person_is_asked() {
    let place = started(Module::SoftHsm);
    let mut yaml = fs::read_to_string(place.path("byok.yaml")).unwrap();
    for number in 0..21 {
        writeln!(yaml, "  t{number}: {{provider: generic, method: rsa-oaep-sha1, keys: [home2]}}").unwrap();
        place.write(&format!("answers/t{number}.json"), WRAPPING_KEY.to_owned() + &"\n".repeat(number));
    }
    fs::write(place.path("byok.yaml"), yaml).unwrap();
    place.ok(&["generate", "home2", "--type", "aes-256"]);
    place.ok(&["activate", "home2"]);
    let mut session = spawn(&place, &[&["rotate", "home2"][..], &ANSWERS].concat());
    let before = session.expect("Do the providers show these 21 fingerprints for their wrapping keys?").unwrap();
    let shown = String::from_utf8_lossy(before.before()).matches("wrapping key   RSA-").count();
    assert_eq!(shown, 21);
    session.send("n\r").unwrap();
    assert_eq!(finish(session).1, 2);
}

/// What holds of a wrap holds of a rotation that wraps: who may be asked, pins, windows, classes.
#[test]
fn a_rotation_is_attended_and_pinned_as_a_wrap_is() {
    const PEOPLE: &str = "schema: byok.policy/v1\npeople:\n  alice: {}\n  bob: {}\n  carol: {}\nregistry:\n  \
                          approvals: {policy-adopt: {count: 1}}\n  unattended: [policy-adopt]\n";
    let rule = |more: &str| {
        format!("{PEOPLE}rules:\n  - name: all\n    match: {{keys: ['**']}}\n    exposure: plaintext\n{more}")
    };
    let rotate = [&["rotate", "pay/x"][..], &ANSWERS].concat();
    let attended = rule("    unattended: [rotate]\n");
    let frozen = rule("    unattended: [rotate, wrap-for-import]\n")
        + "freeze:\n  - {name: f, operations: [wrap-for-import], from: 2020-01-01T00:00:00Z, to: 2999-01-01T00:00:00Z, why: x}\n";
    let hyok =
        rule("    unattended: [rotate, wrap-for-import]\n") + "classifications:\n  secret: {custody: hyok, why: x}\n";
    for (policy, code) in [(attended, "E0306"), (frozen, "E0301"), (hyok, "E0301")] {
        let place = started(Module::SoftHsm);
        place.ok(&["generate", "pay/y", "--type", "aes-256", "--attribute", "classification=secret"]);
        place.ok(&["activate", "pay/y"]);
        place.write("answers/near.json", WRAPPING_KEY);
        govern(&place, &policy);
        let said = place.refused(3, &[&["rotate", "pay/y"][..], &ANSWERS].concat());
        assert!(said.contains(code), "{said}");
        assert!(!place.path("registry/keys/pay/y@2").exists());
    }
    let place = started(Module::SoftHsm);
    other_wrapping_key(&place);
    place.write("answers/near.json", WRAPPING_KEY);
    govern(&place, &rule("    unattended: [rotate, wrap-for-import]\n    wrapping-keys: {pin-required: true}\n"));
    let said = place.refused(3, &rotate);
    assert!(said.contains("pin"), "{said}");
    let wrong = spki_sha256(&place, "other.pem");
    let said = place.refused(7, &[&rotate[..], &["--wrapping-key-sha256", &wrong]].concat());
    assert!(said.contains("E0710"), "{said}");
    let right = spki_sha256(&place, "wrapping.pem");
    place.ok(&[&rotate[..], &["--wrapping-key-sha256", &wrong, "--wrapping-key-sha256", &right]].concat());
    let wrap = &place.predicate("registry/keys/pay/x@2/manifest-0001.dsse.json")["wraps"][0];
    assert_eq!(wrap["wrappingKey"]["authenticatedBy"], "pinned");
}
