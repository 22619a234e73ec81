//! A later policy under the approvals of the one before it, from the plan to what an auditor sees.

use std::fs;

use crate::approvals::Bank;
use crate::token::Module;
use crate::workplace::{code, text};

const ADOPT: [&str; 6] = ["policy", "adopt", "--policy", "next.yaml", "--allowed-signers", "signers"];
const FORBIDDEN: [&str; 4] = ["generate", "extra/one", "--type", "aes-128"];

/// A plan by Carol of a policy that takes the rule for the rest away.
fn planned() -> Bank {
    let bank = Bank::governed(Module::SoftHsm);
    let policy = fs::read_to_string(bank.place.path("policy.yaml")).unwrap();
    let next = policy.replace("keys: [\"**\"]", "keys: [\"web/**\"]");
    assert_ne!(policy, next);
    bank.place.write("next.yaml", next);
    let said = bank.place.refused(3, &[&ADOPT[..], &["--yes"]].concat());
    assert!(said.contains("the policy asks for 2 approvals (security-officer 1) of policy-adopt [E0302]"), "{said}");
    assert!(said.contains("hint: byok plan policy adopt --policy next.yaml --allowed-signers signers --out"), "{said}");
    bank.place.ok(&[&["plan"], &ADOPT[..], &["--author", "carol", "--out", "plan.json"]].concat());
    bank
}

#[test]
fn a_later_policy_is_adopted_by_those_whom_the_old_one_names() {
    let bank = planned();
    let place = &bank.place;
    bank.approve(&["--key", "alice", "--as", "alice"]);
    let said = place.refused(3, &["apply", "plan.json"]);
    assert!(said.contains("[E0302]") || code(&said).is_some_and(|code| code.starts_with("E03")), "{said}");
    place.ok(&FORBIDDEN);
    bank.approve(&["--key", "bob", "--as", "bob"]);
    place.ok(&["apply", "plan.json"]);
    let said = place.refused(3, &["generate", "extra/two", "--type", "aes-128"]);
    assert_eq!(code(&said), Some("E0301"), "{said}");
    let said = place.refused(3, &["apply", "plan.json"]);
    assert!(code(&said).is_some_and(|code| code.starts_with("E032")), "{said}");
    let said = place.ok(&["verify", "registry", "--trust", "signer.pem", "-v"]);
    assert!(said.contains("2 adoptions of a policy, each later one under the policy before it"), "{said}");

    // Whoever takes an approval away, or changes it, is found out.
    let folder = fs::read_dir(place.path("registry/approvals")).unwrap().next().unwrap().unwrap().path();
    let approval = folder.join("bob.sshsig");
    let good = fs::read(&approval).unwrap();
    fs::copy(folder.join("alice.sshsig"), &approval).unwrap();
    let output = place.byok(&["verify", "registry", "--trust", "signer.pem"]);
    assert_eq!(output.status.code(), Some(8), "{}", text(&output.stdout));
    fs::remove_file(&approval).unwrap();
    let output = place.byok(&["verify", "registry", "--trust", "signer.pem"]);
    assert_eq!(output.status.code(), Some(8), "{}", text(&output.stdout));
    fs::write(&approval, good).unwrap();
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

#[test]
fn approvals_of_a_plan_under_another_policy_count_for_nothing() {
    let bank = Bank::with_plan(Module::SoftHsm);
    bank.approve(&["--key", "alice", "--as", "alice"]);
    bank.approve(&["--key", "bob", "--as", "bob"]);
    let place = &bank.place;
    fs::rename(place.path("plan.json"), place.path("wrap.json")).unwrap();
    let policy = fs::read_to_string(place.path("policy.yaml")).unwrap();
    place.write("next.yaml", policy + "# newer\n");
    place.ok(&[&["plan"], &ADOPT[..], &["--author", "carol", "--out", "plan.json"]].concat());
    bank.approve(&["--key", "alice", "--as", "alice"]);
    bank.approve(&["--key", "bob", "--as", "bob"]);
    place.ok(&["apply", "plan.json"]);
    let said = place.refused(3, &["apply", "wrap.json"]);
    assert!(said.contains("the policy was changed since the plan was made"), "{said}");
    assert!(!place.path("bundle").exists());
}

/// Cut off before its checkpoint, the adoption is none, and the same plan is applied again.
#[test]
fn an_adoption_by_plan_that_was_cut_short_is_applied_again() {
    let bank = planned();
    let place = &bank.place;
    bank.approve(&["--key", "alice", "--as", "alice"]);
    bank.approve(&["--key", "bob", "--as", "bob"]);
    let before: Vec<_> = ["checkpoints.jsonl", "checkpoint.dsse.json", "checkpoint"]
        .map(|name| place.path("registry/audit").join(name))
        .map(|path| (fs::read(&path).unwrap(), path))
        .into();
    place.ok(&["apply", "plan.json"]);
    // As if the run had been killed when its result was logged.
    for (bytes, path) in &before {
        fs::write(path, bytes).unwrap();
    }
    place.ok(&FORBIDDEN);
    place.ok(&["apply", "plan.json"]);
    let said = place.refused(3, &["generate", "extra/two", "--type", "aes-128"]);
    assert_eq!(code(&said), Some("E0301"), "{said}");
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}
