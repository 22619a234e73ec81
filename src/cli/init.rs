//! `byok init`: registry, signing key, signer.pem and byok.yaml.

mod create_token;
mod place;

use std::path::Path;

use serde::Serialize;

use self::place::Place;
use super::codes::usage;
use super::dry_run;
use super::failure::{Failure, Outcome};
use super::output::{self, write_new};
use super::pin::PinSource;
use super::progress::Spinner;
use super::session::{self, Opened};
use super::shell::Shell;
use super::text::Text;
use super::workspace::{actor, wait};
use crate::key::spec::{Curve, KeySpec};
use crate::ops::access::{Module, ModuleHashCache, NewToken, Registry, TokenIdentity};
use crate::ops::init::{InitRequest, Initialised, check, run as initialise};
use crate::ops::session::Tokens;

const EXAMPLES: &str = "\
Examples:
  byok init --module /usr/lib/softhsm/libsofthsm2.so --token demo \\
    --pin-source file:pin
  byok init --module /usr/lib/softhsm/libsofthsm2.so --token new \\
    --create-token --so-pin-source prompt";

/// Set up a registry and its signing key
///
/// Makes the registry, a signing key in the token that cannot leave it, signer.pem with its public half, and
/// byok.yaml; probes the token. Hand signer.pem and the fingerprint to whoever verifies, by another channel than the
/// evidence. A run that was interrupted is finished by running init again.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The signing key's type: ec-p256, ec-p384, ed25519 or rsa-3072
    #[arg(long, value_name = "TYPE", default_value_t = KeySpec::Ec(Curve::P256))]
    signer_type: KeySpec,
    /// Make a new token with the label of --token first; asks, because an unreadable store looks like an empty one
    #[arg(long, requires = "so_pin_source")]
    create_token: bool,
    /// The slot for the new token [default: the only uninitialised one]
    #[arg(long, value_name = "N", requires = "create_token")]
    slot: Option<u64>,
    /// Where the new security officer's PIN comes from
    #[arg(long, value_name = "SOURCE", requires = "create_token")]
    so_pin_source: Option<PinSource>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema: &'static str,
    registry: &'a Path,
    config: &'a Path,
    signer_pem: &'a Path,
    signer: Signer<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a TokenIdentity>,
    adopted: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Signer<'a> {
    label: &'a str,
    #[serde(rename = "type")]
    key_type: &'a str,
    spki_sha256: &'a str,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let place = Place::find(shell)?;
    if place.is_half_done() {
        return finish(shell, &place);
    }
    place.refuse_existing()?;
    let request = InitRequest {
        registry: &output::new_path(&place.registry)?,
        signer: args.signer_type,
        wait: wait(shell),
        clock: &shell.env.now,
        actor: actor(shell.env),
    };
    check(&request)?;
    if shell.globals.dry_run {
        return dry_run::print(shell, "init", &steps(&place, args));
    }
    let opened = open(shell, &place, args)?;
    let spinner = Spinner::start(shell, "making the signing key and probing the token");
    let done = initialise(&request, Tokens { keys: &opened.keys, signer: opened.signer() })?;
    drop(spinner);
    place.write_files(&done.key.to_pem(), &done.signer.key_label)?;
    report(shell, &place, &done)
}

fn open(shell: &Shell<'_>, place: &Place, args: &Args) -> Outcome<Opened> {
    let mut hashes = ModuleHashCache::default();
    match &args.so_pin_source {
        Some(source) if args.create_token => create_token::run(shell, place, args.slot, source, &mut hashes),
        _ => session::choose(shell, &place.settings, &mut hashes, Module::load)?.open(shell),
    }
}

fn steps(place: &Place, args: &Args) -> Vec<String> {
    let made = NewToken::read(&place.registry).is_some();
    let create = if made { "take the token that an interrupted run made" } else { "make a new token" };
    let create = args.create_token.then(|| create.to_owned());
    let rest = [
        format!("make a signing key of type {} in the token, not extractable", args.signer_type),
        "probe the token with throw-away keys".to_owned(),
        format!("make the registry {}", place.registry.display()),
        format!("write {}", place.signer_pem.display()),
    ];
    let config = (!place.keeps_config).then(|| format!("write {}", place.config.display()));
    create.into_iter().chain(rest).chain(config).collect()
}

/// An earlier run was cut short after the registry was in its place: what is missing beside it is written.
fn finish(shell: &Shell<'_>, place: &Place) -> Outcome {
    let registry = Registry::open(&place.registry)?;
    let (signer, key) = (registry.signer_place()?, registry.signer_key()?);
    if shell.globals.dry_run {
        return dry_run::print(shell, "init", &["write what an interrupted run left out".to_owned()]);
    }
    place.write_files(&key.to_pem(), &signer.key_label)?;
    let sha256 = key.sha256_hex();
    let signer = Signer { label: &signer.key_label, key_type: &signer.key_type, spki_sha256: &sha256 };
    print(shell, place, signer, None, true)
}

fn report(shell: &Shell<'_>, place: &Place, done: &Initialised) -> Outcome {
    let place_of_signer = &done.signer;
    let signer = Signer {
        label: &place_of_signer.key_label,
        key_type: &place_of_signer.key_type,
        spki_sha256: &place_of_signer.spki_sha256,
    };
    print(shell, place, signer, Some(&done.profile.profile.token), done.adopted)?;
    super::probe::warn(shell, &done.profile.profile.capabilities);
    shell.next("byok generate NAME --type aes-256");
    Ok(())
}

fn print(
    shell: &Shell<'_>,
    place: &Place,
    signer: Signer<'_>,
    token: Option<&TokenIdentity>,
    adopted: bool,
) -> Outcome {
    let mut text = Text::new();
    text.line(format_args!("registry   {}", place.registry.display()));
    if let Some(token) = token {
        text.field(
            "token",
            format_args!("{}  ({} {}, serial {})", token.label, token.manufacturer, token.model, token.serial),
        );
    }
    text.field("signer", format_args!("{}, {}, cannot leave the token", signer.label, signer.key_type));
    text.field("fingerprint", format_args!("sha256 {}", signer.spki_sha256));
    text.field("signer.pem", place.signer_pem.display());
    text.field("config", place.config.display());
    if adopted {
        text.field("finished", "an earlier run that was interrupted");
    }
    let document = Document {
        schema: "byok.init/v1",
        registry: &place.registry,
        config: &place.config,
        signer_pem: &place.signer_pem,
        signer,
        token,
        adopted,
    };
    shell.data(text.finish(), &document)?;
    shell.note("hand signer.pem and its fingerprint to whoever verifies, by another channel than the evidence");
    Ok(())
}

/// Writes a file that may be there already with the same content.
fn write_once(path: &Path, bytes: &[u8]) -> Outcome {
    match super::input::read(path, bytes.len()) {
        Ok(found) if found == bytes => Ok(()),
        Ok(_) => Err(other_content(path)),
        Err(_) if super::input::exists(path) => Err(other_content(path)),
        Err(_) => write_new(path, bytes),
    }
}

fn other_content(path: &Path) -> Failure {
    Failure::new(&usage::OUTPUT_EXISTS, format!("{} exists already, with other content", path.display()))
        .hint("move it away, then repeat the command")
}
