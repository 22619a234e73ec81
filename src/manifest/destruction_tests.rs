use super::*;
use crate::key::reason::Reason;
use crate::manifest::authorization::{ApprovalRecord, AuthorizationRecord, PlanRecord};
use crate::manifest::digest::sha256_hex;
use crate::manifest::dsse::Payload as _;
use crate::manifest::history::verify_chain;
use crate::manifest::statement::{StateReason, Statement};
use crate::statements;

fn at(day: i8) -> Timestamp {
    format!("2027-01-{day:02}T00:00:00Z").parse().unwrap()
}

fn first() -> KeyVersionPredicate {
    let mut predicate = statements::predicate("a");
    predicate.custody.read_at = at(1);
    predicate
}

fn next(old: &KeyVersionPredicate) -> KeyVersionPredicate {
    let bytes = Statement::new(old.clone()).unwrap().to_payload().unwrap();
    let mut new = old.clone();
    new.revision = new.revision.saturating_add(1);
    new.previous_manifest = Some(sha256_hex(&bytes));
    new.break_glass = None;
    new
}

fn gone() -> KeyVersionPredicate {
    let mut predicate = next(&first());
    predicate.enter(State::Destroyed, at(3));
    predicate.state_reason = Some(StateReason { code: Reason::Superseded, message: None });
    let (objects, read_back) = (vec!["secret".to_owned()], NOT_FOUND.to_owned());
    predicate.destruction = Some(DestructionRecord { objects, absent: false, read_back, read_back_at: at(3) });
    predicate
}

/// Suspended, deactivated or compromised, and the token did not find it.
fn unfound() -> KeyVersionPredicate {
    let mut predicate = next(&first());
    predicate.enter(State::Compromised, at(3));
    predicate.state_reason = Some(StateReason { code: Reason::KeyCompromise, message: None });
    predicate.absence = Some(AbsenceRecord::new(at(3)));
    predicate
}

fn follows(old: &KeyVersionPredicate, new: &KeyVersionPredicate) -> Result<(), HistoryError> {
    let old = Statement::new(old.clone()).unwrap();
    let sha256 = sha256_hex(&old.to_payload().unwrap());
    verify_chain(&old, &sha256, &Statement::new(new.clone()).unwrap())
}

fn hastened(people: &[&str]) -> KeyVersionPredicate {
    let mut predicate = gone();
    let approvals = people.iter().map(|person| ApprovalRecord {
        person: (*person).to_owned(),
        key: "SHA256:x".to_owned(),
        namespace: "byok-destroy-v1".to_owned(),
        signature_sha256: sha256_hex(person.as_bytes()),
    });
    let plan = PlanRecord {
        sha256: sha256_hex(b"plan"),
        action: 0,
        author: "carol".to_owned(),
        threshold: 1,
        approvals: approvals.collect(),
    };
    predicate.authorization = Some(AuthorizationRecord {
        policy_sha256: sha256_hex(b"policy"),
        allowed_signers_sha256: None,
        rule: "r".to_owned(),
        plan: Some(plan),
    });
    predicate.break_glass =
        Some(BreakGlassRecord { reason: "the laptop is for sale".to_owned(), skipped: vec![GRACE.to_owned()] });
    predicate
}

#[test]
fn a_destroyed_key_says_how_and_no_other_key_does() {
    type Change = fn(&mut KeyVersionPredicate);
    let rows: [(Change, &str); 9] = [
        (|p| p.destruction = None, "destruction"),
        (|p| p.enter(State::PreActivation, at(1)), "destruction"),
        (|p| p.state_reason = None, "stateReason"),
        (|p| p.destruction.as_mut().unwrap().objects.push("secret".into()), "destruction.objects"),
        (|p| p.destruction.as_mut().unwrap().objects = vec!["private".into()], "destruction.objects"),
        (|p| p.destruction.as_mut().unwrap().read_back = "gone everywhere".into(), "destruction.readBack"),
        (|p| p.custody.read_at = at(4), "destruction.readBackAt"),
        (|p| p.destruction.as_mut().unwrap().read_back = String::new(), "destruction.readBack"),
        (
            |p| {
                let first = Statement::new(first()).unwrap();
                let files = vec![statements::file("import.sh", b"sh")];
                p.wraps = statements::wrapped(&first, &"ab".repeat(32), files).wraps;
            },
            "wraps",
        ),
    ];
    assert!(Statement::new(gone()).is_ok());
    let mut none_left = gone();
    none_left.destruction.as_mut().unwrap().objects.clear();
    assert!(Statement::new(none_left).is_ok());
    // What was not found, nobody destroyed; old manifests say nothing of it.
    let mut absent = gone();
    absent.destruction.as_mut().unwrap().absent = true;
    assert_eq!(Statement::new(absent.clone()).unwrap_err(), StatementError::Member("destruction.absent"));
    absent.destruction.as_mut().unwrap().objects.clear();
    let absent = Statement::new(absent).unwrap();
    let written = serde_json::to_value(&absent).unwrap();
    assert_eq!(written["predicate"]["destruction"]["absent"], true);
    let mut old = serde_json::to_value(Statement::new(gone()).unwrap()).unwrap();
    assert_eq!(old["predicate"]["destruction"].get("absent"), None);
    old["predicate"]["destruction"]["objects"] = serde_json::json!([]);
    assert!(serde_json::from_value::<Statement>(old).is_ok());
    for (change, name) in rows {
        let mut key = gone();
        change(&mut key);
        assert_eq!(Statement::new(key).unwrap_err(), StatementError::Member(name));
    }
}

#[test]
fn a_key_ends_once() {
    assert_eq!(follows(&first(), &gone()), Ok(()));
    let mut later = next(&gone());
    later.enter(State::DestroyedCompromised, at(5));
    later.state_reason = Some(StateReason { code: Reason::KeyCompromise, message: None });
    assert_eq!((follows(&gone(), &later), later.as_of()), (Ok(()), at(5)));
    later.destruction.as_mut().unwrap().read_back_at = at(2);
    assert_eq!(follows(&gone(), &later), Err(HistoryError::Changed("destruction or custody")));
    let mut early = gone();
    early.destruction.as_mut().unwrap().read_back_at = at(4);
    assert_eq!(follows(&first(), &early), Err(HistoryError::Changed("destruction.readBackAt")));
    let mut back = next(&gone());
    (back.destruction, back.state_reason) = (None, None);
    back.enter(State::PreActivation, at(6));
    back.custody.read_at = at(6);
    assert!(matches!(follows(&gone(), &back), Err(HistoryError::State { .. } | HistoryError::Changed(_))));
}

#[test]
fn skipping_takes_two_people_and_a_change() {
    assert_eq!(follows(&first(), &hastened(&["alice", "bob"])), Ok(()));
    for people in [&[][..], &["alice"], &["alice", "alice"]] {
        let error = Statement::new(hastened(people)).unwrap_err();
        let (glass, approvals) =
            (StatementError::Member("breakGlass"), StatementError::Member("authorization.plan.approvals"));
        assert!(error == glass || error == approvals, "{people:?}: {error}");
    }
    for skipped in [&[][..], &["everything"], &["stage", "grace"], &["grace", "grace"]] {
        let mut key = hastened(&["alice", "bob"]);
        key.break_glass.as_mut().unwrap().skipped = skipped.iter().map(ToString::to_string).collect();
        assert_eq!(Statement::new(key).unwrap_err(), StatementError::Member("breakGlass.skipped"), "{skipped:?}");
    }
    let before = hastened(&["alice", "bob"]);
    let mut still = next(&before);
    still.break_glass.clone_from(&before.break_glass);
    assert_eq!(follows(&before, &still), Err(HistoryError::Changed("breakGlass")));
}

#[test]
fn a_key_that_was_not_found_changes_its_state_and_nothing_was_read_of_it() {
    assert_eq!((follows(&first(), &unfound()), unfound().as_of()), (Ok(()), at(3)));
    let mut silent = unfound();
    silent.absence = None;
    assert_eq!(follows(&first(), &silent), Err(HistoryError::Changed("stateChangedAt")));
    let mut read = unfound();
    read.custody.read_at = at(2);
    assert_eq!(follows(&first(), &read), Err(HistoryError::Changed("absence or custody")));
    let mut still = next(&first());
    still.absence = Some(AbsenceRecord::new(at(3)));
    assert_eq!(follows(&first(), &still), Err(HistoryError::Changed("absence or custody")));
    let mut early = unfound();
    early.absence = Some(AbsenceRecord::new("2026-12-31T00:00:00Z".parse().unwrap()));
    assert_eq!(Statement::new(early).unwrap_err(), StatementError::Member("absence.readBackAt"));
    // It stands until the token has the key again.
    let mut forgotten = next(&unfound());
    forgotten.absence = None;
    assert_eq!(follows(&unfound(), &forgotten), Err(HistoryError::Changed("absence")));
    forgotten.custody.read_at = at(4);
    assert_eq!(follows(&unfound(), &forgotten), Ok(()));
    let mut both = next(&unfound());
    both.custody.read_at = at(4);
    assert_eq!(Statement::new(both).unwrap_err(), StatementError::Member("absence.readBackAt"));
}
