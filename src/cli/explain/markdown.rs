//! The text of docs/codes.md.

use std::fmt::Write as _;

use super::{Page, errors, findings};
use crate::cli::codes::EXITS;

/// What the hundreds of a finding's number stand for.
const GROUPS: [(char, &str); 8] = [
    ('1', "the form of the file"),
    ('2', "symmetric keys as raw bytes"),
    ('3', "RSA keys"),
    ('4', "EC and Ed25519 keys"),
    ('5', "what the provider takes"),
    ('6', "the wrapping key"),
    ('7', "what can be looked into"),
    ('8', "encrypted and signed containers"),
];

const HEAD: &str = "# Exit codes, errors and findings

Made by `byok explain --markdown`; `make docs` renews it. `byok explain CODE` shows one page.

";

const ERRORS: &str = "
An error is one line on standard error with a stable code in brackets, then its causes, then hints.
The first two digits of a code are the exit code. With `--json` the error is a `byok.error/v1` document.
";

const FINDINGS: &str = "
# Findings

What is wrong, or looks wrong, with a key file. The first digit of a finding's code is its group.
";

/// Every page, grouped.
pub(super) fn document() -> String {
    let mut text = String::from(HEAD);
    text.push_str("| exit code | meaning |\n|---|---|\n");
    for exit in EXITS {
        let _ = writeln!(text, "| {} | {} |", exit.status, exit.meaning);
    }
    text.push_str(ERRORS);
    let errors = errors();
    for exit in EXITS {
        let heading = format!("Exit code {}: {}", exit.status, exit.meaning);
        section(&mut text, &heading, errors.iter().filter(|page| page.exit == Some(exit.status)));
    }
    text.push_str(FINDINGS);
    let findings = findings();
    for (digit, title) in GROUPS {
        let heading = format!("F{digit}xx: {title}");
        section(&mut text, &heading, findings.iter().filter(|page| page.code.chars().nth(1) == Some(digit)));
    }
    text
}

/// A heading and its pages; nothing when there are none.
fn section<'a>(text: &mut String, heading: &str, pages: impl Iterator<Item = &'a Page>) {
    let mut pages = pages.peekable();
    if pages.peek().is_some() {
        let _ = writeln!(text, "\n## {heading}");
    }
    for Page { code, severity, title, meaning, matters, way_out, example, .. } in pages {
        let severity = severity.map(|severity| format!(" ({severity})")).unwrap_or_default();
        let _ = writeln!(
            text,
            "\n### {code}: {title}{severity}\n\n{meaning}\n\n*Why it matters.* {matters}\n\n*What to do.* {way_out}\n\n\
             ```text\n{example}\n```"
        );
    }
}
