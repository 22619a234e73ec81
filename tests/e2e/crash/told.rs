//! `rotate --mark-rewrapped` and `rotate --rollback`, killed anywhere: typed again, it is said once and given up once.

use super::scene::Scene;
use super::{Case, split};
use crate::token::Module;
use crate::workplace::assert_success;

const ROTATED: [&str; 3] = ["canary@1", "sparrow@1", "sparrow@2"];
const WRAPPED: [&str; 3] = ["canary@1", "canary@2", "sparrow@1"];

/// `sparrow` was rotated, and its new version is in use.
fn case(module: Module, words: &str, output: &'static str) -> Case {
    let start = Scene::with_canaries(module);
    for before in ["activate sparrow", "rotate sparrow"] {
        assert_success(&start.byok(&before.split(' ').collect::<Vec<_>>()), before);
    }
    Case { start, words: split(words), versions: &ROTATED, output, each_state_once: false }
}

/// What was said is in one manifest, and no more than once.
fn rewrapped(module: Module) {
    let case = case(
        module,
        "rotate --mark-rewrapped sparrow@1 --objects 7 --remaining 0 --by team",
        "registry/keys/sparrow@1/manifest-0003.dsse.json",
    );
    case.crash_and("registry/keys/sparrow@1", |newest| {
        assert_eq!(newest["rewrapped"].as_array().map(Vec::len), Some(1), "{newest:#}");
        assert_eq!(newest["rewrapped"][0]["remaining"], 0);
    });
}

fn rolled_back(module: Module) {
    let case = case(module, "rotate --rollback sparrow --yes", "registry/keys/sparrow@2/manifest-0002.dsse.json");
    case.crash_and("registry/keys/sparrow@2", |newest| {
        assert_eq!((&newest["state"], &newest["revision"]), (&"deactivated".into(), &2.into()), "{newest:#}");
        assert_eq!(newest["rollback"]["to"], "sparrow@1");
    });
}

/// Its target never had it: the state stays, and the manifest says that it was given up.
fn given_up(module: Module) {
    let rotated = super::rotate::wrapped(module);
    assert_success(&rotated.start.byok(&rotated.words()), "rotate");
    let words = split("rotate --rollback canary --yes");
    let output = "registry/keys/canary@2/manifest-0002.dsse.json";
    let case = Case { words, versions: &WRAPPED, output, ..rotated };
    case.crash_and("registry/keys/canary@2", |newest| {
        assert_eq!((&newest["state"], &newest["revision"]), (&"pre-activation".into(), &2.into()), "{newest:#}");
        assert_eq!(newest["rollback"]["to"], "canary@1");
    });
}

#[test]
fn softhsm_rewrapped() {
    rewrapped(Module::SoftHsm);
}

#[test]
fn kryoptic_rewrapped() {
    rewrapped(Module::Kryoptic);
}

#[test]
fn softhsm_rollback() {
    rolled_back(Module::SoftHsm);
}

#[test]
fn kryoptic_rollback() {
    rolled_back(Module::Kryoptic);
}

#[test]
fn softhsm_rollback_of_a_version_never_in_use() {
    given_up(Module::SoftHsm);
}

#[test]
fn kryoptic_rollback_of_a_version_never_in_use() {
    given_up(Module::Kryoptic);
}
