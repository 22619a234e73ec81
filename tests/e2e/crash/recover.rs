//! `recover`, killed anywhere.

use super::after::{BUNDLE, verified};
use super::kill::{Kill, changes, killed};
use super::scene::Scene;
use super::{BEFORE, Case, GENERATE_PAIR, RECOVER, WITH_FRESH, WRAP_DIRECT, WRAP_PLAINTEXT, split};
use crate::token::Module;

/// The host makes the ephemeral key.
const WRAP_HOST_KEK: &str = "wrap-for-import canary --provider generic --wrapping-key wrapping.pem \
    --method rsa-aes-sha256 --allow-exposure ephemeral-kek --out bundle";
const FRESH: &str = "registry/keys/fresh@1";
const AFTER_THE_PAIR: [&str; 2] = ["die=C_GenerateKeyPair", "die_when=after"];

#[test]
fn softhsm_takes_over_a_pair() {
    takes_over_a_pair(Module::SoftHsm);
}

#[test]
fn kryoptic_takes_over_a_pair() {
    takes_over_a_pair(Module::Kryoptic);
}

#[test]
fn softhsm_undoes_a_pair() {
    undoes_a_pair(Module::SoftHsm);
}

#[test]
fn kryoptic_undoes_a_pair() {
    undoes_a_pair(Module::Kryoptic);
}

#[test]
fn softhsm_takes_away_half_a_pair() {
    takes_away_half_a_pair(Module::SoftHsm);
}

#[test]
fn kryoptic_takes_away_half_a_pair() {
    takes_away_half_a_pair(Module::Kryoptic);
}

#[test]
fn softhsm_releases_a_bundle() {
    releases_a_bundle(Module::SoftHsm);
}

#[test]
fn kryoptic_releases_a_bundle() {
    releases_a_bundle(Module::Kryoptic);
}

fn takes_over_a_pair(module: Module) {
    let start = cut_off(module, GENERATE_PAIR, &AFTER_THE_PAIR);
    case(start, "recover --yes", &WITH_FRESH, FRESH).crash();
}

fn undoes_a_pair(module: Module) {
    let start = cut_off(module, GENERATE_PAIR, &AFTER_THE_PAIR);
    case(start, "recover --undo --yes", &BEFORE, "").crash();
}

fn takes_away_half_a_pair(module: Module) {
    for half in ["lie=drop-private", "lie=drop-public"] {
        let start = cut_off(module, GENERATE_PAIR, &[&AFTER_THE_PAIR[..], &[half]].concat());
        case(start, "recover --yes", &BEFORE, "").crash();
    }
}

/// Logged, staged, and not in its place: killed just before the first rename.
fn releases_a_bundle(module: Module) {
    let mut scene = Scene::with_canaries(module);
    let words = split(WRAP_DIRECT);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (_, changes) = changes(&mut scene.copy(), &words);
    let rename = changes.into_iter().find(|change| change.renames("manifest-")).expect("the manifest gets its place");
    assert!(killed(&Kill::Change(rename).run(&mut scene, &words)));
    case(scene, "recover --yes", &BEFORE, BUNDLE).crash();
}

/// What a command leaves that dies as the proxy is told.
fn cut_off(module: Module, words: &str, lines: &[&str]) -> Scene {
    let mut scene = Scene::with_canaries(module);
    scene.proxied(lines);
    let words = split(words);
    assert!(killed(&scene.byok(&words.iter().map(String::as_str).collect::<Vec<_>>())));
    scene.proxied(&[]);
    scene
}

fn case(start: Scene, words: &str, versions: &'static [&'static str], output: &'static str) -> Case {
    Case { start, words: split(words), versions, output, each_state_once: false }
}

/// The key is whole and in the registry, and the run dies before it has signed the log.
#[test]
fn a_key_without_its_checkpoint_is_finished_when_it_is_asked_for_again() {
    for module in Module::ALL {
        let start = Scene::with_canaries(module);
        let words = "generate fresh --type aes-256 --owner team --attribute tier=gold";
        let undisturbed = start.copy();
        crate::workplace::assert_success(&undisturbed.byok(&split_words(words)), words);
        let signatures = undisturbed.calls().iter().filter(|name| *name == "C_Sign").count();
        // The checkpoint has two, one in each of its forms.
        let mut scene = start.copy();
        scene.proxied(&[&format!("die=C_Sign#{}", signatures - 1)]);
        assert!(killed(&scene.byok(&split_words(words))));
        scene.proxied(&[]);
        assert!(scene.place.path(FRESH).exists());
        // Something else by the same name is refused, as ever.
        for other in [
            "generate fresh --type aes-128 --owner team --attribute tier=gold",
            "generate fresh --type aes-256 --purpose wrap --owner team --attribute tier=gold",
            "generate fresh --type aes-256 --attribute tier=gold",
            "generate fresh --type aes-256 --owner team",
        ] {
            scene.place.refused(4, &split_words(other));
        }
        let planned = scene.place.ok(&[&split_words(words)[..], &["--dry-run"]].concat());
        assert!(planned.contains("sign the checkpoint"), "{planned}");
        let before = scene.objects();
        let output = scene.byok(&split_words(words));
        crate::workplace::assert_success(&output, words);
        let said = crate::workplace::text(&output.stderr);
        assert!(said.contains("key.generate fresh@1   made by an interrupted run, finished"), "{said}");
        assert!(crate::workplace::text(&output.stdout).starts_with("fresh@1   aes-256"), "{output:?}");
        assert_eq!(scene.objects(), before);
        // Now it is signed: from here on it is a key that is there.
        assert!(scene.place.refused(4, &split_words(words)).contains("[E0404]"));
    }
}

fn split_words(words: &str) -> Vec<&str> {
    words.split(' ').collect()
}

/// The key was in the memory of a run that was killed: whatever comes after it, the manifests say so for ever.
#[test]
fn what_a_killed_run_has_seen_stays_said() {
    for module in Module::ALL {
        for (words, exposure) in [(WRAP_PLAINTEXT, "plaintext"), (WRAP_HOST_KEK, "ephemeral-kek")] {
            for resumed in ["recover --yes", "recover --undo --yes", WRAP_DIRECT] {
                let scene = cut_off(module, words, &["die=C_WrapKey", "die_when=after"]);
                let output = scene.byok(&split_words(resumed));
                crate::workplace::assert_success(&output, resumed);
                let label = format!("{module:?} {words}, then {resumed}: {}", crate::workplace::text(&output.stderr));
                let newest = newest_manifest(&scene, "canary@1");
                assert_eq!(newest["exposureEver"], exposure, "{label}");
                verified(&scene, "registry", &label);
                // Once is enough.
                crate::workplace::assert_success(&scene.byok(&RECOVER), &label);
                assert_eq!(newest_manifest(&scene, "canary@1"), newest, "{label}");
            }
        }
    }
}

fn newest_manifest(scene: &Scene, id: &str) -> serde_json::Value {
    let folder = scene.place.path("registry/keys").join(id);
    let newest = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    scene.place.predicate(newest)
}

/// The manifest that admits it comes before the end of the intent that claims it: killed anywhere between, too.
#[test]
fn a_recovery_that_is_killed_forgets_nothing_that_was_seen() {
    for module in Module::ALL {
        let start = cut_off(module, WRAP_PLAINTEXT, &["die=C_WrapKey", "die_when=after"]);
        let (_, changes) = changes(&mut start.copy(), &RECOVER);
        for change in changes {
            let mut scene = start.copy();
            let label = format!("{module:?}: {change:?}");
            Kill::Change(change).must_hit(&mut scene, &RECOVER);
            crate::workplace::assert_success(&scene.byok(&RECOVER), &label);
            assert_eq!(newest_manifest(&scene, "canary@1")["exposureEver"], "plaintext", "{label}");
            let facts = verified(&scene, "registry", &label);
            assert_eq!(super::log_facts(&facts)["openOperations"], 0, "{label}: {facts:#}");
        }
    }
}

/// `--undo` takes the bundle away. The manifest that says what was seen goes to its place.
#[test]
fn a_bundle_that_is_given_up_leaves_its_manifest() {
    for module in Module::ALL {
        let mut scene = Scene::with_canaries(module);
        let words = split_words(WRAP_PLAINTEXT);
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let (_, changes) = changes(&mut scene.copy(), &words);
        let rename = changes.into_iter().find(|change| change.renames("manifest-")).expect("a manifest gets its place");
        Kill::Change(rename).must_hit(&mut scene, &words);
        scene.place.write("bundle", "mine");
        assert_eq!(scene.byok(&RECOVER).status.code(), Some(9));
        crate::workplace::assert_success(&scene.byok(&["recover", "--undo", "--yes"]), "undone");
        assert_eq!(newest_manifest(&scene, "canary@1")["exposureEver"], "plaintext", "{module:?}");
        assert_eq!(std::fs::read(scene.place.path("bundle")).unwrap(), b"mine");
        verified(&scene, "registry", "undone");
    }
}
