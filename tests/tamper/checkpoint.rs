//! The checkpoints of a log, in their place.

use byok::audit::checkpoint::Checkpoint;
use byok::manifest::dsse::{Payload as _, Signed};
use byok::manifest::signer::Scheme;
use byok::ops::verify::failure::FailureKind;
use byok::ops::verify::log::verify_log;
use byok::ops::verify::report::ItemReport;
use byok::ops::verify::retained::read_retained;

use crate::soft_signer::SoftSigner;
use crate::world::{World, envelope, resigned, with_payload};
use crate::{Row, run, world};

fn verify(world: &World) -> Vec<ItemReport> {
    vec![verify_log("audit", world.log(None), &world.trust())]
}

/// A checkpoint that this world's key has signed, as a line.
fn signed(world: &World, checkpoint: Checkpoint) -> Vec<u8> {
    Signed::sign(checkpoint, &world.signer).unwrap().to_json().trim_ascii_end().to_vec()
}

#[test]
fn lines_of_the_history() {
    let rows: &[Row<World>] = &[
        (
            "edited",
            |w| w.checkpoints[1] = with_payload(&w.checkpoints[1], |text| text.replace("\n3\n", "\n4\n")),
            Some(FailureKind::Signature),
        ),
        (
            "signed by a foreign key",
            |w| w.checkpoints[1] = resigned(&w.checkpoints[1], &SoftSigner::new(Scheme::EcdsaP256), str::to_owned),
            Some(FailureKind::UntrustedSigner),
        ),
        (
            "of another log of the honest key",
            |w| {
                let other = Checkpoint { origin: "byok/ffff".into(), ..w.checkpoint_at(3) };
                w.checkpoints[1] = signed(w, other);
            },
            Some(FailureKind::Subject),
        ),
        (
            "over other lines, signed by the honest key",
            |w| {
                let other = Checkpoint { root: [7; 32], ..w.checkpoint_at(3) };
                w.checkpoints[1] = signed(w, other);
            },
            Some(FailureKind::Root),
        ),
        (
            "a manifest in its place",
            |w| w.checkpoints[1] = w.keys[0].1[0].1.trim_ascii_end().to_vec(),
            Some(FailureKind::Subject),
        ),
        (
            "signed by the honest key as a manifest, and relabelled",
            |w| {
                let body = w.checkpoint_at(3).body().unwrap();
                let elsewhere = envelope("application/vnd.in-toto+json", body.as_bytes(), &[(&w.signer, "")]);
                let text = String::from_utf8(elsewhere).unwrap();
                w.checkpoints[1] = text.replace("application/vnd.in-toto+json", Checkpoint::TYPE).into_bytes();
            },
            Some(FailureKind::UntrustedSigner),
        ),
        ("not JSON", |w| w.checkpoints[1] = b"byok/0f9e\n3\n".to_vec(), Some(FailureKind::Malformed)),
        ("swapped", |w| w.checkpoints.swap(1, 2), Some(FailureKind::Chain)),
        ("an old one repeated at the end", |w| w.checkpoints.push(w.checkpoints[1].clone()), Some(FailureKind::Chain)),
        ("the last deleted", |w| _ = w.checkpoints.pop(), Some(FailureKind::Truncated)),
        ("all deleted", |w| w.checkpoints.clear(), Some(FailureKind::Truncated)),
        ("one in the middle deleted", |w| _ = w.checkpoints.remove(1), None),
    ];
    run(rows, verify);
}

#[test]
fn the_latest() {
    let rows: &[Row<World>] = &[
        ("deleted", |w| w.latest = None, None),
        ("an older one, as after a crash", |w| w.latest = Some(w.checkpoints[2].clone()), None),
        (
            "edited",
            |w| w.latest = Some(with_payload(w.latest.as_ref().unwrap(), |text| text.replace("\n9\n", "\n8\n"))),
            Some(FailureKind::Signature),
        ),
        (
            "other content of the same size, signed by the honest key",
            |w| w.latest = Some(signed(w, Checkpoint { root: [7; 32], ..w.checkpoint_at(9) })),
            Some(FailureKind::Root),
        ),
        (
            "beyond the end, signed by the honest key",
            |w| w.latest = Some(signed(w, Checkpoint { size: 10, ..w.checkpoint_at(9) })),
            Some(FailureKind::Truncated),
        ),
        (
            "all checkpoints deleted",
            |w| {
                w.checkpoints.clear();
                w.latest = None;
            },
            Some(FailureKind::Unsigned),
        ),
    ];
    run(rows, verify);
}

#[test]
fn the_kept_one() {
    let world = world();
    let trust = world.trust();
    let kept = world.checkpoint_at(5);
    let foreign = SoftSigner::new(Scheme::EcdsaP256);
    let read = |bytes: &[u8]| read_retained(bytes, &trust).map_err(|failure| failure.kind);
    assert_eq!(read(&signed(&world, kept.clone())), Ok(kept.clone()));
    let note = kept.to_note(&world.signer).unwrap();
    assert_eq!(read(note.as_bytes()), Ok(kept.clone()));
    assert_eq!(read(note.replace("\n5\n", "\n4\n").as_bytes()), Err(FailureKind::UntrustedSigner));
    assert_eq!(read(kept.to_note(&foreign).unwrap().as_bytes()), Err(FailureKind::UntrustedSigner));
    assert_eq!(read(kept.body().unwrap().as_bytes()), Err(FailureKind::UntrustedSigner));
    assert_eq!(read(b"rubbish"), Err(FailureKind::Malformed));
    let other_log = Checkpoint { origin: "byok/ffff".into(), ..kept };
    let report = verify_log("audit", world.log(Some(&other_log)), &trust);
    assert_eq!(crate::failure(&[report]), Some(FailureKind::Subject));
}
