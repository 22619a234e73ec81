//! What is said of a text that is not YAML, or more of YAML than a policy uses.

use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{Error, Localizer, Location, UserMessageFormatter};

use super::document::SCHEMA;
use super::node::At;
use super::problem::{PolicyError, Problem};
use crate::format::escape::printable;

/// The refusal. The line is shown only when the file claims to be a policy.
pub(super) fn not_yaml(error: &Error, text: &str, claims: bool) -> PolicyError {
    let at = error.location().map_or(At { line: 1, column: 1 }, At::from);
    if !claims {
        let message = format!("not a {SCHEMA} document: it has no line schema: {SCHEMA}, and it is not YAML");
        return PolicyError::new(vec![Problem::at(at, "", message)]);
    }
    let (at, message) = match error {
        Error::Budget { breach: BudgetBreach::Anchors { .. } | BudgetBreach::Aliases { .. }, .. } => (
            anchor_before(text, at).unwrap_or(at),
            "a policy has no anchors and no aliases; write the value out where it holds".to_owned(),
        ),
        Error::Budget { breach: BudgetBreach::Documents { .. }, .. } => {
            (at, "a second document begins; a policy is one".to_owned())
        }
        Error::Budget { .. } => (at, format!("more than a policy needs: {}", said(error))),
        _ => (at, format!("not YAML 1.2 as a policy uses it: {}{}", said(error), advice(text, at))),
    };
    PolicyError::new(vec![Problem::at(at, "", message)]).with_excerpts(text)
}

/// What the parser said, without the place, which stands before it.
fn said(error: &Error) -> String {
    printable(&error.render_with_formatter(&UserMessageFormatter.with_localizer(&Placeless)), 160)
}

/// Messages without the place.
struct Placeless;

impl Localizer for Placeless {
    fn attach_location<'a>(&self, base: std::borrow::Cow<'a, str>, _: Location) -> std::borrow::Cow<'a, str> {
        base
    }
}

/// The way out of the two likeliest slips.
fn advice(text: &str, at: At) -> &'static str {
    let number = usize::try_from(at.line.saturating_sub(1)).unwrap_or(usize::MAX);
    let line = text.lines().nth(number).unwrap_or_default();
    let indent = line.chars().take_while(|character| character.is_whitespace());
    let value = line.trim_start().split_once(": ").map(|(_, value)| value.trim_start());
    let is_open = value.is_some_and(|value| value.contains(": ") && !value.starts_with(['"', '\'', '{', '[', '#']));
    if indent.into_iter().any(|character| character == '\t') {
        "; indent with blanks instead of the tab"
    } else if is_open {
        "; a text in which a colon and a blank stand belongs in quotes"
    } else {
        ""
    }
}

/// Where the last anchor or alias up to a place stands: the parser names the place behind it.
fn anchor_before(text: &str, end: At) -> Option<At> {
    let mut found = None;
    for (number, line) in (1_u64..).zip(text.lines()).take_while(|(number, _)| *number <= end.line) {
        let mut before = ' ';
        for (column, character) in (1_u64..).zip(line.chars()) {
            let begins = matches!(before, ' ' | '[' | ',' | '{');
            if begins && matches!(character, '&' | '*') && (number, column) <= (end.line, end.column) {
                found = Some(At { line: number, column });
            }
            before = character;
        }
    }
    found
}
