//! `byok rotate`: new versions of keys, wrapped for their targets.

mod abandon;
mod answers;
mod events;
mod planned;
mod rewrapped;
mod rollback;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use self::answers::Folder;
use self::events::{Printer, Tally};
use super::codes::usage;
use super::dry_run;
use super::failure::{Explained, Failure, Outcome, code_of};
use super::fleet::FleetArgs;
use super::output::new_or_present_folder;
use super::session::Chosen;
use super::shell::Shell;
use super::state::parse_message;
use super::text::{count, seconds};
use super::workspace::{Workspace, login};
use super::wrapping_key;
use crate::key::exposure::Exposure;
use crate::key::name::KeyName;
use crate::key::version::KeySelector;
use crate::ops::access::Registry;
use crate::ops::govern::Permission;
use crate::ops::profile::ProbePolicy;
use crate::ops::rotate::answer::{Answers, Place};
use crate::ops::rotate::assess::Terms;
use crate::ops::rotate::check::{Checked, Outline, Papers, check};
use crate::ops::rotate::course::{Asked, Folders, Phase, RunKey, Work};
use crate::ops::rotate::decide::Agreed;
use crate::ops::rotate::error::RotateError;
use crate::ops::rotate::event::Summary;
use crate::ops::rotate::rewrapped::Claim;
use crate::ops::rotate::run::{Request, run as rotate};
use crate::ops::rotate::select::{Condition, due, select};
use crate::ops::rotate::waiting;
use crate::ops::target::Target;
use crate::ops::wrap::authenticate::{AuthenticatedBy, normal_pin};
use crate::ops::wrap::check::CheckError;
use crate::policy::request::Request as Question;

const EXAMPLES: &str = "\
Examples:
  byok rotate payments/kek --wrapping-keys answers --out bundles
  byok rotate --all --wrapping-keys answers --out bundles --canary 3
  byok rotate --continue --wrapping-keys answers --out bundles
  byok rotate --where attribute.tier=gold,type=aes-256
  byok rotate --due --wrapping-keys answers --out bundles --json
  byok rotate payments/kek --again --wrapping-keys answers --out bundles";

/// Make new versions of keys, wrapped for their targets
///
/// A new version has the type, purpose, owner and attributes of the one that it replaces, and its first manifest holds
/// its wraps. The old version stays in use. `targets` in byok.yaml say where versions of a key go; DIR/NAME/TARGET.json,
/// else DIR/TARGET.json, is the provider's answer for one. A target without one stays pending: typed again with the
/// answer, `rotate` goes on with the version that is there. A run that was interrupted goes on when it is typed again.
#[derive(clap::Args, Debug, Default)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// The folder with the providers' answers: DIR/NAME/TARGET.json, else DIR/TARGET.json
    #[arg(long, value_name = "DIR")]
    wrapping_keys: Option<PathBuf>,
    /// The folder for the bundles: DIR/NAME@N/TARGET
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// A SHA-256 that a wrapping key may have (DER `SubjectPublicKeyInfo`, hexadecimal); repeat it for each. No other
    /// wrapping key is used
    #[arg(long, value_name = "HEX")]
    wrapping_key_sha256: Vec<String>,
    /// The first N keys, by name, go first; the rest waits for --continue after they are in use
    #[arg(long, value_name = "N", conflicts_with = "continue_", value_parser = clap::value_parser!(u32).range(1..))]
    canary: Option<u32>,
    /// Make a new version whatever the newest one still owes to targets, as when others may know it
    #[arg(long, conflicts_with_all = ["continue_", "rollback", "mark_rewrapped"])]
    again: bool,
    /// With --continue: end the run that is open. What it made stays as it is
    #[arg(long, requires = "continue_", conflicts_with_all = ["wrapping_keys", "out", "allow_exposure"])]
    abandon: bool,
    /// Consent, for this operation, to what this host may see: ephemeral-kek or plaintext
    #[arg(long, value_name = "EXPOSURE")]
    allow_exposure: Option<Exposure>,
    #[command(flatten)]
    fleet: FleetArgs,
    /// Refuse instead of probing the token when its profile is stale or missing
    #[arg(long)]
    no_probe: bool,
    /// How many data keys were encrypted anew
    #[arg(long, value_name = "COUNT", requires = "mark_rewrapped")]
    objects: Option<u64>,
    /// How many are left under the version; the backlog ends with 0, and with nothing else
    #[arg(long, value_name = "COUNT", requires = "mark_rewrapped")]
    remaining: Option<u64>,
    /// Who says so [default: your login name]
    #[arg(long, value_name = "WHO", requires = "mark_rewrapped", value_parser = parse_message)]
    by: Option<String>,
}

/// Which keys.
#[derive(clap::Args, Debug, Default)]
#[group(required = true, multiple = false)]
struct Which {
    /// The keys
    #[arg(value_name = "NAME")]
    names: Vec<KeyName>,
    /// Every key that is or was in use
    #[arg(long)]
    all: bool,
    /// The keys whose rotation is due by the policy, and those for which an earlier rotation still owes a wrap
    #[arg(long)]
    due: bool,
    /// Those of them that meet every condition: name (a pattern), type, purpose, owner, state, attribute.NAME, target
    #[arg(long = "where", value_name = "FIELD=VALUE,...", value_parser = Condition::parse)]
    condition: Option<Condition>,
    /// Go on with the run that is open: with that one whose id begins so, else the oldest that may go on
    #[arg(long = "continue", value_name = "RUN", num_args = 0..=1, default_missing_value = "", value_parser = parse_run)]
    continue_: Option<String>,
    /// Give the newest version of this key up: the one before it is current again. Says the way back at each provider;
    /// with --out DIR, a new folder, writes the commands
    #[arg(long, value_name = "NAME", conflicts_with_all = ["wrapping_keys", "allow_exposure", "canary"])]
    rollback: Option<KeyName>,
    /// Record that data keys under this replaced version were encrypted anew
    #[arg(long, value_name = "NAME@N", requires = "objects")]
    #[arg(conflicts_with_all = ["wrapping_keys", "allow_exposure", "canary", "out"])]
    mark_rewrapped: Option<KeySelector>,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    if let Some(key) = &args.which.rollback {
        return rollback::run(shell, key, args.out.as_deref());
    }
    if let Some((version, claim)) = claim(shell, args)? {
        return rewrapped::run(shell, version, claim);
    }
    let tally = Tally::default();
    let outcome = rotation(shell, args, &tally);
    if outcome.is_err() { tally.close(shell).and(outcome) } else { outcome }
}

/// What is to be recorded of data keys, where that is asked for.
fn claim<'a>(shell: &Shell<'_>, args: &'a Args) -> Outcome<Option<(&'a KeySelector, Claim)>> {
    if args.which.mark_rewrapped.is_none() && (args.objects.is_some() || args.remaining.is_some() || args.by.is_some())
    {
        // What clap cannot see: a key's name stands in the way of what these require.
        return Err(Failure::new(&usage::USAGE, "--objects, --remaining and --by belong to --mark-rewrapped")
            .hint("byok rotate --mark-rewrapped NAME@N --objects COUNT --remaining COUNT"));
    }
    if let Some((version, objects)) = args.which.mark_rewrapped.as_ref().zip(args.objects) {
        if objects == 0 && args.remaining != Some(0) {
            return Err(Failure::new(&usage::USAGE, "that no data key was encrypted anew is nothing to record").hint(
                format!("byok rotate --mark-rewrapped {version} --objects 0 --remaining 0   says that none is left"),
            ));
        }
        let by = args.by.clone().unwrap_or_else(|| login(shell.env));
        return Ok(Some((version, Claim { objects, remaining: args.remaining, by })));
    }
    Ok(None)
}

fn rotation(shell: &Shell<'_>, args: &Args, tally: &Tally) -> Outcome {
    has_out(args)?;
    let out = args.out.as_ref().map(|out| new_or_present_folder(&shell.env.directory.join(out))).transpose()?;
    let folder = args.wrapping_keys.as_ref().map(|path| Folder::open(shell.env.directory.join(path))).transpose()?;
    let workspace = Workspace::open(shell)?;
    let fetch =
        |place: Place<'_>, target: &Target| folder.as_ref().map_or(Ok(None), |folder| folder.fetch(place, target));
    let answers = Answers::new(&fetch).pinned(pins(&args.wrapping_key_sha256)?);
    // Who approves a plan approves the wrapping keys in it: that is looked at with the permission.
    let mut agreed = Agreed { consent: args.allow_exposure.unwrap_or_default(), by: AuthenticatedBy::None };
    let (chosen, work) = begin(shell, args, &workspace)?;
    let (registry, governance) = (&workspace.registry, &workspace.governance);
    let papers = Papers { registry, governance, token: chosen.keys().identity() };
    if args.abandon {
        return abandon::run(shell, &workspace, &chosen, work);
    }
    let terms = Terms {
        targets: &workspace.settings.targets,
        answers: &answers,
        out: out.as_deref(),
        pinned: planned::of_plan(shell),
        again: work.asked().again,
        policy: workspace.governance.parts().map(|(policy, _)| policy),
    };
    let phase = phase_of(shell, args, registry, &work)?;
    let ask = |request: &Question<'_>| planned::ask(shell, governance, request);
    let mut checked = check(papers, &terms, (&phase.keys, &work.bases()), (agreed, &ask), shell.env.now())?;
    waiting::refuse(&mut checked, &work);
    tally.keys.set(phase.keys.len());
    alone(shell, &mut checked, &phase)?;
    if let Some(draft) = &shell.draft {
        return planned::take_down(shell, draft, args, (&workspace, chosen.keys().identity()), checked);
    }
    describe(shell, &checked);
    if shell.globals.dry_run {
        return dry_run::print(shell, "rotate", &steps(&checked, &phase));
    }
    let mut printer = Printer::start(shell, phase.keys.len());
    let found = take_found(&mut checked);
    let refused: BTreeSet<KeyName> = checked.failed.iter().map(|failed| failed.key.clone()).collect();
    tally.failed.set(refused.len());
    checked.failed.drain(..).for_each(|failed| printer.failed(failed));
    if found.is_empty() {
        tally.is_told.set(true);
        return printer.finish(Ok(Summary::default()), 0);
    }
    authenticate(shell, &checked, &mut agreed)?;
    answers.settle();
    let probe = if args.no_probe { ProbePolicy::Never } else { ProbePolicy::WhenNeeded };
    workspace.announce_probe(shell, chosen.keys().identity(), probe);
    let opened = chosen.open(shell)?;
    let session = workspace.session(&opened, &[])?;
    let place = workspace.place(shell, probe);
    printer.begin();
    let outcome = args.fleet.with(shell, &opened, phase.keys.len(), |sessions| {
        let request = Request { work, found: &found, refused: &refused, terms, agreed, sessions };
        rotate(&place, &session, &request, &mut |event| printer.tell(event), &code_of::<RotateError>)
    });
    tally.is_told.set(true);
    printer.finish(outcome, opened.calls())
}

/// The failure of the only key is the command's own; a program reads of it as of any other key.
fn alone(shell: &Shell<'_>, checked: &mut Checked, phase: &Phase) -> Outcome {
    if phase.keys.len() != 1 || events::tells(shell) {
        return Ok(());
    }
    checked.failed.pop().map_or(Ok(()), |failed| Err(failed.error.into()))
}

/// The tokens, and what is to be done: all keys are looked at while the module is loading.
fn begin(shell: &Shell<'_>, args: &Args, workspace: &Workspace) -> Outcome<(Chosen, Work)> {
    let mut found = None;
    let chosen = workspace.choose_beside(shell, || found = Some(work(shell, args, workspace)))?;
    Ok((chosen, found.unwrap_or_else(|| work(shell, args, workspace))?))
}

/// Wrapping keys want a folder for what is made with them.
fn has_out(args: &Args) -> Outcome {
    if args.wrapping_keys.is_none() || args.out.is_some() {
        return Ok(());
    }
    Err(Failure::new(&usage::USAGE, "there are wrapping keys, and no folder for what is made")
        .hint("--out DIR   makes DIR/NAME@N/TARGET for each key and target"))
}

/// What is asked for: keys, or the run that is open.
fn work(shell: &Shell<'_>, args: &Args, workspace: &Workspace) -> Outcome<Work> {
    let (registry, targets) = (&workspace.registry, &workspace.settings.targets);
    let which = &args.which;
    for stray in registry.open_runs()?.strays {
        shell.warn(&format!("{} is no rotation that is open: {}", stray.path.display(), stray.why));
    }
    if let Some(id) = &which.continue_ {
        let id = Some(id.as_str()).filter(|id| !id.is_empty());
        let (trust, now) = (registry.trust()?, shell.env.now());
        if args.abandon {
            return Ok(Work::named((registry, &trust), id, now)?);
        }
        let (work, waiting) = Work::open((registry, &trust), id, now)?;
        for error in waiting {
            shell.warn(&format!("{error}; {} [{}]", error.causes().join("; "), error.code()));
        }
        return Ok(work);
    }
    if let Some((keys, asked)) = planned::keys(shell) {
        return Ok(Work::of((registry, &registry.trust()?), keys, asked, shell.env.now())?);
    }
    let (trust, now) = (registry.trust()?, shell.env.now());
    let keys = match which {
        Which { due: true, .. } => due((registry, &trust), &workspace.governance, targets, now)?,
        Which { names, condition, .. } if names.is_empty() => {
            select((registry, &trust), condition.as_ref(), targets, now)?
        }
        Which { names, .. } => distinct(names),
    };
    let asked = Asked {
        names: if which.names.is_empty() { Vec::new() } else { keys.iter().map(ToString::to_string).collect() },
        all: which.all,
        due: which.due,
        condition: which.condition.as_ref().map(ToString::to_string),
        // A plan has all of its keys, whichever go first.
        canary: args.canary.filter(|_| shell.draft.is_none()),
        plan: None,
        again: args.again,
        folders: folders(args),
    };
    if keys.is_empty() {
        shell.note("no key is to be rotated");
    }
    if shell.draft.is_some() {
        return Ok(Work::New { keys, asked });
    }
    Ok(resumed(shell, &keys, Work::of((registry, &trust), keys.clone(), asked, now)?))
}

/// The folders, as they were typed.
fn folders(args: &Args) -> Option<Folders> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let (wrapping_keys, out) = args.wrapping_keys.as_deref().zip(args.out.as_deref())?;
    Some(Folders { wrapping_keys: text(wrapping_keys), out: text(out) })
}

/// What is to be done now, with what it needs.
fn phase_of(shell: &Shell<'_>, args: &Args, registry: &Registry, work: &Work) -> Outcome<Phase> {
    let phase = work.phase((registry, &registry.trust()?), shell.env.now())?;
    has_its_folders(args, work)?;
    Ok(phase)
}

/// A run that was begun with wrapping keys goes on with them: without them the rest would be made without its wraps.
fn has_its_folders(args: &Args, work: &Work) -> Outcome {
    let (Work::Resumed { run, .. } | Work::Extended { run, .. }) = work else { return Ok(()) };
    if run.asked.plan.is_some() || run.asked.folders.is_none() || folders(args).is_some() {
        return Ok(());
    }
    Err(Failure::new(&usage::USAGE, "the rotation was begun with --wrapping-keys and --out, and goes on with both")
        .cause(format!("run {}: byok {}", run.id, run.asked.words()))
        .hint(run.goes_on()))
}

/// The beginning of a run's id; nothing for whichever is open.
fn parse_run(text: &str) -> Result<String, String> {
    let is_id = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    let is_good = text.len() <= 64 && text.bytes().all(is_id);
    if is_good {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("the id of a run has hexadecimal digits and dashes".to_owned())
    }
}

/// What is gone on with is said, and what it leaves out: it may be older than some of the keys.
fn resumed(shell: &Shell<'_>, keys: &[KeyName], work: Work) -> Work {
    let (Work::Resumed { run, .. } | Work::Extended { run, .. }) = &work else { return work };
    let its: BTreeSet<KeyName> = work.bases().into_keys().collect();
    let is_extended = matches!(work, Work::Extended { .. });
    let left: Vec<&str> = keys.iter().filter(|key| !its.contains(*key)).map(KeyName::as_str).collect();
    if !left.is_empty() {
        let named = left.iter().take(DESCRIBED).copied().collect::<Vec<_>>().join(", ");
        let began = seconds(run.created_at);
        let later = format!("{} that came later: {named}", count(left.len(), "key", "keys"));
        if is_extended {
            shell.note(&format!("the rotation of {began} goes on, with {later}"));
        } else {
            shell.warn(&format!("the rotation of {began} goes on, without {later}"));
        }
    }
    work
}

/// Each once, in the order of their names.
fn distinct(names: &[KeyName]) -> Vec<KeyName> {
    let names: BTreeSet<&KeyName> = names.iter().collect();
    names.into_iter().cloned().collect()
}

/// Fingerprints as they are compared.
fn pins(typed: &[String]) -> Outcome<BTreeSet<String>> {
    Ok(typed.iter().map(|pin| normal_pin(pin)).collect::<Result<_, _>>().map_err(CheckError::from)?)
}

/// The most wrapping keys that are described one by one.
const DESCRIBED: usize = 20;

fn describe(shell: &Shell<'_>, checked: &Checked) {
    // Whoever is asked about them sees them all: a fingerprint that was not shown was compared by nobody.
    let described = if must_compare(shell, checked) { usize::MAX } else { DESCRIBED };
    for answer in checked.answers.values().take(described) {
        wrapping_key::describe(shell, &answer.received.challenge, &answer.name);
    }
    let more = checked.answers.len().saturating_sub(described);
    if more > 0 {
        shell.note(&format!("and {more} more wrapping keys; -v shows each"));
        for answer in checked.answers.values().skip(described) {
            shell.detail(&format!("wrapping key   {}   sha256 {}", answer.name, answer.received.wrapping_key_sha256));
        }
    }
    checked.notices.iter().for_each(|notice| shell.warn(notice));
}

/// What was found of each key: all that is held of it from here on, as there may be very many. An output that exists may be
/// one that another process has just made of this very run: under the lock it is told apart.
fn take_found(checked: &mut Checked) -> BTreeMap<KeyName, RunKey> {
    let outlines = std::mem::take(&mut checked.keys);
    if !outlines.is_empty() {
        checked.failed.retain(|failed| !failed.error.is_of_the_moment());
    }
    outlines.into_iter().map(Outline::into_found).collect()
}

/// A file proves nothing about whose key it holds: a person compares all of them, or none was compared.
fn authenticate(shell: &Shell<'_>, checked: &Checked, agreed: &mut Agreed) -> Outcome {
    let Some(permission) = to_compare(checked) else { return Ok(()) };
    wrapping_key::authenticate_all(shell, checked.answers.len(), &mut agreed.by, permission)
}

/// What the policy says of the wraps, where neither pins nor its own list say whose keys they are wrapped under.
fn to_compare(checked: &Checked) -> Option<&Permission> {
    let is_pinned = |by| by == AuthenticatedBy::Pinned;
    let permission = checked.permission.as_ref().filter(|permission| !permission.wrapping_key_listed)?;
    let pinned = checked.answers.values().all(|answer| is_pinned(answer.received.authenticated_by));
    (!pinned).then_some(permission)
}

fn must_compare(shell: &Shell<'_>, checked: &Checked) -> bool {
    !shell.globals.dry_run && to_compare(checked).is_some_and(|permission| wrapping_key::asks(shell, permission))
}

fn steps(checked: &Checked, phase: &Phase) -> Vec<String> {
    let canaries = checked.keys.iter().map(|outline| outline.id.to_string()).collect::<Vec<_>>().join(", ");
    let more = count(phase.waiting, "key", "keys");
    let waits = (phase.waiting > 0).then(|| format!("leave {more} for --continue, until in use: {canaries}"));
    let failed = checked.failed.iter().map(|failed| format!("leave {}: {}", failed.key, failed.error));
    checked.keys.iter().flat_map(steps_of).chain(failed).chain(waits).collect()
}

fn steps_of(outline: &Outline) -> Vec<String> {
    let id = &outline.id;
    let made = outline.born.then(|| format!("make {id} in the place of {}", outline.base));
    let wraps = outline.wraps.iter().map(|wrap| {
        let route = wrap.way.as_ref().map_or_else(
            || "by a route that the probe will show".to_owned(),
            |(method, route, exposure)| format!("by {route} {method}, exposure {exposure}"),
        );
        format!("wrap {id} for {} ({}) {route}, into {}", wrap.target_id, wrap.provider, wrap.folder.display())
    });
    let pending = outline.pending.iter().map(|target| format!("leave {id} pending for {target}: no wrapping key"));
    let is_idle = !outline.born && outline.wraps.is_empty() && outline.pending.is_empty();
    let nothing = is_idle.then(|| format!("leave {id} as it is: there is nothing to do"));
    made.into_iter().chain(nothing).chain(wraps).chain(pending).collect()
}
