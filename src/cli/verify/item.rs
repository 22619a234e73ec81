//! What a path holds, by what lies in it.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Against, bundle, log, registry};
use crate::audit::export::jsonl;
use crate::audit::record::MAX_LINE;
use crate::cli::codes::input as codes;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::input::lines::Lines;
use crate::cli::input::{self};
use crate::manifest::check::UNLISTED_FILES;
use crate::manifest::dsse::MAX_ENVELOPE;
use crate::ops::verify::export::{Anchor, verify_export};
use crate::ops::verify::manifest::verify_manifest;
use crate::ops::verify::parallel;
use crate::ops::verify::report::ItemReport;

/// The most entries that a folder is listed with.
pub(super) const MAX_ENTRIES: usize = 1_000_000;
/// What an export adds to a line: number and hash.
const EXPORT_LINE: usize = MAX_LINE + 256;

/// A path and what it holds.
#[derive(Debug)]
pub(super) struct Item {
    path: PathBuf,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Bundle,
    Export,
    Log,
    Manifest,
    Manifests,
    Registry,
}

impl Item {
    /// Looks at a path; one that holds no evidence is refused.
    pub(super) fn find(path: &Path) -> Outcome<Self> {
        let kind = if input::is_folder(path)? { folder(path)? } else { file(path)? };
        Ok(Self { path: path.to_owned(), kind })
    }

    /// An exported log.
    pub(super) fn is_export(&self) -> bool {
        self.kind == Kind::Export
    }

    /// The folder with the log's files, when the item has one.
    pub(super) fn audit_folder(&self) -> Option<PathBuf> {
        match self.kind {
            Kind::Registry => Some(self.path.join("audit")),
            Kind::Log => Some(self.path.clone()),
            Kind::Bundle | Kind::Export | Kind::Manifest | Kind::Manifests => None,
        }
    }

    /// Verifies everything but an export.
    pub(super) fn check(&self, against: &Against<'_>, now: Timestamp) -> Outcome<Vec<ItemReport>> {
        match self.kind {
            Kind::Bundle => Ok(vec![bundle::check(&self.path, against, now)?]),
            Kind::Log => Ok(vec![log::check(&self.path, against)?]),
            Kind::Registry => registry::check(&self.path, against),
            Kind::Manifest => Ok(vec![manifest(&self.path, against)?]),
            Kind::Manifests => {
                let paths = input::list(&self.path, MAX_ENTRIES)?;
                let paths: Vec<_> = paths.into_iter().filter(|path| !is_hidden(path)).collect();
                parallel::map(&paths, |path| manifest(path, against)).into_iter().collect()
            }
            Kind::Export => Ok(Vec::new()),
        }
    }

    /// Verifies an export against a log that has verified, or a kept checkpoint.
    pub(super) fn check_export(&self, audit: Option<&Path>, against: &Against<'_>) -> Outcome<ItemReport> {
        let log = audit.map(|folder| Ok::<_, Failure>(Lines::whole_only(log::files(folder)?, MAX_LINE))).transpose()?;
        let exported = Lines::new(vec![self.path.clone()], EXPORT_LINE);
        Ok(verify_export(&self.path.display().to_string(), exported, Anchor { log, since: against.since }))
    }
}

fn manifest(path: &Path, against: &Against<'_>) -> Outcome<ItemReport> {
    let bytes = input::read(path, MAX_ENVELOPE)?;
    Ok(verify_manifest(&path.display().to_string(), &bytes, against.trust))
}

fn folder(path: &Path) -> Outcome<Kind> {
    let has = |name: &str| input::exists(&path.join(name));
    if has("registry.json") || has("keys") && has("audit") {
        return Ok(Kind::Registry);
    }
    if UNLISTED_FILES.iter().any(|name| has(name)) {
        return Ok(Kind::Bundle);
    }
    if has("log-000000.jsonl") || has("checkpoints.jsonl") {
        return Ok(Kind::Log);
    }
    if has("manifest-0001.dsse.json") {
        return Ok(Kind::Manifests);
    }
    Err(Failure::new(&codes::NO_EVIDENCE, format!("{} holds no evidence", path.display()))
        .cause("it is neither a bundle, a registry, a log nor a key version's folder"))
}

/// An export has one entry a line with its number and hash; anything else is taken for a manifest.
fn file(path: &Path) -> Outcome<Kind> {
    let first = Lines::new(vec![path.to_owned()], MAX_ENVELOPE).next().transpose()?.unwrap_or_default();
    let named = path.extension().is_some_and(|extension| extension == "jsonl");
    Ok(if named || jsonl::split(&first).is_some() { Kind::Export } else { Kind::Manifest })
}

/// What a run that was cut short leaves has a hidden name.
pub(super) fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}
