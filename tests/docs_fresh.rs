//! What `make docs` writes is what is committed: completions, manual pages, the pages of all codes.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use byok::cli::codes;
use byok::format::lint::rules;

const SHELLS: [(&str, &str); 5] = [
    ("bash", "byok.bash"),
    ("elvish", "byok.elv"),
    ("fish", "byok.fish"),
    ("powershell", "byok.ps1"),
    ("zsh", "_byok"),
];

fn byok(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_byok")).args(arguments).env_clear().output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn folder(path: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())).collect()
}

fn committed(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn assert_fresh(fresh: &BTreeMap<String, String>, committed: &BTreeMap<String, String>) {
    let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(fresh), names(committed), "run `make docs`");
    let stale: Vec<&String> = fresh.keys().filter(|name| fresh[*name] != committed[*name]).collect();
    assert!(stale.is_empty(), "stale, run `make docs`: {stale:?}");
}

#[test]
fn completions_are_fresh() {
    let fresh = SHELLS.iter().map(|(shell, file)| ((*file).to_owned(), byok(&["completions", shell]))).collect();
    assert_fresh(&fresh, &folder(&committed("completions")));
}

#[test]
fn manual_pages_are_fresh() {
    let made = tempfile::tempdir().unwrap();
    let out = made.path().join("man");
    byok(&["man", "--out", out.to_str().unwrap()]);
    let fresh = folder(&out);
    assert_fresh(&fresh, &folder(&committed("man")));
    for (name, page) in fresh {
        assert!(page.contains("\n.SH \"EXIT STATUS\"\n"), "{name}");
    }
}

#[test]
fn the_pages_of_codes_are_fresh() {
    assert_eq!(
        byok(&["explain", "--markdown"]),
        fs::read_to_string(committed("docs/codes.md")).unwrap(),
        "run `make docs`"
    );
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let document = fs::read_to_string(committed("docs/codes.md")).unwrap();
    let codes: Vec<String> =
        codes::all().map(ToString::to_string).chain(rules::all().map(ToString::to_string)).collect();
    let pages: Vec<&str> = document.lines().filter_map(|line| line.strip_prefix("### ")?.split(':').next()).collect();
    assert_eq!(pages.iter().copied().collect::<BTreeSet<_>>(), codes.iter().map(String::as_str).collect());
    assert_eq!(pages.len(), codes.len(), "a page stands twice");
    let listed = byok(&["explain"]);
    assert_eq!(listed.lines().map(|line| line.split(' ').next().unwrap()).collect::<Vec<_>>(), codes);
    for code in codes {
        let page = byok(&["explain", &code]);
        assert!(page.starts_with(&format!("{code}  ")), "{page}");
        for part in ["\n  what it means   ", "\n  why it matters  ", "\n  what to do      ", "\n\nexample\n  "] {
            let text = page.split(part).nth(1).unwrap_or_else(|| panic!("{code} lacks {part}"));
            assert!(text.starts_with(|c: char| !c.is_whitespace()), "{code}: {part} is empty");
        }
    }
}
