//! What a command gets: surroundings, global options, and the two streams to write to.

use std::cell::Cell;

use super::env::Env;
use super::failure::Outcome;
use super::globals::Globals;
use super::output::{Output, ascii_json};
use super::plan::draft::Draft;
use crate::approval::plan::Action;
use crate::ops::govern::Presented;

/// The surroundings of one command.
#[derive(Debug)]
pub(super) struct Shell<'a> {
    /// The world outside.
    pub env: &'a Env,
    /// The options that every command takes.
    pub globals: &'a Globals,
    /// Standard output and standard error.
    pub output: Output,
    /// The approved plan that `apply` carries out with the command's own code; nothing for what was typed.
    pub presented: Option<Presented>,
    /// What that plan says will be done.
    pub agreed: Option<Action>,
    /// Takes down what the command would do, with `plan`.
    pub draft: Option<Draft>,
    /// The exit code of a command that did what was asked: 10 where `status --due` found something.
    pub exit: Cell<u8>,
}

impl<'a> Shell<'a> {
    /// The shell for one run.
    pub(super) fn new(env: &'a Env, globals: &'a Globals) -> Self {
        Self {
            env,
            globals,
            output: Output::new(env.lively()),
            presented: None,
            agreed: None,
            draft: None,
            exit: Cell::new(0),
        }
    }

    /// Prints data: the text for people, or the document with `--json`.
    pub(super) fn data(&self, text: &str, document: &impl serde::Serialize) -> Outcome {
        if self.globals.json { self.output.data(&ascii_json(document)?) } else { self.output.data(text) }
    }

    /// Says something beside the data; nothing with `--quiet`.
    pub(super) fn note(&self, text: &str) {
        if !self.globals.quiet {
            Output::note(text);
        }
    }

    /// Says something that must not be missed.
    pub(super) fn warn(&self, text: &str) {
        self.output.warn(text);
    }

    /// Says what to type next, to people only.
    pub(super) fn next(&self, text: &str) {
        if self.env.terminals.stderr && self.env.terminals.stdout && !self.globals.json {
            self.note(&format!("next: {text}"));
        }
    }

    /// Says more, with `-v`.
    pub(super) fn detail(&self, text: &str) {
        if self.globals.verbose > 0 {
            Output::note(text);
        }
    }
}
