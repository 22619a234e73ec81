//! Manifests in their folders, and against the log.

use std::io;

use byok::audit::record::Phase;
use byok::key::exposure::Exposure;
use byok::manifest::signer::Scheme;
use byok::manifest::statement::Statement;
use byok::ops::verify::failure::FailureKind;
use byok::ops::verify::papers::Papers;
use byok::ops::verify::registry::verify_registry;
use byok::ops::verify::report::ItemReport;
use serde_json::json;

use crate::readers::OTHER;
use crate::soft_signer::SoftSigner;
use crate::world::{KEK, World, payload_of, resigned, with_payload};
use crate::{Row, run};

fn verify(world: &World) -> Vec<ItemReport> {
    let read = |key: &_| Ok::<_, io::Error>(World::key_folder(key));
    verify_registry("registry", &world.keys, read, world.log(None), &Papers::new(&|_| Ok(None)), (&world.trust(), &[]))
}

fn statement(envelope: &[u8]) -> Statement {
    serde_json::from_slice(&payload_of(envelope)).unwrap()
}

/// The second manifest of the KEK, changed and signed anew by the honest key.
fn forge(world: &mut World, change: impl Fn(&mut Statement)) {
    let mut second = statement(&world.manifests(KEK)[1].1);
    change(&mut second);
    let envelope = world.sign(second.predicate).to_json();
    world.manifests(KEK)[1].1 = envelope;
}

/// A third manifest of the KEK by the honest key, with this place in the log.
fn third(world: &mut World, seq: u64) -> Vec<u8> {
    let second = world.manifests(KEK)[1].1.clone();
    let mut next = statement(&second).predicate;
    next.revision = 3;
    next.previous_manifest = Some(byok::manifest::digest::sha256_hex(&payload_of(&second)));
    next.log_ref.seq = seq;
    world.sign(next).to_json()
}

#[test]
fn files() {
    let rows: &[Row<World>] = &[
        ("the first manifest deleted", |w| _ = w.manifests(KEK).remove(0), Some(FailureKind::FileMissing)),
        ("the newest manifest deleted", |w| _ = w.manifests(KEK).pop(), Some(FailureKind::FileMissing)),
        ("every manifest deleted", |w| w.manifests(KEK).clear(), Some(FailureKind::FileMissing)),
        ("the folder deleted", |w| w.keys.retain(|(name, _)| name != KEK), Some(FailureKind::FileMissing)),
        ("all folders deleted", |w| w.keys.clear(), Some(FailureKind::FileMissing)),
        ("another file added", |w| w.manifests(KEK).push(("notes.txt".into(), vec![])), Some(FailureKind::FileExtra)),
        (
            "two manifests exchanged",
            |w| {
                let first = w.manifests(KEK)[0].1.clone();
                let second = std::mem::replace(&mut w.manifests(KEK)[1].1, first);
                w.manifests(KEK)[0].1 = second;
            },
            Some(FailureKind::Chain),
        ),
        (
            "an old manifest repeated as the newest",
            |w| {
                let first = w.manifests(KEK)[0].1.clone();
                w.manifests(KEK).push(("manifest-0003.dsse.json".into(), first));
            },
            Some(FailureKind::Chain),
        ),
        (
            "another key's manifest in the folder",
            |w| w.manifests(KEK)[0].1 = w.manifests(OTHER)[0].1.clone(),
            Some(FailureKind::Subject),
        ),
        (
            "two folders exchanged",
            |w| {
                let other = w.manifests(OTHER).clone();
                let kek = std::mem::replace(w.manifests(KEK), other);
                *w.manifests(OTHER) = kek;
            },
            Some(FailureKind::Subject),
        ),
    ];
    run(rows, verify);
}

#[test]
fn signatures() {
    let rows: &[Row<World>] = &[
        (
            "edited",
            |w| {
                w.manifests(KEK)[1].1 =
                    with_payload(&w.manifests(KEK)[1].1.clone(), |t| t.replace("payments\"", "pay\""));
            },
            Some(FailureKind::Signature),
        ),
        (
            "signed by a foreign key",
            |w| {
                let foreign = SoftSigner::new(Scheme::EcdsaP256);
                w.manifests(KEK)[1].1 = resigned(&w.manifests(KEK)[1].1.clone(), &foreign, str::to_owned);
            },
            Some(FailureKind::UntrustedSigner),
        ),
        (
            "a registry whose own key is not the trusted one",
            |w| w.signer = SoftSigner::new(Scheme::EcdsaP256),
            Some(FailureKind::UntrustedSigner),
        ),
        (
            "a signer named inside who has not signed",
            |w| {
                let honest = w.manifests(KEK)[1].1.clone();
                let id = byok::manifest::digest::sha256_hex(b"somebody");
                let own = statement(&honest).predicate.signer.spki_sha256;
                w.manifests(KEK)[1].1 = resigned(&honest, &w.signer, |text| text.replace(&own, &id));
            },
            Some(FailureKind::Subject),
        ),
    ];
    run(rows, verify);
}

/// The honest key signs what never happened, or what happened elsewhere.
#[test]
fn the_honest_key_out_of_context() {
    let rows: &[Row<World>] = &[
        (
            "the manifest signed anew with another content",
            |w| forge(w, |s| s.predicate.owner = Some("mallory".into())),
            Some(FailureKind::FileMissing),
        ),
        (
            "a manifest of another log",
            |w| forge(w, |s| s.predicate.log_ref.origin = "byok/ffff".into()),
            Some(FailureKind::Subject),
        ),
        (
            "the exposure lowered",
            |w| {
                let mut first = statement(&w.manifests(KEK)[0].1);
                first.predicate.exposure_ever = Exposure::Plaintext;
                let envelope = w.sign(first.predicate).to_json();
                let hash = byok::manifest::digest::sha256_hex(&payload_of(&envelope));
                w.manifests(KEK)[0].1 = envelope;
                forge(w, |s| s.predicate.previous_manifest = Some(hash.clone()));
            },
            Some(FailureKind::Chain),
        ),
        (
            "another object of the token",
            |w| forge(w, |s| s.predicate.custody.object_id.replace_range(..2, "ff")),
            Some(FailureKind::Subject),
        ),
        (
            "a newer manifest that the log does not know",
            |w| {
                let third = third(w, 99);
                w.manifests(KEK).push(("manifest-0003.dsse.json".into(), third));
            },
            Some(FailureKind::Chain),
        ),
        (
            "a newer manifest under the intent of another",
            |w| {
                let third = third(w, 3);
                w.manifests(KEK).push(("manifest-0003.dsse.json".into(), third));
            },
            Some(FailureKind::Subject),
        ),
        (
            "a newer manifest under the intent of another key",
            |w| {
                let third = third(w, 5);
                w.manifests(KEK).push(("manifest-0003.dsse.json".into(), third));
            },
            Some(FailureKind::Subject),
        ),
    ];
    run(rows, verify);
}

#[test]
fn a_manifest_of_an_interrupted_operation_is_noted() {
    let mut world = crate::world();
    let seq = world.append("key.wrap", Phase::Intent, Some(("payments/kek", None)), &json!({}));
    let mut next = statement(&third(&mut world, seq)).predicate;
    next.log_ref.entry_sha256 = byok::manifest::digest::sha256_hex(world.lines.last().unwrap());
    let envelope = world.sign(next).to_json();
    world.manifests(KEK).push(("manifest-0003.dsse.json".into(), envelope));
    world.checkpoint();
    let reports = verify(&world);
    assert_eq!(crate::failure(&reports), None, "{reports:?}");
    assert!(reports[0].notes.iter().any(|note| note.contains("interrupted")), "{reports:?}");
}

#[test]
fn one_logical_key_has_one_id() {
    let mut world = crate::world();
    let mut other = statement(&world.manifests(OTHER)[0].1).predicate;
    other.logical_key_id = statement(&world.manifests(KEK)[0].1).predicate.logical_key_id;
    let envelope = world.sign(other).to_json();
    *world.manifests(OTHER) = vec![("manifest-0001.dsse.json".into(), envelope)];
    let reports = verify(&world);
    assert_eq!(reports[1].failure.as_ref().map(|failure| failure.kind), Some(FailureKind::Subject), "{reports:?}");
}

#[test]
fn manifests_beside_a_broken_log_say_that_it_does_not_vouch_for_them() {
    let mut world = crate::world();
    world.lines.pop();
    let reports = verify(&world);
    assert!(crate::failure(&reports).is_some());
    assert!(reports[0].ok && reports[0].not_provable.iter().any(|text| text.contains("the log")), "{reports:?}");
    assert!(!reports[0].checked.iter().any(|text| text.contains("log")), "{reports:?}");
}

#[test]
fn an_adopted_key_has_an_unknown_past() {
    let mut world = crate::world();
    let mut other = statement(&world.manifests(OTHER)[0].1).predicate;
    other.origin.adopted = true;
    let report = byok::ops::verify::manifest::verify_manifest("m", &world.sign(other).to_json(), &world.trust());
    assert!(report.ok && report.not_provable.iter().any(|text| text.contains("before it was adopted")), "{report:?}");
}
