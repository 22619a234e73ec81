//! What must hold of a fleet after anything: token, registry and log say the same, and nothing was made twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Fleet, Object};
use crate::workplace::text;

/// What byok calls files that are not in their place yet.
const STAGED: &str = ".byok-";
/// The events that bring a key version into the world.
const BIRTHS: [&str; 3] = ["key.generate", "key.rotate", "key.import"];

impl Fleet {
    /// Everything at once; `versions` is what there must be, as `NAME@N`.
    pub(crate) fn assert_whole(&self, versions: &BTreeSet<String>, at: &str) {
        let manifests = self.manifests();
        assert_eq!(manifests.keys().collect::<Vec<_>>(), versions.iter().collect::<Vec<_>>(), "{at}");
        self.assert_verifies("registry", at);
        self.assert_token(&manifests, at);
        self.assert_log(versions, at);
        assert_nothing_staged(&self.place.path(""), at);
        self.assert_bundles(&manifests, at);
    }

    /// The versions that the registry has, each with the predicates of its manifests, oldest first.
    pub(crate) fn manifests(&self) -> BTreeMap<String, Vec<Value>> {
        let keys = self.place.path("registry/keys");
        let mut manifests: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for path in files_below(&keys) {
            let version = path.parent().unwrap().strip_prefix(&keys).unwrap().to_str().unwrap().to_owned();
            manifests.entry(version).or_default().push(self.place.predicate(&path));
        }
        for (version, chain) in &mut manifests {
            chain.sort_by_key(|predicate| predicate["revision"].as_u64());
            let named = format!("{}@{}", chain[0]["keyName"].as_str().unwrap(), chain[0]["keyVersion"]);
            assert_eq!(*version, named);
        }
        manifests
    }

    /// One object for each class of a version and no others, under the id that its manifests say, and of that of no
    /// other version.
    fn assert_token(&self, manifests: &BTreeMap<String, Vec<Value>>, at: &str) {
        let mut by_label: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
        let mut kept: BTreeSet<Object> = self.treasure.iter().cloned().collect();
        for object in self.objects() {
            kept.remove(&object);
            let [class, id, label, proof] = object;
            assert_ne!(proof, "-", "{at}: {label} does not work");
            let (known, classes) = by_label.entry(label.clone()).or_insert_with(|| (id.clone(), Vec::new()));
            assert_eq!(*known, id, "{at}: two ids of {label}");
            classes.push(class);
        }
        assert!(kept.is_empty(), "{at}: lost or changed {kept:?}");
        by_label.retain(|label, _| !label.starts_with("byok-signer-"));
        let labels: Vec<_> = by_label.keys().collect();
        assert_eq!(labels, manifests.keys().collect::<Vec<_>>(), "{at}: token and registry");
        let mut ids = BTreeSet::new();
        for (label, (id, classes)) in &mut by_label {
            classes.sort();
            let wanted: &[&str] = if label.starts_with(super::PAIRS) { &["private", "public"] } else { &["secret"] };
            assert_eq!(classes, wanted, "{at}: {label}");
            for predicate in &manifests[label] {
                assert_eq!(predicate["custody"]["objectId"], **id, "{at}: {label}");
            }
            assert!(ids.insert(id.clone()), "{at}: {label} has another one's id");
        }
    }

    /// No operation is open, and each version was born by one that succeeded.
    fn assert_log(&self, versions: &BTreeSet<String>, at: &str) {
        let (mut open, mut born) = (BTreeSet::new(), BTreeSet::new());
        for entry in self.log() {
            let id = entry["id"].as_str().unwrap().to_owned();
            match entry["phase"].as_str() {
                Some("intent") => assert!(open.insert(id), "{at}: {entry}"),
                Some("result") => assert!(open.remove(&id), "{at}: {entry}"),
                _ => {}
            }
            let birth = entry["event"].as_str().is_some_and(|event| BIRTHS.contains(&event));
            if birth && entry["phase"] == "result" && entry["outcome"] == "success" {
                let key = &entry["key"];
                let version = format!("{}@{}", key["name"].as_str().unwrap(), key["version"]);
                assert!(born.insert(version), "{at}: made twice: {entry}");
            }
        }
        assert!(open.is_empty(), "{at}: open operations {open:?}");
        assert_eq!(born, *versions, "{at}: what the log says was made");
    }

    /// Each entry of the log, from its first.
    pub(crate) fn log(&self) -> Vec<Value> {
        let mut files: Vec<PathBuf> = files_below(&self.place.path("registry/audit"));
        files.retain(|path| path.file_name().unwrap().to_string_lossy().starts_with("log-"));
        files.sort();
        let text: String = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
        text.lines().map(|line| serde_json::from_str(line).expect("an entry is JSON")).collect()
    }

    /// Every wrap that a manifest tells of is in its folder, with that very manifest; no folder is there without.
    fn assert_bundles(&self, manifests: &BTreeMap<String, Vec<Value>>, at: &str) {
        let out = self.place.path(super::OUT);
        if !out.exists() {
            return;
        }
        let mut found = BTreeSet::new();
        for file in files_below(&out).into_iter().filter(|path| path.ends_with("bundle.json")) {
            let bundle = file.parent().unwrap();
            let place = bundle.strip_prefix(&out).unwrap().to_str().unwrap().to_owned();
            let (name, target) = place.rsplit_once('/').expect("NAME@N/TARGET");
            let predicate = self.place.predicate(bundle.join("manifest.dsse.json"));
            assert_eq!(wraps(&predicate, target), 1, "{at}: {place}");
            assert!(manifests[name].contains(&predicate), "{at}: {place}");
            assert!(found.insert(place));
        }
        for (version, chain) in manifests {
            let wrapped: usize = chain.iter().map(|predicate| wraps(predicate, super::TARGET)).sum();
            assert!(wrapped <= 1, "{at}: {version} was wrapped {wrapped} times");
            let there = found.contains(&format!("{version}/{}", super::TARGET));
            assert_eq!(wrapped == 1, there, "{at}: the bundle of {version}");
        }
    }

    pub(crate) fn assert_verifies(&self, path: &str, at: &str) {
        let output = self.byok(&["verify", path, "--trust", "registry/trust/signer.pem", "--json"]);
        let said = text(&output.stdout);
        assert!(output.status.success(), "{at}: verify {path}: {said}\n{}", text(&output.stderr));
    }
}

/// How many wraps for a target a manifest tells of.
fn wraps(predicate: &Value, target: &str) -> usize {
    let wraps = predicate["wraps"].as_array().map_or(&[][..], Vec::as_slice);
    wraps.iter().filter(|wrap| wrap["targetId"] == target).count()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

fn assert_nothing_staged(folder: &Path, at: &str) {
    for path in files_below(folder) {
        assert!(!path.to_string_lossy().contains(STAGED), "{at}: {} is left", path.display());
    }
}
