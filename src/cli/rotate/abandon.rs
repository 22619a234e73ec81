//! `rotate --continue --abandon`: the run that is open is ended, whatever is left of it.

use serde::Serialize;

use crate::cli::dry_run;
use crate::cli::failure::{Outcome, code_of};
use crate::cli::session::Chosen;
use crate::cli::shell::Shell;
use crate::cli::text::Text;
use crate::cli::workspace::Workspace;
use crate::ops::profile::ProbePolicy;
use crate::ops::rotate::abandon::{Abandoned, abandon};
use crate::ops::rotate::course::Work;
use crate::ops::rotate::error::RotateError;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    event: &'static str,
    run: &'a str,
    keys: usize,
    left: usize,
}

pub(super) fn run(shell: &Shell<'_>, workspace: &Workspace, chosen: &Chosen, work: Work) -> Outcome {
    let Work::Resumed { run, sha256 } = work else { return Err(RotateError::NoRun(None).into()) };
    if shell.globals.dry_run {
        return dry_run::print(shell, "rotate", &[format!("end the run {}", run.id)]);
    }
    let opened = chosen.open(shell)?;
    let session = workspace.session(&opened, &[])?;
    let place = workspace.place(shell, ProbePolicy::Never);
    let Abandoned { keys, left } = abandon(&place, &session, (&run, &sha256), &code_of::<RotateError>)?;
    let mut text = Text::new();
    if run.keys.is_empty() {
        text.line(format_args!("run {}   ended; which keys are left only its file said", run.id));
    } else {
        text.line(format_args!("run {}   ended, {left} of {keys} keys are left as they are", run.id));
    }
    let document = Document { schema: "byok.rotate-event/v1", event: "abandoned", run: &run.id, keys, left };
    shell.data(text.finish(), &document)
}
