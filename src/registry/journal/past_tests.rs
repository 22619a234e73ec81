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
    let uses = || plan_uses(&f.registry, SHA, from, &[event::KEY_WRAP; 2]).unwrap();
    assert_eq!(uses(), [PlanUse::default(), PlanUse::default()]);
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let id = journal.intent(planned(1)).unwrap();
    assert_eq!(uses(), [PlanUse::default(), begun()]);
    assert_eq!(unfinished(&f.registry).unwrap().len(), 1);
    journal.result(&id, Outcome::Failure, ResultDraft::default()).unwrap();
    assert_eq!(uses()[1], begun());
    // The result of recovery knows no plan; the operation's id is enough.
    let id = journal.intent(planned(1)).unwrap();
    journal.result(&id, Outcome::Success, ResultDraft::default()).unwrap();
    // Nobody has signed for it yet: it is as good as what it left.
    let found = uses().remove(1);
    assert_eq!((found.done, found.claims[0].seq), (None, from + 3));
    assert_eq!(found.claims[0].intent.as_ref().unwrap().0, from + 2);
    assert!(has_tail(&f.registry).unwrap());
    journal.checkpoint(&f.signer, now()).unwrap();
    assert_eq!(uses()[1].done.unwrap().0, from + 3);
    assert_eq!(uses()[0], PlanUse::default());
}

/// Who can write the log's tail says that a plan was applied; a later run covers that, and does not make it true.
#[test]
fn an_entry_of_somebody_else_ends_no_action() {
    let f = Fixture::new();
    let from = last_checkpoint(&f.registry).unwrap().size;
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    journal.note(DONE, None, mark(0)).unwrap();
    drop(journal);
    let uses = |event| plan_uses(&f.registry, SHA, from, &[event]).unwrap().remove(0);
    for _ in 0..2 {
        let found = uses(DONE);
        assert_eq!((found.done, found.claims.len()), (None, 1));
        assert_eq!(uses(event::KEY_SEAL), PlanUse::default(), "a note is no result");
        // The next run finds the tail, covers it and signs.
        f.journal(&guard).checkpoint(&f.signer, now()).unwrap();
    }
}

fn begun() -> PlanUse {
    PlanUse { begun: true, ..PlanUse::default() }
}

#[test]
fn notes_stand_for_actions_without_an_intent() {
    let f = Fixture::new();
    let from = last_checkpoint(&f.registry).unwrap().size;
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    journal.note(BEGUN, None, mark(0)).unwrap();
    assert_eq!(plan_uses(&f.registry, SHA, from, &[DONE]).unwrap(), [begun()]);
    journal.note(DONE, None, mark(0)).unwrap();
    journal.note(DONE, None, mark(7)).unwrap();
    journal.checkpoint(&f.signer, now()).unwrap();
    assert!(plan_uses(&f.registry, SHA, from, &[DONE]).unwrap()[0].done.is_some());
}
