//! The whole way: a policy is adopted, a wrap is planned, refused, approved by two people, applied, and verified by hand.

use crate::approvals::{Bank, NAMESPACE, WRAP};
use crate::token::Module;
use crate::workplace::code;

#[test]
fn four_eyes_on_softhsm() {
    walk(Module::SoftHsm);
}

#[test]
fn four_eyes_on_kryoptic() {
    walk(Module::Kryoptic);
}

fn walk(module: Module) {
    let bank = Bank::governed(module);
    let place = &bank.place;
    assert_eq!(code(&place.refused(3, &WRAP)), Some("E0302"));
    bank.plan("plan.json");
    assert_eq!(code(&place.refused(3, &["apply", "plan.json"])), Some("E0302"));
    // Alice by byok.
    let alice = bank.approve(&["--key", "alice"]);
    assert_eq!((&alice["person"], &alice["approvals"]["enough"]), (&"alice".into(), &false.into()));
    assert_eq!(alice["approvals"]["lacking"], "1 of 2 approvals");
    assert_eq!(code(&place.refused(3, &["apply", "plan.json"])), Some("E0302"));
    // Bob by stock ssh-keygen.
    bank.sign("bob", NAMESPACE, "plan.json");
    let bob = bank.approve(&["--signature", "plan.json.sig"]);
    assert_eq!((&bob["person"], &bob["approvals"]["enough"]), (&"bob".into(), &true.into()));
    assert_eq!(bob["approvals"]["counted"], serde_json::json!(["alice", "bob"]));
    place.ok(&["apply", "plan.json"]);
    assert!(place.path("bundle/manifest.dsse.json").exists());
    assert_eq!(code(&place.refused(3, &["apply", "plan.json"])), Some("E0325"));
    let authorization = &place.predicate("bundle/manifest.dsse.json")["authorization"];
    assert_eq!((&authorization["rule"], &authorization["plan"]["author"]), (&"payments".into(), &"carol".into()));
    let people: Vec<&str> = authorization["plan"]["approvals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|approval| approval["person"].as_str().unwrap())
        .collect();
    assert_eq!(people, ["alice", "bob"]);
    // Offline: byok counts again, and stock ssh-keygen agrees.
    let verified = place.ok(&["verify", "registry", "--trust", "signer.pem"]);
    assert!(verified.contains("the plan and approvals of 1 change (alice, bob)"), "{verified}");
    assert!(bank.openssh_verifies("alice") && bank.openssh_verifies("bob"));
    assert_eq!(bank.approvals(), ["alice.sshsig", "bob.sshsig"]);
    assert_eq!(bank.scratches(), 0);
    // An approval that was taken away is missed.
    let plan = bank.only("registry/plans", ".json");
    let sha256 = plan.file_stem().unwrap().to_str().unwrap();
    std::fs::remove_file(place.path(&format!("registry/approvals/{sha256}/bob.sshsig"))).unwrap();
    let missed = place.byok(&["verify", "registry", "--trust", "signer.pem"]);
    assert_eq!(missed.status.code(), Some(8));
    assert!(crate::workplace::text(&missed.stdout).contains("bob.sshsig is not there"));
}
