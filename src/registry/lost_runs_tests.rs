use std::fs;

use super::*;
use crate::audit::record::event;
use crate::registry::fixture::{Fixture, now};
use crate::registry::runs::{Asked, RunKey, SCHEMA};

fn run(number: u8) -> Run {
    Run {
        schema: SCHEMA.to_owned(),
        id: format!("01936f4e-7d2a-7c3b-8a4d-00000000000{number}"),
        created_at: "2026-11-22T11:00:00Z".parse().unwrap(),
        asked: Asked { all: true, ..Asked::default() },
        keys: vec![RunKey { version: "a@1".to_owned(), manifest_sha256: "ab".repeat(32) }],
    }
}

fn note(f: &Fixture, guard: &Guard, name: &str, rows: [(&str, &str); 2]) {
    let mut journal = f.journal(guard);
    let detail = rows.map(|(name, value)| (name.to_owned(), serde_json::json!(value))).into_iter().collect();
    journal.note(name, None, detail).unwrap();
    journal.checkpoint(&f.signer, now()).unwrap();
}

#[test]
fn a_run_whose_file_is_gone_or_altered_is_named_until_it_is_ended() {
    let f = Fixture::new();
    let guard = f.lock();
    let [gone, altered, whole, aside] = [1, 2, 3, 4].map(|number| {
        let run = run(number);
        let sha256 = f.registry.keep_run(&guard, &run).unwrap();
        note(&f, &guard, event::ROTATE_BEGIN, [("run", &run.id), ("sha256", &sha256)]);
        (run, sha256)
    });
    assert_eq!(f.registry.lost_runs().unwrap(), []);
    let path = |sha256: &String| f.registry.layout().run(sha256);
    fs::remove_file(path(&gone.1)).unwrap();
    fs::write(path(&altered.1), b"{}").unwrap();
    f.registry.end_run(&guard, &aside.1).unwrap();
    let lost = f.registry.lost_runs().unwrap();
    let mut found: Vec<(&str, bool)> = lost.iter().map(|lost| (lost.id.as_str(), lost.is_altered)).collect();
    found.sort_unstable();
    assert_eq!(found, [(gone.0.id.as_str(), false), (altered.0.id.as_str(), true)]);
    for (run, _) in [&gone, &altered] {
        note(&f, &guard, event::ROTATE_END, [("run", &run.id), ("abandoned", "true")]);
    }
    assert_eq!(f.registry.lost_runs().unwrap(), []);
    assert!(path(&whole.1).exists());
}

#[test]
fn a_run_that_never_began_is_swept_away_and_nothing_else_is() {
    let f = Fixture::new();
    let guard = f.lock();
    f.registry.sweep_runs(&guard).unwrap();
    let [begun, never] = [run(1), run(2)];
    let sha256 = f.registry.keep_run(&guard, &begun).unwrap();
    note(&f, &guard, event::ROTATE_BEGIN, [("run", &begun.id), ("sha256", &sha256)]);
    let stray = f.registry.keep_run(&guard, &never).unwrap();
    let layout = f.registry.layout();
    let foreign = layout.run(&sha256_hex(b"[[[["));
    fs::write(&foreign, b"[[[[").unwrap();
    fs::write(layout.runs().join("note.txt"), b"x").unwrap();
    f.registry.sweep_runs(&guard).unwrap();
    assert!(!layout.run(&stray).exists());
    assert!(layout.run(&sha256).exists() && foreign.exists() && layout.runs().join("note.txt").exists());
}
