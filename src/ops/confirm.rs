//! `confirm-import`: a provider's own answer about the key that was imported is compared with the manifest, recorded as a
//! placement, and the key is taken into use.
//!
//! The answer is a file: it proves as much as whoever fetched it is trusted. Of a pair it shows the public half, which is the key;
//! of a symmetric key it shows that there is one, and no more.

mod apart;
mod choice;
mod others;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub use self::apart::Early;
use self::apart::Shown;
use super::change::{ChangeError, Target, intend, record};
use super::command::{CodeOf, Command, CommandError, Workplace};
use super::place::Place;
use super::session::Session;
use crate::audit::record::event;
use crate::format::escape::{SHORT, printable};
use crate::format::spki::PublicKey;
use crate::key::operation::Operation;
use crate::key::spec::{KeySpec, Purpose};
use crate::key::state::{Event, State, StateRefusal, TransitionError};
use crate::key::version::{KeySelector, KeyVersionId};
use crate::manifest::digest::sha256_hex;
use crate::manifest::statement::{KeyVersionPredicate, PlacementMatch, PlacementRecord, Statement, WrapRecord};
use crate::policy::request::Request;
use crate::provider::{ChallengeError, Confirmation, ConfirmationRequest, ImportFile, NotTaken, Provider, accept_for};
use crate::registry::error::RegistryError;
use crate::registry::store::{Registry, StoredManifest};

/// An answer that says what it should.
#[derive(Debug)]
pub struct Checked {
    /// The key version.
    pub target: Target,
    /// What will be recorded; the time is that of the check.
    pub placement: PlacementRecord,
    /// It is recorded already: a checkpoint at most is missing.
    pub is_made: bool,
    /// The provider's clock does not agree with this host's.
    pub early: Option<Early>,
}

/// Another version of the key that an answer may be about.
#[derive(Clone, Debug)]
pub struct Rival {
    /// The version that was to be confirmed.
    pub id: KeyVersionId,
    /// The other one: wrapped for the same key, and never seen there.
    pub other: KeyVersionId,
    /// Provider id.
    pub provider: &'static str,
    /// The other one's target, where it must be named; made printable.
    pub target_id: Option<String>,
    /// The number that the answer shows, made printable.
    pub number: Option<String>,
    /// When the version was wrapped for it first.
    pub wrapped_at: Timestamp,
}

/// Why an import was not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// byok knows no answer of this provider.
    #[error("byok knows no answer of {0} about an imported key")]
    NoReader(&'static str),
    /// The key was never wrapped for it.
    #[error("{id} was never wrapped for {provider}")]
    NotWrapped {
        /// `NAME@N`
        id: KeyVersionId,
        /// Provider id.
        provider: &'static str,
    },
    /// The files are not the answer, or say that the key is not in use.
    #[error(transparent)]
    Answer(#[from] ChallengeError),
    /// The answer is about another key.
    #[error("the answer is about another key: {what} is {found}, and {id} was wrapped for {expected}")]
    Other {
        /// `NAME@N`
        id: KeyVersionId,
        /// What differs.
        what: &'static str,
        /// In the answer, made printable.
        found: String,
        /// In the manifests.
        expected: String,
    },
    /// The key was never wrapped for this target.
    #[error("{id} was never wrapped for a target {target} of {provider}")]
    NoTarget {
        /// `NAME@N`
        id: KeyVersionId,
        /// As typed, made printable.
        target: String,
        /// Provider id.
        provider: &'static str,
        /// Those for which it was, made printable.
        known: Vec<String>,
    },
    /// Several places have a key to which the answer fits.
    #[error("the answer fits several places for which {id} was wrapped, and does not say which it is from: {}", known.join(", "))]
    Ambiguous {
        /// `NAME@N`
        id: KeyVersionId,
        /// The ids of the targets, made printable.
        known: Vec<String>,
    },
    /// The answer shows another version of the same key.
    #[error("the answer shows version {number} there, which is {other}, and not {id}")]
    Stale {
        /// `NAME@N`
        id: KeyVersionId,
        /// The version that it shows.
        other: KeyVersionId,
        /// Its number at the provider, made printable.
        number: String,
    },
    /// What the answer shows is older than the wrap.
    #[error("the provider has what the answer shows since {made_at:.0}, and {} was wrapped for it at {:.0}: it may be {}, which was never seen there", .rival.id, .rival.wrapped_at, .rival.other)]
    MadeBefore {
        /// Which version it may be.
        rival: Box<Rival>,
        /// The provider's time.
        made_at: Timestamp,
    },
    /// The answer may be about another version.
    #[error("the answer does not tell {} from {}, which was wrapped for the same key and never seen there", .rival.id, .rival.other)]
    Untold {
        /// Which version it may be.
        rival: Box<Rival>,
        /// Whether one more import shows in the number.
        counts_up: bool,
    },
    /// The provider has another public key.
    #[error("the provider's public key has sha256 {found}; that of {id} is {expected}")]
    OtherKey {
        /// `NAME@N`
        id: KeyVersionId,
        /// In the answer.
        found: String,
        /// In the manifest.
        expected: String,
    },
    /// The answer of a pair shows no public key.
    #[error("the evidence shows no public key, and {0} is a pair")]
    NoPublicKey(KeyVersionId),
    /// The provider does not take the type.
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
    /// As for every change.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl From<CommandError> for ConfirmError {
    fn from(error: CommandError) -> Self {
        Self::Change(error.into())
    }
}

impl From<RegistryError> for ConfirmError {
    fn from(error: RegistryError) -> Self {
        Self::Change(error.into())
    }
}

impl From<StateRefusal> for ConfirmError {
    fn from(error: StateRefusal) -> Self {
        Self::Change(error.into())
    }
}

/// What is said about an import.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// The provider.
    pub provider: &'static Provider,
    /// Its answer.
    pub files: &'a [ImportFile],
    /// The target of byok.yaml at which it was asked.
    pub target_id: Option<&'a str>,
}

/// Reads the evidence and compares it with what the registry knows. No token is needed.
///
/// # Errors
/// The first thing that speaks against it.
pub fn check(registry: &Registry, id: &KeyVersionId, said: Said<'_>, now: Timestamp) -> Result<Checked, ConfirmError> {
    let Said { provider, files, .. } = said;
    let read = provider.read_confirmation.ok_or(ConfirmError::NoReader(provider.id))?;
    let selector = KeySelector { key: id.key.clone(), version: Some(id.version) };
    let target = Target::find(registry, &selector)?;
    target.check_clock(now)?;
    check_state(target.predicate(), now).map_err(|error| error.of(&target.id))?;
    let manifests = registry.manifests(id)?;
    let wraps: Vec<&WrapRecord> = wraps(&manifests).collect();
    let answers = |wrap: &WrapRecord, place: &Place<'_>| -> Result<Confirmation, ConfirmError> {
        let found = read(&ConfirmationRequest { files, target: wrap.target.as_deref() })?;
        // Two vaults, accounts or regions can have keys of one name.
        let is_target = if place.is_outside(&found.resource) { Some(false) } else { found.is_target };
        Ok(Confirmation { is_target, ..found })
    };
    let (wrap, place, confirmation) = choice::choose(id, &wraps, said, answers)?;
    let matches = compare(&target, provider, wrap, &confirmation)?;
    let (made_at, mark) = (confirmation.made_at, confirmation.mark.clone());
    let placement = placement(provider, (confirmation, place.target_id), files, matches, now);
    others::check(registry, id, (&place, &placement))?;
    let shown = Shown { provider, place: &place, placement: &placement, made_at, mark: mark.as_ref() };
    let early = apart::check(registry, id, &shown, now)?;
    let is_made = is_made(target.predicate(), &placement, rolled_back(registry, id)?, now);
    Ok(Checked { target, placement, is_made, early })
}

fn wraps(manifests: &[StoredManifest]) -> impl Iterator<Item = &WrapRecord> {
    manifests.iter().flat_map(|manifest| &manifest.statement.predicate.wraps)
}

/// What is gone is nowhere taken into use.
fn check_state(predicate: &KeyVersionPredicate, now: Timestamp) -> Result<(), TransitionError> {
    match predicate.state_at(now) {
        from @ (State::Destroyed | State::DestroyedCompromised) => {
            Err(TransitionError { from, event: Event::Activate })
        }
        _ => Ok(()),
    }
}

/// What the answer has in common with the manifests.
fn compare(
    target: &Target,
    provider: &'static Provider,
    wrap: &WrapRecord,
    found: &Confirmation,
) -> Result<Vec<PlacementMatch>, ConfirmError> {
    let (id, predicate) = (&target.id, target.predicate());
    let other = |what, found: &str, expected: &str| ConfirmError::Other {
        id: id.clone(),
        what,
        found: printable(found, SHORT),
        expected: expected.to_owned(),
    };
    let mut matches = Vec::new();
    if let Some(public) = &predicate.public {
        let found = found.public.as_ref().ok_or_else(|| ConfirmError::NoPublicKey(id.clone()))?;
        check_public(id, found, &public.spki_sha256)?;
        matches.push(PlacementMatch::PublicKey);
    }
    match found.is_target {
        Some(true) => matches.push(PlacementMatch::Target),
        Some(false) => return Err(other("the key", &found.resource, wrap.target.as_deref().unwrap_or("another"))),
        None => {}
    }
    let expected = algorithms(target, provider, wrap)?;
    if !expected.contains(&found.algorithm.as_str()) {
        return Err(other("its type", &found.algorithm, &expected.join(" or ")));
    }
    matches.push(PlacementMatch::Type);
    Ok(matches)
}

fn check_public(id: &KeyVersionId, found: &PublicKey, expected: &str) -> Result<(), ConfirmError> {
    let found = found.sha256_hex();
    if found == expected {
        return Ok(());
    }
    Err(ConfirmError::OtherKey { id: id.clone(), found, expected: expected.to_owned() })
}

/// The provider's words for the type: the one that the wrap named, or all that it has.
fn algorithms<'a>(
    target: &Target,
    provider: &'static Provider,
    wrap: &'a WrapRecord,
) -> Result<Vec<&'a str>, ConfirmError> {
    if let Some(algorithm) = &wrap.algorithm {
        return Ok(vec![algorithm.as_str()]);
    }
    let unknown = || ChangeError::Manifest(target.id.clone());
    let predicate = target.predicate();
    let spec: KeySpec = predicate.key_type.parse().map_err(|_| unknown())?;
    let purpose: Purpose = predicate.purpose.parse().map_err(|_| unknown())?;
    Ok(accept_for(provider, spec, purpose)?.algorithms.to_vec())
}

fn placement(
    provider: &'static Provider,
    (found, target_id): (Confirmation, Option<&str>),
    files: &[ImportFile],
    matches: Vec<PlacementMatch>,
    now: Timestamp,
) -> PlacementRecord {
    let evidence: BTreeSet<String> = files.iter().map(|file| sha256_hex(&file.bytes)).collect();
    PlacementRecord {
        provider: provider.id.to_owned(),
        account: found.account,
        resource: found.resource,
        target_id: target_id.map(str::to_owned),
        provider_key_version: found.key_version,
        provider_state: found.state,
        observed_at: now,
        evidence_sha256: evidence.into_iter().collect(),
        matches,
    }
}

/// When another version of the key was given up last. An answer that was recorded before says nothing of the time since:
/// read again after it, it is recorded anew, though some providers answer the same bytes for ever.
fn rolled_back(registry: &Registry, id: &KeyVersionId) -> Result<Option<Timestamp>, RegistryError> {
    let mut last = None;
    for other in registry.versions(&id.key)?.iter().filter(|other| *other != id) {
        let newest = registry.newest_manifest(other)?;
        last = last.max(newest.statement.predicate.rollback.map(|rollback| rollback.at));
    }
    Ok(last)
}

/// Whether this very answer is recorded, since the last way back, and the key in use or planned to be.
fn is_made(
    predicate: &KeyVersionPredicate,
    placement: &PlacementRecord,
    rolled_back: Option<Timestamp>,
    now: Timestamp,
) -> bool {
    let same = |known: &PlacementRecord| {
        let is_since = rolled_back.is_none_or(|at| at < known.observed_at);
        is_since && PlacementRecord { observed_at: placement.observed_at, ..known.clone() } == *placement
    };
    let waits = predicate.state_at(now) == State::PreActivation && comes_into_use(predicate);
    predicate.placements.iter().any(same) && !waits
}

/// A version that was given up for an older one is not brought into use by being at its provider all the same.
fn comes_into_use(predicate: &KeyVersionPredicate) -> bool {
    predicate.dates.activation_at.is_none() && predicate.rollback.is_none()
}

impl Checked {
    /// What the policy is asked.
    ///
    /// # Errors
    /// [`ChangeError::Manifest`].
    pub fn question(&self, now: Timestamp) -> Result<Request<'_>, ChangeError> {
        self.target.question(Operation::ConfirmImport, now)
    }
}

/// Records the placement: intent, reading back, manifest, result, release, checkpoint.
///
/// # Errors
/// Whatever the token, the registry or the signer refuse.
pub fn run(
    place: &Workplace<'_>,
    session: &Session<'_>,
    checked: Checked,
    code_of: CodeOf<'_, ConfirmError>,
) -> Result<Statement, ConfirmError> {
    let id = checked.target.id.clone();
    let guard = place.lock(session)?;
    let mut command = Command::begin(place, &guard, session)?;
    let outcome = act(&mut command, session, checked);
    command.settle(session, &id, outcome, code_of)
}

fn act(command: &mut Command<'_>, session: &Session<'_>, checked: Checked) -> Result<Statement, ConfirmError> {
    let now = command.now();
    let newest = command.registry().newest_manifest(&checked.target.id)?;
    let rolled_back = rolled_back(command.registry(), &checked.target.id)?;
    if is_made(&newest.statement.predicate, &checked.placement, rolled_back, now) {
        return Ok(newest.statement);
    }
    let checked = Checked { target: checked.target.still(command)?, ..checked };
    command.permit(&checked.question(now)?)?;
    let Checked { target, placement, .. } = checked;
    target.check_clock(now)?;
    check_state(target.predicate(), now).map_err(|error| error.of(&target.id))?;
    let (_, attrs) = target.read(session)?;
    target.check_custody(&attrs)?;
    let operation = intend(command, &target, event::KEY_CONFIRM, detail(&placement))?;
    Ok(record(command, session, &target, operation, attrs, |predicate| apply(predicate, placement))?)
}

/// The placement; and a key for which no date was set is in use from now on.
fn apply(predicate: &mut KeyVersionPredicate, placement: PlacementRecord) {
    let now = predicate.custody.read_at;
    if predicate.state == State::PreActivation && comes_into_use(predicate) {
        predicate.enter(State::Active, now);
        predicate.dates.activated_at = Some(now);
    }
    predicate.put_placement(placement);
}

fn detail(placement: &PlacementRecord) -> Map<String, Value> {
    let rows = [
        ("provider", json!(placement.provider)),
        ("account", json!(placement.account)),
        ("resource", json!(placement.resource)),
        ("targetId", json!(placement.target_id)),
        ("providerKeyVersion", json!(placement.provider_key_version)),
        ("providerState", json!(placement.provider_state)),
        ("evidenceSha256", json!(placement.evidence_sha256)),
    ];
    let rows = rows.into_iter().filter(|(_, value)| !value.is_null());
    rows.map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statements;

    /// Some providers answer the same bytes for ever: after a rollback they are news.
    #[test]
    fn an_answer_from_before_a_rollback_is_recorded_once_more() {
        let mut predicate = statements::predicate("payments/kek");
        let at = |minutes: i64| predicate.dates.generated_at + jiff::SignedDuration::from_mins(minutes);
        let [seen, rolled_back, now] = [1, 2, 3].map(at);
        let known = PlacementRecord {
            provider: "aws-kms".to_owned(),
            target_id: None,
            account: None,
            resource: "arn:aws:kms:eu-central-1:1:key/c".to_owned(),
            provider_key_version: None,
            provider_state: "Enabled".to_owned(),
            observed_at: seen,
            evidence_sha256: vec!["ab".repeat(32)],
            matches: vec![PlacementMatch::Type],
        };
        predicate.enter(State::Active, seen);
        predicate.placements = vec![known.clone()];
        let found = PlacementRecord { observed_at: now, ..known };
        assert!(is_made(&predicate, &found, None, now));
        assert!(is_made(&predicate, &found, Some(seen - jiff::SignedDuration::from_secs(1)), now));
        assert!(!is_made(&predicate, &found, Some(rolled_back), now));
        predicate.put_placement(found.clone());
        assert!(is_made(&predicate, &found, Some(rolled_back), now));
    }
}
