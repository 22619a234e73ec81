//! A bundle for a provider: its files, its list, its manifest.

use byok::manifest::statement::Statement;
use byok::ops::verify::bundle::{BundleInput, verify_bundle};
use byok::ops::verify::failure::FailureKind;
use byok::ops::verify::report::ItemReport;

use crate::readers::now;
use crate::soft_signer::SoftSigner;
use crate::statements::file;
use crate::world::{KEK, World, bundle_of, payload_of, resigned, with_payload};
use crate::{Row, run};

fn verify(world: &World) -> Vec<ItemReport> {
    let bundle = &world.bundle;
    let files: Vec<_> = bundle.files.iter().map(|(name, bytes)| file(name, bytes)).collect();
    let input =
        BundleInput { manifest: bundle.manifest.as_deref(), bundle_json: bundle.bundle_json.as_deref(), files: &files };
    vec![verify_bundle("bundle", &input, &world.trust(), now())]
}

/// bundle.json with one text replaced.
fn list(world: &mut World, from: &str, to: &str) {
    let text = String::from_utf8(world.bundle.bundle_json.take().unwrap()).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    world.bundle.bundle_json = Some(text.replacen(from, to, 1).into_bytes());
}

/// Another manifest, with a bundle.json that fits it as far as one can.
fn with_manifest(world: &mut World, manifest: Vec<u8>) {
    let statement: Statement = serde_json::from_slice(&payload_of(&manifest)).unwrap();
    world.bundle.bundle_json = Some(bundle_of(&statement, &manifest).to_json());
    world.bundle.manifest = Some(manifest);
}

#[test]
fn files() {
    let rows: &[Row<World>] = &[
        ("blob edited", |w| w.bundle.files[0].1[0] ^= 1, Some(FailureKind::FileMismatch)),
        ("blob cut", |w| _ = w.bundle.files[0].1.pop(), Some(FailureKind::FileMismatch)),
        ("import.sh edited", |w| w.bundle.files[1].1.extend(b"rm -r /\n"), Some(FailureKind::FileMismatch)),
        ("blob deleted", |w| _ = w.bundle.files.remove(0), Some(FailureKind::FileMissing)),
        ("import.sh deleted", |w| _ = w.bundle.files.remove(1), Some(FailureKind::FileMissing)),
        ("a file added", |w| w.bundle.files.push(("x".into(), vec![])), Some(FailureKind::FileExtra)),
        ("a hidden file added", |w| w.bundle.files.push((".x".into(), vec![])), Some(FailureKind::FileExtra)),
        ("a file renamed", |w| w.bundle.files[0].0.push('2'), Some(FailureKind::FileMissing)),
        (
            "two files exchanged",
            |w| {
                let first = w.bundle.files[0].1.clone();
                w.bundle.files[0].1 = std::mem::replace(&mut w.bundle.files[1].1, first);
            },
            Some(FailureKind::FileMismatch),
        ),
        (
            "the blob of another bundle",
            |w| w.bundle.files[0] = w.other_bundle.files[0].clone(),
            Some(FailureKind::FileMismatch),
        ),
        (
            "every file of another bundle",
            |w| w.bundle.files = w.other_bundle.files.clone(),
            Some(FailureKind::FileMismatch),
        ),
    ];
    run(rows, verify);
}

#[test]
fn the_list() {
    let rows: &[Row<World>] = &[
        ("bundle.json deleted", |w| w.bundle.bundle_json = None, Some(FailureKind::FileMissing)),
        ("another provider", |w| list(w, "\"openbao\"", "\"generic\""), Some(FailureKind::FileMismatch)),
        ("another method", |w| list(w, "rsa-aes-sha256", "rsa-aes-sha1"), Some(FailureKind::FileMismatch)),
        ("another target", |w| list(w, "\"payments\"", "\"other\""), Some(FailureKind::FileMismatch)),
        ("another schema", |w| list(w, "bundle/v1", "bundle/v2"), Some(FailureKind::FileMismatch)),
        ("another key version", |w| list(w, "kek@1", "kek@2"), Some(FailureKind::FileMismatch)),
        (
            "a later expiry",
            |w| list(w, "\"files\"", "\"expiresAt\": \"2030-01-01T00:00:00Z\", \"files\""),
            Some(FailureKind::FileMismatch),
        ),
        (
            "a file more",
            |w| {
                let hash = "0".repeat(64);
                list(w, "\"files\": [", &format!("\"files\": [{{\"name\":\"x\",\"sha256\":\"{hash}\",\"size\":0}},"));
            },
            Some(FailureKind::FileMismatch),
        ),
        (
            "a member twice",
            |w| list(w, "\"provider\"", "\"method\": \"x\", \"provider\""),
            Some(FailureKind::Duplicate),
        ),
        ("an unknown member", |w| list(w, "\"provider\"", "\"x\": \"x\", \"provider\""), Some(FailureKind::Malformed)),
        (
            "of another bundle",
            |w| w.bundle.bundle_json = w.other_bundle.bundle_json.clone(),
            Some(FailureKind::FileMismatch),
        ),
    ];
    run(rows, verify);
}

#[test]
fn the_manifest() {
    let rows: &[Row<World>] = &[
        ("deleted", |w| w.bundle.manifest = None, Some(FailureKind::FileMissing)),
        (
            "edited",
            |w| {
                let edited = with_payload(w.bundle.manifest.as_ref().unwrap(), |text| text.replace("pinned", "policy"));
                with_manifest(w, edited);
            },
            Some(FailureKind::Signature),
        ),
        (
            "signed by a foreign key",
            |w| {
                let foreign = SoftSigner::new(byok::manifest::signer::Scheme::EcdsaP256);
                let theirs = resigned(w.bundle.manifest.as_ref().unwrap(), &foreign, str::to_owned);
                with_manifest(w, theirs);
            },
            Some(FailureKind::UntrustedSigner),
        ),
        (
            "another signature of the honest key, bundle.json as it was",
            |w| {
                let again = resigned(w.bundle.manifest.as_ref().unwrap(), &w.signer, str::to_owned);
                w.bundle.manifest = Some(again);
            },
            Some(FailureKind::FileMismatch),
        ),
        (
            "an older manifest of the key, which records no wrap",
            |w| w.bundle.manifest = Some(w.manifests(KEK)[0].1.clone()),
            Some(FailureKind::Subject),
        ),
        (
            "another key's manifest",
            |w| with_manifest(w, w.other_bundle.manifest.clone().unwrap()),
            Some(FailureKind::FileMismatch),
        ),
        ("a checkpoint of the honest key", |w| w.bundle.manifest = w.latest.clone(), Some(FailureKind::Subject)),
        (
            "a list of files that the honest key did not sign",
            |w| {
                let files = w.other_bundle.files[0].1.clone();
                let (ours, theirs) = (file("x", &w.bundle.files[0].1), file("x", &files));
                let manifest = with_payload(w.bundle.manifest.as_ref().unwrap(), |text| {
                    text.replace(&ours.sha256, &theirs.sha256)
                });
                w.bundle.files[0].1 = files;
                with_manifest(w, manifest);
            },
            Some(FailureKind::Signature),
        ),
    ];
    run(rows, verify);
}

#[test]
fn a_bundle_says_what_it_cannot_show() {
    let world = crate::world();
    let report = &verify(&world)[0];
    assert_eq!(report.subject.as_deref(), Some("payments/kek@1, revision 2"));
    assert!(report.checked.iter().any(|text| text == "2 files"), "{report:?}");
    let parts = [
        "freshness",
        "signing time",
        "inside of ciphertext.b64",
        "token's honesty",
        "descriptor",
        "check value",
        "that revision 1 is the one it follows",
        "that the log has it",
    ];
    for part in parts {
        assert!(report.not_provable.iter().any(|text| text.contains(part)), "{part} in {report:?}");
    }
}
