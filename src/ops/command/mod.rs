//! The steps that every mutating command has in common: lock, log, recovery, profile, intent, result, release,
//! checkpoint. A command begins before it acts and settles at its end; what lies between is its own.

mod group;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use self::group::Mark;
pub use self::group::{Ended, Undertaking, Unplaced};
use crate::audit::checkpoint::PolicyInForce;
use crate::audit::record::{Actor, Outcome, event};
use crate::key::exposure::Exposure;
use crate::key::version::KeyVersionId;
use crate::manifest::authorization::AuthorizationRecord;
use crate::manifest::dsse::{SealError, Signed};
use crate::manifest::statement::Statement;
use crate::ops::apply::{self, ApplyError};
use crate::ops::expose::{self, ExposeError};
use crate::ops::govern::{GovernError, Governance, Permission, Presented};
use crate::ops::profile::{self, KnownProfile, ProbePolicy, ProfileError};
use crate::ops::recover::run::settle;
use crate::ops::recover::{Action, Done, Left, Mode, RecoverError};
use crate::ops::session::Session;
use crate::ops::statement::Stamp;
use crate::ops::target::Targets;
use crate::policy::request::Request;
use crate::registry::error::RegistryError;
use crate::registry::journal::{IntentDraft, Journal, OperationId, ResultDraft, Staging};
use crate::registry::lock::{Guard, Wait};
use crate::registry::release::Release;
use crate::registry::store::{Registry, StoredManifest};

/// The member of an intent's detail that says under which policy the operation is done.
pub const AUTHORIZATION: &str = "authorization";

/// Where a command works and what it may do without asking.
pub struct Workplace<'a> {
    /// The registry.
    pub registry: &'a Registry,
    /// The user's runtime folder, for the lock of each token.
    pub runtime_dir: &'a Path,
    /// How long to wait for locks.
    pub wait: Wait,
    /// The clock.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// Who runs the command.
    pub actor: Actor,
    /// Whether a probe is allowed.
    pub probe: ProbePolicy,
    /// Whether recovery may destroy the remains of an interrupted run: `--yes`, or a person agreed.
    pub may_destroy: bool,
    /// Hears what interrupted runs had left, before the command itself acts.
    pub tell: Box<dyn Fn(&Done) + 'a>,
    /// The policy in force.
    pub governance: &'a Governance,
    /// The targets of byok.yaml.
    pub targets: &'a Targets,
    /// The approved plan that is carried out, if one is.
    pub presented: Option<&'a Presented>,
}

impl std::fmt::Debug for Workplace<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workplace").field("registry", &self.registry).finish_non_exhaustive()
    }
}

impl Workplace<'_> {
    /// Locks the registry and the token.
    ///
    /// # Errors
    /// When another process holds one of them.
    pub fn lock(&self, session: &Session<'_>) -> Result<Guard, CommandError> {
        let serial = session.token.identity().serial.as_str();
        Ok(self.registry.lock(self.wait, Some((self.runtime_dir, serial)))?)
    }
}

/// A mutating command between lock and checkpoint.
#[derive(Debug)]
pub struct Command<'a> {
    place: &'a Workplace<'a>,
    guard: &'a Guard,
    journal: Journal<'a>,
    profile: Arc<KnownProfile>,
    /// The intent that this run has logged and not yet answered.
    current: Option<OperationId>,
    /// What interrupted runs had left and this one finished first.
    recovered: Vec<Done>,
    /// Something of the current operation is in the token: its intent stays open, for recovery, when it fails.
    leaves_something: bool,
    /// What this host saw of a key in the current operation; its manifest says so, or one of its own.
    seen: Exposure,
    /// Under which policy the current operation is done.
    authorization: Option<AuthorizationRecord>,
    /// The mark of the approved plan on the intents of groups, once it was begun.
    mark: Option<Mark>,
}

/// Why a command could not begin, log, or settle.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The plan may not be applied, or not any more.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// Between the check and the lock another command changed the key version.
    #[error("{0} was changed by another command in the meantime")]
    Changed(KeyVersionId),
    /// An interrupted run left something that only `recover` may clear up.
    #[error("an interrupted run is unfinished: {}", .0.join("; "))]
    Pending(Vec<String>),
    /// What this host saw of a key was not recorded.
    #[error(transparent)]
    Expose(#[from] ExposeError),
    /// The policy.
    #[error(transparent)]
    Govern(#[from] GovernError),
    /// Recovery failed.
    #[error(transparent)]
    Recover(#[from] RecoverError),
    /// No profile of the token.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The registry or its log.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The manifest could not be signed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// The stable code of an error, which the command line knows.
pub type CodeOf<'a, E> = &'a dyn Fn(&E) -> String;

impl<'a> Command<'a> {
    /// Opens the log, makes sure of the token's profile, and finishes what interrupted runs left; what it may not
    /// finish, it refuses to go on with.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn begin(place: &'a Workplace<'a>, guard: &'a Guard, session: &Session<'_>) -> Result<Self, CommandError> {
        let now = (place.clock)();
        let mut journal = Journal::open(place.registry, guard, now, place.actor.clone())?;
        place.governance.ensure_current(journal.policy_in_force())?;
        let profile = profile::ensure(place.registry, session, place.probe, now)?;
        if profile.probed_because.is_some() {
            journal.note(event::PROFILE_PROBED, None, profile.log_detail())?;
        }
        let recovered = settle(&mut journal, place, session, &profile, Mode::Finish, (place.clock)())?;
        recovered.iter().for_each(&place.tell);
        let pending: Vec<_> = recovered.iter().filter(|done| done.blocks()).map(Done::operation).collect();
        if !pending.is_empty() {
            // What this run has logged is its own, and must not look like a stranger's to the next.
            if journal.can_be_signed()? {
                journal.checkpoint(&session.signer, (place.clock)())?;
            }
            return Err(CommandError::Pending(pending));
        }
        Ok(Self {
            place,
            guard,
            journal,
            profile: Arc::new(profile),
            current: None,
            recovered,
            leaves_something: false,
            seen: Exposure::None,
            authorization: None,
            mark: None,
        })
    }

    /// The manifest of a bundle that an interrupted run made, and this one put into `out`.
    ///
    /// # Errors
    /// A registry that cannot be read.
    pub fn finished_bundle(&self, id: &KeyVersionId, out: &Path) -> Result<Option<Statement>, CommandError> {
        let is_there = |done: &Done| {
            done.action == Action::Released
                && done.finding.key.as_ref() == Some(id)
                && matches!(&done.finding.left, Left::Output { to } if to.iter().any(|to| to == out))
        };
        if !self.recovered.iter().any(is_there) {
            return Ok(None);
        }
        Ok(Some(self.place.registry.newest_manifest(id)?.statement))
    }

    /// The token's profile.
    #[must_use]
    pub fn profile(&self) -> &KnownProfile {
        &self.profile
    }

    /// The same, to be kept beside the command.
    #[must_use]
    pub fn shared_profile(&self) -> Arc<KnownProfile> {
        Arc::clone(&self.profile)
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.place.clock)()
    }

    /// The policy in force.
    #[must_use]
    pub fn governance(&self) -> &'a Governance {
        self.place.governance
    }

    /// The registry.
    #[must_use]
    pub fn registry(&self) -> &'a Registry {
        self.place.registry
    }

    /// The newest manifest is still the one that was checked before the lock was held (`None`), or the one after it, in
    /// which this run's recovery recorded what an interrupted one had seen of the key.
    ///
    /// # Errors
    /// Another one, or a registry that cannot be read.
    pub fn unchanged(
        &self,
        id: &KeyVersionId,
        checked: &StoredManifest,
    ) -> Result<Option<StoredManifest>, CommandError> {
        if self.place.registry.is_newest_manifest(id, checked)? {
            return Ok(None);
        }
        let newest = self.place.registry.newest_manifest(id)?;
        let predicate = &newest.statement.predicate;
        let follows = predicate.previous_manifest.as_deref() == Some(&checked.payload_sha256);
        // Recorded now, or by a run that was cut off before it had put the manifest in its place.
        let recorded = |done: &Done| match done.action {
            Action::Admitted => true,
            Action::Released => done.finding.event == event::KEY_EXPOSED,
            _ => false,
        };
        let admitted = |done: &Done| done.finding.key.as_ref() == Some(id) && recorded(done);
        if follows && predicate.wraps.is_empty() && self.recovered.iter().any(admitted) {
            return Ok(Some(newest));
        }
        Err(CommandError::Changed(id.clone()))
    }

    /// Asks the policy again, under the lock and with all that is known by now. What it answers goes into the intent and
    /// the manifest. Whoever asked before the PIN still asks here: between the two, time has passed.
    ///
    /// # Errors
    /// A denial, or approvals that are missing.
    pub fn permit(&mut self, request: &Request<'_>) -> Result<Permission, CommandError> {
        self.is_free(request)?;
        let permission = self.place.governance.permit(request, self.place.presented)?;
        self.authorization.clone_from(&permission.authorization);
        Ok(permission)
    }

    /// What an interrupted run left of this key, and what may not be taken over, comes first.
    fn is_free(&self, request: &Request<'_>) -> Result<(), CommandError> {
        let Some(key) = request.key.as_ref().map(|key| key.name) else { return Ok(()) };
        let of_key = |done: &&Done| done.barred_key() == Some(key);
        let pending: Vec<_> = self.recovered.iter().filter(of_key).map(Done::operation).collect();
        if pending.is_empty() { Ok(()) } else { Err(CommandError::Pending(pending)) }
    }

    /// Logs what is about to happen; it is on the disk when this returns.
    ///
    /// # Errors
    /// When it could not be written; nothing must happen then.
    pub fn intend(&mut self, mut draft: IntentDraft) -> Result<OperationId, CommandError> {
        if let Some(authorization) = &self.authorization {
            draft.detail.insert(AUTHORIZATION.to_owned(), json!(authorization));
        }
        if let Some(presented) = self.place.presented {
            let now = (self.place.clock)();
            draft.detail.extend([apply::begin(
                self.place.registry,
                self.guard,
                presented,
                self.authorization.as_ref(),
                now,
            )?]);
        }
        let operation = self.journal.intent(draft)?;
        self.current = Some(operation.clone());
        Ok(operation)
    }

    /// From here on something of the operation is in the token.
    pub fn has_acted(&mut self) {
        self.leaves_something = true;
    }

    /// What the operation had put in the token is gone from it again.
    pub fn has_undone(&mut self) {
        self.leaves_something = false;
    }

    /// From here on this host has seen this much of the key.
    pub fn has_seen(&mut self, exposure: Exposure) {
        self.seen = exposure;
    }

    /// Signer, intent and time, for the operation's manifest.
    ///
    /// # Errors
    /// When the operation is not open.
    pub fn stamp(&self, session: &Session<'_>, operation: &OperationId) -> Result<Stamp, CommandError> {
        let log_ref = self.journal.entry_ref(operation)?;
        Ok(Stamp {
            signer: session.record.clone(),
            log_ref,
            now: (self.place.clock)(),
            authorization: self.authorization.clone(),
        })
    }

    /// Logs the success with the manifest's hash and the hashes of what is staged, then renames it into place.
    ///
    /// # Errors
    /// When the result could not be written, or a destination exists by now.
    pub fn finish(
        &mut self,
        operation: &OperationId,
        manifest: &Signed<Statement>,
        release: Vec<Release>,
    ) -> Result<(), CommandError> {
        self.journal.set_time((self.place.clock)());
        let draft = ResultDraft { manifest_sha256: Some(manifest.payload_sha256()), release, ..ResultDraft::default() };
        self.journal.result(operation, Outcome::Success, draft)?;
        self.current = None;
        self.seen = Exposure::None;
        self.journal.release(operation)?;
        Ok(())
    }

    /// Logs that these files were adopted. They are in force when the command has settled.
    ///
    /// # Errors
    /// When the result could not be written.
    pub fn adopted(
        &mut self,
        operation: &OperationId,
        (policy, signers): (&str, &str),
        mut detail: Map<String, Value>,
    ) -> Result<(), CommandError> {
        if let Some(authorization) = &self.authorization {
            detail.insert(AUTHORIZATION.to_owned(), json!(authorization));
        }
        self.journal.set_time((self.place.clock)());
        self.journal.adopted(operation, policy, signers, detail)?;
        self.current = None;
        Ok(())
    }

    /// The policy in force.
    #[must_use]
    pub fn policy_in_force(&self) -> Option<&PolicyInForce> {
        self.journal.policy_in_force()
    }

    /// Ends the command: logs a failure or a refusal, and signs the checkpoint.
    ///
    /// # Errors
    /// The command's own error first; else what kept the log from being closed.
    pub fn settle<T, E: From<CommandError>>(
        mut self,
        session: &Session<'_>,
        key: &KeyVersionId,
        outcome: Result<T, E>,
        code_of: CodeOf<'_, E>,
    ) -> Result<T, E> {
        let recorded = self.admit(session, key);
        self.conclude(session, Some(key), (outcome, recorded), code_of)
    }

    /// [`Command::settle`] for a command that is about no key.
    ///
    /// # Errors
    /// As [`Command::settle`].
    pub fn settle_without_key<T, E: From<CommandError>>(
        self,
        session: &Session<'_>,
        outcome: Result<T, E>,
        code_of: CodeOf<'_, E>,
    ) -> Result<T, E> {
        self.conclude(session, None, (outcome, Ok(())), code_of)
    }

    fn conclude<T, E: From<CommandError>>(
        mut self,
        session: &Session<'_>,
        key: Option<&KeyVersionId>,
        (outcome, recorded): (Result<T, E>, Result<(), CommandError>),
        code_of: CodeOf<'_, E>,
    ) -> Result<T, E> {
        let logged = match &outcome {
            Ok(_) => Ok(()),
            Err(error) => self.log_failure(key, code_of(error)),
        };
        let now = (self.place.clock)();
        let closed = logged.and_then(|()| self.journal.checkpoint(&session.signer, now));
        let closed = recorded.and(closed.map_err(CommandError::from));
        match (outcome, closed) {
            (Ok(_), Err(error)) => Err(error.into()),
            (outcome, _) => outcome,
        }
    }

    /// Records what a failed operation has seen, before its intent is closed: as long as that fails the intent stays
    /// open, and the next run records it.
    fn admit(&mut self, session: &Session<'_>, key: &KeyVersionId) -> Result<(), CommandError> {
        if self.seen == Exposure::None {
            return Ok(());
        }
        let (registry, now) = (self.place.registry, (self.place.clock)());
        let recorded =
            expose::record(&mut self.journal, registry, session, (key, self.seen, self.authorization.clone()), now);
        self.leaves_something |= recorded.is_err();
        Ok(recorded?)
    }

    fn log_failure(&mut self, key: Option<&KeyVersionId>, code: String) -> Result<(), RegistryError> {
        match self.current.take() {
            None => self.journal.refusal(&code, key, Map::new()),
            Some(_) if self.leaves_something => Ok(()),
            Some(operation) => {
                let intents = self.journal.open_intents();
                let draft = ResultDraft { error: Some(code), ..ResultDraft::default() };
                self.journal.result(&operation, Outcome::Failure, draft)?;
                // What is staged and sealed is taken away only when the log does not say that it goes to its place.
                let staged = intents.iter().filter(|intent| intent.id == operation).flat_map(|intent| &intent.staged);
                staged.into_iter().try_for_each(Staging::discard)
            }
        }
    }
}
