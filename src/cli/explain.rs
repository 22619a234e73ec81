//! `byok explain`: what an error code means, why it happens, the way out.

use std::fmt::Write as _;

use serde::Serialize;

use super::codes::{self, Code, EXITS, usage};
use super::failure::{Failure, Outcome};
use super::shell::Shell;
use super::text::Text;

const EXAMPLES: &str = "\
Examples:
  byok explain E0203
  byok explain";

/// Say what an error code means, why it happens, and the way out
///
/// Without a code, every code is listed.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A code as errors show it in brackets, for example E0203
    #[arg(value_name = "CODE")]
    code: Option<String>,
    /// Print the whole table as Markdown, as in docs/errors.md
    #[arg(long, conflicts_with = "code")]
    markdown: bool,
}

#[derive(Serialize)]
struct Entry {
    code: String,
    exit: u8,
    title: &'static str,
    meaning: &'static str,
    #[serde(rename = "wayOut")]
    way_out: &'static str,
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    codes: Vec<Entry>,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let Some(name) = &args.code else {
        let text = if args.markdown { markdown() } else { list() };
        return shell.data(&text, &document(codes::all()));
    };
    let Some(code) = codes::find(name) else {
        return Err(Failure::new(&usage::USAGE, format!("unknown code {name}")).hint("byok explain   lists every code"));
    };
    let text = format!(
        "{code}  {}\n\n{}\n\n{}\n\nexit code {}: {}\n",
        code.title,
        code.meaning,
        code.way_out,
        code.exit,
        status(code)
    );
    shell.data(&text, &document(std::iter::once(code)))
}

fn document(codes: impl Iterator<Item = &'static Code>) -> Document {
    let entry = |code: &'static Code| Entry {
        code: code.to_string(),
        exit: code.exit,
        title: code.title,
        meaning: code.meaning,
        way_out: code.way_out,
    };
    Document { schema: "byok.explain/v1", codes: codes.map(entry).collect() }
}

fn list() -> String {
    let mut text = Text::new();
    for code in codes::all() {
        text.line(format_args!("{code}  {}", code.title));
    }
    text.finish().to_owned()
}

fn status(code: &Code) -> &'static str {
    EXITS.iter().find(|exit| exit.status == code.exit).map_or("", |exit| exit.meaning)
}

/// The text of docs/errors.md.
fn markdown() -> String {
    let mut text =
        String::from("# Exit codes and errors\n\nMade by `byok explain --markdown`; `make docs` renews it.\n\n");
    text.push_str("| exit code | meaning |\n|---|---|\n");
    for exit in EXITS {
        let _ = writeln!(text, "| {} | {} |", exit.status, exit.meaning);
    }
    text.push_str(concat!(
        "\nAn error is one line on standard error with a stable code in brackets, then its causes, then hints.\n",
        "The first two digits of a code are the exit code. With `--json` the error is a `byok.error/v1` document.\n",
    ));
    for exit in EXITS.iter().filter(|exit| codes::all().any(|code| code.exit == exit.status)) {
        let _ = writeln!(text, "\n## Exit code {}: {}", exit.status, exit.meaning);
        for code in codes::all().filter(|code| code.exit == exit.status) {
            let _ = writeln!(text, "\n### {code}: {}\n\n{}\n\n{}", code.title, code.meaning, code.way_out);
        }
    }
    text
}
