//! Questions on the terminal that are answered with yes or no.

use super::codes::{policy, unexpected, usage};
use super::failure::{Failure, Outcome};
use super::output::escape_line;
use super::shell::Shell;
use crate::ops::govern::Permission;

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
    ask(question)
}

/// The same where a policy may keep --yes from answering: then a person at a terminal is asked all the same.
pub(super) fn confirm_under(shell: &Shell<'_>, permission: &Permission, question: &str) -> Outcome {
    if !shell.globals.yes || permission.unattended {
        return confirm(shell, question);
    }
    if shell.env.can_ask() {
        return ask(question);
    }
    let rule = permission.rule.iter().map(|rule| format!("policy.yaml:{} (rule \"{}\")", rule.line, rule.name));
    let failure =
        Failure::new(&policy::ATTENDED, "the policy does not let --yes answer this, and there is no terminal");
    Err(rule.fold(failure.cause(question), Failure::cause).hint("type the command at a terminal, without --yes"))
}

fn ask(question: &str) -> Outcome {
    let asked = dialoguer::Confirm::new().with_prompt(escape_line(question)).default(false).interact();
    match asked {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::new(&usage::NOT_CONFIRMED, "not confirmed; nothing was done")),
        Err(error) => Err(Failure::of(&unexpected::UNEXPECTED, &error)),
    }
}
