//! `recover`, killed anywhere.

use super::after::BUNDLE;
use super::kill::{Kill, changes, killed};
use super::scene::Scene;
use super::{BEFORE, Case, GENERATE_PAIR, WITH_FRESH, WRAP_DIRECT, split};
use crate::token::Module;

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
