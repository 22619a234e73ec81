//! Plans and approvals as files that people name.

use std::path::{Path, PathBuf};

use crate::approval::plan::{MAX_PLAN, Plan};
use crate::cli::failure::Outcome;
use crate::cli::failure::plan::no_plan;
use crate::cli::input;
use crate::ops::access::{APPROVAL_SUFFIX, MAX_APPROVAL, Registry};

/// A plan that was read.
#[derive(Debug)]
pub(in crate::cli) struct Read {
    /// What it says.
    pub plan: Plan,
    /// Its exact bytes.
    pub bytes: Vec<u8>,
    /// Their SHA-256.
    pub sha256: String,
}

/// Reads a plan; `-` is standard input.
pub(in crate::cli) fn read(path: &Path) -> Outcome<Read> {
    let bytes = input::read(path, MAX_PLAN)?;
    let plan = Plan::parse(&bytes).map_err(|error| no_plan(&path.display().to_string(), &error))?;
    let sha256 = Plan::sha256(&bytes);
    Ok(Read { plan, bytes, sha256 })
}

/// The approvals of a plan: those in the registry, then those that were named, each by the person whose it is said to be.
pub(in crate::cli) fn approvals(
    registry: &Registry,
    sha256: &str,
    named: &[PathBuf],
) -> Outcome<Vec<(String, Vec<u8>)>> {
    let mut found = registry.approvals_of(sha256)?;
    for path in named {
        let bytes = input::read(path, MAX_APPROVAL)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let person = name.strip_suffix(APPROVAL_SUFFIX).unwrap_or(&name).to_owned();
        if !found.contains(&(person.clone(), bytes.clone())) {
            found.push((person, bytes));
        }
    }
    Ok(found)
}
