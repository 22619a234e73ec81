//! `byok inspect`: what a file is, without a byte of any secret in it.

mod text;

use std::cell::RefCell;
use std::path::PathBuf;

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::failure::Outcome;
use super::input;
use super::passphrase::PassphraseSource;
use super::shell::Shell;
use crate::format::locked::{Budget, Kind, Locked};
use crate::format::reader::{self, Assumption, Content, Recognition, Source};
use crate::key::spec::KeySpec;
use crate::ops::inspect::inspect;

const EXAMPLES: &str = "\
Examples:
  byok inspect key.pem
  byok inspect key.hex --from hex
  byok inspect keys.p12 --passphrase-source env:PASSPHRASE
  openssl rand 32 | byok inspect - --json";

/// Say what a file is
///
/// Form and layers, algorithm, size, the fingerprint of the public key, how it is encrypted, the dates of
/// certificates; of a wrapped key what it can be by its length. It prints no secret byte and no hash of one.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The file; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What the file is, when its bytes leave a doubt: raw, hex, base64, pem, der, jwk, pkcs12 or wrapped
    #[arg(long, value_name = "FORM")]
    from: Option<Source>,
    /// The type of the key, when the file does not say: aes-256, hmac-sha256, ec-p256 and so on
    #[arg(long = "type", value_name = "TYPE")]
    spec: Option<KeySpec>,
    /// Look inside an encrypted file, with the passphrase from here: `env:NAME`, `file:PATH`, `fd:N` or `prompt`
    #[arg(long, value_name = "SOURCE")]
    passphrase_source: Option<PassphraseSource>,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let bytes = Zeroizing::new(input::read(&args.file, reader::MAXIMUM)?);
    let found = reader::read(&bytes, &Assumption { from: args.from, spec: args.spec })?;
    let passphrase = passphrase(shell, args, &found)?;
    let budget = RefCell::new(Budget::new());
    let open = |locked: &Locked| match &passphrase {
        Some(known) => locked.open(known, &mut budget.borrow_mut()),
        None => Ok(Vec::new()),
    };
    let report = inspect(&bytes, &found.readings, Some(&open), shell.env.now())?;
    shell.data(&text::render(&args.file.display().to_string(), &report), &report)?;
    if report.readings.len() > 1 {
        shell.note("the bytes do not say which of these it is; --from or --type does");
    }
    Ok(())
}

/// The passphrase, when something is locked and a source for it is named. Nobody is asked for one that is not needed.
fn passphrase(shell: &Shell<'_>, args: &Args, found: &Recognition) -> Outcome<Option<SecretString>> {
    let mut parts = found.readings.iter().flat_map(|reading| &reading.parts);
    let locked = parts.find_map(|part| if let Content::Locked(locked) = &part.content { Some(locked) } else { None });
    let (Some(locked), Some(source)) = (locked, &args.passphrase_source) else { return Ok(None) };
    locked.affordable()?;
    if locked.is_open() {
        return Ok(Some(SecretString::from("")));
    }
    let question = format!("Passphrase of {}", args.file.display());
    Ok(Some(match locked.kind {
        Kind::Pkcs12 => source.read_or_empty(shell.env, &question)?,
        Kind::EncryptedPkcs8 | Kind::LegacyPem => source.read(shell.env, &question)?,
    }))
}

#[cfg(test)]
mod tests;
