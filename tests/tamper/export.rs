//! An exported log. It is not signed: its lines stand or fall with the log or with a kept checkpoint.

use byok::audit::checkpoint::Checkpoint;
use byok::manifest::digest::sha256_hex;
use byok::ops::export_audit::{Format, Range, export_audit};
use byok::ops::verify::export::{Anchor, verify_export};
use byok::ops::verify::failure::FailureKind;
use byok::ops::verify::report::ItemReport;

use crate::readers::{Row, rows};
use crate::world::World;
use crate::{failure, world};

fn export(world: &World) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    export_audit(rows(&world.lines), Format::Jsonl, Range::default(), &mut out).unwrap();
    out.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
}

fn with_log(exported: &[Vec<u8>], log: &World) -> ItemReport {
    verify_export("export.jsonl", rows(exported), Anchor { log: Some(rows(&log.lines)), since: None })
}

fn with_checkpoint(exported: &[Vec<u8>], since: &Checkpoint) -> ItemReport {
    let none: Option<std::iter::Empty<Row>> = None;
    verify_export("export.jsonl", rows(exported), Anchor { log: none, since: Some(since) })
}

fn replaced(line: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(line.to_vec()).unwrap();
    assert!(text.contains(from));
    text.replacen(from, to, 1).into_bytes()
}

type Tamper = fn(&mut Vec<Vec<u8>>);

#[test]
fn lines() {
    let world = world();
    let kept = world.checkpoint_at(5);
    let honest = export(&world);
    assert_eq!(failure(&[with_log(&honest, &world), with_checkpoint(&honest, &kept)]), None);
    // What was done; the verdict with the log; the verdict with a checkpoint over the first five entries.
    let table: &[(&str, Tamper, Option<FailureKind>, Option<FailureKind>)] = &[
        ("edited", |x| x[2] = replaced(&x[2], "ann", "bob"), Some(FailureKind::Chain), Some(FailureKind::Chain)),
        ("edited with its hash", |x| x[8] = rehashed(&x[8]), Some(FailureKind::FileMismatch), None),
        (
            "edited with its hash, below the checkpoint",
            |x| x[4] = rehashed(&x[4]),
            Some(FailureKind::FileMismatch),
            Some(FailureKind::Fork),
        ),
        ("deleted", |x| _ = x.remove(2), None, Some(FailureKind::Unsigned)),
        ("the first deleted", |x| _ = x.remove(0), None, Some(FailureKind::Unsigned)),
        ("cut before the checkpoint", |x| x.truncate(4), None, Some(FailureKind::Unsigned)),
        ("swapped", |x| x.swap(2, 3), Some(FailureKind::Chain), Some(FailureKind::Chain)),
        ("repeated", |x| x.insert(2, x[2].clone()), Some(FailureKind::Chain), Some(FailureKind::Chain)),
        (
            "renumbered",
            |x| x[2] = replaced(&x[2], "{\"seq\":2", "{\"seq\":3"),
            Some(FailureKind::Chain),
            Some(FailureKind::Chain),
        ),
        ("no export line", |x| x[2] = b"{}".to_vec(), Some(FailureKind::Malformed), Some(FailureKind::Malformed)),
        ("a line more", |x| x.push(beyond(x)), Some(FailureKind::FileMismatch), None),
    ];
    for (what, tamper, log, checkpoint) in table {
        let mut exported = honest.clone();
        tamper(&mut exported);
        assert_eq!(failure(&[with_log(&exported, &world)]), *log, "{what}, with the log");
        assert_eq!(failure(&[with_checkpoint(&exported, &kept)]), *checkpoint, "{what}, with the checkpoint");
    }
}

/// The exported line with another actor and the hash that goes with it.
fn rehashed(line: &[u8]) -> Vec<u8> {
    let edited = String::from_utf8(replaced(line, "ann", "bob")).unwrap();
    let (head, entry) = edited.split_once(",\"entry\":").unwrap();
    let seq = head.split_once(',').unwrap().0;
    let entry = entry.strip_suffix('}').unwrap();
    format!("{seq},\"entrySha256\":\"{}\",\"entry\":{entry}}}", sha256_hex(entry.as_bytes())).into_bytes()
}

/// An entry that would follow the last one.
fn beyond(exported: &[Vec<u8>]) -> Vec<u8> {
    let mut world = world();
    world.lines = exported.iter().map(|line| byok::audit::export::jsonl::split(line).unwrap().2.to_vec()).collect();
    world.append("refusal", byok::audit::record::Phase::Note, None, &serde_json::json!({}));
    export(&world).pop().unwrap()
}

#[test]
fn an_export_alone_is_not_evidence() {
    let world = world();
    let none: Option<std::iter::Empty<Row>> = None;
    let report = verify_export("export.jsonl", rows(&export(&world)), Anchor { log: none, since: None });
    assert_eq!(failure(&[report]), Some(FailureKind::Unsigned));
}

#[test]
fn an_export_of_another_log_is_not_this_one() {
    let (world, other) = (world(), World::new("byok/ffff", byok::manifest::signer::Scheme::Ed25519));
    assert_eq!(failure(&[with_log(&export(&other), &world)]), Some(FailureKind::FileMismatch));
    assert_eq!(failure(&[with_checkpoint(&export(&other), &world.checkpoint_at(5))]), Some(FailureKind::Fork));
}
