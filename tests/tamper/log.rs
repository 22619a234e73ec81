//! The log's lines.

use byok::audit::record::Phase;
use byok::ops::verify::failure::FailureKind;
use byok::ops::verify::log::verify_log;
use byok::ops::verify::report::{ItemReport, Unattested};
use serde_json::json;

use crate::world::World;
use crate::{Row, run, world};

fn verify(world: &World) -> Vec<ItemReport> {
    vec![verify_log("audit", world.log(None), &world.trust())]
}

fn edit(world: &mut World, index: usize) {
    let text = String::from_utf8(world.lines[index].clone()).unwrap();
    assert!(text.contains("\"ann\""));
    world.lines[index] = text.replace("\"ann\"", "\"bob\"").into_bytes();
}

/// Keeps the first lines only, and as many checkpoints as still fit.
fn roll_back(world: &mut World, lines: usize, checkpoints: usize) {
    world.lines.truncate(lines);
    world.checkpoints.truncate(checkpoints);
    let mut last = world.checkpoints.last().unwrap().clone();
    last.push(b'\n');
    world.latest = Some(last);
}

/// Signs every checkpoint anew over the lines as they are, as somebody with the PIN can.
fn sign_anew(world: &mut World) {
    let sizes = [1, 3, 5, 7, 9].into_iter().filter(|size| *size <= world.lines.len());
    let lines = world.lines.clone();
    world.checkpoints.clear();
    for size in sizes.collect::<Vec<_>>() {
        world.lines.truncate(size);
        world.checkpoint();
        world.lines.clone_from(&lines);
    }
}

#[test]
fn lines() {
    let rows: &[Row<World>] = &[
        ("a line edited", |w| edit(w, 3), Some(FailureKind::Chain)),
        ("the last line under a checkpoint edited", |w| edit(w, 4), Some(FailureKind::Root)),
        ("the first line edited", |w| edit(w, 0), Some(FailureKind::Root)),
        ("the last line edited", |w| edit(w, 8), Some(FailureKind::Root)),
        ("a line deleted", |w| _ = w.lines.remove(4), Some(FailureKind::Chain)),
        ("the first line deleted", |w| _ = w.lines.remove(0), Some(FailureKind::Chain)),
        ("the last line deleted", |w| _ = w.lines.pop(), Some(FailureKind::Truncated)),
        ("every line deleted", |w| w.lines.clear(), Some(FailureKind::Truncated)),
        ("two lines swapped", |w| w.lines.swap(3, 4), Some(FailureKind::Chain)),
        ("a line repeated", |w| w.lines.insert(4, w.lines[4].clone()), Some(FailureKind::Chain)),
        ("a line repeated at the end", |w| w.lines.push(w.lines[8].clone()), Some(FailureKind::Chain)),
        ("an empty line", |w| w.lines.insert(4, vec![]), Some(FailureKind::Malformed)),
        ("a torn line", |w| w.lines[4].truncate(9), Some(FailureKind::Malformed)),
        ("a NUL after the line", |w| w.lines[8].push(0), Some(FailureKind::Malformed)),
        (
            "a line of another log",
            |w| w.lines[4] = World::new("byok/ffff", byok::manifest::signer::Scheme::Ed25519).lines[4].clone(),
            Some(FailureKind::Chain),
        ),
        (
            "a member twice",
            |w| {
                let text = String::from_utf8(w.lines[8].clone()).unwrap();
                w.lines[8] = text.replacen("\"seq\":8", "\"seq\":8,\"seq\":8", 1).into_bytes();
            },
            Some(FailureKind::Duplicate),
        ),
        (
            "edited and chained again",
            |w| {
                edit(w, 4);
                w.rechain();
            },
            Some(FailureKind::Root),
        ),
        (
            "deleted and chained again",
            |w| {
                w.lines.remove(4);
                w.rechain();
            },
            Some(FailureKind::Root),
        ),
    ];
    run(rows, verify);
}

/// What somebody with the PIN can do, seen without and with a checkpoint that was kept elsewhere.
#[test]
fn history_rewritten_by_the_honest_key() {
    let fork: fn(&mut World) = |w| {
        edit(w, 2);
        w.rechain();
        sign_anew(w);
    };
    run(
        &[
            ("rolled back with all its checkpoints", |w| roll_back(w, 3, 2), None),
            ("forked, with fresh checkpoints", fork, None),
        ],
        verify,
    );
    let honest = world();
    let kept = honest.checkpoint_at(5);
    let since = |world: &World| vec![verify_log("audit", world.log(Some(&kept)), &world.trust())];
    for (what, tamper, expected) in [
        ("nothing", (|_| ()) as fn(&mut World), None),
        ("rolled back with all its checkpoints", |w| roll_back(w, 3, 2), Some(FailureKind::Truncated)),
        ("rolled back to just before", |w| roll_back(w, 4, 2), Some(FailureKind::Truncated)),
        ("rolled back to what was kept", |w| roll_back(w, 5, 3), None),
        ("checkpoints rolled back, lines kept", |w| roll_back(w, 9, 2), Some(FailureKind::Stale)),
        ("forked, with fresh checkpoints", fork, Some(FailureKind::Fork)),
    ] {
        let mut world = copy_of(&honest);
        tamper(&mut world);
        assert_eq!(crate::failure(&since(&world)), expected, "{what}");
    }
}

/// A world of the same log and key material is one world; signers cannot be cloned, so the log is re-signed.
fn copy_of(honest: &World) -> World {
    let mut copy = world();
    copy.lines.clone_from(&honest.lines);
    sign_anew(&mut copy);
    copy
}

#[test]
fn a_tail_is_counted_and_an_adopted_one_is_unattested_for_ever() {
    let mut world = world();
    world.append("refusal", Phase::Note, None, &json!({}));
    world.append("refusal", Phase::Note, None, &json!({}));
    let report = &verify(&world)[0];
    assert!(report.ok);
    assert_eq!(report.log.as_ref().map(|log| (log.entries, log.signed, log.uncommitted)), Some((11, 9, 2)));
    assert!(report.not_provable.iter().any(|text| text.contains("the last 2 entries")), "{report:?}");

    world.append("tail.adopted", Phase::Note, None, &json!({"from": 9, "to": 11, "torn": 17}));
    world.checkpoint();
    world.append("refusal", Phase::Note, None, &json!({}));
    world.checkpoint();
    let report = &verify(&world)[0];
    let unattested = Unattested { from: 9, to: 11, torn: 17, adopted_by: 11 };
    assert_eq!(report.log.as_ref().unwrap().unattested, [unattested]);
    assert!(report.notes.iter().any(|note| note.contains("2 entries from 9")), "{report:?}");

    world.append("tail.adopted", Phase::Note, None, &json!({"from": 9, "to": 99}));
    world.checkpoint();
    assert_eq!(crate::failure(&verify(&world)), Some(FailureKind::Malformed));
}

#[test]
fn an_open_intent_is_named() {
    let mut world = world();
    world.append("key.wrap", Phase::Intent, Some(("payments/kek", None)), &json!({}));
    world.checkpoint();
    let report = &verify(&world)[0];
    assert_eq!(report.log.as_ref().unwrap().open_operations, 1);
    assert!(report.notes.iter().any(|note| note.contains("entry 9 (key.wrap)")), "{report:?}");
}
