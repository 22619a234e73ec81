//! The arguments that `az` gets.

use std::fs;

use byok::key::spec::{AesBits, Curve, KeySpec, Purpose};
use byok::provider::{DestinationRequest, Handout, ImportFile, Options, PackageRequest, Source, accept_for, find};

use crate::{Scene, TOOLS, words};

const VAULT: &[u8] = include_bytes!("../vectors/wrapping-keys/azure-key-vault.json");
const HSM: &[u8] = include_bytes!("../vectors/wrapping-keys/azure-managed-hsm.json");

fn package(provider: &str, answer: &[u8], spec: KeySpec, purpose: Purpose) -> Vec<(String, Vec<u8>)> {
    let provider = find(provider).unwrap();
    let wrapping_key = ImportFile { name: String::new(), bytes: answer.to_vec() };
    let handout = Handout { wrapping_key, import_token: None, kid: None, import_job: None };
    let challenge = (provider.read_challenge)(&handout).unwrap();
    let (name, now) = ("kek".parse().unwrap(), "2026-11-22T12:00:00Z".parse().unwrap());
    let request = DestinationRequest { name: &name, options: &Options::default(), challenge: &challenge, now };
    let row = accept_for(provider, spec, purpose).unwrap();
    let request = PackageRequest {
        others: 0,
        latest: None,
        source: Source::Version(&"kek@2".parse().unwrap()),
        spec,
        purpose,
        wrapped: &[0x5a; 552],
        method: *row.methods.last().unwrap(),
        algorithm: row.algorithm(None).unwrap(),
        destination: &(provider.destination)(&request).unwrap(),
        challenge: &challenge,
    };
    (provider.package)(&request).unwrap().files
}

#[test]
fn az_gets_exactly_what_its_parser_takes() {
    for (provider, answer, spec, purpose, call) in [
        (
            "azure-key-vault",
            VAULT,
            KeySpec::Ec(Curve::Secp256k1),
            Purpose::Sign,
            "az keyvault key import --vault-name contoso-prod --name kek --byok-file key.byok --kty EC --curve P-256K \
             --ops sign verify",
        ),
        (
            "azure-managed-hsm",
            HSM,
            KeySpec::Aes(AesBits::B256),
            Purpose::Wrap,
            "az keyvault key import --hsm-name contoso-hsm --name kek --byok-file key.byok --kty oct \
             --ops wrapKey unwrapKey",
        ),
    ] {
        let scene = Scene::new(&["az"], &TOOLS);
        scene.put(&package(provider, answer, spec, purpose));
        let output = scene.run(false);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(scene.calls(), [words(call)]);
    }
}

/// Azure tells no version from another: what is unclear is left to people.
#[test]
fn no_version_is_imported_twice() {
    let scene = Scene::new(&["az"], &TOOLS);
    scene.put(&package("azure-key-vault", VAULT, KeySpec::Ec(Curve::P256), Purpose::Sign));
    // az fails too where Azure has it, and the answer was lost.
    assert_eq!(scene.run_with(&[("STUB_FAILS", "import")]).status.code(), Some(2));
    let output = scene.run_with(&[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(3) && told.contains("az keyvault key list-versions"), "{told}");
    assert_eq!(scene.calls().len(), 1);
    fs::remove_file(scene.mark("importing")).unwrap();
    assert!(scene.run_with(&[]).status.success());
    assert!(!scene.mark("importing").exists());
    let output = scene.run_with(&[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && told.starts_with("import.sh: imported already"), "{told}");
    assert_eq!(scene.calls().len(), 2);
}

#[test]
fn a_changed_blob_never_reaches_az() {
    let scene = Scene::new(&["az"], &TOOLS);
    let mut files = package("azure-key-vault", VAULT, KeySpec::Ec(Curve::P256), Purpose::Sign);
    files[0].1.push(b' ');
    scene.put(&files);
    assert_eq!(scene.run(false).status.code(), Some(1));
    assert!(scene.calls().is_empty());
}
