//! `recover`, and what every mutating command does about interrupted runs before it begins.

use jiff::Timestamp;
use serde_json::{Map, json};

use super::{Action, Done, Finding, Left, Mode, Owed, RecoverError, recover};
use crate::approval::plan::Action as Planned;
use crate::audit::record::event;
use crate::key::name::KeyName;
use crate::key::operation::Operation;
use crate::ops::apply;
use crate::ops::command::{AUTHORIZATION, CodeOf, CommandError, Workplace};
use crate::ops::expose;
use crate::ops::govern::Presented;
use crate::ops::import::ImportError;
use crate::ops::profile::{self, KnownProfile};
use crate::ops::revoke;
use crate::ops::seal;
use crate::ops::session::Session;
use crate::ops::{generate, import, rotate};
use crate::policy::request::Request;
use crate::registry::journal::past::{BEGUN, DONE};
use crate::registry::journal::{Journal, OpenIntent};

/// What the policy is asked when a person types `recover`. What other commands finish before they begin is no question.
#[must_use]
pub fn question(now: Timestamp) -> Request<'static> {
    Request { operation: Operation::Recover, key: None, wrap: None, now }
}

/// Finishes, or undoes, what interrupted runs left, and signs the checkpoint.
///
/// # Errors
/// A lock that is held, a policy that denies, a token or a registry that fails. What was done before is logged.
pub fn run(
    place: &Workplace<'_>,
    session: &Session<'_>,
    mode: Mode,
    code_of: CodeOf<'_, CommandError>,
) -> Result<Vec<Done>, CommandError> {
    let guard = place.lock(session)?;
    let now = (place.clock)();
    let mut journal = Journal::open(place.registry, &guard, now, place.actor.clone())?;
    if let Err(error) = permitted(place, &journal, now) {
        journal.refusal(&code_of(&error), None, Map::new())?;
        if journal.can_be_signed()? {
            journal.checkpoint(&session.signer, (place.clock)())?;
        }
        return Err(error);
    }
    if let Some(presented) = place.presented {
        let authorization = place.governance.permit(&question(now), place.presented)?.authorization;
        let mark = apply::begin(place.registry, &guard, presented, authorization.as_ref(), now)?;
        let record = authorization.map(|record| (AUTHORIZATION.to_owned(), json!(record)));
        journal.note(BEGUN, None, record.into_iter().chain([mark]).collect())?;
    }
    let done = all(&mut journal, place, session, mode, now)?;
    place.registry.sweep_runs(&guard)?;
    if let Some(presented) = place.presented.filter(|_| !done.iter().any(Done::is_pending)) {
        journal.note(DONE, None, apply::detail(presented))?;
    }
    sign(journal, place, session)?;
    Ok(done)
}

/// Finishes what interrupted runs left, as every command does before it begins, and signs the checkpoint.
///
/// # Errors
/// A lock that is held, a token or a registry that fails. What was done before is logged.
pub fn finish(place: &Workplace<'_>, session: &Session<'_>) -> Result<Vec<Done>, CommandError> {
    let guard = place.lock(session)?;
    let now = (place.clock)();
    let mut journal = Journal::open(place.registry, &guard, now, place.actor.clone())?;
    let done = all(&mut journal, place, session, Mode::Finish, now)?;
    sign(journal, place, session)?;
    Ok(done)
}

fn all(
    journal: &mut Journal<'_>,
    place: &Workplace<'_>,
    session: &Session<'_>,
    mode: Mode,
    now: Timestamp,
) -> Result<Vec<Done>, CommandError> {
    place.governance.ensure_current(journal.policy_in_force())?;
    let profile = profile::ensure(place.registry, session, place.probe, now)?;
    Ok(settle(journal, place, session, &profile, mode, now)?)
}

fn sign(journal: Journal<'_>, place: &Workplace<'_>, session: &Session<'_>) -> Result<(), CommandError> {
    if journal.can_be_signed()? {
        journal.checkpoint(&session.signer, (place.clock)())?;
    }
    Ok(())
}

fn permitted(place: &Workplace<'_>, journal: &Journal<'_>, now: Timestamp) -> Result<(), CommandError> {
    place.governance.ensure_current(journal.policy_in_force())?;
    place.governance.permit(&question(now), place.presented)?;
    Ok(())
}

/// [`recover`] with [`generate::adopt`] and [`import::adopt`] for whole keys and [`expose::record`] for what may have been seen.
///
/// # Errors
/// [`RecoverError`].
pub fn settle(
    journal: &mut Journal<'_>,
    place: &Workplace<'_>,
    session: &Session<'_>,
    profile: &KnownProfile,
    mode: Mode,
    now: Timestamp,
) -> Result<Vec<Done>, RecoverError> {
    let (registry, governance) = (place.registry, place.governance);
    let mut write = |journal: &mut Journal<'_>, intent: &OpenIntent, owed| match (owed, &intent.key) {
        (Owed::Key(key), _) if intent.event == event::KEY_IMPORT => {
            import::adopt(journal, (registry, governance), session, profile, intent, key, now).map_err(adopt_error)
        }
        (Owed::Key(key), _) if intent.event == event::KEY_ROTATE => {
            rotate::adopt::adopt(journal, (registry, governance, place.targets), session, profile, intent, key, now)
                .map_err(|error| RecoverError::Adopt(error.into()))
        }
        (Owed::Key(key), _) => generate::adopt(journal, (registry, governance), session, profile, intent, key, now)
            .map_err(|error| RecoverError::Adopt(error.into())),
        (Owed::Seal, _) => seal::finish(journal, (registry, governance), session, profile, intent, now)
            .map_err(|error| RecoverError::Seal(error.into())),
        (Owed::End(rest), _) => revoke::finish(journal, (registry, governance), session, intent, rest, now)
            .map_err(|error| RecoverError::End(error.into())),
        // What a host saw is a fact, whoever permitted it. What the intent says of that is a claim, and is not signed.
        (Owed::Exposure(exposure), Some(id)) => {
            Ok(expose::record(journal, registry, session, (id, exposure, None), now)?)
        }
        (Owed::Exposure(_), None) => Ok(()),
    };
    let bar = |finding: &Finding, intent: Option<&OpenIntent>| {
        unapproved(place.presented, finding).or_else(|| forbidden(place, mode, (finding, intent?), now))
    };
    recover(session.token, journal, registry, mode, place.may_destroy, (&bar, &mut write))
}

/// Whoever approved a plan of `recover` has approved what was unfinished then, and nothing that came since.
fn unapproved(presented: Option<&Presented>, finding: &Finding) -> Option<String> {
    let Planned::Recover(agreed) = presented?.current()? else { return None };
    let key = finding.key.as_ref().map(ToString::to_string);
    let is_it = agreed.operations.iter().any(|operation| {
        operation.id == finding.operation.as_str() && operation.event == finding.event && operation.key == key
    });
    (!is_it).then(|| "the approved plan does not name it".to_owned())
}

/// What the policy says of a key that would be taken over, before anything is noted or touched.
fn forbidden(
    place: &Workplace<'_>,
    mode: Mode,
    (finding, intent): (&Finding, &OpenIntent),
    now: Timestamp,
) -> Option<String> {
    let papers = (place.registry, place.governance);
    let refused = match &finding.left {
        Left::Whole(_) if mode == Mode::Undo => None,
        Left::Whole(_) if intent.event == event::KEY_IMPORT => import::permitted(papers, intent, now).err().map(said),
        Left::Whole(_) if intent.event == event::KEY_GENERATE => {
            generate::permitted(papers, intent, now).err().map(said)
        }
        Left::Whole(_) if intent.event == event::KEY_ROTATE => {
            rotate::adopt::permitted(papers, intent, now).err().map(said)
        }
        Left::Sealed => seal::permitted(papers, intent, now).err().map(said),
        Left::Gone(_) => revoke::permitted(papers, intent, now).err().map(said),
        _ => None,
    };
    refused.map(|why| format!("it may not be taken over: {why}"))
}

fn said(error: impl std::error::Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        // A transparent error says what its source says.
        let text = error.to_string();
        if !said.ends_with(&text) {
            said = format!("{said}: {text}");
        }
        source = error.source();
    }
    said
}

/// A key that is another than the approved one is left alone, and does not stand in the way of other keys.
fn adopt_error(error: ImportError) -> RecoverError {
    match error {
        ImportError::Command(CommandError::Govern(error)) => RecoverError::Barred(error.to_string()),
        error => RecoverError::Adopt(error.into()),
    }
}

impl Done {
    /// Nothing was done, and this is why.
    pub(super) fn barred(finding: Finding, why: String) -> Self {
        Self { finding: Finding { left: Left::Barred { why }, ..finding }, action: Action::Kept }
    }

    /// Whether other commands must wait for it. What the policy does not let be taken over stands in the way of
    /// commands on the same key alone: else nobody could put a policy in force that lets it. So does an output that is
    /// not in its place, when the evidence is.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.is_pending() && self.barred_key().is_none()
    }

    /// The key of what may not be taken over, or of an output that is not in its place.
    #[must_use]
    pub fn barred_key(&self) -> Option<&KeyName> {
        let is_its_own = matches!(self.finding.left, Left::Barred { .. }) || self.action == Action::Recorded;
        is_its_own.then_some(&self.finding.key.as_ref()?.key)
    }

    /// Whether something is still unfinished that stands in the way of other commands. What was begun on another token
    /// does not.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        matches!(self.action, Action::Kept | Action::NeedsConsent | Action::Recorded)
            && !matches!(self.finding.left, Left::OtherToken { .. })
    }

    /// The operation in a few words: `key.generate payments/kek@1`.
    #[must_use]
    pub fn operation(&self) -> String {
        match &self.finding.key {
            Some(key) => format!("{} {key}", self.finding.event),
            None => self.finding.event.clone(),
        }
    }
}
