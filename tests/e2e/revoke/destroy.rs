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

/// What another program took out of the token, byok does not call destroyed.
#[test]
fn a_key_that_is_not_there_is_not_destroyed() {
    let place = started(Module::SoftHsm);
    let module = place.token.module();
    let mut other = place.command("pkcs11-tool");
    let login =
        ["--module", module.to_str().unwrap(), "--token-label", token::LABEL, "--login", "--pin", token::USER_PIN];
    other.args(login).args(["--delete-object", "--type", "secrkey", "--label", "a@1"]);
    assert!(other.output().unwrap().status.success());
    let (said, code) = destroy(&place, "a@1", &[]);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("the token does not have the key of a@1: nothing was destroyed"), "{said}");
    assert_eq!(document(&place, &["show", "a"])["state"], "pre-activation");
    verified(&place);
}
