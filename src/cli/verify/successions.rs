//! Statements of a registry that put a new evidence signer in the place of a lost one, with all that they rest on.

use std::path::Path;

use super::item::is_hidden;
use crate::approval::count::Signature;
use crate::approval::replacement::MAX_BYTES;
use crate::approval::sshsig::MAX_SIGNATURE;
use crate::cli::failure::Outcome;
use crate::cli::input::{self, InputError, lines::Lines};
use crate::manifest::digest::sha256_hex;
use crate::manifest::trust::Trust;
use crate::ops::verify::failure::Failure;
use crate::ops::verify::report::ItemReport;
use crate::ops::verify::succession::{self, Held, Paper, Sources};
use crate::policy;

/// The most statements, and the most signatures of each, that are read.
const MAX_FILES: usize = 64;
/// The longest line of checkpoints.jsonl that can matter here.
const MAX_CHECKPOINT: usize = 64 << 10;

/// The trust with every succession that holds, those successions, and a report for each statement.
pub(super) fn follow(registry: &Path, origin: &str, trust: &Trust) -> Outcome<(Trust, Vec<Held>, Vec<ItemReport>)> {
    let folder = registry.join("trust/replacements");
    if !input::exists(&folder) {
        return Ok((trust.clone(), Vec::new(), Vec::new()));
    }
    let mut papers = Vec::new();
    for path in input::list(&folder, MAX_FILES)?.into_iter().filter(|path| !is_hidden(path)) {
        papers.push(paper(registry, &path)?);
    }
    let checkpoints = || {
        let lines = Lines::whole_only(vec![registry.join("audit/checkpoints.jsonl")], MAX_CHECKPOINT);
        lines.collect::<Result<Vec<Vec<u8>>, InputError>>().map_err(|error| Failure::read(&error))
    };
    let adopted = |name: &str| {
        let path = registry.join("policy").join(name);
        input::read(&path, policy::MAX_BYTES).map_err(|error| Failure::read(&error))
    };
    let sources = Sources { origin, checkpoints: &checkpoints, adopted: &adopted };
    Ok(succession::follow(papers, &sources, trust))
}

fn paper(registry: &Path, path: &Path) -> Outcome<Paper> {
    let bytes = input::read(path, MAX_BYTES)?;
    let folder = registry.join("approvals").join(sha256_hex(&bytes));
    let mut signatures = Vec::new();
    let files = if input::exists(&folder) { input::list(&folder, MAX_FILES)? } else { Vec::new() };
    for file in files.into_iter().filter(|file| !is_hidden(file)) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(person) = name.strip_suffix(".sshsig") {
            signatures.push(Signature { name: person.to_owned(), bytes: input::read(&file, MAX_SIGNATURE)? });
        }
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Paper { path: path.display().to_string(), name, bytes, signatures })
}
