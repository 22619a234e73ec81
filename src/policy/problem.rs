//! What is wrong with a policy, and where: line, column, key path, and a caret under the exact column.

use std::fmt::{self, Write as _};

use super::node::At;
use crate::format::escape::printable;

/// The most problems that are kept; a file with more is told so.
const MAX_PROBLEMS: usize = 50;
/// How much of a line is shown before and after the caret, in characters.
const AROUND: usize = 56;

/// One thing that is wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1, in characters.
    pub column: u64,
    /// The key path: `rules[2].types[0]`; empty for the document as a whole and for what is not YAML.
    pub path: String,
    /// What is wrong, as a lower-case fragment.
    pub message: String,
    /// The line and the caret below it, both printable and of one alignment. None while the file has not shown that it
    /// is a policy: a file that was named by mistake can hold a PIN.
    pub excerpt: Option<[String; 2]>,
}

/// Everything that is wrong with a policy, in the order of the file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyError {
    problems: Vec<Problem>,
    more: bool,
}

impl PolicyError {
    pub(super) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| (problem.line, problem.column));
        problems.dedup();
        let more = problems.len() > MAX_PROBLEMS;
        problems.truncate(MAX_PROBLEMS);
        Self { problems, more }
    }

    /// One problem with the document as a whole.
    pub(super) fn whole(message: impl Into<String>) -> Self {
        Self::new(vec![Problem::at(At { line: 1, column: 1 }, "", message)])
    }

    /// What is wrong, at least one.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// There are more than are kept.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.more
    }

    /// Shows each problem's line of `text`.
    pub(super) fn with_excerpts(mut self, text: &str) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        for problem in &mut self.problems {
            let at = usize::try_from(problem.line.saturating_sub(1)).ok();
            problem.excerpt = at.and_then(|at| lines.get(at)).map(|line| excerpt(line, problem.column));
        }
        self
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [only] => write!(f, "the policy is refused: {only}"),
            [first, rest @ ..] if self.more => {
                write!(f, "the policy is refused: {first}, and more than {} other problems", rest.len())
            }
            [first, rest @ ..] => write!(f, "the policy is refused: {first}, and {} more", rest.len()),
            [] => f.write_str("the policy is refused"),
        }
    }
}

impl std::error::Error for PolicyError {}

impl Problem {
    pub(super) fn at(at: At, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { line: at.line, column: at.column, path: path.into(), message: message.into(), excerpt: None }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// The part of a line around a column, and the caret below it. An escaped character takes the width of its escape.
fn excerpt(line: &str, column: u64) -> [String; 2] {
    let column = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
    let start = column.saturating_sub(AROUND);
    let mut shown = String::from(if start > 0 { "…" } else { "" });
    let mut caret = None;
    for (index, character) in line.chars().enumerate().skip(start).take(AROUND.saturating_mul(2)) {
        if index == column {
            caret = Some(shown.chars().count());
        }
        match character {
            '\t' => shown.push(' '),
            character => shown.push_str(&printable(character.encode_utf8(&mut [0; 4]), 1)),
        }
    }
    let indent = caret.unwrap_or_else(|| shown.chars().count());
    let mut pointer = String::new();
    let _ = write!(pointer, "{:indent$}^", "");
    [shown, pointer]
}
