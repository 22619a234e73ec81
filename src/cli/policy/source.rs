//! Which policy is meant: the file that is named, else the adopted one, else the one that byok.yaml names.

use std::path::Path;

use crate::cli::codes::{policy_file, usage};
use crate::cli::config::Settings;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::input;
use crate::cli::shell::Shell;
use crate::manifest::digest::sha256_hex;
use crate::ops::access::Registry;
use crate::ops::govern::adopted_policy;
use crate::policy::{MAX_BYTES, Policy, PolicyError};

/// The most mistakes that an error repeats; `policy check` shows all of them.
const MAX_REPEATED: usize = 3;

/// A policy that was read.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) policy: Policy,
    /// The file's name, or that it is the adopted one.
    pub(super) name: String,
    /// SHA-256 of its bytes.
    pub(super) sha256: String,
}

/// The bytes of a policy file.
pub(super) fn read(path: &Path) -> Outcome<Vec<u8>> {
    Ok(input::read(path, MAX_BYTES)?)
}

/// The policy that is meant.
pub(super) fn find(shell: &Shell<'_>, named: Option<&Path>) -> Outcome<Found> {
    if let Some(path) = named {
        return parsed(path.display().to_string(), &read(path)?);
    }
    let settings = Settings::load(shell.env, shell.globals)?;
    if let Some(registry) = &settings.registry
        && let Some(bytes) = adopted_policy(&Registry::open(registry)?)?
    {
        return parsed("the adopted policy".to_owned(), &bytes);
    }
    match &settings.policy {
        Some(path) => parsed(path.display().to_string(), &read(path)?),
        None => Err(Failure::new(&usage::NO_POLICY, "no policy is named")
            .cause("no --policy, none adopted in a registry, none in a byok.yaml")
            .hint("--policy FILE")),
    }
}

fn parsed(name: String, bytes: &[u8]) -> Outcome<Found> {
    match Policy::parse(bytes) {
        Ok(policy) => Ok(Found { policy, name, sha256: sha256_hex(bytes) }),
        Err(error) => Err(mistaken(&name, &error)),
    }
}

/// The same with the first mistakes, where it is not the command's matter to show all of them.
pub(super) fn mistaken(name: &str, error: &PolicyError) -> Failure {
    let failure = refused(name, error).hint(format!("byok policy check {name}"));
    error.problems().iter().take(MAX_REPEATED).map(ToString::to_string).fold(failure, Failure::cause)
}

/// What is said of a policy with mistakes.
pub(super) fn refused(name: &str, error: &PolicyError) -> Failure {
    let count = error.problems().len();
    let what = match count {
        1 => format!("{name} has 1 mistake"),
        _ if error.has_more() => format!("{name} has more than {count} mistakes"),
        _ => format!("{name} has {count} mistakes"),
    };
    Failure::new(&policy_file::REFUSED, what)
}
