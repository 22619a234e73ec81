//! The registry as a whole: what it says of itself, its key versions, their manifests, the cache.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::RegistryError;
use super::files::{self, Kind};
use super::journal::Staging;
use super::journal::scan::LogMemory;
use super::layout::{Layout, manifest_name, manifest_revision};
use super::lines::LogLines;
use super::lock::{Guard, Wait};
use super::release::Slot;
use super::versions::Memory;
use crate::key::version::KeyVersionId;
use crate::manifest::digest::sha256_hex;
use crate::manifest::dsse::{MAX_ENVELOPE, Signed};
use crate::manifest::json;
use crate::manifest::statement::Statement;
use crate::manifest::trust::{GoodSignatures, Trust};

/// `schema` of registry.json.
pub const SCHEMA: &str = "byok.registry/v1";
/// The largest registry.json.
const MAX_REGISTRY_JSON: u64 = 64 << 10;
/// The largest file of trust/.
const MAX_TRUST_FILE: u64 = 64 << 10;
/// The largest file of the cache.
const MAX_CACHE_FILE: u64 = 16 << 20;

/// A registry on the disk.
#[derive(Debug)]
pub struct Registry {
    layout: Layout,
    about: About,
    /// One command reads its manifests, checkpoints and profiles several times.
    verified: Arc<GoodSignatures>,
    pub(super) versions: Memory,
    pub(super) log: LogMemory,
}

/// registry.json.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct About {
    pub(super) schema: String,
    pub(super) origin: String,
    pub(super) created: Timestamp,
}

/// A manifest that was read from the registry and verified.
#[derive(Clone, Debug)]
pub struct StoredManifest {
    /// From 1.
    pub revision: u32,
    /// Lower-case hexadecimal SHA-256 of the signed payload; names this manifest in logs and later manifests.
    pub payload_sha256: String,
    /// Lower-case hexadecimal SHA-256 of the file.
    pub file_sha256: String,
    /// What it states.
    pub statement: Statement,
    /// The file.
    pub path: PathBuf,
}

impl Registry {
    /// Opens the registry in the folder `path`.
    ///
    /// # Errors
    /// [`RegistryError::Missing`], [`RegistryError::Insecure`] when others can write it, or
    /// [`RegistryError::Malformed`] when it does not say of itself that it is one.
    pub fn open(path: &Path) -> Result<Self, RegistryError> {
        let layout = Layout::new(path);
        let Some(bytes) = read_about(&layout)? else { return Err(RegistryError::Missing { path: path.into() }) };
        // The folder itself may be reached by a link; nothing below it may.
        let real = path.canonicalize().map_err(|e| RegistryError::io(path, "open", e))?;
        files::check_folder(&real)?;
        let people = [layout.approvals(), layout.plans(), layout.policies()];
        for folder in [layout.audit(), layout.cache(), layout.keys(), layout.trust()].into_iter().chain(people) {
            if files::present(&folder)? {
                files::check_folder(&folder)?;
            }
        }
        let file = layout.registry_json();
        let about: About =
            json::from_slice(&bytes).map_err(|error| RegistryError::malformed(&file, error.to_string()))?;
        if about.schema != SCHEMA {
            let found = about.schema.escape_default();
            return Err(RegistryError::malformed(&file, format!("schema {found}; this byok knows {SCHEMA}")));
        }
        if !is_origin(&about.origin) {
            return Err(RegistryError::malformed(&file, "the origin is not 1 to 128 visible ASCII characters"));
        }
        Ok(Self { layout, about, verified: Arc::default(), versions: Memory::default(), log: LogMemory::default() })
    }

    /// Where its files are.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Whether a path is that of evidence about a key version, and not of an output that the user named.
    #[must_use]
    pub fn is_evidence(&self, path: &Path) -> bool {
        path.starts_with(self.layout.keys())
    }

    /// The name of its log, unlike that of any other.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.about.origin
    }

    /// When it was made.
    #[must_use]
    pub fn created(&self) -> Timestamp {
        self.about.created
    }

    /// Locks the registry and, when named, the token with this serial in the user's runtime folder.
    ///
    /// # Errors
    /// [`RegistryError::Locked`] with the process that holds the lock.
    pub fn lock(&self, wait: Wait, token: Option<(&Path, &str)>) -> Result<Guard, RegistryError> {
        Guard::take(&self.layout.lock(), wait, token)
    }

    /// The evidence signers of trust/*.pem, any one of which suffices. An anchor for this registry's own use only.
    ///
    /// # Errors
    /// When there is none, or a file is not PEM public keys.
    pub fn trust(&self) -> Result<Trust, RegistryError> {
        let folder = self.layout.trust();
        // PEM has no revocations, so the time has no part in it.
        let parse = |bytes: &[u8], path: &Path| {
            Trust::parse(bytes, Timestamp::UNIX_EPOCH).map_err(|e| RegistryError::malformed(path, described(&e)))
        };
        let mut pem = Vec::new();
        for entry in files::list(&folder)? {
            let path = folder.join(&entry.name);
            if path.extension().is_none_or(|extension| extension != "pem") || entry.name.starts_with('.') {
                continue;
            }
            let bytes = files::read(&path, MAX_TRUST_FILE)?.unwrap_or_default();
            parse(&bytes, &path)?;
            pem.extend(bytes);
            pem.push(b'\n');
        }
        let (pem, successions) = self.with_lost_signers(pem)?;
        Ok(parse(&pem, &folder)?.under(&successions).remembering(Arc::clone(&self.verified)))
    }

    /// The slot of a new key version's folder.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub fn key_slot(&self, id: &KeyVersionId) -> Result<Slot, RegistryError> {
        Slot::below(self.layout.root(), &Path::new("keys").join(id.to_string()))
    }

    /// The slot of a key version's folder that an interrupted run recorded, so that this run leaves no other hidden
    /// name behind when it is killed too; a new one when it recorded none.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub fn key_slot_of(&self, id: &KeyVersionId, staged: &[Staging]) -> Result<Slot, RegistryError> {
        let to = self.layout.key(id);
        let recorded = staged.iter().find(|staging| staging.to == to);
        let slot = recorded.and_then(|staging| Slot::recorded(self.layout.root(), &staging.from, &to));
        slot.map_or_else(|| self.key_slot(id), Ok)
    }

    /// The slot of a later manifest of a key version.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub fn manifest_slot(&self, id: &KeyVersionId, revision: u32) -> Result<Slot, RegistryError> {
        Slot::below(self.layout.root(), &Path::new("keys").join(id.to_string()).join(manifest_name(revision)))
    }

    /// The slot of a later manifest that an interrupted run recorded, so that this run leaves no other hidden name behind
    /// when it is killed too; a new one when it recorded none.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub fn manifest_slot_of(
        &self,
        id: &KeyVersionId,
        revision: u32,
        staged: &[Staging],
    ) -> Result<Slot, RegistryError> {
        let to = self.layout.manifest(id, revision);
        let recorded = staged.iter().find(|staging| staging.to == to);
        let slot = recorded.and_then(|staging| Slot::recorded(self.layout.root(), &staging.from, &to));
        slot.map_or_else(|| self.manifest_slot(id, revision), Ok)
    }

    /// All manifests of a key version, oldest first, each verified and each naming the one before it.
    ///
    /// # Errors
    /// [`RegistryError::Manifest`] for one that does not verify; [`RegistryError::NoManifest`].
    pub fn manifests(&self, id: &KeyVersionId) -> Result<Vec<StoredManifest>, RegistryError> {
        self.manifests_under(id, &self.trust()?)
    }

    /// [`Registry::manifests`] under a trust that was read before, for commands that read many.
    ///
    /// # Errors
    /// As [`Registry::manifests`].
    pub fn manifests_under(&self, id: &KeyVersionId, trust: &Trust) -> Result<Vec<StoredManifest>, RegistryError> {
        let newest = self.newest_revision(id)?;
        let mut manifests: Vec<StoredManifest> = Vec::new();
        for revision in 1..=newest {
            let manifest = self.read_manifest(id, revision, trust)?;
            check_link(manifests.last(), &manifest)?;
            manifests.push(manifest);
        }
        Ok(manifests)
    }

    /// The newest manifest of a key version, verified, and linked to the one before it, which is verified too.
    /// Older ones are for [`Registry::manifests`] and for `verify`.
    ///
    /// # Errors
    /// As [`Registry::manifests`].
    pub fn newest_manifest(&self, id: &KeyVersionId) -> Result<StoredManifest, RegistryError> {
        self.newest_manifest_under(id, &self.trust()?)
    }

    /// [`Registry::newest_manifest`] under a trust that was read before, for commands that read many.
    ///
    /// # Errors
    /// As [`Registry::manifests`].
    pub fn newest_manifest_under(&self, id: &KeyVersionId, trust: &Trust) -> Result<StoredManifest, RegistryError> {
        let revision = self.newest_revision(id)?;
        let newest = self.read_manifest(id, revision, trust)?;
        let earlier = revision.checked_sub(1).filter(|earlier| *earlier > 0);
        let earlier = earlier.map(|earlier| self.read_manifest(id, earlier, trust)).transpose()?;
        check_link(earlier.as_ref(), &newest)?;
        Ok(newest)
    }

    /// Whether a manifest that was read and verified before is still the newest of its key version, byte for byte.
    ///
    /// # Errors
    /// A registry that cannot be read, or [`RegistryError::NoManifest`].
    pub fn is_newest_manifest(&self, id: &KeyVersionId, manifest: &StoredManifest) -> Result<bool, RegistryError> {
        let revision = self.newest_revision(id)?;
        let bytes = files::read(&self.layout.manifest(id, revision), u64::try_from(MAX_ENVELOPE).unwrap_or(u64::MAX))?;
        let same_file = bytes.is_some_and(|bytes| sha256_hex(&bytes) == manifest.file_sha256);
        Ok(revision == manifest.revision && same_file)
    }

    /// The highest revision, when they are there from 1 without a gap.
    pub(super) fn newest_revision(&self, id: &KeyVersionId) -> Result<u32, RegistryError> {
        let folder = self.layout.key(id);
        let mut revisions = Vec::new();
        for entry in files::list(&folder)? {
            if entry.name.starts_with('.') {
                continue;
            }
            let path = folder.join(&entry.name);
            match manifest_revision(&entry.name) {
                Some(revision) if entry.kind == Kind::File => revisions.push(revision),
                _ => return Err(RegistryError::Unexpected { path: path.as_path().into() }),
            }
        }
        revisions.sort_unstable();
        for (expected, revision) in (1_u32..).zip(&revisions) {
            if expected != *revision {
                let path = self.layout.manifest(id, expected);
                return Err(unverified(&path, "it is missing, and later ones are there"));
            }
        }
        revisions.pop().ok_or_else(|| RegistryError::NoManifest(id.clone()))
    }

    fn read_manifest(&self, id: &KeyVersionId, revision: u32, trust: &Trust) -> Result<StoredManifest, RegistryError> {
        let path = self.layout.manifest(id, revision);
        let limit = u64::try_from(MAX_ENVELOPE).unwrap_or(u64::MAX);
        let bytes = files::read(&path, limit)?.ok_or_else(|| unverified(&path, "it is missing"))?;
        let signed =
            Signed::<Statement>::verify(&bytes, trust).map_err(|error| unverified(&path, described(&error)))?;
        let payload_sha256 = signed.payload_sha256();
        let statement = signed.into_value();
        let predicate = &statement.predicate;
        let named = (predicate.key_name.as_str(), predicate.key_version);
        if named != (id.key.as_str(), id.version.get()) {
            return Err(unverified(&path, format!("it is about {}@{}", named.0.escape_default(), named.1)));
        }
        if predicate.revision != revision {
            return Err(unverified(&path, format!("it says that it is revision {}", predicate.revision)));
        }
        Ok(StoredManifest { revision, payload_sha256, file_sha256: sha256_hex(&bytes), statement, path })
    }

    /// The log's complete lines from the first, without their line feeds.
    ///
    /// # Errors
    /// When the folder could not be read, or a file in the middle is missing.
    pub fn log_lines(&self) -> Result<LogLines, RegistryError> {
        LogLines::open(&self.layout)
    }

    /// A file of the cache; `None` when there is none that can be used. Nothing in it can be trusted.
    #[must_use]
    pub fn read_cache(&self, name: &str) -> Option<Vec<u8>> {
        files::read(&self.cache_file(name).ok()?, MAX_CACHE_FILE).ok().flatten()
    }

    /// Replaces a file of the cache.
    ///
    /// # Errors
    /// When `name` is not a plain file name, or it could not be written.
    pub fn write_cache(&self, name: &str, bytes: &[u8]) -> Result<(), RegistryError> {
        let path = self.cache_file(name)?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_CACHE_FILE {
            return Err(RegistryError::malformed(&path, "too large for the cache"));
        }
        files::make_folders(self.layout.root(), Path::new("cache"))?;
        files::replace_for_now(&path, bytes)
    }

    fn cache_file(&self, name: &str) -> Result<PathBuf, RegistryError> {
        let path = self.layout.cache().join(name);
        if files::name_of(&path) != Some(name) || name.starts_with('.') {
            return Err(RegistryError::Unexpected { path: path.as_path().into() });
        }
        Ok(path)
    }
}

fn read_about(layout: &Layout) -> Result<Option<Vec<u8>>, RegistryError> {
    match files::read(&layout.registry_json(), MAX_REGISTRY_JSON) {
        Err(RegistryError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotADirectory => Ok(None),
        other => other,
    }
}

/// The first line of every checkpoint: visible ASCII, no spaces.
pub(super) fn is_origin(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && b != b'+')
}

fn check_link(earlier: Option<&StoredManifest>, later: &StoredManifest) -> Result<(), RegistryError> {
    let named = later.statement.predicate.previous_manifest.as_ref();
    if earlier.map(|manifest| &manifest.payload_sha256) == named {
        return Ok(());
    }
    Err(unverified(&later.path, "the manifest that it names as the one before it is another"))
}

fn unverified(path: &Path, difference: impl Into<String>) -> RegistryError {
    RegistryError::Manifest { path: path.into(), difference: difference.into() }
}

/// An error and its causes on one line.
pub(super) fn described(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
