//! Runs of which the log says that they began, and whose files are not as it has them; and files of runs of which the log
//! never heard.

use std::path::PathBuf;

use super::error::RegistryError;
use super::files::{self, Kind};
use super::journal::scan::run_notes;
use super::lock::Guard;
use super::runs::{MAX_RUN, Run, is_run_id};
use super::store::Registry;
use crate::manifest::digest::{is_sha256, sha256_hex};

/// The most that are named.
const MAX_LOST: usize = 100;

/// A run that is not over, and with which nobody can go on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LostRun {
    /// Its id.
    pub id: String,
    /// SHA-256 of the file with which it began.
    pub sha256: String,
    /// Where that is to be.
    pub path: PathBuf,
    /// Whether something else lies there.
    pub is_altered: bool,
}

impl LostRun {
    /// What is wrong with its file.
    #[must_use]
    pub const fn why(&self) -> &'static str {
        if self.is_altered { "its file is not the one that the log names" } else { "its file is gone" }
    }
}

impl Registry {
    /// The runs that began and did not end, as the log has it, and whose files do not fit that.
    ///
    /// # Errors
    /// A folder or a log that cannot be read.
    pub fn lost_runs(&self) -> Result<Vec<LostRun>, RegistryError> {
        let notes = run_notes(self)?;
        let is_over = |id: &String| notes.ended.contains(id) || notes.over.contains(id);
        let mut lost = Vec::new();
        for (sha256, (id, _)) in &notes.begun {
            if lost.len() >= MAX_LOST || is_over(id) || !is_sha256(sha256) || !is_run_id(id) {
                continue;
            }
            let path = self.layout().run(sha256);
            let aside = self.layout().ended_runs().join(format!("{sha256}.json"));
            let is_altered = match files::read(&path, MAX_RUN)? {
                Some(bytes) if sha256_hex(&bytes) == *sha256 => continue,
                Some(_) => true,
                None if files::present(&aside)? => continue,
                None => false,
            };
            lost.push(LostRun { id: id.clone(), sha256: sha256.clone(), path, is_altered });
        }
        Ok(lost)
    }

    /// Takes away the files of runs that came no further: byok wrote them, and the command ended before the log said that
    /// they began. Whoever holds the lock has none of them under way. Anything else is left alone.
    ///
    /// # Errors
    /// When the guard locks another registry, or a file could not be read or removed.
    pub fn sweep_runs(&self, guard: &Guard) -> Result<(), RegistryError> {
        self.check_lock(guard)?;
        let folder = self.layout().runs();
        if !files::present(&folder)? {
            return Ok(());
        }
        files::check_folder(&folder)?;
        let names = files::list(&folder)?.into_iter().filter(|entry| entry.kind == Kind::File);
        let hashes: Vec<String> =
            names.filter_map(|entry| entry.name.strip_suffix(".json").map(str::to_owned)).collect();
        if hashes.is_empty() {
            return Ok(());
        }
        let notes = run_notes(self)?;
        for sha256 in hashes.iter().filter(|sha256| is_sha256(sha256) && !notes.begun.contains_key(*sha256)) {
            let path = self.layout().run(sha256);
            let bytes = files::read(&path, MAX_RUN)?.unwrap_or_default();
            if sha256_hex(&bytes) == *sha256 && Run::parse(&bytes, &path).is_ok() {
                files::remove(&path)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "lost_runs_tests.rs"]
mod tests;
