use std::fs;
use std::io::Write;
use std::path::PathBuf;

use serde_json::json;

use super::*;
use crate::registry::error::LogFault;
use crate::registry::fixture::{self, Fixture, draft};
use crate::registry::release::{StagedFile, StagedFolder};

fn lines(f: &Fixture) -> Vec<Entry> {
    f.registry.log_lines().unwrap().map(|line| Entry::parse(&line.unwrap()).unwrap()).collect()
}

fn events(f: &Fixture) -> Vec<String> {
    lines(f).into_iter().map(|entry| entry.event).collect()
}

fn log_path(f: &Fixture) -> PathBuf {
    f.registry.layout().log_file(0)
}

fn append_raw(path: &PathBuf, bytes: &[u8]) {
    fs::OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

/// What opening the journal says.
fn open_error(f: &Fixture) -> RegistryError {
    let guard = f.lock();
    Journal::open(&f.registry, &guard, fixture::now(), fixture::actor()).unwrap_err()
}

fn fault(f: &Fixture) -> LogFault {
    match open_error(f) {
        RegistryError::Log(fault) => fault,
        other => panic!("{other:?}"),
    }
}

/// A whole good command: intent, result, checkpoint.
fn run(f: &Fixture, key: &str) {
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let id = journal.intent(draft("key.generate", Some(key))).unwrap();
    journal.result(&id, Outcome::Success, ResultDraft::default()).unwrap();
    journal.checkpoint(&f.signer, fixture::now()).unwrap();
}

/// A command that dies after its intent.
fn die_after_intent(f: &Fixture, key: &str) -> OperationId {
    let guard = f.lock();
    f.journal(&guard).intent(draft("key.generate", Some(key))).unwrap()
}

#[test]
fn a_command_leaves_intent_result_and_checkpoint() {
    let f = Fixture::new();
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let id = journal.intent(draft("key.generate", Some("a/b@3"))).unwrap();
    let at = journal.entry_ref(&id).unwrap();
    assert_eq!((at.origin.as_str(), at.seq), (f.registry.origin(), 3));
    let hash = "ab".repeat(32);
    let draft = ResultDraft { manifest_sha256: Some(hash.clone()), ..ResultDraft::default() };
    journal.result(&id, Outcome::Success, draft).unwrap();
    assert!(matches!(journal.entry_ref(&id), Err(RegistryError::NoIntent(_))));
    assert!(matches!(journal.result(&id, Outcome::Success, ResultDraft::default()), Err(RegistryError::NoIntent(_))));
    journal.checkpoint(&f.signer, fixture::now()).unwrap();
    let entries = lines(&f);
    let (intent, result) = (&entries[3], &entries[4]);
    assert_eq!(at.entry_sha256, hex::encode(crate::audit::chain::entry_hash(&intent.to_line().unwrap())));
    assert_eq!((intent.phase, result.phase, &intent.id), (Phase::Intent, Phase::Result, &result.id));
    assert_eq!(result.key.as_ref().unwrap().manifest_sha256, Some(hash));
    assert!(f.journal(&guard).foreign.is_none(), "nothing is left to adopt");
    assert_eq!(fs::read_to_string(f.registry.layout().checkpoints()).unwrap().lines().count(), 2);
}

#[test]
fn without_anything_new_nothing_is_signed() {
    let f = Fixture::new();
    let guard = f.lock();
    f.journal(&guard).checkpoint(&f.signer, fixture::now()).unwrap();
    assert_eq!(fs::read_to_string(f.registry.layout().checkpoints()).unwrap().lines().count(), 1);
}

#[test]
fn what_a_dead_run_left_is_adopted_once() {
    let f = Fixture::new();
    die_after_intent(&f, "a@1");
    run(&f, "b@1");
    let entries = lines(&f);
    assert_eq!(entries[4].event, event::TAIL_ADOPTED);
    assert_eq!(json!(entries[4].detail), json!({"from": 3, "to": 4, "torn": 0}));
    run(&f, "c@1");
    assert_eq!(events(&f).iter().filter(|e| *e == event::TAIL_ADOPTED).count(), 1);
}

#[test]
fn a_torn_line_is_cut_off_and_reported() {
    let f = Fixture::new();
    die_after_intent(&f, "a@1");
    append_raw(&log_path(&f), b"{\"v\":1,\"se");
    run(&f, "b@1");
    assert_eq!(json!(lines(&f)[4].detail), json!({"from": 3, "to": 4, "torn": 10}));
    // Torn right behind the checkpoint.
    append_raw(&log_path(&f), b"x");
    let at = lines(&f).len();
    run(&f, "c@1");
    assert_eq!(json!(lines(&f)[at].detail), json!({"from": at, "to": at, "torn": 1}));
}

#[test]
fn an_open_intent_is_found_in_the_tail_and_under_later_checkpoints() {
    let f = Fixture::new();
    let id = die_after_intent(&f, "a@1");
    for key in ["b@1", "c@1", "d@1"] {
        let guard = f.lock();
        let open = f.journal(&guard).open_intents();
        assert_eq!(open.iter().map(|intent| &intent.id).collect::<Vec<_>>(), [&id], "before {key}");
        assert_eq!(open[0].key.as_ref().unwrap().to_string(), "a@1");
        drop(guard);
        run(&f, key);
        assert_eq!(lines(&f).last().unwrap().event, RECOVERY_PENDING);
    }
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    journal.result(&id, Outcome::Failure, ResultDraft::default()).unwrap();
    journal.checkpoint(&f.signer, fixture::now()).unwrap();
    assert!(f.journal(&guard).open_intents().is_empty());
    assert_ne!(lines(&f).last().unwrap().event, RECOVERY_PENDING);
}

#[test]
fn a_tail_that_does_not_follow_is_refused() {
    let f = Fixture::new();
    die_after_intent(&f, "a@1");
    let good = fs::read(log_path(&f)).unwrap();
    let tail = String::from_utf8(good.split(|b| *b == b'\n').nth(3).unwrap().to_vec()).unwrap();
    let head = good.len() - tail.len() - 1;
    for forged in [
        tail.replace("\"seq\":3", "\"seq\":4"),
        tail.replace("\"prev\":\"", "\"prev\":\"0"),
        tail.replace(&tail[20..24], "0000"),
        tail.replace("\"v\":1", "\"v\":2"),
        tail.replace("{\"v\":1", "{\"v\":1,\"v\":1"),
        "{}".to_owned(),
        String::new(),
    ] {
        fs::write(log_path(&f), &good[..head]).unwrap();
        append_raw(&log_path(&f), format!("{forged}\n").as_bytes());
        assert!(matches!(fault(&f), LogFault::Line { seq: 3, .. }), "{forged}");
    }
}

#[test]
fn a_change_under_the_checkpoint_is_seen_with_and_without_the_cache() {
    for cached in [true, false] {
        let f = Fixture::new();
        run(&f, "a@1");
        let good = fs::read_to_string(log_path(&f)).unwrap();
        if !cached {
            fs::remove_dir_all(f.registry.layout().cache()).unwrap();
        }
        // The cache vouches for the lines before the last; `verify` reads all of them, and so does a run without it.
        let changed = good.replace("a@1", "b@1").replacen("alice", "mallo", usize::from(!cached));
        let last = good.lines().last().unwrap();
        let changed = changed.replace(last, &last.replace("alice", "mallo"));
        fs::write(log_path(&f), changed).unwrap();
        assert_eq!(fault(&f), LogFault::Root { size: 5 }, "cached: {cached}");
    }
}

#[test]
fn a_log_that_is_shorter_than_signed_is_refused() {
    let f = Fixture::new();
    run(&f, "a@1");
    let good = fs::read_to_string(log_path(&f)).unwrap();
    let kept: String = good.split_inclusive('\n').take(4).collect();
    fs::write(log_path(&f), &kept).unwrap();
    assert_eq!(fault(&f), LogFault::Truncated { have: 4, signed: 5 });
    fs::remove_file(log_path(&f)).unwrap();
    assert_eq!(fault(&f), LogFault::Truncated { have: 0, signed: 5 });
}

#[test]
fn a_missing_checkpoint_is_refused() {
    let f = Fixture::new();
    fs::remove_file(f.registry.layout().checkpoint()).unwrap();
    let guard = f.lock();
    f.journal(&guard); // The history still has it.
    drop(guard);
    fs::remove_file(f.registry.layout().checkpoints()).unwrap();
    assert_eq!(fault(&f), LogFault::NoCheckpoint);
}

#[test]
fn the_newer_of_the_two_checkpoint_files_counts() {
    let f = Fixture::new();
    let old = fs::read(f.registry.layout().checkpoint()).unwrap();
    run(&f, "a@1");
    // A run that died between the history and the single file.
    fs::write(f.registry.layout().checkpoint(), &old).unwrap();
    let guard = f.lock();
    assert_eq!(f.journal(&guard).signed, 5);
    drop(guard);
    // The next run makes them alike, though it has nothing to add.
    let guard = f.lock();
    f.journal(&guard).checkpoint(&f.signer, fixture::now()).unwrap();
    drop(guard);
    let history = fs::read_to_string(f.registry.layout().checkpoints()).unwrap();
    assert_eq!(
        history.lines().last().unwrap(),
        fs::read_to_string(f.registry.layout().checkpoint()).unwrap().trim_end()
    );
    // A history that was cut back: the single file still tells.
    let history = fs::read_to_string(f.registry.layout().checkpoints()).unwrap();
    fs::write(f.registry.layout().checkpoint(), history.lines().last().unwrap()).unwrap();
    fs::write(f.registry.layout().checkpoints(), &old).unwrap();
    let guard = f.lock();
    assert_eq!(f.journal(&guard).signed, 5);
}

#[test]
fn what_a_killed_checkpoint_left_is_swept() {
    let f = Fixture::new();
    let left = [".checkpoint.byok-0123456789abcdef", ".checkpoint.dsse.json.byok-0123456789abcdef"];
    for name in left {
        fs::write(f.registry.layout().audit().join(name), "half").unwrap();
    }
    fs::write(f.registry.layout().cache().join(".frontier.json.byok-0123456789abcdef"), "half").unwrap();
    run(&f, "a@1");
    assert_eq!(fs::read_dir(f.registry.layout().audit()).unwrap().count(), 4);
    assert_eq!(fs::read_dir(f.registry.layout().cache()).unwrap().count(), 1);
}

#[test]
fn a_torn_history_is_repaired() {
    let f = Fixture::new();
    append_raw(&f.registry.layout().checkpoints(), b"{\"payload\":");
    run(&f, "a@1");
    let history = fs::read_to_string(f.registry.layout().checkpoints()).unwrap();
    assert_eq!(history.lines().count(), 2);
    run(&f, "b@1");
}

#[test]
fn a_checkpoint_of_another_signer_or_log_is_refused() {
    let (f, other) = (Fixture::new(), Fixture::new());
    fs::copy(other.registry.layout().checkpoint(), f.registry.layout().checkpoint()).unwrap();
    assert!(matches!(fault(&f), LogFault::Checkpoint { .. }));
    // The honest key, another log.
    fs::copy(other.registry.layout().signer(), f.registry.layout().trust().join("other.pem")).unwrap();
    fs::remove_file(f.registry.layout().checkpoints()).unwrap();
    assert_eq!(fault(&f), LogFault::Origin);
}

#[test]
fn two_checkpoints_of_one_size_are_a_fork() {
    let f = Fixture::new();
    let checkpoint = Checkpoint { origin: f.registry.origin().to_owned(), size: 3, root: [7; 32], policy: None };
    let signed = Signed::sign(checkpoint, &f.signer).unwrap();
    fs::write(f.registry.layout().checkpoint(), signed.to_json()).unwrap();
    assert_eq!(fault(&f), LogFault::Fork { size: 3 });
}

#[test]
fn a_changed_envelope_is_refused() {
    let f = Fixture::new();
    let path = f.registry.layout().checkpoint();
    let text = fs::read_to_string(&path).unwrap();
    let at = text.find("\"sig\":\"").unwrap() + 20;
    let changed = if &text[at..=at] == "A" { "B" } else { "A" };
    fs::write(&path, format!("{}{changed}{}", &text[..at], &text[at + 1..])).unwrap();
    assert!(matches!(fault(&f), LogFault::Checkpoint { .. }));
}

#[test]
fn a_forged_cache_is_not_believed() {
    let f = Fixture::new();
    run(&f, "a@1");
    let good = String::from_utf8(f.registry.read_cache("frontier.json").unwrap()).unwrap();
    let zeros = "0".repeat(64);
    let peak = good.split("\"peaks\":[\"").nth(1).unwrap()[..64].to_owned();
    for forged in [
        good.replace(&peak, &zeros),
        good.replace("\"offset\":", "\"offset\":1"),
        good.replace("\"size\":4", "\"size\":400"),
        "junk".to_owned(),
    ] {
        f.registry.write_cache("frontier.json", forged.as_bytes()).unwrap();
        let guard = f.lock();
        assert_eq!(f.journal(&guard).head.end().seq, 5, "{forged}");
    }
}

#[test]
fn the_cache_spares_reading_the_log() {
    let f = Fixture::new();
    run(&f, "a@1");
    // An unreadable first line shows that it is not read: only the cache's tree knows of it.
    let good = fs::read_to_string(log_path(&f)).unwrap();
    fs::write(log_path(&f), good.replacen("alice", "al\u{0}ce", 1)).unwrap();
    let guard = f.lock();
    assert_eq!(f.journal(&guard).head.end().seq, 5);
}

#[test]
fn the_log_rolls_into_a_new_file() {
    let f = Fixture::new();
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    // Straight to the last line of the file, on a disk that need not keep it.
    let path = log_path(&f);
    let filler = "x\n".repeat(65_536 - 3 - 1);
    append_raw(&path, filler.as_bytes());
    let length = fs::metadata(&path).unwrap().len();
    journal.head.skip_to(crate::registry::lines::Place { seq: 65_535, offset: length });
    journal.note("test.one", None, Map::new()).unwrap();
    journal.note("test.two", None, Map::new()).unwrap();
    journal.note("test.three", None, Map::new()).unwrap();
    let second = fs::read_to_string(f.registry.layout().log_file(65_536)).unwrap();
    assert_eq!(second.lines().count(), 2);
    assert!(second.starts_with("{\"v\":1,\"seq\":65536,"));
}

/// Stages a bundle as an operation does, and writes the result.
fn stage(f: &Fixture, journal: &mut Journal<'_>, out: &str) -> (OperationId, Release) {
    let to = f.dir.path().join(out);
    let slot = Slot::beside(&to).unwrap();
    let id = journal.intent(IntentDraft { staged: vec![slot.clone()], ..draft("key.wrap", Some("a@1")) }).unwrap();
    let mut folder = StagedFolder::create(slot).unwrap();
    folder.write("import.sh", b"#!/bin/sh\n").unwrap();
    let release = folder.seal().unwrap();
    (id, release)
}

#[test]
fn no_checkpoint_before_everything_is_released() {
    let f = Fixture::new();
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let (id, release) = stage(&f, &mut journal, "out");
    let draft = ResultDraft { release: vec![release], ..ResultDraft::default() };
    journal.result(&id, Outcome::Success, draft).unwrap();
    assert!(matches!(journal.checkpoint(&f.signer, fixture::now()), Err(RegistryError::Unreleased { .. })));
    // The next run finds it, finishes it, and signs.
    let mut journal = f.journal(&guard);
    let unreleased = journal.unreleased().unwrap();
    assert_eq!(unreleased.len(), 1);
    assert!(unreleased[0].release[0].is_intact().unwrap());
    journal.release(&id).unwrap();
    assert!(f.dir.path().join("out/import.sh").exists());
    assert!(journal.unreleased().unwrap().is_empty());
    journal.checkpoint(&f.signer, fixture::now()).unwrap();
}

#[test]
fn a_registry_can_be_moved_between_crash_and_recovery() {
    let f = Fixture::new();
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let slot = f.registry.manifest_slot(&"a/b@1".parse().unwrap(), 1).unwrap();
    let id = journal.intent(IntentDraft { staged: vec![slot.clone()], ..draft("key.generate", None) }).unwrap();
    let release = StagedFile::create(slot, b"x").unwrap().seal();
    journal.result(&id, Outcome::Success, ResultDraft { release: vec![release], ..ResultDraft::default() }).unwrap();
    assert!(!fs::read_to_string(log_path(&f)).unwrap().contains(f.root().to_str().unwrap()));
    let moved = f.dir.path().join("moved");
    fs::rename(f.root(), &moved).unwrap();
    let registry = Registry::open(&moved).unwrap();
    let mut journal = Journal::open(&registry, &guard, fixture::now(), fixture::actor()).unwrap();
    journal.release(&id).unwrap();
    assert_eq!(fs::read(moved.join("keys/a/b@1/manifest-0001.dsse.json")).unwrap(), b"x");
}

#[test]
fn forged_paths_are_not_followed() {
    let f = Fixture::new();
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let precious = f.dir.path().join("precious");
    fs::write(&precious, "x").unwrap();
    let detail = json!({"staged": [
        {"from": "../precious", "to": "keys/a@1"},
        {"from": precious, "to": f.dir.path().join("out")},
        {"from": "keys/../../.out.byok-0123456789abcdef", "to": "keys/../../out"},
        {"from": "keys/.a@1.byok-0123456789abcdef", "to": "keys/b@1"},
        {"from": "keys/.a@1.byok-0123456789abcdef", "to": "keys/a@1"},
    ]});
    let detail = detail.as_object().cloned().unwrap();
    journal.intent(IntentDraft { detail, ..draft("key.wrap", None) }).unwrap();
    let staged = journal.open_intents()[0].staged.clone();
    assert_eq!(staged.len(), 1, "only the one that byok could have named");
    assert!(staged[0].from.ends_with("keys/.a@1.byok-0123456789abcdef"));
    let forged = json!({"release": [{"from": precious, "to": f.dir.path().join("out"), "sha256": ""}]});
    let id = journal.intent(draft("key.wrap", None)).unwrap();
    let detail = forged.as_object().cloned().unwrap();
    journal.result(&id, Outcome::Success, ResultDraft { detail, ..ResultDraft::default() }).unwrap();
    assert!(journal.unreleased().unwrap().is_empty());
    assert!(precious.exists());
}

#[test]
fn a_second_intent_under_one_id_hides_nothing() {
    let f = Fixture::new();
    let id = die_after_intent(&f, "a@1");
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let mut entry = journal.entry(&id, "key.wrap", Phase::Intent);
    entry.key = Some(key_ref(&"b@1".parse().unwrap(), None));
    journal.append(entry).unwrap();
    let open = f.journal(&guard).open_intents();
    assert_eq!((open.len(), open[0].event.as_str()), (1, "key.generate"));
}

#[test]
fn an_entry_that_is_too_long_is_not_written() {
    let f = Fixture::new();
    let before = fs::read(log_path(&f)).unwrap();
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let detail = Map::from_iter([("x".to_owned(), "x".repeat(70_000).into())]);
    assert!(matches!(journal.note("test.note", None, detail), Err(RegistryError::Entry(_))));
    assert_eq!(fs::read(log_path(&f)).unwrap(), before);
    journal.note("test.note", None, Map::new()).unwrap();
    journal.checkpoint(&f.signer, fixture::now()).unwrap();
}

#[test]
fn a_refusal_leaves_one_entry() {
    let f = Fixture::new();
    let guard = f.lock();
    f.journal(&guard).refusal("E0401", Some(&"a@1".parse().unwrap()), Map::new()).unwrap();
    let entry = lines(&f).pop().unwrap();
    assert_eq!((entry.event.as_str(), entry.error.unwrap().code.as_str()), (event::REFUSAL, "E0401"));
}

#[test]
fn another_registrys_lock_does_not_do() {
    let (f, other) = (Fixture::new(), Fixture::new());
    let guard = other.lock();
    let opened = Journal::open(&f.registry, &guard, fixture::now(), fixture::actor());
    assert!(matches!(opened, Err(RegistryError::NotLocked { .. })));
}

#[test]
fn a_signer_that_is_not_trusted_signs_no_checkpoint() {
    let f = Fixture::new();
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    journal.note("test.note", None, Map::new()).unwrap();
    assert!(matches!(journal.checkpoint(&fixture::signer(), fixture::now()), Err(RegistryError::Sign(_))));
    f.journal(&guard);
}

#[test]
fn a_full_disk_leaves_a_valid_log() {
    // A limit on file sizes is the one way to a partial write that needs no mount. It holds for a whole process, so
    // this test runs itself once more, in a process and a folder of its own.
    if let Ok(registry) = Registry::open(std::path::Path::new("registry")) {
        return append_under_a_size_limit(&registry);
    }
    let f = Fixture::new();
    let before = fs::read(log_path(&f)).unwrap();
    let child = std::process::Command::new("/proc/self/exe")
        .args(["--exact", "registry::journal::tests::a_full_disk_leaves_a_valid_log"])
        .current_dir(f.dir.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && told.contains("1 passed"), "{told}");
    assert!(fs::read(log_path(&f)).unwrap().len() > before.len(), "the other process wrote in the end");
    run(&f, "a@1");
}

fn append_under_a_size_limit(registry: &Registry) {
    let guard = registry.lock(crate::registry::lock::Wait::None, None).unwrap();
    let mut journal = Journal::open(registry, &guard, fixture::now(), fixture::actor()).unwrap();
    let length = || fs::metadata(registry.layout().log_file(0)).unwrap().len();
    let limit = |current| {
        let limit = rustix::process::Rlimit { current, maximum: None };
        rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).unwrap();
    };
    let before = length();
    limit(Some(before.saturating_add(10)));
    let Err(RegistryError::Io { .. }) = journal.note("test.note", None, Map::new()) else { panic!("it was written") };
    assert_eq!(length(), before);
    limit(None);
    journal.note("test.note", None, Map::new()).unwrap();
}
