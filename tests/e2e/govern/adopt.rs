//! `policy adopt`: what it refuses, what it shows, and that it is done whole or not at all.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{ADOPT, KEK, POLICY, SIGNERS, adopt, governed, log, refused, verified};
use crate::schema::assert_valid;
use crate::token::Module;
use crate::workplace::{Workplace, text};

fn files(place: &Workplace) -> usize {
    fs::read_dir(place.path("registry/policy")).map_or(0, Iterator::count)
}

#[test]
fn the_examples_can_be_adopted() {
    for example in ["bank", "saas"] {
        let place = Workplace::initialised(Module::SoftHsm);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/policies").join(example);
        let [policy, signers] = ["policy.yaml", "allowed_signers"].map(|name| folder.join(name));
        let words = ["policy", "adopt", "--policy", policy.to_str().unwrap(), "--yes", "--allowed-signers"];
        place.ok(&[&words[..], &[signers.to_str().unwrap()]].concat());
        verified(&place);
    }
}

#[test]
fn both_files_are_checked_before_anything_else() {
    let place = Workplace::initialised(Module::SoftHsm);
    for (policy, signers, exit, expected) in [
        ("schema: byok.policy/v2\n".to_owned(), SIGNERS.to_owned(), 7, "[E0780]"),
        (POLICY.replace("types:", "typs:"), SIGNERS.to_owned(), 7, "[E0780]"),
        (POLICY.to_owned(), SIGNERS.replace("bob", "b*"), 7, "[E0786]"),
        (POLICY.replace("expect: permit", "expect: deny"), SIGNERS.to_owned(), 3, "[E0309]"),
        (POLICY.to_owned(), SIGNERS.lines().next().unwrap().to_owned() + "\n", 3, "bob has no key"),
        (
            format!(
                "{POLICY}revoked-keys:\n  - {{fingerprint: 'SHA256:sedCK0mD2guDRlh21uq3eLYDwhCSGc0LwSYnva64OvY'}}\n"
            ),
            SIGNERS.to_owned(),
            3,
            "bob has no key",
        ),
    ] {
        place.write("policy.yaml", &policy);
        place.write("signers", &signers);
        let said = place.byok(&[&ADOPT[..], &["--dry-run"]].concat());
        assert_eq!(said.status.code(), Some(exit), "{}", text(&said.stderr));
        assert!(text(&said.stderr).contains(expected), "{}", text(&said.stderr));
    }
    assert_eq!(files(&place), 0);
    assert!(!fs::read_to_string(place.path("registry/audit/checkpoint")).unwrap().contains("policy"));
}

#[test]
fn without_an_answer_nothing_is_adopted() {
    let place = Workplace::initialised(Module::SoftHsm);
    place.write("policy.yaml", POLICY);
    place.write("signers", SIGNERS);
    let said = place.refused(2, &ADOPT[..6]);
    assert!(said.contains("a confirmation is needed"), "{said}");
    assert!(said.contains("until now everything is permitted"), "{said}");
    assert_eq!(files(&place), 0);
}

#[test]
fn what_changes_is_shown() {
    let place = governed(Module::SoftHsm);
    place.write("policy.yaml", POLICY.replace("aes-256]", "aes-256, aes-192]"));
    let signers =
        format!("{SIGNERS}carol ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBLYNSOnG+KTyKm6u0Q3YBD8p9yhi1pUFDmBBWYcbOGU\n");
    place.write("signers", &signers);
    let output = place.byok(&[&ADOPT[..], &["--dry-run"]].concat());
    let said = text(&output.stderr);
    assert!(said.contains("  -     types: [aes-256]\n  +     types: [aes-256, aes-192]\n"), "{said}");
    assert!(said.contains("  + carol ssh-ed25519"), "{said}");
    assert!(said.contains("warning: carol is in the allowed signers and no person of the policy"), "{said}");
    assert_eq!(files(&place), 2);
    let document: Value = serde_json::from_str(&place.ok(&[&ADOPT[..], &["--json"]].concat())).unwrap();
    assert_valid(&document);
    assert_eq!((&document["adopted"], files(&place)), (&true.into(), 4));
    let document: Value = serde_json::from_str(&place.ok(&[&ADOPT[..], &["--json"]].concat())).unwrap();
    assert_valid(&document);
    assert_eq!(document["adopted"], false);
}

#[test]
fn a_later_policy_needs_what_the_one_before_it_asks_for() {
    let place = governed(Module::SoftHsm);
    let dual = POLICY.replace("registry: {", "registry: {approvals: {policy-adopt: {count: 2}}, ");
    adopt(&place, &dual);
    place.write("policy.yaml", POLICY);
    refused(
        &place,
        &ADOPT,
        &["the policy asks for 2 approvals of policy-adopt [E0302]", "policy.yaml:5 registry.approvals.policy-adopt"],
    );
    place.ok(&KEK);
    assert_eq!(log(&place).iter().filter(|entry| entry["event"] == "policy.adopt").count(), 4);
}
