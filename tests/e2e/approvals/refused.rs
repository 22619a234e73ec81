//! What does not count is refused before anybody signs, or before it is kept, each with its own reason.

use std::fs;

use crate::approvals::{Bank, NAMESPACE, said};
use crate::token::Module;
use crate::workplace::code;

#[test]
fn keys_that_would_not_count_are_not_signed_with() {
    let bank = Bank::with_plan(Module::SoftHsm);
    bank.key("rsa", "rsa", "3072", "");
    // Mallory's private key asks for a passphrase that nobody knows; nobody is asked.
    let cases = [
        (&["--key", "mallory"][..], 3, "E0311", "is not in the allowed signers"),
        (&["--key", "mallory", "--as", "alice"], 3, "E0311", "is not in the allowed signers"),
        (&["--key", "bob", "--as", "alice"], 3, "E0311", "is that of bob"),
        (&["--key", "carol"], 3, "E0311", "made the plan, and the policy does not count its author"),
        (&["--key", "bob", "--as", "../alice"], 3, "E0311", "no place in a person's name"),
        (&["--key", "rsa"], 7, "E0788", "keys of type ssh-rsa do not approve"),
        (&["--key", "policy.yaml"], 7, "E0788", "holds none"),
        (&["--key", "nowhere"], 7, "E0701", "cannot be read"),
        (&["--signature", "signers"], 7, "E0787", "not one block"),
    ];
    for (arguments, exit, expected, why) in cases {
        let said = bank.place.refused(exit, &[&["approve", "plan.json", "--yes"], arguments].concat());
        assert_eq!(code(&said), Some(expected), "{arguments:?}: {said}");
        assert!(said.contains(why), "{arguments:?}: {said}");
    }
    assert!(bank.approvals().is_empty());
}

#[test]
fn signatures_that_do_not_count_are_not_kept() {
    let bank = Bank::with_plan(Module::SoftHsm);
    bank.plan("other.json");
    let refused = |arguments: &[&str], why: &str| {
        let said = bank.place.refused(3, &[&["approve", "plan.json", "--signature"], arguments].concat());
        assert_eq!(code(&said), Some("E0311"), "{said}");
        assert!(said.contains(why), "{said}");
    };
    bank.sign("alice", NAMESPACE, "other.json");
    refused(&["other.json.sig"], "not a signature over this plan");
    fs::remove_file(bank.place.path("other.json.sig")).unwrap();
    for namespace in ["byok-destroy-v1", "byok-recovery-v1", "git", "file"] {
        bank.sign("alice", namespace, "plan.json");
        refused(&["plan.json.sig"], &format!("signed in the namespace \"{namespace}\""));
        fs::remove_file(bank.place.path("plan.json.sig")).unwrap();
    }
    bank.sign("mallory", NAMESPACE, "plan.json");
    refused(&["plan.json.sig", "--as", "alice"], "is not in the allowed signers");
    fs::remove_file(bank.place.path("plan.json.sig")).unwrap();
    bank.sign("bob", NAMESPACE, "plan.json");
    refused(&["plan.json.sig", "--as", "alice"], "is that of bob");
    assert!(bank.approvals().is_empty());
}

#[test]
fn plans_that_cannot_be_approved() {
    let bank = Bank::with_plan(Module::SoftHsm);
    let refused = |plan: &str, exit, expected| {
        let said = bank.place.refused(exit, &["approve", plan, "--key", "alice", "--yes"]);
        assert_eq!(code(&said), Some(expected), "{plan}: {said}");
    };
    let plan = fs::read_to_string(bank.place.path("plan.json")).unwrap();
    bank.place.write("reformatted.json", plan.replace("\n  ", "\n   "));
    refused("reformatted.json", 7, "E0793");
    bank.place.write("edited.json", plan.replace("\"threshold\": 2", "\"threshold\": 0"));
    refused("edited.json", 7, "E0792");
    refused("signers", 7, "E0792");
    bank.place.write("bundle.json", "{\"schema\": \"byok.bundle/v1\"}\n");
    refused("bundle.json", 7, "E0789");
    let elsewhere = "\"origin\": \"byok/00000000000000000000000000000000\"";
    let start = plan.find("\"origin\": ").unwrap();
    let end = start + plan[start..].find(",\n").unwrap();
    bank.place.write("elsewhere.json", plan.replace(&plan[start..end], elsewhere));
    refused("elsewhere.json", 3, "E0320");
    // A plan that needs no approval.
    bank.place.ok(&["generate", "other", "--type", "aes-256"]);
    let wrap = ["plan", "wrap-for-import", "other", "--provider", "generic", "--wrapping-key", "wrapping.pem"];
    let out = ["--method", "rsa-oaep-sha1", "--out", "b", "--author", "carol", "--out", "free.json"];
    bank.place.ok(&[&wrap[..], &out].concat());
    refused("free.json", 3, "E0312");
    assert!(bank.approvals().is_empty());
    let without = Bank::new(Module::SoftHsm);
    without.place.write("plan.json", &plan);
    assert_eq!(code(&without.place.refused(3, &["approve", "plan.json", "--key", "alice", "--yes"])), Some("E0313"));
}

#[test]
fn a_script_must_say_yes_and_dry_runs_sign_nothing() {
    let bank = Bank::with_plan(Module::SoftHsm);
    let said = bank.place.refused(2, &["approve", "plan.json", "--key", "alice"]);
    assert!(said.contains("Approve this plan as alice?"), "{said}");
    let dry = bank.place.ok(&["approve", "plan.json", "--key", "alice", "--dry-run"]);
    assert!(dry.contains("sign as alice"), "{dry}");
    assert!(bank.approvals().is_empty());
}

#[test]
fn an_approval_is_made_once_and_one_that_fails_gives_way() {
    let bank = Bank::with_plan(Module::SoftHsm);
    bank.approve(&["--key", "alice"]);
    let again = bank.place.byok(&["approve", "plan.json", "--key", "alice", "--yes"]);
    assert!(again.status.success() && said(&again).contains("alice has approved it already"), "{}", said(&again));
    let plan = fs::read_dir(bank.place.path("registry/approvals")).unwrap().next().unwrap().unwrap().path();
    fs::write(plan.join("alice.sshsig"), "damaged").unwrap();
    fs::write(plan.join("mallory.sshsig"), "not one").unwrap();
    let document = bank.approve(&["--key", "alice"]);
    assert_eq!(document["approvals"]["counted"], serde_json::json!(["alice"]));
    assert_eq!(document["approvals"]["rejected"][0]["name"], "mallory");
    // Beside the registry, for somebody else to bring.
    bank.place.ok(&["approve", "plan.json", "--key", "bob", "--yes", "--out", "bob.sshsig"]);
    assert_eq!(bank.approvals(), ["alice.sshsig", "mallory.sshsig"]);
    bank.approve(&["--signature", "bob.sshsig"]);
    assert_eq!(bank.approvals(), ["alice.sshsig", "bob.sshsig", "mallory.sshsig"]);
    bank.place.refused(2, &["approve", "plan.json", "--key", "bob", "--yes", "--out", "bob.sshsig"]);
}

#[test]
fn a_key_of_two_people_needs_a_name() {
    let bank = Bank::new(Module::SoftHsm);
    let shared = fs::read_to_string(bank.place.path("bob.pub")).unwrap();
    bank.place.write("signers", format!("{}alice,bob {shared}", bank.signers(&["carol"])));
    bank.adopt();
    bank.plan("plan.json");
    let said = bank.place.refused(2, &["approve", "plan.json", "--key", "bob", "--yes"]);
    assert_eq!(code(&said), Some("E0246"), "{said}");
    assert!(said.contains("--as alice") && said.contains("--as bob"), "{said}");
    bank.approve(&["--key", "bob", "--as", "alice"]);
    // One key counts once, under whatever names.
    let second = bank.approve(&["--key", "bob", "--as", "bob"]);
    assert_eq!(second["approvals"]["counted"], serde_json::json!(["alice"]));
    assert!(second["approvals"]["rejected"][0]["why"].as_str().unwrap().contains("one key counts once"));
    assert_eq!(code(&bank.place.refused(3, &["apply", "plan.json"])), Some("E0302"));
}

#[test]
fn without_ssh_keygen_there_is_no_approval() {
    let bank = Bank::with_plan(Module::SoftHsm);
    let mut command = bank.place.command(env!("CARGO_BIN_EXE_byok"));
    let output = command.args(["approve", "plan.json", "--key", "alice", "--yes"]).env("PATH", "/nowhere").output();
    let output = output.unwrap();
    assert_eq!((output.status.code(), code(&said(&output))), (Some(2), Some("E0247")), "{}", said(&output));
    assert_eq!((bank.approvals().len(), bank.scratches()), (0, 0));
}
