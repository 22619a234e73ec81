//! A token that lies, met by the binary: it is found out, said, and nothing rests on what it claims.

mod imports;
mod keys;
mod pins;
mod seals;
mod wraps;

use std::fs;

use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, Workplace, code, text};

const GENERATE: [&str; 4] = ["generate", "k", "--type", "aes-256"];
const FIRST: &str = "registry/keys/k@1/manifest-0001.dsse.json";

/// A registry on a token that lies from the first call on.
fn lied_to(module: Module, lines: &[&str]) -> Workplace {
    let place = Workplace::initialised_behind_proxy(module, lines);
    place.write("wrapping.pem", WRAPPING_KEY);
    place
}

fn wrap(method: &str) -> [&str; 10] {
    [
        "wrap-for-import",
        "k",
        "--provider",
        "generic",
        "--wrapping-key",
        "wrapping.pem",
        "--method",
        method,
        "--out",
        "bundle",
    ]
}

fn refused(place: &Workplace, words: &[&str], wanted: &str, what: &str) -> String {
    let output = place.byok(words);
    let said = text(&output.stderr);
    assert_eq!(code(&said), Some(wanted), "{what}: {said}");
    assert_eq!(output.status.code(), wanted.get(1..3).and_then(|exit| exit.parse().ok()), "{what}: {said}");
    said
}

/// No bundle, hidden or not, and no manifest after the first.
fn assert_unwrapped(place: &Workplace, what: &str) {
    let names: Vec<_> = fs::read_dir(place.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().contains("bundle")), "{what}: {names:?}");
    let manifests = fs::read_dir(place.path("registry/keys/k@1")).unwrap().count();
    assert_eq!(manifests, 1, "{what}");
}
