//! Runs of `rotate`: `runs/<sha256>.json`, named by the hash of its bytes. It says what was asked for; what was done of it
//! the manifests say. A run is open as long as its file lies there: when all is done and signed it is put aside.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::RegistryError;
use super::files::{self, Kind};
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
    /// What was asked for.
    pub asked: Asked,
    /// The keys, by name.
    pub keys: Vec<RunKey>,
}

/// What was asked for, as it was typed.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Asked {
    /// SHA-256 of the plan that is applied, which says all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
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
    /// Runs that are open.
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

    /// The runs that are open, the oldest first, each with its hash. A file whose bytes are not those of its name was torn
    /// by a crash before anything of the run was done, or is not ours: it is none.
    ///
    /// # Errors
    /// A folder or a file that cannot be read.
    pub fn open_runs(&self) -> Result<Vec<(String, Run)>, RegistryError> {
        let folder = self.layout().runs();
        if !files::present(&folder)? {
            return Ok(Vec::new());
        }
        files::check_folder(&folder)?;
        let names = files::list(&folder)?.into_iter().filter(|entry| entry.kind == Kind::File);
        let hashes = names.filter_map(|entry| entry.name.strip_suffix(".json").map(str::to_owned));
        let mut runs = Vec::new();
        for sha256 in hashes.filter(|sha256| is_sha256(sha256)).take(MAX_RUNS) {
            let path = self.layout().run(&sha256);
            let bytes = files::read(&path, u64::try_from(MAX_RUN).unwrap_or(u64::MAX))?.unwrap_or_default();
            if sha256_hex(&bytes) == sha256 {
                runs.push((sha256, Run::parse(&bytes, &path)?));
            }
        }
        runs.sort_by(|(_, one), (_, other)| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        Ok(runs)
    }

    /// Puts a run aside of which everything is done and signed: the last thing that happens to it. It goes to the disk
    /// with whatever is written next; one that comes back with a crash has nothing left to do.
    ///
    /// # Errors
    /// When the guard locks another registry, or the file could not be renamed.
    pub fn end_run(&self, guard: &Guard, sha256: &str) -> Result<(), RegistryError> {
        self.check_lock(guard)?;
        if !is_sha256(sha256) {
            return Err(RegistryError::Unexpected { path: self.layout().run(sha256).as_path().into() });
        }
        // Another process went on with it, and was faster.
        if !files::present(&self.layout().run(sha256))? {
            return Ok(());
        }
        make_folder(&self.layout().ended_runs())?;
        let to = self.layout().ended_runs().join(format!("{sha256}.json"));
        files::rename_for_now(&self.layout().run(sha256), &to)
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::registry::fixture::Fixture;

    fn run(at: &str) -> Run {
        Run {
            schema: SCHEMA.to_owned(),
            id: "01936f4e-7d2a-7c3b-8a4d-000000000001".to_owned(),
            created_at: at.parse().unwrap(),
            asked: Asked { all: true, ..Asked::default() },
            keys: vec![RunKey { version: "a@1".to_owned(), manifest_sha256: "ab".repeat(32) }],
        }
    }

    #[test]
    fn a_run_is_open_until_it_is_put_aside() {
        let f = Fixture::new();
        let guard = f.lock();
        assert!(f.registry.open_runs().unwrap().is_empty());
        let (later, earlier) = (run("2026-11-22T11:00:00Z"), run("2026-11-22T10:00:00Z"));
        let second = f.registry.keep_run(&guard, &later).unwrap();
        let first = f.registry.keep_run(&guard, &earlier).unwrap();
        let open = f.registry.open_runs().unwrap();
        assert_eq!(open, [(first.clone(), earlier), (second.clone(), later.clone())]);
        f.registry.end_run(&guard, &first).unwrap();
        assert_eq!(f.registry.open_runs().unwrap(), [(second.clone(), later)]);
        assert!(matches!(f.registry.end_run(&guard, "../x"), Err(RegistryError::Unexpected { .. })));
        // Torn, or not ours.
        fs::write(f.registry.layout().run(&second), b"{}").unwrap();
        fs::write(f.registry.layout().runs().join("note.txt"), b"x").unwrap();
        assert!(f.registry.open_runs().unwrap().is_empty());
    }

    #[test]
    fn what_is_no_run_is_refused() {
        let path = Path::new("run");
        let good = serde_json::to_string(&run("2026-11-22T10:00:00Z")).unwrap();
        Run::parse(good.as_bytes(), path).unwrap();
        let bad = [
            ("byok.run/v1", "byok.run/v2"),
            ("a@1", "a"),
            ("abab", "xyab"),
            ("01936f4e-", "x/../"),
            ("{", "{\"x\":1,"),
        ];
        for (from, to) in bad {
            assert!(Run::parse(good.replacen(from, to, 1).as_bytes(), path).is_err(), "{to}");
        }
    }
}
