//! Every `--json` document has a JSON Schema in docs/schemas, and keeps to it.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails loudly")]

#[path = "support/schema.rs"]
mod schema;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use schema::{assert_valid, schema_file, violations};
use serde_json::{Value, json};

fn run(arguments: &[&str]) -> (Value, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_byok")).args(arguments).env_clear().output().unwrap();
    let read = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap_or(Value::Null);
    (read(&output.stdout), read(&output.stderr))
}

#[test]
fn documents_without_a_token_are_valid() {
    for arguments in [&["explain", "--json"][..], &["explain", "E0201", "--json"], &["providers", "list", "--json"]] {
        assert_valid(&run(arguments).0);
    }
    for provider in run(&["providers", "list", "--json"]).0["providers"].as_array().unwrap() {
        assert_valid(&run(&["providers", "show", provider["id"].as_str().unwrap(), "--json"]).0);
    }
}

#[test]
fn every_file_of_the_reader_is_described_in_a_valid_document() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let files = ["reader", "wrapping-keys"].into_iter().flat_map(|name| fs::read_dir(folder.join(name)).unwrap());
    let mut described = 0;
    for path in files.map(|entry| entry.unwrap().path()) {
        let (stdout, stderr) = run(&["inspect", "--json", path.to_str().unwrap()]);
        assert_valid(if stdout.is_null() { &stderr } else { &stdout });
        described += usize::from(!stdout.is_null());
    }
    assert!(described > 60, "{described}");
}

/// What lies in a registry has one too.
#[test]
fn run_files_are_valid() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/runs");
    let schema: Value = serde_json::from_slice(&fs::read(schema_file("byok.run/v1")).unwrap()).unwrap();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let run: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(violations(&schema, &run), Vec::<String>::new(), "{}", path.display());
        let mut other = run;
        other["unknown"] = json!(1);
        assert!(!violations(&schema, &other).is_empty());
    }
}

#[test]
fn errors_are_documents_too() {
    for arguments in [&["--json"][..], &["explain", "nonsense", "--json"], &["--bogus", "--json"]] {
        let (stdout, stderr) = run(arguments);
        assert_eq!(stdout, Value::Null, "{arguments:?}");
        assert_valid(&stderr);
        assert_eq!(stderr["exit"], 2);
    }
}

/// What is printed has a schema, and no schema describes what no longer exists.
#[test]
fn every_document_has_a_schema() {
    let printed: BTreeSet<String> = [named_in("src/cli"), named_in("src/ops")].into_iter().flatten().collect();
    let undescribed: Vec<&String> = printed.iter().filter(|name| !schema_file(name).is_file()).collect();
    assert!(undescribed.is_empty(), "no file in docs/schemas: {undescribed:?}");
    let known: BTreeSet<PathBuf> = named_in("src").iter().map(|name| schema_file(name)).collect();
    for entry in fs::read_dir(schema_file("x").parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        assert!(known.contains(&path), "{} describes nothing", path.display());
    }
}

fn named_in(folder: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                named.extend(schema_names(&fs::read_to_string(&path).unwrap()));
            }
        }
    }
    named
}

/// `"byok.<what>/v<n>"` in code.
fn schema_names(code: &str) -> BTreeSet<String> {
    let quoted = code.split('"').filter(|text| text.starts_with("byok.") && text.contains("/v"));
    quoted.filter(|text| !text.contains(|c: char| c.is_whitespace())).map(str::to_owned).collect()
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let schema = json!({
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": {"a": {"type": "array", "items": {"type": "string", "pattern": "^x"}}, "b": {"const": 1}, "c": {"enum": [1, 2]}}
    });
    assert!(violations(&schema, &json!({"a": ["x"], "b": 1, "c": 2})).is_empty());
    for wrong in [
        json!([]),
        json!({}),
        json!({"a": "x"}),
        json!({"a": [1]}),
        json!({"a": [], "d": 1}),
        json!({"a": [], "b": 2}),
        json!({"a": [], "c": 3}),
    ] {
        assert_eq!(violations(&schema, &wrong).len(), 1, "{wrong}");
    }
}
