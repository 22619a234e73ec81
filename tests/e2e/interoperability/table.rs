//! The document: one table for each provider, methods with the same outcome in one row.

use std::collections::BTreeSet;
use std::fmt::Write;

use byok::cli::codes;
use byok::key::method::WrapMethod;
use byok::key::spec::{ALL, KeySpec};
use byok::provider::{PROVIDERS, Provider};

use super::consumer::{Consumer, Taken};
use super::{Cells, Outcome, Row};

const HEAD: &str = "\
# Which key reaches which provider from which token

Written by `SNAPSHOTS=overwrite cargo test --test e2e interoperability`: each cell was tried on two software tokens,
SoftHSM 2.6.1, which pads keys that it wraps and knows OAEP with SHA-1 only, and kryoptic 1.5.4, which does neither. The
test fails when this document says something else than what happens. A token of yours may do more or less: `byok hsm probe`
says what.

A cell names the plan, in the order from the best to the last resort: `native-rsa-aes` (neither token has it),
`direct-oaep`, `token-kek` (nothing is shown to the host), `host-kek` (needs `--allow-exposure ephemeral-kek`),
`host-plaintext` (needs `--allow-exposure plaintext`). The least consent with which it works was given. *Equal* means that
the other side held the key of the token; *accepted* that it took the key and gives nothing to compare. A code says why byok
refuses; `byok explain CODE` tells the rest.

kryoptic leaves out the zero octet that the private scalar of one in 2 keys on P-521 and of one in 256 on other curves begins
with; RFC 5915 section 3 has it there. OpenBao takes such a key, a strict reader does not; whether AWS, Azure and Google do
is not documented. The keys of this table are without it. `hsm probe` shows it as `short-scalar`.
";

/// The whole document.
pub(super) fn document(cells: &Cells) -> String {
    let mut text = HEAD.to_owned();
    for (number, provider) in PROVIDERS.iter().enumerate() {
        write!(text, "\n## {}\n\n{}: {}\n\n", provider.id, provider.name, Consumer::described(provider)).unwrap();
        text.push_str("| type | method | SoftHSM | kryoptic |\n|---|---|---|---|\n");
        for spec in ALL {
            rows(&mut text, number, provider, *spec, cells);
        }
    }
    text.push_str("\n## Codes\n\n| code | why |\n|---|---|\n");
    for code in used(cells) {
        let title = codes::find(code).unwrap_or_else(|| panic!("{code} is in no table")).title;
        writeln!(text, "| {code} | {title} |").unwrap();
    }
    text
}

/// The rows of one type; a row holds all methods that fare alike.
fn rows(text: &mut String, number: usize, provider: &Provider, spec: KeySpec, cells: &Cells) {
    let mut grouped: Vec<(Vec<String>, [String; 2])> = Vec::new();
    for method in super::methods(provider, spec) {
        let row = Row { provider: number, spec, method };
        let outcomes = [0, 1].map(|token| shown(&cells[&(row, token)]));
        let name = method.map_or_else(|| "any".to_owned(), |method: WrapMethod| method.to_string());
        match grouped.iter_mut().find(|(_, same)| *same == outcomes) {
            Some((names, _)) => names.push(name),
            None => grouped.push((vec![name], outcomes)),
        }
    }
    for (names, [softhsm, kryoptic]) in grouped {
        writeln!(text, "| {spec} | {} | {softhsm} | {kryoptic} |", names.join(", ")).unwrap();
    }
}

fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Taken(plan, Taken::Equal) => format!("{plan}: equal"),
        Outcome::Taken(plan, Taken::NotComparable) => format!("{plan}: accepted"),
        Outcome::Refused(code) | Outcome::Wrong(code) => code.clone(),
        Outcome::NotMade(code) => format!("{code}, not made"),
    }
}

fn used(cells: &Cells) -> BTreeSet<&str> {
    let codes = cells.values().filter_map(|outcome| match outcome {
        Outcome::Refused(code) | Outcome::NotMade(code) => Some(code.as_str()),
        Outcome::Taken(..) | Outcome::Wrong(_) => None,
    });
    codes.collect()
}
