//! What must hold after any crash and its resume: nothing lost, nothing doubled, nothing half written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::scene::Scene;
use crate::workplace::text;

pub(super) const BUNDLE: &str = "bundle";
/// The key version that cases make.
const FRESH: &str = "fresh@1";
/// In the place of the object's id, where the newest manifest says that there is none.
const GONE: &str = "destroyed";
/// What byok calls files that are not in their place yet.
const STAGED: &str = ".byok-";

/// What a crash must not change: every object but the one that the case is about, with its proof.
#[derive(Debug)]
pub(super) struct Treasure(Vec<[String; 4]>);

impl Treasure {
    pub(super) fn of(scene: &Scene) -> Self {
        let treasure = Self(scene.objects().into_iter().filter(|object| object[2] != FRESH).collect());
        for wanted in ["canary@1", "sparrow@1"] {
            let proofs: Vec<&str> = treasure.0.iter().filter(|o| o[2] == wanted).map(|o| o[3].as_str()).collect();
            assert!(!proofs.is_empty() && !proofs.contains(&"-"), "{wanted}: {proofs:?}");
        }
        treasure
    }

    pub(super) fn assert_kept(&self, objects: &[[String; 4]], at: &str) {
        for object in &self.0 {
            assert!(objects.contains(object), "{at}: lost {object:?}\n{objects:#?}");
        }
    }
}

/// Everything at once; `versions` is what the registry must list. What a registry without any of the treasure's keys
/// does not know is left out of account. Returns what `verify` reports.
pub(super) fn assert_whole(scene: &Scene, treasure: &Treasure, versions: &[&str], at: &str) -> Value {
    let mut objects = scene.objects();
    treasure.assert_kept(&objects, at);
    if versions.is_empty() {
        objects.retain(|object| !treasure.0.contains(object));
    }
    let report = verified(scene, "registry", at);
    let listed = listed(scene, &report, at);
    assert_eq!(listed.keys().collect::<Vec<_>>(), versions, "{at}");
    assert_agreement(&objects, &listed, at);
    assert_nothing_staged(&scene.place.path(""), at);
    assert_eq!(log_facts(&report)["openOperations"], 0, "{at}: {report:#}");
    if scene.place.path(BUNDLE).exists() {
        assert_bundle(scene, at);
    }
    report
}

/// The token and the registry know the same keys: one object for each class of a version that was not destroyed, and no
/// others.
fn assert_agreement(objects: &[[String; 4]], listed: &BTreeMap<String, String>, at: &str) {
    let mut by_id: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for [class, id, label, _] in objects {
        by_id.entry((label, id)).or_default().push(class);
    }
    let mut labels: Vec<&str> = by_id.keys().map(|(label, _)| *label).filter(|label| !is_signer(label)).collect();
    labels.sort_unstable();
    let alive: Vec<&String> = listed.iter().filter(|(_, id)| *id != GONE).map(|(name, _)| name).collect();
    assert_eq!(labels, alive, "{at}: {objects:#?}");
    assert_eq!(by_id.keys().filter(|(label, _)| is_signer(label)).count(), 1, "{at}: one signer\n{objects:#?}");
    for ((label, id), classes) in &by_id {
        assert!([&["secret"][..], &["private", "public"]].contains(&&classes[..]), "{at}: {label} is {classes:?}");
        if let Some(object_id) = listed.get(*label) {
            assert_eq!(object_id, id, "{at}: {label}");
        }
    }
}

fn is_signer(label: &str) -> bool {
    label.starts_with("byok-signer-")
}

/// `NAME@N` of each history that verifies, and the object id in its newest manifest.
fn listed(scene: &Scene, report: &Value, at: &str) -> BTreeMap<String, String> {
    let items = report["items"].as_array().expect("items").iter();
    let paths = items.filter(|item| item["kind"] == "history").map(|item| item["path"].as_str().expect("a path"));
    let names = paths.map(|path| path.strip_prefix("registry/keys/").expect("a path below the keys"));
    names.map(|name| (name.to_owned(), object_id(scene, name, at))).collect()
}

fn object_id(scene: &Scene, name: &str, at: &str) -> String {
    let folder = scene.place.path("registry/keys").join(name);
    let newest = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    let predicate = scene.place.predicate(newest);
    if predicate["destruction"].is_object() {
        return GONE.to_owned();
    }
    let id = predicate["custody"]["objectId"].as_str();
    id.unwrap_or_else(|| panic!("{at}: {name} has no object id")).to_owned()
}

fn assert_nothing_staged(folder: &Path, at: &str) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        assert!(!name.to_string_lossy().contains(STAGED), "{at}: {} is left", entry.path().display());
        if entry.path().is_dir() {
            assert_nothing_staged(&entry.path(), at);
        }
    }
}

fn assert_bundle(scene: &Scene, at: &str) {
    verified(scene, BUNDLE, at);
    let mut names: Vec<String> = fs::read_dir(scene.place.path(BUNDLE))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let bundle: Value =
        serde_json::from_slice(&fs::read(scene.place.path(BUNDLE).join("bundle.json")).unwrap()).unwrap();
    let own: &[&str] = match bundle["provider"].as_str().unwrap() {
        "aws-kms" => &["EncryptedKeyMaterial.bin", "ImportToken.bin", "import.sh"],
        "azure-key-vault" | "azure-managed-hsm" => &["import.sh", "key.byok"],
        "google-cloud-kms" => &["import.sh", "wrapped-key.bin"],
        "openbao" => &["ciphertext.b64", "import.sh"],
        _ => &["wrapped-key.bin"],
    };
    let mut expected = [own, &["bundle.json", "manifest.dsse.json"][..]].concat();
    expected.sort_unstable();
    names.sort();
    assert_eq!(names, expected, "{at}");
}

/// The report of `verify`, which must succeed.
pub(super) fn verified(scene: &Scene, path: &str, at: &str) -> Value {
    let output = scene.byok(&["verify", path, "--trust", "registry/trust/signer.pem", "--json"]);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{at}: verify {path}: {said}\n{}", text(&output.stderr));
    serde_json::from_str(&said).expect("verify --json is JSON")
}

/// What a report says of the log.
pub(super) fn log_facts(report: &Value) -> &Value {
    let items = report["items"].as_array().expect("items");
    &items.iter().find(|item| item["kind"] == "log").expect("a log")["log"]
}
