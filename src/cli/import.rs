//! `byok import`: a key that exists outside becomes a key version in the token.

mod planned;

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::codes::{import as codes, reader};
use super::dry_run;
use super::failure::{Failure, Outcome, code_of, finding_line};
use super::input;
use super::key_file::{self, KeyFile, KeyFileArgs};
use super::progress::Spinner;
use super::shell::Shell;
use super::text::Text;
use super::wish::WishArgs;
use super::workspace::Workspace;
use crate::format::escape::{SHORT, printable};
use crate::format::lint::{Finding, Severity};
use crate::format::spki::PublicKey;
use crate::key::exposure::Exposure;
use crate::key::method::WrapMethod;
use crate::key::name::KeyName;
use crate::key::spec::KeySpec;
use crate::key::version::{KeySelector, KeyVersionId};
use crate::manifest::statement::{ImportRecord, KeyVersionPredicate};
use crate::ops::import::{Checked, ImportRequest, KeyInHand, Source, WrappedKey, check, question, run as import};
use crate::ops::object::Wanted;
use crate::ops::profile::ProbePolicy;
use crate::wrap::scrub::scrubbed;

/// The longest wrapped key that is read, in bytes: an RSA-4096 key under RSA-4096 has some 3 KiB, in base64 4.
const MAXIMUM_WRAPPED: usize = 64 * 1024;

const EXAMPLES: &str = "\
Examples:
  byok import web/tls tls-key.pem --owner team-web
  byok import payments/kek kek.bin --type aes-256
  byok import codes/sign old.p12 --passphrase-source file:passphrase
  byok import payments/sent sent.bin --type aes-256 \\
    --unwrapping-key ceremony/kek --method rsa-aes-sha256";

/// Put an existing key into the token
///
/// The key in FILE becomes version 1 of NAME: read here, put into the token, recognised there as the same key, and
/// recorded with origin `imported` and exposure `plaintext`, because this host has seen it. FILE stays as it is: destroy
/// it, and every copy of it, when the key is to live in the token only.
///
/// With --unwrapping-key the key in FILE came wrapped for a pair in the token, which unwraps it: this host does not see it.
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
    /// FILE was wrapped by somebody else for the public half of this key of the registry; the token unwraps it
    #[arg(long, value_name = "NAME[@N]", requires = "method", requires = "spec", conflicts_with_all = ["passphrase_source", "part", "from"])]
    unwrapping_key: Option<KeySelector>,
    /// The public half of the wrapped pair, for tokens that do not show it: PEM or DER
    #[arg(long, value_name = "FILE", requires = "unwrapping_key")]
    public_key: Option<PathBuf>,
    /// How FILE was wrapped: rsa-oaep-sha1, -sha256, -sha512, rsa-aes-sha1, -sha256, ...
    #[arg(long, requires = "unwrapping_key")]
    method: Option<WrapMethod>,
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
    let (spec, source) = source(shell, args)?;
    let request = ImportRequest { wish: args.wish.wish(&args.name, spec)?, source, now: shell.env.now() };
    let Checked { id, is_made, unwrapping } = check(&workspace.registry, &request)?;
    if !is_made {
        workspace.permit(shell, &question(&request, unwrapping.as_ref(), shell.env.now()))?;
    }
    if shell.is_planned(|| planned::action(args, &request, &id, &workspace.registry))? {
        return Ok(());
    }
    if shell.globals.dry_run {
        return dry_run::print(shell, "import", &steps(&request, &id, is_made));
    }
    let chosen = workspace.choose(shell)?;
    let probe = if args.no_probe { ProbePolicy::Never } else { ProbePolicy::WhenNeeded };
    workspace.announce_probe(shell, chosen.keys().identity(), probe);
    let opened = chosen.open(shell)?;
    let spinner = Spinner::start(shell, "putting the key into the token");
    let wanted: Vec<&Wanted> = unwrapping.iter().map(|unwrapping| &unwrapping.wanted).collect();
    let session = workspace.session(&opened, &wanted)?;
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

fn source(shell: &Shell<'_>, args: &Args) -> Outcome<(KeySpec, Source)> {
    if let (Some(unwrapping), Some(method), Some(spec)) = (&args.unwrapping_key, args.method, args.key_file.spec) {
        let blob = wrapped_bytes(input::read(&args.file, MAXIMUM_WRAPPED)?);
        let public = args.public_key.as_deref().map(public_key).transpose()?;
        return Ok((spec, Source::Wrapped(WrappedKey { spec, method, blob, unwrapping: unwrapping.clone(), public })));
    }
    // The seed of an Ed25519 key is moved about on the stack, frame by frame.
    let key = scrubbed(|| key_in_hand(shell, args))?;
    Ok((key.spec, Source::InHand(key)))
}

fn public_key(path: &Path) -> Outcome<PublicKey> {
    let bytes = input::read(path, MAXIMUM_WRAPPED)?;
    PublicKey::from_pem_or_der(&bytes).map_err(|error| {
        let text = format!("{} is no public key", path.display());
        Failure::new(&reader::MALFORMED, text).because(Some(&error)).hint("openssl pkey -in KEY -pubout")
    })
}

/// The bytes themselves, or what base64 text says (RFC 4648 section 4). A wrapped key is never text by chance.
fn wrapped_bytes(bytes: Vec<u8>) -> Vec<u8> {
    let text: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(text).unwrap_or(bytes)
}

/// The key of the file, when nothing is wrong with it.
fn key_in_hand(shell: &Shell<'_>, args: &Args) -> Outcome<KeyInHand> {
    let KeyFile { material, form, beside, findings, name, certificates, unchosen, .. } =
        key_file::load(shell, &args.file, &args.key_file)?;
    shell.detail(&format!("key file       {form}"));
    require_good_form(&args.file, &findings)?;
    let key = KeyInHand::new(material, args.key_file.spec)?;
    for finding in findings.iter().chain(&key.warnings) {
        shell.warn(&finding_line(finding));
    }
    let name = name.map(|name| format!("the name \"{}\"", printable(&name, SHORT)));
    let certificates = Some(certificates.len()).filter(|count| *count > 0).map(super::convert::counted);
    let left: Vec<String> = name.into_iter().chain(certificates).chain(beside).chain(unchosen).collect();
    if !left.is_empty() {
        shell.note(&format!("left out of the token: {}", left.join(", ")));
    }
    Ok(key)
}

/// What one reader passes over, another takes for a part of the key.
fn require_good_form(path: &Path, findings: &[Finding]) -> Outcome {
    let mut errors = findings.iter().filter(|finding| finding.rule.severity == Severity::Error).peekable();
    if errors.peek().is_none() {
        return Ok(());
    }
    let path = path.display();
    let failure = Failure::new(&codes::FILE_FORM, format!("{path} is not in order"))
        .hint(format!("byok convert {path} --to pkcs8 --out NEW   writes a private key anew"));
    Err(errors.fold(failure, |failure, finding| failure.cause(finding_line(finding))))
}

fn steps(request: &ImportRequest, id: &KeyVersionId, is_made: bool) -> Vec<String> {
    if is_made {
        return vec![format!("sign the checkpoint that an interrupted run, which put {id} in, left out")];
    }
    let wish = &request.wish;
    let (entry, exposure) = match &request.source {
        Source::InHand(_) => (format!("put the key in as {id}"), "plaintext"),
        Source::Wrapped(key) => (format!("have {} unwrap the key as {id}", key.unwrapping), "none by this import"),
    };
    vec![
        format!("{entry}, {}, {}", wish.spec, wish.purpose),
        "read it back and compare it".to_owned(),
        format!("sign a manifest: origin imported, exposure {exposure}"),
        "log both and sign a checkpoint".to_owned(),
    ]
}

fn text(key: &KeyVersionPredicate, id: &KeyVersionId, manifest: &Path) -> String {
    let mut text = Text::new();
    text.line(format_args!("{id}   {}, {}   {}", key.key_type, key.purpose, key.state));
    super::show::describe(key, &mut text);
    text.field("exposure", exposure(key));
    text.field("manifest", manifest.display());
    text.finish().to_owned()
}

fn exposure(key: &KeyVersionPredicate) -> &'static str {
    let wrapped = key.origin.import.as_ref().is_some_and(|import| import.wrapped.is_some());
    match key.exposure_ever {
        Exposure::None => "none by this import: this host has not seen the key",
        _ if wrapped => "as of the key that unwrapped it: who has seen that one can have opened this one",
        _ => "plaintext: this host has seen the key",
    }
}

/// How a key got in, in one line.
pub(super) fn route(import: &ImportRecord) -> String {
    let way = match (import.route.as_deref(), &import.mechanism) {
        (Some(route), Some(mechanism)) => format!("{route}, {mechanism}"),
        (Some(route), None) => route.to_owned(),
        (None, _) => "not recorded: the run was interrupted".to_owned(),
    };
    let way = match &import.wrapped {
        Some(wrapped) => format!("{way}, for {}", wrapped.unwrapping_key),
        None => way,
    };
    let proof: Vec<&str> = import.content_proof.iter().map(|by| by.as_str()).collect();
    match (proof.as_slice(), &import.wrapped) {
        ([], None) => format!("{way}; not compared"),
        ([], Some(_)) => format!("{way}; only the sender knows the key"),
        (proof, _) => format!("{way}; recognised by {}", proof.join(", ")),
    }
}
