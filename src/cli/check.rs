//! `byok check`: what is wrong with key files, before anybody imports them. No token, no registry, no network.

mod files;
mod report;

use std::path::{Path, PathBuf};

use self::files::{Item, Listing};
use self::report::{Document, FileReport};
use super::codes::{check as codes, usage};
use super::failure::{Failure, Outcome};
use super::passphrase::PassphraseSource;
use super::progress::Bar;
use super::providers;
use super::shell::Shell;
use crate::format::lint::rules::file::UNREADABLE;
use crate::format::lint::{Finding, Severity};
use crate::format::reader::Source;
use crate::key::spec::KeySpec;
use crate::ops::check::{Question, Report, check, check_wrapping_key};
use crate::ops::verify::parallel;
use crate::provider::Provider;

const EXAMPLES: &str = "\
Examples:
  byok check server.key
  byok check server.key --provider aws-kms --type rsa-3072
  byok check kek.bin --provider aws-kms --wrapping-key params.json
  byok check keys --strict --json";

/// Find out what is wrong with key files before they are imported
///
/// Each finding has a stable code, which `byok explain` explains. Without --provider, it is said which providers take
/// the key. A provider's answer is checked as a wrapping key. Exit code 7 when there is an error among the findings.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Key files, folders with key files at any depth, or - for standard input
    #[arg(value_name = "PATH", required_unless_present = "wrapping_key")]
    paths: Vec<PathBuf>,
    /// The provider that is to get the key; `byok providers list` shows all
    #[arg(long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// The wrapping key that the provider handed out, checked too, against the keys that it is to carry
    #[arg(long, value_name = "FILE", requires = "provider")]
    wrapping_key: Option<PathBuf>,
    /// The type that the key is meant to have, as byok or the provider spells it: `aes-256`, `RSA_3072`
    #[arg(long = "type", value_name = "TYPE")]
    typed: Option<String>,
    /// What the files are, when their bytes leave a doubt: `raw`, `hex`, `base64`, `pem`, `der`, `jwk` or `pkcs12`
    #[arg(long, value_name = "FORM")]
    from: Option<Source>,
    /// Where the passphrase of encrypted files comes from: `env:NAME`, `file:PATH`, `fd:N` or `prompt`; one for all
    ///
    /// Without it, what is encrypted is looked at from outside, and a note says so.
    #[arg(long, value_name = "SOURCE")]
    passphrase_source: Option<PassphraseSource>,
    /// Exit code 7 for warnings too
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let provider = args.provider.as_deref().map(providers::find).transpose()?;
    let typed = args.typed.as_deref().map(|typed| key_type(typed, provider)).transpose()?;
    let read = |source: &PassphraseSource| source.read_or_empty(shell.env, "Passphrase of the encrypted files");
    let passphrase = args.passphrase_source.as_ref().map(read).transpose()?;
    let question = Question { provider, typed, from: args.from, passphrase: passphrase.as_ref(), now: shell.env.now() };
    let Listing { items, mut left_out } = files::list(&args.paths)?;
    let bar = Bar::start(shell, "checking", items.len());
    let checked = parallel::map(&items, |item| {
        let report = look_at(item, &question);
        bar.advance();
        report
    });
    drop(bar);
    let checked_types: Vec<KeySpec> =
        checked.iter().flat_map(|report| &report.keys).flat_map(|key| &key.types).map(|of_type| of_type.spec).collect();
    let mut reports = Vec::with_capacity(items.len());
    for (item, report) in items.iter().zip(checked) {
        match files::no_key(item, &report) {
            Some(why) => left_out.push((item.path.clone(), why)),
            None => reports.push(FileReport::new(&item.path, &report, provider.is_none())),
        }
    }
    if let (Some(path), Some(provider)) = (&args.wrapping_key, provider) {
        let report = wrapping_key(path, provider, &checked_types, &question);
        reports.push(FileReport::new(path, &report, false));
    }
    let document = Document::new(reports, &left_out, args.strict);
    shell.data(&report::text(&document, shell.globals), &document)?;
    verdict(&document)
}

/// What cannot be read is a finding of that file; the others are still checked.
fn look_at(item: &Item, question: &Question<'_>) -> Report {
    match item.read() {
        Ok(bytes) => check(&bytes, question),
        Err(why) => Report { findings: vec![Finding::new(&UNREADABLE, "", why)], ..Report::default() },
    }
}

fn wrapping_key(path: &Path, provider: &'static Provider, keys: &[KeySpec], question: &Question<'_>) -> Report {
    match files::read(path) {
        Ok(bytes) => check_wrapping_key(provider, &bytes, keys, question),
        Err(why) => Report { findings: vec![Finding::new(&UNREADABLE, "", why)], ..Report::default() },
    }
}

/// The type by byok's name, or by the provider's.
fn key_type(typed: &str, provider: Option<&'static Provider>) -> Outcome<KeySpec> {
    let spelled = |provider: &'static Provider| {
        let mut rows = provider.accepts.iter().filter(|row| row.algorithms.contains(&typed)).map(|row| row.spec);
        let first = rows.next()?;
        rows.all(|other| other == first).then_some(first)
    };
    let known = typed.parse().or_else(|error| provider.and_then(spelled).ok_or(error));
    known.map_err(|error| {
        let hint = provider.map_or_else(
            || "with --provider, its own names of types are taken too".to_owned(),
            |provider| format!("byok providers show {}   lists its own names", provider.id),
        );
        Failure::new(&usage::USAGE, format!("--type {typed}: {error}")).hint(hint)
    })
}

fn verdict(document: &Document) -> Outcome {
    if document.files.is_empty() {
        return Err(Failure::new(&usage::NOTHING_TO_CHECK, "there is nothing to check")
            .hint("name the files themselves; `byok check -v` says what was left out, and why"));
    }
    if document.ok {
        return Ok(());
    }
    let least = if document.strict { Severity::Warning } else { Severity::Error };
    let bad = document.files.iter().filter(|file| file.worst >= Some(least));
    let first = bad.clone().flat_map(|file| &file.findings).find(|finding| finding.severity >= least);
    let what = format!("findings in {} of {} files", bad.clone().count(), document.files.len());
    let code = first.map(|finding| finding.code.as_str()).unwrap_or_default();
    Err(Failure::new(&codes::FINDINGS, what).hint(format!("byok explain {code}")))
}
