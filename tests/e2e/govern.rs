//! An adopted policy: what it stops, what evidence says of it, and what happens to whoever changes it.

mod adopt;
mod attended;
mod dual;
mod recovered;
mod tamper;
mod verify;
mod wraps;

use std::fs;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, Workplace};

/// Two people's keys; nobody has the private halves.
pub(crate) const SIGNERS: &str = "\
alice namespaces=\"byok-approval-v1\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK4AR8KiWDsKmUWsnHroMIHG3//bkoJeWmDWEuLVFHAw
bob ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKf2fL7l6k+AO9gwQ042JIkLQR1M7TwUULA4O1WcvNJD
";

/// Lines are counted in the tests.
pub(crate) const POLICY: &str = "\
schema: byok.policy/v1
people:
  alice: {roles: [security]}
  bob: {roles: [security]}
registry: {unattended: [policy-adopt]}
rules:
  - name: payments
    match: {keys: ['payments/**']}
    types: [aes-256]
    purposes: [encrypt]
    owner-required: true
    providers:
      generic: {methods: [rsa-aes-sha1, rsa-oaep-sha1]}
    approvals:
      seal: {count: 2}
    unattended: [generate, wrap-for-import]
  - name: web
    match: {keys: ['web/*']}
    exposure: plaintext
    approvals:
      wrap-for-import: {count: 1}
tests:
  - name: a card key is made
    key: payments/kek
    type: aes-256
    purpose: encrypt
    owner: treasury
    operation: generate
    expect: permit
    rule: payments
";

pub(crate) const ADOPT: [&str; 7] =
    ["policy", "adopt", "--policy", "policy.yaml", "--allowed-signers", "signers", "--yes"];

/// A registry with the policy in force, and a wrapping key.
pub(crate) fn governed(module: Module) -> Workplace {
    let place = Workplace::initialised(module);
    place.write("wrapping.pem", WRAPPING_KEY);
    adopt(&place, POLICY);
    place
}

pub(crate) fn adopt(place: &Workplace, policy: &str) -> String {
    place.write("policy.yaml", policy);
    place.write("signers", SIGNERS);
    place.ok(&ADOPT)
}

/// The last entry of the log but the checkpoint's own.
pub(crate) fn log(place: &Workplace) -> Vec<Value> {
    let text = fs::read_to_string(place.path("registry/audit/log-000000.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn verified(place: &Workplace) {
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

pub(crate) const KEK: [&str; 6] = ["generate", "payments/kek", "--type", "aes-256", "--owner", "treasury"];

/// Nothing changed but the log, which says that it was refused, or nothing at all.
fn refused(place: &Workplace, words: &[&str], expected: &[&str]) {
    let said = place.refused(3, words);
    for part in expected {
        assert!(said.contains(part), "{words:?}: {part:?} is not in\n{said}");
    }
}

#[test]
fn what_no_rule_permits_is_refused_before_the_pin() {
    let place = governed(Module::SoftHsm);
    let entries = log(&place).len();
    for (words, expected) in [
        (
            &["generate", "other", "--type", "aes-256"][..],
            &["the policy denies generate of other: no rule matches"][..],
        ),
        (
            &["generate", "payments/kek", "--type", "aes-128", "--owner", "x"],
            &["type aes-128", "policy.yaml:9 rules[0].types (rule \"payments\")", "[E0301]"],
        ),
        (
            &["generate", "payments/kek", "--type", "aes-256", "--purpose", "wrap", "--owner", "x"],
            &["policy.yaml:10 rules[0].purposes"],
        ),
        (&["generate", "payments/kek", "--type", "aes-256"], &["policy.yaml:11 rules[0].owner-required"]),
    ] {
        refused(&place, words, expected);
        refused(&place, &[words, &["--dry-run"]].concat(), expected);
        // No PIN is needed to hear it.
        let output = place.command(env!("CARGO_BIN_EXE_byok")).args(words).env_remove("PIN").output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{output:?}");
    }
    assert_eq!(log(&place).len(), entries, "what is refused before a PIN is asked for leaves no entry");
    assert!(!place.path("registry/keys/payments").exists());
    place.ok(&KEK);
    verified(&place);
}

#[test]
fn a_key_that_the_policy_forgot_can_still_be_stopped() {
    let place = Workplace::initialised(Module::SoftHsm);
    place.ok(&["generate", "old/kek", "--type", "aes-256"]);
    place.ok(&["activate", "old/kek"]);
    adopt(&place, POLICY);
    let said = place.ok(&["policy", "explain", "old/kek"]);
    assert!(said.contains("none matches: the key may be stopped, and nothing else"), "{said}");
    place.ok(&["suspend", "old/kek", "--reason", "key-compromise"]);
    let key = place.predicate("registry/keys/old/kek@1/manifest-0003.dsse.json");
    assert_eq!((&key["state"], &key["authorization"]["rule"]), (&"suspended".into(), &"no rule".into()));
    verified(&place);
    refused(&place, &["reinstate", "old/kek"], &["the policy denies reinstate of old/kek: no rule matches"]);
    refused(&place, &["generate", "old/new", "--type", "aes-256"], &["no rule matches"]);
    verified(&place);
}

#[test]
fn evidence_says_under_which_policy_it_came_about() {
    for module in Module::ALL {
        let place = governed(module);
        let in_force = fs::read_to_string(place.path("registry/audit/checkpoint")).unwrap();
        let line = in_force.lines().nth(3).unwrap().to_owned();
        let [_, seq, policy, signers] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let adopted = &log(&place)[seq.parse::<usize>().unwrap()];
        assert_eq!((&adopted["event"], &adopted["outcome"]), (&"policy.adopt".into(), &"success".into()));
        assert_eq!(adopted["detail"]["policySha256"], policy);
        assert_eq!(fs::read_to_string(place.path(&format!("registry/policy/{policy}.yaml"))).unwrap(), POLICY);
        let kept = fs::read_to_string(place.path(&format!("registry/policy/{signers}.allowed_signers")));
        assert_eq!(kept.unwrap(), SIGNERS);
        place.ok(&KEK);
        place.ok(&["activate", "payments/kek"]);
        for manifest in ["manifest-0001", "manifest-0002"] {
            let key = place.predicate(format!("registry/keys/payments/kek@1/{manifest}.dsse.json"));
            let said = &key["authorization"];
            assert_eq!((&said["policySha256"], &said["allowedSignersSha256"]), (&policy.into(), &signers.into()));
            assert_eq!((&said["rule"], &said["plan"]), (&"payments".into(), &Value::Null), "{module:?}");
            let intent = &log(&place)[usize::try_from(key["logRef"]["seq"].as_u64().unwrap()).unwrap()];
            assert_eq!(&intent["detail"]["authorization"], said);
        }
        verified(&place);
    }
}

#[test]
fn what_needs_approvals_says_what_to_type() {
    let place = governed(Module::SoftHsm);
    place.ok(&["generate", "web/tls", "--type", "aes-256"]);
    let words = ["wrap-for-import", "web/tls", "--provider", "generic", "--wrapping-key", "wrapping.pem"];
    let words = [&words[..], &["--method", "rsa-oaep-sha1", "--out", "bundle"]].concat();
    let expected = [
        "the policy asks for 1 approval of wrap-for-import of web/tls [E0302]",
        "policy.yaml:21 rules[1].approvals.wrap-for-import (rule \"web\")",
        "hint: byok plan wrap-for-import web/tls --provider generic --wrapping-key wrapping.pem --method rsa-oaep-sha1 \
         --out bundle --out plan.json",
        "hint: byok approve plan.json --key KEY",
        "hint: byok apply plan.json",
    ];
    refused(&place, &words, &expected);
    refused(&place, &[&words[..], &["--yes"]].concat(), &["[E0302]"]);
    assert!(!place.path("bundle").exists());
}

#[test]
fn an_import_is_asked_for_with_what_this_host_sees() {
    let place = governed(Module::SoftHsm);
    place.write("kek.bin", Sha256::digest("kek"));
    let import = ["import", "payments/kek", "kek.bin", "--type", "aes-256", "--owner", "treasury"];
    refused(&place, &import, &["import of payments/kek", "exposure", "rules[0]"]);
    place.ok(&["import", "web/kek", "kek.bin", "--type", "aes-256"]);
    let key = place.predicate("registry/keys/web/kek@1/manifest-0001.dsse.json");
    assert_eq!((&key["authorization"]["rule"], &key["exposureEver"]), (&"web".into(), &"plaintext".into()));
    verified(&place);
}
