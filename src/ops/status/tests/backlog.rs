//! Data keys that are still under a replaced version.

use super::*;

#[test]
fn data_keys_are_a_backlog_until_somebody_says_that_none_is_left() {
    let rewrapped = |remaining| Facts {
        state: State::Deactivated,
        rewrapped: Some(Rewrapped { remaining, at: day(11) }),
        ..version(1)
    };
    let old = |state| Facts { state, ..version(1) };
    for (first, day, expected) in [
        (old(State::Deactivated), 15, &["rewrap-backlog p/kek@1"][..]),
        (old(State::Deactivated), 20, &["rewrap-backlog* p/kek@1"]),
        (old(State::Compromised), 11, &["rewrap-backlog* p/kek@1"]),
        (old(State::Destroyed), 20, &[]),
        (rewrapped(Some(7)), 20, &["rewrap-backlog* p/kek@1"]),
        (rewrapped(None), 20, &["rewrap-backlog* p/kek@1"]),
        (rewrapped(Some(0)), 20, &[]),
        (Facts { purpose: Some(Purpose::Mac), ..old(State::Deactivated) }, 20, &[]),
        (Facts { activated: None, ..old(State::Deactivated) }, 20, &[]),
    ] {
        let subject = subject(vec![first.clone(), rotated(2, 10)], yearly());
        assert_eq!(said(&subject, &Targets::default(), day), expected, "day {day}: {first:?}");
    }
    let item = &items(&subject(vec![rewrapped(Some(7)), rotated(2, 10)], yearly()), &Targets::default(), day(20))[0];
    assert_eq!(item.remaining, Some(7));
}

#[test]
fn what_was_said_of_data_keys_before_a_rollback_counts_no_more() {
    let said_on = |at| Facts { rewrapped: Some(Rewrapped { remaining: Some(0), at: day(at) }), ..version(1) };
    let given_up =
        |number, made, ended| Facts { state: State::Deactivated, ended: Some(day(ended)), ..rotated(number, made) };
    for (versions, is_left) in [
        // Version 2 was given up, and version 1 was current again until version 3 came.
        (vec![said_on(11), given_up(2, 10, 12), rotated(3, 20)], true),
        (vec![said_on(21), given_up(2, 10, 12), rotated(3, 20)], false),
        // Version 3 took the place of version 2.
        (vec![said_on(11), given_up(2, 10, 30), rotated(3, 20)], false),
        (
            vec![
                Facts { state: State::Deactivated, ended: Some(day(11)), ..said_on(11) },
                given_up(2, 10, 12),
                rotated(3, 20),
            ],
            false,
        ),
        (vec![said_on(9), rotated(2, 10)], true),
        // Compromised after its end, and what took its place is gone: it was never current again.
        (
            vec![
                Facts { state: State::Compromised, ended: Some(day(10)), ..said_on(11) },
                Facts { state: State::Destroyed, ..rotated(2, 10) },
                rotated(3, 20),
            ],
            false,
        ),
    ] {
        let lines = said(&subject(versions.clone(), yearly()), &Targets::default(), 40);
        assert_eq!(lines.contains(&"rewrap-backlog* p/kek@1".to_owned()), is_left, "{versions:?}");
    }
}
