//! Lines that somebody else added to the log: recovery believes none of them when they name a live key.

use std::fs::OpenOptions;
use std::io::Write;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::after::{Treasure, assert_whole};
use super::scene::Scene;
use super::{BEFORE, GENERATE_AES, split};
use crate::token::Module;
use crate::workplace::assert_success;

const GHOST: &str = "ghost";

/// Changes an honest intent of `generate` into one that was never meant.
type Forge = fn(&mut Value, &Live);

/// What there is to be destroyed.
struct Live {
    canary: String,
    sparrow: String,
    signer: String,
    signer_label: String,
}

const FORGERIES: [(&str, Forge); 12] = [
    ("the canary under its own name", |intent, live| claim(intent, "canary", 1, &live.canary, "canary@1", "aes-256")),
    ("the pair under its own name", |intent, live| claim(intent, "sparrow", 1, &live.sparrow, "sparrow@1", "ec-p256")),
    ("the canary under another name", |intent, live| claim(intent, GHOST, 1, &live.canary, "ghost@1", "aes-256")),
    ("the canary under another name and its own label", |intent, live| {
        claim(intent, GHOST, 1, &live.canary, "canary@1", "aes-256");
    }),
    ("the canary as its next version", |intent, live| claim(intent, "canary", 2, &live.canary, "canary@2", "aes-256")),
    ("the signer as a key", |intent, live| {
        claim(intent, GHOST, 1, &live.signer, &live.signer_label, "ec-p256");
    }),
    ("the signer as a signer", |intent, live| {
        claim(intent, GHOST, 1, &live.signer, &live.signer_label, "ec-p256");
        intent["event"] = json!("signer.created");
        intent.as_object_mut().unwrap().remove("key");
    }),
    ("the end of the canary", |intent, live| end(intent, "canary", &live.canary, "aes-256")),
    ("the end of the pair", |intent, live| end(intent, "sparrow", &live.sparrow, "ec-p256")),
    ("the end of the canary, by the pair's id", |intent, live| end(intent, "canary", &live.sparrow, "aes-256")),
    ("nothing, by an empty id", |intent, _| claim(intent, "canary", 1, "", "canary@1", "aes-256")),
    ("files that are not staged", |intent, _| {
        claim(intent, GHOST, 1, &"00".repeat(16), "ghost@1", "aes-256");
        intent["detail"]["staged"] = json!([
            {"from": "keys/canary@1", "to": "keys/ghost@1"},
            {"from": "registry.json", "to": "keys/ghost@1"},
            {"from": "../wrapping.pem", "to": "../ghost"},
            {"from": "/dev/null", "to": "/dev/zero"},
        ]);
    }),
];

fn claim(intent: &mut Value, name: &str, version: u32, object_id: &str, label: &str, spec: &str) {
    intent["key"] = json!({"name": name, "version": version});
    let detail = &mut intent["detail"];
    detail["objectId"] = json!(object_id);
    detail["label"] = json!(label);
    detail["type"] = json!(spec);
    detail.as_object_mut().unwrap().remove("staged");
}

/// `revoke --stage destroy` as if it had been cut off just before the token was asked.
fn end(intent: &mut Value, name: &str, object_id: &str, spec: &str) {
    claim(intent, name, 1, object_id, &format!("{name}@1"), spec);
    intent["event"] = json!("key.destroy");
    intent["detail"]["reason"] = json!({"code": "key-compromise"});
    let second = format!("keys/{name}@1/manifest-0002.dsse.json");
    intent["detail"]["staged"] = json!([{"from": format!("{second}.byok-0123456789abcdef"), "to": second}]);
}

#[test]
fn softhsm_destroys_no_live_key() {
    destroys_no_live_key(Module::SoftHsm);
}

#[test]
fn kryoptic_destroys_no_live_key() {
    destroys_no_live_key(Module::Kryoptic);
}

fn destroys_no_live_key(module: Module) {
    let start = Scene::with_canaries(module);
    let (live, treasure) = (Live::of(&start), Treasure::of(&start));
    for (what, forge) in FORGERIES {
        let scene = start.copy();
        let intent = honest_intent(&scene);
        append(&scene, intent, |intent| forge(intent, &live));
        for words in [&["recover", "--undo"][..], &["recover", "--yes"], &["recover", "--undo", "--yes"]] {
            // Without a terminal and without --yes it may ask in vain; what counts is what it leaves.
            let output = scene.byok(words);
            assert!(output.status.success() || !words.contains(&"--yes"), "{what}: {words:?}: {output:?}");
        }
        assert_whole(&scene, &treasure, &BEFORE, what);
        assert!(scene.place.path("wrapping.pem").exists(), "{what}");
        let generate = split(GENERATE_AES);
        let words: Vec<&str> = generate.iter().map(String::as_str).collect();
        assert_success(&scene.byok(&words), what);
    }
}

/// The same forgeries while another command runs: it goes on or refuses, and destroys nothing either.
#[test]
fn a_command_after_a_forgery_destroys_no_live_key() {
    let start = Scene::with_canaries(Module::SoftHsm);
    let (live, treasure) = (Live::of(&start), Treasure::of(&start));
    for (what, forge) in FORGERIES {
        let scene = start.copy();
        let intent = honest_intent(&scene);
        append(&scene, intent, |intent| forge(intent, &live));
        scene.byok(&["generate", "other", "--type", "aes-256", "--yes"]);
        treasure.assert_kept(&scene.objects(), what);
    }
}

impl Live {
    fn of(scene: &Scene) -> Self {
        let objects = scene.objects();
        let of = |fits: &dyn Fn(&str) -> bool| objects.iter().find(|object| fits(&object[2])).expect("an object");
        let signer = of(&|label| label.starts_with("byok-signer-"));
        Self {
            canary: of(&|label| label == "canary@1")[1].clone(),
            sparrow: of(&|label| label == "sparrow@1")[1].clone(),
            signer: signer[1].clone(),
            signer_label: signer[2].clone(),
        }
    }
}

/// The first intent to generate a key in the log, as a pattern.
fn honest_intent(scene: &Scene) -> Value {
    let lines = scene.log().into_iter().map(|line| serde_json::from_str::<Value>(&line).expect("a line is JSON"));
    let mut intents = lines.filter(|entry| entry["event"] == "key.generate" && entry["phase"] == "intent");
    intents.next().expect("a key was generated")
}

/// Adds a line that follows from the last one, as anybody can who can write the file.
fn append(scene: &Scene, mut entry: Value, forge: impl FnOnce(&mut Value)) {
    let lines = scene.log();
    let last = lines.last().expect("a log").trim_end_matches('\n');
    forge(&mut entry);
    entry["seq"] = json!(lines.len());
    entry["prev"] = json!(hex::encode(Sha256::digest(last.as_bytes())));
    entry["id"] = json!("01932d5e-0000-7000-8000-0123456789ab");
    let mut log = OpenOptions::new().append(true).open(scene.place.path("registry/audit/log-000000.jsonl")).unwrap();
    writeln!(log, "{entry}").unwrap();
}
