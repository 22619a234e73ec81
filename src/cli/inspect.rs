//! `byok inspect`: what a file is, without a byte of any secret in it.

mod text;

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::failure::Outcome;
use super::input;
use super::shell::Shell;
use crate::format::reader::{self, Assumption, Source};
use crate::key::spec::KeySpec;
use crate::ops::inspect::inspect;

const EXAMPLES: &str = "\
Examples:
  byok inspect key.pem
  byok inspect key.hex --from hex
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
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let bytes = Zeroizing::new(input::read(&args.file, reader::MAXIMUM)?);
    let found = reader::read(&bytes, &Assumption { from: args.from, spec: args.spec })?;
    let report = inspect(&bytes, &found.readings, None, shell.env.now());
    // Nothing is opened, so that nothing can fail to open.
    let Ok(report) = report else { return Ok(()) };
    shell.data(&text::render(&args.file.display().to_string(), &report), &report)?;
    if report.readings.len() > 1 {
        shell.note("the bytes do not say which of these it is; --from or --type does");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
