//! `rotate` of one key, killed anywhere: typed again, there is one new version, and its bundle.

use std::fs;

use super::scene::Scene;
use super::{Case, split};
use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, assert_success};

const WITH_CANARY: [&str; 3] = ["canary@1", "canary@2", "sparrow@1"];
const WITH_SPARROW: [&str; 3] = ["canary@1", "sparrow@1", "sparrow@2"];

/// Both keys are in use; `canary` goes somewhere, and neither token has the method, so that the key comes into the host's
/// memory.
fn case(module: Module, words: &str, versions: &'static [&'static str], output: &'static str) -> Case {
    let start = Scene::with_canaries(module);
    let yaml = fs::read_to_string(start.place.path("byok.yaml")).unwrap();
    let targets = "targets:\n  near: {provider: generic, method: rsa-oaep-sha256, keys: [canary]}\n";
    fs::write(start.place.path("byok.yaml"), yaml + targets).unwrap();
    fs::create_dir(start.place.path("answers")).unwrap();
    start.place.write("answers/near.json", WRAPPING_KEY);
    for key in ["canary", "sparrow"] {
        assert_success(&start.byok(&["activate", key]), "activate");
    }
    Case { start, words: split(words), versions, output, each_state_once: false }
}

pub(super) fn wrapped(module: Module) -> Case {
    let words = "rotate canary --wrapping-keys answers --out bundles --allow-exposure plaintext";
    case(module, words, &WITH_CANARY, "bundles/canary@2/near/bundle.json")
}

/// It has no target, and is in use at once: typed again, it must not be rotated once more.
fn at_home(module: Module) -> Case {
    case(module, "rotate sparrow", &WITH_SPARROW, "registry/keys/sparrow@2")
}

#[test]
fn softhsm_rotate_wrapped() {
    wrapped(Module::SoftHsm).crash();
}

#[test]
fn kryoptic_rotate_wrapped() {
    wrapped(Module::Kryoptic).crash();
}

#[test]
fn softhsm_rotate_at_home() {
    at_home(Module::SoftHsm).crash();
}

#[test]
fn kryoptic_rotate_at_home() {
    at_home(Module::Kryoptic).crash();
}
