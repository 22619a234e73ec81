//! Wraps that were interrupted: what is released, kept, or taken back.

use super::*;
use crate::registry::journal::scan::given_up;
use crate::registry::release::Release;

/// A wrap that died with its bundle staged; with a result, when `logged`.
fn die_wrapping(f: &Fixture, logged: bool) -> Release {
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let slot = Slot::beside(&f.dir.path().join("out")).unwrap();
    let staged = vec![slot.clone()];
    let id = journal.intent(IntentDraft { staged, ..fixture::draft(event::KEY_WRAP, Some("a/b@1")) }).unwrap();
    let mut folder = StagedFolder::create(slot).unwrap();
    folder.write("import.sh", b"#!/bin/sh\n").unwrap();
    let release = folder.seal().unwrap();
    if logged {
        let release = vec![release.clone()];
        journal.result(&id, Outcome::Success, ResultDraft { release, ..ResultDraft::default() }).unwrap();
    }
    release
}

#[test]
fn a_wrap_without_a_result_leaves_nothing() {
    let (f, token) = (Fixture::new(), FakeToken::new());
    let release = die_wrapping(&f, false);
    assert_eq!(actions(&f, &token, Mode::Finish, false), [Action::Closed]);
    assert!(!release.is_staged().unwrap());
    assert!(!f.dir.path().join("out").exists());
    assert_settled(&f, &token);
}

#[test]
fn a_wrap_with_a_result_is_released() {
    let (f, token) = (Fixture::new(), FakeToken::new());
    die_wrapping(&f, true);
    assert_eq!(found(&f, &token), [Left::Output { to: vec![f.dir.path().join("out")] }]);
    assert_eq!(actions(&f, &token, Mode::Undo, false), [Action::Released]);
    assert!(f.dir.path().join("out/import.sh").exists());
    assert_settled(&f, &token);
}

#[test]
fn an_output_whose_place_is_taken_is_kept_until_undone() {
    let (f, token) = (Fixture::new(), FakeToken::new());
    let release = die_wrapping(&f, true);
    let to = f.dir.path().join("out");
    fs::create_dir(&to).unwrap();
    fs::write(to.join("mine"), "x").unwrap();
    assert_eq!(found(&f, &token), [Left::Blocked { to: to.clone(), why: Blocked::Occupied }]);
    assert_eq!(actions(&f, &token, Mode::Finish, true), [Action::Kept]);
    assert!(release.is_intact().unwrap());
    assert_eq!(actions(&f, &token, Mode::Undo, true), [Action::Closed]);
    assert!(!release.is_staged().unwrap());
    assert_eq!(fs::read(to.join("mine")).unwrap(), b"x");
    assert_settled(&f, &token);
}

#[test]
fn an_output_that_was_altered_is_not_released() {
    let (f, token) = (Fixture::new(), FakeToken::new());
    let release = die_wrapping(&f, true);
    fs::write(release.from.join("import.sh"), "rm -rf /\n").unwrap();
    let to = f.dir.path().join("out");
    assert_eq!(found(&f, &token), [Left::Blocked { to: to.clone(), why: Blocked::Altered }]);
    assert_eq!(actions(&f, &token, Mode::Finish, true), [Action::Kept]);
    assert!(!to.exists());
}

#[test]
fn while_an_output_is_blocked_nothing_is_destroyed() {
    let (f, token) = (Fixture::new(), aes());
    die_generating(&f, "aes-256");
    die_wrapping(&f, true);
    fs::create_dir(f.dir.path().join("out")).unwrap();
    let mut release = actions(&f, &token, Mode::Finish, true);
    assert_eq!(release.remove(0), Action::Kept);
    let (f, token) = (Fixture::new(), FakeToken::new().with(Class::Public, "a/b@1", EC));
    die_generating(&f, "ec-p256");
    die_wrapping(&f, true);
    fs::create_dir(f.dir.path().join("out")).unwrap();
    assert_eq!(actions(&f, &token, Mode::Finish, true), [Action::Kept, Action::NeedsConsent]);
    assert_eq!(token.destroyed.get(), 0);
}

/// A rotation that died with everything staged: a manifest, and bundles for two targets.
fn die_rotating(f: &Fixture) -> Vec<Release> {
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let outs = ["one", "two"].map(|name| Slot::beside(&f.dir.path().join(name)).unwrap());
    let staged: Vec<Slot> = [f.registry.key_slot(&"a/b@2".parse().unwrap()).unwrap()].into_iter().chain(outs).collect();
    let draft = IntentDraft { staged: staged.clone(), ..fixture::draft(event::KEY_ROTATE, Some("a/b@2")) };
    let id = journal.intent(draft).unwrap();
    let release = staged.into_iter().map(|slot| {
        let mut folder = StagedFolder::create(slot).unwrap();
        folder.write("file", b"x").unwrap();
        folder.seal().unwrap()
    });
    let release: Vec<Release> = release.collect();
    let manifest_sha256 = Some("ab".repeat(32));
    let draft = ResultDraft { release: release.clone(), manifest_sha256, ..ResultDraft::default() };
    journal.result(&id, Outcome::Success, draft).unwrap();
    release
}

#[test]
fn a_bundle_of_a_rotation_is_given_up_and_the_rest_is_not() {
    let (f, token) = (Fixture::new(), FakeToken::new());
    let release = die_rotating(&f);
    let to = f.dir.path().join("two");
    fs::create_dir(&to).unwrap();
    let left = Left::Blocked { to: to.clone(), why: Blocked::Occupied };
    assert_eq!(found(&f, &token), std::slice::from_ref(&left));
    for _ in 0..2 {
        assert_eq!(actions(&f, &token, Mode::Finish, true), [Action::Recorded]);
        assert_eq!(release.iter().map(|r| r.is_staged().unwrap()).collect::<Vec<_>>(), [false, false, true]);
        let guard = f.lock();
        f.journal(&guard).checkpoint(&f.signer, fixture::now()).unwrap();
    }
    assert!(given_up(&f.registry).unwrap().is_empty());
    let finding = Finding { operation: fixture_id(), event: "e".to_owned(), key: Some("a/b@2".parse().unwrap()), left };
    let done = Done { finding, action: Action::Recorded };
    assert!(done.is_pending() && !done.blocks(), "other keys go on");
    assert_eq!(done.barred_key().unwrap().as_str(), "a/b");
    assert_eq!(actions(&f, &token, Mode::Undo, true), [Action::Closed]);
    assert!(!release[2].is_staged().unwrap());
    let lost: Vec<_> = given_up(&f.registry).unwrap().into_iter().collect();
    assert_eq!(lost, [("ab".repeat(32), [1].into())]);
    assert_settled(&f, &token);
}

fn fixture_id() -> OperationId {
    let f = Fixture::new();
    die(&f, event::KEY_GENERATE, "a/b@1", Map::new())
}
