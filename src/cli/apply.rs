//! `byok apply`: a plan is carried out, once, by the command's own code.

use std::path::{Path, PathBuf};

use super::app::{self, Command};
use super::codes::apply as codes;
use super::codes::policy::NEEDS_APPROVALS;
use super::failure::{Failure, Outcome};
use super::input;
use super::passphrase::PassphraseSource;
use super::plan::{Read, approvals, read};
use super::shell::Shell;
use super::workspace::Workspace;
use super::{import, policy, recover, revoke, rotate, seal, wrap};
use crate::approval::count::Signature;
use crate::approval::plan::{Action, InputFile};
use crate::format::wrapping_key::MAXIMUM;
use crate::ops::access::MAX_POLICY_FILE;
use crate::ops::apply::{ApplyError, Course, Step, check};
use crate::ops::govern::{Counted, Presented};

const EXAMPLES: &str = "\
Examples:
  byok apply plan.json
  byok apply plan.json --approval ann.sshsig --approval bob.sshsig";

/// Carry out a plan, once
///
/// The plan must be for this registry, not expired, and nothing that it builds on may have changed; the approvals that the
/// policy asks for are those in the registry and those that are named here. A run that was cut short is finished by
/// typing it again. Paths in the plan are looked for from the current folder.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The plan; - for standard input
    #[arg(value_name = "FILE")]
    plan: PathBuf,
    /// An approval beside those in the registry: PERSON.sshsig; may be repeated
    #[arg(long = "approval", value_name = "FILE")]
    approvals: Vec<PathBuf>,
    /// Where the passphrase of an encrypted key file comes from: `env:NAME`, `file:PATH`, `fd:N` or `prompt`
    #[arg(long, value_name = "SOURCE")]
    passphrase_source: Option<PassphraseSource>,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let read = read(&args.plan)?;
    let workspace = Workspace::of_plan(shell, &read.plan.actions)?;
    let (registry, governance) = (&workspace.registry, &workspace.governance);
    let checked = || check(registry, governance, (&read.plan, &read.sha256), shell.env.now());
    let steps = match checked()? {
        Course::Steps(steps) => steps,
        Course::Settle => {
            settle(shell, &read)?;
            // Whatever the log says: what was not done is done now.
            match checked() {
                Err(ApplyError::Applied { .. }) | Ok(Course::Settle) => return Ok(()),
                Ok(Course::Steps(steps)) => steps,
                Err(error) => return Err(error.into()),
            }
        }
    };
    let found = approvals(registry, &read.sha256, &args.approvals)?;
    let signatures: Vec<Signature> = found.into_iter().map(|(name, bytes)| Signature { name, bytes }).collect();
    drop(workspace);
    steps.iter().try_for_each(|step| carry_out(shell, args, &read, step, &signatures))
}

/// One action, by the command's own code.
fn carry_out(shell: &Shell<'_>, args: &Args, read: &Read, step: &Step, signatures: &[Signature]) -> Outcome {
    for file in step.action.inputs() {
        require_unchanged(file)?;
    }
    let Read { plan, bytes, sha256 } = read;
    let presented = Presented {
        bytes: bytes.clone(),
        sha256: sha256.clone(),
        plan: plan.clone(),
        action: step.index,
        signatures: signatures.to_vec(),
        counted: Counted::default(),
    };
    let mut inner = Shell::new(shell.env, shell.globals);
    inner.presented = Some(presented);
    inner.agreed = Some(step.action.clone());
    app::dispatch(&inner, &command(&step.action, args)?).map_err(|failure| way(failure, &args.plan))
}

/// What to type where approvals are missing.
fn way(failure: Failure, plan: &Path) -> Failure {
    if !failure.is(&NEEDS_APPROVALS) {
        return failure;
    }
    let plan = plan.display();
    failure
        .hint(format!("byok approve {plan} --key KEY   by each who approves"))
        .hint(format!("byok plan show {plan}   says which approvals count"))
}

/// Read here for a plain answer; the command reads it itself, and what it read is compared too.
fn require_unchanged(file: &InputFile) -> Outcome {
    let bytes = input::read(Path::new(&file.path), MAX_POLICY_FILE.max(MAXIMUM))?;
    if file.is(&bytes) {
        return Ok(());
    }
    let found = InputFile::of(&file.path, &bytes);
    Err(Failure::new(&codes::INPUT_CHANGED, format!("{} is not the file in the plan", file.path))
        .cause(format!("plan: {} bytes, sha256 {}", file.size, file.sha256))
        .cause(format!("file: {} bytes, sha256 {}", found.size, found.sha256))
        .hint("put the file back that was planned with"))
}

/// What would be typed.
fn command(action: &Action, args: &Args) -> Outcome<Command> {
    Ok(match action {
        Action::WrapForImport(wrap) => Command::Wrap(Box::new(wrap::Args::of(wrap)?)),
        Action::Import(import) => Command::Import(Box::new(import::Args::of(import, args.passphrase_source.clone())?)),
        Action::Recover(recover) => Command::Recover(recover::Args::of(recover)),
        Action::Revoke(revoke) => Command::Revoke(Box::new(revoke::Args::of(revoke)?)),
        Action::MarkRewrapped(said) => Command::Rotate(Box::new(rotate::Args::of_claim(said)?)),
        Action::Rollback(rollback) => Command::Rotate(Box::new(rotate::Args::of_rollback(rollback)?)),
        Action::Rotate(rotate) => Command::Rotate(Box::new(rotate::Args::of(rotate)?)),
        Action::Seal(seal) => Command::Seal(seal::Args::of(seal)?),
        Action::PolicyAdopt(adopt) => Command::Policy(policy::Args::of(adopt)),
    })
}

/// All was done by a run that was cut short before it was settled.
fn settle(shell: &Shell<'_>, read: &Read) -> Outcome {
    shell.note(&format!("plan {}   was applied by an interrupted run; finishing that", read.sha256));
    let done = read.plan.actions.iter().map(|action| match action.changes() {
        Some(key) => format!("{} of {key}   done, as the plan says", action.operation()),
        None => match action.all_changes().len() {
            0 => format!("{}   done, as the plan says", action.operation()),
            keys => format!("{} of {keys} keys   done, as the plan says", action.operation()),
        },
    });
    recover::finish(shell, &done.collect::<Vec<_>>())
}
