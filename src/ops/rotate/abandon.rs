//! The end of a run whose rest is not to be done: a note in the log, and its file is put aside. No key is touched.

use serde_json::json;

use super::error::RotateError;
use super::run::note;
use crate::audit::record::event;
use crate::ops::command::{CodeOf, Command, CommandError, Workplace};
use crate::ops::session::Session;
use crate::registry::journal::NoteDraft;
use crate::registry::runs::{Run, RunKey};

/// What was ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Abandoned {
    /// Keys of the run.
    pub keys: usize,
    /// Those of them without a new version.
    pub left: usize,
}

/// Ends a run, and says so in the log.
///
/// # Errors
/// A lock, a registry that cannot be written, a signer that refuses.
pub fn abandon(
    place: &Workplace<'_>,
    session: &Session<'_>,
    (run, sha256): (&Run, &str),
    code_of: CodeOf<'_, RotateError>,
) -> Result<Abandoned, RotateError> {
    let guard = place.lock(session)?;
    let mut command = Command::begin(place, &guard, session)?;
    let outcome = act(&mut command, session, run);
    let abandoned = command.settle_without_key(session, outcome, code_of)?;
    place.registry.end_run(&guard, sha256)?;
    Ok(abandoned)
}

fn act(command: &mut Command<'_>, session: &Session<'_>, run: &Run) -> Result<Abandoned, RotateError> {
    let open = command.registry().open_runs()?.runs;
    // Another process may have ended it in the meantime.
    if !open.iter().any(|(_, other)| other == run) {
        return end_lost(command, session, run);
    }
    let mut left: usize = 0;
    for base in run.keys.iter().filter_map(RunKey::id) {
        let newest = command.registry().newest_version(&base.key)?;
        left = left.saturating_add(usize::from(newest.is_none_or(|newest| newest.version <= base.version)));
    }
    let keys = run.keys.len();
    let rows = [("done", json!(keys.saturating_sub(left))), ("failed", json!(left)), ("abandoned", json!(true))];
    let ended = command.finish_all(session, Vec::new(), vec![note(event::ROTATE_END, run, &rows)]);
    ended.map(|_| Abandoned { keys, left }).map_err(|error: CommandError| error.into())
}

/// Nobody knows any more which keys a run with a lost file was about.
fn end_lost(command: &mut Command<'_>, session: &Session<'_>, run: &Run) -> Result<Abandoned, RotateError> {
    if !command.registry().lost_runs()?.iter().any(|lost| lost.id == run.id) {
        return Err(RotateError::NoRun(None));
    }
    let detail = [("run", json!(run.id)), ("abandoned", json!(true)), ("lost", json!(true))];
    let detail = detail.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let end = NoteDraft { event: event::ROTATE_END.to_owned(), key: None, detail };
    command.finish_all(session, Vec::new(), vec![end])?;
    Ok(Abandoned { keys: 0, left: 0 })
}
