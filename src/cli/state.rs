//! `byok activate`, `suspend` and `reinstate`: the states of a key version.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use super::dry_run;
use super::failure::{Outcome, code_of};
use super::progress::Spinner;
use super::prompt;
use super::revoke::or_absent;
use super::revoke::places::{WayBack, describe_back, ways_back};
use super::shell::Shell;
use super::text::{Text, parse_time, seconds};
use super::workspace::Workspace;
use crate::key::dates::Schedule;
use crate::key::reason::Reason;
use crate::key::stage::Stage;
use crate::key::state::State;
use crate::key::version::{KeySelector, KeyVersionId};
use crate::manifest::statement::{KeyVersionPredicate, StateReason};
use crate::ops::profile::ProbePolicy;
use crate::ops::revoke::places;
use crate::ops::state::{Change, Checked, check, run as change_state};

const ACTIVATE_EXAMPLES: &str = "\
Examples:
  byok activate payments/kek
  byok activate payments/kek@2 --at 2027-01-01T00:00:00Z
  byok activate web/tls --protect-stop 2028-01-01T00:00:00Z \\
    --destroy-at 2035-01-01T00:00:00Z";

const SUSPEND_EXAMPLES: &str = "\
Examples:
  byok suspend payments/kek --reason key-compromise
  byok suspend payments/kek@1 --reason unspecified --message audit";

const REINSTATE_EXAMPLES: &str = "\
Examples:
  byok reinstate payments/kek
  byok reinstate payments/kek@1 --json";

/// Bring a key version into use, now or on a date
///
/// The dates are those of NIST SP 800-57: from --protect-stop on the key is deactivated, and is not wrapped any more.
/// A date that is not given stays as it was; one that has come cannot be changed.
#[derive(clap::Args, Debug)]
#[command(after_help = ACTIVATE_EXAMPLES)]
pub(super) struct ActivateArgs {
    /// The key, or one version of it [without a version: the newest]
    #[arg(value_name = "NAME[@N]")]
    key: KeySelector,
    /// When it comes into use, as 2027-01-01T00:00:00Z (RFC 3339) [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    at: Option<Timestamp>,
    /// When it stops protecting new data, and is deactivated
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    protect_stop: Option<Timestamp>,
    /// When it stops processing old data
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    process_stop: Option<Timestamp>,
    /// When it is to be destroyed; byok does not do it by itself
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    destroy_at: Option<Timestamp>,
}

/// Pause the use of a key version
///
/// A suspended key is not wrapped and unwraps nothing. What providers hold of it is paused there, with their own tools.
#[derive(clap::Args, Debug)]
#[command(after_help = SUSPEND_EXAMPLES)]
pub(super) struct SuspendArgs {
    /// The key, or one version of it [without a version: the newest]
    #[arg(value_name = "NAME[@N]")]
    key: KeySelector,
    /// Why: unspecified, key-compromise, ca-compromise, affiliation-changed, superseded, cessation-of-operation or
    /// privilege-withdrawn (the list of KMIP)
    #[arg(long)]
    reason: Reason,
    /// More about it, for the manifest
    #[arg(long, value_name = "TEXT", value_parser = parse_message)]
    message: Option<String>,
}

/// Bring a suspended key version into use again
///
/// Says what opens it again at the providers where it was stopped, and no version that another stage stopped since.
#[derive(clap::Args, Debug)]
#[command(after_help = REINSTATE_EXAMPLES)]
pub(super) struct ReinstateArgs {
    /// The key, or one version of it [without a version: the newest]
    #[arg(value_name = "NAME[@N]")]
    key: KeySelector,
}

/// What the next manifest must be able to hold.
pub(super) fn parse_message(text: &str) -> Result<String, &'static str> {
    let plain = (1..=1024).contains(&text.len()) && !text.chars().any(char::is_control);
    if plain { Ok(text.to_owned()) } else { Err("a message has 1 to 1024 bytes and no control characters") }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema: &'static str,
    id: String,
    change: &'static str,
    state: State,
    key: &'a KeyVersionPredicate,
    manifest: PathBuf,
    /// With `reinstate`: what opens it again at providers where it was stopped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ways_back: Vec<WayBack<'a>>,
}

pub(super) fn activate(shell: &Shell<'_>, args: &ActivateArgs) -> Outcome {
    let dates = Schedule {
        activation: args.at,
        protect_stop: args.protect_stop,
        process_stop: args.process_stop,
        destroy: args.destroy_at,
    };
    run(shell, &args.key, Change::Activate(dates))
}

pub(super) fn suspend(shell: &Shell<'_>, args: &SuspendArgs) -> Outcome {
    run(shell, &args.key, Change::Suspend(StateReason { code: args.reason, message: args.message.clone() }))
}

pub(super) fn reinstate(shell: &Shell<'_>, args: &ReinstateArgs) -> Outcome {
    run(shell, &args.key, Change::Reinstate)
}

fn run(shell: &Shell<'_>, key: &KeySelector, change: Change) -> Outcome {
    let name = name(&change);
    let workspace = Workspace::open(shell)?;
    let checked = check(&workspace.registry, key, change, shell.env.now())?;
    let places = match checked.change {
        Change::Reinstate => places(&workspace.registry, &checked.target, Stage::Suspend, shell.env.now())?,
        _ => Vec::new(),
    };
    let permission = if checked.is_made {
        None
    } else {
        Some(workspace.permit(shell, &checked.change.question(&checked.target, shell.env.now())?)?)
    };
    if shell.globals.dry_run {
        return dry_run::print(shell, name, &steps(&checked));
    }
    if let Some((question, permission)) = doubt(&checked).zip(permission) {
        prompt::confirm_under(shell, &permission, &question)?;
    }
    let chosen = workspace.choose(shell)?;
    workspace.announce_probe(shell, chosen.keys().identity(), ProbePolicy::WhenNeeded);
    let opened = chosen.open(shell)?;
    let spinner = Spinner::start(shell, "reading the key back");
    let session = workspace.session(&opened, &[&checked.target.wanted])?;
    let (id, is_made) = (checked.target.id.clone(), checked.is_made);
    let suspended = match &checked.change {
        Change::Suspend(reason) => Some(reason.code),
        _ => None,
    };
    let statement = change_state(&workspace.place(shell, ProbePolicy::WhenNeeded), &session, checked, &code_of);
    let statement = statement.map_err(|error| match suspended {
        Some(reason) => or_absent(error, &id, Stage::Suspend, reason),
        None => error.into(),
    })?;
    drop(spinner);
    if is_made {
        shell.note(&format!("{id} was so already; nothing was changed"));
    }
    report_with(shell, &workspace, name, (&id, &statement.predicate), ways_back(&places))
}

/// What is asked before a key comes back into use that somebody may know.
fn doubt(checked: &Checked) -> Option<String> {
    let reason = checked.target.predicate().state_reason.as_ref()?.code;
    let doubted = matches!(reason, Reason::KeyCompromise | Reason::CaCompromise);
    (checked.change == Change::Reinstate && doubted)
        .then(|| format!("{} was suspended for {reason}. Bring it into use again?", checked.target.id))
}

fn name(change: &Change) -> &'static str {
    match change {
        Change::Activate(_) => "activate",
        Change::Reinstate => "reinstate",
        Change::Suspend(_) => "suspend",
    }
}

fn steps(checked: &Checked) -> Vec<String> {
    let id = &checked.target.id;
    if checked.is_made {
        return vec![format!("change nothing: {id} is so already")];
    }
    let change = match &checked.change {
        Change::Activate(Schedule { activation: Some(at), .. }) => format!("set the activation date of {id} to {at}"),
        Change::Activate(_) => format!("activate {id}"),
        Change::Reinstate => format!("reinstate {id}"),
        Change::Suspend(reason) => format!("suspend {id}, reason {}", reason.code),
    };
    vec![change, "read the key back and sign a manifest".to_owned(), "log both and sign a checkpoint".to_owned()]
}

pub(super) fn report(
    shell: &Shell<'_>,
    workspace: &Workspace,
    change: &'static str,
    id: &KeyVersionId,
    key: &KeyVersionPredicate,
) -> Outcome {
    report_with(shell, workspace, change, (id, key), Vec::new())
}

fn report_with(
    shell: &Shell<'_>,
    workspace: &Workspace,
    change: &'static str,
    (id, key): (&KeyVersionId, &KeyVersionPredicate),
    ways_back: Vec<WayBack<'_>>,
) -> Outcome {
    let state = key.state_at(shell.env.now());
    let manifest = workspace.registry.layout().manifest(id, key.revision);
    let mut text = Text::new();
    text.line(format_args!("{id}   {}, {}   {state}", key.key_type, key.purpose));
    dates(key, &mut text);
    text.field("manifest", manifest.display());
    describe_back(&ways_back, &mut text);
    let document = Document { schema: "byok.state/v1", id: id.to_string(), change, state, key, manifest, ways_back };
    shell.data(text.finish(), &document)
}

/// What a manifest says of a state and of dates, as `show` has it too.
pub(super) fn dates(key: &KeyVersionPredicate, text: &mut Text) {
    if let Some(StateReason { code, message }) = &key.state_reason {
        let message = message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
        text.field("reason", format_args!("{code}{message}"));
    }
    for (label, date) in [
        ("activation", key.dates.activation_at.filter(|_| key.dates.activated_at.is_none())),
        ("active since", key.dates.activated_at),
        ("protect stop", key.dates.protect_stop_at),
        ("process stop", key.dates.process_stop_at),
        ("destroy at", key.dates.destroy_at),
        ("sealed", key.dates.sealed_at),
    ] {
        if let Some(date) = date {
            text.field(label, seconds(date));
        }
    }
}
