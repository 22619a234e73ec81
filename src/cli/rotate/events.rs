//! What a rotation tells, to people and to programs.

use std::cell::Cell;

use serde::Serialize;

use crate::cli::codes::{Code, unexpected};
use crate::cli::failure::{Explained, Failure, Outcome};
use crate::cli::fleet::Effort;
use crate::cli::output::ascii_line;
use crate::cli::progress::FleetBar;
use crate::cli::shell::Shell;
use crate::cli::text::{Text, count};
use crate::key::state::State;
use crate::manifest::statement::WrapRecord;
use crate::ops::rotate::error::RotateError;
use crate::ops::rotate::event::{Begun, Bundle, Deed, Event, Failed, Rotated, Summary, Waiting};

/// The way out of a run of which a key fails each time.
fn ends(summary: &Summary) -> String {
    format!("{}   ends it; what was made stays", summary.abandons)
}

/// The way on after a run of which some keys failed.
fn goes_on(summary: &Summary) -> String {
    let command = if summary.goes_on.is_empty() { "byok rotate --continue" } else { summary.goes_on.as_str() };
    format!("{command}   goes on with what is left; what is done is not done again")
}

/// The schema of every line.
const SCHEMA: &str = "byok.rotate-event/v1";
/// Which exit code is worse, the worst first.
const ORDER: [u8; 9] = [9, 6, 5, 8, 1, 7, 4, 3, 2];
/// The most failed keys that the last error names.
const NAMED: usize = 10;

/// Prints what happens, and keeps what failed.
pub(super) struct Printer<'a> {
    shell: &'a Shell<'a>,
    bar: FleetBar<'a>,
    keys: usize,
    failed: Vec<(&'static Code, String)>,
    broken: Option<Failure>,
    /// What came of the run, also when it ended early.
    last: Option<Summary>,
    /// The failure of the only key.
    only: Option<Failure>,
}

/// Whether a program reads line by line what happens.
pub(super) fn tells(shell: &Shell<'_>) -> bool {
    shell.globals.json && !shell.globals.dry_run && shell.draft.is_none()
}

/// What is known of a rotation that ends before its run began, for its last line.
#[derive(Default)]
pub(super) struct Tally {
    /// How many keys were to be looked at.
    pub(super) keys: Cell<usize>,
    /// How many of them were said to have failed.
    pub(super) failed: Cell<usize>,
    /// The last line is there.
    pub(super) is_told: Cell<bool>,
}

impl Tally {
    /// Prints the last line where a program waits for it: every key that did not fail by itself is left.
    pub(super) fn close(&self, shell: &Shell<'_>) -> Outcome {
        if !tells(shell) || self.is_told.get() {
            return Ok(());
        }
        let failed = (0..self.failed.get()).map(|_| (&unexpected::UNEXPECTED, String::new())).collect();
        let printer = Printer { failed, ..Printer::start(shell, self.keys.get()) };
        let summary = Summary { failed: self.failed.get(), ..Summary::default() };
        let effort = Effort { calls: 0, key_calls: 0, keys: 0, sessions: 0, took: summary.busy };
        printer.summary(&summary, effort)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyLine<'a> {
    schema: &'static str,
    event: &'static str,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<&'a str>,
    done: &'static str,
    state: &'static str,
    revision: u32,
    bundles: Vec<BundleLine<'a>>,
    pending: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BundleLine<'a> {
    target: &'a str,
    bundle: &'a std::path::Path,
    #[serde(rename = "rotationsLeft", skip_serializing_if = "Option::is_none")]
    rotations_left: Option<u32>,
    wrap: &'a WrapRecord,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FailedLine<'a> {
    schema: &'static str,
    event: &'static str,
    key: &'a str,
    code: String,
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    /// Targets that wait for a wrapping key, where nothing else is to be done.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pending: &'a [String],
}

#[derive(Serialize)]
struct RunLine<'a> {
    schema: &'static str,
    event: &'static str,
    run: &'a str,
    keys: usize,
    resumed: bool,
}

#[derive(Serialize)]
struct WaitingLine<'a> {
    schema: &'static str,
    event: &'static str,
    run: &'a str,
    keys: usize,
    canaries: &'a [String],
    next: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryLine<'a> {
    schema: &'static str,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<&'a str>,
    keys: usize,
    made: usize,
    wrapped: usize,
    unchanged: usize,
    failed: usize,
    #[serde(skip_serializing_if = "is_none")]
    left: usize,
    waiting: usize,
    pending_wrap: usize,
    pending_confirmation: usize,
    sessions: usize,
    token_calls: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_calls_per_key: Option<f64>,
    milliseconds: u64,
}

impl<'a> Printer<'a> {
    /// For this many keys.
    pub(super) fn start(shell: &'a Shell<'a>, keys: usize) -> Self {
        let bar = FleetBar::new(shell, "rotating", keys);
        Self { shell, bar, keys, failed: Vec::new(), broken: None, last: None, only: None }
    }

    /// The keys are worked on from here on.
    pub(super) fn begin(&mut self) {
        self.bar.begin();
    }

    /// Prints an event.
    pub(super) fn tell(&mut self, event: Event<'_>) {
        let told = match event {
            Event::Key(rotated) => {
                let told = self.bar.aside(|| self.rotated(rotated));
                self.bar.advance();
                told
            }
            Event::Failed(failed) => {
                let told = self.one_failed(failed);
                self.bar.advance();
                told
            }
            Event::Run(begun) => self.bar.aside(|| self.begun(begun)),
            Event::Waiting(waiting) => self.bar.aside(|| self.waiting(waiting)),
            Event::Summary(summary) => {
                self.last = Some(summary.clone());
                Ok(())
            }
        };
        // What cannot be printed is said at the end: the keys are done all the same.
        if let Err(failure) = told {
            self.broken.get_or_insert(failure);
        }
    }

    /// Prints a key that failed.
    pub(super) fn failed(&mut self, failed: Failed) {
        self.tell(Event::Failed(failed));
    }

    fn begun(&self, begun: &Begun) -> Outcome {
        let Some(run) = begun.run.as_deref() else { return Ok(()) };
        if self.shell.globals.json {
            let (keys, resumed) = (begun.keys, begun.resumed);
            return self.line(&RunLine { schema: SCHEMA, event: "run", run, keys, resumed });
        }
        if begun.resumed {
            self.shell.note(&format!("run {run}   goes on"));
        }
        Ok(())
    }

    fn waiting(&self, waiting: &Waiting) -> Outcome {
        let canaries: Vec<String> = waiting.canaries.iter().map(ToString::to_string).collect();
        let Waiting { run, keys, goes_on, .. } = waiting;
        if self.shell.globals.json {
            let line =
                WaitingLine { schema: SCHEMA, event: "waiting", run, keys: *keys, canaries: &canaries, next: goes_on };
            return self.line(&line);
        }
        let until = if canaries.is_empty() { "a canary".to_owned() } else { canaries.join(", ") };
        if !self.shell.globals.quiet {
            self.shell.output.data(&format!("waiting: {keys} more, until in use: {until}\nnext: {goes_on}\n"))?;
        }
        Ok(())
    }

    fn one_failed(&mut self, Failed { key, error }: Failed) -> Outcome {
        let code = error.code();
        self.failed.push((code, format!("{key}: {error} [{code}]")));
        if self.shell.globals.json {
            let (target, file) = error.target().map_or((None, None), |(target, file)| (Some(target), file));
            let pending = if let RotateError::Waits { targets, .. } = &error { targets.as_slice() } else { &[] };
            let (key, code, said) = (key.as_str(), code.to_string(), error.to_string());
            let line = FailedLine { schema: SCHEMA, event: "failed", key, code, error: said, target, file, pending };
            self.line(&line)?;
        }
        // One key's error is the command's own.
        if self.keys == 1 {
            self.only = Some(error.into());
        } else if !self.shell.globals.json {
            self.bar.aside(|| self.shell.warn(&format!("{key}: {error} [{code}]")));
        }
        Ok(())
    }

    fn rotated(&self, rotated: &Rotated) -> Outcome {
        if self.shell.globals.json {
            return self.line(&KeyLine {
                schema: SCHEMA,
                event: "key",
                id: rotated.id.to_string(),
                replaces: rotated.replaces.as_deref(),
                done: word(rotated),
                state: rotated.state.as_str(),
                revision: rotated.revision,
                bundles: rotated.bundles.iter().map(bundle_line).collect(),
                pending: &rotated.pending,
            });
        }
        if self.shell.globals.quiet {
            return Ok(());
        }
        let mut text = Text::new();
        let replaces = rotated.replaces.as_ref().map(|old| format!(" in the place of {old}")).unwrap_or_default();
        let done = match rotated.deed {
            Deed::Made => format!("made{replaces}"),
            Deed::Wrapped => "wrapped for more targets".to_owned(),
            Deed::Nothing if !rotated.pending.is_empty() => format!("waiting for {}", rotated.pending.join(", ")),
            Deed::Nothing if rotated.state == State::PreActivation => "waiting to be taken into use".to_owned(),
            Deed::Nothing => "nothing to do".to_owned(),
        };
        text.line(format_args!("{}   {done}   {}", rotated.id, rotated.state));
        for Bundle { target, folder, wrap, rotations_left } in &rotated.bundles {
            let route = format!("{} {}   exposure {}", wrap.plan, wrap.method, wrap.exposure);
            text.field(target, format_args!("{route}   {}", folder.display()));
            if let Some(left) = rotations_left {
                text.field("", format_args!("{left} rotations of the provider's key are left after it"));
            }
        }
        for target in &rotated.pending {
            text.field(target, "pending: there is no wrapping key");
        }
        if rotated.deed == Deed::Nothing && rotated.state == State::Active && !rotated.pending.is_empty() {
            let (id, waits) = (&rotated.id, rotated.pending.join(", "));
            self.shell.note(&format!(
                "no further version is made before {id} went to {waits}: give the answer; or byok rotate {} --again",
                id.key
            ));
        }
        self.shell.output.data(text.finish())
    }

    fn line(&self, document: &impl Serialize) -> Outcome {
        self.shell.output.data(&ascii_line(document)?)
    }

    /// Says what came of it all.
    pub(super) fn finish(mut self, outcome: Result<Summary, RotateError>, calls: u64) -> Outcome {
        let (mut summary, fatal) = match outcome {
            Ok(summary) => (summary, None),
            Err(error) if self.last.is_none() && self.failed.is_empty() && !self.shell.globals.json => {
                return Err(error.into());
            }
            Err(error) => (self.last.take().unwrap_or_default(), Some(error)),
        };
        summary.failed = self.failed.len();
        let keys = summary.made.saturating_add(summary.wrapped);
        let (key_calls, sessions, took) = (summary.key_calls, summary.sessions, summary.busy);
        let effort = Effort { calls, key_calls, keys, sessions, took };
        self.bar.finish();
        let told = self.summary(&summary, effort);
        if let Some(error) = fatal {
            return Err(self.ended_early(error, &summary));
        }
        told?;
        if let Some(failure) = self.only.take().or_else(|| self.broken.take()) {
            return Err(failure);
        }
        self.worst().map_or(Ok(()), |code| Err(self.several(code, self.failed.len(), &summary)))
    }

    /// The worst code of a key.
    fn worst(&self) -> Option<&'static Code> {
        self.failed.iter().map(|(code, _)| *code).min_by_key(|code| rank(code))
    }

    /// The failure of this many keys; the first are named.
    fn several(&self, code: &'static Code, keys: usize, summary: &Summary) -> Failure {
        let were = if keys == 1 { "was" } else { "were" };
        let error = format!("{keys} of {} keys {were} not rotated", self.keys);
        let named = self.failed.iter().take(NAMED).map(|(_, text)| text.clone());
        let failure = named.fold(Failure::new(code, error), Failure::cause);
        if summary.open { failure.hint(goes_on(summary)).hint(ends(summary)) } else { failure }
    }

    /// The failure of a run that something ended: that, or what is worse of a key before it.
    fn ended_early(&self, error: RotateError, summary: &Summary) -> Failure {
        let code = error.code();
        if let Some(worst) = self.worst().filter(|worst| rank(worst) < rank(code)) {
            let keys = self.failed.len().saturating_add(self.left(summary));
            return self.several(worst, keys, summary).cause(format!("{error} [{code}]"));
        }
        let failure = Failure::from(error);
        if self.keys > 1 && summary.open { failure.hint(goes_on(summary)).hint(ends(summary)) } else { failure }
    }

    /// Keys of which nothing has become: the run ended before.
    fn left(&self, summary: &Summary) -> usize {
        let Summary { made, wrapped, nothing, .. } = summary;
        [*made, *wrapped, *nothing, self.failed.len()].into_iter().fold(self.keys, usize::saturating_sub)
    }

    fn summary(&self, summary: &Summary, effort: Effort) -> Outcome {
        if self.shell.globals.json {
            return self.line(&SummaryLine {
                schema: SCHEMA,
                event: "summary",
                run: summary.run.as_deref(),
                keys: self.keys,
                made: summary.made,
                wrapped: summary.wrapped,
                unchanged: summary.nothing,
                failed: summary.failed,
                left: self.left(summary),
                waiting: summary.waiting,
                pending_wrap: summary.pending_wrap,
                pending_confirmation: summary.pending_confirmation,
                sessions: effort.sessions,
                token_calls: effort.calls,
                token_calls_per_key: effort.calls_per_key(),
                milliseconds: u64::try_from(effort.took.as_millis()).unwrap_or(u64::MAX),
            });
        }
        if effort.calls > 0 {
            self.shell.detail(&effort.describe());
        }
        if self.keys > 1 {
            let left = match self.left(summary) {
                0 => String::new(),
                left => format!(", {left} left"),
            };
            self.shell.note(&format!(
                "{} made, {} wrapped, {} unchanged, {} failed{left}; {} pending, {} to be confirmed",
                summary.made,
                summary.wrapped,
                summary.nothing,
                summary.failed,
                count(summary.pending_wrap, "target", "targets"),
                count(summary.pending_confirmation, "version", "versions")
            ));
        }
        Ok(())
    }
}

fn rank(code: &Code) -> usize {
    ORDER.iter().position(|exit| *exit == code.exit).unwrap_or(ORDER.len())
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none(number: &usize) -> bool {
    *number == 0
}

fn word(rotated: &Rotated) -> &'static str {
    match rotated.deed {
        Deed::Made => "made",
        Deed::Wrapped => "wrapped",
        Deed::Nothing if !rotated.pending.is_empty() => "waiting",
        Deed::Nothing => "nothing",
    }
}

fn bundle_line(bundle: &Bundle) -> BundleLine<'_> {
    BundleLine {
        target: &bundle.target,
        bundle: &bundle.folder,
        rotations_left: bundle.rotations_left,
        wrap: &bundle.wrap,
    }
}
