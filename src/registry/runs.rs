//! Runs of `rotate`: `runs/<sha256>.json`, named by the hash of its bytes. It says what was asked for; what was done of it
//! the manifests say. A run is open as long as its file lies there and the log says that it began with just this file: when all
//! is done and signed it is put aside. A file that the log does not name is no run.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::RegistryError;
use super::files::{self, Kind};
use super::journal::scan::{RunNotes, run_notes};
use super::layout::Layout;
use super::lock::Guard;
use super::store::Registry;
use crate::format::escape::{SHORT, printable, shell_word};
use crate::key::name::KeyName;
use crate::key::version::KeyVersionId;
use crate::manifest::digest::{is_sha256, sha256_hex};
use crate::manifest::json;

/// `schema` of a run.
pub const SCHEMA: &str = "byok.run/v1";
/// The largest run, in bytes: one of 100,000 keys has less.
pub(super) const MAX_RUN: u64 = 64 << 20;
/// The most open runs that are read.
const MAX_RUNS: usize = 1000;
/// The most files that are named and are no runs.
const MAX_STRAYS: usize = 10;

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
    /// `--again`
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// `--wrapping-keys` and `--out`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folders: Option<Folders>,
}

/// Folders with which a run was begun, as they were typed. It goes on with such folders, or its keys would be made without
/// their wraps.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Folders {
    /// `--wrapping-keys`
    pub wrapping_keys: String,
    /// `--out`
    pub out: String,
}

impl Asked {
    /// Whether the same keys were asked for, in the same words.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let bare = |asked: &Self| Self { folders: None, ..asked.clone() };
        bare(self) == bare(other)
    }

    /// What was typed, but for the folders.
    #[must_use]
    pub fn words(&self) -> String {
        if let Some(plan) = &self.plan {
            return format!("apply (plan {})", printable(plan.get(..8).unwrap_or(plan), SHORT));
        }
        let mut words = vec!["rotate".to_owned()];
        words.extend(self.names.iter().take(MAX_NAMED).map(|name| shell_word(name, SHORT)));
        words.extend((self.names.len() > MAX_NAMED).then(|| "...".to_owned()));
        words.extend(
            [(self.all, "--all"), (self.due, "--due")].iter().filter(|(is, _)| *is).map(|(_, word)| (*word).to_owned()),
        );
        words.extend(self.condition.as_ref().map(|text| format!("--where {}", shell_word(text, MAX_WORD))));
        words.extend(self.canary.map(|canary| format!("--canary {canary}")));
        words.extend(self.again.then(|| "--again".to_owned()));
        words.join(" ")
    }
}

/// The most names that are repeated, and the longest word, in characters.
const MAX_NAMED: usize = 5;
const MAX_WORD: usize = 4096;

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
    /// The version of a key that it replaces; nothing where the run is not about it.
    #[must_use]
    pub fn base_of(&self, key: &KeyName) -> Option<KeyVersionId> {
        let name = |row: &RunKey| row.version.rsplit_once('@').map(|(name, _)| name.cmp(key.as_str()));
        let at = self.keys.binary_search_by(|row| name(row).unwrap_or(Ordering::Less)).ok()?;
        self.keys.get(at)?.id()
    }

    /// The whole command that goes on with it.
    #[must_use]
    pub fn goes_on(&self) -> String {
        if self.asked.plan.is_some() {
            return "byok apply PLAN".to_owned();
        }
        let folders = self.asked.folders.as_ref().map(|folders| {
            let [keys, out] = [&folders.wrapping_keys, &folders.out].map(|path| shell_word(path, MAX_WORD));
            format!(" --wrapping-keys {keys} --out {out}")
        });
        format!("byok rotate --continue {}{}", self.id, folders.unwrap_or_default())
    }

    /// The command that ends it.
    #[must_use]
    pub fn abandons(&self) -> String {
        format!("byok rotate --continue {} --abandon", self.id)
    }

    /// Reads a run.
    ///
    /// # Errors
    /// Bytes that are none, of the file at `path`.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, RegistryError> {
        let malformed = |what: String| RegistryError::malformed(path, what);
        let run: Self = json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
        let is_good = run.schema == SCHEMA
            && is_run_id(&run.id)
            && run.keys.iter().all(|key| key.id().is_some() && is_sha256(&key.manifest_sha256))
            && run.keys.is_sorted_by(|one, other| one.id().map(|id| id.key) < other.id().map(|id| id.key));
        if is_good { Ok(run) } else { Err(malformed("not a run".to_owned())) }
    }
}

/// Whether that may be the id of a run.
pub(super) fn is_run_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// The runs that are open, and what lies beside them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OpenRuns {
    /// The oldest first, each with the SHA-256 of its file.
    pub runs: Vec<(String, Run)>,
    /// Files that are no run of this registry, and why.
    pub strays: Vec<Stray>,
}

/// A file that is no run of this registry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stray {
    /// Where it lies.
    pub path: PathBuf,
    /// Why it is none.
    pub why: String,
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

    /// The runs that are open. What began one is in the log, with the hash of its file: any other file is none, and stops
    /// nothing. Of one whose beginning nobody signed, as the command was killed, each key is looked at.
    ///
    /// # Errors
    /// A folder or a log that cannot be read.
    pub fn open_runs(&self) -> Result<OpenRuns, RegistryError> {
        let folder = self.layout().runs();
        let mut open = OpenRuns::default();
        if !files::present(&folder)? {
            return Ok(open);
        }
        files::check_folder(&folder)?;
        let names = files::list(&folder)?.into_iter().filter(|entry| entry.kind == Kind::File);
        let hashes: Vec<String> =
            names.filter_map(|entry| entry.name.strip_suffix(".json").map(str::to_owned)).collect();
        if hashes.is_empty() {
            return Ok(open);
        }
        let notes = run_notes(self)?;
        for sha256 in hashes {
            match self.open_run(&sha256, &notes) {
                Ok(Some(run)) if open.runs.len() < MAX_RUNS => open.runs.push((sha256, run)),
                Err(why) if open.strays.len() < MAX_STRAYS => {
                    open.strays.push(Stray { path: folder.join(format!("{sha256}.json")), why });
                }
                Ok(_) | Err(_) => {}
            }
        }
        open.runs.sort_by(|(_, one), (_, other)| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        Ok(open)
    }

    /// The run in this file, unless it has ended; or why it is none.
    fn open_run(&self, sha256: &str, notes: &RunNotes) -> Result<Option<Run>, String> {
        let Some((id, is_signed)) = notes.begun.get(sha256).filter(|_| is_sha256(sha256)) else {
            return Err("no rotation in the log began with it".to_owned());
        };
        if notes.ended.contains(id) {
            return Ok(None);
        }
        let path = self.layout().run(sha256);
        let bytes = files::read(&path, MAX_RUN).map_err(|error| error.to_string())?;
        let bytes = bytes.unwrap_or_default();
        if sha256_hex(&bytes) != sha256 {
            return Err("its bytes are not those of its name".to_owned());
        }
        let run = Run::parse(&bytes, &path).map_err(|error| error.to_string())?;
        if run.id != *id {
            return Err("the log knows it under another id".to_owned());
        }
        if !*is_signed && !self.holds_keys_of(&run).map_err(|error| error.to_string())? {
            return Err("nobody signed that it began, and its keys are not those of the registry".to_owned());
        }
        Ok(Some(run))
    }

    /// Whether each key of a run is a version of the registry with the manifest that the run names.
    fn holds_keys_of(&self, run: &Run) -> Result<bool, RegistryError> {
        let trust = self.trust()?;
        for key in &run.keys {
            let Some(id) = key.id() else { return Ok(false) };
            if !self.versions(&id.key)?.contains(&id)
                || !self
                    .manifests_under(&id, &trust)?
                    .iter()
                    .any(|manifest| manifest.payload_sha256 == key.manifest_sha256)
            {
                return Ok(false);
            }
        }
        Ok(true)
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

    pub(super) fn check_lock(&self, guard: &Guard) -> Result<(), RegistryError> {
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
    use crate::audit::record::event;
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

    fn begin(f: &Fixture, guard: &Guard, run: &Run, sha256: &str) {
        let mut journal = f.journal(guard);
        let detail = [("run", run.id.as_str()), ("sha256", sha256)];
        let detail = detail.map(|(name, value)| (name.to_owned(), serde_json::json!(value))).into_iter().collect();
        journal.note(event::ROTATE_BEGIN, None, detail).unwrap();
        journal.checkpoint(&f.signer, crate::registry::fixture::now()).unwrap();
    }

    #[test]
    fn a_run_is_open_until_it_is_put_aside() {
        let f = Fixture::new();
        let guard = f.lock();
        assert_eq!(f.registry.open_runs().unwrap(), OpenRuns::default());
        let (later, earlier) = (run("2026-11-22T11:00:00Z"), run("2026-11-22T10:00:00Z"));
        let second = f.registry.keep_run(&guard, &later).unwrap();
        let first = f.registry.keep_run(&guard, &earlier).unwrap();
        // No rotation began with them yet.
        let open = f.registry.open_runs().unwrap();
        assert_eq!((open.runs.len(), open.strays.len()), (0, 2), "{open:?}");
        begin(&f, &guard, &earlier, &first);
        begin(&f, &guard, &later, &second);
        let open = f.registry.open_runs().unwrap();
        assert_eq!(open.runs, [(first.clone(), earlier), (second.clone(), later.clone())]);
        f.registry.end_run(&guard, &first).unwrap();
        assert_eq!(f.registry.open_runs().unwrap().runs, [(second.clone(), later)]);
        assert!(matches!(f.registry.end_run(&guard, "../x"), Err(RegistryError::Unexpected { .. })));
        // Torn, or not ours: each is named.
        fs::write(f.registry.layout().run(&second), b"{}").unwrap();
        fs::write(f.registry.layout().run(&sha256_hex(b"[[[[")), b"[[[[").unwrap();
        fs::write(f.registry.layout().runs().join("note.txt"), b"x").unwrap();
        let open = f.registry.open_runs().unwrap();
        assert_eq!((open.runs.len(), open.strays.len()), (0, 2), "{open:?}");
    }

    /// Files of the first version that had runs: whatever comes later reads them, and writes them the same.
    #[test]
    fn runs_of_earlier_versions_are_read() {
        for bytes in [
            &include_bytes!("../../tests/vectors/runs/of-a-condition.json")[..],
            include_bytes!("../../tests/vectors/runs/of-a-plan.json"),
        ] {
            let run = Run::parse(bytes, Path::new("run")).unwrap();
            assert_eq!(serde_json::to_vec(&run).unwrap(), bytes);
        }
    }

    #[test]
    fn what_was_typed_is_said_so_that_it_can_be_typed_again() {
        let folders = Some(Folders { wrapping_keys: "my answers".to_owned(), out: "out".to_owned() });
        let asked = Asked { condition: Some("name=a/*".to_owned()), canary: Some(2), ..Asked::default() };
        let open = Run { asked: Asked { folders, ..asked.clone() }, ..run("2026-11-22T10:00:00Z") };
        assert_eq!(open.asked.words(), "rotate --where 'name=a/*' --canary 2");
        assert_eq!(
            open.goes_on(),
            format!("byok rotate --continue {} --wrapping-keys 'my answers' --out out", open.id)
        );
        assert!(open.asked.is_like(&asked), "other folders are no other words");
        assert!(!open.asked.is_like(&Asked { canary: Some(3), ..asked.clone() }));
        let again = Asked { again: true, ..asked };
        assert_eq!(again.words(), "rotate --where 'name=a/*' --canary 2 --again");
        assert!(!open.asked.is_like(&again), "a further version is another wish");
        let names = Asked { names: (0..9).map(|n| format!("k{n}")).collect(), ..Asked::default() };
        assert_eq!(names.words(), "rotate k0 k1 k2 k3 k4 ...");
    }

    #[test]
    fn what_is_no_run_is_refused() {
        let path = Path::new("run");
        let good = serde_json::to_string(&run("2026-11-22T10:00:00Z")).unwrap();
        Run::parse(good.as_bytes(), path).unwrap();
        let row = good.split_once("\"keys\":[").unwrap().1.strip_suffix("]}").unwrap();
        let twice = format!("\"keys\":[{row},");
        let bad = [
            ("byok.run/v1", "byok.run/v2"),
            ("a@1", "a"),
            ("abab", "xyab"),
            ("01936f4e-", "x/../"),
            ("{", "{\"x\":1,"),
            ("\"keys\":[", &twice),
        ];
        for (from, to) in bad {
            assert!(Run::parse(good.replacen(from, to, 1).as_bytes(), path).is_err(), "{to}");
        }
    }
}
