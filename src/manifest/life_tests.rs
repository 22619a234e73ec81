use super::*;
use crate::key::reason::Reason;
use crate::manifest::statement::{StateReason, Statement};
use crate::statements;

fn at(day: i8) -> Timestamp {
    format!("2026-12-{day:02}T00:00:00Z").parse().unwrap()
}

fn read_on(day: i8) -> KeyVersionPredicate {
    let mut predicate = statements::predicate("a");
    predicate.custody.read_at = at(day);
    predicate
}

fn planned() -> KeyVersionPredicate {
    let mut predicate = read_on(1);
    let (activation, protect_stop) = (Some(at(10)), Some(at(15)));
    predicate.dates.plan(Schedule { activation, protect_stop, process_stop: Some(at(20)), destroy: Some(at(25)) });
    predicate
}

fn active() -> KeyVersionPredicate {
    let mut predicate = planned();
    predicate.custody.read_at = at(11);
    predicate.pass_time(at(11));
    predicate
}

fn suspended() -> KeyVersionPredicate {
    let mut predicate = active();
    predicate.enter(State::Suspended, at(11));
    predicate.state_reason = Some(StateReason { code: Reason::KeyCompromise, message: Some("laptop lost".into()) });
    predicate
}

fn member(predicate: &KeyVersionPredicate) -> &'static str {
    match check(predicate) {
        Err(StatementError::Member(name)) => name,
        other => panic!("{other:?}"),
    }
}

#[test]
fn time_alone_activates_and_deactivates() {
    let key = planned();
    let states = [9, 10, 14, 15, 28].map(|day| key.state_at(at(day)));
    let (before, after) = (State::PreActivation, State::Deactivated);
    assert_eq!(states, [before, State::Active, State::Active, after, after]);
    let mut late = planned();
    late.custody.read_at = at(28);
    late.pass_time(at(28));
    assert_eq!((late.state, late.state_changed_at, late.dates.activated_at), (after, at(15), Some(at(10))));
    for key in [key, active(), suspended(), late] {
        assert!(Statement::new(key).is_ok());
    }
}

#[test]
fn state_and_dates_are_consistent() {
    type Change = fn(&mut KeyVersionPredicate);
    let rows: Vec<(KeyVersionPredicate, Change, &str)> = vec![
        (planned(), |p| p.dates.protect_stop_at = Some(at(9)), "dates"),
        (planned(), |p| p.dates.destroy_at = Some(at(19)), "dates"),
        (planned(), |p| p.dates.activated_at = Some(at(1)), "dates.activatedAt"),
        (active(), |p| p.dates.activated_at = None, "dates.activatedAt"),
        (active(), |p| p.dates.activated_at = Some(at(16)), "dates"),
        (planned(), |p| p.custody.read_at = at(10), "state"),
        (active(), |p| p.custody.read_at = at(15), "state"),
        (suspended(), |p| p.state_reason = None, "stateReason"),
        (active(), |p| p.state_reason = suspended().state_reason, "stateReason"),
        (suspended(), |p| p.state_reason.as_mut().unwrap().message = Some("\u{1b}".into()), "stateReason.message"),
        (suspended(), |p| p.state_reason.as_mut().unwrap().message = Some(String::new()), "stateReason.message"),
        (active(), |p| p.dates.sealed_at = Some(at(11)), "custody.attrs.extractable"),
        (sealed(active()), |p| p.wraps = wraps(), "wraps"),
    ];
    for (mut key, change, name) in rows {
        assert_eq!(check(&key), Ok(()), "{name}");
        change(&mut key);
        assert_eq!(member(&key), name);
    }
}

fn wraps() -> Vec<crate::manifest::statement::WrapRecord> {
    let first = Statement::new(statements::predicate("a")).unwrap();
    statements::wrapped(&first, &"ab".repeat(32), vec![statements::file("import.sh", b"sh")]).wraps
}

fn sealed(mut key: KeyVersionPredicate) -> KeyVersionPredicate {
    key.dates.sealed_at = Some(key.custody.read_at);
    key.custody.attrs.extractable = Some(false);
    key
}

fn next(old: &KeyVersionPredicate, day: i8) -> KeyVersionPredicate {
    let mut new = old.clone();
    new.custody.read_at = at(day);
    new.pass_time(at(day));
    new
}

/// The verdict on a manifest of this day that follows `old`, after a change.
fn verdict(old: &KeyVersionPredicate, day: i8, change: fn(&mut KeyVersionPredicate)) -> Result<(), HistoryError> {
    let mut new = next(old, day);
    change(&mut new);
    check_change(old, &new)
}

#[test]
fn what_time_has_done_needs_no_event_and_must_be_taken_in() {
    for day in [1, 10, 12, 15, 28] {
        assert_eq!(verdict(&planned(), day, |_| ()), Ok(()), "{day}");
    }
    assert_eq!(
        verdict(&planned(), 12, |p| (p.state, p.state_changed_at) = (State::PreActivation, at(1))),
        Err(HistoryError::State { from: State::Active, to: State::PreActivation })
    );
    assert_eq!(
        verdict(&active(), 12, |p| p.state_changed_at = at(12)),
        Err(HistoryError::State { from: State::Active, to: State::Active })
    );
}

#[test]
fn a_date_that_has_come_does_not_change() {
    let moved = |day, change| verdict(&planned(), day, change);
    assert_eq!(moved(5, |p| p.dates.activation_at = Some(at(12))), Ok(()));
    assert_eq!(moved(5, |p| p.dates.destroy_at = None), Ok(()));
    assert_eq!(moved(12, |p| p.dates.protect_stop_at = Some(at(18))), Ok(()));
    assert_eq!(moved(12, |p| p.dates.activation_at = Some(at(13))), Err(HistoryError::Date("activation")));
    assert_eq!(moved(16, |p| p.dates.protect_stop_at = Some(at(18))), Err(HistoryError::Date("protect-stop")));
    assert_eq!(moved(16, |p| p.dates.protect_stop_at = None), Err(HistoryError::Date("protect-stop")));
    assert_eq!(moved(12, |p| p.dates.process_stop_at = Some(at(11))), Err(HistoryError::Date("process-stop")));
}

#[test]
fn changes_are_made_in_the_order_of_time() {
    let mut back = suspended();
    back.custody.read_at = at(10);
    assert_eq!(check_change(&active(), &back), Err(HistoryError::Clock));
    assert_eq!(check_change(&active(), &suspended()), Ok(()));
    let changed = |name| Err(HistoryError::Changed(name));
    let suspend = |p: &mut KeyVersionPredicate| {
        p.enter(State::Suspended, p.custody.read_at);
        p.state_reason = suspended().state_reason;
    };
    assert_eq!(verdict(&active(), 12, suspend), Ok(()));
    assert_eq!(verdict(&suspended(), 12, |p| p.state_reason = None), changed("stateReason or dates.activatedAt"));
    assert_eq!(verdict(&suspended(), 12, |p| p.enter(State::Active, at(12))), Ok(()));
    assert_eq!(verdict(&suspended(), 12, |p| p.enter(State::Active, at(10))), changed("stateChangedAt"));
    assert_eq!(verdict(&suspended(), 12, |p| p.enter(State::Active, at(13))), changed("stateChangedAt"));
    let again = |p: &mut KeyVersionPredicate| {
        p.enter(State::Active, at(12));
        p.dates.activated_at = Some(at(12));
    };
    assert_eq!(verdict(&suspended(), 12, again), changed("dates.activatedAt"));
    assert_eq!(verdict(&read_on(1), 12, again), Ok(()));
    assert_eq!(verdict(&read_on(1), 12, |p| p.enter(State::Active, at(12))), changed("dates.activatedAt"));
}

#[test]
fn a_key_is_sealed_once_and_for_ever() {
    let changed = |name| Err(HistoryError::Changed(name));
    let seal = |p: &mut KeyVersionPredicate| *p = sealed(p.clone());
    assert_eq!(verdict(&active(), 12, seal), Ok(()));
    assert_eq!(verdict(&suspended(), 12, seal), Ok(()));
    let key = sealed(active());
    assert_eq!(verdict(&key, 12, |_| ()), Ok(()));
    assert_eq!(verdict(&key, 12, |p| p.dates.sealed_at = Some(at(12))), changed("dates.sealedAt"));
    assert_eq!(verdict(&key, 12, |p| p.dates.sealed_at = None), changed("dates.sealedAt"));
    let unexplained = |p: &mut KeyVersionPredicate| p.custody.attrs.extractable = Some(false);
    assert_eq!(verdict(&active(), 12, unexplained), changed("custody.attrs.extractable"));
    let earlier = |p: &mut KeyVersionPredicate| {
        *p = sealed(p.clone());
        p.dates.sealed_at = Some(at(11));
    };
    assert_eq!(verdict(&active(), 12, earlier), changed("dates.sealedAt"));
    let mut gone = active();
    (gone.state, gone.dates) = (State::Destroyed, Dates::of_birth(at(1)));
    assert_eq!(verdict(&gone, 12, seal), changed("dates.sealedAt"));
}
