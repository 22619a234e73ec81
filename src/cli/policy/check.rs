//! `byok policy check`: every mistake of a policy, with its place.

use std::path::PathBuf;

use serde::Serialize;

use super::source;
use crate::cli::failure::Outcome;
use crate::cli::shell::Shell;
use crate::cli::text::Text;
use crate::manifest::digest::sha256_hex;
use crate::policy::{Concern, Policy, PolicyError, Problem};

const EXAMPLES: &str = "\
Examples:
  byok policy check policy.yaml
  byok policy check policy.yaml --json";

/// Find the mistakes of a policy
///
/// Unknown and doubled fields, values that a field cannot have, approvals that nobody could give, and rules that never
/// decide: each with line, column and key path. Exit code 7 when there are any. No token, no registry.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The policy
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    file: String,
    ok: bool,
    sha256: String,
    rules: Vec<&'a str>,
    people: Vec<&'a str>,
    examples: usize,
    mistakes: Vec<Mistake<'a>>,
    warnings: Vec<Warning>,
}

#[derive(Serialize)]
struct Warning {
    line: u64,
    path: String,
    message: String,
}

#[derive(Serialize)]
struct Mistake<'a> {
    line: u64,
    column: u64,
    path: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    excerpt: Option<&'a [String; 2]>,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let bytes = source::read(&args.file)?;
    let name = args.file.display().to_string();
    let result = Policy::parse(&bytes);
    let document = document(&name, &bytes, &result);
    let text = match &result {
        Ok(policy) => good(&name, policy),
        Err(error) => mistakes(&name, error),
    };
    shell.data(text.finish(), &document)?;
    if let Ok(policy) = &result {
        warn_of(shell, &name, policy);
    }
    result.map(|_| ()).map_err(|error| source::refused(&name, &error).hint("docs/policy.md lists every field"))
}

fn document<'a>(name: &str, bytes: &[u8], result: &'a Result<Policy, PolicyError>) -> Document<'a> {
    let policy = result.as_ref().ok();
    let problems = result.as_ref().err().map(PolicyError::problems).unwrap_or_default();
    Document {
        schema: "byok.policy-check/v1",
        file: name.to_owned(),
        ok: policy.is_some(),
        sha256: sha256_hex(bytes),
        rules: policy.map(|policy| policy.rule_names().collect()).unwrap_or_default(),
        people: policy.map(|policy| policy.people().keys().map(String::as_str).collect()).unwrap_or_default(),
        examples: policy.map(Policy::example_count).unwrap_or_default(),
        mistakes: problems.iter().map(mistake).collect(),
        warnings: policy.map(Policy::concerns).unwrap_or_default().into_iter().map(warning).collect(),
    }
}

fn mistake(problem: &Problem) -> Mistake<'_> {
    let Problem { line, column, path, message, excerpt } = problem;
    Mistake { line: *line, column: *column, path, message, excerpt: excerpt.as_ref() }
}

fn warning(concern: Concern) -> Warning {
    let Concern { line, path, message } = concern;
    Warning { line, path, message }
}

/// What to look at again, on standard error.
pub(super) fn warn_of(shell: &Shell<'_>, name: &str, policy: &Policy) {
    for Concern { line, path, message } in policy.concerns() {
        shell.warn(&format!("{name}:{line}: {path}: {message}"));
    }
}

fn good(name: &str, policy: &Policy) -> Text {
    let mut text = Text::new();
    text.line(format_args!(
        "{name}: no mistakes   {}, {}, {}",
        counted(policy.rule_names().count(), "rule"),
        counted(policy.people().len(), "person").replace("persons", "people"),
        counted(policy.example_count(), "example")
    ));
    text
}

/// `1 rule`, `2 rules`
pub(super) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// As compilers do: the place, what is wrong, the line and a caret.
fn mistakes(name: &str, error: &PolicyError) -> Text {
    let mut text = Text::new();
    for problem in error.problems() {
        let path = if problem.path.is_empty() { String::new() } else { format!("{}: ", problem.path) };
        text.line(format_args!("{name}:{}:{}: {path}{}", problem.line, problem.column, problem.message));
        let Some([shown, caret]) = &problem.excerpt else { continue };
        let number = problem.line.to_string();
        // The excerpt is escaped already: a second time would move the caret.
        text.raw(&format!("  {number} | {shown}\n  {:width$} | {caret}\n", "", width = number.len()));
    }
    if error.has_more() {
        text.line("and more; correct these first");
    }
    text
}
