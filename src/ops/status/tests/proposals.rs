//! What is proposed to be typed.

use super::*;

#[test]
fn what_is_proposed_is_what_the_target_says_and_the_policy_lets_through() {
    let mut all = targets(&[("eu", "openbao")]);
    let target = &mut all.0[0];
    (target.mount, target.method) = (Some("my mount".to_owned()), Some("rsa-aes-sha256".to_owned()));
    (target.algorithm, target.limits.account) = (Some("aes256-gcm96".to_owned()), Some("1111".to_owned()));
    let mut fresh = subject(vec![Facts { rotated: false, ..under_way(1, 0) }], yearly());
    let waits = items(&fresh, &all, day(9));
    assert_eq!(
        waits[0].next.as_deref(),
        Some(
            "byok wrap-for-import p/kek@1 --provider openbao --wrapping-key FILE --target kek --mount 'my mount' --method \
             rsa-aes-sha256 --algorithm aes256-gcm96 --out DIR"
        )
    );
    assert!(waits[0].what.ends_with(", account 1111"), "{}", waits[0].what);
    fresh.asks.wrap = true;
    let planned = items(&fresh, &all, day(9))[0].next.clone().unwrap();
    assert!(planned.starts_with("byok plan wrap-for-import ") && planned.ends_with(" --out plan.json"), "{planned}");
    let due = |asks, targets: &Targets| {
        let old = Subject { asks, ..subject(vec![version(1)], yearly()) };
        items(&old, targets, day(90)).remove(0).next.unwrap()
    };
    let rotates = Asks { rotate: true, ..Asks::default() };
    assert_eq!(due(Asks::default(), &Targets::default()), "byok rotate p/kek");
    assert_eq!(due(Asks::default(), &all), "byok rotate p/kek --wrapping-keys DIR --out DIR");
    assert_eq!(due(rotates, &all), "byok plan rotate p/kek --wrapping-keys DIR --out DIR --out plan.json");
    // A policy that wants some suspension first is told of it.
    let graced = Periods { before_deactivation: period("P7D"), ..Periods::default() };
    let ends = |state, since| {
        let old = Facts { state, since: day(since), ..version(1) };
        let asks = Asks { revoke: true, ..Asks::default() };
        let mut found =
            items(&Subject { asks, ..subject(vec![old, rotated(2, 10)], graced) }, &Targets::default(), day(20));
        let item = found.remove(0);
        (item.due, item.at, item.next.unwrap())
    };
    let next = |stage| format!("byok plan revoke p/kek@1 --reason superseded --stage {stage} --out plan.json");
    assert_eq!(ends(State::Active, 0), (true, Some(day(10)), next("suspend")));
    assert_eq!(ends(State::Suspended, 15), (false, Some(day(22)), next("deactivate")));
    assert_eq!(ends(State::Suspended, 12), (true, Some(day(10)), next("deactivate")));
}

#[test]
fn an_open_run_says_what_is_left_and_what_it_waits_for() {
    let standing = |waits: &[&str], is_stuck| Standing {
        id: "0193".to_owned(),
        began: day(1),
        asked: "rotate --all".to_owned(),
        keys: 10,
        left: 8,
        waits: waits.iter().map(|id| (id.parse().unwrap(), "pre-activation".to_owned())).collect(),
        is_stuck,
        next: "byok rotate --continue 0193".to_owned(),
    };
    let said = |waits: &[&str], is_stuck| {
        let item = open_run(&standing(waits, is_stuck));
        assert_eq!(item.run.as_ref().unwrap().canaries.len(), waits.len());
        (item.due, item.what)
    };
    assert_eq!(said(&[], false), (true, "byok rotate --all: 8 of 10 keys are left".to_owned()));
    let waits = "byok rotate --all: 8 of 10 keys are left; it waits for a@2 (pre-activation)";
    assert_eq!(said(&["a@2"], false), (false, waits.to_owned()));
    assert!(said(&["a@2"], true).0);
}
