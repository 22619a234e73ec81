use super::*;
use crate::statements;

fn at(day: i8) -> Timestamp {
    format!("2027-01-{day:02}T00:00:00Z").parse().unwrap()
}

fn entered(state: State, day: i8) -> KeyVersionPredicate {
    let mut predicate = statements::predicate("a");
    predicate.custody.read_at = at(day);
    predicate.enter(state, at(day));
    predicate
}

/// Who called it compromised after its end did not bring it back in between.
#[test]
fn a_version_is_out_of_use_since_it_was_that_first() {
    let active = entered(State::Active, 1);
    let [deactivated, compromised] =
        [(State::Deactivated, 3), (State::Compromised, 5)].map(|(to, day)| entered(to, day));
    let mut timed = active.clone();
    timed.dates.protect_stop_at = Some(at(2));
    for (history, expected) in [
        (vec![&active], None),
        (vec![&active, &deactivated], Some(at(3))),
        (vec![&active, &deactivated, &compromised], Some(at(3))),
        (vec![&active, &compromised], Some(at(5))),
        (vec![&timed], Some(at(2))),
        (vec![&timed, &compromised], Some(at(2))),
        (vec![&compromised], Some(at(5))),
        (vec![&active, &entered(State::Suspended, 4)], None),
        (vec![&active, &compromised, &entered(State::DestroyedCompromised, 6)], None),
    ] {
        assert_eq!(ended(history.iter().copied(), at(9)), expected, "{history:#?}");
    }
}
