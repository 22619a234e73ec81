//! The last stage: what is taken out of the token, what is read back, and what nobody can make byok say.

use super::{destroy, document, started, verified};
use crate::prompts::{finish, spawn};
use crate::token::{self, Module};
use crate::workplace::{Workplace, text};

use expectrl::Expect as _;

/// What a plain client of the module finds under a label.
fn labelled(place: &Workplace, module: Module, label: &str) -> usize {
    let program = place.token.module().with_file_name("list_objects");
    let output = place.command(program).arg(module.path()).arg(token::LABEL).output().unwrap();
    text(&output.stdout).lines().filter(|line| line.split(' ').nth(2) == Some(label)).count()
}

#[test]
fn the_objects_are_gone_and_the_manifest_says_how() {
    for module in Module::ALL {
        let mut place = started(module);
        place.token.proxied(&[]);
        for (id, objects) in [("a@1", serde_json::json!(["secret"])), ("b@1", serde_json::json!(["private", "public"]))]
        {
            assert_eq!(labelled(&place, module, id), objects.as_array().unwrap().len(), "{module:?} {id}");
            let (said, code) = destroy(&place, id, &[]);
            assert_eq!(code, 0, "{module:?}: {said}");
            assert!(said.contains("not claimed") && said.contains("finds none by id or label"), "{said}");
            assert_eq!(labelled(&place, module, id), 0, "{module:?} {id}");
            let shown = document(&place, &["show", id]);
            assert_eq!((&shown["state"], &shown["key"]["destruction"]["objects"]), (&"destroyed".into(), &objects));
            assert_eq!(shown["key"]["destruction"]["readBack"], "not-found");
            let again = document(&place, &["revoke", id, "--stage", "destroy", "--reason", "superseded"]);
            assert_eq!(again["key"], shown["key"], "once more");
            verified(&place);
        }
        place.ok(&["revoke", "a", "--reason", "key-compromise", "--yes"]);
        assert_eq!(document(&place, &["show", "a"])["state"], "destroyed-compromised");
        for word in ["activate", "seal"] {
            assert!(place.refused(4, &[word, "a", "--yes"]).contains("[E0406]"), "{word}");
        }
        verified(&place);
    }
}

#[test]
fn the_name_is_typed_or_nothing_happens() {
    let place = started(Module::SoftHsm);
    for (typed, why) in [("\r", "not confirmed"), ("y\r", "another name was typed"), ("a\r", "another name was typed")]
    {
        let mut session = spawn(&place, &["revoke", "a", "--stage", "destroy", "--reason", "superseded", "--yes"]);
        session.expect("Type a@1 to go on").unwrap();
        session.send(typed).unwrap();
        let (said, code) = finish(session);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(why), "{said}");
    }
    assert_eq!(document(&place, &["show", "a"])["state"], "pre-activation");
}

/// The log and the manifests say the same of a key's end, or `verify` does not take them.
#[test]
fn a_taken_away_end_is_found_out() {
    let place = started(Module::SoftHsm);
    assert_eq!(destroy(&place, "a@1", &[]).1, 0);
    let manifest = place.path("registry/keys/a@1/manifest-0002.dsse.json");
    let good = std::fs::read(&manifest).unwrap();
    std::fs::remove_file(&manifest).unwrap();
    let output = place.byok(&["verify", "registry", "--trust", "signer.pem"]);
    assert_eq!(output.status.code(), Some(8), "{}", text(&output.stdout));
    std::fs::write(&manifest, &good).unwrap();
    verified(&place);
    let log = place.path("registry/audit/log-000000.jsonl");
    let lines = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, lines.replace("\"key.destroy\"", "\"key.suspend\"")).unwrap();
    let output = place.byok(&["verify", "registry", "--trust", "signer.pem"]);
    assert_eq!(output.status.code(), Some(8), "{}", text(&output.stdout));
}

/// A token that finds nothing from some moment on: a login that is gone, a cluster that lags. It ends no key.
#[test]
fn a_token_that_finds_nothing_ends_no_key() {
    for module in Module::ALL {
        let mut place = Workplace::initialised_behind_proxy(module, &[]);
        place.ok(&["generate", "b", "--type", "ec-p256"]);
        let mut refused = 0;
        for from in 1..40 {
            place.token.proxied(&[&format!("fail=C_FindObjects#{from}+:0x0")]);
            let (said, code) = destroy(&place, "b@1", &[]);
            place.token.proxied(&[]);
            let state = document(&place, &["show", "b"])["state"].clone();
            let there = labelled(&place, module, "b@1");
            assert!(state == "pre-activation" || there == 0, "{module:?} {from}: {state} with {there} objects: {said}");
            if code == 0 {
                break;
            }
            refused += usize::from(said.contains("[E0529]"));
        }
        assert!(refused > 3, "{module:?}: {refused}");
        assert_eq!(labelled(&place, module, "b@1"), 0, "{module:?}");
        place.ok(&["recover", "--yes"]);
        assert_eq!(document(&place, &["show", "b"])["state"], "destroyed", "{module:?}");
        verified(&place);
    }
}

/// Another program takes an object out of the token.
pub(super) fn take_out(place: &Workplace, key_type: &str, label: &str) {
    let module = place.token.module();
    let mut other = place.command("pkcs11-tool");
    let login =
        ["--module", module.to_str().unwrap(), "--token-label", token::LABEL, "--login", "--pin", token::USER_PIN];
    other.args(login).args(["--delete-object", "--type", key_type, "--label", label]);
    assert!(other.output().unwrap().status.success());
}

/// What another program took out of the token, byok does not call destroyed.
#[test]
fn a_key_that_is_not_there_is_not_destroyed() {
    let place = started(Module::SoftHsm);
    take_out(&place, "secrkey", "a@1");
    let (said, code) = destroy(&place, "a@1", &[]);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("the token does not have the key of a@1: nothing was destroyed"), "{said}");
    assert!(said.contains("byok revoke a@1 --stage destroy --absent --reason REASON"), "{said}");
    assert_eq!(document(&place, &["show", "a"])["state"], "pre-activation");
    verified(&place);
}

/// Says that a key is gone, and types its name.
fn absent(place: &Workplace, id: &str) -> (String, i32) {
    let mut session = spawn(place, &["revoke", id, "--stage", "destroy", "--absent", "--reason", "unspecified"]);
    session.expect(format!("Record for ever that {id} is gone? This cannot be undone. Type {id} to go on")).unwrap();
    session.send(format!("{id}\r")).unwrap();
    finish(session)
}

/// That it was not found is recorded, and no more; in whatever state it was. A key that is there is not said to be gone.
#[test]
fn a_key_that_is_gone_is_recorded_as_not_found() {
    for module in Module::ALL {
        let mut place = started(module);
        place.token.proxied(&[]);
        place.ok(&["activate", "a"]);
        for (id, key_type) in [("a@1", "secrkey"), ("b@1", "privkey")] {
            let (there, code) = absent(&place, id);
            assert_eq!(code, 2, "{module:?} {id}: {there}");
            assert!(there.contains(&format!("of {id}: it is not absent")), "{there}");
            take_out(&place, key_type, id);
            let (said, code) = absent(&place, id);
            assert_eq!(code, 0, "{module:?} {id}: {said}");
            assert!(said.contains("not claimed") && said.contains("that the key was destroyed, by whom"), "{said}");
            let shown = document(&place, &["show", id]);
            let left = if id == "a@1" { serde_json::json!([]) } else { serde_json::json!(["public"]) };
            let record = &shown["key"]["destruction"];
            assert_eq!((&record["absent"], &record["objects"]), (&true.into(), &left), "{module:?} {id}");
            assert_eq!((&shown["state"], &record["readBack"]), (&"destroyed".into(), &"not-found".into()));
            assert_eq!(labelled(&place, module, id), 0, "{module:?} {id}");
            let history = place.ok(&["show", id]);
            assert!(history.contains("not found in the token (unspecified)"), "{history}");
            assert!(!history.contains("object was destroyed;"), "{history}");
        }
        let said = verified(&place);
        assert_eq!(said.matches("ABSENT, for review").count(), 2, "{said}");
    }
}

/// A token that finds nothing at all does not make a key absent, and neither does another token.
#[test]
fn a_blind_token_says_nothing_of_absence() {
    let mut place = Workplace::initialised_behind_proxy(Module::SoftHsm, &[]);
    place.ok(&["generate", "a", "--type", "aes-256"]);
    place.token.proxied(&["fail=C_FindObjects:0x0"]);
    let output = place.byok(&["revoke", "a", "--stage", "destroy", "--absent", "--reason", "unspecified", "--dry-run"]);
    assert!(output.status.success(), "nothing is asked yet");
    let (said, code) = absent(&place, "a@1");
    assert_eq!(code, 5, "{said}");
    place.token.proxied(&[]);
    assert_eq!(document(&place, &["show", "a"])["state"], "pre-activation");
    assert_eq!(labelled(&place, Module::SoftHsm, "a@1"), 1);
    verified(&place);
}

/// What the token lost a provider may have still: nothing of byok destroys it, and while it is in use nothing is recorded.
#[test]
fn the_copy_of_a_lost_key_is_not_destroyed() {
    let place = started(Module::SoftHsm);
    let wrap = ["--provider", "generic", "--method", "rsa-oaep-sha1", "--wrapping-key", "wrapping-key.pem"];
    place.write("wrapping-key.pem", crate::workplace::WRAPPING_KEY);
    place.ok(&[&["wrap-for-import", "a", "--out", "bundle"], &wrap[..]].concat());
    place.ok(&["generate", "c", "--type", "aes-256"]);
    place.ok(&[&["wrap-for-import", "c", "--out", "other"], &wrap[..]].concat());
    place.ok(&["activate", "a"]);
    for label in ["a@1", "c@1"] {
        take_out(&place, "secrkey", label);
    }
    let said = place.refused(4, &["revoke", "a", "--stage", "destroy", "--absent", "--reason", "unspecified"]);
    assert!(said.contains("cause: a@1: a@1 is active") || said.contains("cause: a@1 is active"), "{said}");
    assert!(said.contains("cause: a@1: nobody said that the data keys"), "{said}");
    assert!(!said.contains("--break-glass"), "without a policy no two people can approve that: {said}");
    assert_eq!(document(&place, &["show", "a"])["state"], "active");
    // What was never in use is let go of here, and there nothing is destroyed.
    let (said, code) = absent(&place, "c@1");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("happens      nothing: it may be the last copy of the key"), "{said}");
    let again = document(&place, &["revoke", "c", "--stage", "destroy", "--reason", "unspecified"]);
    assert_eq!(again["places"][0]["commands"], serde_json::json!([]));
    assert!(again["places"][0]["happens"].as_str().unwrap().contains("last copy"), "{again:#}");
    verified(&place);
}
