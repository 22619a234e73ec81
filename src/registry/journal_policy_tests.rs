//! The policy in force, as the journal carries it from checkpoint to checkpoint, and the clock by which it is asked.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::*;
use crate::registry::error::LogFault;
use crate::registry::fixture::{self, Fixture, draft};

fn lines(f: &Fixture) -> Vec<Entry> {
    f.registry.log_lines().unwrap().map(|line| Entry::parse(&line.unwrap()).unwrap()).collect()
}

/// A whole good command of another kind.
fn run(f: &Fixture, key: &str) {
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let id = journal.intent(draft("key.generate", Some(key))).unwrap();
    journal.result(&id, Outcome::Success, ResultDraft::default()).unwrap();
    journal.checkpoint(&f.signer, fixture::now()).unwrap();
}

/// A command that adopts a policy; without its checkpoint when it is killed.
fn adopt(f: &Fixture, policy: &str, killed: bool) {
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let id = journal.intent(draft(event::POLICY_ADOPT, None)).unwrap();
    journal.adopted(&id, &policy.repeat(32), &"ee".repeat(32), Map::new()).unwrap();
    assert_eq!(journal.policy_in_force().map(|policy| policy.seq), lines(f).last().map(|entry| entry.seq));
    if !killed {
        journal.checkpoint(&f.signer, fixture::now()).unwrap();
    }
}

fn in_force(f: &Fixture) -> Option<String> {
    f.registry.policy_in_force().unwrap().map(|policy| policy.policy_sha256)
}

#[test]
fn a_policy_is_in_force_under_every_checkpoint_after_its_adoption() {
    let f = Fixture::new();
    assert_eq!(in_force(&f), None);
    adopt(&f, "aa", false);
    assert_eq!(in_force(&f), Some("aa".repeat(32)));
    run(&f, "a@1");
    run(&f, "b@1");
    let policy = f.registry.policy_in_force().unwrap().unwrap();
    assert_eq!(lines(&f)[usize::try_from(policy.seq).unwrap()].event, event::POLICY_ADOPT);
    adopt(&f, "bb", false);
    assert_eq!(in_force(&f), Some("bb".repeat(32)));
}

#[test]
fn what_no_checkpoint_covers_puts_no_policy_in_force() {
    let f = Fixture::new();
    adopt(&f, "aa", false);
    // Killed before its checkpoint, or written by somebody without the PIN: the log cannot tell.
    adopt(&f, "bb", true);
    assert_eq!(in_force(&f), Some("aa".repeat(32)));
    run(&f, "a@1");
    assert_eq!(in_force(&f), Some("aa".repeat(32)), "the checkpoint that adopts the tail adopts no policy");
    adopt(&f, "bb", false);
    assert_eq!(in_force(&f), Some("bb".repeat(32)));
}

#[test]
fn a_checkpoint_that_names_another_policy_does_not_verify() {
    let f = Fixture::new();
    adopt(&f, "aa", false);
    for path in [f.registry.layout().checkpoint(), f.registry.layout().checkpoints()] {
        let payload = |text: &str| STANDARD.encode(text);
        let text = fs::read_to_string(&path).unwrap();
        let mut envelope: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        let bytes = STANDARD.decode(envelope["payload"].as_str().unwrap());
        let forged = String::from_utf8(bytes.unwrap()).unwrap().replace(&"aa".repeat(32), &"bb".repeat(32));
        envelope["payload"] = json!(payload(&forged));
        fs::write(&path, format!("{envelope}\n")).unwrap();
        assert!(matches!(f.registry.policy_in_force(), Err(RegistryError::Log(LogFault::Checkpoint { .. }))));
        fs::write(&path, text).unwrap();
    }
}

/// What has expired must not become good again under a clock that was set back.
#[test]
fn a_clock_behind_the_signed_log_is_refused() {
    let f = Fixture::new();
    let guard = f.lock();
    let open = |seconds| {
        let now = fixture::now() - SignedDuration::from_secs(seconds);
        Journal::open(&f.registry, &guard, now, fixture::actor())
    };
    assert!(open(0).is_ok() && open(9).is_ok(), "clocks differ a little");
    assert!(matches!(open(11), Err(RegistryError::Clock { .. })));
}
