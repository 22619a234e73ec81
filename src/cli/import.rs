//! `byok import`: a key that exists outside becomes a key version in the token.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::dry_run;
use super::failure::{Outcome, code_of, finding_line};
use super::key_file::{self, KeyFile, KeyFileArgs};
use super::progress::Spinner;
use super::shell::Shell;
use super::text::Text;
use super::wish::WishArgs;
use super::workspace::Workspace;
use crate::format::escape::{SHORT, printable};
use crate::key::exposure::Exposure;
use crate::key::name::KeyName;
use crate::key::version::KeyVersionId;
use crate::manifest::statement::{ImportRecord, KeyVersionPredicate};
use crate::ops::import::{Checked, ImportRequest, KeyInHand, check, run as import};
use crate::ops::profile::ProbePolicy;

const EXAMPLES: &str = "\
Examples:
  byok import web/tls tls-key.pem --owner team-web
  byok import payments/kek kek.bin --type aes-256
  byok import codes/sign old.p12 --passphrase-source file:passphrase";

/// Put an existing key into the token
///
/// The key in FILE becomes version 1 of NAME: read here, put into the token, recognised there as the same key, and
/// recorded with origin `imported` and exposure `plaintext`, because this host has seen it. FILE stays as it is: destroy
/// it, and every copy of it, when the key is to live in the token only.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The key's name: a-z 0-9 . _ - in parts joined by /
    #[arg(value_name = "NAME")]
    name: KeyName,
    /// The key file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    wish: WishArgs,
    #[command(flatten)]
    key_file: KeyFileArgs,
    /// Refuse instead of probing the token when its profile is stale or missing
    #[arg(long)]
    no_probe: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    id: String,
    key: &'a KeyVersionPredicate,
    manifest: PathBuf,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let workspace = Workspace::open(shell)?;
    let key = key_in_hand(shell, args)?;
    let request = ImportRequest { wish: args.wish.wish(&args.name, key.spec)?, key };
    let Checked { id, is_made } = check(&workspace.registry, &request)?;
    if shell.globals.dry_run {
        return dry_run::print(shell, "import", &steps(&request, &id, is_made));
    }
    let chosen = workspace.choose(shell)?;
    let probe = if args.no_probe { ProbePolicy::Never } else { ProbePolicy::WhenNeeded };
    workspace.announce_probe(shell, chosen.keys().identity(), probe);
    let opened = chosen.open(shell)?;
    let spinner = Spinner::start(shell, "putting the key into the token");
    let session = workspace.session(&opened, &[])?;
    let statement = import(&workspace.place(shell, probe), &session, request, &code_of)?;
    drop(spinner);
    if is_made {
        shell.note(&format!("key.import {id}   put in by an interrupted run, finished"));
    }
    let key = &statement.predicate;
    let manifest = workspace.registry.layout().manifest(&id, key.revision);
    let text = text(key, &id, &manifest);
    shell.data(&text, &Document { schema: "byok.import/v1", id: id.to_string(), key, manifest })?;
    shell.next(&format!("byok wrap-for-import {} --provider PROVIDER --wrapping-key FILE --out DIR", id.key));
    Ok(())
}

/// The key of the file, when nothing is wrong with it.
fn key_in_hand(shell: &Shell<'_>, args: &Args) -> Outcome<KeyInHand> {
    let KeyFile { material, form, beside, findings, name, certificates, .. } =
        key_file::load(shell, &args.file, &args.key_file)?;
    shell.detail(&format!("key file       {form}"));
    let key = KeyInHand::new(material, args.key_file.spec)?;
    for finding in findings.iter().chain(&key.warnings) {
        shell.warn(&finding_line(finding));
    }
    let name = name.map(|name| format!("the name \"{}\"", printable(&name, SHORT)));
    let certificates = Some(certificates.len()).filter(|count| *count > 0).map(super::convert::counted);
    let left: Vec<String> = name.into_iter().chain(certificates).chain(beside).collect();
    if !left.is_empty() {
        shell.note(&format!("left out of the token: {}", left.join(", ")));
    }
    Ok(key)
}

fn steps(request: &ImportRequest, id: &KeyVersionId, is_made: bool) -> Vec<String> {
    if is_made {
        return vec![format!("sign the checkpoint that an interrupted run, which put {id} in, left out")];
    }
    let wish = &request.wish;
    vec![
        format!("put the key in as {id}, {}, {}", wish.spec, wish.purpose),
        "read it back and compare it".to_owned(),
        "sign a manifest: origin imported, exposure plaintext".to_owned(),
        "log both and sign a checkpoint".to_owned(),
    ]
}

fn text(key: &KeyVersionPredicate, id: &KeyVersionId, manifest: &Path) -> String {
    let mut text = Text::new();
    text.line(format_args!("{id}   {}, {}   {}", key.key_type, key.purpose, key.state));
    super::show::describe(key, &mut text);
    text.field("exposure", exposure(key.exposure_ever));
    text.field("manifest", manifest.display());
    text.finish().to_owned()
}

fn exposure(exposure: Exposure) -> &'static str {
    match exposure {
        Exposure::Plaintext => "plaintext: this host has seen the key",
        Exposure::EphemeralKek => "ephemeral-kek: this host knew the key that it came under",
        Exposure::None => "none by this import: this host has not seen the key",
    }
}

/// How a key got in, in one line.
pub(super) fn route(import: &ImportRecord) -> String {
    let way = match (import.route.as_deref(), &import.mechanism) {
        (Some(route), Some(mechanism)) => format!("{route}, {mechanism}"),
        (Some(route), None) => route.to_owned(),
        (None, _) => "not recorded: the run was interrupted".to_owned(),
    };
    let proof: Vec<&str> = import.content_proof.iter().map(|by| by.as_str()).collect();
    if proof.is_empty() { format!("{way}; not compared") } else { format!("{way}; recognised by {}", proof.join(", ")) }
}
