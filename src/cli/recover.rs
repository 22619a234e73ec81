//! `byok recover`: what interrupted runs left is finished or undone, and each is said.

use serde::Serialize;

use super::codes::storage;
use super::failure::{Failure, Outcome, code_of};
use super::progress::Spinner;
use super::prompt;
use super::shell::Shell;
use super::text::Text;
use super::workspace::Workspace;
use crate::approval::plan::{Action as PlannedAction, Interrupted, RecoverAction};
use crate::ops::access::{Registry, Unfinished, unfinished};
use crate::ops::command::Workplace;
use crate::ops::profile::ProbePolicy;
use crate::ops::recover::run::{finish as finish_all, question, run as recover};
use crate::ops::recover::{Action, Done, Left, Mode};
use crate::ops::revoke::Rest;
use crate::ops::rotate::course::{Standing, standings};

const EXAMPLES: &str = "\
Examples:
  byok recover
  byok recover --undo --yes";

/// Finish, or undo, what interrupted runs left
///
/// A key that is whole is taken over, an output that was logged is put in its place, half of a pair is destroyed.
/// What a manifest names is never destroyed.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Take away what no manifest records yet, instead of taking it over; asks first
    #[arg(long)]
    undo: bool,
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    operations: Vec<Row>,
    /// Rotations that were not finished; `rotate --continue` goes on with them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    runs: Vec<RunRow>,
}

#[derive(Serialize)]
struct RunRow {
    run: String,
    asked: String,
    keys: usize,
    left: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    canaries: Vec<String>,
    next: String,
}

impl From<Standing> for RunRow {
    fn from(Standing { id, asked, keys, left, waits, next, .. }: Standing) -> Self {
        Self { run: id, asked, keys, left, canaries: waits.into_iter().map(|(id, _)| id.to_string()).collect(), next }
    }
}

/// The most canaries of a run that are named.
const NAMED: usize = 10;

#[derive(Serialize)]
struct Row {
    operation: String,
    event: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let workspace = Workspace::open(shell)?;
    let permission = workspace.permit(shell, &question(shell.env.now()))?;
    if shell.is_planned(|| action(shell, args, &workspace.registry))? {
        return Ok(());
    }
    if shell.globals.dry_run {
        return super::dry_run::print(
            shell,
            "recover",
            &["look for what interrupted runs left, and settle it".to_owned()],
        );
    }
    let mode = if args.undo { Mode::Undo } else { Mode::Finish };
    if args.undo {
        prompt::confirm_under(
            shell,
            &permission,
            "Destroy the keys that interrupted runs made and no manifest records?",
        )?;
    }
    let opened = workspace.choose(shell)?.open(shell)?;
    let spinner = Spinner::start(shell, "looking for what interrupted runs left");
    let session = workspace.session(&opened, &[])?;
    // Whoever types `recover` wants it done: only half of a pair is destroyed, unless --undo was confirmed above.
    let place = Workplace { may_destroy: true, ..workspace.place(shell, ProbePolicy::WhenNeeded) };
    let done = recover(&place, &session, mode, &code_of)?;
    drop(spinner);
    report(shell, &done, &[], runs(shell, &workspace)?)
}

/// Finishes what a run of `apply` left that was cut short after it had done all. It was permitted then, and is not asked
/// for again.
pub(super) fn finish(shell: &Shell<'_>, was_done: &[String]) -> Outcome {
    let workspace = Workspace::open(shell)?;
    let opened = workspace.choose(shell)?.open(shell)?;
    let spinner = Spinner::start(shell, "looking for what interrupted runs left");
    let session = workspace.session(&opened, &[])?;
    let done = finish_all(&workspace.place(shell, ProbePolicy::WhenNeeded), &session)?;
    drop(spinner);
    report(shell, &done, was_done, runs(shell, &workspace)?)
}

/// The runs that are open. What lies beside them is named, and stops nothing.
fn runs(shell: &Shell<'_>, workspace: &Workspace) -> Outcome<Vec<Standing>> {
    for stray in workspace.registry.open_runs()?.strays {
        shell.warn(&format!("{} is no rotation that is open: {}", stray.path.display(), stray.why));
    }
    Ok(standings(&workspace.registry, shell.env.now())?)
}

impl Args {
    /// As a plan says it.
    pub(super) fn of(action: &RecoverAction) -> Self {
        Self { undo: action.undo }
    }
}

/// What the log says is unfinished. Of what people approved, less may be left by now, but nothing new.
fn action(shell: &Shell<'_>, args: &Args, registry: &Registry) -> Outcome<PlannedAction> {
    let row =
        |left: Unfinished| Interrupted { id: left.id, event: left.event, key: left.key.map(|key| key.to_string()) };
    let found: Vec<Interrupted> = unfinished(registry)?.into_iter().map(row).collect();
    let operations = match &shell.agreed {
        Some(PlannedAction::Recover(agreed)) if found.iter().all(|left| agreed.operations.contains(left)) => {
            agreed.operations.clone()
        }
        _ => found,
    };
    Ok(PlannedAction::Recover(RecoverAction { undo: args.undo, operations }))
}

fn report(shell: &Shell<'_>, done: &[Done], was_done: &[String], runs: Vec<Standing>) -> Outcome {
    let mut text = Text::new();
    for line in was_done {
        text.line(line);
    }
    if done.is_empty() && was_done.is_empty() && runs.is_empty() {
        text.line("nothing was left unfinished");
    }
    for item in done {
        text.line(line(item));
        if let Some(detail) = detail(&item.finding.left) {
            text.field("", detail);
        }
    }
    for Standing { id, asked, keys, left, waits, next, .. } in &runs {
        text.line(format_args!("rotation {id}   byok {asked}: {left} of {keys} keys are left"));
        for (canary, why) in waits.iter().take(NAMED) {
            text.field("waits for", format_args!("{canary}: {why}"));
        }
        text.field("next", next);
    }
    let operations = done.iter().map(row).collect();
    let runs = runs.into_iter().map(RunRow::from).collect();
    shell.data(text.finish(), &Document { schema: "byok.recover/v1", operations, runs })?;
    let pending: Vec<String> = done.iter().filter(|item| item.is_pending()).map(Done::operation).collect();
    if pending.is_empty() {
        return Ok(());
    }
    let failure = Failure::new(&storage::UNFINISHED, "not everything could be finished");
    Err(pending
        .into_iter()
        .fold(failure, Failure::cause)
        .hint("byok recover --undo   takes away what cannot be finished"))
}

/// Says what was done about it before another command began.
pub(super) fn tell(shell: &Shell<'_>, done: &Done) {
    match &done.finding.left {
        Left::Barred { why } => shell.warn(&format!("{}: {why}", line(done))),
        _ => shell.note(&line(done)),
    }
}

/// What an interrupted run had begun, and what became of it.
pub(super) fn line(done: &Done) -> String {
    format!("{}   {}", done.operation(), said(done.action))
}

fn row(done: &Done) -> Row {
    Row {
        operation: done.finding.operation.to_string(),
        event: done.finding.event.clone(),
        key: done.finding.key.as_ref().map(ToString::to_string),
        action: name(done.action),
        detail: detail(&done.finding.left),
    }
}

fn name(action: Action) -> &'static str {
    match action {
        Action::Released => "released",
        Action::Recorded => "recorded",
        Action::Adopted => "adopted",
        Action::Admitted => "admitted",
        Action::Sealed => "sealed",
        Action::Ended => "ended",
        Action::Destroyed => "destroyed",
        Action::Closed => "closed",
        Action::Dismissed => "dismissed",
        Action::Kept => "kept",
        Action::NeedsConsent => "needs-consent",
    }
}

fn said(action: Action) -> &'static str {
    match action {
        Action::Released => "finished: its output is in its place",
        Action::Recorded => "recorded: its manifest is in its place, and a bundle is not: byok recover",
        Action::Adopted => "finished: the key was taken over and has a manifest",
        Action::Admitted => "undone: nothing was made; a manifest says what that host may have seen",
        Action::Sealed => "finished: the token had sealed the key, and a manifest says so",
        Action::Ended => "finished: the key is gone from the token, and a manifest says so",
        Action::Destroyed => "undone: what was made was destroyed",
        Action::Closed => "undone: nothing was made, hidden files were taken away",
        Action::Dismissed => "closed: the intent is not believed, and nothing was touched",
        Action::Kept => "left as it is",
        Action::NeedsConsent => "left as it is: destroying needs --yes",
    }
}

/// What was found, where the action alone does not say it.
fn detail(left: &Left) -> Option<String> {
    match left {
        Left::Output { to } => Some(to.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")),
        Left::Blocked { to, why } => Some(format!("{}: {why}", to.display())),
        Left::OtherToken { serial } => Some(format!("begun on another token, serial {serial}")),
        Left::Refused(why) => Some(why.to_string()),
        Left::Barred { why } => Some(why.clone()),
        Left::Unknown => Some("an operation that this version of byok does not know".to_owned()),
        Left::Seen(exposure) => Some(format!("exposureEver: {exposure}")),
        Left::Half(_) => Some("half of a pair".to_owned()),
        Left::Hollow(_) => Some("an object without a key in it".to_owned()),
        Left::Gone(Rest { public: Some(_) }) => Some("the public half was left".to_owned()),
        Left::Gone(_) | Left::Nothing | Left::Sealed | Left::Whole(_) => None,
    }
}
