//! Wraps that were interrupted: what is released, kept, or taken back.

use super::*;
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
