//! Registries for tests: in a temporary folder, signed by a software key.

use std::path::Path;

use jiff::Timestamp;
use serde_json::Map;

use super::create::Site;
use super::journal::{IntentDraft, Journal};
use super::lock::{Guard, Wait};
use super::release::StagedFile;
use super::store::Registry;
use crate::audit::record::{Actor, Outcome, event};
use crate::key::version::KeyVersionId;
use crate::manifest::dsse::Signed;
use crate::manifest::signer::Scheme;
use crate::manifest::statement::Statement;
use crate::soft_signer::SoftSigner;
use crate::statements;

/// An object id.
pub(crate) const OBJECT: &str = "000102030405060708090a0b0c0d0e0f";

/// A registry with a first checkpoint, its signer, and the folder that goes with it.
pub(crate) struct Fixture {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) registry: Registry,
    pub(crate) signer: SoftSigner,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let signer = signer();
        let to = dir.path().join("registry");
        let (new, guard) = Site::take(&to, Wait::None).unwrap().begin(now()).unwrap();
        new.write_signer(&signer.pem()).unwrap();
        first_entries(new.registry(), &guard, &signer);
        let registry = new.finish().unwrap();
        Self { dir, registry, signer }
    }

    pub(crate) fn root(&self) -> &Path {
        self.registry.layout().root()
    }

    pub(crate) fn lock(&self) -> Guard {
        self.registry.lock(Wait::None, None).unwrap()
    }

    pub(crate) fn journal<'a>(&'a self, guard: &'a Guard) -> Journal<'a> {
        Journal::open(&self.registry, guard, now(), actor()).unwrap()
    }
}

pub(crate) fn signer() -> SoftSigner {
    SoftSigner::new(Scheme::EcdsaP256)
}

pub(crate) fn now() -> Timestamp {
    "2026-11-22T01:00:00Z".parse().unwrap()
}

pub(crate) fn actor() -> Actor {
    Actor { id: "alice".to_owned(), host: None }
}

pub(crate) fn begin<'a>(registry: &'a Registry, guard: &'a Guard) -> Journal<'a> {
    Journal::begin(registry, guard, now(), actor()).unwrap()
}

pub(crate) fn draft(event: &str, key: Option<&str>) -> IntentDraft {
    let key: Option<KeyVersionId> = key.map(|key| key.parse().unwrap());
    IntentDraft { event: event.to_owned(), key, ..IntentDraft::default() }
}

/// What `init` writes: the registry and its signer, and a checkpoint.
pub(crate) fn first_entries(registry: &Registry, guard: &Guard, signer: &SoftSigner) {
    let mut journal = begin(registry, guard);
    journal.note(event::REGISTRY_INIT, None, Map::new()).unwrap();
    let id = journal.intent(draft(event::SIGNER_CREATED, None)).unwrap();
    journal.result(&id, Outcome::Success, super::journal::ResultDraft::default()).unwrap();
    journal.checkpoint(signer, now()).unwrap();
}

/// A statement about `id` at `revision`, and the object that it names.
pub(crate) fn statement(id: &str, revision: u32, previous: Option<&str>, object_id: &str) -> Statement {
    let id: KeyVersionId = id.parse().unwrap();
    let mut predicate = statements::predicate(id.key.as_str());
    predicate.key_version = id.version.get();
    predicate.revision = revision;
    predicate.previous_manifest = previous.map(str::to_owned);
    predicate.custody.object_id = object_id.to_owned();
    Statement::new(predicate).unwrap()
}

impl Fixture {
    /// Puts a signed manifest in its place, and says what its payload's hash is.
    pub(crate) fn put_manifest(&self, id: &str, revision: u32, previous: Option<&str>, object_id: &str) -> String {
        let signed = Signed::sign(statement(id, revision, previous, object_id), &self.signer).unwrap();
        let id: KeyVersionId = id.parse().unwrap();
        let slot = self.registry.manifest_slot(&id, revision).unwrap();
        StagedFile::create(slot, &signed.to_json()).unwrap().seal().release().unwrap();
        signed.payload_sha256()
    }
}
