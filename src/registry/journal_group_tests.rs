use std::fs;

use super::*;
use crate::registry::fixture::{self, Fixture, draft};
use crate::registry::release::{StagedFile, StagedFolder};

fn phases(f: &Fixture) -> Vec<Phase> {
    f.registry.log_lines().unwrap().skip(3).map(|line| Entry::parse(&line.unwrap()).unwrap().phase).collect()
}

fn drafts(f: &Fixture, count: usize) -> (Vec<Slot>, Vec<IntentDraft>) {
    let slot = |at: &usize| f.registry.key_slot(&format!("fleet/key-{at}@1").parse().unwrap()).unwrap().in_group();
    let slots: Vec<Slot> = (0..count).collect::<Vec<_>>().iter().map(slot).collect();
    let drafts = slots.iter().enumerate().map(|(at, slot)| IntentDraft {
        staged: vec![slot.clone()],
        ..draft(event::KEY_GENERATE, Some(&format!("fleet/key-{at}@1")))
    });
    (slots.clone(), drafts.collect())
}

fn stage(slot: Slot) -> Release {
    let mut folder = StagedFolder::create(slot).unwrap();
    folder.write("manifest-0001.dsse.json", b"x").unwrap();
    folder.seal().unwrap()
}

fn done(ids: &[OperationId], slots: Vec<Slot>) -> Vec<(OperationId, Outcome, ResultDraft)> {
    let results = ids.iter().zip(slots).map(|(id, slot)| {
        (id.clone(), Outcome::Success, ResultDraft { release: vec![stage(slot)], ..ResultDraft::default() })
    });
    results.collect()
}

fn note(event: &str) -> Vec<NoteDraft> {
    vec![NoteDraft { event: event.to_owned(), ..NoteDraft::default() }]
}

/// A whole group with facts around it; nothing is signed.
fn run(f: &Fixture, journal: &mut Journal<'_>, count: usize) -> Vec<OperationId> {
    let (slots, drafts) = drafts(f, count);
    let ids = journal.intents(note("run.begin"), drafts).unwrap();
    journal.results(done(&ids, slots), note("run.end")).unwrap();
    ids
}

#[test]
fn a_group_is_intents_then_results_then_names() {
    use Phase::{Intent, Note, Result};
    let f = Fixture::new();
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let ids = run(&f, &mut journal, 3);
    assert_eq!(phases(&f), [Note, Intent, Intent, Intent, Result, Result, Result, Note]);
    assert_eq!(journal.unreleased().unwrap().len(), 3);
    assert!(!f.root().join("keys/fleet/key-0@1").exists());
    assert!(journal.release_all(&ids).is_empty());
    assert!(f.root().join("keys/fleet/key-2@1/manifest-0001.dsse.json").exists());
    journal.checkpoint(&f.signer, fixture::now()).unwrap();
    let journal = f.journal(&guard);
    assert!(journal.foreign.is_none() && journal.open_intents().is_empty() && journal.unreleased().unwrap().is_empty());
    assert!(checkpoints::agree(f.registry.layout()).unwrap());
}

/// A power failure leaves the first lines of what was appended, and perhaps a part of the next one.
#[test]
fn each_part_of_a_group_is_read() {
    let f = Fixture::new();
    let guard = f.lock();
    let count = 4;
    let ids = run(&f, &mut f.journal(&guard), count);
    let log = f.registry.layout().log_file(0);
    let whole = fs::read(&log).unwrap();
    let ends: Vec<usize> = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
    for (line, end) in ends.into_iter().enumerate().skip(2) {
        for torn in [0, 1, 40] {
            fs::write(&log, &whole[..whole.len().min(end + torn)]).unwrap();
            let journal = f.journal(&guard);
            // Three lines of init, one fact, the intents, the results, one fact.
            let (intents, results) =
                ((line - 2).saturating_sub(1).min(count), (line - 2).saturating_sub(1 + count).min(count));
            let open = journal.open_intents();
            assert_eq!(open.len(), intents - results, "{line} {torn}");
            assert!(open.iter().all(|intent| ids.contains(&intent.id)), "{line} {torn}");
            assert_eq!(journal.unreleased().unwrap().len(), results, "{line} {torn}");
        }
    }
}

#[test]
fn what_another_run_left_is_covered_in_the_same_append() {
    let f = Fixture::new();
    let guard = f.lock();
    f.journal(&guard).intent(draft(event::KEY_GENERATE, Some("a@1"))).unwrap();
    let ids = f.journal(&guard).intents(Vec::new(), drafts(&f, 2).1).unwrap();
    assert_eq!(phases(&f), [Phase::Intent, Phase::Note, Phase::Intent, Phase::Intent]);
    assert_eq!(f.journal(&guard).open_intents().len(), 1 + ids.len());
}

#[test]
fn a_group_goes_over_the_end_of_a_file() {
    let f = Fixture::new();
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let full = head_at(&mut journal, 65_534);
    let ids = journal.intents(Vec::new(), drafts(&f, 5).1).unwrap();
    let lines = |seq| fs::read_to_string(f.registry.layout().log_file(seq)).unwrap().lines().count();
    assert_eq!((lines(0), lines(65_536)), (full + 2, 3));
    let places: Vec<_> = ids.iter().map(|id| journal.entry_ref(id).unwrap().seq).collect();
    assert_eq!(places, [65_534, 65_535, 65_536, 65_537, 65_538]);
}

/// As if the log had so many lines; how many there are in the file.
fn head_at(journal: &mut Journal<'_>, seq: u64) -> usize {
    let end = journal.head.end();
    journal.head.skip_to(super::super::lines::Place { seq, ..end });
    3
}

#[test]
fn one_occupied_place_keeps_no_other_back() {
    let f = Fixture::new();
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let ids = run(&f, &mut journal, 3);
    fs::create_dir(f.root().join("keys/fleet/key-1@1")).unwrap();
    let failed = journal.release_all(&ids);
    assert!(matches!(&failed[..], [(id, RegistryError::Exists { .. })] if *id == ids[1]));
    assert_eq!(journal.unreleased().unwrap().len(), 1);
    let error = journal.checkpoint(&f.signer, fixture::now()).unwrap_err();
    assert!(matches!(error, RegistryError::Unreleased { .. }));
}

/// A cleaner, or a person who sees odd hidden folders.
#[test]
fn what_vanishes_before_it_is_in_its_place_is_said_and_stays_open() {
    let f = Fixture::new();
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let ids = run(&f, &mut journal, 2);
    let staged = journal.unreleased().unwrap()[1].release[0].clone();
    staged.discard().unwrap();
    let failed = journal.release_all(&ids);
    assert!(matches!(&failed[..], [(id, RegistryError::Io { .. })] if *id == ids[1]), "{failed:?}");
    // A checkpoint hides it from nobody.
    journal.checkpoint(&f.signer, fixture::now()).unwrap();
    let open = |journal: Journal<'_>| journal.open_intents().into_iter().map(|open| open.id).collect::<Vec<_>>();
    assert_eq!(open(f.journal(&guard)), [ids[1].clone()]);
    // Nor does a kill before it.
    let mut journal = f.journal(&guard);
    let ids = [ids[1].clone(), journal.intent(draft(event::KEY_GENERATE, Some("a@1"))).unwrap()];
    let slot = f.registry.key_slot(&"a@1".parse().unwrap()).unwrap();
    let result = ResultDraft { release: vec![stage(slot)], ..ResultDraft::default() };
    journal.result(&ids[1], Outcome::Success, result).unwrap();
    journal.unreleased().unwrap()[0].release[0].discard().unwrap();
    assert_eq!(open(f.journal(&guard)), ids);
    assert!(matches!(journal.release(&ids[1]), Err(RegistryError::Io { .. })));
}

/// A bundle is no evidence: that it is gone is said, and keeps nothing open.
#[test]
fn a_bundle_that_vanishes_is_said() {
    let f = Fixture::new();
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let id = blocked(&f, &mut journal);
    fs::remove_dir(f.dir.path().join("one")).unwrap();
    journal.unreleased().unwrap()[0].release[1].discard().unwrap();
    assert!(matches!(&journal.release_all(&[id])[..], [(_, RegistryError::Io { .. })]));
    assert!(f.root().join("keys/a/b@1").is_dir() && f.dir.path().join("two").is_dir());
    journal.checkpoint(&f.signer, fixture::now()).unwrap();
    assert!(f.journal(&guard).open_intents().is_empty());
}

#[test]
fn a_result_makes_durable_what_it_releases_and_one_wrong_stops_all() {
    let f = Fixture::new();
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let (slots, drafts) = drafts(&f, 2);
    let ids = journal.intents(Vec::new(), drafts).unwrap();
    let mut results = done(&ids, slots);
    results.push((OperationId("no such operation".to_owned()), Outcome::Success, ResultDraft::default()));
    let before = phases(&f).len();
    assert!(matches!(journal.results(results, Vec::new()), Err(RegistryError::NoIntent(_))));
    assert_eq!(phases(&f).len(), before, "all or nothing");
}

#[test]
fn collected_results_wait_until_they_are_written_together() {
    let f = Fixture::new();
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let (mut slots, drafts) = drafts(&f, 2);
    let ids = journal.intents(Vec::new(), drafts).unwrap();
    journal.collect_results();
    let file = f.registry.manifest_slot(&"fleet/key-0@1".parse().unwrap(), 1).unwrap().in_group();
    slots.truncate(1);
    journal.note("some.fact", None, Map::new()).unwrap();
    let release = vec![StagedFile::create(file, b"x").unwrap().seal()];
    journal.result(&ids[0], Outcome::Success, ResultDraft { release, ..ResultDraft::default() }).unwrap();
    journal.release(&ids[0]).unwrap();
    assert_eq!((phases(&f).len(), journal.waiting()), (2, 2));
    assert!(!journal.is_open(&ids[0]) && journal.is_open(&ids[1]));
    assert!(journal.awaits(&"fleet/key-0".parse().unwrap()) && !journal.awaits(&"fleet/key-1".parse().unwrap()));
    assert!(matches!(
        journal.result(&ids[0], Outcome::Failure, ResultDraft::default()),
        Err(RegistryError::NoIntent(_))
    ));
    assert!(!f.root().join("keys/fleet/key-0@1/manifest-0001.dsse.json").exists());
    // An intent cannot wait, and nothing that came before it.
    journal.intent(draft(event::KEY_EXPOSED, Some("other@1"))).unwrap();
    assert_eq!(phases(&f)[2..], [Phase::Note, Phase::Result, Phase::Intent]);
    assert!(f.root().join("keys/fleet/key-0@1/manifest-0001.dsse.json").exists());
    journal.result(&ids[1], Outcome::Failure, ResultDraft::default()).unwrap();
    journal.flush_and_end().unwrap();
    journal.note("some.fact", None, Map::new()).unwrap();
    assert_eq!(phases(&f)[5..], [Phase::Result, Phase::Note]);
}

/// A manifest and two bundles, of which the first cannot go to its place.
fn blocked(f: &Fixture, journal: &mut Journal<'_>) -> OperationId {
    let outs = ["one", "two"].map(|name| Slot::under(f.dir.path(), std::path::Path::new(name)).unwrap().in_group());
    let slots = [f.registry.key_slot(&"a/b@1".parse().unwrap()).unwrap().in_group()].into_iter().chain(outs);
    let slots: Vec<Slot> = slots.collect();
    let intent = IntentDraft { staged: slots.clone(), ..draft(event::KEY_ROTATE, Some("a/b@1")) };
    let ids = journal.intents(Vec::new(), vec![intent]).unwrap();
    let release = slots.into_iter().map(stage).collect();
    let draft = ResultDraft { release, manifest_sha256: Some("00".repeat(32)), ..ResultDraft::default() };
    journal.results(vec![(ids[0].clone(), Outcome::Success, draft)], Vec::new()).unwrap();
    fs::create_dir(f.dir.path().join("one")).unwrap();
    ids[0].clone()
}

#[test]
fn a_bundle_that_stays_where_it_is_keeps_no_log_from_being_signed() {
    let f = Fixture::new();
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let id = blocked(&f, &mut journal);
    assert!(!journal.can_be_signed().unwrap(), "the manifest is not in its place");
    assert!(matches!(&journal.release_all(std::slice::from_ref(&id))[..], [(_, RegistryError::Exists { .. })]));
    assert!(f.root().join("keys/a/b@1").is_dir() && f.dir.path().join("two").is_dir());
    journal.checkpoint(&f.signer, fixture::now()).unwrap();
    // Each checkpoint names it anew.
    for _ in 0..2 {
        let mut journal = f.journal(&guard);
        let unreleased = journal.unreleased().unwrap();
        assert_eq!(unreleased.iter().map(|result| (&result.id, result.release.len())).collect::<Vec<_>>(), [(&id, 1)]);
        journal.note(event::KEY_RECOVER, None, Map::new()).unwrap();
        journal.checkpoint(&f.signer, fixture::now()).unwrap();
    }
    let mut journal = f.journal(&guard);
    journal.unreleased().unwrap()[0].release[0].discard().unwrap();
    journal.note(event::KEY_RECOVER, None, Map::new()).unwrap();
    journal.checkpoint(&f.signer, fixture::now()).unwrap();
    assert!(f.journal(&guard).unreleased().unwrap().is_empty());
}

#[test]
fn any_number_of_open_intents_is_named() {
    let f = Fixture::new();
    let guard = f.lock();
    let count = 2 * MAX_PENDING + 3;
    let drafts = (0..count).map(|at| draft(event::KEY_GENERATE, Some(&format!("fleet/key-{at}@1"))));
    let mut journal = f.journal(&guard);
    let ids = journal.intents(Vec::new(), drafts.collect()).unwrap();
    journal.checkpoint(&f.signer, fixture::now()).unwrap();
    let open = f.journal(&guard).open_intents();
    assert_eq!(open.iter().map(|intent| &intent.id).collect::<Vec<_>>(), ids.iter().collect::<Vec<_>>());
}
