//! `byok plan show`: a plan to people, from its JSON alone; and what the registry says of it, when one is at hand.

use std::path::PathBuf;

use super::text::{Approval, Document, State, describe};
use super::{Read, approvals, read};
use crate::approval::count::{CountFacts, Signature, count, tally};
use crate::approval::plan::Plan;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::shell::Shell;
use crate::cli::text::{Text, seconds};
use crate::cli::workspace::Workspace;
use crate::ops::apply::{ApplyError, Course, check};
use crate::ops::govern::Governance;
use crate::policy::request::Requirement;

const EXAMPLES: &str = "\
Examples:
  byok plan show plan.json
  byok plan show plan.json --approval ann.sshsig --json";

/// Show a plan, from its bytes alone
///
/// When the plan's registry is at hand, it also says whether the plan can be applied now, and which approvals count.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The plan; - for standard input
    #[arg(value_name = "FILE")]
    plan: PathBuf,
    /// An approval beside those in the registry: PERSON.sshsig; may be repeated
    #[arg(long = "approval", value_name = "FILE")]
    approvals: Vec<PathBuf>,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let Read { plan, bytes, sha256 } = read(&args.plan)?;
    let mut document = Document::new(&args.plan.to_string_lossy(), &bytes, &plan);
    let mut text = Text::new();
    describe(&document.file, &plan, &sha256, &mut text);
    // Without its registry a plan can be read all the same.
    match Workspace::of_plan(shell, &plan.actions) {
        Ok(workspace) => {
            let state = state(shell, &workspace, (&plan, &bytes, &sha256), &args.approvals)?;
            text.line("");
            lines(&state, plan.required_approvals.is_some(), &mut text);
            document.state = Some(state);
        }
        Err(failure) => shell.note(&format!("without a registry: {}", failure.error())),
    }
    shell.data(text.finish(), &document)
}

fn state(
    shell: &Shell<'_>,
    workspace: &Workspace,
    (plan, bytes, sha256): (&Plan, &[u8], &str),
    named: &[PathBuf],
) -> Outcome<State> {
    let now = shell.env.now();
    let (word, why) = match check(&workspace.registry, &workspace.governance, (plan, sha256), now) {
        Ok(Course::Settle) => ("begun", Some("a run that applied it was cut short; apply it again".to_owned())),
        Ok(Course::Steps(steps)) if steps.iter().any(|step| step.so_far.begun) => {
            ("begun", Some("an earlier run began; apply it again".to_owned()))
        }
        Ok(Course::Steps(_)) => ("ready", None),
        Err(error @ ApplyError::Applied { .. }) => ("applied", Some(said(error))),
        Err(error) => ("refused", Some(said(error))),
    };
    let found = approvals(&workspace.registry, sha256, named)?;
    let found: Vec<Signature> = found.into_iter().map(|(name, bytes)| Signature { name, bytes }).collect();
    let (approvals, lacking) = judged(&workspace.governance, (plan, bytes), &found, now);
    Ok(match lacking {
        Some(lacking) if word == "ready" => State { word: "unapproved", why: Some(lacking), approvals },
        _ => State { word, why, approvals },
    })
}

fn said(error: ApplyError) -> String {
    let when = if let ApplyError::Applied { seq, at } = &error {
        format!(", log entry {seq}, {}", seconds(*at))
    } else {
        String::new()
    };
    format!("{}{when}", Failure::from(error).error())
}

/// Which approvals count, and why others do not; and what they lack to suffice.
fn judged(
    governance: &Governance,
    (plan, bytes): (&Plan, &[u8]),
    signatures: &[Signature],
    now: jiff::Timestamp,
) -> (Vec<Approval>, Option<String>) {
    let no = |person: &str, why: &str| Approval {
        person: person.to_owned(),
        counts: false,
        key: None,
        why: Some(why.to_owned()),
    };
    let Some((policy, signers)) = governance.parts() else {
        return (signatures.iter().map(|found| no(&found.name, "this registry has adopted no policy")).collect(), None);
    };
    let Some(required) = &plan.required_approvals else {
        return (signatures.iter().map(|found| no(&found.name, "the plan needs no approvals")).collect(), None);
    };
    let requirement: Requirement = required.requirement();
    let facts = CountFacts {
        message: bytes,
        namespace: &required.namespace,
        author: Some(&plan.author),
        now,
        signers,
        people: policy.people(),
        revoked: policy.revoked_keys(),
    };
    let lacking = count(&requirement, &facts, signatures).err().map(|error| error.shortfall.to_string());
    let tally = tally(&requirement, &facts, signatures);
    let counted = tally.counted.into_iter();
    let counted =
        counted.map(|record| Approval { person: record.person, counts: true, key: Some(record.key), why: None });
    let rejected = tally.rejected.iter().map(|rejected| no(&rejected.name, &rejected.reason.to_string()));
    (counted.chain(rejected).collect(), lacking)
}

fn lines(state: &State, needed: bool, text: &mut Text) {
    let why = state.why.as_deref().map(|why| format!("   {why}")).unwrap_or_default();
    text.field("state", format_args!("{}{why}", state.word));
    if state.approvals.is_empty() && needed {
        text.field("approved by", "nobody yet");
    }
    for approval in &state.approvals {
        let verdict = match (&approval.key, &approval.why) {
            (Some(key), _) => format!("counts   {key}"),
            (None, why) => format!("does not count: {}", why.as_deref().unwrap_or_default()),
        };
        text.field("approved by", format_args!("{}   {verdict}", approval.person));
    }
}
