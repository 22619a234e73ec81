//! Statements that put a new evidence signer in the place of a lost one: `trust/replacements/<sha256>.json`. Their
//! approvals lie with those of plans.
//!
//! byok wrote them after it had counted the approvals; `verify` counts them again.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::error::RegistryError;
use super::files::{self, Kind};
use super::journal;
use super::layout::Layout;
use super::lock::Guard;
use super::signer::{SignerPlace, place_file};
use super::store::{Registry, described};
use crate::approval::replacement::{MAX_BYTES, Replacement};
use crate::audit::checkpoint::Checkpoint;
use crate::format::spki::PublicKey;
use crate::manifest::digest::sha256_hex;
use crate::manifest::succession::Succession;
use crate::manifest::trust::Trust;

/// The most statements of one registry.
const MAX_REPLACEMENTS: usize = 64;
/// Their folder, in the registry.
const FOLDER: &str = "trust/replacements";

impl Layout {
    /// Statements of replaced signers.
    #[must_use]
    pub fn replacements(&self) -> PathBuf {
        self.root().join(FOLDER)
    }
}

impl Registry {
    /// The statements, oldest first by the checkpoint that they name.
    ///
    /// # Errors
    /// A file that is none.
    pub fn replacements(&self) -> Result<Vec<Replacement>, RegistryError> {
        let folder = self.layout().replacements();
        if !files::present(&folder)? {
            return Ok(Vec::new());
        }
        files::check_folder(&folder)?;
        let mut found = Vec::new();
        for entry in files::list(&folder)? {
            let path = folder.join(&entry.name);
            if entry.name.starts_with('.') {
                continue;
            }
            if entry.kind != Kind::File || found.len() >= MAX_REPLACEMENTS {
                return Err(RegistryError::Unexpected { path: path.as_path().into() });
            }
            let bytes = files::read(&path, u64::try_from(MAX_BYTES).unwrap_or(u64::MAX))?.unwrap_or_default();
            let statement =
                Replacement::parse(&bytes).map_err(|error| RegistryError::malformed(&path, error.to_string()))?;
            if entry.name != format!("{}.json", sha256_hex(&bytes)) || statement.origin != self.origin() {
                return Err(RegistryError::malformed(&path, "not the statement of its name, or of another registry"));
            }
            found.push(statement);
        }
        found.sort_by_key(|statement| statement.checkpoint.size);
        Ok(found)
    }

    /// The keys of trust/*.pem with those of signers that were replaced, and who replaced whom.
    pub(super) fn with_lost_signers(&self, mut pem: Vec<u8>) -> Result<(Vec<u8>, Vec<Succession>), RegistryError> {
        let malformed =
            |error: &dyn std::error::Error| RegistryError::malformed(&self.layout().replacements(), described(error));
        let mut successions = Vec::new();
        for statement in self.replacements()? {
            let known = Trust::parse(&pem, Timestamp::UNIX_EPOCH).map_err(|error| malformed(&error))?;
            let succession = statement.succession().map_err(|error| malformed(&error))?;
            if !known.keys().any(|key| key.spki_sha256() == succession.old) {
                let key = PublicKey::from_der(&statement.old_spki()).map_err(|error| malformed(&error))?;
                pem.extend(key.to_pem().into_bytes());
                pem.push(b'\n');
            }
            successions.push(succession);
        }
        Ok((pem, successions))
    }

    /// The last checkpoint, verified.
    ///
    /// # Errors
    /// One that is missing or does not verify.
    pub fn last_checkpoint(&self) -> Result<Checkpoint, RegistryError> {
        journal::last_checkpoint(self)
    }

    /// Keeps a statement, durably. Its approvals must have been counted.
    ///
    /// # Errors
    /// When the guard locks another registry, or the file could not be written.
    pub fn keep_replacement(&self, guard: &Guard, statement: &Replacement) -> Result<(), RegistryError> {
        self.held(guard)?;
        let bytes = statement.to_json();
        files::make_folders(self.layout().root(), Path::new(FOLDER))?;
        files::sweep(&self.layout().replacements())?;
        let path = self.layout().replacements().join(format!("{}.json", sha256_hex(&bytes)));
        if files::read(&path, u64::try_from(MAX_BYTES).unwrap_or(u64::MAX))?.as_deref() == Some(&bytes) {
            return Ok(());
        }
        files::write_new(&path, &bytes)
    }

    /// Puts the new signer's place and key where the old one's were. The old key stays in the statement.
    ///
    /// # Errors
    /// When the guard locks another registry, or a file could not be written.
    pub fn replace_signer(&self, guard: &Guard, place: &SignerPlace, pem: &str) -> Result<(), RegistryError> {
        self.held(guard)?;
        files::sweep(&self.layout().trust())?;
        let path = place_file(self);
        let json = serde_json::to_vec_pretty(place).map_err(|e| RegistryError::malformed(&path, e.to_string()))?;
        files::replace(&self.layout().signer(), pem.as_bytes())?;
        files::replace(&path, &[json, b"\n".to_vec()].concat())
    }

    fn held(&self, guard: &Guard) -> Result<(), RegistryError> {
        if guard.holds(&self.layout().lock()) {
            return Ok(());
        }
        Err(RegistryError::NotLocked { path: self.layout().root().into() })
    }
}
