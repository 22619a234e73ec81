//! Changes under a policy that somebody with the evidence signer's PIN made, logged and signed, but for which nobody's
//! approval was given, or not this one; and what looks like it and is honest.

use byok::approval::namespace::APPROVAL;
use byok::approval::plan::{Action, KeyBase, Plan, RecoverAction, SealAction};
use byok::audit::record::Phase;
use byok::key::exposure::Exposure;
use byok::manifest::statement::{KeyVersionPredicate, WrapRecord};
use byok::ops::verify::report::ItemReport;
use serde_json::{Value, json};

use crate::approvals::{Scene, alice, bob};
use crate::world::KEK;

const POLICY: &str = "\
schema: byok.policy/v1
people:
  alice: {roles: [officer], logins: [al]}
  bob: {roles: [custodian], logins: [bo]}
  carol: {roles: [custodian], logins: [ca]}
registry: {approvals: {recover: {count: 2}}}
rules:
  - name: payments
    match: {keys: [\"payments/**\"]}
    exposure: plaintext
    approvals:
      wrap-for-import: {count: 2, roles: {officer: 1}}
      seal: {count: 2, roles: {officer: 1}}
  - name: the-rest
    match: {keys: [\"**\"]}
";

/// The same without approvals.
const LAX: &str = "\
schema: byok.policy/v1
people:
  alice: {roles: [officer], logins: [al]}
  bob: {roles: [custodian], logins: [bo]}
  carol: {roles: [custodian], logins: [ca]}
rules:
  - name: payments
    match: {keys: [\"**\"]}
    exposure: plaintext
";

fn scene() -> Scene {
    Scene::before(POLICY)
}

fn approved(mut scene: Scene) -> Scene {
    scene.approve(&[("alice", alice()), ("bob", bob())], APPROVAL);
    scene
}

pub(super) fn item(scene: &Scene, path: &str) -> ItemReport {
    scene.verify().into_iter().find(|report| report.path.ends_with(path)).unwrap()
}

fn kek(scene: &Scene) -> ItemReport {
    item(scene, KEK)
}

/// What is wrong, or nothing.
pub(super) fn why(report: &ItemReport) -> String {
    report.failure.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn fails(scene: &Scene, expected: &str) {
    let report = kek(scene);
    assert!(!report.ok && why(&report).contains(expected), "{expected}: {report:?}");
}

fn holds(scene: &Scene) -> ItemReport {
    let reports = scene.verify();
    assert_eq!(crate::failure(&reports), None, "{reports:?}");
    kek(scene)
}

fn seen(predicate: &mut KeyVersionPredicate) {
    predicate.wraps.clear();
    predicate.authorization = None;
    predicate.exposure_ever = Exposure::Plaintext;
}

fn sealed(predicate: &mut KeyVersionPredicate) {
    predicate.wraps.clear();
    predicate.dates.sealed_at = Some(predicate.custody.read_at);
    predicate.custody.attrs.extractable = Some(false);
}

#[test]
fn an_honest_use_holds() {
    let mut scene = approved(scene());
    scene.act("key.wrap", |_| ());
    let report = holds(&scene);
    assert!(report.not_provable.iter().any(|what| what == "who made a plan: its author is a claim"), "{report:?}");
    let rules = "the rule that decides 1 change, and the approvals that it asks for";
    assert!(report.checked.iter().any(|what| what == rules), "{report:?}");
}

/// The killed run's host may have seen the key: recovery says so in a manifest, on which the resumed run builds.
#[test]
fn a_plan_that_was_resumed_after_an_admission_holds() {
    let mut scene = approved(scene());
    let wraps = wraps_of(&mut scene);
    scene.act("key.exposed", seen);
    scene.act("key.wrap", |predicate| predicate.wraps = wraps);
    holds(&scene);
    // Anything else in between, and the approval was for another state.
    let mut scene = approved(self::scene());
    let wraps = wraps_of(&mut scene);
    scene.authorization.plan.take();
    scene.act("key.confirm-import", |predicate| predicate.wraps.clear());
    let mut scene = approved(scene);
    scene.act("key.wrap", |predicate| predicate.wraps = wraps);
    fails(&scene, "the plan says another manifest before it");
}

fn wraps_of(scene: &mut Scene) -> Vec<WrapRecord> {
    scene.next(|_| ()).wraps
}

#[test]
fn an_event_does_not_make_a_wrap_something_else() {
    let events =
        ["key.exposed", "key.activate", "key.confirm-import", "key.seal", "key.generate", "key.import", "key.x"];
    for event in events {
        for named in [false, true] {
            let mut scene = scene();
            scene.act(event, |predicate| {
                if !named {
                    predicate.authorization = None;
                }
            });
            let report = kek(&scene);
            assert!(!report.ok, "{event}: {report:?}");
            if !named {
                assert!(why(&report).contains(&format!("an operation {event} makes no such manifest")), "{report:?}");
            }
        }
    }
    let mut scene = scene();
    scene.act("key.wrap", |predicate| predicate.authorization = None);
    fails(&scene, "a policy was in force, and the manifest names none");
}

#[test]
fn what_rules_depend_on_does_not_change() {
    let mut scene = scene();
    scene.act("key.activate", |predicate| {
        predicate.wraps.clear();
        predicate.attributes.insert("tier".to_owned(), "bronze".to_owned());
    });
    fails(&scene, "an operation key.activate makes no such manifest");
}

#[test]
fn approvals_that_nobody_asked_for_are_counted_all_the_same() {
    let mut scene = Scene::before(LAX);
    scene.plan.required_approvals = None;
    scene.approve(&[("alice", alice())], APPROVAL);
    scene.record().threshold = 0;
    scene.act("key.wrap", |_| ());
    let report = holds(&scene);
    assert!(report.checked.iter().any(|what| what == "the plan and approvals of 1 change (alice)"), "{report:?}");
    scene.remove("alice.sshsig");
    fails(&scene, "alice.sshsig is not there");

    // A name in the record, and somebody else's key; or a number that nothing asks for.
    for (key, threshold, expected) in [(bob(), 0, "the approvals that count are not"), (alice(), 1, "another number")] {
        let mut scene = Scene::before(LAX);
        scene.plan.required_approvals = None;
        scene.approve(&[("alice", key)], APPROVAL);
        scene.record().threshold = threshold;
        scene.act("key.wrap", |_| ());
        fails(&scene, expected);
    }

    let mut scene = Scene::before(LAX);
    scene.plan.required_approvals = None;
    scene.approve(&[], APPROVAL);
    scene.record().threshold = 0;
    scene.act("key.wrap", |_| ());
    let report = holds(&scene);
    let plan = "the plan of 1 change, which needed no approval";
    assert!(report.checked.iter().any(|what| what == plan), "{report:?}");
}

#[test]
fn a_plan_has_its_time_and_its_log() {
    type Change = fn(&mut Plan);
    let rows: [(Change, &str); 4] = [
        (
            |plan| {
                plan.created_at = "2026-11-20T09:00:00Z".parse().unwrap();
                plan.expires_at = "2026-11-22T10:00:00Z".parse().unwrap();
            },
            "the plan expired at 2026-11-22T10:00:00Z, and was applied at 2026-11-22T10:00:00Z",
        ),
        (|plan| plan.created_at = "2026-11-22T10:00:01Z".parse().unwrap(), "applied before"),
        (|plan| plan.base_state.checkpoint_root = "3".repeat(64), "the log does not have the checkpoint"),
        (|plan| plan.base_state.checkpoint_size -= 1, "the log does not have the checkpoint"),
    ];
    for (change, expected) in rows {
        let mut scene = scene();
        change(&mut scene.plan);
        let mut scene = approved(scene);
        scene.act("key.wrap", |_| ());
        fails(&scene, expected);
    }
    // A checkpoint that was signed only afterwards.
    let mut after = scene();
    after.plan.base_state.checkpoint_size += 2;
    let mut after = approved(after);
    after.act("key.wrap", |_| ());
    fails(&after, "the log does not have the checkpoint");
}

/// Approvals are counted for the time that the manifest says, so it must be that of its operation.
#[test]
fn a_manifest_says_when_it_was_made() {
    for (time, good) in [
        ("2026-11-22T10:00:00Z", true),
        ("2026-11-22T10:04:00Z", true),
        ("2026-11-22T11:00:00Z", false),
        ("2026-11-22T09:00:00Z", false),
    ] {
        let mut scene = approved(scene());
        scene.act("key.wrap", |predicate| predicate.custody.read_at = time.parse().unwrap());
        let report = kek(&scene);
        assert_eq!(report.ok, good, "{time}: {report:?}");
        assert!(good || why(&report).contains("it says that it was made at"), "{report:?}");
    }
}

/// What people approved is one operation, and nothing else goes under it.
#[test]
fn a_plan_of_another_operation_permits_nothing() {
    let base = KeyBase { version: KEK.to_owned(), manifest_sha256: String::new() };
    let others = [
        Action::Recover(RecoverAction { undo: false, operations: Vec::new() }),
        Action::Seal(SealAction { key: base }),
    ];
    for action in others {
        let mut scene = scene();
        scene.plan.actions = vec![action];
        scene.plan_now();
        let mut scene = approved(scene);
        scene.act("key.wrap", |_| ());
        fails(&scene, "the plan says another operation than the manifest");
    }
    let mut scene = approved(scene());
    scene.act("key.seal", sealed);
    fails(&scene, "the plan says another operation than the manifest");
}

#[test]
fn an_admission_needs_no_approval_and_claims_none() {
    let mut scene = approved(scene());
    scene.record().sha256 = "ab".repeat(32);
    let claimed = scene.authorization.clone();
    scene.act("key.exposed", |predicate| {
        seen(predicate);
        predicate.authorization = Some(claimed);
    });
    let report = holds(&scene);
    assert!(report.notes.iter().any(|note| note.contains("the plan that it names was not looked at")), "{report:?}");
    assert!(!report.checked.iter().any(|what| what.contains("alice")), "{report:?}");
}

#[test]
fn a_seal_without_approvals_is_recorded_by_recovery_alone() {
    for (plan, recovered) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut scene = scene();
        let intent = scene.world.lines.len();
        if recovered {
            // The note names the operation that comes next; here it stands before it, in a log in between.
            let operation = format!("01936f4e-7d2a-7c3b-8a4d-{:012x}", intent + 1);
            let detail = json!({"operation": operation, "action": "seal"});
            scene.world.append("key.recover", Phase::Note, Some(("payments/kek", None)), &detail);
        }
        scene.act("key.seal", |predicate| {
            sealed(predicate);
            if !plan {
                predicate.authorization = None;
            }
        });
        let report = kek(&scene);
        assert_eq!(report.ok, recovered, "{report:?}");
        if recovered {
            assert!(report.notes.iter().any(|note| note.contains("recovery recorded that the key was sealed")));
        }
    }
}

/// The note with which a planned recovery begins.
fn begin(scene: &mut Scene) {
    let detail = json!({"authorization": scene.authorization, "plan": {"sha256": "", "action": 0}});
    scene.world.append("plan.begun", Phase::Note, None, &detail);
}

fn recovery() -> Scene {
    let mut scene = scene();
    scene.plan.actions = vec![Action::Recover(RecoverAction { undo: false, operations: Vec::new() })];
    let required = scene.plan.required_approvals.as_mut().unwrap();
    required.roles.clear();
    scene.authorization.rule = "registry".to_owned();
    scene
}

#[test]
fn a_planned_recovery_is_approved() {
    let mut scene = approved(recovery());
    begin(&mut scene);
    scene.world.checkpoint();
    holds(&scene);
    let log = item(&scene, "audit");
    let checked = "the plan and approvals of 1 recovery (alice, bob)";
    assert!(log.checked.iter().any(|what| what == checked), "{log:?}");
    scene.remove("bob.sshsig");
    assert!(why(&item(&scene, "audit")).contains("bob.sshsig is not there"));

    let mut none = recovery();
    begin(&mut none);
    none.world.checkpoint();
    assert!(why(&item(&none, "audit")).contains("the policy asks for 2 approvals"));

    let mut expired = recovery();
    expired.plan.created_at = "2026-11-20T09:00:00Z".parse().unwrap();
    expired.plan.expires_at = "2026-11-22T09:00:00Z".parse().unwrap();
    let mut expired = approved(expired);
    begin(&mut expired);
    expired.world.checkpoint();
    assert!(why(&item(&expired, "audit")).contains("the plan expired"));
}

/// Anybody who can write the log's end can add such a note; it must not make honest evidence worthless.
#[test]
fn a_recovery_that_nobody_vouches_for_is_a_note() {
    let mut scene = recovery();
    begin(&mut scene);
    let to = scene.world.lines.len();
    scene.world.append("tail.adopted", Phase::Note, None, &json!({"from": to - 1, "to": to, "torn": 0}));
    scene.world.checkpoint();
    holds(&scene);
    let log = item(&scene, "audit");
    assert!(log.notes.iter().any(|note| note.contains("which nobody vouches for, names a plan")), "{log:?}");
}

#[test]
fn a_clock_that_was_set_back_is_noted() {
    let mut scene = scene();
    let before = item(&scene, "audit");
    assert!(!before.notes.iter().any(|note| note.contains("clock")), "{before:?}");
    scene.world.now = "2026-11-22T09:59:59Z".parse().unwrap();
    let seq = scene.world.append("profile.probed", Phase::Note, None, &Value::Null);
    scene.world.checkpoint();
    let log = item(&scene, "audit");
    assert!(log.notes.contains(&format!("the clock was set back before entry {seq}")), "{log:?}");
}
