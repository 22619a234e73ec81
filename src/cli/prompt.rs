//! Questions on the terminal: yes or no, and a name that is to be typed before what cannot be undone.

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
    /// Whether `--yes` may answer for a person: the policy can forbid it.
    pub unattended: bool,
}

/// Goes on only after a yes: `--yes`, or an answer on the terminal. The default is no.
pub(super) fn confirm(shell: &Shell<'_>, question: &str) -> Outcome {
    if shell.globals.yes {
        return Ok(());
    }
    if !shell.env.can_ask() {
        return Err(nobody_to_ask(question).hint("repeat the command with --yes"));
    }
    ask(question)
}

/// The same where a policy may keep --yes from answering: then a person at a terminal is asked all the same.
pub(super) fn confirm_under(shell: &Shell<'_>, permission: &Permission, question: &str) -> Outcome {
    // Whoever approved the plan has said yes to just this.
    if shell.presented.is_some() {
        return Ok(());
    }
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
        Ok(false) => Err(not_confirmed("not confirmed; nothing was done")),
        Err(error) => Err(no_answer(&error)),
    }
}

/// Goes on only after the name was typed, or `--yes` where that may answer, or an approved plan. The default is no.
pub(super) fn confirm_name(shell: &Shell<'_>, danger: &Danger<'_>) -> Outcome {
    let Danger { what, name, unattended } = danger;
    if shell.presented.is_some() || (shell.globals.yes && *unattended) {
        return Ok(());
    }
    if !shell.env.can_ask() {
        let failure = nobody_to_ask(&format!("{what}: this cannot be undone"));
        return Err(if *unattended {
            failure.hint("repeat the command with --yes")
        } else {
            failure.cause("the policy does not let --yes answer for it").hint("run the command at a terminal")
        });
    }
    let question = format!("{what}? This cannot be undone. Type {name} to go on");
    let typed = dialoguer::Input::<String>::new().with_prompt(escape_line(&question)).allow_empty(true).interact_text();
    match typed {
        Ok(typed) if typed.trim() == *name => Ok(()),
        Ok(typed) if typed.trim().is_empty() => Err(not_confirmed("not confirmed; nothing was done")),
        Ok(_) => Err(not_confirmed("another name was typed; nothing was done")),
        Err(error) => Err(no_answer(&error)),
    }
}

fn nobody_to_ask(question: &str) -> Failure {
    Failure::new(&usage::CONFIRMATION_NEEDED, "a confirmation is needed, and there is no terminal to ask at")
        .cause(question)
}

fn not_confirmed(error: &str) -> Failure {
    Failure::new(&usage::NOT_CONFIRMED, error)
}

fn no_answer(error: &dialoguer::Error) -> Failure {
    Failure::of(&unexpected::UNEXPECTED, error)
}
