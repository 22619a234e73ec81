//! `init --create-token`, killed anywhere: the same command, typed again, uses the token that it has made.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::kill::{Kill, changes};
use super::scene::Scene;
use crate::token::{Module, SO_PIN};
use crate::workplace::{PIN_SOURCE, assert_success, text};

#[test]
fn softhsm_init_with_a_new_token() {
    crash(Module::SoftHsm);
}

#[test]
fn kryoptic_init_with_a_new_token() {
    crash(Module::Kryoptic);
}

fn crash(module: Module) {
    let start = start(module);
    let words = words(&start);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let undisturbed = start.copy();
    assert_success(&undisturbed.byok(&words), "undisturbed");
    let calls = undisturbed.calls();
    let (output, changes) = changes(&mut start.copy(), &words);
    assert_success(&output, "under strace");
    // Until the signing key is made, then every tenth call: what follows is `init` as it is without a new token.
    let made = calls.iter().position(|name| name == "C_GenerateKeyPair").unwrap() + 2;
    let by_call = (1..=calls.len()).filter(|call| *call <= made || call.is_multiple_of(10)).map(Kill::Call);
    let by_change: Vec<_> = changes.into_iter().filter(|change| change.concerns("new-token")).collect();
    assert!(by_change.len() >= 4, "{by_change:?}");
    for kill in by_call.chain(by_change.into_iter().map(Kill::Change)) {
        let mut scene = start.copy();
        kill.must_hit(&mut scene, &words);
        let output = scene.byok(&words);
        assert_success(&output, &format!("{module:?} after {kill:?}"));
        assert_eq!(tokens(&scene), 1, "{module:?} after {kill:?}: {}", text(&output.stderr));
        scene.place.ok(&["generate", "one", "--type", "aes-256"]);
        let left = fs::read_dir(scene.place.path(".")).unwrap().map(|entry| entry.unwrap().file_name());
        let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains("new-token")).collect();
        assert!(left.is_empty(), "{module:?} after {kill:?}: {left:?}");
    }
}

/// A token of the label that this run or another registry made is no token of this one.
#[test]
fn the_token_of_another_registry_is_not_used() {
    let scene = start(Module::SoftHsm);
    let words = words(&scene);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    scene.place.ok(&words);
    fs::create_dir(scene.place.path("other")).unwrap();
    fs::set_permissions(scene.place.path("other"), PermissionsExt::from_mode(0o700)).unwrap();
    let elsewhere = [&words[..], &["--config", "other/byok.yaml"]].concat();
    assert!(scene.place.refused(5, &elsewhere).contains("[E0505]"));
    // Not even with a note about a token of the same label and another number.
    let note = r#"{"label":"fresh","serial":"0123456789abcdef"}"#;
    scene.place.write("other/.registry.new-token.json", note);
    assert!(scene.place.refused(5, &elsewhere).contains("[E0505]"));
    assert_eq!(tokens(&scene), 1);
}

fn start(module: Module) -> Scene {
    let scene = Scene::without_token(module);
    scene.place.write("so", SO_PIN);
    fs::set_permissions(scene.place.path("so"), PermissionsExt::from_mode(0o600)).unwrap();
    scene
}

fn words(scene: &Scene) -> Vec<String> {
    let module = scene.place.token.module().display().to_string();
    let words = ["init", "--module", &module, "--token", "fresh", "--pin-source", PIN_SOURCE, "--create-token"];
    let more = ["--so-pin-source", "file:so", "--yes"];
    words.into_iter().chain(more).map(str::to_owned).collect()
}

/// How many tokens of the label there are, by another program.
fn tokens(scene: &Scene) -> usize {
    let mut command = scene.place.command("pkcs11-tool");
    let output = command.arg("--module").arg(scene.place.token.module()).arg("--list-slots").output().unwrap();
    assert_success(&output, "pkcs11-tool");
    text(&output.stdout)
        .lines()
        .filter(|line| line.contains("token label") && line.trim_end().ends_with("fresh"))
        .count()
}
