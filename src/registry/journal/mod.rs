//! The audit log as one command writes it: intent, result, checkpoint.
//!
//! What is on the disk is checked before anything is added: the last checkpoint under the registry's own trust, the
//! lines that it signs, and every line after it. Lines after it come from a run that died or from somebody else; they
//! are covered by an entry `tail.adopted`, and stay unattested for ever.
//!
//! **A checkpoint is signed only when all evidence of the results before it is in its place.** So evidence that is not is
//! always found in the lines after the last checkpoint. What else is unfinished when a checkpoint is signed, intents
//! that nobody could recover yet and bundles whose place is taken, is named in the last line under it,
//! `recovery.pending`.

mod append;
mod checkpoints;
mod group;
mod head;
mod open;
pub(super) mod operations;
pub mod past;
pub mod scan;
mod systems;
mod write;

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use self::append::Appender;
use self::group::{Renamed, Waiting};
use self::head::Head;
use self::operations::Operations;
pub use self::operations::{OpenIntent, OperationId, Staging, UnreleasedResult};
use self::systems::Systems;
use super::error::RegistryError;
use super::files;
use super::lock::Guard;
use super::release::{Release, Slot};
use super::store::Registry;
use crate::audit::checkpoint::{Checkpoint, PolicyInForce};
use crate::audit::record::{Actor, Entry, ErrorRef, KeyRef, Outcome, Phase, event};
use crate::key::version::KeyVersionId;
use crate::manifest::dsse::Signed;
use crate::manifest::signer::EvidenceSigner;
use crate::manifest::statement::LogRef;

/// The last entries under a checkpoint that is signed while intents are open, or outputs of recorded operations are not
/// in their places; `detail` is `{"intents": [{"seq": N, "entrySha256": HEX}], "results": [..], "continues": true}`.
/// `results` is left out when there are none; `continues` says that the entry before is one of these, too.
pub const RECOVERY_PENDING: &str = "recovery.pending";
/// So much may the clocks of two hosts differ.
const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(10);
/// The most intents and results that one entry names.
const MAX_PENDING: usize = 500;

/// Whether the log has a success of this event for this key version that no checkpoint covers yet: the run that made it
/// was cut short, unless it holds the lock and is not done.
///
/// # Errors
/// [`RegistryError::Log`] when the log, its tail or its checkpoint does not verify.
pub fn is_unsigned(registry: &Registry, event: &str, key: &KeyVersionId) -> Result<bool, RegistryError> {
    Ok(open::read(registry)?.operations.has_result(event, key))
}

/// The last checkpoint, verified.
pub(super) fn last_checkpoint(registry: &Registry) -> Result<Checkpoint, RegistryError> {
    open::checkpoint(registry)
}

/// The policy in force, as the last checkpoint names it.
pub(super) fn policy_in_force(registry: &Registry) -> Result<Option<PolicyInForce>, RegistryError> {
    open::policy(registry)
}

/// What is about to happen.
#[derive(Debug, Default)]
pub struct IntentDraft {
    /// One of [`event`].
    pub event: String,
    /// To which key version.
    pub key: Option<KeyVersionId>,
    /// Everything that will be staged, so that recovery can take it away.
    pub staged: Vec<Slot>,
    /// What recovery needs besides: object ids, labels. Never a secret.
    pub detail: Map<String, Value>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct ResultDraft {
    /// SHA-256 of the payload of the manifest that was made.
    pub manifest_sha256: Option<String>,
    /// The stable code of the error, when it failed.
    pub error: Option<String>,
    /// What is staged and will be renamed into place once this result is on the disk, in this order.
    pub release: Vec<Release>,
    /// Hashes and plans. Never a secret.
    pub detail: Map<String, Value>,
}

/// A fact that goes to the disk together with intents or results.
#[derive(Clone, Debug, Default)]
pub struct NoteDraft {
    /// One of [`event`].
    pub event: String,
    /// About which key version.
    pub key: Option<KeyVersionId>,
    /// Hashes and counts. Never a secret.
    pub detail: Map<String, Value>,
}

/// The log, open for writing under the registry's lock.
#[derive(Debug)]
pub struct Journal<'r> {
    registry: &'r Registry,
    guard: &'r Guard,
    now: Timestamp,
    actor: Actor,
    head: Head,
    /// Lines under the last checkpoint.
    signed: u64,
    /// Lines after it that this process has not written; `None` once they are covered.
    foreign: Option<Foreign>,
    operations: Operations,
    appender: Option<Appender>,
    /// The policy that the next checkpoint names: that of the last one, or the one that this process adopted. Nothing
    /// that another process wrote after the last checkpoint changes it.
    policy: Option<PolicyInForce>,
    /// Results that go to the disk together; `None` when each goes by itself.
    waiting: Option<Waiting>,
    renamed: Renamed,
    systems: Systems,
    /// The next lines are made durable with all of their file system.
    with_files: bool,
}

/// A tail that this process has not written.
#[derive(Clone, Copy, Debug)]
struct Foreign {
    /// The bytes of a torn last line.
    torn: u64,
}

impl<'r> Journal<'r> {
    /// Opens the log of a registry. Nothing is written yet.
    ///
    /// # Errors
    /// [`RegistryError::Log`] when the log, its tail or its checkpoint does not verify; [`RegistryError::Clock`], as with
    /// a clock that runs backwards what has expired would be good again.
    pub fn open(registry: &'r Registry, guard: &'r Guard, now: Timestamp, actor: Actor) -> Result<Self, RegistryError> {
        check_guard(registry, guard)?;
        let opened = open::read(registry)?;
        if let Some(last) =
            opened.signed_at.filter(|last| now.saturating_add(CLOCKS_APART).is_ok_and(|now| now < *last))
        {
            return Err(RegistryError::Clock { now, last });
        }
        let systems = Systems::of(registry)?;
        Ok(Self {
            registry,
            guard,
            now,
            actor,
            systems,
            signed: opened.signed,
            foreign: opened.has_tail().then_some(Foreign { torn: opened.torn }),
            head: opened.head,
            operations: opened.operations,
            appender: None,
            policy: opened.policy,
            waiting: None,
            renamed: Renamed::new(),
            with_files: false,
        })
    }

    /// Begins the log of a registry that is being made: no entry, no checkpoint.
    ///
    /// # Errors
    /// When there is an entry or a checkpoint.
    pub fn begin(
        registry: &'r Registry,
        guard: &'r Guard,
        now: Timestamp,
        actor: Actor,
    ) -> Result<Self, RegistryError> {
        check_guard(registry, guard)?;
        let layout = registry.layout();
        if registry.log_lines()?.next().is_some() || !checkpoints::none(layout)? {
            return Err(RegistryError::Exists { path: layout.log_file(0).as_path().into() });
        }
        let operations = Operations::new(layout.root());
        let head = Head::default();
        let systems = Systems::of(registry)?;
        Ok(Self {
            systems,
            registry,
            guard,
            now,
            actor,
            head,
            signed: 0,
            foreign: None,
            operations,
            appender: None,
            policy: None,
            waiting: None,
            renamed: Renamed::new(),
            with_files: false,
        })
    }

    /// The time of the entries from here on; a long run has a clock.
    pub fn set_time(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Intents without a result, oldest first, this run's own included.
    #[must_use]
    pub fn open_intents(&self) -> Vec<OpenIntent> {
        let mut intents = self.operations.intents();
        intents.retain(|intent| !self.ends(&intent.id));
        intents
    }

    /// Whether an operation has no result yet.
    #[must_use]
    pub fn is_open(&self, id: &OperationId) -> bool {
        self.operations.intent(id).is_some() && !self.ends(id)
    }

    /// Results after the last checkpoint of which something is still staged.
    ///
    /// # Errors
    /// When a folder could not be read.
    pub fn unreleased(&self) -> Result<Vec<UnreleasedResult>, RegistryError> {
        self.operations.unreleased()
    }

    /// Whether nothing is staged that keeps the log from being signed. Outputs of an operation whose evidence is in its
    /// place do not: the next checkpoint names them, and they are found again.
    ///
    /// # Errors
    /// When a folder could not be read.
    pub fn can_be_signed(&self) -> Result<bool, RegistryError> {
        Ok(self.held_up()?.is_none())
    }

    fn held_up(&self) -> Result<Option<PathBuf>, RegistryError> {
        self.operations.holds_up(&|path| self.registry.is_evidence(path))
    }

    /// All that the result of an operation releases, be it in its place or not.
    #[must_use]
    pub fn releases(&self, id: &OperationId) -> Vec<Release> {
        self.operations.releases(id)
    }

    /// Writes down what is about to happen. It is on the disk when this returns.
    ///
    /// # Errors
    /// When it could not be written; nothing must happen then.
    pub fn intent(&mut self, draft: IntentDraft) -> Result<OperationId, RegistryError> {
        self.flush()?;
        draft.staged.iter().try_for_each(|slot| self.systems.watch(slot.from()))?;
        let id = self.new_id()?;
        self.append(self.intent_entry(&id, draft))?;
        Ok(id)
    }

    /// Writes down what came of an intent, and makes durable before what it releases. It is on the disk when this
    /// returns, and what it releases may be renamed; unless results are collected.
    ///
    /// # Errors
    /// [`RegistryError::NoIntent`] when the operation is not open; or when it could not be written.
    pub fn result(&mut self, id: &OperationId, outcome: Outcome, draft: ResultDraft) -> Result<(), RegistryError> {
        let release = draft.release.clone();
        let entry = self.result_entry(id, outcome, draft)?;
        self.end(id, entry, release)
    }

    fn result_entry(&self, id: &OperationId, outcome: Outcome, draft: ResultDraft) -> Result<Entry, RegistryError> {
        let intent = self.operations.intent(id).filter(|_| !self.ends(id));
        let intent = intent.ok_or_else(|| RegistryError::NoIntent(id.to_string()))?;
        let mut entry = self.entry(id, &intent.event, Phase::Result);
        entry.key = intent.key.as_ref().map(|key| key_ref(key, draft.manifest_sha256));
        entry.outcome = Some(outcome);
        entry.error = draft.error.map(|code| ErrorRef { code });
        entry.detail = self.operations.result_detail(draft.detail, &draft.release);
        Ok(entry)
    }

    /// The policy in force: the last checkpoint's, or the one that this process adopted.
    #[must_use]
    pub fn policy_in_force(&self) -> Option<&PolicyInForce> {
        self.policy.as_ref()
    }

    /// Writes down that the adoption of a policy succeeded. It is in force once the checkpoint is signed.
    ///
    /// # Errors
    /// As [`Journal::result`].
    pub fn adopted(
        &mut self,
        id: &OperationId,
        policy_sha256: &str,
        allowed_signers_sha256: &str,
        detail: Map<String, Value>,
    ) -> Result<(), RegistryError> {
        self.result(id, Outcome::Success, ResultDraft { detail, ..ResultDraft::default() })?;
        let (policy_sha256, allowed_signers_sha256) = (policy_sha256.to_owned(), allowed_signers_sha256.to_owned());
        let seq = self.head.end().seq.saturating_sub(1);
        self.policy = Some(PolicyInForce { seq, policy_sha256, allowed_signers_sha256 });
        Ok(())
    }

    /// Renames into place what the result of this operation releases and what is still staged.
    ///
    /// # Errors
    /// [`RegistryError::Exists`] when something is at a destination; it stays staged. Or what was staged is gone.
    pub fn release(&mut self, id: &OperationId) -> Result<(), RegistryError> {
        if self.releases_later(id) {
            return Ok(());
        }
        for release in self.operations.releases(id) {
            if release.is_staged()? {
                release.release()?;
                self.registry.has_released(&release.to);
            }
        }
        self.ensure_placed(id)
    }

    /// Writes down a fact.
    ///
    /// # Errors
    /// When it could not be written.
    pub fn note(
        &mut self,
        event: &str,
        key: Option<&KeyVersionId>,
        detail: Map<String, Value>,
    ) -> Result<(), RegistryError> {
        let entry = self.note_entry(NoteDraft { event: event.to_owned(), key: key.cloned(), detail })?;
        self.append_or_collect(entry)
    }

    /// Writes down that a command was refused, with the stable code of the refusal.
    ///
    /// # Errors
    /// When it could not be written.
    pub fn refusal(
        &mut self,
        code: &str,
        key: Option<&KeyVersionId>,
        detail: Map<String, Value>,
    ) -> Result<(), RegistryError> {
        let id = self.new_id()?;
        let mut entry = self.entry(&id, event::REFUSAL, Phase::Note);
        entry.key = key.map(|key| key_ref(key, None));
        entry.error = Some(ErrorRef { code: code.to_owned() });
        entry.detail = detail;
        self.append_or_collect(entry)
    }

    /// Where the intent of an open operation stands in the log; what a manifest names.
    ///
    /// # Errors
    /// [`RegistryError::NoIntent`].
    pub fn entry_ref(&self, id: &OperationId) -> Result<LogRef, RegistryError> {
        let intent = self.operations.intent(id).ok_or_else(|| RegistryError::NoIntent(id.to_string()))?;
        Ok(intent.log_ref(self.registry.origin()))
    }

    /// What an open operation may have staged.
    #[must_use]
    pub fn staged(&self, id: &OperationId) -> Vec<Staging> {
        self.operations.intent(id).map(|intent| intent.staged.clone()).unwrap_or_default()
    }

    /// Signs the log as it is now and ends the writing. Without anything new nothing is signed, unless a killed run
    /// left the checkpoint files unlike each other.
    ///
    /// # Errors
    /// [`RegistryError::Unreleased`] while a result's output is staged; [`RegistryError::Sign`]; or when a file could
    /// not be written.
    pub fn checkpoint(mut self, signer: &dyn EvidenceSigner, now: Timestamp) -> Result<(), RegistryError> {
        self.now = now;
        self.flush()?;
        self.waiting = None;
        if let Some(staged) = self.held_up()? {
            return Err(RegistryError::Unreleased { path: staged.as_path().into() });
        }
        self.adopt_tail()?;
        // Hidden halves of files that a killed run was replacing. The lock keeps everybody else from doing so now.
        let layout = self.registry.layout();
        [layout.audit(), layout.cache()].iter().try_for_each(|folder| files::sweep(folder))?;
        if self.head.end().seq == self.signed && checkpoints::agree(layout)? {
            return Ok(());
        }
        self.note_pending()?;
        let checkpoint = Checkpoint::of(self.registry.origin(), &self.head.frontier()).with_policy(self.policy.clone());
        let note = checkpoint.to_note(signer).map_err(|error| RegistryError::Sign(Box::new(error)))?;
        let envelope = Signed::sign(checkpoint, signer).map_err(|error| RegistryError::Sign(Box::new(error)))?;
        // A checkpoint that this registry does not trust would shut out the next run.
        Signed::<Checkpoint>::verify(&envelope.to_json(), &self.registry.trust()?)
            .map_err(|error| RegistryError::Sign(Box::new(error)))?;
        if self.sync_other_file_systems()? {
            let sync = || self.systems.own().sync();
            checkpoints::write_after_groups(layout, (&envelope, &note), sync)?;
        } else {
            checkpoints::write(layout, &envelope, &note)?;
        }
        self.head.save(self.registry);
        Ok(())
    }

    /// Names what stays open under the next checkpoint, in its last lines.
    fn note_pending(&mut self) -> Result<(), RegistryError> {
        let intents = self.operations.intents().into_iter().map(|intent| ("intents", intent.seq, intent.entry_sha256));
        let results = self.operations.unreleased_lines()?.into_iter().map(|(seq, sha256)| ("results", seq, sha256));
        let rows: Vec<_> = intents.chain(results).collect();
        let notes = rows.chunks(MAX_PENDING).enumerate().map(|(at, rows)| {
            let of = |list: &str| {
                let rows = rows.iter().filter(|(of, ..)| *of == list);
                rows.map(|(_, seq, sha256)| json!({"seq": seq, "entrySha256": sha256})).collect::<Vec<_>>()
            };
            let mut detail = Map::from_iter([("intents".to_owned(), json!(of("intents")))]);
            let results = of("results");
            if !results.is_empty() {
                detail.insert("results".to_owned(), json!(results));
            }
            if at > 0 {
                detail.insert("continues".to_owned(), json!(true));
            }
            self.note_entry(NoteDraft { event: RECOVERY_PENDING.to_owned(), key: None, detail })
        });
        let notes = notes.collect::<Result<Vec<_>, _>>()?;
        self.append_all(notes)
    }
}

fn key_ref(key: &KeyVersionId, manifest_sha256: Option<String>) -> KeyRef {
    KeyRef { name: key.key.to_string(), version: key.version.get(), manifest_sha256 }
}

fn check_guard(registry: &Registry, guard: &Guard) -> Result<(), RegistryError> {
    if guard.holds(&registry.layout().lock()) {
        return Ok(());
    }
    Err(RegistryError::NotLocked { path: registry.layout().root().into() })
}

#[cfg(test)]
#[path = "../journal_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "../journal_policy_tests.rs"]
mod policy_tests;

#[cfg(test)]
#[path = "../journal_group_tests.rs"]
mod group_tests;
