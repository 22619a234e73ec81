//! What rotations read: `--where`, and the files of their runs.

use std::path::Path;

use byok::ops::rotate::select::Condition;
use byok::registry::runs::{Run, SCHEMA};

use crate::assert_printable;

/// A condition says itself again in the words in which it was typed.
pub fn condition(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match Condition::parse(text) {
        Ok(condition) => {
            assert_eq!(condition.to_string(), text);
            assert_eq!(Condition::parse(&condition.to_string()).expect("once more").to_string(), text);
        }
        Err(error) => assert_printable(&error),
    }
}

/// A run that is read names keys alone, each once and by name, and is written so that it is read as the same.
pub fn run_file(input: &[u8]) {
    let path = Path::new("run");
    match Run::parse(input, path) {
        Ok(run) => {
            assert_eq!(run.schema, SCHEMA);
            let names: Vec<_> = run.keys.iter().map(|key| key.id().expect("a version").key).collect();
            assert!(names.is_sorted_by(|one, other| one < other));
            let written = serde_json::to_vec(&run).expect("JSON");
            assert_eq!(Run::parse(&written, path).expect("once more"), run);
        }
        Err(error) => assert_printable(&error),
    }
}
