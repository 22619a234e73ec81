//! `byok policy test`: the examples that stand beside the rules.

use std::path::PathBuf;

use serde::Serialize;

use super::check::counted;
use super::source::{self, Found};
use crate::cli::codes::policy;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::shell::Shell;
use crate::cli::text::Text;
use crate::policy::request::{Decision, RuleRef};
use crate::policy::{self as rules, Surprise};

const EXAMPLES: &str = "\
Examples:
  byok policy test policy.yaml
  byok policy test --json";

/// Run the examples that stand beside the rules of a policy
///
/// Each example names a key and an operation, and what it expects: permit or deny, by which rule, with how many
/// approvals. Exit code 3 when one does not hold.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The policy [default: the adopted one, or the one of byok.yaml]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    policy: &'a str,
    sha256: &'a str,
    ok: bool,
    examples: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    name: &'a str,
    line: u64,
    holds: bool,
    expected: String,
    decided: &'static str,
    /// How many are needed.
    approvals: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    approvals_expected: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<RuleRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<&'a str>,
}

/// A rule and its line.
#[derive(Serialize)]
pub(super) struct RuleRow<'a> {
    pub(super) name: &'a str,
    pub(super) line: u64,
    pub(super) path: &'a str,
}

impl<'a> RuleRow<'a> {
    pub(super) fn new(rule: &'a RuleRef) -> Self {
        Self { name: &rule.name, line: rule.line, path: &rule.path }
    }
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let Found { policy: found, name, sha256 } = source::find(shell, args.file.as_deref())?;
    let outcomes = found.run_examples();
    let failed: Vec<(&rules::Outcome, &Surprise)> =
        outcomes.iter().filter_map(|outcome| Some((outcome, outcome.surprise.as_ref()?))).collect();
    let examples = outcomes.iter().map(row).collect();
    let document =
        Document { schema: "byok.policy-test/v1", policy: &name, sha256: &sha256, ok: failed.is_empty(), examples };
    shell.data(text(&name, outcomes.len(), &failed).finish(), &document)?;
    let of = counted(outcomes.len(), "example");
    let (count, verb) = (failed.len(), if failed.len() == 1 { "does" } else { "do" });
    match failed.first() {
        None => Ok(()),
        Some(_) => Err(Failure::new(&policy::EXAMPLE, format!("{count} of {of} of {name} {verb} not hold"))
            .hint("correct the rule that decided, or the example")),
    }
}

fn text(name: &str, count: usize, failed: &[(&rules::Outcome, &Surprise)]) -> Text {
    let mut text = Text::new();
    for (outcome, surprise) in failed {
        let Surprise { line, column, why } = surprise;
        text.line(format_args!("{name}:{line}:{column}: {}: {why}", outcome.name));
    }
    let holding = count.saturating_sub(failed.len());
    let verb = if holding == 1 { "holds" } else { "hold" };
    text.line(format_args!("{name}: {holding} of {} {verb}", counted(count, "example")));
    text
}

fn row(outcome: &rules::Outcome) -> Row<'_> {
    let (decided, rule) = match &outcome.decision {
        Decision::Permit(permit) => ("permit", Some(&permit.rule)),
        Decision::Denied(denial) => ("deny", denial.rule.as_ref()),
    };
    Row {
        name: &outcome.name,
        line: outcome.line,
        holds: outcome.surprise.is_none(),
        expected: outcome.expected.to_string(),
        decided,
        approvals: outcome.needed,
        approvals_expected: outcome.approvals,
        rule: rule.map(RuleRow::new),
        difference: outcome.surprise.as_ref().map(|surprise| surprise.why.as_str()),
    }
}
