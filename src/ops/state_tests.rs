use super::*;
use crate::key::dates::OrderError;
use crate::key::reason::Reason;
use crate::manifest::dsse::Signed;
use crate::registry::fixture::{Fixture, OBJECT};
use crate::registry::release::StagedFile;

fn at(day: i8) -> Timestamp {
    format!("2026-12-{day:02}T00:00:00Z").parse().unwrap()
}

fn scene() -> Fixture {
    let f = Fixture::new();
    f.put_manifest("a@1", 1, None, OBJECT);
    f
}

fn checked(f: &Fixture, change: &Change, day: i8) -> Result<Checked, ChangeError> {
    check(&f.registry, &"a".parse().unwrap(), change.clone(), at(day))
}

/// Makes the change as a command would on this day, without a token.
fn make(f: &Fixture, change: &Change, day: i8) {
    let Checked { target, change, is_made } = checked(f, change, day).unwrap();
    assert!(!is_made);
    let mut predicate = target.predicate().clone();
    predicate.revision = predicate.revision.strict_add(1);
    predicate.previous_manifest = Some(target.manifest.payload_sha256.clone());
    predicate.pass_time(at(day));
    predicate.custody.read_at = at(day);
    change.apply(&mut predicate);
    let signed = Signed::sign(Statement::new(predicate.clone()).unwrap(), &f.signer).unwrap();
    let slot = f.registry.manifest_slot(&target.id, predicate.revision).unwrap();
    StagedFile::create(slot, &signed.to_json()).unwrap().seal().release().unwrap();
    // History agrees, and whoever repeats the command is told that it is done.
    f.registry.manifests(&target.id).unwrap();
    assert!(checked(f, &change, day).unwrap().is_made);
}

fn state(f: &Fixture, day: i8) -> State {
    f.registry.newest_manifest(&"a@1".parse().unwrap()).unwrap().statement.predicate.state_at(at(day))
}

fn now() -> Change {
    Change::Activate(Schedule::default())
}

fn suspend(message: &str) -> Change {
    Change::Suspend(StateReason { code: Reason::KeyCompromise, message: Some(message.to_owned()) })
}

#[test]
fn a_key_goes_in_and_out_of_use() {
    let f = scene();
    make(&f, &now(), 1);
    assert_eq!(state(&f, 1), State::Active);
    make(&f, &suspend("lost"), 2);
    assert_eq!(state(&f, 2), State::Suspended);
    assert!(matches!(checked(&f, &suspend("found"), 2), Err(ChangeError::State(_))));
    assert!(matches!(checked(&f, &now(), 2), Err(ChangeError::State(_))));
    make(&f, &Change::Reinstate, 3);
    assert_eq!(state(&f, 3), State::Active);
    let first = f.registry.newest_manifest(&"a@1".parse().unwrap()).unwrap().statement.predicate.dates.activated_at;
    assert_eq!(first, Some(at(1)), "a reinstated key came into use once");
}

#[test]
fn only_what_was_suspended_is_reinstated() {
    let f = scene();
    assert!(matches!(checked(&f, &Change::Reinstate, 1), Err(ChangeError::State(_))));
    make(&f, &now(), 1);
    assert!(matches!(checked(&f, &Change::Reinstate, 1), Err(ChangeError::State(_))));
}

#[test]
fn a_planned_activation_comes_by_itself_and_can_be_overtaken() {
    let f = scene();
    let dates = Schedule { activation: Some(at(10)), protect_stop: Some(at(20)), ..Schedule::default() };
    make(&f, &Change::Activate(dates), 1);
    assert_eq!([state(&f, 9), state(&f, 10), state(&f, 20)], [State::PreActivation, State::Active, State::Deactivated]);
    assert!(checked(&f, &Change::Activate(dates), 11).unwrap().is_made, "also when the date has come");
    assert!(checked(&f, &now(), 11).unwrap().is_made);
    assert!(matches!(checked(&f, &now(), 21), Err(ChangeError::State(_))));
    make(&f, &now(), 5);
    let dates = f.registry.newest_manifest(&"a@1".parse().unwrap()).unwrap().statement.predicate.dates;
    assert_eq!((dates.activation_at, dates.activated_at, dates.protect_stop_at), (None, Some(at(5)), Some(at(20))));
    make(&f, &suspend("late"), 12);
    assert!(matches!(checked(&f, &Change::Reinstate, 20), Err(ChangeError::State(_))), "its time is over");
}

#[test]
fn dates_are_in_the_future_and_in_order() {
    let f = scene();
    let refused = |dates| checked(&f, &Change::Activate(dates), 5).unwrap_err();
    let past = refused(Schedule { activation: Some(at(4)), ..Schedule::default() });
    assert!(matches!(past, ChangeError::Past { name: "activation", .. }), "{past}");
    let past = refused(Schedule { protect_stop: Some(at(4)), ..Schedule::default() });
    assert!(matches!(past, ChangeError::Past { name: "protect-stop", .. }), "{past}");
    let order = refused(Schedule { activation: Some(at(9)), protect_stop: Some(at(8)), ..Schedule::default() });
    assert!(matches!(order, ChangeError::Order(OrderError { earlier: "activation", later: "protect-stop", .. })));
    let order = refused(Schedule { destroy: Some(at(7)), process_stop: Some(at(8)), ..Schedule::default() });
    assert!(matches!(order, ChangeError::Order(OrderError { later: "destroy", .. })));
}

#[test]
fn a_clock_that_ran_backwards_is_refused() {
    let f = scene();
    make(&f, &now(), 3);
    let error = checked(&f, &suspend("x"), 2).unwrap_err();
    assert!(matches!(error, ChangeError::Clock { .. }), "{error}");
}
