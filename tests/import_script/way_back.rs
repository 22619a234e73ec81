//! `rollback.sh`: what the providers' programs get, once, and what hostile values come to.

use std::fs;

use byok::key::spec::{AesBits, Curve, KeySpec, Purpose};
use byok::provider::{PROVIDERS, PackageError, Standing, WayBack, WayBackRequest, find};

use crate::{ADD, HOSTILE, LOOK, Scene, TOOLS, words};

const ARN: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const OTHER: &str = "arn:aws:kms:eu-central-1:111122223333:key/0000abcd-12ab-34cd-56ef-1234567890ab";
const VAULT: &str = "https://kiste.vault.azure.net/keys/kek";
const KEY: &str = "projects/my-project/locations/europe-west3/keyRings/ring/cryptoKeys/kek";
const AES: KeySpec = KeySpec::Aes(AesBits::B256);

/// `kek@2` at `new` is given up for `kek@1` at `old`.
fn made(
    provider: &str,
    (spec, algorithm): (KeySpec, &str),
    [old, new]: [(&str, Option<&str>); 2],
    files: &[(String, String)],
) -> Result<WayBack, PackageError> {
    let provider = find(provider).unwrap();
    let method = provider.method_named("rsa-aes-sha256");
    let mount = (provider.id == "openbao").then_some("transit");
    let standing = |id, (target, version), files| Standing { id, target: Some(target), mount, version, method, files };
    let request = WayBackRequest {
        spec,
        purpose: Some(Purpose::Encrypt),
        algorithm: Some(algorithm),
        new: standing("kek@2", new, &[]),
        old: standing("kek@1", old, files),
    };
    (provider.way_back)(&request)
}

/// The scene of a bundle with this file, and rollback.sh beside it.
fn scene(cli: &str, way: &WayBack, file: Option<(&str, &[u8])>) -> Scene {
    let scene = Scene::new(&[cli], &TOOLS);
    scene.put(&[("rollback.sh".to_owned(), way.script.clone().unwrap())]);
    fs::create_dir(scene.folder.path().join("first")).unwrap();
    if let Some((name, bytes)) = file {
        fs::write(scene.folder.path().join("first").join(name), bytes).unwrap();
    }
    scene
}

fn file(name: &str, bytes: &[u8]) -> [(String, String); 1] {
    [(name.to_owned(), byok::manifest::digest::sha256_hex(bytes))]
}

#[test]
fn transit_takes_the_old_material_once_more_and_once() {
    let blob = b"QUJD".as_slice();
    let at = [("kek", Some("1")), ("kek", Some("2"))];
    let way = made("openbao", (AES, "aes256-gcm96"), at, &file("ciphertext.b64", blob)).unwrap();
    let scene = scene("bao", &way, Some(("ciphertext.b64", blob)));
    let run = |latest: &str, more: &[&str]| {
        let output = scene.run_by("rollback.sh", &[("STUB_HAS_KEY", latest)], &[&["first"], more].concat());
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let adds = || scene.calls().iter().filter(|call| **call == words(ADD)).count();
    // The new version never arrived.
    let (code, told) = run("1", &[]);
    assert!(code == Some(0) && told.contains("which is the old one; nothing was done"), "{told}");
    // Somebody else's, or this one in a folder without its mark.
    let (code, told) = run("3", &[]);
    assert!(code == Some(3) && told.contains("is at version 3, and the new one is version 2"), "{told}");
    assert_eq!(adds(), 0);
    assert_eq!((run("2", &[]).0, adds()), (Some(0), 1));
    let (code, told) = run("3", &[]);
    assert!(code == Some(0) && told.starts_with("rollback.sh: imported already (version 3)"), "{told}");
    assert_eq!(adds(), 1);
    fs::remove_file(scene.bundle.join("rollback.imported")).unwrap();
    assert_eq!((run("3", &["--after", "3"]).0, adds()), (Some(0), 2));
    assert_eq!(run("3", &["--before"]).0, Some(2));
    assert_eq!(scene.calls()[0], words(LOOK));
}

#[test]
fn azure_takes_it_once_more_and_once() {
    let at = [(VAULT, None), (VAULT, None)];
    let way = made("azure-key-vault", (KeySpec::Ec(Curve::P256), "P-256"), at, &file("key.byok", b"{}")).unwrap();
    let scene = scene("az", &way, Some(("key.byok", b"{}")));
    assert_eq!(scene.run_by("rollback.sh", &[("STUB_FAILS", "import")], &["first"]).status.code(), Some(2));
    assert_eq!(scene.run_by("rollback.sh", &[], &["first"]).status.code(), Some(3));
    fs::remove_file(scene.bundle.join("rollback.importing")).unwrap();
    for _ in 0..2 {
        let output = scene.run_by("rollback.sh", &[], &["first"]);
        assert!(output.status.success(), "{output:?}");
    }
    let import = "az keyvault key import --vault-name kiste --name kek --byok-file key.byok --kty EC --curve P-256 \
                  --ops encrypt decrypt";
    assert_eq!(scene.calls(), [words(import), words(import)]);
}

#[test]
fn google_and_an_alias_are_set_back_as_often_as_one_likes() {
    let at = [(KEY, Some("1")), (KEY, Some("2"))];
    let way = made("google-cloud-kms", (AES, "google-symmetric-encryption"), at, &[]).unwrap();
    let google = scene("gcloud", &way, None);
    let ring = "--project=my-project --location=europe-west3 --keyring=ring";
    let update = words(&format!("gcloud kms keys update kek {ring} --primary-version=1"));
    let way = made("aws-kms", (AES, "SYMMETRIC_DEFAULT"), [(OTHER, None), (ARN, None)], &[]).unwrap();
    let aws = scene("aws", &way, None);
    let alias =
        words(&format!("aws kms update-alias --alias-name alias/kek --target-key-id {OTHER} --region eu-central-1"));
    assert_eq!(aws.run_by("rollback.sh", &[], &[]).status.code(), Some(2));
    for times in 1..=2 {
        assert!(google.run_by("rollback.sh", &[], &[]).status.success());
        assert!(aws.run_by("rollback.sh", &[], &["alias/kek"]).status.success());
        assert_eq!(google.calls(), vec![update.clone(); times]);
        assert_eq!(aws.calls(), vec![alias.clone(); times]);
    }
}

/// What stands in a manifest was checked when it was written; a script does not rely on it.
#[test]
fn hostile_names_get_no_script() {
    let files = [file("ciphertext.b64", b"x"), file("key.byok", b"x")].concat();
    for provider in PROVIDERS.iter().filter(|provider| provider.id != "generic") {
        for bad in HOSTILE {
            for at in [[(bad, None), (bad, None)], [(bad, Some("1")), (bad, Some("2"))]] {
                let way = made(provider.id, (AES, "google-symmetric-encryption"), at, &files);
                assert!(way.is_err(), "{} {bad:?}", provider.id);
            }
        }
    }
}
