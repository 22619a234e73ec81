//! What `--dry-run` says: the steps that would be taken.

use serde::Serialize;

use super::failure::Outcome;
use super::shell::Shell;
use super::text::Text;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    command: &'a str,
    steps: &'a [String],
}

/// Prints the steps of a command that was not carried out.
pub(super) fn print(shell: &Shell<'_>, command: &str, steps: &[String]) -> Outcome {
    let mut text = Text::new();
    text.line(format_args!("dry run: byok {command} would"));
    for step in steps {
        text.line(format_args!("  {step}"));
    }
    shell.data(text.finish(), &Document { schema: "byok.dry-run/v1", command, steps })
}
