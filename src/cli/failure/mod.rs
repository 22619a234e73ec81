//! What a command ends with when it fails: a code, one line, causes, hints. Error enums are mapped here and only here.

mod approve;
mod change;
mod confirm;
mod evidence;
mod file_bundle;
mod govern;
mod import;
mod key;
pub(super) mod plan;
mod reader;
mod registry;
mod revoke;
mod rollback;
mod rotate;
mod signer;
mod token;
mod verify;
mod wrap;

pub(super) use evidence::code_of;
pub(super) use import::finding_line;

use std::error::Error;
use std::fmt::Write as _;

use serde::Serialize;

use super::codes::Code;
use super::output::escape_line;

/// A failed command. Boxed, because success is the rule.
#[derive(Debug)]
pub(super) struct Failure(Box<Parts>);

#[derive(Debug)]
struct Parts {
    code: &'static Code,
    error: String,
    causes: Vec<String>,
    hints: Vec<String>,
}

/// The `byok.error/v1` document.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    code: String,
    exit: u8,
    error: &'a str,
    causes: &'a [String],
    hints: Vec<String>,
}

/// What the library's errors lack: a stable code and the way out. Implemented once for each error enum, in this folder
/// for those of other modules.
pub(super) trait Explained: Error {
    /// The stable code.
    fn code(&self) -> &'static Code;

    /// Causes that the error does not carry as sources.
    fn causes(&self) -> Vec<String> {
        Vec::new()
    }

    /// What to type, or what to do.
    fn hints(&self) -> Vec<String> {
        Vec::new()
    }
}

impl<E: Explained> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut failure = Self::new(error.code(), error.to_string()).because(error.source());
        failure.0.causes.extend(error.causes());
        failure.0.hints.extend(error.hints());
        failure
    }
}

/// What every command returns.
pub(super) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// A failure in our own words, a lower-case fragment.
    pub(super) fn new(code: &'static Code, error: impl Into<String>) -> Self {
        Self(Box::new(Parts { code, error: error.into(), causes: Vec::new(), hints: Vec::new() }))
    }

    /// The error in its own words, its sources as causes.
    pub(super) fn of(code: &'static Code, error: &dyn Error) -> Self {
        Self::new(code, error.to_string()).because(error.source())
    }

    /// Adds an error and its sources as causes; one that repeats the line before it is left out.
    pub(super) fn because(mut self, first: Option<&dyn Error>) -> Self {
        let mut next = first;
        while let Some(error) = next {
            let text = error.to_string();
            if *self.0.causes.last().unwrap_or(&self.0.error) != text {
                self.0.causes.push(text);
            }
            next = error.source();
        }
        self
    }

    /// Adds a cause in our own words.
    pub(super) fn cause(mut self, text: impl Into<String>) -> Self {
        self.0.causes.push(text.into());
        self
    }

    /// Adds what to type, or what to do.
    pub(super) fn hint(mut self, text: impl Into<String>) -> Self {
        self.0.hints.push(text.into());
        self
    }

    /// What to type; the explanation of the code, when there is nothing more exact.
    fn hints(&self) -> Vec<String> {
        let Parts { code, hints, .. } = &*self.0;
        if hints.is_empty() { vec![format!("byok explain {code}")] } else { hints.clone() }
    }

    /// The error's own line, without its code.
    pub(super) fn error(&self) -> &str {
        &self.0.error
    }

    /// Whether it has this code.
    pub(super) fn is(&self, code: &Code) -> bool {
        self.0.code == code
    }

    /// The exit code of the program.
    pub(super) fn exit(&self) -> u8 {
        self.0.code.exit
    }

    /// The lines for people, with colour when `color`; ends with a line feed.
    pub(super) fn render(&self, color: bool) -> String {
        let paint =
            |style: &str, word: &str| if color { format!("\u{1b}[{style}m{word}\u{1b}[0m") } else { word.to_owned() };
        let Parts { code, error, causes, .. } = &*self.0;
        let hints = self.hints();
        let mut text = format!("{} {} [{code}]\n", paint("1;31", "error:"), escape_line(error));
        for cause in causes {
            let _ = writeln!(text, "{} {}", paint("1", "cause:"), escape_line(cause));
        }
        text.push('\n');
        for hint in hints {
            let _ = writeln!(text, "{} {}", paint("1;36", "hint:"), escape_line(&hint));
        }
        text
    }

    /// The `byok.error/v1` document.
    pub(super) fn document(&self) -> impl Serialize {
        let Parts { code, error, causes, .. } = &*self.0;
        Document {
            schema: "byok.error/v1",
            code: code.to_string(),
            exit: code.exit,
            error,
            causes,
            hints: self.hints(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::codes::usage;

    #[derive(Debug, thiserror::Error)]
    #[error("outer \u{1b}[31m")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn lines_come_in_order_and_carry_no_control_characters() {
        let outer = Outer(std::io::Error::other("inner"));
        let failure = Failure::of(&usage::USAGE, &outer).cause("more").hint("type this");
        assert_eq!(
            failure.render(false),
            "error: outer \\u{1b}[31m [E0201]\ncause: inner\ncause: more\n\nhint: type this\n"
        );
        assert_eq!(failure.exit(), 2);
    }

    #[test]
    fn a_failure_without_hints_names_the_explanation() {
        let text = Failure::new(&usage::USAGE, "bad").render(false);
        assert_eq!(text, "error: bad [E0201]\n\nhint: byok explain E0201\n");
    }

    #[test]
    fn the_document_has_every_part() {
        let json = serde_json::to_value(Failure::new(&usage::USAGE, "bad").hint("x").document()).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"schema": "byok.error/v1", "code": "E0201", "exit": 2, "error": "bad", "causes": [], "hints": ["x"]})
        );
    }
}
