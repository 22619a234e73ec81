//! Every error code that people can meet is in a transcript.

use std::fs;

use byok::cli::codes;
use regex::Regex;

use crate::cases;

/// Codes without a transcript, and why.
const ELSEWHERE: [(&str, &str); 16] = [
    ("E0101", "nothing leads there on purpose"),
    ("E0211", "takes a terminal: tests/e2e/prompts.rs"),
    ("E0305", "takes a second process between check and lock"),
    ("E0307", "takes a policy of a later version"),
    ("E0338", "takes a rotated key that no provider's command leads back from: tests/e2e/life.rs"),
    ("E0408", "takes a second process between check and lock"),
    ("E0412", "takes a clock that runs backwards: unit tests of ops::state"),
    ("E0424", "takes a key that something else destroyed: tests/e2e/revoke"),
    ("E0504", "a token without content has neither label nor serial number to be chosen by"),
    ("E0509", "takes a module that breaks PKCS#11: tests/token_suite"),
    ("E0510", "no command makes such a request"),
    ("E0511", "a warning of the probe; as an error it takes a token that pads and cannot be helped"),
    ("E0513", "init makes only keys that sign evidence"),
    ("E0519", "takes a token that ignores a template: unit tests of ops::custody"),
    ("E0522", "a warning; takes a token that leaves out zeros: tests/e2e/interoperability"),
    ("E0529", "takes a token that finds nothing: tests/e2e/revoke"),
];

#[test]
fn every_error_code_has_a_transcript_or_a_reason() {
    let texts: String = cases().iter().map(|case| fs::read_to_string(case).expect("a case")).collect();
    let shown =
        |code: &str| texts.lines().any(|line| line.starts_with("error: ") && line.contains(&format!("[{code}]")));
    let excused = |code: &str| ELSEWHERE.iter().any(|(excused, _)| *excused == code);
    let all: Vec<String> = codes::all().map(ToString::to_string).collect();
    let missing: Vec<&String> = all.iter().filter(|code| !shown(code) && !excused(code)).collect();
    assert!(missing.is_empty(), "codes without a transcript: {missing:?}");
    let stale: Vec<_> =
        ELSEWHERE.iter().filter(|(code, _)| shown(code) || !all.iter().any(|known| known == code)).collect();
    assert!(stale.is_empty(), "excused, and shown or unknown: {stale:?}");
}

/// `byok explain` shows errors as byok prints them: the examples of codes that have a transcript are in one, whatever stands
/// there for what changes with each run.
#[test]
fn every_example_of_an_error_is_in_a_transcript() {
    let texts: String = cases().iter().map(|case| fs::read_to_string(case).expect("a case")).collect();
    let reported = |line: &&str| line.starts_with("error: ") || line.starts_with("warning: ");
    let printed: Vec<Regex> = texts.lines().filter(reported).map(pattern).collect();
    let excused = |code: &&codes::Code| ELSEWHERE.iter().any(|(excused, _)| *excused == code.to_string());
    for code in codes::all().filter(|code| !excused(code)) {
        for line in code.example.lines().filter(reported) {
            assert!(printed.iter().any(|pattern| pattern.is_match(line)), "{code}: no transcript has: {line}");
        }
    }
}

/// What a line of a transcript stands for: words in brackets are anything, except for the code at the end.
fn pattern(line: &str) -> Regex {
    let word = Regex::new(r"\\\[[A-Z]+\\\]").expect("a pattern");
    let escaped = regex::escape(line);
    Regex::new(&format!("^{}$", word.replace_all(&escaped, ".+"))).expect("a pattern")
}
