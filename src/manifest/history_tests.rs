use jiff::SignedDuration;

use super::*;
use crate::key::exposure::Exposure;
use crate::manifest::digest::sha256_hex;
use crate::manifest::dsse::Payload as _;
use crate::manifest::rotation::RewrapRecord;
use crate::statements::{file, predicate, wrapped};

fn first() -> (Statement, String) {
    let statement = Statement::new(predicate("payments/kek")).unwrap();
    let sha256 = sha256_hex(&statement.to_payload().unwrap());
    (statement, sha256)
}

fn next() -> Statement {
    let (first, sha256) = first();
    Statement::new(wrapped(&first, &sha256, vec![file("import.sh", b"sh")])).unwrap()
}

/// The verdict on the second manifest after a change of it.
fn verdict(change: impl Fn(&mut KeyVersionPredicate)) -> Result<(), HistoryError> {
    let (first, sha256) = first();
    let mut next = next();
    change(&mut next.predicate);
    verify_chain(&first, &sha256, &next)
}

#[test]
fn an_honest_successor_is_taken() {
    assert_eq!(verdict(|_| ()), Ok(()));
    let activated = |p: &mut KeyVersionPredicate| {
        p.enter(State::Active, p.custody.read_at);
        p.dates.activated_at = Some(p.custody.read_at);
    };
    assert_eq!(verdict(activated), Ok(()));
    assert_eq!(verdict(|p| p.exposure_ever = Exposure::Plaintext), Ok(()));
    assert_eq!(verify_first(&first().0), Ok(()));
}

#[test]
fn what_never_changes_is_named() {
    let changed = |name| Err(HistoryError::Changed(name));
    assert_eq!(verdict(|p| p.key_name.push('x')), changed("keyName"));
    assert_eq!(verdict(|p| p.key_version = 2), changed("keyVersion"));
    assert_eq!(verdict(|p| p.logical_key_id.push('0')), changed("logicalKeyId"));
    assert_eq!(verdict(|p| p.key_type = "aes-128".into()), changed("keyType"));
    assert_eq!(verdict(|p| p.check = None), changed("check"));
    assert_eq!(verdict(|p| p.custody.object_id.push_str("00")), changed("custody.objectId"));
    assert_eq!(verdict(|p| p.origin.kind = "imported".into()), changed("origin"));
    assert_eq!(verdict(|p| p.log_ref.origin = "other".into()), changed("logRef.origin"));
    let replaces = |p: &mut KeyVersionPredicate| {
        let (replaces, manifest_sha256) = ("a@0".to_owned(), "ab".repeat(32));
        p.rotation = Some(rotation::RotationRecord { replaces, manifest_sha256, overlap: None });
    };
    assert_eq!(verdict(replaces), changed("rotation"));
}

#[test]
fn claims_of_data_keys_are_added_and_never_taken_away() {
    let claim = |objects, at| RewrapRecord { objects, remaining: None, by: "team".to_owned(), at };
    let (mut first, _) = first();
    let since = first.predicate.as_of();
    first.predicate.rewrapped = vec![claim(1, since)];
    let sha256 = sha256_hex(&first.to_payload().unwrap());
    let mut next = Statement::new(wrapped(&first, &sha256, vec![file("import.sh", b"sh")])).unwrap();
    let now = next.predicate.as_of();
    let changed = Err(HistoryError::Changed("rewrapped"));
    for (claims, expected) in [
        (vec![claim(1, since)], Ok(())),
        (vec![claim(1, since), claim(1, now)], Ok(())),
        (vec![], changed.clone()),
        (vec![claim(2, since)], changed.clone()),
        (vec![claim(1, now), claim(1, since)], if now == since { Ok(()) } else { changed.clone() }),
        (vec![claim(1, since), claim(2, now), claim(3, now)], changed.clone()),
        (vec![claim(1, since), claim(2, since - SignedDuration::from_secs(1))], Err(HistoryError::Clock)),
        (vec![claim(1, since), claim(2, now + SignedDuration::from_secs(1))], Err(HistoryError::Clock)),
    ] {
        next.predicate.rewrapped = claims;
        assert_eq!(verify_chain(&first, &sha256, &next), expected, "{:?}", next.predicate.rewrapped);
    }
    assert_eq!(verify_first(&first), changed);
}

#[test]
fn the_order_is_that_of_revisions_and_hashes() {
    assert_eq!(verdict(|p| p.revision = 3), Err(HistoryError::Revision { expected: 2, found: 3 }));
    assert_eq!(verdict(|p| p.revision = 1), Err(HistoryError::Revision { expected: 2, found: 1 }));
    assert_eq!(verdict(|p| p.previous_manifest = Some(sha256_hex(b"x"))), Err(HistoryError::Previous));
}

#[test]
fn exposure_is_never_lowered() {
    let (mut first, sha256) = first();
    first.predicate.exposure_ever = Exposure::EphemeralKek;
    assert_eq!(verify_chain(&first, &sha256, &next()), Err(HistoryError::ExposureLowered));
}

#[test]
fn the_state_moves_by_events_only() {
    let (mut first, sha256) = first();
    first.predicate.state = State::Destroyed;
    let error = HistoryError::State { from: State::Destroyed, to: State::PreActivation };
    assert_eq!(verify_chain(&first, &sha256, &next()), Err(error));
    assert_eq!(verdict(|p| p.state = State::Compromised), Err(HistoryError::Wrap(State::Compromised)));
    assert_eq!(
        verdict(|p| {
            p.state = State::Compromised;
            p.wraps.clear();
        }),
        Ok(())
    );
}
