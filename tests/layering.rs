//! The arrows of the architecture, read from the sources: who may name whom, and who may touch the world.
//!
//! Comments and string literals are blanked first, so that only code counts. Paths are found in `use` trees and in
//! plain code; `super::` chains that climb to the crate's root are followed.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// Modules without I/O, which may use each other. `key` may use none of them.
const NOUNS: [&str; 8] = ["approval", "audit", "format", "key", "manifest", "policy", "provider", "wrap"];

/// Modules that exist in test builds only, at the crate's root; any module's tests may use them.
const TEST_MODULES: [&str; 3] = ["soft_signer", "ssh_signer", "statements"];

/// Where code that touches the world may stand: the rule, the names that give it away, and the files that may.
const PLACES: [Place; 5] = [
    Place {
        rule: "only the files that face PKCS#11 name cryptoki",
        words: &["cryptoki", "cryptoki_sys"],
        files: &["hsm/pkcs11.rs", "hsm/pkcs11_", "hsm/pkcs11/", "hsm/raw.rs"],
    },
    Place { rule: "unsafe code stands in hsm/raw.rs", words: &["unsafe"], files: &["hsm/raw.rs"] },
    Place { rule: "libraries are loaded in hsm/raw.rs", words: &["libloading"], files: &["hsm/raw.rs"] },
    Place {
        rule: "files are touched in a few places only",
        words: &["std::fs", "rustix::fs", "std::os::unix::fs", "tempfile"],
        files: &["registry/", "hsm/module.rs", "cli/input.rs", "cli/input/", "cli/output.rs", "cli/pin.rs", "cli/pin/"],
    },
    Place {
        rule: "only main reads the clock and the environment",
        words: &["std::env", "SystemTime::now", "Timestamp::now", "Zoned::now", "Instant::now", "now_v7"],
        files: &["main.rs"],
    },
];

const LONGEST_FILE: usize = 500;

struct Place {
    rule: &'static str,
    words: &'static [&'static str],
    /// Files, or beginnings of file names, under `src`.
    files: &'static [&'static str],
}

#[test]
fn the_sources_keep_the_architecture() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&root);
    assert!(files.len() > 20, "found only {} source files under {}", files.len(), root.display());
    let mut found = Vec::new();
    for path in files {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        found.extend(violations(&name, &fs::read_to_string(&path).unwrap()));
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn forbidden_arrows_are_caught() {
    for (file, code) in [
        ("key/spec.rs", "use crate::wrap::plan;"),
        ("key/mod.rs", "use crate::{hsm::Token, key::name};"),
        ("wrap/plan.rs", "fn f(t: &dyn crate::hsm::Token) {}"),
        ("provider/openbao.rs", "use crate::registry;"),
        ("manifest/dsse.rs", "use\n    crate::{\n  key, cli::output};"),
        ("hsm/probe.rs", "use crate::registry::store;"),
        ("hsm/probe.rs", "use super::super::ops;"),
        ("hsm/mod.rs", "use super::cli;"),
        ("hsm/pkcs11/session.rs", "use super::super::super::registry;"),
        ("registry/store.rs", "use crate::hsm::Token;"),
        ("registry/store.rs", "#[cfg(test)]\nmod tests {\n    use super::super::super::ops;\n}"),
        ("ops/init.rs", "use crate::cli::pin;"),
        ("cli/list.rs", "use crate::stranger;"),
        ("main.rs", "use byok::hsm;"),
        ("manifest/dsse.rs", "use crate::soft_signer::SoftSigner;"),
    ] {
        assert_eq!(violations(file, code).len(), 1, "{file}: {code}: {:?}", violations(file, code));
    }
}

#[test]
fn allowed_arrows_pass() {
    for (file, code) in [
        ("key/name.rs", "use super::spec::KeySpec;\nuse crate::key::version;"),
        ("wrap/plan.rs", "use crate::key::spec;\nuse super::capability;"),
        ("wrap/plan.rs", "/// not [`crate::hsm::Token`]\n// use crate::ops;\nconst A: &str = \"crate::cli\";"),
        ("wrap/plan.rs", "const A: char = '\"'; /* crate::ops */ const B: &[u8] = br#\"crate::cli\"#;"),
        ("ops/init.rs", "use crate::{hsm::Token, key::name, registry};"),
        ("registry/store.rs", "use crate::key; use std::fs;"),
        ("registry/store.rs", "#[cfg(test)]\nmod tests {\n    use super::super::journal;\n}"),
        ("cli/list.rs", "use crate::ops::inventory;"),
        ("main.rs", "use byok::cli; use std::env;"),
        ("hsm/pkcs11.rs", "use cryptoki::session::Session;"),
        ("hsm/raw.rs", "use cryptoki_sys::CK_RV; unsafe {}"),
    ] {
        assert_eq!(violations(file, code), Vec::<String>::new(), "{file}: {code}");
    }
}

#[test]
fn the_world_is_touched_only_where_it_may_be() {
    for (file, code) in [
        ("hsm/probe.rs", "use cryptoki::session::Session;"),
        ("ops/init.rs", "fn f() -> cryptoki::error::Error {}"),
        ("hsm/probe.rs", "let x = unsafe { f() };"),
        ("ops/init.rs", "use std::{collections::BTreeMap, fs};"),
        ("ops/init.rs", "use std::{io, fs::File};"),
        ("ops/init.rs", "let text = std::fs::read(path);"),
        ("ops/init.rs", "use rustix::fs;"),
        ("cli/list.rs", "use std::env;"),
        ("ops/init.rs", "let now = jiff::Timestamp::now();"),
        ("ops/init.rs", "let id = Uuid::now_v7();"),
    ] {
        assert_eq!(violations(file, code).len(), 1, "{file}: {code}: {:?}", violations(file, code));
    }
    // A test may read its vectors; the code above it may not.
    assert!(violations("wrap/software_tests.rs", "use super::super::length; use std::fs;").is_empty());
    assert_eq!(violations("wrap/software_tests.rs", "use super::super::super::ops;").len(), 1);
    assert!(violations("wrap/software.rs", "#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n").is_empty());
    assert!(!violations("wrap/software.rs", "use std::fs;\n#[cfg(test)]\nmod tests {}\n").is_empty());
}

#[test]
fn long_files_are_caught() {
    assert!(violations("key/spec.rs", &"\n".repeat(LONGEST_FILE)).is_empty());
    assert_eq!(violations("key/spec.rs", &"\n".repeat(LONGEST_FILE + 1)).len(), 1);
}

/// The top-level modules that a top-level module may name, itself aside.
fn allowed(module: &str) -> Vec<&'static str> {
    match module {
        "main" => vec!["cli"],
        "cli" => [&NOUNS[..], &["ops"]].concat(),
        "ops" => [&NOUNS[..], &["hsm", "registry"]].concat(),
        "key" => vec![],
        own if TEST_MODULES.contains(&own) => NOUNS.to_vec(),
        "hsm" | "registry" => NOUNS.to_vec(),
        noun if NOUNS.contains(&noun) => NOUNS.to_vec(),
        _ => vec![],
    }
}

/// What is wrong with a source file, one sentence each.
fn violations(file: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines = text.lines().count();
    if lines > LONGEST_FILE {
        found.push(format!("{file}: {lines} lines; at most {LONGEST_FILE}"));
    }
    let code = blank_comments_and_strings(text);
    let (code, tests) = match code.split_once("#[cfg(test)]\nmod tests {") {
        _ if file.ends_with("/tests.rs") => return arrows(file, &code, true, 0),
        // `x_tests.rs` is the module `x::tests`.
        _ if file.ends_with("_tests.rs") => return arrows(file, &code, true, 1),
        Some(parts) => parts,
        None => (code.as_str(), ""),
    };
    found.extend(arrows(file, code, false, 0));
    found.extend(arrows(file, tests, true, 1));
    found.extend(misplaced(file, code));
    found
}

/// Top-level modules that `file` names and must not know.
fn arrows(file: &str, code: &str, in_tests: bool, extra_depth: usize) -> Vec<String> {
    let module = module_path(file);
    let Some(own) = module.first().map(String::as_str) else { return Vec::new() };
    let depth = module.len() + extra_depth;
    let mut reached: Vec<String> = paths(code).iter().filter_map(|path| top_module(path, own, depth)).collect();
    reached.sort();
    reached.dedup();
    let may =
        |target: &str| target == own || allowed(own).contains(&target) || in_tests && TEST_MODULES.contains(&target);
    let wrong = reached.into_iter().filter(|target| !may(target));
    wrong.map(|target| format!("{file}: `{own}` must not know `{target}`")).collect()
}

/// The crate's top-level module that a path names, if it names one.
fn top_module(path: &[String], own: &str, depth: usize) -> Option<String> {
    let climbs = path.iter().take_while(|part| *part == "super").count();
    match path.first().map(String::as_str) {
        Some("crate") => path.get(1).cloned(),
        Some("byok") if own == "main" => path.get(1).cloned(),
        Some("super") if climbs >= depth => path.get(climbs).cloned(),
        _ => None,
    }
}

fn misplaced(file: &str, code: &str) -> Vec<String> {
    let paths: Vec<String> = paths(code).into_iter().map(|path| path.join("::")).collect();
    let breaks = |place: &&Place| {
        let may = place.files.iter().any(|beginning| file.starts_with(beginning));
        !may && place.words.iter().any(|word| paths.iter().any(|path| names(path, word)))
    };
    PLACES.iter().filter(breaks).map(|place| format!("{file}: {}", place.rule)).collect()
}

/// `std::fs` is named by `std::fs::File` and by `::std::fs`, not by `std::fsx`.
fn names(path: &str, word: &str) -> bool {
    format!("::{path}::").contains(&format!("::{word}::"))
}

/// Module path of a file under `src`: `hsm/pkcs11.rs` is `[hsm, pkcs11]`, `hsm/mod.rs` is `[hsm]`.
fn module_path(file: &str) -> Vec<String> {
    let parts = file.trim_end_matches(".rs").split('/').filter(|part| *part != "mod" && *part != "lib");
    parts.map(str::to_owned).collect()
}

/// Every path of the code, `use` trees expanded: `a::{b, c::d}` gives `a::b` and `a::c::d`. Single words count too.
fn paths(code: &str) -> Vec<Vec<String>> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        at = if is_word(&tokens[at]) { tree(&tokens, at, &[], &mut found) } else { at + 1 };
    }
    found
}

/// Reads one path or `use` tree from `at`, adds what it names, and returns where it ends.
fn tree(tokens: &[String], mut at: usize, before: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = before.to_vec();
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") if !path.is_empty() => {
                at += 1;
                while at < tokens.len() && tokens[at] != "}" {
                    at = if is_word(&tokens[at]) { tree(tokens, at, &path, found) } else { at + 1 };
                }
                return at + 1;
            }
            Some(word) if is_word(word) => path.push(word.to_owned()),
            _ => {}
        }
        if tokens.get(at + 1).map(String::as_str) != Some("::") {
            found.push(path);
            return at + 1;
        }
        at += 2;
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

fn tokens(code: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let word: usize = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').map(char::len_utf8).sum();
        let length = match word {
            0 if rest.starts_with("::") => 2,
            0 => first.len_utf8(),
            _ => word,
        };
        if !first.is_whitespace() {
            found.push(rest[..length].to_owned());
        }
        rest = &rest[length..];
    }
    found
}

/// The code without comments and literals; line breaks stay.
fn blank_comments_and_strings(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = skipped_length(rest);
        if skipped == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            code.extend(rest[..skipped].chars().filter(|c| *c == '\n'));
            rest = &rest[skipped..];
        }
    }
    code
}

/// The length of the comment, string or character literal at the start of `rest`; 0 when there is none.
fn skipped_length(rest: &str) -> usize {
    let until = |start: usize, end: &str| rest[start..].find(end).map_or(rest.len(), |at| start + at + end.len());
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return until(2, "*/");
    }
    if rest.starts_with("r\"") || rest.starts_with("r#\"") {
        let hashes = rest[1..].chars().take_while(|c| *c == '#').count();
        return until(hashes + 2, &format!("\"{}", "#".repeat(hashes)));
    }
    if rest.starts_with("'\\") {
        return until(3, "'");
    }
    let mut chars = rest.chars();
    if let (Some('\''), Some(quoted), Some('\'')) = (chars.next(), chars.next(), chars.next()) {
        return 2 + quoted.len_utf8();
    }
    if rest.starts_with('"') { quoted_length(rest) } else { 0 }
}

/// The length of a string literal with backslash escapes.
fn quoted_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}
