//! `byok verify`: evidence against keys that the caller trusts. No token, no registry of one's own, no network.

mod bundle;
mod item;
mod log;
mod registry;
mod successions;

use std::path::PathBuf;

use self::item::Item;
use super::codes::{usage, verification};
use super::failure::{Failure, Outcome};
use super::input;
use super::shell::Shell;
use super::text::Text;
use crate::audit::checkpoint::Checkpoint;
use crate::manifest::dsse::MAX_ENVELOPE;
use crate::manifest::trust::{MAX_TRUST_FILE, Trust};
use crate::ops::verify::parallel;
use crate::ops::verify::report::{ItemReport, Report};
use crate::ops::verify::retained::read_retained;

const EXAMPLES: &str = "\
Examples:
  byok verify bundle --trust signer.pem
  byok verify registry --trust signer.pem --since checkpoint.dsse.json
  byok verify registry export.jsonl --trust signer.pem --json";

/// Verify manifests, bundles, registries, logs and exports offline
///
/// A signature shows something only against a key that reached you by another way, so --trust is always needed. For
/// each item it says what was checked and what cannot be shown from it.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Manifests, bundles, registries, logs or exports
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// PEM public keys of evidence signers, or a trust document
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// A checkpoint that was kept elsewhere: shows whether a log was cut back or exchanged since
    #[arg(long, value_name = "CHECKPOINT")]
    since: Option<PathBuf>,
}

/// What every item is checked against.
#[derive(Debug)]
struct Against<'a> {
    trust: &'a Trust,
    since: Option<&'a Checkpoint>,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let Some(trust) = &args.trust else {
        return Err(Failure::new(&usage::NO_TRUST, "no trust anchor is named")
            .cause("a key that lies beside the evidence is never an anchor")
            .hint("--trust signer.pem   with the signer.pem that was handed over by another channel"));
    };
    let trust = Trust::parse(&input::read(trust, MAX_TRUST_FILE)?, shell.env.now())?;
    let since = args.since.as_ref().map(|path| kept(path, &trust)).transpose()?;
    let against = Against { trust: &trust, since: since.as_ref() };
    let items = args.paths.iter().map(|path| Item::find(path)).collect::<Outcome<Vec<_>>>()?;
    let report = Report::new(check(shell, &items, &against)?);
    // Ten thousand items are much text.
    let people = if shell.globals.json { String::new() } else { text(&report) };
    shell.data(&people, &report)?;
    verdict(&report)
}

fn kept(path: &std::path::Path, trust: &Trust) -> Outcome<Checkpoint> {
    let bytes = input::read(path, MAX_ENVELOPE)?;
    read_retained(&bytes, trust).map_err(|failure| {
        Failure::new(&verification::VERIFICATION_FAILED, format!("the checkpoint {} does not verify", path.display()))
            .cause(failure.to_string())
    })
}

/// Exports are compared with a log of the same run, so they come last; the reports keep the order of the paths.
fn check(shell: &Shell<'_>, items: &[Item], against: &Against<'_>) -> Outcome<Vec<ItemReport>> {
    let mut reports: Vec<(usize, Vec<ItemReport>)> = Vec::new();
    let mut verified_log = None;
    let now = shell.env.now();
    let others: Vec<_> = items.iter().enumerate().filter(|(_, item)| !item.is_export()).collect();
    let checked = parallel::map(&others, |(_, item)| item.check(against, now));
    for ((at, item), found) in others.into_iter().zip(checked) {
        let found = found?;
        if found.iter().all(|report| report.ok) {
            verified_log = verified_log.or_else(|| item.audit_folder());
        }
        reports.push((at, found));
    }
    for (at, item) in items.iter().enumerate().filter(|(_, item)| item.is_export()) {
        reports.push((at, vec![item.check_export(verified_log.as_deref(), against)?]));
    }
    reports.sort_by_key(|(at, _)| *at);
    Ok(reports.into_iter().flat_map(|(_, found)| found).collect())
}

fn text(report: &Report) -> String {
    parallel::map(&report.items, describe).concat()
}

fn describe(item: &ItemReport) -> String {
    let mut text = Text::new();
    if let Some(failure) = &item.failure {
        text.line(format_args!("{}   FAILED", item.path)).field("differs", &failure.detail);
        return text.into_string();
    }
    let by = |signer: &crate::manifest::dsse::VerifiedSigner| {
        let name = signer.name.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
        format!("{name}{} ({})", signer.spki_sha256, signer.scheme)
    };
    let signers: Vec<String> = item.signers.iter().map(by).collect();
    let signed = if signers.is_empty() { String::new() } else { format!(", signed by {}", signers.join(" and ")) };
    text.line(format_args!("{}   ok   {}{signed}", item.path, item.subject.as_deref().unwrap_or_default()));
    text.field("checked", item.checked.join(", "));
    let labels = std::iter::once("not provable").chain(std::iter::repeat(""));
    for (label, what) in labels.zip(&item.not_provable) {
        text.field(label, what);
    }
    for note in &item.notes {
        text.field("note", note);
    }
    text.into_string()
}

fn verdict(report: &Report) -> Outcome {
    if report.ok {
        return Ok(());
    }
    let failed = report.items.iter().filter(|item| !item.ok).count();
    let what = format!("{failed} of {} do not verify", report.items.len());
    // What differs stands in the report already.
    Err(Failure::new(&verification::VERIFICATION_FAILED, what)
        .hint("treat what differs as altered; compare it with another copy"))
}
