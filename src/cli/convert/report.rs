//! What went in, what came out, and what to mind.

use std::path::PathBuf;

use serde::Serialize;

use super::Args;
use super::plan::{Plan, counted};
use crate::cli::failure::Outcome;
use crate::cli::key_file::KeyFile;
use crate::cli::shell::Shell;
use crate::cli::text::Text;
use crate::format::escape::{SHORT, printable};
use crate::format::material::Material;
use crate::format::pkcs8::public_half;
use crate::format::spki::PublicKey;
use crate::format::write::{Encoding, Structure};

/// Everything that is said, and nothing of the key.
#[derive(Debug)]
pub(super) struct Report {
    text: String,
    document: Document,
}

#[derive(Debug, Serialize)]
struct Document {
    schema: &'static str,
    input: Input,
    output: Output,
    /// Nothing for a symmetric key: no digest of a key leaves byok.
    #[serde(rename = "publicKeySha256", skip_serializing_if = "Option::is_none")]
    public_key_sha256: Option<String>,
    kept: Kept,
    dropped: Vec<String>,
    findings: Vec<Found>,
}

#[derive(Debug, Serialize)]
struct Input {
    path: PathBuf,
    form: String,
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    encrypted: Option<Encrypted>,
}

#[derive(Debug, Serialize)]
struct Encrypted {
    container: String,
    authenticated: bool,
}

#[derive(Debug, Serialize)]
struct Output {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<PathBuf>,
    structure: &'static str,
    encoding: &'static str,
    encrypted: bool,
    size: usize,
}

#[derive(Debug, Serialize)]
struct Kept {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    certificates: usize,
}

#[derive(Debug, Serialize)]
struct Found {
    code: String,
    severity: &'static str,
    place: String,
    detail: String,
}

impl Report {
    pub(super) fn of(args: &Args, plan: &Plan, key: &KeyFile, size: usize) -> Self {
        let document = document(args, plan, key, size);
        let mut text = Text::new();
        text.line(format_args!("{}   {}", args.input.display(), what(key)));
        let encrypted = if plan.encrypted { ", encrypted" } else { "" };
        text.field("written", format_args!("{}: {}{encrypted}", destination(args), plan.form()));
        if let Some(sha256) = &document.public_key_sha256 {
            text.field("public key", format_args!("sha256 {sha256}"));
        }
        let name = document.kept.name.as_ref().map(|name| format!("the name \"{}\"", printable(name, SHORT)));
        let certificates = Some(document.kept.certificates).filter(|count| *count > 0).map(counted);
        let kept: Vec<String> = name.into_iter().chain(certificates).collect();
        if !kept.is_empty() {
            text.field("kept", kept.join(", "));
        }
        if !plan.dropped.is_empty() {
            text.field("left out", plan.dropped.join(", "));
        }
        if let Some(mind) = mind(args, plan, key) {
            text.field("mind", mind);
        }
        Self { text: text.into_string(), document }
    }

    /// Beside the key on standard output there is no place for a report.
    pub(super) fn print(&self, shell: &Shell<'_>, args: &Args) -> Outcome {
        if args.stdout {
            shell.note(&self.text);
            return Ok(());
        }
        shell.data(&self.text, &self.document)
    }
}

fn document(args: &Args, plan: &Plan, key: &KeyFile, size: usize) -> Document {
    let encrypted = key
        .unlocked
        .as_ref()
        .map(|unlocked| Encrypted { container: unlocked.kind.to_string(), authenticated: unlocked.authenticated });
    let found = key.findings.iter().map(|finding| Found {
        code: finding.rule.to_string(),
        severity: finding.rule.severity.as_str(),
        place: finding.place.clone(),
        detail: finding.detail.clone(),
    });
    Document {
        schema: "byok.convert/v1",
        input: Input {
            path: args.input.clone(),
            form: key.form.to_string(),
            key: description(&key.material),
            encrypted,
        },
        output: Output {
            path: args.out.clone(),
            structure: plan.structure.as_str(),
            encoding: match (plan.structure, plan.encoding) {
                (Structure::Jwk, _) => "json",
                (Structure::Raw, Encoding::Der) => "none",
                (_, encoding) => encoding.as_str(),
            },
            encrypted: plan.encrypted,
            size,
        },
        public_key_sha256: public(&key.material).map(|key| key.sha256_hex()),
        kept: Kept {
            name: key.name.clone().filter(|_| plan.kept.name),
            certificates: if plan.kept.certificates { key.certificates.len() } else { 0 },
        },
        dropped: plan.dropped.clone(),
        findings: found.collect(),
    }
}

/// Where the key goes, as it was typed.
pub(super) fn destination(args: &Args) -> String {
    args.out.as_ref().map_or_else(|| "standard output".to_owned(), |path| path.display().to_string())
}

/// `PKCS#8 private key, RSA-3072`.
pub(super) fn what(key: &KeyFile) -> String {
    format!("{}, {}", key.form, description(&key.material))
}

fn description(material: &Material) -> String {
    match material {
        Material::Private(key) => key.description(),
        Material::Public(key) => key.description(),
        Material::Secret(key) => match key.stated {
            Some(spec) => spec.to_string(),
            None => format!("{} bytes", key.value.len()),
        },
    }
}

fn public(material: &Material) -> Option<PublicKey> {
    match material {
        Material::Private(key) => public_half(key).ok(),
        Material::Public(key) => Some(key.clone()),
        Material::Secret(_) => None,
    }
}

/// Where the key lies without a passphrase now.
fn mind(args: &Args, plan: &Plan, key: &KeyFile) -> Option<String> {
    let (before, after) = (key.unlocked.is_some(), plan.encrypted);
    match (plan.secret, before, after, &args.out) {
        (true, false, true, _) => Some(format!("{} still holds the key without a passphrase", args.input.display())),
        (true, true, false, Some(out)) => {
            Some(format!("whoever can read {} has the key; it had a passphrase before", out.display()))
        }
        _ => None,
    }
}
