use serde_json::{Map, json};

use super::*;
use crate::audit::record::event;
use crate::registry::fixture::{Fixture, draft, now};
use crate::registry::journal::{IntentDraft, ResultDraft};

const SHA: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn mark(action: u32) -> Map<String, serde_json::Value> {
    Map::from_iter([(PLAN.to_owned(), json!(PlanMark { sha256: SHA.to_owned(), action }))])
}

fn planned(action: u32) -> IntentDraft {
    IntentDraft { detail: mark(action), ..draft(event::KEY_WRAP, Some("kek@1")) }
}

#[test]
fn a_signed_checkpoint_is_found_and_no_other() {
    let f = Fixture::new();
    let first = last_checkpoint(&f.registry).unwrap();
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    journal.refusal("E0401", None, Map::new()).unwrap();
    journal.checkpoint(&f.signer, now()).unwrap();
    let second = last_checkpoint(&f.registry).unwrap();
    assert!(second.size > first.size);
    for checkpoint in [&first, &second] {
        assert!(has_checkpoint(&f.registry, checkpoint).unwrap());
    }
    let mut other = second.clone();
    other.root = first.root;
    assert!(!has_checkpoint(&f.registry, &other).unwrap());
    other = Checkpoint { origin: "other".to_owned(), ..second };
    assert!(!has_checkpoint(&f.registry, &other).unwrap());
}

#[test]
fn an_action_is_fresh_then_begun_then_done() {
    let f = Fixture::new();
    let from = last_checkpoint(&f.registry).unwrap().size;
    let uses = || plan_uses(&f.registry, SHA, from, 2).unwrap();
    assert_eq!(uses(), [PlanUse::default(), PlanUse::default()]);
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let id = journal.intent(planned(1)).unwrap();
    assert_eq!(uses(), [PlanUse::default(), PlanUse { begun: true, done: None }]);
    assert_eq!(unfinished(&f.registry).unwrap().len(), 1);
    journal.result(&id, Outcome::Failure, ResultDraft::default()).unwrap();
    assert_eq!(uses()[1], PlanUse { begun: true, done: None });
    // The result of recovery knows no plan; the operation's id is enough.
    let id = journal.intent(planned(1)).unwrap();
    journal.result(&id, Outcome::Success, ResultDraft::default()).unwrap();
    let done = uses()[1].done.unwrap();
    assert_eq!(done.0, from + 3);
    assert!(has_tail(&f.registry).unwrap());
    assert_eq!(uses()[0], PlanUse::default());
}

#[test]
fn notes_stand_for_actions_without_an_intent() {
    let f = Fixture::new();
    let from = last_checkpoint(&f.registry).unwrap().size;
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    journal.note(BEGUN, None, mark(0)).unwrap();
    assert_eq!(plan_uses(&f.registry, SHA, from, 1).unwrap(), [PlanUse { begun: true, done: None }]);
    journal.note(DONE, None, mark(0)).unwrap();
    journal.note(DONE, None, mark(7)).unwrap();
    assert!(plan_uses(&f.registry, SHA, from, 1).unwrap()[0].done.is_some());
}
