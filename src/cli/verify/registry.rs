//! A registry's folder, read for verification: as an auditor got it, so nothing is asked of its owner and mode.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::item::{MAX_ENTRIES, is_hidden};
use super::{Against, log, successions};
use crate::approval::plan::MAX_PLAN;
use crate::approval::sshsig::MAX_SIGNATURE;
use crate::cli::failure::Outcome;
use crate::cli::input::{self, InputError};
use crate::manifest::dsse::MAX_ENVELOPE;
use crate::manifest::json;
use crate::ops::access::{Layout, MAX_POLICY_FILE, PolicyFile};
use crate::ops::verify::failure::{Failure, FailureKind};
use crate::ops::verify::history::KeyFolder;
use crate::ops::verify::log::LogInput;
use crate::ops::verify::papers::{Paper, Papers};
use crate::ops::verify::registry::verify_registry;
use crate::ops::verify::report::{ItemKind, ItemReport};

/// The part of registry.json that evidence rests on.
#[derive(Deserialize)]
struct About {
    origin: String,
}

/// Verifies a registry: every key version, the log, and each against the other.
pub(super) fn check(path: &Path, against: &Against<'_>) -> Outcome<Vec<ItemReport>> {
    let shown = path.display().to_string();
    let about = path.join("registry.json");
    let origin = match origin(&about)? {
        Ok(origin) => origin,
        Err(failure) => return Ok(vec![failed(about.display().to_string(), failure)]),
    };
    let mut files = log::open(&path.join("audit"))?;
    let mut folders = Vec::new();
    key_folders(&path.join("keys"), "", &mut folders)?;
    let input = LogInput {
        origin: Some(&origin),
        lines: files.lines.by_ref(),
        checkpoints: files.checkpoints.by_ref(),
        latest: files.latest.as_deref(),
        since: against.since,
    };
    let read = |(name, folder): &(String, PathBuf)| read_key(name.clone(), folder);
    let layout = Layout::new(path);
    let paper = |paper: Paper<'_>| read_paper(&layout, paper);
    let (trust, held, successions) = successions::follow(path, &origin, against.trust)?;
    let mut reports = verify_registry(&shown, &folders, read, input, &Papers::new(&paper), (&trust, &held));
    if let Some(report) = reports.last_mut() {
        log::note_torn(report, &files);
    }
    Ok(successions.into_iter().chain(reports).collect())
}

/// The caller has checked that hashes are hashes and names of people are no paths.
fn read_paper(layout: &Layout, paper: Paper<'_>) -> Result<Option<Vec<u8>>, String> {
    let (path, cap) = match paper {
        Paper::Policy(sha256) => (layout.policy_file(PolicyFile::Policy, sha256), MAX_POLICY_FILE),
        Paper::AllowedSigners(sha256) => (layout.policy_file(PolicyFile::AllowedSigners, sha256), MAX_POLICY_FILE),
        Paper::Plan(sha256) => (layout.plan(sha256), MAX_PLAN),
        Paper::Approval { plan, person } => (layout.approval(plan, person), MAX_SIGNATURE),
    };
    if !input::exists(&path) {
        return Ok(None);
    }
    input::read(&path, cap).map(Some).map_err(|error| error.to_string())
}

fn origin(path: &Path) -> Outcome<Result<String, Failure>> {
    if !input::exists(path) {
        let detail = "registry.json is not there".to_owned();
        return Ok(Err(Failure { kind: FailureKind::FileMissing, detail }));
    }
    let bytes = input::read(path, MAX_ENVELOPE)?;
    let about: Result<About, _> = json::from_slice(&bytes);
    Ok(about
        .map(|about| about.origin)
        .map_err(|error| Failure { kind: FailureKind::Malformed, detail: error.to_string() }))
}

fn failed(path: String, failure: Failure) -> ItemReport {
    ItemReport {
        path,
        kind: ItemKind::Log,
        ok: false,
        subject: None,
        signers: Vec::new(),
        checked: Vec::new(),
        not_provable: Vec::new(),
        notes: Vec::new(),
        log: None,
        failure: Some(failure),
    }
}

/// The folders `NAME@N` below keys/, with their names. Names are bounded, so the depth is.
fn key_folders(folder: &Path, prefix: &str, found: &mut Vec<(String, PathBuf)>) -> Outcome {
    let entries = if input::exists(folder) { input::list(folder, MAX_ENTRIES)? } else { Vec::new() };
    for entry in entries.into_iter().filter(|entry| !is_hidden(entry)) {
        let name = format!("{prefix}{}", entry.file_name().unwrap_or_default().to_string_lossy());
        if name.contains('@') || name.len() > crate::key::name::MAX_LENGTH || !input::is_folder(&entry)? {
            // Whatever is no key version's folder does not verify under this name.
            found.push((name, entry));
        } else {
            key_folders(&entry, &format!("{name}/"), found)?;
        }
    }
    Ok(())
}

fn read_key(name: String, folder: &Path) -> Result<KeyFolder, InputError> {
    let mut manifests = Vec::new();
    for path in input::list(folder, MAX_ENTRIES)?.into_iter().filter(|path| !is_hidden(path)) {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        manifests.push((file, input::read(&path, MAX_ENVELOPE)?));
    }
    Ok(KeyFolder { name, manifests })
}
