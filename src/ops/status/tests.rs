use std::num::NonZeroU32;

use jiff::{SignedDuration, Timestamp};

use super::derive::{half_done, items, next_rotation, open_run};
use super::facts::Rewrapped;
use super::*;
use crate::key::reason::Reason;
use crate::key::spec::Purpose;
use crate::key::state::State;
use crate::ops::rotate::course::Standing;
use crate::ops::target::{Limits, Target};
use crate::policy::{Glob, Period, Periods};
use crate::provider;
use crate::registry::journal::past::Unfinished;

mod backlog;
mod proposals;

/// A day of 2026, from 0.
fn day(n: i64) -> Timestamp {
    let hours = SignedDuration::from_hours(n.saturating_mul(24));
    "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap().checked_add(hours).unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "the members that it fills are optional")]
fn period(text: &str) -> Option<Period> {
    Some(Period::parse(text).unwrap())
}

/// An AES key version, made on day 0 and active since.
fn version(number: u32) -> Facts {
    Facts {
        version: NonZeroU32::new(number).unwrap(),
        state: State::Active,
        sealed: false,
        purpose: Some(Purpose::Encrypt),
        made: day(0),
        activated: Some(day(0)),
        ended: None,
        reason: None,
        since: day(0),
        activation: None,
        destroy: None,
        rotated: false,
        given_up: None,
        overlap: None,
        rewrapped: None,
        wraps: Vec::new(),
        placements: Vec::new(),
    }
}

/// One that a rotation made on this day, in use since.
fn rotated(number: u32, made: i64) -> Facts {
    Facts { rotated: true, made: day(made), activated: Some(day(made)), ..version(number) }
}

fn under_way(number: u32, made: i64) -> Facts {
    Facts { state: State::PreActivation, activated: None, ..rotated(number, made) }
}

fn wrap(provider: &str, id: Option<&str>, target: Option<&str>) -> WrapFact {
    WrapFact {
        provider: provider.to_owned(),
        target_id: id.map(str::to_owned),
        target: target.map(str::to_owned),
        mount: None,
        site: None,
        expires_at: None,
    }
}

/// Seen there on this day, and on no other.
fn placed(provider: &str, resource: &str, on: i64) -> Placed {
    Placed {
        provider: provider.to_owned(),
        resource: resource.to_owned(),
        target_id: None,
        first: day(on),
        last: day(on),
    }
}

#[expect(clippy::large_types_passed_by_value, reason = "it moves into the subject")]
fn subject(versions: Vec<Facts>, periods: Periods) -> Subject {
    Subject { name: "p/kek".parse().unwrap(), periods, asks: Asks::default(), versions }
}

fn targets(rows: &[(&str, &str)]) -> Targets {
    let target = |(id, provider): &(&str, &str)| Target {
        id: (*id).to_owned(),
        provider: provider::find(provider).unwrap(),
        target: Some("{last}".to_owned()),
        mount: None,
        method: None,
        algorithm: None,
        limits: Limits::default(),
        keys: vec![Glob::parse("p/*").unwrap()],
    };
    Targets(rows.iter().map(target).collect())
}

/// `kind key[ (target)]`, with a star where it is due.
fn said(subject: &Subject, targets: &Targets, now: i64) -> Vec<String> {
    let line = |item: &Item| {
        let target = item.target.as_ref().map(|target| format!(" ({target})")).unwrap_or_default();
        let star = if item.due { "*" } else { "" };
        format!("{}{star} {}{target}", item.kind.as_str(), item.key.as_deref().unwrap_or("-"))
    };
    items(subject, targets, day(now)).iter().map(line).collect()
}

fn yearly() -> Periods {
    Periods { every: period("P90D"), overlap: period("P10D"), rotation_grace: period("P5D"), ..Periods::default() }
}

#[test]
fn a_rotation_is_due_after_its_period_and_overdue_when_policy_refuses_the_key() {
    let life = Periods { life: period("P30D"), life_grace: period("P5D"), ..yearly() };
    let plain = Facts { state: State::PreActivation, activated: None, ..version(1) };
    let compromised = Facts { state: State::Compromised, ..version(1) };
    let suspended = Facts { state: State::Suspended, ..version(1) };
    let rolled_back = Facts { state: State::Deactivated, ..rotated(2, 60) };
    for (versions, periods, day, expected) in [
        (vec![version(1)], yearly(), 89, &[][..]),
        (vec![version(1)], yearly(), 90, &["rotation-due* p/kek@1"]),
        (vec![version(1)], yearly(), 104, &["rotation-due* p/kek@1"]),
        (vec![version(1)], yearly(), 105, &["rotation-overdue* p/kek@1"]),
        // It stays due until the new version is in use, and again when that one is given up.
        (vec![version(1), under_way(2, 80)], yearly(), 95, &["rotation-due* p/kek@1"]),
        (vec![version(1), rolled_back], yearly(), 95, &["rotation-due* p/kek@1"]),
        (vec![version(1)], life, 30, &["rotation-due* p/kek@1"]),
        (vec![version(1)], life, 35, &["rotation-overdue* p/kek@1"]),
        // What nobody uses is not replaced; what is compromised is, at once and whatever the policy says.
        (vec![plain], yearly(), 9999, &[]),
        (vec![suspended], yearly(), 9999, &[]),
        (vec![compromised.clone()], Periods::default(), 1, &["rotation-overdue* p/kek@1"]),
        (vec![compromised, version(2)], Periods::default(), 1, &[]),
        (vec![version(1)], Periods::default(), 9999, &[]),
    ] {
        assert_eq!(
            said(&subject(versions.clone(), periods), &Targets::default(), day),
            expected,
            "day {day}: {versions:?}"
        );
    }
}

#[test]
fn a_replaced_version_goes_on_for_the_overlap_and_is_then_due_for_deactivation() {
    let aes = |version: Facts| Facts { purpose: Some(Purpose::Sign), ..version };
    let own = Facts { overlap: period("P20D"), ..rotated(2, 10) };
    let generated = Facts { rotated: false, ..rotated(2, 10) };
    let gone = |state| Facts { state, ..version(1) };
    let none = Periods::default;
    for (versions, periods, day, expected) in [
        (vec![version(1), rotated(2, 10)], yearly(), 19, &["overlap p/kek@1"][..]),
        (vec![version(1), rotated(2, 10)], yearly(), 20, &["deactivation-due* p/kek@1"]),
        // What the manifest says goes before what the policy says now.
        (vec![version(1), own], yearly(), 29, &["overlap p/kek@1"]),
        (vec![version(1), rotated(2, 10)], none(), 10, &["deactivation-due* p/kek@1"]),
        (vec![gone(State::Suspended), rotated(2, 10)], yearly(), 20, &["deactivation-due* p/kek@1"]),
        (vec![gone(State::Deactivated), rotated(2, 10)], yearly(), 20, &[]),
        (vec![version(1), under_way(2, 10)], yearly(), 20, &[]),
        // Two versions that nobody calls a rotation, under no policy, are somebody's own affair.
        (vec![version(1), generated.clone()], none(), 99, &[]),
        (vec![version(1), generated], yearly(), 99, &["deactivation-due* p/kek@1"]),
        // The first replacement counts, not the last.
        (
            vec![version(1), rotated(2, 10), rotated(3, 15)],
            yearly(),
            20,
            &["deactivation-due* p/kek@1", "overlap p/kek@2"],
        ),
    ] {
        let versions: Vec<Facts> = versions.into_iter().map(aes).collect();
        assert_eq!(
            said(&subject(versions.clone(), periods), &Targets::default(), day),
            expected,
            "day {day}: {versions:?}"
        );
    }
}

#[test]
fn a_version_is_replaced_only_where_its_successor_was_seen() {
    let [far, near] = ["far", "near"].map(|id| wrap("openbao", Some(id), Some(id)));
    let [at_far, at_near] = [("far", 10), ("near", 15)].map(|(resource, on)| placed("openbao", resource, on));
    let old = Facts { wraps: vec![far.clone(), near.clone()], ..version(1) };
    let new = |wraps: &[&WrapFact], seen: &[&Placed]| Facts {
        wraps: wraps.iter().map(|wrap| (*wrap).clone()).collect(),
        placements: seen.iter().map(|placed| (*placed).clone()).collect(),
        ..rotated(2, 10)
    };
    let both = [&far, &near];
    let third = Facts { wraps: vec![near.clone()], placements: vec![at_near.clone()], ..rotated(3, 12) };
    for (versions, now, expected, since) in [
        (vec![old.clone(), new(&[&far], &[&at_far])], 90, "overlap p/kek@1", None),
        (vec![old.clone(), new(&both, &[&at_far])], 90, "overlap p/kek@1", None),
        // The overlap begins when it was seen at the last of them.
        (vec![old.clone(), new(&both, &[&at_far, &at_near])], 24, "overlap p/kek@1", Some(15)),
        (vec![old.clone(), new(&both, &[&at_far, &at_near])], 25, "deactivation-due* p/kek@1", Some(15)),
        // Two versions together may have taken its place.
        (vec![old.clone(), new(&[&far], &[&at_far]), third], 25, "deactivation-due* p/kek@1", Some(15)),
        // One that was wrapped by hand went where the target of its place leads.
        (
            vec![Facts { wraps: vec![wrap("openbao", None, Some("far"))], ..version(1) }, new(&[&far], &[&at_far])],
            20,
            "deactivation-due* p/kek@1",
            Some(10),
        ),
        // Of a place whose provider gives no answer, whoever took the version into use knows.
        (
            vec![
                Facts { wraps: vec![wrap("generic", Some("x"), None)], ..version(1) },
                new(&[&wrap("generic", Some("x"), None)], &[]),
            ],
            20,
            "deactivation-due* p/kek@1",
            Some(10),
        ),
    ] {
        let subject = subject(versions, yearly());
        let lines = said(&subject, &Targets::default(), now);
        assert!(lines.contains(&expected.to_owned()), "day {now}: {lines:?}");
        assert_eq!(taken_over(&subject, &subject.versions[0]).unwrap().since, since.map(day), "{expected}");
    }
    let half = subject(vec![old, new(&both, &[&at_far])], yearly());
    let item = items(&half, &Targets::default(), day(90)).into_iter().find(|item| item.kind == Kind::Overlap).unwrap();
    assert_eq!(item.what, "goes on: p/kek@2 was not seen at near (openbao near)");
    assert_eq!(item.next.unwrap(), "byok confirm-import p/kek@2 --provider openbao --evidence FILE");
}

/// Two servers with a key of one name.
#[test]
fn a_successor_that_was_seen_at_one_of_two_targets_is_not_seen_at_the_other() {
    let [eu, us] = [("eu", "1"), ("us", "2")].map(|(id, site)| WrapFact {
        mount: Some("transit".to_owned()),
        site: Some(site.to_owned()),
        ..wrap("openbao", Some(id), Some("kek"))
    });
    let at = |id: Option<&str>| Placed { target_id: id.map(str::to_owned), ..placed("openbao", "kek", 10) };
    let both = vec![eu.clone(), us.clone()];
    let old = Facts { wraps: both.clone(), ..version(1) };
    let new = |placements: Vec<Placed>| Facts { wraps: both.clone(), placements, ..rotated(2, 10) };
    let by_hand = Facts { wraps: vec![WrapFact { target_id: None, ..us.clone() }], ..version(1) };
    let replaced = "deactivation-due* p/kek@1";
    let confirm = |id| format!("byok confirm-import p/kek@2 --provider openbao --target-id {id} --evidence FILE");
    for (old, seen, waits, is_replaced) in [
        (&old, vec![], &["eu", "us"][..], false),
        (&old, vec![at(Some("eu"))], &["us"], false),
        (&old, vec![at(Some("eu")), at(Some("us"))], &[], true),
        // What was recorded without a target may be about either.
        (&old, vec![at(None)], &["eu", "us"], false),
        (&old, vec![at(None), at(Some("us"))], &["eu"], false),
        // The wrapping key says at which server the one is that was wrapped by hand.
        (&by_hand, vec![at(Some("eu"))], &["us"], false),
        (&by_hand, vec![at(Some("us"))], &["eu"], true),
    ] {
        let subject = subject(vec![old.clone(), new(seen.clone())], yearly());
        let items = items(&subject, &Targets::default(), day(90));
        let pending = items.iter().filter(|item| item.kind == Kind::PendingConfirmation);
        let pending: Vec<(&str, &str)> =
            pending.map(|item| (item.what.as_str(), item.next.as_deref().unwrap())).collect();
        let expected: Vec<(String, String)> =
            waits.iter().map(|id| (format!("{id} (openbao kek) was not seen to have it"), confirm(*id))).collect();
        let expected: Vec<(&str, &str)> = expected.iter().map(|(what, next)| (what.as_str(), next.as_str())).collect();
        assert_eq!(pending, expected, "{seen:?}");
        let lines = said(&subject, &Targets::default(), 90);
        assert_eq!(lines.contains(&replaced.to_owned()), is_replaced, "{seen:?}: {lines:?}");
    }
    let half = subject(vec![old.clone(), new(vec![at(Some("eu"))])], yearly());
    let item = items(&half, &Targets::default(), day(90)).into_iter().find(|item| item.kind == Kind::Overlap).unwrap();
    assert_eq!(item.what, "goes on: p/kek@2 was not seen at us (openbao kek)");
    assert_eq!(item.next, Some(confirm("us")));
}

/// A version that was wrapped for one of them only is there, whatever the answer does not say.
#[test]
fn an_answer_without_a_target_counts_for_the_only_place_that_it_fits() {
    let eu = wrap("openbao", Some("eu"), Some("kek"));
    let new = Facts { wraps: vec![eu.clone()], placements: vec![placed("openbao", "kek", 10)], ..rotated(2, 10) };
    let subject = subject(vec![Facts { wraps: vec![eu], ..version(1) }, new], yearly());
    assert_eq!(taken_over(&subject, &subject.versions[0]).unwrap().since, Some(day(10)));
}

#[test]
fn a_version_that_was_given_up_waits_for_its_providers_and_for_its_data() {
    let bao = wrap("openbao", Some("eu"), Some("kek"));
    let at = |from, to| vec![Placed { last: day(to), ..placed("openbao", "kek", from) }];
    let old = |seen| Facts { wraps: vec![bao.clone()], placements: at(1, seen), ..version(1) };
    let given_up = |state| Facts {
        state,
        ended: Some(day(20)),
        given_up: Some(day(20)),
        wraps: vec![bao.clone()],
        placements: at(10, 10),
        ..rotated(2, 10)
    };
    let used = given_up(State::Deactivated);
    let never_used = Facts { activated: None, placements: Vec::new(), ..given_up(State::PreActivation) };
    let all = targets(&[("eu", "openbao")]);
    for (versions, expected) in [
        (vec![old(1), used.clone()], &["pending-rollback* p/kek@2 (eu)", "rewrap-backlog* p/kek@2"][..]),
        (vec![old(21), used.clone()], &["rewrap-backlog* p/kek@2"]),
        // A version that came after it is another way out.
        (
            vec![old(1), used.clone(), Facts { wraps: vec![bao.clone()], placements: at(25, 25), ..rotated(3, 22) }],
            &["deactivation-due* p/kek@1", "rewrap-backlog* p/kek@1", "rewrap-backlog* p/kek@2"],
        ),
        // Nobody was seen to have it: whether it went there all the same only an answer from since then shows.
        (vec![old(1), never_used.clone()], &["pending-rollback* p/kek@2 (eu)"]),
        (vec![old(21), never_used], &[]),
    ] {
        assert_eq!(said(&subject(versions.clone(), Periods::default()), &all, 40), expected, "{versions:?}");
    }
    let waits = items(&subject(vec![old(1), used], Periods::default()), &all, day(40));
    assert_eq!(waits[0].what, "given up, and eu (openbao kek) was not seen to have another version since");
    assert_eq!(waits[0].next.as_deref(), Some("byok confirm-import p/kek@1 --provider openbao --evidence FILE"));
}

#[test]
fn a_target_waits_until_the_newest_version_was_wrapped_for_it() {
    let two = targets(&[("a", "openbao"), ("b", "aws-kms")]);
    let with = |wraps: &[WrapFact]| Facts { wraps: wraps.to_vec(), ..under_way(2, 1) };
    let confirmed = placed("openbao", "kek", 5);
    for (newest, expected) in [
        (with(&[]), &["pending-wrap* p/kek@2 (a)", "pending-wrap* p/kek@2 (b)"][..]),
        (
            with(&[wrap("openbao", Some("a"), Some("kek"))]),
            &["pending-wrap* p/kek@2 (b)", "pending-confirmation* p/kek@2 (a)"],
        ),
        // One that was wrapped by hand went to the target by its place.
        (with(&[wrap("openbao", None, Some("kek"))]), &["pending-wrap* p/kek@2 (b)", "pending-confirmation* p/kek@2"]),
        (
            with(&[wrap("openbao", None, Some("akek"))]),
            &["pending-wrap* p/kek@2 (a)", "pending-wrap* p/kek@2 (b)", "pending-confirmation* p/kek@2"],
        ),
        (
            Facts {
                state: State::Active,
                placements: vec![confirmed],
                ..with(&[wrap("openbao", Some("a"), Some("kek")), wrap("aws-kms", Some("b"), Some("arn:x:key/kek"))])
            },
            &["pending-confirmation* p/kek@2 (b)"],
        ),
        (Facts { sealed: true, ..with(&[]) }, &[]),
        (Facts { state: State::Deactivated, ..with(&[]) }, &[]),
    ] {
        assert_eq!(said(&subject(vec![newest.clone()], Periods::default()), &two, 9), expected, "{newest:?}");
    }
    let other = Subject { name: "web/tls".parse().unwrap(), ..subject(vec![with(&[])], Periods::default()) };
    assert_eq!(said(&other, &two, 9), [""; 0]);
    assert_eq!(waits_for(&subject(vec![with(&[])], Periods::default()), &two).len(), 2);
}

#[test]
fn a_confirmation_waits_for_the_newest_wrap_of_each_place() {
    let of = |wraps: &[WrapFact], version: Facts| {
        let subject = subject(vec![Facts { wraps: wraps.to_vec(), ..version }], Periods::default());
        items(&subject, &Targets::default(), day(9))
            .into_iter()
            .map(|item| item.next.unwrap_or_default())
            .collect::<Vec<_>>()
    };
    let bao = wrap("openbao", None, Some("kek"));
    let confirm = "byok confirm-import p/kek@1 --provider openbao --evidence FILE";
    let new = Facts { rotated: false, ..under_way(1, 0) };
    assert_eq!(of(&[bao.clone(), bao.clone()], new.clone()), [confirm]);
    let expired = WrapFact { expires_at: Some(day(8)), ..bao.clone() };
    assert_eq!(
        of(&[bao.clone(), expired.clone()], new.clone()),
        ["byok wrap-for-import p/kek@1 --provider openbao --wrapping-key FILE --target kek --out DIR"]
    );
    assert_eq!(of(&[expired, bao.clone()], new.clone()), [confirm]);
    // No answer of a generic receiver is known: whoever imported it says so.
    assert_eq!(of(&[wrap("generic", None, None)], new.clone()), ["byok activate p/kek@1"]);
    // A date is set: nothing is waited for until it has come.
    assert_eq!(of(std::slice::from_ref(&bao), Facts { activation: Some(day(10)), ..new }), [""; 0]);
    // In use without its provider's answer: only a rotation wants it all the same.
    assert_eq!(of(std::slice::from_ref(&bao), version(1)), [""; 0]);
    assert_eq!(of(std::slice::from_ref(&bao), rotated(1, 0)), [confirm]);
    assert_eq!(of(&[wrap("generic", None, None)], rotated(1, 0)), [""; 0]);
    let seen = vec![placed("openbao", "kek", 5)];
    assert_eq!(of(&[bao], Facts { placements: seen, ..under_way(1, 0) }), [""; 0]);
}

#[test]
fn what_was_to_be_destroyed_is_due_on_its_date() {
    let dated = |state| subject(vec![Facts { state, destroy: Some(day(5)), ..version(1) }], Periods::default());
    assert_eq!(said(&dated(State::Deactivated), &Targets::default(), 4), [""; 0]);
    assert_eq!(said(&dated(State::Deactivated), &Targets::default(), 5), ["destruction-due* p/kek@1"]);
    assert_eq!(said(&dated(State::Destroyed), &Targets::default(), 5), [""; 0]);
}

#[test]
fn the_next_rotation_is_one_to_come() {
    let subject = subject(vec![version(1)], yearly());
    assert_eq!(next_rotation(&subject, day(89)).unwrap().at, day(90));
    assert_eq!(next_rotation(&subject, day(90)), None);
}

#[test]
fn what_was_interrupted_is_always_due() {
    let key = Some("p/kek@2".parse().unwrap());
    let item = half_done(&Unfinished { id: String::new(), event: "key.wrap".to_owned(), key });
    assert_eq!((item.kind, item.due, item.key.as_deref()), (Kind::HalfDone, true, Some("p/kek@2")));
    assert_eq!(half_done(&Unfinished { id: String::new(), event: "x".to_owned(), key: None }).key, None);
}

/// What a provider could not be told while an earlier version was needed there is asked for again, until the end.
#[test]
fn a_compromised_version_is_open_at_its_provider_until_it_is_destroyed() {
    let at = |provider, version: Facts| Facts {
        wraps: vec![wrap(provider, Some("eu"), Some("kek"))],
        rewrapped: Some(Rewrapped { remaining: Some(0), at: day(30) }),
        ..version
    };
    let bad = |provider, state| {
        let reason = Some(Reason::CaCompromise);
        at(provider, Facts { state, reason, since: day(20), ended: Some(day(20)), ..rotated(2, 10) })
    };
    let old = |state| at("openbao", Facts { state, ended: Some(day(11)), ..version(1) });
    let unsaid = Facts { rewrapped: None, ..old(State::Deactivated) };
    for (first, second, expected) in [
        (old(State::Active), bad("openbao", State::Compromised), Some(false)),
        (unsaid, bad("openbao", State::Compromised), Some(false)),
        (old(State::Deactivated), bad("openbao", State::Compromised), Some(true)),
        (old(State::Destroyed), bad("openbao", State::Compromised), Some(true)),
        // Others stop one version alone.
        (old(State::Active), bad("aws-kms", State::Compromised), Some(true)),
        // No answer of a generic receiver is known.
        (old(State::Active), bad("generic", State::Compromised), None),
        (old(State::Deactivated), bad("openbao", State::Deactivated), None),
        (old(State::Deactivated), bad("openbao", State::DestroyedCompromised), None),
        (old(State::Deactivated), Facts { activated: None, ..bad("openbao", State::Compromised) }, None),
    ] {
        let subject = subject(vec![first.clone(), second.clone(), at("openbao", rotated(3, 25))], yearly());
        let items = items(&subject, &Targets::default(), day(40));
        let open = items.iter().find(|item| item.kind == Kind::OpenAtProvider);
        assert_eq!(open.map(|item| item.due), expected, "{first:?} {second:?}");
        let next = "byok revoke p/kek@2 --reason ca-compromise --stage compromise --out DIR";
        assert!(open.is_none_or(|item| item.next.as_deref() == Some(next) && item.at == Some(day(20))), "{open:?}");
    }
}
