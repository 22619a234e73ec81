//! The command line as people see it. Each `tests/cmd/*/*.md` is a console transcript that is run and compared; together
//! they specify what each command prints and how each refusal reads.
//!
//! A line `$ ...` is run by `sh`, standard output and standard error go to one place, `? N` is an exit code other than 0.
//! `[..]` stands for any text within a line, `...` for any lines, words like `[HASH]` for what changes with each run.
//! Each case has its own token and, in `registry/`, its own copy of a registry with keys, made by `registry.sh`.
//!
//! `SNAPSHOTS=overwrite cargo test --test transcripts` writes what was printed; `TRANSCRIPT=list` runs one case.

#![cfg(test)]

#[path = "transcripts/coverage.rs"]
mod coverage;
#[expect(dead_code, reason = "some of it is for the tests of whole commands")]
#[path = "e2e/token.rs"]
mod token;
#[path = "transcripts/transcript.rs"]
mod transcript;
#[path = "transcripts/world.rs"]
mod world;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use snapbox::{Assert, Data};
use transcript::Transcript;
use world::World;

/// How many cases run at once: they wait for the disk and for each other's processes more than they compute.
const THREADS: usize = 4;

/// The files of all cases, sorted.
fn cases() -> Vec<PathBuf> {
    let mut cases = Vec::new();
    for folder in ["token", "registry"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd").join(folder);
        let entries = fs::read_dir(folder).expect("the folder of the cases");
        cases.extend(entries.map(|entry| entry.expect("a case").path()));
    }
    cases.sort();
    cases
}

#[test]
fn every_transcript_is_what_byok_prints() {
    let only = option_env("TRANSCRIPT");
    let wanted = |case: &PathBuf| only.as_ref().is_none_or(|only| name(case).contains(only.as_str()));
    let queue = Mutex::new(cases().into_iter().filter(wanted).collect::<Vec<_>>());
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(case) = next(&queue) {
                    if let Err(difference) = compare(&case) {
                        failed.lock().expect("the list of failures").push(difference);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("the list of failures");
    assert!(failed.is_empty(), "{} transcripts differ:\n{}", failed.len(), failed.join("\n"));
}

fn next(queue: &Mutex<Vec<PathBuf>>) -> Option<PathBuf> {
    queue.lock().expect("the queue of cases").pop()
}

fn name(case: &Path) -> String {
    case.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

#[expect(clippy::disallowed_methods, reason = "a developer's own choice of cases")]
fn option_env(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}

fn compare(case: &Path) -> Result<(), String> {
    let text = fs::read_to_string(case).expect("a case");
    let world = World::of(case);
    let actual = Transcript::parse(&text).run(&world);
    let assert = Assert::new().action_env("SNAPSHOTS").normalize_paths(false).redact_with(world.redactions());
    let expected = Data::read_from(case, None);
    assert.try_eq(Some(&"what was printed"), Data::text(actual), expected).map_err(|error| error.to_string())
}
