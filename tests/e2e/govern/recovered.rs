//! What an interrupted run left is taken over with approvals for just that, and stands in the way of nothing else.

use std::fs;

use expectrl::Expect as _;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{log, verified};
use crate::four_eyes::{APPROVAL, POLICY, govern, plan, sign};
use crate::prompts::{finish, spawn};
use crate::token::{Module, USER_PIN};
use crate::workplace::{Workplace, text};

const LOG: &str = "registry/audit/log-000000.jsonl";

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// Whoever can write the log adds a line.
fn append(place: &Workplace, mut entry: Value) {
    let lines = fs::read_to_string(place.path(LOG)).unwrap();
    entry["seq"] = json!(lines.lines().count());
    entry["prev"] = json!(hex::encode(Sha256::digest(lines.lines().last().unwrap())));
    // An id of its own, of the same form.
    let id = entry["id"].as_str().unwrap().to_owned();
    let (kept, last) = id.split_at(id.len() - 4);
    entry["id"] = json!(format!("{kept}{}", if last == "abcd" { "dcba" } else { "abcd" }));
    fs::write(place.path(LOG), format!("{lines}{entry}\n")).unwrap();
}

fn intent(entries: &[Value], event: &str) -> Value {
    let is_it = |entry: &&Value| entry["event"] == event && entry["phase"] == "intent";
    entries.iter().rev().find(is_it).unwrap().clone()
}

/// A copy of the registry from before the policy puts a key into the token.
fn smuggled(place: &Workplace) -> Value {
    place.ok(&words("--registry other import stolen key.bin --type hmac-sha256"));
    let other = fs::read_to_string(place.path("other/audit/log-000000.jsonl")).unwrap();
    let entries: Vec<Value> = other.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    intent(&entries, "key.import")
}

fn started() -> Workplace {
    let place = Workplace::initialised(Module::SoftHsm);
    place.command("cp").args(["-r", "registry", "other"]).status().unwrap();
    govern(&place, POLICY);
    plan(&place, "import mac key.bin --type hmac-sha256");
    let bob = sign(&place, "bob", APPROVAL, "plan.json");
    place.ok(&words(&format!("apply plan.json {bob}")));
    place
}

#[test]
fn approvals_of_another_plan_take_nothing_over() {
    let place = started();
    let mut forged = smuggled(&place);
    let approved = intent(&log(&place), "key.import");
    for member in ["authorization", "plan"] {
        forged["detail"][member] = approved["detail"][member].clone();
    }
    assert!(forged["detail"]["authorization"]["plan"]["approvals"][0]["person"] == "bob", "{forged:#}");
    append(&place, forged);
    let done = place.byok(&words("generate other --type aes-256"));
    assert!(done.status.success(), "{}", text(&done.stderr));
    let said = text(&done.stderr);
    assert!(said.contains("key.import stolen@1   left as it is: it may not be taken over"), "{said}");
    assert!(said.contains("the policy asks for 1 approval of import of stolen"), "{said}");
    assert!(!place.path("registry/keys/stolen@1").exists());
    verified(&place);
}

#[test]
fn what_may_not_be_taken_over_stops_that_key_alone() {
    let place = started();
    append(&place, smuggled(&place));
    // The name alone is taken, until somebody settles it.
    let said = place.refused(9, &words("generate stolen --type aes-256"));
    assert!(said.contains("key.import stolen@1"), "{said}");
    place.ok(&words("generate other --type aes-256"));
    place.write("newer.yaml", format!("{POLICY}# reviewed\n"));
    place.ok(&words("plan policy adopt --policy newer.yaml --allowed-signers signers --author alice --out adopt.json"));
    let carol = sign(&place, "carol", APPROVAL, "adopt.json");
    place.ok(&words(&format!("apply adopt.json {carol}")));
    // One that asks for none lets it be taken over.
    let free = POLICY.replace("      import: {count: 1}\n", "");
    place.write("free.yaml", free);
    place.ok(&words("plan policy adopt --policy free.yaml --allowed-signers signers --author alice --out free.json"));
    let carol = sign(&place, "carol", APPROVAL, "free.json");
    place.ok(&words(&format!("apply free.json {carol}")));
    place.ok(&words("generate more --type aes-256"));
    assert!(place.path("registry/keys/stolen@1").exists());
    verified(&place);
}

#[test]
fn what_an_intent_claims_is_not_signed() {
    let place = started();
    place.ok(&words("generate canary --type aes-256"));
    let mut forged = intent(&log(&place), "key.generate");
    let mut authorization = intent(&log(&place), "key.import")["detail"]["authorization"].clone();
    authorization["plan"]["author"] = "ceo".into();
    forged["event"] = "key.wrap".into();
    forged["detail"] = json!({"exposure": "plaintext", "authorization": authorization, "staged": []});
    append(&place, forged);
    place.ok(&words("generate other --type aes-256"));
    let admitted = place.predicate("registry/keys/canary@1/manifest-0002.dsse.json");
    assert_eq!((&admitted["exposureEver"], &admitted["authorization"]), (&"plaintext".into(), &Value::Null));
    verified(&place);
}

#[test]
fn an_approved_recover_settles_what_was_approved() {
    let place = started();
    place.ok(&words("plan recover --undo --author alice --out undo.json"));
    let bob = sign(&place, "bob", "byok-destroy-v1", "undo.json");
    // What is unfinished is looked at before the PIN; while that is typed, somebody adds to it.
    let forged = smuggled(&place);
    let mut session = spawn(&place, &words(&format!("apply undo.json {bob} --pin-source prompt")));
    session.expect("PIN of token demo: ").unwrap();
    append(&place, forged);
    session.send(format!("{USER_PIN}\r")).unwrap();
    let (said, code) = finish(session);
    assert!(code == 9 && said.contains("the approved plan does not name it"), "{said}");
    assert!(!log(&place).iter().any(|entry| entry["detail"]["action"] == "destroy"), "nothing was destroyed");
}
