//! `policy adopt`, killed anywhere: until the end nothing is in force that was not before, and typed again it is done.

use super::after::{Treasure, assert_whole, verified};
use super::kill::Kill;
use super::scene::Scene;
use super::{BEFORE, Case, RECOVER, split};
use crate::govern::{ADOPT, POLICY, SIGNERS};
use crate::token::Module;
use crate::workplace::{assert_success, code, text};

/// What the policy denies, and nothing else does.
const DENIED: [&str; 5] = ["generate", "other", "--type", "aes-128", "--dry-run"];

#[test]
fn softhsm_adopt() {
    crash(Module::SoftHsm);
}

#[test]
fn kryoptic_adopt() {
    crash(Module::Kryoptic);
}

/// Whether the policy is in force; there is no third case.
fn in_force(scene: &Scene, label: &str) -> bool {
    let output = scene.byok(&DENIED);
    let said = text(&output.stderr);
    match (output.status.code(), code(&said)) {
        (Some(0), None) => false,
        (Some(3), Some("E0301")) => true,
        other => panic!("{label}: {other:?}: {said}"),
    }
}

fn crash(module: Module) {
    let start = Scene::with_canaries(module);
    start.place.write("policy.yaml", POLICY);
    start.place.write("signers", SIGNERS);
    let case = Case { start, words: split(&ADOPT.join(" ")), versions: &BEFORE, output: "", each_state_once: false };
    let (kills, treasure, words) = (case.kills(), Treasure::of(&case.start), case.words());
    let mut seen = [false, false];
    for (at, kill) in kills.iter().enumerate() {
        let again: &Kill = &kills[(at * 7) % kills.len()];
        let label = format!("{module:?} killed at {kill:?}, then at {again:?}");
        let mut scene = case.start.copy();
        kill.must_hit(&mut scene, &words);
        seen[usize::from(in_force(&scene, &label))] = true;
        verified(&scene, "registry", &label);
        again.run(&mut scene, &words);
        assert_success(&scene.byok(&words), &label);
        assert!(in_force(&scene, &label), "{label}");
        // What was killed between the two copies of the checkpoint is tidied up by whoever comes next.
        assert_success(&scene.byok(&RECOVER), &label);
        assert_whole(&scene, &treasure, &BEFORE, &label);
    }
    assert_eq!(seen, [true, true], "kills before and after the moment");
}
