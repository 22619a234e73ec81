//! Questions on the terminal that are answered with yes or no.

use super::codes::{unexpected, usage};
use super::failure::{Failure, Outcome};
use super::output::escape_line;
use super::shell::Shell;

/// Goes on only after a yes: `--yes`, or an answer on the terminal. The default is no.
pub(super) fn confirm(shell: &Shell<'_>, question: &str) -> Outcome {
    if shell.globals.yes {
        return Ok(());
    }
    if !shell.env.can_ask() {
        return Err(Failure::new(
            &usage::CONFIRMATION_NEEDED,
            "a confirmation is needed, and there is no terminal to ask at",
        )
        .cause(question)
        .hint("repeat the command with --yes"));
    }
    let asked = dialoguer::Confirm::new().with_prompt(escape_line(question)).default(false).interact();
    match asked {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::new(&usage::NOT_CONFIRMED, "not confirmed; nothing was done")),
        Err(error) => Err(Failure::of(&unexpected::UNEXPECTED, &error)),
    }
}
