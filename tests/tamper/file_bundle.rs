//! A bundle that was made from a key file: its manifest is of a kind of its own, and about no key version.

use byok::format::bundle::{self, Bundle};
use byok::key::exposure::Exposure;
use byok::manifest::any::AnyStatement;
use byok::manifest::check::StatementError;
use byok::manifest::digest::sha256_hex;
use byok::manifest::dsse::Signed;
use byok::manifest::file_bundle::{FileBundlePredicate, FileBundleStatement, FileWrapRecord};
use byok::manifest::signer::EvidenceSigner as _;
use byok::manifest::statement::{PublicHalf, SignerRecord, Statement, Tool, WrappingKeyRecord};
use byok::ops::verify::bundle::{BundleInput, verify_bundle};
use byok::ops::verify::failure::FailureKind;
use byok::ops::verify::manifest::verify_manifest;
use byok::ops::verify::papers::Papers;
use byok::ops::verify::registry::verify_registry;
use byok::ops::verify::report::ItemReport;

use crate::Row;
use crate::readers::now;
use crate::soft_signer::SoftSigner;
use crate::statements::file;
use crate::world::{BundleFolder, Files, World, resigned, with_payload};

const BLOB: &[u8] = b"the wrapped key of a file";

fn predicate(signer: &SoftSigner) -> FileBundlePredicate {
    FileBundlePredicate {
        manifest_id: "01936f4e-7d2a-7c3b-8a4d-0123456789ab".into(),
        created_at: "2026-11-22T10:00:00Z".parse().unwrap(),
        origin: "file".into(),
        key_type: "aes-256".into(),
        purpose: "encrypt".into(),
        public: None,
        wrap: FileWrapRecord {
            provider: "openbao".into(),
            target: Some("payments".into()),
            mount: Some("transit".into()),
            method: "rsa-aes-sha256".into(),
            algorithm: Some("aes256-gcm96".into()),
            plan: "host-plaintext".into(),
            exposure: Exposure::Plaintext,
            wrapping_key: WrappingKeyRecord {
                spki_sha256: sha256_hex(b"wrapping key"),
                bits: 4096,
                authenticated_by: "none".into(),
                resource: None,
            },
            files: vec![file("ciphertext.b64", BLOB), file("import.sh", b"#!/bin/sh\n")],
            expires_at: None,
            valid_to: None,
        },
        signer: SignerRecord {
            spki_sha256: sha256_hex(signer.spki()),
            key_label: "byok-signer".into(),
            token_serial: "5b1c2a90d1f34e07".into(),
            token_label: "demo".into(),
        },
        tool: Tool { name: "byok".into(), version: "0.1.0".into() },
    }
}

fn public() -> PublicHalf {
    let pem = include_str!("../vectors/wrapping-keys/bad-ec-p256.pem");
    let key = byok::format::spki::PublicKey::from_pem(pem).unwrap();
    PublicHalf { spki_sha256: key.sha256_hex(), jwk_thumbprint: None, spki_pem: key.to_pem() }
}

/// The world's signer has made a bundle of a key file, and of an EC key another one.
fn world() -> World {
    let mut world = crate::world();
    world.bundle = folder(&world.signer, predicate(&world.signer), BLOB);
    let mut other = predicate(&world.signer);
    (other.key_type, other.purpose, other.public) = ("ec-p256".into(), "sign".into(), Some(public()));
    other.wrap.files = vec![file("ciphertext.b64", b"another"), file("import.sh", b"#!/bin/sh\n")];
    world.other_bundle = folder(&world.signer, other, b"another");
    world
}

fn folder(signer: &SoftSigner, predicate: FileBundlePredicate, blob: &[u8]) -> BundleFolder {
    let statement = Signed::sign(FileBundleStatement::new(predicate).unwrap(), signer).unwrap();
    let (wrap, manifest) = (&statement.value().predicate.wrap, statement.to_json());
    let bundle = Bundle {
        schema: bundle::SCHEMA.into(),
        key_version: None,
        provider: wrap.provider.clone(),
        target: wrap.target.clone(),
        method: wrap.method.clone(),
        algorithm: wrap.algorithm.clone(),
        wrapping_key_sha256: wrap.wrapping_key.spki_sha256.clone(),
        expires_at: wrap.expires_at,
        files: wrap.files.iter().cloned().chain([file("manifest.dsse.json", &manifest)]).collect(),
    };
    let files = vec![("ciphertext.b64".into(), blob.to_vec()), ("import.sh".into(), b"#!/bin/sh\n".to_vec())];
    BundleFolder { manifest: Some(manifest), bundle_json: Some(bundle.to_json()), files }
}

fn verify(world: &World) -> Vec<ItemReport> {
    let BundleFolder { manifest, bundle_json, files } = &world.bundle;
    let files: Vec<_> = files.iter().map(|(name, bytes)| file(name, bytes)).collect();
    let input = BundleInput { manifest: manifest.as_deref(), bundle_json: bundle_json.as_deref(), files: &files };
    vec![verify_bundle("bundle", &input, &world.trust(), now())]
}

/// Signs a changed statement as the honest signer would never do; bundle.json stays.
fn resign(world: &mut World, from: &str, to: &str) {
    let change = |text: &str| {
        assert!(text.contains(from), "{from} is not in {text}");
        text.replacen(from, to, 1)
    };
    let again = resigned(world.bundle.manifest.as_ref().unwrap(), &world.signer, change);
    world.bundle.manifest = Some(again);
}

fn list(world: &mut World, from: &str, to: &str) {
    let text = String::from_utf8(world.bundle.bundle_json.take().unwrap()).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    world.bundle.bundle_json = Some(text.replacen(from, to, 1).into_bytes());
}

#[test]
fn it_says_what_it_shows_and_what_it_cannot() {
    let mut world = world();
    let report = verify(&world).remove(0);
    assert_eq!(report.failure, None);
    assert_eq!(report.subject.as_deref(), Some("aes-256 key of a file"));
    assert!(report.checked.iter().any(|text| text == "2 files"), "{report:?}");
    assert_eq!(report.notes, ["exposure plaintext: the key itself was in a host's memory"]);
    for part in [
        "signing time",
        "it came from a file",
        "leaves no entry",
        "which key is inside",
        "inside of ciphertext.b64",
        "nobody pinned",
    ] {
        assert!(report.not_provable.iter().any(|text| text.contains(part)), "{part} in {report:?}");
    }
    let alone = verify_manifest("manifest", world.bundle.manifest.as_ref().unwrap(), &world.trust());
    assert!(alone.ok && alone.subject == report.subject, "{alone:?}");
    world.bundle = world.other_bundle.clone();
    let report = verify(&world).remove(0);
    assert_eq!(report.subject.as_deref(), Some("ec-p256 key of a file"));
    let said = format!("belongs to the public key {}", public().spki_sha256);
    assert!(report.not_provable.iter().any(|text| text.contains(&said)), "{report:?}");
}

#[test]
fn what_was_changed_is_found() {
    let rows: &[Row<World>] = &[
        ("nothing", |_| (), None),
        ("blob edited", |w| w.bundle.files[0].1[0] ^= 1, Some(FailureKind::FileMismatch)),
        ("import.sh edited", |w| w.bundle.files[1].1.extend(b"rm -r /\n"), Some(FailureKind::FileMismatch)),
        ("blob deleted", |w| _ = w.bundle.files.remove(0), Some(FailureKind::FileMissing)),
        ("a file added", |w| w.bundle.files.push(("x".into(), vec![])), Some(FailureKind::FileExtra)),
        (
            "the files of another bundle",
            |w| w.bundle.files = w.other_bundle.files.clone(),
            Some(FailureKind::FileMismatch),
        ),
        ("another provider", |w| list(w, "\"openbao\"", "\"generic\""), Some(FailureKind::FileMismatch)),
        (
            "a key version that nobody signed",
            |w| list(w, "\"provider\"", "\"keyVersion\": \"payments/kek@1\", \"provider\""),
            Some(FailureKind::FileMismatch),
        ),
        (
            "edited",
            |w| {
                let edited =
                    with_payload(w.bundle.manifest.as_ref().unwrap(), |text| text.replace("aes-256", "aes-128"));
                w.bundle.manifest = Some(edited);
            },
            Some(FailureKind::Signature),
        ),
        (
            "signed by a foreign key",
            |w| {
                let foreign = SoftSigner::new(byok::manifest::signer::Scheme::EcdsaP256);
                w.bundle = folder(&foreign, predicate(&foreign), BLOB);
            },
            Some(FailureKind::UntrustedSigner),
        ),
        (
            "names another signer than the one that signed",
            |w| {
                let foreign = SoftSigner::new(byok::manifest::signer::Scheme::EcdsaP256);
                w.bundle = folder(&w.signer, predicate(&foreign), BLOB);
            },
            Some(FailureKind::Subject),
        ),
        (
            "the manifest of a key version in its place",
            |w| w.bundle.manifest = Some(w.keys[0].1[1].1.clone()),
            Some(FailureKind::FileMismatch),
        ),
        ("no exposure", |w| resign(w, "\"plaintext\"", "\"none\""), Some(FailureKind::Malformed)),
        ("another plan", |w| resign(w, "host-plaintext", "token-kek"), Some(FailureKind::Malformed)),
        ("another predicate type", |w| resign(w, "file-bundle:v1", "file-bundle:v2"), Some(FailureKind::Malformed)),
        (
            "of a key version",
            |w| resign(w, "urn:byok:file-bundle", "urn:byok:key-version"),
            Some(FailureKind::Malformed),
        ),
        ("another subject", |w| resign(w, "ciphertext.b64", "other.b64"), Some(FailureKind::Subject)),
    ];
    run_from(rows);
}

fn run_from(rows: &[Row<World>]) {
    for (what, change, expected) in rows {
        let mut world = world();
        change(&mut world);
        let report = verify(&world).remove(0);
        assert_eq!(report.failure.as_ref().map(|failure| failure.kind), *expected, "{what}: {report:?}");
    }
}

/// What reads a registry takes no bundle of a file for a manifest of a key version.
#[test]
fn a_registry_takes_it_for_nothing() {
    let mut world = world();
    let envelope = world.bundle.manifest.clone().unwrap();
    assert!(Signed::<Statement>::verify(&envelope, &world.trust()).is_err());
    assert!(Signed::<AnyStatement>::verify(&envelope, &world.trust()).is_ok());
    world.keys[0].1[1].1 = envelope;
    let read = |folder: &(String, Files)| Ok(World::key_folder(folder));
    let found = verify_registry(
        "registry",
        &world.keys,
        read,
        world.log(None),
        &Papers::new(&|_| Ok(None)),
        (&world.trust(), &[]),
    );
    assert_eq!(crate::failure(&found), Some(FailureKind::Malformed));
}

#[test]
fn a_statement_is_consistent() {
    let signer = SoftSigner::new(byok::manifest::signer::Scheme::EcdsaP256);
    let refused = |change: fn(&mut FileBundlePredicate)| {
        let mut predicate = predicate(&signer);
        change(&mut predicate);
        FileBundleStatement::new(predicate).unwrap_err()
    };
    let member = |name| StatementError::Member(name);
    assert_eq!(refused(|p| p.public = Some(public())), StatementError::Binding);
    assert_eq!(refused(|p| (p.key_type, p.purpose) = ("ec-p256".into(), "sign".into())), StatementError::Binding);
    assert_eq!(refused(|p| p.key_type = "aes-512".into()), member("keyType"));
    assert_eq!(refused(|p| p.purpose = "sign".into()), member("purpose"));
    assert_eq!(refused(|p| p.origin = "generated".into()), member("origin"));
    assert_eq!(refused(|p| p.manifest_id = "1".into()), member("manifestId"));
    assert_eq!(refused(|p| p.wrap.exposure = Exposure::EphemeralKek), StatementError::Exposure);
    assert_eq!(refused(|p| p.wrap.method = "rsa-pkcs1".into()), member("wrap.method"));
    assert_eq!(refused(|p| p.wrap.target = Some("a\u{1b}".into())), member("wrap.target"));
    assert_eq!(
        refused(|p| p.wrap.wrapping_key.authenticated_by = "trust me".into()),
        member("wrap.wrappingKey.authenticatedBy")
    );
    assert_eq!(refused(|p| p.wrap.files.clear()), member("wrap.files"));
    assert!(matches!(refused(|p| p.wrap.files[0].name = "../x".into()), StatementError::File(_)));
    assert!(matches!(refused(|p| p.wrap.files[1].name = "bundle.json".into()), StatementError::File(_)));
}
