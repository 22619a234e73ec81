//! Many keys in one command: a group's intents go to the disk together, and so do its results. What a command keeps for
//! its one operation, each key of a group has for itself.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{AUTHORIZATION, Command, CommandError};
use crate::audit::record::Outcome;
use crate::key::exposure::Exposure;
use crate::key::version::KeyVersionId;
use crate::manifest::authorization::AuthorizationRecord;
use crate::manifest::statement::{LogRef, SignerRecord};
use crate::ops::apply;
use crate::ops::expose;
use crate::ops::govern::Permission;
use crate::ops::session::Session;
use crate::ops::statement::Stamp;
use crate::policy::request::Request;
use crate::registry::error::RegistryError;
use crate::registry::journal::{IntentDraft, NoteDraft, OperationId, ResultDraft, Staging};
use crate::registry::release::Release;
use crate::registry::runs::Run;

/// The member of an intent's detail that says which plan is carried out.
pub(super) type Mark = (String, Value);

/// One key of a group, between its intent and its result. What happens to it is told on any thread.
#[derive(Debug)]
pub struct Undertaking {
    operation: OperationId,
    key: KeyVersionId,
    log_ref: LogRef,
    authorization: Option<AuthorizationRecord>,
    staged: Vec<Staging>,
    traces: Mutex<Traces>,
}

/// What there is of an operation by now.
#[derive(Clone, Copy, Debug)]
struct Traces {
    /// Something of it is in the token: its intent stays open, for recovery, when it fails.
    leaves_something: bool,
    /// What this host saw of the key.
    seen: Exposure,
}

/// How the operation of one key ended.
#[derive(Debug)]
pub enum Ended {
    /// It succeeded.
    Done {
        /// The key.
        undertaking: Undertaking,
        /// SHA-256 of the payload of the manifest that was made.
        manifest_sha256: String,
        /// What is staged, in the order in which it is renamed.
        release: Vec<Release>,
    },
    /// It failed.
    Failed {
        /// The key.
        undertaking: Undertaking,
        /// The stable code of the error.
        code: String,
    },
}

/// An operation that succeeded, and whose output could not be put in its place. It stays staged, for recovery.
#[derive(Debug)]
pub struct Unplaced {
    /// The key.
    pub key: KeyVersionId,
    /// Why.
    pub error: RegistryError,
}

impl Undertaking {
    /// The operation.
    #[must_use]
    pub fn operation(&self) -> &OperationId {
        &self.operation
    }

    /// The key version.
    #[must_use]
    pub fn key(&self) -> &KeyVersionId {
        &self.key
    }

    /// From here on something of the operation is in the token.
    pub fn has_acted(&self) {
        self.trace(|traces| traces.leaves_something = true);
    }

    /// What the operation had put in the token is gone from it again.
    pub fn has_undone(&self) {
        self.trace(|traces| traces.leaves_something = false);
    }

    /// From here on this host has seen this much of the key.
    pub fn has_seen(&self, exposure: Exposure) {
        self.trace(|traces| traces.seen = traces.seen.max(exposure));
    }

    /// Signer, intent and time, for the operation's manifest.
    #[must_use]
    pub fn stamp(&self, signer: SignerRecord, now: Timestamp) -> Stamp {
        Stamp { signer, log_ref: self.log_ref.clone(), now, authorization: self.authorization.clone() }
    }

    // What one thread told before it died is true all the same.
    fn trace(&self, tell: impl FnOnce(&mut Traces)) {
        tell(&mut self.traces.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn traces(&self) -> Traces {
        *self.traces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Command<'_> {
    /// [`Command::permit`] for one key of a group: what the policy answers belongs to that key alone, and goes with its
    /// intent ([`Command::intend_all`]).
    ///
    /// # Errors
    /// A denial, or approvals that are missing.
    pub fn permit_one(&self, request: &Request<'_>) -> Result<Permission, CommandError> {
        self.is_free(request)?;
        Ok(self.place.governance.permit(request, self.place.presented)?)
    }

    /// The intents that follow are made durable with all that was written to the registry before them, in one sync.
    pub fn cover_files(&mut self) {
        self.journal.cover_files();
    }

    /// Keeps a run, of which the next intents are the first: it is durable when they are. Answers with its hash.
    ///
    /// # Errors
    /// When it could not be written.
    pub fn keep_run(&mut self, run: &Run) -> Result<String, CommandError> {
        let registry = self.place.registry;
        registry.sweep_runs(self.guard)?;
        let sha256 = registry.keep_run(self.guard, run)?;
        self.cover_files();
        Ok(sha256)
    }

    /// Logs what is about to happen to each key, after some facts; all of it is on the disk when this returns.
    ///
    /// # Errors
    /// When it could not be written; nothing of it must happen then. A draft without a key is refused.
    pub fn intend_all(
        &mut self,
        notes: Vec<NoteDraft>,
        drafts: Vec<(IntentDraft, Option<AuthorizationRecord>)>,
    ) -> Result<Vec<Undertaking>, CommandError> {
        self.journal.set_time((self.place.clock)());
        let mark = self.marked(drafts.iter().find_map(|(_, authorization)| authorization.as_ref()))?;
        let (mut marked, mut planned) = (Vec::new(), Vec::new());
        for (mut draft, authorization) in drafts {
            let key = draft.key.clone().ok_or_else(|| RegistryError::Entry("a group is about keys".to_owned()))?;
            if let Some(authorization) = &authorization {
                draft.detail.insert(AUTHORIZATION.to_owned(), json!(authorization));
            }
            draft.detail.extend(mark.clone());
            marked.push(draft);
            planned.push((key, authorization));
        }
        let operations = self.journal.intents(notes, marked)?;
        let undertakings = operations.into_iter().zip(planned).map(|(operation, (key, authorization))| {
            let (log_ref, staged) = (self.journal.entry_ref(&operation)?, self.journal.staged(&operation));
            let traces = Mutex::new(Traces { leaves_something: false, seen: Exposure::None });
            Ok(Undertaking { operation, key, log_ref, authorization, staged, traces })
        });
        undertakings.collect()
    }

    /// The plan is begun once, whatever the number of groups.
    fn marked(&mut self, authorization: Option<&AuthorizationRecord>) -> Result<Option<Mark>, CommandError> {
        if let (None, Some(presented)) = (&self.mark, self.place.presented) {
            let now = (self.place.clock)();
            self.mark = Some(apply::begin(self.place.registry, self.guard, presented, authorization, now)?);
        }
        Ok(self.mark.clone())
    }

    /// Ends the operations of a group: makes durable what is staged, logs each success with its manifest's hash and the
    /// hashes of what is staged, each failure with its code, and then some facts; then renames everything into place.
    /// What failed and left something in the token keeps its intent, for recovery. Answers with those whose output
    /// could not be put in its place.
    ///
    /// # Errors
    /// When the results could not be written; what is staged stays, for recovery.
    pub fn finish_all(
        &mut self,
        session: &Session<'_>,
        ended: Vec<Ended>,
        notes: Vec<NoteDraft>,
    ) -> Result<Vec<Unplaced>, CommandError> {
        let (mut results, mut placed, mut discarded) = (Vec::new(), BTreeMap::new(), Vec::new());
        let mut unadmitted = None;
        for end in ended {
            match end {
                Ended::Done { undertaking, manifest_sha256, release } => {
                    let draft =
                        ResultDraft { manifest_sha256: Some(manifest_sha256), release, ..ResultDraft::default() };
                    results.push((undertaking.operation.clone(), Outcome::Success, draft));
                    placed.insert(undertaking.operation, undertaking.key);
                }
                Ended::Failed { undertaking, code } => {
                    if let Err(error) = self.admit_one(session, &undertaking) {
                        // As long as that fails its intent stays open; the others have ended all the same.
                        undertaking.has_acted();
                        unadmitted = unadmitted.or(Some(error));
                    }
                    if !undertaking.traces().leaves_something {
                        let draft = ResultDraft { error: Some(code), ..ResultDraft::default() };
                        results.push((undertaking.operation, Outcome::Failure, draft));
                        discarded.extend(undertaking.staged);
                    }
                }
            }
        }
        self.journal.set_time((self.place.clock)());
        let done = results.iter().filter(|(_, outcome, _)| *outcome == Outcome::Success);
        let operations: Vec<_> = done.map(|(operation, _, _)| operation.clone()).collect();
        self.journal.results(results, notes)?;
        // What is staged is taken away only when the log does not say that it goes to its place.
        self.journal.discard_all(&discarded)?;
        let unplaced = self.journal.release_all(&operations).into_iter();
        unadmitted.map_or(Ok(()), Err)?;
        Ok(unplaced.filter_map(|(id, error)| Some(Unplaced { key: placed.get(&id)?.clone(), error })).collect())
    }

    /// [`Command::finish_all`] for a group of which nothing succeeded, each with the code of its error.
    ///
    /// # Errors
    /// As [`Command::finish_all`].
    pub fn fail_all(
        &mut self,
        session: &Session<'_>,
        failed: Vec<(Undertaking, String)>,
        notes: Vec<NoteDraft>,
    ) -> Result<(), CommandError> {
        let ended = failed.into_iter().map(|(undertaking, code)| Ended::Failed { undertaking, code });
        self.finish_all(session, ended.collect(), notes).map(drop)
    }

    /// Records what a failed operation has seen of a key, before its intent is closed. A key version without a manifest
    /// is one that the operation itself made: either its intent stays open, and recovery admits it, or it is gone.
    fn admit_one(&mut self, session: &Session<'_>, undertaking: &Undertaking) -> Result<(), CommandError> {
        let seen = undertaking.traces().seen;
        let (registry, now, id) = (self.place.registry, (self.place.clock)(), &undertaking.key);
        if seen == Exposure::None || !registry.has_version(id)? {
            return Ok(());
        }
        let admitted = (id, seen, undertaking.authorization.clone());
        Ok(expose::record(&mut self.journal, registry, session, admitted, now)
            .inspect_err(|_| undertaking.has_acted())?)
    }
}
