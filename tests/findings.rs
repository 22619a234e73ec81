//! `byok check` as a user runs it, without a token: each finding in its bad file and not in its good neighbour
//! (`tests/vectors/findings`), folders, many files, exit codes.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

#[path = "support/schema.rs"]
mod schema;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use byok::format::lint::{Severity, rules};
use schema::{assert_valid, schema_file, violations};
use serde_json::Value;

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/findings");

/// Findings that no file has, and where they are tested.
const ELSEWHERE: [(&str, &str); 1] = [("F701", "a file that cannot be read")];

fn check(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_byok"));
    command.arg("check").args(words).current_dir(folder).env_clear().env("PASSPHRASE", "right").stdin(Stdio::null());
    command.output().expect("byok runs")
}

fn document(output: &Output) -> Value {
    let document = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_valid(&document);
    document
}

fn codes(file: &Value) -> BTreeSet<String> {
    let findings = file["findings"].as_array().expect("findings");
    findings.iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

/// Options in `args`; `@now+600@` in a file that ends with `.in` is a time of so many seconds from now.
fn prepared(code: &str, folder: &Path) -> (Vec<String>, Vec<PathBuf>) {
    let mut words = Vec::new();
    let mut files = Vec::new();
    for entry in fs::read_dir(Path::new(VECTORS).join(code)).unwrap_or_else(|_| panic!("{code} has no pair")) {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name == "args" {
            words = fs::read_to_string(&path).unwrap().split_whitespace().map(str::to_owned).collect();
        } else {
            let template = name.strip_suffix(".in");
            let copy = folder.join(template.unwrap_or(name));
            let bytes = fs::read(&path).unwrap();
            fs::write(&copy, if template.is_some() { at_this_time(&bytes) } else { bytes }).unwrap();
            files.push(copy);
        }
    }
    files.sort();
    (words, files)
}

fn at_this_time(bytes: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).unwrap();
    let (before, rest) = text.split_once("@now").expect("a time");
    let (seconds, after) = rest.split_once('@').expect("the end of the time");
    let time = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds.parse().unwrap());
    format!("{before}{time}{after}").into_bytes()
}

#[test]
fn each_finding_is_in_its_bad_file_and_in_no_good_one() {
    let mut wrong = Vec::new();
    for rule in rules::all() {
        let code = rule.to_string();
        if ELSEWHERE.iter().any(|(elsewhere, _)| *elsewhere == code) {
            assert!(!Path::new(VECTORS).join(&code).exists(), "{code} has a pair");
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let (words, files) = prepared(&code, folder.path());
        let stem = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().split('.').next().unwrap().to_owned();
        assert_eq!(files.iter().map(stem).collect::<Vec<_>>(), ["bad", "good"], "{code}");
        for path in &files {
            let mut arguments: Vec<&str> = words.iter().map(String::as_str).collect();
            // The last option may be one that takes the file.
            arguments.insert(0, "--json");
            arguments.push(path.file_name().unwrap().to_str().unwrap());
            let output = check(folder.path(), &arguments);
            let found = codes(&document(&output)["files"][0]);
            let bad = stem(path) == "bad";
            let exit = !bad || rule.severity != Severity::Error || output.status.code() == Some(7);
            if found.contains(&code) != bad || !exit {
                wrong.push(format!("{code} {}: {found:?}, {:?}", stem(path), output.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A folder is a name, too.
#[test]
fn no_pair_is_without_a_rule() {
    for entry in fs::read_dir(VECTORS).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name.contains('.') || rules::find(&name).is_some(), "{name}");
    }
}

#[test]
fn exit_codes_and_strict() {
    let exit = |words: &[&str]| check(Path::new(VECTORS), words).status.code().unwrap();
    assert_eq!(exit(&["F301/good.der"]), 0);
    assert_eq!(exit(&["F301/good.der", "F301/bad.der"]), 7);
    assert_eq!(exit(&["F305/bad.der"]), 0);
    assert_eq!(exit(&["F305/bad.der", "--strict"]), 7);
    assert_eq!(exit(&["F406/bad.der", "--strict"]), 0);
    assert_eq!(exit(&["F301/good.der", "--type", "rsa-2048"]), 0);
    assert_eq!(exit(&["F301/good.der", "--type", "RSA_2048", "--provider", "aws-kms"]), 0);
    assert_eq!(exit(&["F301/good.der", "--type", "RSA_2048"]), 2);
    assert_eq!(exit(&["F301/good.der", "--provider", "nobody"]), 2);
}

#[test]
fn parameters_beside_a_key_are_no_file_without_a_key() {
    let vectors = Path::new(VECTORS);
    for words in [&["F711/good.pem"][..], &["F711/good.pem", "--strict"]] {
        let output = check(vectors, words);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(vectors.join("F711/good.pem")).unwrap();
    let (parameters, _) = text.split_once("-----BEGIN PRIVATE").unwrap();
    fs::write(folder.path().join("alone.pem"), parameters).unwrap();
    let output = check(folder.path(), &["alone.pem", "--json"]);
    assert!(codes(&document(&output)["files"][0]).contains("F705"));
}

/// What was not looked at is not green.
#[test]
fn strict_fails_for_what_was_not_looked_at() {
    for file in ["F704/bad.der", "F709/bad.bin", "F711/bad.pem"] {
        assert_eq!(check(Path::new(VECTORS), &[file, "--strict"]).status.code(), Some(7), "{file}");
    }
}

#[test]
fn who_takes_a_key_is_left_out_where_one_provider_was_asked_for() {
    let taken = |words: &[&str]| {
        let document = document(&check(Path::new(VECTORS), words));
        document["files"][0]["keys"][0]["types"][0].get("takenBy").map(|taken| taken.as_array().unwrap().is_empty())
    };
    assert_eq!(taken(&["F301/good.der", "--json"]), Some(false));
    assert_eq!(taken(&["F301/good.der", "--json", "--provider", "aws-kms"]), None);
}

/// A public key, and what a passphrase opens, belong to the comparison.
#[test]
fn strangers_are_found_beside_an_encrypted_key_and_as_public_keys() {
    let vectors = Path::new(VECTORS);
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(vectors.join("F708/bad.pem")).unwrap();
    let (key, certificate) = text.split_at(text.find("-----BEGIN CERTIFICATE").unwrap());
    let public = fs::read_to_string(vectors.join("F601/good.pem")).unwrap();
    fs::write(folder.path().join("public.pem"), format!("{key}{public}")).unwrap();
    let document_of = |words: &[&str]| document(&check(folder.path(), words));
    assert!(codes(&document_of(&["public.pem", "--json"])["files"][0]).contains("F708"));
    fs::write(folder.path().join("key.pem"), key).unwrap();
    let convert = ["convert", "key.pem", "--to", "encrypted-pkcs8", "--out", "locked.pem"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_byok"));
    command.args(convert).args(["--new-passphrase-source", "env:PASSPHRASE"]).current_dir(folder.path()).env_clear();
    let output = command.env("PASSPHRASE", "right").stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let locked = fs::read_to_string(folder.path().join("locked.pem")).unwrap();
    fs::write(folder.path().join("both.pem"), format!("{locked}{certificate}")).unwrap();
    let opened = document_of(&["both.pem", "--json", "--passphrase-source", "env:PASSPHRASE"]);
    assert!(codes(&opened["files"][0]).contains("F708"), "{opened}");
}

/// More RSA keys than one file may cost: the rest is named, not tested.
#[test]
fn the_arithmetic_of_a_key_set_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let key = fs::read(Path::new(VECTORS).join("F301/good.der")).unwrap();
    fs::write(folder.path().join("key.der"), key).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_byok"));
    command.args(["convert", "key.der", "--to", "pkcs8", "--out", "key.pem"]).current_dir(folder.path()).env_clear();
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let one = fs::read_to_string(folder.path().join("key.pem")).unwrap();
    fs::write(folder.path().join("many.pem"), one.repeat(81)).unwrap();
    let document = document(&check(folder.path(), &["many.pem", "--json"]));
    let findings = document["files"][0]["findings"].as_array().unwrap();
    assert_eq!(findings.iter().filter(|finding| finding["code"] == "F711").count(), 1, "{findings:?}");
}

/// One bad path hides no other.
#[test]
fn what_cannot_be_read_is_a_finding_of_that_file() {
    let words = ["missing", "F301/good.der", "/dev/zero", "F301/bad.der", "--json"];
    let output = check(Path::new(VECTORS), &words);
    assert_eq!(output.status.code(), Some(7));
    let document = document(&output);
    let found: Vec<BTreeSet<String>> = document["files"].as_array().unwrap().iter().map(codes).collect();
    let set = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(found, [set(&["F701"]), set(&[]), set(&["F701"]), set(&["F301"])]);
}

#[test]
fn folders_are_searched_and_what_is_left_out_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("keys/deep")).unwrap();
    fs::create_dir(at("empty")).unwrap();
    fs::copy(Path::new(VECTORS).join("F301/good.der"), at("keys/deep/good.der")).unwrap();
    fs::copy(Path::new(VECTORS).join("F301/bad.der"), at("keys/bad.der")).unwrap();
    fs::write(at("keys/.hidden"), b"x").unwrap();
    fs::write(at("keys/README.md"), "These are keys, and this is a text about them.\n".repeat(20)).unwrap();
    let output = check(folder.path(), &["keys", "--json"]);
    let document = document(&output);
    let names = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&document["files"]), ["keys/bad.der", "keys/deep/good.der"]);
    let mut left_out = names(&document["leftOut"]);
    left_out.sort();
    assert_eq!(left_out, ["keys/.hidden", "keys/README.md"]);
    assert_eq!(output.status.code(), Some(7));
    let nothing = check(folder.path(), &["empty"]);
    assert_eq!(nothing.status.code(), Some(2), "{}", String::from_utf8_lossy(&nothing.stderr));
}

/// On all cores, and in the order of the names.
#[test]
fn a_thousand_files_come_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..1000_u32 {
        let key: Vec<u8> = (0..32_u32).map(|at| (at * at * 7 + number * 13 + at * number).to_le_bytes()[0]).collect();
        fs::write(folder.path().join(format!("{number:04}")), key).unwrap();
    }
    let document = document(&check(folder.path(), &[".", "--json"]));
    let files = document["files"].as_array().unwrap();
    let paths: Vec<&str> = files.iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths.len(), 1000);
    assert!(paths.is_sorted());
}

/// Whoever's answer it is says so itself, and it is judged alike however it is named.
#[test]
fn an_answer_is_judged_without_its_provider_too() {
    let folder = tempfile::tempdir().unwrap();
    let (_, files) = prepared("F608", folder.path());
    assert_eq!(files.len(), 2);
    let expired = check(folder.path(), &["bad.json", "--json"]);
    assert_eq!(expired.status.code(), Some(7));
    assert!(codes(&document(&expired)["files"][0]).contains("F608"));
    assert!(document(&expired)["files"][0]["what"].as_str().unwrap().starts_with("wrapping key of aws-kms"));
    assert_eq!(check(folder.path(), &["good.json"]).status.code(), Some(0));
}

#[test]
fn an_answer_is_judged_alike_by_its_option() {
    let answer = fs::read_to_string(Path::new(VECTORS).join("F610/good.json")).unwrap();
    let mut answer: Value = serde_json::from_str(&answer).unwrap();
    let modulus = answer["key"]["n"].as_str().unwrap().replace('-', "+").replace('_', "/");
    answer["key"]["n"] = Value::from(modulus);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("kek.json"), answer.to_string()).unwrap();
    let key = Path::new(VECTORS).join("F301/good.der");
    let provider = ["--json", "--provider", "azure-key-vault"];
    let named = document(&check(folder.path(), &[&provider[..], &["kek.json"]].concat()));
    let option = [&provider[..], &[key.to_str().unwrap(), "--wrapping-key", "kek.json"]].concat();
    let by_option = document(&check(folder.path(), &option));
    let alone = document(&check(folder.path(), &["--json", "kek.json"]));
    for file in [&named["files"][0], &by_option["files"][1], &alone["files"][0]] {
        assert!(!codes(file).contains("F109"), "{file}");
        assert!(file["what"].as_str().unwrap().starts_with("wrapping key of azure-key-vault"), "{file}");
    }
}

#[test]
fn standard_input_is_a_file() {
    let key = fs::File::open(Path::new(VECTORS).join("F301/bad.der")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_byok"));
    let output = command.args(["check", "-", "--json"]).env_clear().stdin(key).output().unwrap();
    let document = document(&output);
    assert_eq!(document["files"][0]["path"], "standard input");
    assert_eq!(codes(&document["files"][0]), BTreeSet::from(["F301".to_owned()]));
}

#[test]
fn the_schema_of_the_document_is_strict() {
    let schema: Value = serde_json::from_slice(&fs::read(schema_file("byok.check/v1")).unwrap()).unwrap();
    let mut document = document(&check(Path::new(VECTORS), &["F301/good.der", "--json"]));
    assert_eq!(violations(&schema, &document), Vec::<String>::new());
    document["files"][0]["secret"] = Value::from("x");
    assert!(!violations(&schema, &document).is_empty());
}
