//! `check`: all that can be known of a key file before an import, as findings.

mod locked;
mod part;
mod report;

use std::cell::{Cell, RefCell};

use jiff::Timestamp;
use secrecy::SecretString;

use crate::format::lint::rules::file as rules;
use crate::format::lint::rules::form::JWK_SPELLING;
use crate::format::lint::rules::raw;
use crate::format::lint::{Finding, Rule, Severity};
use crate::format::locked::Budget;
use crate::format::material::Material;
use crate::format::reader::{self, Assumption, Content, Form, Layer, Part, Reading, Recognition, Source};
use crate::format::spki::{PublicKey, PublicKind};
use crate::key::spec::KeySpec;
use crate::key::strength;
use crate::provider::agreement::{of_answer, whose};
use crate::provider::{Handout, ImportFile, Provider};
use part::Surroundings;
pub use report::{KeyReport, Report, TypeReport};

/// What one file may cost: ten private RSA keys of 4096 bits, eighty of 2048, or one of 8192.
const WORK: u64 = 10 * 4096 * 4096 * 4096;

/// What a file is checked for.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// `--provider`.
    pub provider: Option<&'static Provider>,
    /// `--type`.
    pub typed: Option<KeySpec>,
    /// `--from`.
    pub from: Option<Source>,
    /// What opens encrypted files.
    pub passphrase: Option<&'a SecretString>,
    /// Now.
    pub now: Timestamp,
}

/// Checks the bytes of one file.
#[must_use]
pub fn check(bytes: &[u8], question: &Question<'_>) -> Report {
    let mut report = Report::default();
    match reader::read(bytes, &Assumption { from: question.from, spec: question.typed }) {
        Err(error) => report.findings.push(Finding::new(&rules::MALFORMED, "", error.to_string())),
        Ok(recognition) => match recognition.readings.as_slice() {
            [only] => check_reading(only, bytes, question, &mut report),
            several => check_all(several, bytes, question, &mut report),
        },
    }
    report.finish()
}

/// Every way to read the file is looked at, and what is found says under which.
fn check_all(readings: &[Reading], bytes: &[u8], question: &Question<'_>, report: &mut Report) {
    let names: Vec<String> = readings.iter().map(describe).collect();
    report.findings.push(Finding::new(&rules::AMBIGUOUS, "", names.join("; or ")));
    let mut looked_at: Vec<(String, Report)> = Vec::new();
    for (reading, name) in readings.iter().zip(names) {
        let mut alone = Report::default();
        check_reading(reading, bytes, question, &mut alone);
        looked_at.push((name, alone));
    }
    // A reading that gives no key is no candidate when another one does.
    if looked_at.iter().any(|(_, alone)| is_candidate(alone)) {
        looked_at.retain(|(_, alone)| is_candidate(alone));
    }
    for (name, alone) in looked_at {
        report.absorb(&format!("as {name}"), alone);
    }
}

fn is_candidate(report: &Report) -> bool {
    report.holds_a_key() && report.findings.iter().all(|finding| finding.rule != &raw::RAW_SIZE)
}

fn check_reading(reading: &Reading, bytes: &[u8], question: &Question<'_>, report: &mut Report) {
    report.what = describe(reading);
    if let Some(provider) = whose_answer(reading, bytes, question) {
        report.findings.extend(form_of_answer(reading));
        check_answer(provider, bytes, question, report);
        return;
    }
    report.findings.extend(reading.findings.iter().cloned());
    let work = Cell::new(WORK);
    let budget = RefCell::new(Budget::new());
    let around = Surroundings {
        layers: &reading.layers,
        encrypted: false,
        with_private: part::holds_private(reading),
        parts: &reading.parts,
        work: &work,
        budget: &budget,
    };
    for part in &reading.parts {
        part::check(part, &around, question, report);
    }
    report.findings.extend(part::strangers(reading.parts.iter()));
    report.findings.extend(part::several(&reading.parts));
    if question.from.is_none() {
        report.findings.extend(text_of_a_key(reading));
    }
}

/// Text around nothing but bytes: who imports the file as it is imports the text.
fn text_of_a_key(reading: &Reading) -> Option<Finding> {
    let [Part { form: Form::Raw, content: Content::Key(Material::Secret(key)), .. }] = reading.parts.as_slice() else {
        return None;
    };
    let rule: &'static Rule = match reading.layers.first()? {
        Layer::Hex => &raw::RAW_HEX,
        Layer::Base64 => &raw::RAW_BASE64,
        Layer::Utf16 => &raw::RAW_UTF16,
        Layer::Pem | Layer::Der | Layer::Json => return None,
    };
    Some(Finding::new(rule, "", format!("the text of {} bytes", key.value.len())))
}

/// `PEM PKCS#8 private key, RSA-2048`, `hex of 32 raw bytes`, `PEM 3 parts`.
fn describe(reading: &Reading) -> String {
    let what = match reading.parts.as_slice() {
        [part] => part::describe(part),
        parts => format!("{} parts", parts.len()),
    };
    reading.layers.iter().rev().fold(what, |inner, layer| match layer {
        Layer::Pem | Layer::Der | Layer::Json => format!("{layer} {inner}"),
        Layer::Hex | Layer::Base64 | Layer::Utf16 => format!("{layer} of {inner}"),
    })
}

/// The provider that was named, or the one that takes the file as its own answer.
fn whose_answer(reading: &Reading, bytes: &[u8], question: &Question<'_>) -> Option<&'static Provider> {
    if !is_answer(&reading.parts) {
        return None;
    }
    let of_itself = || whose(bytes).filter(|_| reading.layers == [Layer::Json]).map(|(provider, _)| provider);
    question.provider.or_else(of_itself)
}

/// What is out of order in the form of an answer. How a provider spells its base64 is its own affair.
fn form_of_answer(reading: &Reading) -> impl Iterator<Item = Finding> + '_ {
    let spelling = |finding: &&Finding| finding.rule != &JWK_SPELLING;
    reading.findings.iter().filter(spelling).cloned()
}

/// A public RSA key or JSON without a secret is what providers hand out.
fn is_answer(parts: &[Part]) -> bool {
    let is_rsa = |key: &PublicKey| matches!(key.kind(), PublicKind::Rsa { .. });
    parts.iter().all(|part| match &part.content {
        Content::Key(Material::Public(key)) => is_rsa(key),
        Content::Certificate(certificate) => is_rsa(&certificate.key),
        Content::Named { .. } => part.form == Form::Json,
        Content::Key(_) | Content::Locked(_) | Content::Request(_) | Content::Transfer(_) | Content::Wrapped(_) => {
            false
        }
    })
}

/// Checks a file that is meant to be a provider's wrapping key, for keys of these types.
#[must_use]
pub fn check_wrapping_key(
    provider: &'static Provider,
    bytes: &[u8],
    keys: &[KeySpec],
    question: &Question<'_>,
) -> Report {
    let mut report = Report::default();
    // The strongest key decides whether the wrapping key is strong enough.
    let typed = question.typed.or_else(|| keys.iter().rev().copied().max_by_key(|spec| strength::of(*spec)));
    // What cannot be read, or in several ways, the provider's reader refuses with its own words.
    if let Some(reading) = reader::read(bytes, &Assumption::default()).ok().and_then(Recognition::only) {
        report.findings.extend(form_of_answer(&reading));
    }
    check_answer(provider, bytes, &Question { typed, ..*question }, &mut report);
    report.finish()
}

/// The provider's own reader judges what it handed out.
fn check_answer(provider: &'static Provider, bytes: &[u8], question: &Question<'_>, report: &mut Report) {
    let wrapping_key = ImportFile { name: String::new(), bytes: bytes.to_vec() };
    let handout = Handout { wrapping_key, import_token: None, kid: None, import_job: None };
    let (challenge, findings) = of_answer(provider, &handout, question.typed, question.now);
    if let Some(challenge) = challenge {
        let what = format!("wrapping key of {}, RSA-{}: {}", provider.id, challenge.bits(), challenge.recognised);
        report.keys.push(KeyReport::wrapping(&what));
        report.what = what;
    }
    report.findings.extend(findings);
}

impl Report {
    /// The worst finding.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.rule.severity).max()
    }
}
