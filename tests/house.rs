//! The rules of the house that no compiler checks: licences, commented dependencies, forbidden shortcuts, documents
//! that agree with the program.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails loudly")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use byok::cli::codes::EXITS;

/// Shortcuts, spelled in two halves so that this file does not trip over itself.
const SHORTCUTS: [(&str, &str); 6] =
    [("#[al", "low"), ("#![al", "low"), ("todo", "!("), ("unimplemented", "!("), ("dbg", "!("), ("#[ig", "nore")];

#[test]
fn every_direct_dependency_says_what_it_is_for() {
    let silent = silent_dependencies(&read("Cargo.toml"));
    assert!(silent.is_empty(), "dependencies without a comment on their line: {silent:?}");
}

#[test]
fn a_silent_dependency_is_caught() {
    let manifest =
        "[package]\nname = \"x\"\n[dependencies]\n# --- group\na = \"1\" # what for\nb = \"2\"\n\n[lints]\nc = 1\n";
    assert_eq!(silent_dependencies(manifest), ["b"]);
}

#[test]
fn no_shortcut_is_taken() {
    let mut found = Vec::new();
    for file in sources() {
        let text = fs::read_to_string(&file).unwrap();
        found.extend(shortcuts(&text).into_iter().map(|line| format!("{}: {line}", file.display())));
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn a_shortcut_is_caught() {
    assert_eq!(shortcuts(&format!("fn f() {{\n    {}{}) }}", SHORTCUTS[2].0, SHORTCUTS[2].1)).len(), 1);
    assert_eq!(shortcuts(&format!("{}{}(dead_code)]", SHORTCUTS[0].0, SHORTCUTS[0].1)).len(), 1);
    assert!(shortcuts("// a to-do list\nfn f() {}").is_empty());
}

#[test]
fn the_licences_are_there() {
    assert!(read("LICENSE").starts_with("Apache-2.0 OR MIT\n"));
    assert!(read("LICENSE-APACHE").contains("Version 2.0, January 2004"));
    assert!(read("LICENSE-MIT").contains("Permission is hereby granted, free of charge"));
    assert!(read("Cargo.toml").contains("license = \"Apache-2.0 OR MIT\""));
}

#[test]
fn the_readme_has_the_exit_codes_of_the_program() {
    let documented = table_after(&read("README.md"), "### Exit codes");
    let expected: Vec<String> = EXITS.iter().map(|exit| format!("| {} | {} |", exit.status, exit.meaning)).collect();
    assert_eq!(documented, expected);
}

#[test]
fn the_readme_names_the_commands_of_the_program_and_no_others() {
    let rows = table_after(&read("README.md"), "## Commands");
    let cells = rows.iter().filter_map(|row| row.split('|').nth(1));
    // Inside backticks is every second part; the first word is the command.
    let typed = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2).collect::<Vec<_>>());
    let documented: BTreeSet<&str> = typed.filter_map(|text| text.split(' ').next()).collect();
    let program = byok::cli::command();
    let commands = program.get_subcommands().filter(|command| !command.is_hide_set());
    assert_eq!(documented, commands.map(clap::Command::get_name).collect());
}

/// The rows of the first table after a heading, without its head.
fn table_after(document: &str, heading: &str) -> Vec<String> {
    let lines = document.lines().skip_while(|line| *line != heading).skip_while(|line| !line.starts_with('|'));
    lines.take_while(|line| line.starts_with('|')).skip(2).map(str::to_owned).collect()
}

/// Names of dependencies whose line carries no comment.
fn silent_dependencies(manifest: &str) -> Vec<String> {
    let mut section = "";
    let mut silent = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        }
        let dependency = line.split_once('=').filter(|_| section.ends_with("dependencies]") && !line.starts_with('#'));
        if let Some((name, _)) = dependency.filter(|_| !line.contains(" # ")) {
            silent.push(name.trim().to_owned());
        }
    }
    silent
}

fn shortcuts(text: &str) -> Vec<String> {
    let taken = |line: &&str| SHORTCUTS.iter().any(|(head, tail)| line.contains(&format!("{head}{tail}")));
    text.lines().filter(taken).map(str::to_owned).collect()
}

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every Rust file of ours: the package, the test crates, the yardsticks, the fuzz targets.
fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = ["src", "tests", "examples", "bench", "fuzz"].map(|name| root.join(name)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 20, "found only {} source files", found.len());
    found
}
