//! What `check` prints: one line for each finding, or the document.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::globals::Globals;
use crate::cli::text::Text;
use crate::format::lint::{Finding, Severity};
use crate::key::spec::KeySpec;
use crate::ops::check::{KeyReport, Report, TypeReport};
use crate::provider::agreement;

/// The `byok.check/v1` document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    schema: &'static str,
    /// Nothing that changes the exit code.
    pub(super) ok: bool,
    pub(super) strict: bool,
    summary: Summary,
    pub(super) files: Vec<FileReport>,
    left_out: Vec<LeftOut>,
}

#[derive(Debug, Default, Serialize)]
struct Summary {
    files: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
}

/// One file.
#[derive(Debug, Serialize)]
pub(super) struct FileReport {
    path: String,
    what: String,
    pub(super) worst: Option<Severity>,
    keys: Vec<Key>,
    pub(super) findings: Vec<Row>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    #[serde(skip_serializing_if = "String::is_empty")]
    place: String,
    what: String,
    types: Vec<Type>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Type {
    #[serde(rename = "type")]
    spec: KeySpec,
    /// Left out where a provider was named: the findings say whether it takes the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_by: Option<Vec<Taken>>,
}

#[derive(Debug, Serialize)]
struct Taken {
    provider: &'static str,
    algorithms: Vec<&'static str>,
}

/// One finding.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    pub(super) code: String,
    pub(super) severity: Severity,
    title: &'static str,
    place: String,
    detail: String,
    way_out: &'static str,
}

#[derive(Debug, Serialize)]
struct LeftOut {
    path: String,
    why: String,
}

impl Document {
    /// The document of a whole run.
    pub(super) fn new(files: Vec<FileReport>, left_out: &[(PathBuf, String)], strict: bool) -> Self {
        let count =
            |wanted| files.iter().flat_map(|file| &file.findings).filter(|finding| finding.severity == wanted).count();
        let (errors, warnings, notes) = (count(Severity::Error), count(Severity::Warning), count(Severity::Note));
        let shown = |(path, why): &(PathBuf, String)| LeftOut { path: path.display().to_string(), why: why.clone() };
        Self {
            schema: "byok.check/v1",
            ok: !files.is_empty() && errors == 0 && (warnings == 0 || !strict),
            strict,
            summary: Summary { files: files.len(), errors, warnings, notes },
            left_out: left_out.iter().map(shown).collect(),
            files,
        }
    }
}

impl FileReport {
    /// The report of one file; who takes its keys is said when nobody was named.
    pub(super) fn new(path: &Path, report: &Report, everybody: bool) -> Self {
        Self {
            path: if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() },
            what: report.what.clone(),
            worst: report.worst(),
            keys: report.keys.iter().map(|key| Key::new(key, everybody)).collect(),
            findings: report.findings.iter().map(Row::new).collect(),
        }
    }
}

impl Key {
    fn new(key: &KeyReport, everybody: bool) -> Self {
        let taken = |taken: &agreement::Taken| Taken { provider: taken.provider, algorithms: taken.algorithms.clone() };
        let of_type = |report: &TypeReport| Type {
            spec: report.spec,
            taken_by: everybody.then(|| report.taken_by.iter().map(taken).collect()),
        };
        Self { place: key.place.clone(), what: key.what.clone(), types: key.types.iter().map(of_type).collect() }
    }
}

impl Row {
    fn new(finding: &Finding) -> Self {
        let Finding { rule, place, detail } = finding.clone();
        Self {
            code: rule.to_string(),
            severity: rule.severity,
            title: rule.title,
            place,
            detail,
            way_out: rule.way_out,
        }
    }
}

/// What people read. The way out of a finding is told once, however many files have it.
pub(super) fn text(document: &Document, globals: &Globals) -> String {
    // Ten thousand files are much text.
    if globals.json {
        return String::new();
    }
    let (mut text, mut told) = (Text::new(), BTreeSet::new());
    for file in &document.files {
        describe(file, &mut text);
        for finding in file.findings.iter().filter(|finding| !globals.quiet || finding.severity > Severity::Note) {
            let Row { code, severity, title, place, detail, way_out } = finding;
            let colon = if place.is_empty() || detail.is_empty() { "" } else { ": " };
            text.line(format_args!("{}: {severity} {code}: {title} ({place}{colon}{detail})", file.path));
            if told.insert(code.clone()) {
                text.paragraph("  hint: ", way_out);
            }
        }
    }
    if globals.verbose > 0 {
        for LeftOut { path, why } in &document.left_out {
            text.line(format_args!("{path}: left out, {why}"));
        }
    }
    summary(document, &mut text);
    text.into_string()
}

fn describe(file: &FileReport, text: &mut Text) {
    let good = if file.worst.is_none() { "   ok" } else { "" };
    if !file.what.is_empty() {
        text.line(format_args!("{}: {}{good}", file.path, file.what));
    }
    for key in &file.keys {
        let place = if key.place.is_empty() { String::new() } else { format!("{}: ", key.place) };
        for Type { spec, taken_by } in &key.types {
            let takers: Vec<&str> = taken_by.iter().flatten().map(|taken| taken.provider).collect();
            if takers.is_empty() {
                continue;
            }
            text.paragraph(&format!("  {place}{spec} is taken by "), &takers.join(", "));
        }
    }
}

fn summary(document: &Document, text: &mut Text) {
    let Summary { files, errors, warnings, notes } = &document.summary;
    let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let mut parts = vec![plural(*errors, "error"), plural(*warnings, "warning"), plural(*notes, "note")];
    if !document.left_out.is_empty() {
        let hidden = document.left_out.iter().filter(|left_out| left_out.why == "hidden").count();
        parts.push(format!("{} left out ({hidden} hidden)", document.left_out.len()));
    }
    text.line(format_args!("{}: {}", plural(*files, "file"), parts.join(", ")));
}
