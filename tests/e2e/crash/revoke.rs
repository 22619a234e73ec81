//! `revoke`, killed anywhere in each stage: repeated, it is done; a key that is gone has its manifest, and one that is there
//! was not called destroyed.

use super::after::{Treasure, assert_whole};
use super::kill::killed;
use super::scene::Scene;
use super::{BEFORE, Case, WITH_FRESH, split};
use crate::govern::SIGNERS;
use crate::token::Module;
use crate::workplace::{assert_success, text};

/// A script may destroy here.
const POLICY: &str = "\
schema: byok.policy/v1
people: {alice: {roles: [security]}, bob: {roles: [security]}}
registry: {unattended: [policy-adopt]}
rules: [{name: all, match: {keys: ['**']}, unattended: [destroy, revoke]}]
";
const DESTROY: &str = "revoke fresh --reason superseded --stage destroy --yes";
const SECOND: &str = "registry/keys/fresh@1/manifest-0002.dsse.json";
/// The secret part is gone, and nothing says so.
const IS_GONE: [&str; 2] = ["die=C_DestroyObject", "die_when=after"];

fn stage(module: Module, words: &str) -> Case {
    let start = Scene::with_canaries(module);
    assert_success(&start.byok(&["activate", "canary"]), "activate");
    let output = "registry/keys/canary@1/manifest-0003.dsse.json";
    Case { start, words: split(words), versions: &BEFORE, output, each_state_once: false }
}

fn doomed(module: Module, key_type: &str) -> Scene {
    let start = Scene::with_canaries(module);
    start.place.write("policy.yaml", POLICY);
    start.place.write("signers", SIGNERS);
    let adopt = "policy adopt --policy policy.yaml --allowed-signers signers --yes";
    for words in [adopt, &format!("generate fresh --type {key_type}")] {
        assert_success(&start.byok(&words.split(' ').collect::<Vec<_>>()), words);
    }
    start
}

fn destroy(module: Module, key_type: &str) -> Case {
    let start = doomed(module, key_type);
    Case { start, words: split(DESTROY), versions: &WITH_FRESH, output: SECOND, each_state_once: false }
}

#[test]
fn softhsm_revoke_suspend() {
    stage(Module::SoftHsm, "revoke canary --reason superseded --stage suspend").crash();
}

#[test]
fn kryoptic_revoke_suspend() {
    stage(Module::Kryoptic, "revoke canary --reason superseded --stage suspend").crash();
}

#[test]
fn kryoptic_revoke_deactivate() {
    stage(Module::Kryoptic, "revoke canary --reason superseded --stage deactivate --yes").crash();
}

#[test]
fn softhsm_revoke_deactivate() {
    stage(Module::SoftHsm, "revoke canary --reason superseded --stage deactivate --yes").crash();
}

#[test]
fn kryoptic_revoke_compromise() {
    stage(Module::Kryoptic, "revoke canary --reason key-compromise --yes").crash();
}

#[test]
fn softhsm_revoke_compromise() {
    stage(Module::SoftHsm, "revoke canary --reason key-compromise --yes").crash();
}

#[test]
fn softhsm_destroy_aes() {
    destroy(Module::SoftHsm, "aes-256").crash();
}

#[test]
fn kryoptic_destroy_aes() {
    destroy(Module::Kryoptic, "aes-256").crash();
}

#[test]
fn softhsm_destroy_pair() {
    destroy(Module::SoftHsm, "ec-p256").crash();
}

#[test]
fn kryoptic_destroy_pair() {
    destroy(Module::Kryoptic, "ec-p256").crash();
}

fn run(scene: &Scene, words: &str) -> std::process::Output {
    scene.byok(&words.split(' ').collect::<Vec<_>>())
}

/// Whatever command comes next finds the key gone and writes the manifest that is owed. What is left of a pair is taken
/// away only with consent.
#[test]
fn an_interrupted_destruction_is_recorded_by_the_next_command() {
    for module in Module::ALL {
        for (key_type, resumed) in
            [("aes-256", "activate sparrow"), ("aes-256", "recover"), ("ec-p256", "recover"), ("ec-p256", DESTROY)]
        {
            let mut scene = doomed(module, key_type);
            let treasure = Treasure::of(&scene);
            scene.proxied(&IS_GONE);
            assert!(killed(&run(&scene, DESTROY)));
            scene.proxied(&[]);
            assert!(!scene.place.path(SECOND).exists());
            if key_type == "ec-p256" {
                let said = text(&run(&scene, "activate sparrow").stderr);
                assert!(said.contains("left as it is: destroying needs --yes"), "{said}");
            }
            let output = run(&scene, resumed);
            assert_success(&output, resumed);
            let said = [text(&output.stdout), text(&output.stderr)].concat();
            assert!(said.contains("key.destroy fresh@1   finished: the key is gone from the token"), "{said}");
            let key = scene.place.predicate(SECOND);
            let objects = if key_type == "aes-256" { serde_json::json!([]) } else { serde_json::json!(["public"]) };
            assert_eq!((&key["state"], &key["destruction"]["objects"]), (&"destroyed".into(), &objects));
            assert_eq!(key["stateReason"]["code"], "superseded");
            assert_whole(&scene, &treasure, &WITH_FRESH, resumed);
        }
    }
}

/// Nobody signed the intent: that byok did not destroy the key is not said on its word.
#[test]
fn an_edited_intent_takes_no_destruction_back() {
    let mut scene = doomed(Module::SoftHsm, "aes-256");
    scene.proxied(&IS_GONE);
    assert!(killed(&run(&scene, DESTROY)));
    scene.proxied(&[]);
    let log = scene.place.path("registry/audit/log-000000.jsonl");
    let lines = std::fs::read_to_string(&log).unwrap();
    let last = lines.trim_end().rfind('\n').unwrap();
    let edited = lines[last..].replace("\"objectId\":", "\"absent\":true,\"objectId\":");
    assert!(edited.contains("absent"), "{edited}");
    std::fs::write(&log, lines[..last].to_owned() + &edited).unwrap();
    assert_success(&run(&scene, "recover --yes"), "recover");
    let key = scene.place.predicate(SECOND);
    assert_eq!(key["state"], "destroyed");
    assert!(key["destruction"].get("absent").is_none(), "{key:#}");
    let output = run(&scene, "verify registry --trust signer.pem");
    assert!(!text(&output.stdout).contains("ABSENT"), "{output:?}");
}

/// The intent is on the disk, and the token was not touched: the key is there, and nobody says otherwise.
#[test]
fn a_key_that_is_still_there_was_not_destroyed() {
    for module in Module::ALL {
        let mut scene = doomed(module, "ec-p256");
        let all = scene.objects();
        scene.proxied(&["die=C_DestroyObject", "die_when=before"]);
        assert!(killed(&run(&scene, DESTROY)));
        scene.proxied(&[]);
        let output = run(&scene, "recover");
        assert_success(&output, "recover");
        assert!(text(&output.stdout).contains("key.destroy fresh@1   undone: nothing was made"), "{output:?}");
        assert_eq!(scene.objects(), all);
        assert!(!scene.place.path(SECOND).exists());
        assert_success(&run(&scene, DESTROY), "once more");
        assert_eq!(scene.place.predicate(SECOND)["state"], "destroyed");
    }
}

/// A token that says that it destroyed an object and did not: the key is not called destroyed, and it can be asked again.
#[test]
fn a_token_that_lies_about_destroying_ends_no_key() {
    for module in Module::ALL {
        for (key_type, lie, partly) in [
            ("aes-256", "fail=C_DestroyObject:0x0", false),
            ("ec-p256", "fail=C_DestroyObject:0x0", false),
            ("ec-p256", "fail=C_DestroyObject#1:0x0", true),
            ("ec-p256", "fail=C_DestroyObject#2:0x0", true),
        ] {
            let mut scene = doomed(module, key_type);
            let (treasure, all) = (Treasure::of(&scene), scene.objects());
            let label = format!("{module:?} {key_type} {lie}");
            scene.proxied(&[lie]);
            let output = run(&scene, DESTROY);
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(5), "{label}: {said}");
            assert!(said.contains("the token was asked to destroy fresh@1, and still has its "), "{label}: {said}");
            assert!(!scene.place.path(SECOND).exists(), "{label}: nothing says that it is destroyed");
            // As long as it lies, recovery says nothing else. The public half of a dead pair it may take away.
            run(&scene, "recover --yes");
            let there = scene.objects().iter().any(|object| object[2] == "fresh@1");
            assert!(!there || !scene.place.path(SECOND).exists(), "{label}: recovery does not say so either");
            scene.proxied(&[]);
            assert_eq!(scene.objects() != all, partly, "{label}");
            treasure.assert_kept(&scene.objects(), &label);
            if !run(&scene, DESTROY).status.success() {
                assert_success(&run(&scene, "recover --yes"), &label);
                assert_success(&run(&scene, DESTROY), &label);
            }
            assert_eq!(scene.place.predicate(SECOND)["state"], "destroyed", "{label}");
            assert_whole(&scene, &treasure, &WITH_FRESH, &label);
        }
    }
}
