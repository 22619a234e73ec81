//! The commands for Google Cloud KMS.

use std::fs;

use byok::key::spec::{AesBits, HashAlg, KeySpec, Purpose, RsaBits};
use byok::provider::{
    Challenge, Destination, DestinationError, DestinationRequest, Handout, Options, PackageRequest, Source, accept_for,
    find,
};

use crate::answers::{self, GOOGLE_JOB, alone, key_4096};
use crate::{HOSTILE, Scene, TOOLS, words};

const AES: KeySpec = KeySpec::Aes(AesBits::B256);
const KEY: &str = "--project=my-project --location=europe-west3 --keyring=ring --key=kek";

fn challenge() -> Challenge {
    let google = find("google-cloud-kms").unwrap();
    (google.read_challenge)(&answers::answer(google, &key_4096())).unwrap()
}

fn resolve(target: Option<&str>) -> Result<Destination, DestinationError> {
    let options = Options { target: target.map(str::to_owned), ..Options::default() };
    let (name, challenge, now) = ("kek".parse().unwrap(), challenge(), "2026-11-22T12:00:00Z".parse().unwrap());
    let request = DestinationRequest { name: &name, options: &options, challenge: &challenge, now };
    (find("google-cloud-kms").unwrap().destination)(&request)
}

fn scene(spec: KeySpec, purpose: Purpose, algorithm: Option<&str>) -> Scene {
    let provider = find("google-cloud-kms").unwrap();
    let row = accept_for(provider, spec, purpose).unwrap();
    let request = PackageRequest {
        others: 0,
        latest: None,
        source: Source::Version(&"kek@2".parse().unwrap()),
        spec,
        purpose,
        wrapped: &[0x5a; 552],
        method: *row.methods.last().unwrap(),
        algorithm: row.algorithm(algorithm).unwrap(),
        destination: &resolve(None).unwrap(),
        challenge: &challenge(),
    };
    let scene = Scene::new(&["gcloud", "sleep"], &TOOLS);
    scene.put(&(provider.package)(&request).unwrap().files);
    scene
}

fn import(algorithm: &str) -> Vec<String> {
    words(&format!(
        "gcloud kms keys versions import {KEY} --import-job=job-1 --algorithm={algorithm} \
         --wrapped-key-file=wrapped-key.bin --format=value(name.basename())"
    ))
}

fn describe() -> Vec<String> {
    words(&format!("gcloud kms keys versions describe 7 {KEY} --format=value(state)"))
}

#[test]
fn a_symmetric_version_is_imported_awaited_and_made_primary() {
    let scene = scene(AES, Purpose::Encrypt, None);
    let output = scene.run(true);
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
    let ring = KEY.replace(" --key=kek", "");
    let primary = words(&format!("gcloud kms keys update kek {ring} --primary-version=7"));
    assert_eq!(scene.calls(), [import("google-symmetric-encryption"), describe(), primary]);
    assert_eq!(fs::read(scene.bundle.join("wrapped-key.bin")).unwrap(), [0x5a; 552]);
}

#[test]
fn other_algorithms_have_no_primary_version() {
    for (spec, purpose, algorithm, key_purpose) in [
        (AES, Purpose::Encrypt, "aes-256-gcm", "raw-encryption"),
        (KeySpec::Hmac(HashAlg::Sha256), Purpose::Mac, "hmac-sha256", "mac"),
        (KeySpec::Ed25519, Purpose::Sign, "ec-sign-ed25519", "asymmetric-signing"),
        (KeySpec::Rsa(RsaBits::B2048), Purpose::Sign, "rsa-sign-pkcs1-2048-sha256", "asymmetric-signing"),
        (KeySpec::Rsa(RsaBits::B2048), Purpose::Encrypt, "rsa-decrypt-oaep-2048-sha1", "asymmetric-encryption"),
    ] {
        let scene = scene(spec, purpose, Some(algorithm));
        assert!(scene.run(true).status.success());
        assert_eq!(scene.calls(), [import(algorithm), describe()]);
        let script = fs::read_to_string(scene.bundle.join("import.sh")).unwrap();
        let create = format!("--purpose='{key_purpose}' --default-algorithm='{algorithm}' ");
        assert!(script.contains(&create), "{script}");
    }
}

#[test]
fn the_script_waits_for_the_import() {
    let scene = scene(KeySpec::Ed25519, Purpose::Sign, None);
    assert!(scene.run_with(&[("STUB_PENDING", "2")]).status.success());
    let sleep = words("sleep 5");
    assert_eq!(scene.calls(), [import("ec-sign-ed25519"), describe(), sleep.clone(), describe(), sleep, describe()]);
}

#[test]
fn a_failed_import_is_an_error_and_never_primary() {
    for (stub, code, told) in [
        (("STUB_STATE", "IMPORT_FAILED"), 1, "import.sh: version 7 is IMPORT_FAILED\n"),
        (
            ("STUB_PENDING", "99"),
            4,
            "import.sh: version 7 is PENDING_IMPORT: run this again, it goes on with this version\n",
        ),
    ] {
        let scene = scene(AES, Purpose::Encrypt, None);
        let output = scene.run_with(&[stub]);
        assert_eq!(output.status.code(), Some(code));
        assert_eq!(String::from_utf8(output.stderr).unwrap(), told);
        // What failed is imported anew, and what is not finished is waited for.
        assert_eq!(scene.mark("importing").exists(), code == 4);
        assert!(!scene.calls().iter().any(|call| call.iter().any(|word| word.starts_with("--primary-version"))));
    }
}

/// A second run does nothing, and one that was cut short goes on with the version that it made.
#[test]
fn no_version_is_imported_twice() {
    let scene = scene(AES, Purpose::Encrypt, None);
    let imports = || scene.calls().iter().filter(|call| **call == import("google-symmetric-encryption")).count();
    assert_eq!(scene.run_with(&[("STUB_FAILS", "--primary-version=7")]).status.code(), Some(2));
    assert!(scene.run_with(&[]).status.success());
    assert_eq!(imports(), 1);
    let calls = scene.calls().len();
    let output = scene.run_with(&[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && told.starts_with("import.sh: imported already (version 7)"), "{told}");
    assert_eq!(scene.calls().len(), calls);
}

/// What gcloud answers is a number and a word, or goes nowhere; an import without an answer is for people to look at.
#[test]
fn an_answer_that_is_none_is_not_used() {
    for bad in crate::NO_NUMBERS.into_iter().filter(|bad| !bad.is_empty() && bad.len() < 20) {
        let scene = scene(AES, Purpose::Encrypt, None);
        let output = scene.run_with(&[("STUB_VERSION", bad)]);
        assert_eq!(output.status.code(), Some(1), "{bad:?}: {output:?}");
        assert_eq!(output.stderr, b"import.sh: the version is no number\n");
        let output = scene.run_with(&[]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(3) && told.contains("gcloud kms keys versions list"), "{told}");
        assert_eq!(scene.calls().len(), 1);
        // As the words say.
        fs::write(scene.mark("importing"), scene.marked("version 7")).unwrap();
        assert!(scene.run_with(&[]).status.success());
        assert_eq!(fs::read_to_string(scene.mark("imported")).unwrap(), scene.marked("version 7"));
    }
    let scene = scene(AES, Purpose::Encrypt, None);
    let output = scene.run_with(&[("STUB_STATE", "\u{1b}[2J")]);
    assert_eq!(output.stderr, b"import.sh: version 7 is unknown\n");
}

#[test]
fn a_changed_or_missing_file_stops_the_script_before_any_call() {
    for change in [Some(&b"other"[..]), None] {
        let scene = scene(AES, Purpose::Encrypt, None);
        match change {
            Some(bytes) => fs::write(scene.bundle.join("wrapped-key.bin"), bytes).unwrap(),
            None => fs::remove_file(scene.bundle.join("wrapped-key.bin")).unwrap(),
        }
        assert_eq!(scene.run(true).status.code(), Some(1));
        assert!(scene.calls().is_empty());
    }
}

#[test]
fn hostile_targets_and_jobs_are_refused() {
    let google = find("google-cloud-kms").unwrap();
    for value in HOSTILE {
        let key = format!("projects/my-project/locations/europe-west3/keyRings/ring/cryptoKeys/{value}");
        for bad in [value, &key] {
            let error = resolve(Some(bad)).unwrap_err();
            assert!(matches!(error, DestinationError::Grammar { option: "--target", .. }), "{bad:?}");
            assert!(!error.to_string().contains(char::is_control), "{bad:?}");
        }
        for part in ["my-project", "europe-west3", "ring/", "job-1"] {
            let job = GOOGLE_JOB.replace(part, &part.replace(|c| c != '/', "").replacen("", value, 1));
            let handout = Handout { import_job: Some(job.clone()), ..alone(&key_4096()) };
            let error = (google.read_challenge)(&handout).unwrap_err();
            assert!(!error.to_string().contains(char::is_control), "{job:?}");
        }
    }
}
