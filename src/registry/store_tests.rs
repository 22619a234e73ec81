use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::registry::fixture::{self, Fixture, OBJECT};
use crate::registry::release::StagedFile;

fn id(text: &str) -> KeyVersionId {
    text.parse().unwrap()
}

fn names(ids: &[KeyVersionId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

#[test]
fn a_registry_says_what_it_is() {
    let f = Fixture::new();
    let path = f.registry.layout().registry_json();
    let good = fs::read_to_string(&path).unwrap();
    assert!(f.registry.origin().starts_with("byok/"));
    assert_eq!(f.registry.created(), fixture::now());
    for bad in [
        good.replace("byok.registry/v1", "byok.registry/v2"),
        good.replace("{\"schema\"", "{\"origin\":\"twice\",\"schema\""),
        good.replace("byok/", "with space/"),
        "{}".to_owned(),
        " ".repeat(70_000),
    ] {
        fs::write(&path, &bad).unwrap();
        assert!(matches!(Registry::open(f.root()), Err(RegistryError::Malformed { .. })), "{bad}");
    }
    fs::remove_file(&path).unwrap();
    assert!(matches!(Registry::open(f.root()), Err(RegistryError::Missing { .. })));
    let file = f.dir.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(Registry::open(&file), Err(RegistryError::Missing { .. })));
}

#[test]
fn a_registry_that_others_can_change_is_refused() {
    let f = Fixture::new();
    for folder in [f.root().to_path_buf(), f.registry.layout().keys(), f.registry.layout().audit()] {
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o770)).unwrap();
        assert!(matches!(Registry::open(f.root()), Err(RegistryError::Insecure { .. })), "{folder:?}");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    }
    fs::rename(f.registry.layout().keys(), f.dir.path().join("elsewhere")).unwrap();
    symlink(f.dir.path().join("elsewhere"), f.registry.layout().keys()).unwrap();
    assert!(matches!(Registry::open(f.root()), Err(RegistryError::Insecure { .. })));
}

#[test]
fn a_link_to_a_registry_is_a_registry() {
    let f = Fixture::new();
    symlink(f.root(), f.dir.path().join("link")).unwrap();
    assert_eq!(Registry::open(&f.dir.path().join("link")).unwrap().origin(), f.registry.origin());
}

#[test]
fn key_versions_are_sorted_by_number() {
    let f = Fixture::new();
    for key in ["b@10", "b@9", "a/b/c@1", "a@2", "a/z@1", "a-b@1"] {
        f.put_manifest(key, 1, None, OBJECT);
    }
    fs::create_dir(f.registry.layout().keys().join(".hidden")).unwrap();
    fs::write(f.registry.layout().keys().join("a/.DS_Store"), "x").unwrap();
    let all = names(&f.registry.key_versions().unwrap());
    assert_eq!(all, ["a@2", "a-b@1", "a/b/c@1", "a/z@1", "b@9", "b@10"]);
    assert_eq!(names(&f.registry.versions(&"b".parse().unwrap()).unwrap()), ["b@9", "b@10"]);
    assert_eq!(f.registry.newest_version(&"a/z".parse().unwrap()).unwrap(), Some(id("a/z@1")));
    assert_eq!(f.registry.newest_version(&"a/y".parse().unwrap()).unwrap(), None);
    assert_eq!(f.registry.newest_version(&"none/y".parse().unwrap()).unwrap(), None);
}

#[test]
fn foreign_names_among_the_keys_are_errors() {
    for foreign in ["A@1", "a@01", "a@0", "a@x", "UPPER", "a@1@2"] {
        let f = Fixture::new();
        fs::create_dir(f.registry.layout().keys().join(foreign)).unwrap();
        assert!(matches!(f.registry.key_versions(), Err(RegistryError::Unexpected { .. })), "{foreign}");
    }
    let f = Fixture::new();
    fs::write(f.registry.layout().keys().join("a@1"), "").unwrap();
    assert!(matches!(f.registry.key_versions(), Err(RegistryError::Unexpected { .. })));
    assert!(matches!(f.registry.versions(&"a".parse().unwrap()), Err(RegistryError::Unexpected { .. })));
    fs::remove_file(f.registry.layout().keys().join("a@1")).unwrap();
    symlink(f.dir.path(), f.registry.layout().keys().join("a@1")).unwrap();
    assert!(matches!(f.registry.key_versions(), Err(RegistryError::Unexpected { .. })));
}

#[test]
fn manifests_are_verified_and_linked() {
    let f = Fixture::new();
    let first = f.put_manifest("a/b@1", 1, None, OBJECT);
    let second = f.put_manifest("a/b@1", 2, Some(&first), OBJECT);
    f.put_manifest("a/b@1", 3, Some(&second), OBJECT);
    let all = f.registry.manifests(&id("a/b@1")).unwrap();
    assert_eq!(all.iter().map(|m| m.revision).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(all[0].payload_sha256, first);
    let newest = f.registry.newest_manifest(&id("a/b@1")).unwrap();
    assert_eq!((newest.revision, &newest.file_sha256), (3, &all[2].file_sha256));
    assert!(newest.path.ends_with("keys/a/b@1/manifest-0003.dsse.json"));
    assert!(matches!(f.registry.newest_manifest(&id("a/b@2")), Err(RegistryError::NoManifest(_))));
}

#[test]
fn a_manifest_is_the_newest_until_another_comes_or_it_changes() {
    let f = Fixture::new();
    let first = f.put_manifest("a@1", 1, None, OBJECT);
    let read = f.registry.newest_manifest(&id("a@1")).unwrap();
    let is_newest = || f.registry.is_newest_manifest(&id("a@1"), &read).unwrap();
    assert!(is_newest());
    let bytes = fs::read(&read.path).unwrap();
    fs::write(&read.path, [&bytes[..], b"\n"].concat()).unwrap();
    assert!(!is_newest());
    fs::write(&read.path, &bytes).unwrap();
    assert!(is_newest());
    f.put_manifest("a@1", 2, Some(&first), OBJECT);
    assert!(!is_newest());
}

/// What `newest_manifest` says about a manifest that is not as it should be.
fn difference(f: &Fixture, key: &str) -> String {
    match f.registry.newest_manifest(&id(key)) {
        Err(RegistryError::Manifest { difference, .. }) => difference,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_manifest_that_does_not_verify_says_what_differs() {
    let f = Fixture::new();
    let first = f.put_manifest("a@1", 1, None, OBJECT);
    f.put_manifest("a@1", 2, Some(&"00".repeat(32)), OBJECT);
    assert_eq!(difference(&f, "a@1"), "the manifest that it names as the one before it is another");

    fs::remove_file(f.registry.layout().manifest(&id("a@1"), 2)).unwrap();
    f.put_manifest("a@1", 3, Some(&first), OBJECT);
    assert_eq!(difference(&f, "a@1"), "it is missing, and later ones are there");

    f.put_manifest("b@1", 1, None, OBJECT);
    fs::rename(f.registry.layout().key(&id("b@1")), f.registry.layout().key(&id("b@2"))).unwrap();
    assert_eq!(difference(&f, "b@2"), "it is about b@1");

    let again = f.put_manifest("c@1", 1, None, OBJECT);
    f.put_manifest("c@1", 2, Some(&again), OBJECT);
    fs::copy(f.registry.layout().manifest(&id("c@1"), 1), f.registry.layout().manifest(&id("c@1"), 2)).unwrap();
    assert_eq!(difference(&f, "c@1"), "it says that it is revision 1");
}

#[test]
fn a_manifest_of_a_foreign_signer_is_refused() {
    let f = Fixture::new();
    let other = Fixture::new();
    let key = id("a@1");
    let signed = Signed::sign(fixture::statement("a@1", 1, None, OBJECT), &other.signer).unwrap();
    let slot = f.registry.manifest_slot(&key, 1).unwrap();
    StagedFile::create(slot, &signed.to_json()).unwrap().seal().release().unwrap();
    assert!(difference(&f, "a@1").contains("which the trust file does not name"));
}

#[test]
fn every_signer_of_the_trust_folder_is_believed() {
    let f = Fixture::new();
    let other = fixture::signer();
    fs::write(f.registry.layout().trust().join("second.pem"), other.pem()).unwrap();
    fs::write(f.registry.layout().trust().join("notes.txt"), "ignored").unwrap();
    assert_eq!(f.registry.trust().unwrap().keys().count(), 2);
    fs::write(f.registry.layout().trust().join("third.pem"), "junk").unwrap();
    assert!(matches!(f.registry.trust(), Err(RegistryError::Malformed { .. })));
}

#[test]
fn the_cache_is_disposable() {
    let f = Fixture::new();
    assert_eq!(f.registry.read_cache("profile.json"), None);
    fs::remove_dir_all(f.registry.layout().cache()).unwrap();
    f.registry.write_cache("profile.json", b"one").unwrap();
    f.registry.write_cache("profile.json", b"two").unwrap();
    assert_eq!(f.registry.read_cache("profile.json").unwrap(), b"two");
    for bad in ["../lock", "a/b", "", ".", "..", ".hidden"] {
        assert!(f.registry.write_cache(bad, b"").is_err(), "{bad}");
        assert_eq!(f.registry.read_cache(bad), None, "{bad}");
    }
    symlink(f.registry.layout().signer(), f.registry.layout().cache().join("link")).unwrap();
    assert_eq!(f.registry.read_cache("link"), None);
    f.registry.write_cache("link", b"x").unwrap();
    assert!(f.registry.trust().is_ok(), "the link was replaced, not what it names");
}
