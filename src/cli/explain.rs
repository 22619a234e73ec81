//! `byok explain`: what a code of an error or a finding means, why it matters, what to do, one example.

mod markdown;

use serde::Serialize;

use super::codes::{self, Code, EXITS, usage};
use super::failure::{Failure, Outcome};
use super::shell::Shell;
use super::text::Text;
use crate::format::lint::{Rule, rules};

const EXAMPLES: &str = "\
Examples:
  byok explain E0203
  byok explain F101
  byok explain";

/// Say what the code of an error or a finding means, why it matters, and what to do
///
/// Without a code, every code is listed.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A code as errors and findings show it, for example E0203 or F101
    #[arg(value_name = "CODE")]
    code: Option<String>,
    /// Print the whole table as Markdown, as in docs/codes.md
    #[arg(long, conflicts_with = "code")]
    markdown: bool,
}

/// All that is said of one code.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<&'static str>,
    title: &'static str,
    meaning: &'static str,
    matters: &'static str,
    way_out: &'static str,
    example: &'static str,
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    codes: Vec<Page>,
    findings: Vec<Page>,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let Some(name) = &args.code else {
        let (codes, findings) = (errors(), findings());
        let text = if args.markdown { markdown::document() } else { list(&[&codes, &findings]) };
        return shell.data(&text, &document(codes, findings));
    };
    let (error, finding) = (codes::find(name).map(Page::from), rules::find(name).map(Page::from));
    let Some(text) = error.as_ref().or(finding.as_ref()).map(Page::text) else {
        return Err(Failure::new(&usage::USAGE, format!("unknown code {name}")).hint("byok explain   lists every code"));
    };
    shell.data(&text, &document(error.into_iter().collect(), finding.into_iter().collect()))
}

fn document(codes: Vec<Page>, findings: Vec<Page>) -> Document {
    Document { schema: "byok.explain/v1", codes, findings }
}

/// The pages of all errors.
fn errors() -> Vec<Page> {
    codes::all().map(Page::from).collect()
}

/// The pages of all findings.
fn findings() -> Vec<Page> {
    rules::all().map(Page::from).collect()
}

fn list(groups: &[&[Page]]) -> String {
    let mut text = Text::new();
    for page in groups.iter().copied().flatten() {
        text.line(format_args!("{:<5}  {}", page.code, page.title));
    }
    text.into_string()
}

impl Page {
    /// What people read at the terminal.
    fn text(&self) -> String {
        let mut text = Text::new();
        text.line(format_args!("{}  {}", self.code, self.title)).line("");
        for (label, sentences) in
            [("what it means", self.meaning), ("why it matters", self.matters), ("what to do", self.way_out)]
        {
            text.paragraph(&label_of(label), sentences);
        }
        if let Some(status) = self.exit {
            text.paragraph(&label_of("exit code"), &format!("{status}: {}", meaning_of(status)));
        }
        if let Some(severity) = self.severity {
            text.paragraph(&label_of("severity"), severity);
        }
        // Not broken between words: it is there to be pasted.
        text.line("").line("example");
        self.example.lines().for_each(|line| {
            text.line(format_args!("  {line}"));
        });
        text.into_string()
    }
}

impl From<&'static Code> for Page {
    fn from(code: &'static Code) -> Self {
        let Code { exit, title, meaning, matters, way_out, example, .. } = *code;
        Self { code: code.to_string(), exit: Some(exit), severity: None, title, meaning, matters, way_out, example }
    }
}

impl From<&'static Rule> for Page {
    fn from(rule: &'static Rule) -> Self {
        let Rule { severity, title, meaning, matters, way_out, example, .. } = *rule;
        let severity = Some(severity.as_str());
        Self { code: rule.to_string(), exit: None, severity, title, meaning, matters, way_out, example }
    }
}

fn label_of(label: &str) -> String {
    format!("  {label:<16}")
}

/// What an exit code stands for.
fn meaning_of(status: u8) -> &'static str {
    EXITS.iter().find(|exit| exit.status == status).map_or("", |exit| exit.meaning)
}
