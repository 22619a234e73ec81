//! `activate`, `suspend`, `reinstate` and `seal`, killed anywhere: repeated, they are done.

use super::after::{Treasure, assert_whole, verified};
use super::kill::killed;
use super::scene::Scene;
use super::{BEFORE, Case, split};
use crate::token::Module;
use crate::workplace::{Workplace, assert_success, text};

const SEAL: &str = "seal canary --yes";
const SECOND: &str = "registry/keys/canary@1/manifest-0002.dsse.json";
const THIRD: &str = "registry/keys/canary@1/manifest-0003.dsse.json";
/// The attribute is cleared, and nothing says so.
const IS_CLEARED: [&str; 2] = ["die=C_SetAttributeValue", "die_when=after"];

fn case(module: Module, words: &str) -> Case {
    let start = Scene::with_canaries(module);
    Case { start, words: split(words), versions: &BEFORE, output: SECOND, each_state_once: false }
}

fn of_active_key(module: Module, words: &str) -> Case {
    let case = case(module, words);
    assert_success(&case.start.byok(&["activate", "canary"]), "activate");
    Case { output: THIRD, ..case }
}

#[test]
fn softhsm_activate() {
    case(Module::SoftHsm, "activate canary --protect-stop 2999-01-01T00:00:00Z").crash();
}

#[test]
fn kryoptic_activate() {
    case(Module::Kryoptic, "activate canary --protect-stop 2999-01-01T00:00:00Z").crash();
}

#[test]
fn softhsm_suspend() {
    of_active_key(Module::SoftHsm, "suspend canary --reason key-compromise").crash();
}

#[test]
fn kryoptic_suspend() {
    of_active_key(Module::Kryoptic, "suspend canary --reason key-compromise").crash();
}

#[test]
fn softhsm_seal() {
    case(Module::SoftHsm, SEAL).crash();
}

#[test]
fn kryoptic_seal() {
    case(Module::Kryoptic, SEAL).crash();
}

#[test]
fn kryoptic_seal_pair() {
    let case = case(Module::Kryoptic, "seal sparrow --yes");
    Case { output: "registry/keys/sparrow@1/manifest-0002.dsse.json", ..case }.crash();
}

/// Whatever command comes next finds the attribute cleared and writes the manifest that is owed.
#[test]
fn an_interrupted_seal_is_recorded_by_the_next_command() {
    for module in Module::ALL {
        for resumed in [SEAL, "recover", "activate sparrow"] {
            let mut scene = Scene::with_canaries(module);
            let treasure = Treasure::of(&scene);
            scene.proxied(&IS_CLEARED);
            assert!(killed(&scene.byok(&SEAL.split(' ').collect::<Vec<_>>())));
            scene.proxied(&[]);
            assert!(!scene.place.path(SECOND).exists());
            let output = scene.byok(&resumed.split(' ').collect::<Vec<_>>());
            assert_success(&output, resumed);
            let said = [text(&output.stdout), text(&output.stderr)].concat();
            assert!(said.contains("key.seal canary@1   finished: the token had sealed the key"), "{said}");
            let key = scene.place.predicate(SECOND);
            assert_eq!(key["custody"]["attrs"]["extractable"], false, "{module:?} {resumed}");
            assert_eq!(key["dates"]["sealedAt"], key["custody"]["readAt"], "{module:?} {resumed}");
            assert_whole(&scene, &treasure, &BEFORE, resumed);
        }
    }
}

/// A key that somebody else sealed is no key that byok sealed.
#[test]
fn an_attribute_that_another_program_cleared_is_not_believed() {
    let mut scene = Scene::with_canaries(Module::SoftHsm);
    let before = scene.place.copy();
    scene.proxied(&IS_CLEARED);
    assert!(killed(&scene.byok(&SEAL.split(' ').collect::<Vec<_>>())));
    scene.proxied(&[]);
    // The registry of before, which knows of no intent, with the token of now.
    scene.place = Workplace::holding(scene.place.token.copy(), &before.files());
    scene.proxied(&[]);
    let said = scene.place.refused(4, &SEAL.split(' ').collect::<Vec<_>>());
    assert!(said.contains("CKA_EXTRACTABLE of canary@1 is false; the last manifest says true [E0407]"), "{said}");
    assert!(!scene.place.path(SECOND).exists());
    verified(&scene, "registry", "not believed");
}
