//! Questions on the terminal: yes or no, and a name that is to be typed before what cannot be undone.

use std::io::stdin;

use rustix::termios::{QueueSelector, tcflush};

use super::codes::{policy, unexpected, usage};
use super::failure::{Failure, Outcome};
use super::output::escape_line;
use super::shell::Shell;
use crate::ops::govern::Permission;

/// A step that cannot be undone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Danger<'a> {
    /// What will happen, and to what: `Seal payments/kek@1`. Warnings about it were given before.
    pub what: &'a str,
    /// What is to be typed.
    pub name: &'a str,
}

/// Goes on only after a yes: `--yes`, or an answer on the terminal. The default is no.
pub(super) fn confirm(shell: &Shell<'_>, question: &str) -> Outcome {
    confirm_under(shell, &Permission::ungoverned(), question)
}

/// The same where a policy may keep --yes from answering: then a person at a terminal is asked all the same. Approvals
/// that the policy asked for, and that were counted, are such an answer; a plan without them is none.
pub(super) fn confirm_under(shell: &Shell<'_>, permission: &Permission, question: &str) -> Outcome {
    if permission.answered || (shell.globals.yes && permission.unattended) {
        return Ok(());
    }
    if !shell.env.can_ask() {
        return Err(nobody_to_ask(permission, question));
    }
    ask(question)
}

/// Asks a person, whatever was typed on the command line.
pub(super) fn ask(question: &str) -> Outcome {
    match answer(&format!("{question} [y/N]"))?.to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(not_confirmed("not confirmed; nothing was done")),
    }
}

/// A line from the terminal. What was typed before the question was seen is thrown away: it answered something else.
fn answer(question: &str) -> Outcome<String> {
    let _ = tcflush(stdin(), QueueSelector::IFlush);
    let typed = dialoguer::Input::<String>::new().with_prompt(escape_line(question)).allow_empty(true).interact_text();
    typed.map(|typed| typed.trim().to_owned()).map_err(|error| no_answer(&error))
}

/// Goes on only after the name was typed, or `--yes` where that may answer, or approvals that count. The default is no.
pub(super) fn confirm_name(shell: &Shell<'_>, permission: &Permission, Danger { what, name }: &Danger<'_>) -> Outcome {
    if permission.answered || (shell.globals.yes && permission.unattended) {
        return Ok(());
    }
    if !shell.env.can_ask() {
        return Err(nobody_to_ask(permission, &format!("{what}: this cannot be undone")));
    }
    match answer(&format!("{what}? This cannot be undone. Type {name} to go on"))? {
        typed if typed == *name => Ok(()),
        typed if typed.is_empty() => Err(not_confirmed("not confirmed; nothing was done")),
        _ => Err(not_confirmed("another name was typed; nothing was done")),
    }
}

/// What to type where a question is open and nobody is there.
pub(super) fn nobody_to_ask(permission: &Permission, question: &str) -> Failure {
    if permission.unattended {
        return Failure::new(
            &usage::CONFIRMATION_NEEDED,
            "a confirmation is needed, and there is no terminal to ask at",
        )
        .cause(question)
        .hint("repeat the command with --yes");
    }
    let rule = permission.rule.iter().map(|rule| format!("policy.yaml:{} (rule \"{}\")", rule.line, rule.name));
    let failure =
        Failure::new(&policy::ATTENDED, "the policy does not let --yes answer this, and there is no terminal");
    rule.fold(failure.cause(question), Failure::cause).hint("type the command at a terminal, without --yes")
}

fn not_confirmed(error: &str) -> Failure {
    Failure::new(&usage::NOT_CONFIRMED, error)
}

fn no_answer(error: &dialoguer::Error) -> Failure {
    Failure::of(&unexpected::UNEXPECTED, error)
}
