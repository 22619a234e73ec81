//! Runs of `rotate` over many keys: `runs/<sha256>.json`, named by the hash of its bytes. A run is open until the log says,
//! under a checkpoint, that it ended. It says what was asked for; what was done of it the manifests say.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::RegistryError;
use super::files::{self, Kind};
use super::journal::past;
use super::layout::Layout;
use super::lock::Guard;
use super::store::Registry;
use crate::key::version::KeyVersionId;
use crate::manifest::digest::{is_sha256, sha256_hex};
use crate::manifest::json;

/// `schema` of a run.
pub const SCHEMA: &str = "byok.run/v1";
/// The largest run, in bytes: one of 100,000 keys has less.
const MAX_RUN: usize = 64 << 20;
/// The most open runs that are read.
const MAX_RUNS: usize = 1000;

/// A run.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Run {
    /// `byok.run/v1`
    pub schema: String,
    /// Its id, a UUID.
    pub id: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// Lines that the log had then: nothing about the run stands before.
    pub log_size: u64,
    /// What was asked for.
    pub asked: Asked,
    /// The keys, by name.
    pub keys: Vec<RunKey>,
}

/// What was asked for, as it was typed.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Asked {
    /// Names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// `--all`
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
    /// `--due`
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub due: bool,
    /// `--where`
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// `--canary`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<u32>,
}

/// A key of a run.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunKey {
    /// `NAME@N`: the newest version when the run was begun.
    pub version: String,
    /// SHA-256 of the payload of its newest manifest.
    pub manifest_sha256: String,
}

impl RunKey {
    /// The version.
    #[must_use]
    pub fn id(&self) -> Option<KeyVersionId> {
        self.version.parse().ok()
    }
}

impl Run {
    /// Reads a run.
    fn parse(bytes: &[u8], path: &Path) -> Result<Self, RegistryError> {
        let malformed = |what: String| RegistryError::malformed(path, what);
        let run: Self = json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
        let is_good = run.schema == SCHEMA
            && !run.id.is_empty()
            && run.id.len() <= 64
            && run.id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
            && run.keys.iter().all(|key| key.id().is_some() && is_sha256(&key.manifest_sha256));
        if is_good { Ok(run) } else { Err(malformed("not a run".to_owned())) }
    }
}

impl Layout {
    /// Runs over many keys.
    #[must_use]
    pub fn runs(&self) -> PathBuf {
        self.root().join("runs")
    }

    /// The run whose bytes have this hash.
    #[must_use]
    pub fn run(&self, sha256: &str) -> PathBuf {
        self.runs().join(format!("{sha256}.json"))
    }

    /// Runs that ended.
    #[must_use]
    pub fn ended_runs(&self) -> PathBuf {
        self.runs().join("ended")
    }
}

impl Registry {
    /// Keeps a run under its hash, and says what that is. The intents that follow make it durable.
    ///
    /// # Errors
    /// When the guard locks another registry, or the file could not be written.
    pub fn keep_run(&self, guard: &Guard, run: &Run) -> Result<String, RegistryError> {
        self.check_lock(guard)?;
        let path = self.layout().runs();
        let bytes = serde_json::to_vec(run).map_err(|error| RegistryError::malformed(&path, error.to_string()))?;
        make_folder(&path)?;
        files::sweep(&path)?;
        let sha256 = sha256_hex(&bytes);
        files::replace_for_now(&self.layout().run(&sha256), &bytes)?;
        Ok(sha256)
    }

    /// The runs that no checkpoint says ended, the oldest first, each with its hash. A file whose bytes are not those of
    /// its name was torn by a crash before anything of the run was done, or is not ours: it is none.
    ///
    /// # Errors
    /// A folder or a log that cannot be read.
    pub fn open_runs(&self) -> Result<Vec<(String, Run)>, RegistryError> {
        let folder = self.layout().runs();
        if !files::present(&folder)? {
            return Ok(Vec::new());
        }
        files::check_folder(&folder)?;
        let names = files::list(&folder)?.into_iter().filter(|entry| entry.kind == Kind::File);
        let hashes: Vec<String> = names
            .filter_map(|entry| entry.name.strip_suffix(".json").map(str::to_owned))
            .filter(|sha256| is_sha256(sha256))
            .take(MAX_RUNS)
            .collect();
        let mut runs = Vec::new();
        for sha256 in hashes {
            let path = self.layout().run(&sha256);
            let bytes = files::read(&path, u64::try_from(MAX_RUN).unwrap_or(u64::MAX))?.unwrap_or_default();
            if sha256_hex(&bytes) == sha256 {
                runs.push((sha256, Run::parse(&bytes, &path)?));
            }
        }
        let Some(from) = runs.iter().map(|(_, run)| run.log_size).min() else { return Ok(runs) };
        let ended: BTreeSet<String> = past::ended_runs(self, from)?;
        runs.retain(|(_, run)| !ended.contains(&run.id));
        runs.sort_by(|(_, one), (_, other)| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        Ok(runs)
    }

    /// Puts the runs aside that ended, so that the log is not read for them again. What fails here is done the next time.
    ///
    /// # Errors
    /// When the guard locks another registry.
    pub fn put_ended_runs_aside(&self, guard: &Guard, open: &[(String, Run)]) -> Result<(), RegistryError> {
        self.check_lock(guard)?;
        let folder = self.layout().runs();
        for entry in files::list(&folder)?.into_iter().filter(|entry| entry.kind == Kind::File) {
            let sha256 = entry.name.strip_suffix(".json").filter(|sha256| is_sha256(sha256));
            let Some(sha256) = sha256.filter(|sha256| !open.iter().any(|(hash, _)| hash == sha256)) else { continue };
            make_folder(&self.layout().ended_runs())?;
            let to = self.layout().ended_runs().join(format!("{sha256}.json"));
            files::rename_for_now(&folder.join(&entry.name), &to)?;
        }
        Ok(())
    }

    fn check_lock(&self, guard: &Guard) -> Result<(), RegistryError> {
        if guard.holds(&self.layout().lock()) {
            return Ok(());
        }
        Err(RegistryError::NotLocked { path: self.layout().root().into() })
    }
}

/// Without a sync of its own, as for the files in it.
fn make_folder(path: &Path) -> Result<(), RegistryError> {
    match files::make_folder_for_now(path) {
        Err(RegistryError::Exists { .. }) => files::check_folder(path),
        other => other,
    }
}
