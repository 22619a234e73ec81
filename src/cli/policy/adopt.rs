//! `byok policy adopt`: a policy and its allowed signers are put in force.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::check::{counted, warn_of};
use super::source;
use crate::approval::allowed_signers::MAX_FILE;
use crate::approval::plan::{Action, AdoptAction, InputFile};
use crate::cli::codes::policy as codes;
use crate::cli::dry_run;
use crate::cli::failure::{Explained, Failure, Outcome, code_of};
use crate::cli::input;
use crate::cli::progress::Spinner;
use crate::cli::prompt;
use crate::cli::shell::Shell;
use crate::cli::text::Text;
use crate::cli::workspace::Workspace;
use crate::ops::adopt::{Candidate, CandidateError, Line, difference, question, run as adopt};
use crate::ops::profile::ProbePolicy;

const EXAMPLES: &str = "\
Examples:
  byok policy adopt --policy policy.yaml --allowed-signers allowed_signers
  byok policy adopt --policy policy.yaml --allowed-signers allowed_signers \\
    --dry-run";

/// The most changed lines that are shown of one file.
const MAX_SHOWN: usize = 200;

/// Put a policy and its allowed signers in force
///
/// Both files are checked, also against each other, and the policy's own tests are run. What changes is shown; then
/// byok asks. The files are copied into the registry under their hashes, and every checkpoint from then on names them:
/// a policy that was edited or taken away permits nothing. A later adoption needs the approvals that the policy in
/// force asks for.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The policy
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// Who may approve, and with which keys: the file that `ssh-keygen -Y verify` reads
    #[arg(long, value_name = "FILE")]
    allowed_signers: PathBuf,
}

impl Args {
    /// As a plan says it.
    pub(super) fn of(action: &AdoptAction) -> Self {
        let AdoptAction { policy, allowed_signers } = action;
        Self { policy: policy.path.clone().into(), allowed_signers: allowed_signers.path.clone().into() }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema: &'static str,
    policy_sha256: &'a str,
    allowed_signers_sha256: &'a str,
    /// False when it was in force already.
    adopted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a str>,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let candidate = candidate(args)?;
    let workspace = Workspace::open_to_adopt(shell)?;
    if workspace.governance.in_force().is_some_and(|in_force| candidate.is(in_force)) {
        shell.note("this policy is in force already; nothing was changed");
        return report(shell, &candidate, false, None);
    }
    let permission = workspace.permit(shell, &question(shell.env.now()))?;
    describe(shell, &workspace, args, &candidate)?;
    if shell.is_planned(|| Ok(action(args, &candidate)))? {
        return Ok(());
    }
    if shell.globals.dry_run {
        return dry_run::print(shell, "policy adopt", &steps(&candidate));
    }
    prompt::confirm_under(shell, &permission, "Put this policy in force?")?;
    let chosen = workspace.choose(shell)?;
    workspace.announce_probe(shell, chosen.keys().identity(), ProbePolicy::WhenNeeded);
    let opened = chosen.open(shell)?;
    let spinner = Spinner::start(shell, "adopting the policy");
    let session = workspace.session(&opened, &[])?;
    adopt(&workspace.place(shell, ProbePolicy::WhenNeeded), &session, &candidate, &code_of)?;
    drop(spinner);
    warn_of_named(shell, &workspace, &candidate)?;
    let before = workspace.governance.in_force().map(|in_force| in_force.policy_sha256.as_str());
    report(shell, &candidate, true, before)
}

fn candidate(args: &Args) -> Outcome<Candidate> {
    let policy = source::read(&args.policy)?;
    let signers = input::read(&args.allowed_signers, MAX_FILE)?;
    Candidate::read(policy, signers).map_err(|error| refused(args, &error))
}

fn refused(args: &Args, error: &CandidateError) -> Failure {
    match error {
        CandidateError::Policy(error) => source::mistaken(&args.policy.display().to_string(), error),
        CandidateError::Signers(error) => {
            Failure::of(error.code(), error).cause(args.allowed_signers.display().to_string())
        }
        CandidateError::Tests(failed) => {
            let failure = Failure::new(&codes::EXAMPLE, error.to_string());
            let lines = failed.iter().filter_map(|outcome| {
                let surprise = outcome.surprise.as_ref()?;
                Some(format!("{}:{}: {}: {}", args.policy.display(), surprise.line, outcome.name, surprise.why))
            });
            lines.fold(failure, Failure::cause).hint(format!("byok policy test {}", args.policy.display()))
        }
        CandidateError::Keyless(_) => Failure::new(&codes::KEYLESS, error.to_string())
            .cause(format!("{} and {}", args.policy.display(), args.allowed_signers.display()))
            .hint(
                "add a line with the person's public key to the allowed signers, or take the person out of the policy",
            ),
    }
}

/// What would be in force, and what would change. To people, on standard error, before they are asked.
fn describe(shell: &Shell<'_>, workspace: &Workspace, args: &Args, candidate: &Candidate) -> Outcome {
    let policy = &candidate.policy;
    shell.note(&format!(
        "policy           {}, {}, {}   sha256 {}",
        counted(policy.rule_names().count(), "rule"),
        counted(policy.people().len(), "person").replace("persons", "people"),
        match policy.example_count() {
            0 => "no examples".to_owned(),
            count => format!("{} held", counted(count, "example")),
        },
        candidate.policy_sha256
    ));
    shell.note(&format!(
        "allowed signers  {}   sha256 {}",
        counted(candidate.signers.signers().len(), "key"),
        candidate.signers_sha256
    ));
    for stranger in candidate.strangers() {
        shell.warn(&format!(
            "{stranger} is in the allowed signers and no person of the policy; such a signature counts for nothing"
        ));
    }
    for (signer, people) in candidate.shared() {
        shell.warn(&format!("{} have the key {signer} in common; it counts for one of them", people.join(" and ")));
    }
    warn_of(shell, &shown(&args.policy), policy);
    let Some([old_policy, old_signers]) = workspace.governance.files(&workspace.registry)? else {
        shell.note("no policy was adopted before: until now everything is permitted");
        return Ok(());
    };
    show_changes(shell, "policy", &old_policy, &candidate.policy_bytes);
    show_changes(shell, "allowed signers", &old_signers, &candidate.signers_bytes);
    Ok(())
}

fn show_changes(shell: &Shell<'_>, what: &str, old: &[u8], new: &[u8]) {
    let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
    let lines = difference(&old, &new);
    if lines.is_empty() {
        return shell.note(&format!("{what}: no line changes"));
    }
    shell.note(&format!("{what}: what changes"));
    for line in lines.iter().take(MAX_SHOWN) {
        match line {
            Line::Gone(text) => shell.note(&format!("  - {text}")),
            Line::Come(text) => shell.note(&format!("  + {text}")),
        }
    }
    if let Some(more) = lines.len().checked_sub(MAX_SHOWN).filter(|more| *more > 0) {
        shell.note(&format!("  and {} more", counted(more, "line")));
    }
}

/// byok.yaml may name a policy; then it must be the one in force.
fn warn_of_named(shell: &Shell<'_>, workspace: &Workspace, candidate: &Candidate) -> Outcome {
    let named = workspace.settings.policy()?.filter(|bytes| *bytes != candidate.policy_bytes);
    if let (Some(_), Some(path)) = (named, workspace.settings.policy.as_deref()) {
        shell.warn(&format!(
            "byok.yaml names {}, which is another policy; commands refuse until it is this one",
            shown(path)
        ));
    }
    if workspace.settings.policy.is_none() {
        let kept = workspace.registry.layout().root().join(format!("policy/{}.yaml", candidate.policy_sha256));
        shell.note(&format!(
            "next: policy: {} in byok.yaml makes commands refuse a registry without this policy",
            shown(&kept)
        ));
    }
    Ok(())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn action(args: &Args, candidate: &Candidate) -> Action {
    Action::PolicyAdopt(AdoptAction {
        policy: InputFile::of(&shown(&args.policy), &candidate.policy_bytes),
        allowed_signers: InputFile::of(&shown(&args.allowed_signers), &candidate.signers_bytes),
    })
}

fn steps(candidate: &Candidate) -> Vec<String> {
    vec![
        format!("keep policy/{}.yaml in the registry", candidate.policy_sha256),
        format!("keep policy/{}.allowed_signers in the registry", candidate.signers_sha256),
        "log the adoption and sign a checkpoint that names both".to_owned(),
    ]
}

fn report(shell: &Shell<'_>, candidate: &Candidate, adopted: bool, before: Option<&str>) -> Outcome {
    let Candidate { policy_sha256, signers_sha256, .. } = candidate;
    let mut text = Text::new();
    text.line(if adopted { "policy adopted" } else { "policy in force" });
    text.field("policy", format_args!("sha256 {policy_sha256}"));
    text.field("signers", format_args!("sha256 {signers_sha256}"));
    let schema = "byok.policy-adopt/v1";
    shell.data(
        text.finish(),
        &Document { schema, policy_sha256, allowed_signers_sha256: signers_sha256, adopted, before },
    )
}
