//! `byok revoke`: a key version is taken out of use, stage by stage.

pub(in crate::cli) mod places;
mod proposal;

use std::path::PathBuf;

use serde::Serialize;

use super::codes::{attended, key, usage};
use super::dry_run;
use super::failure::{Failure, Outcome, code_of};
use super::output::new_path;
use super::plan::draft::unreadable;
use super::progress::Spinner;
use super::prompt::{self, Danger};
use super::shell::Shell;
use super::state::{dates, parse_message};
use super::text::{Text, seconds};
use super::workspace::Workspace;
use crate::approval::plan::{Action, KeyBase, RevokeAction};
use crate::format::escape::{SHORT, printable};
use crate::key::reason::Reason;
use crate::key::stage::Stage;
use crate::key::state::State;
use crate::key::version::{KeySelector, KeyVersionId};
use crate::manifest::statement::{KeyVersionPredicate, StateReason};
use crate::ops::govern::Permission;
use crate::ops::profile::ProbePolicy;
use crate::ops::revoke::{Checked, Order, check, run as revoke};

const EXAMPLES: &str = "\
Examples:
  byok revoke payments/kek@1 --reason superseded
  byok revoke payments/kek@1 --reason superseded --stage deactivate \\
    --out commands
  byok revoke payments/kek@1 --reason key-compromise --message found
  byok revoke payments/kek@1 --reason superseded --stage destroy
  byok revoke payments/kek@1 --reason unspecified --stage destroy --absent
  byok revoke payments/kek@1 --reason key-compromise --stage compromise \\
    --absent
  byok revoke payments/kek@1 --compromised --out incident.sh";

/// Take a key version out of use, stage by stage
///
/// suspend pauses it and can be taken back (`byok reinstate`); deactivate ends its protection of new data; compromise
/// records that others may know it; destroy takes it out of the token for ever, asks for its name before, and asks the token
/// afterwards whether it is gone. Without --stage: compromise for key-compromise and ca-compromise, else the next stage up
/// to deactivate. byok prints the commands for each
/// provider that the key version was wrapped for, with their consequences and the way back, and runs none of them.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The key, or one version of it [without a version: the newest]
    #[arg(value_name = "NAME[@N]")]
    key: KeySelector,
    /// Why: unspecified, key-compromise, ca-compromise, affiliation-changed, superseded, cessation-of-operation or
    /// privilege-withdrawn (the list of KMIP)
    #[arg(long, required_unless_present = "compromised")]
    reason: Option<Reason>,
    /// More about it, for the manifest
    #[arg(long, value_name = "TEXT", value_parser = parse_message)]
    message: Option<String>,
    /// suspend, deactivate, compromise or destroy
    #[arg(long)]
    stage: Option<Stage>,
    /// Skip the waiting times, a stage before, and what still depends on the key; needs --message, and an approved plan with
    /// two people
    #[arg(long, requires = "message")]
    break_glass: bool,
    /// The key is gone from the token, and byok did not take it out. Records the stage, and that the token was asked and did
    /// not find it; nothing is read. With --stage destroy nothing is said that destroys what providers have of it
    #[arg(long, requires = "stage")]
    absent: bool,
    /// Propose what to do when others may know the key: rotate, wrap again, revoke, report. Changes nothing
    #[arg(long, conflicts_with_all = ["message", "stage", "break_glass", "absent"])]
    compromised: bool,
    /// Folder to make for the providers' commands, one revoke-STAGE.sh for each place; with --compromised the file to write
    /// the proposal to
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    id: String,
    stage: Stage,
    state: State,
    key: &'a KeyVersionPredicate,
    manifest: PathBuf,
    places: Vec<places::Row<'a>>,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let reason = match (args.compromised, args.reason) {
        (false, Some(reason)) => reason,
        (_, Some(reason)) if !matches!(reason, Reason::KeyCompromise | Reason::CaCompromise) => {
            return Err(Failure::new(&usage::USAGE, format!("--compromised is not about {reason}"))
                .hint("--reason key-compromise or ca-compromise, or none"));
        }
        (_, reason) => return proposal::run(shell, &args.key, reason, args.out.as_deref()),
    };
    let workspace = Workspace::open(shell)?;
    let now = shell.env.now();
    let reason = StateReason { code: reason, message: args.message.clone() };
    let break_glass = args.message.clone().filter(|_| args.break_glass);
    let order = Order { stage: args.stage, reason, break_glass, absent: args.absent };
    let checked = check((&workspace.registry, &workspace.governance), &args.key, order, now)?;
    let out = args.out.as_ref().map(|out| new_path(&shell.env.directory.join(out))).transpose()?;
    let found = checked.places(&workspace.registry, now)?;
    let permission = if checked.is_made { None } else { Some(workspace.permit(shell, &checked.question(now)?)?) };
    if shell.is_planned(|| Ok(action(&checked)))? {
        return Ok(());
    }
    if shell.globals.dry_run {
        return dry_run::print(shell, "revoke", &[steps(&checked), places::steps(&found)].concat());
    }
    if let Some(permission) = permission {
        checked.check_people(&permission)?;
        ask(shell, &checked, permission)?;
    }
    let chosen = workspace.choose(shell)?;
    workspace.announce_probe(shell, chosen.keys().identity(), ProbePolicy::WhenNeeded);
    let opened = chosen.open(shell)?;
    let spinner = Spinner::start(shell, "revoking the key");
    let wanted = [&checked.target.wanted];
    let reads = checked.stage != Stage::Destroy && !checked.absent;
    let session = workspace.session(&opened, if reads { &wanted } else { &[] })?;
    let (id, stage, is_made) = (checked.target.id.clone(), checked.stage, checked.is_made);
    let reason = checked.reason.code;
    let statement = revoke(&workspace.place(shell, ProbePolicy::WhenNeeded), &session, checked, &code_of)
        .map_err(|error| or_absent(error, &id, stage, reason))?;
    drop(spinner);
    if is_made {
        shell.note(&format!("{id} was so already; nothing was changed"));
    }
    let key = &statement.predicate;
    let manifest = workspace.registry.layout().manifest(&id, key.revision);
    let reached = key.state_at(shell.env.now());
    let mut text = Text::new();
    text.line(format_args!("{id}   {}, {}   {reached}", key.key_type, key.purpose));
    dates(key, &mut text);
    destruction(key, &mut text);
    haste(key, &mut text);
    text.field("manifest", manifest.display());
    let scripts = out.map_or_else(|| Ok(Vec::new()), |out| places::write(&out, &id, stage, &found))?;
    places::describe(&found, &scripts, &mut text);
    let places = places::rows(&found, scripts);
    let document =
        Document { schema: "byok.revoke/v1", id: id.to_string(), stage, state: reached, key, manifest, places };
    shell.data(text.finish(), &document)
}

/// A token that does not have the key says so, and what to type then.
pub(super) fn or_absent(error: impl Into<Failure>, id: &KeyVersionId, stage: Stage, reason: Reason) -> Failure {
    let failure = error.into();
    if !failure.is(&key::OBJECT_MISSING) {
        return failure;
    }
    let command = format!("byok revoke {id} --stage {stage} --absent --reason {reason}");
    failure.hint(format!("byok show {id}   names the token that had it")).hint(format!(
        "{command}   if it is gone for good: records {}, and that it was not found",
        match stage {
            Stage::Suspend => "the suspension",
            Stage::Deactivate => "the deactivation",
            Stage::Compromise => "the compromise",
            Stage::Destroy => "its end",
        }
    ))
}

impl Args {
    /// What would be typed.
    pub(super) fn of(action: &RevokeAction) -> Outcome<Self> {
        Ok(Self {
            key: action.key.version.parse().map_err(unreadable)?,
            reason: Some(action.reason),
            message: action.message.clone(),
            stage: Some(action.stage),
            compromised: false,
            break_glass: action.break_glass,
            absent: action.absent,
            out: None,
        })
    }
}

fn action(checked: &Checked) -> Action {
    let (version, manifest_sha256) = (checked.target.id.to_string(), checked.target.manifest.payload_sha256.clone());
    Action::Revoke(RevokeAction {
        key: KeyBase { version, manifest_sha256 },
        stage: checked.stage,
        reason: checked.reason.code,
        message: checked.reason.message.clone(),
        break_glass: checked.break_glass.is_some(),
        absent: checked.absent,
    })
}

/// What a manifest says of a key's end, as `show` has it too, and what it does not say.
pub(super) fn destruction(key: &KeyVersionPredicate, text: &mut Text) {
    if let Some(record) = key.absence.as_ref().filter(|_| key.destruction.is_none()) {
        let (at, read) = (seconds(record.read_back_at), seconds(key.custody.read_at));
        let token = &key.custody.token_label;
        text.field("absent", format_args!("{at}: token {token} did not find it; nothing was done there"));
        text.field("", format_args!("what is said of its attributes was read {read}"));
    }
    let Some(record) = &key.destruction else { return };
    let took = match record.objects.as_slice() {
        [] if record.absent => "byok did not destroy it, and it was not found".to_owned(),
        left if record.absent => format!("byok found the {} object alone, and destroyed that", left.join(" and ")),
        [] => "no object of it was there any more".to_owned(),
        [one] => format!("the {one} object was destroyed"),
        several => format!("the {} objects were destroyed", several.join(" and ")),
    };
    let at = seconds(record.read_back_at);
    let label = if record.absent { "absent" } else { "destroyed" };
    text.field(label, format_args!("{at}: {took}; token {} finds none by id or label", key.custody.token_label));
    let unclaimed = "backups of the token, other members of a cluster, what providers hold";
    let who = if record.absent { "that the key was destroyed, by whom, or when; " } else { "" };
    text.field("not claimed", format_args!("{who}{unclaimed}"));
}

/// What was skipped for this state, for whoever reviews it.
pub(super) fn haste(key: &KeyVersionPredicate, text: &mut Text) {
    let Some(glass) = &key.break_glass else { return };
    let skipped = glass.skipped.join(", ");
    text.field("BREAK GLASS", format_args!("for review: skipped {skipped}: {}", printable(&glass.reason, SHORT)));
    let plan = key.authorization.as_ref().and_then(|authorization| authorization.plan.as_ref());
    let people: Vec<&str> = plan.iter().flat_map(|plan| &plan.approvals).map(|approval| &*approval.person).collect();
    text.field("", format_args!("approved by {}", people.join(", ")));
}

/// Asks before what cannot be taken back. Suspension can.
fn ask(shell: &Shell<'_>, checked: &Checked, permission: Permission) -> Outcome {
    let id = &checked.target.id;
    // Two people have said yes to just this.
    if checked.glass().is_some() {
        return Ok(());
    }
    match checked.stage {
        Stage::Suspend => Ok(()),
        Stage::Deactivate => {
            prompt::confirm_under(shell, &permission, &format!("Deactivate {id}? It does not become active again."))
        }
        Stage::Compromise => {
            prompt::confirm_under(shell, &permission, &format!("Record {id} as compromised, for ever?"))
        }
        Stage::Destroy => confirm_destruction(shell, checked, permission),
    }
}

/// Without a policy that says so, no script destroys a key.
fn confirm_destruction(shell: &Shell<'_>, checked: &Checked, permission: Permission) -> Outcome {
    let id = &checked.target.id;
    let governed = permission.rule.is_some();
    if !governed && !shell.env.can_ask() {
        return Err(Failure::new(
            &attended::DESTROY_ATTENDED,
            "--yes alone does not destroy a key, and there is no terminal to ask at",
        )
        .hint("type the command at a terminal")
        .hint("adopt a policy that asks for approvals of destroy, and apply an approved plan")
        .hint("adopt a policy that lists destroy under `unattended` of the key's rule"));
    }
    shell.warn(&format!("whatever was encrypted under {id} and not under another key is lost with it"));
    let permission = Permission { unattended: governed && permission.unattended, ..permission };
    let what = if checked.absent { format!("Record for ever that {id} is gone") } else { format!("Destroy {id}") };
    let danger = Danger { what: &what, name: &id.to_string() };
    prompt::confirm_name(shell, &permission, &danger)
}

fn steps(checked: &Checked) -> Vec<String> {
    let id = &checked.target.id;
    if checked.is_made {
        return vec![format!("change nothing: {id} is so already")];
    }
    let reason = checked.reason.code;
    let log = "log both and sign a checkpoint".to_owned();
    match checked.stage {
        Stage::Destroy if checked.absent => vec![
            format!("ask for the name {id}"),
            format!("ask the token for {id} by id and by label, which must not find it"),
            "sign a manifest that says that it was not found".to_owned(),
            log,
        ],
        Stage::Destroy => vec![
            format!("ask for the name {id}"),
            format!("destroy the objects of {id} in the token, for ever, reason {reason}"),
            "ask the token for them by id and by label, and sign a manifest".to_owned(),
            log,
        ],
        stage if checked.absent => vec![
            format!("ask the token for {id} by id and by label, which must not find it; nothing is done there"),
            format!("{stage} {id}, reason {reason}: sign a manifest that says so, and that it was not found"),
            log,
        ],
        stage => {
            vec![format!("{stage} {id}, reason {reason}"), "read the key back and sign a manifest".to_owned(), log]
        }
    }
}
