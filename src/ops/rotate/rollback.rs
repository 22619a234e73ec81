//! `rotate --rollback`: the new version is given up, and the old one is current again, while nothing of it is gone.
//!
//! The new version is deactivated (superseded): what was protected under it can still be opened. One that never came into
//! use cannot be deactivated (SP 800-57 part 1 section 7.1 knows activation, compromise and destruction only): its state
//! stays as it is, and its manifest says that it was given up. In both cases nothing brings it into use any more, and the
//! next rotation makes another one. What the providers have is for their own commands, which are written down here.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::audit::record::event;
use crate::key::name::KeyName;
use crate::key::operation::Operation;
use crate::key::reason::Reason;
use crate::key::state::{Event, State};
use crate::key::version::{KeySelector, KeyVersionId};
use crate::manifest::rotation::RollbackRecord;
use crate::manifest::statement::{KeyVersionPredicate, PlacementRecord, StateReason, Statement, WrapRecord};
use crate::ops::change::{ChangeError, Target, intend, record};
use crate::ops::command::{CodeOf, Command, CommandError, Workplace};
use crate::ops::inventory::InventoryError;
use crate::ops::place::{Place, Sight, distinct, is_ambiguous, spoken_for};
use crate::ops::session::Session;
use crate::policy::request::Request;
use crate::provider::{self, PackageError, Standing, WayBack, WayBackRequest};
use crate::registry::error::RegistryError;
use crate::registry::store::{Registry, StoredManifest};

/// A rollback against which nothing speaks so far.
#[derive(Debug)]
pub struct Checked {
    /// The new version.
    pub target: Target,
    /// The old one, which is current again.
    pub old: KeyVersionId,
    /// Its state.
    pub old_state: State,
    /// What becomes of the new version's record.
    pub step: Step,
    /// The way back at each place to which the new version went.
    pub ways: Vec<Way>,
}

/// What becomes of the record of a version that is given up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// It is deactivated.
    Deactivate,
    /// It was never in use, and stays so; or it was deactivated before.
    GiveUp,
    /// It was given up already.
    Made,
}

/// The way back at one place.
#[derive(Clone, Debug)]
pub struct Way {
    /// Provider id.
    pub provider: String,
    /// The target's id in byok.yaml.
    pub target_id: Option<String>,
    /// The key there.
    pub target: Option<String>,
    /// Whether the new version may be there: it was seen there, or it is in use.
    pub arrived: bool,
    /// The id of the old version's target there, where `confirm-import` of that needs it; nothing where it never went there.
    pub old_target: Option<Option<String>>,
    /// Commands and words.
    pub back: WayBack,
}

impl Way {
    /// Whether the provider goes on with the new version, whatever is recorded here.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.arrived && self.back.script.is_none()
    }
}

/// Why nothing is rolled back.
#[derive(Debug, thiserror::Error)]
pub enum RollbackError {
    /// The newest version is none that a rotation made.
    #[error("no rotation made {0}: there is nothing to go back to")]
    NotRotated(KeyVersionId),
    /// The old version cannot be current again.
    #[error("{old} is in state {state}: there is no way back from {new} to it")]
    OldGone {
        /// The old version.
        old: KeyVersionId,
        /// Its state.
        state: State,
        /// The new version.
        new: KeyVersionId,
    },
    /// The commands of the way back could not be put together.
    #[error("the way back at {provider} could not be written down")]
    Way {
        /// Provider id.
        provider: String,
        /// Why.
        #[source]
        source: PackageError,
    },
    /// As for every change.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl From<CommandError> for RollbackError {
    fn from(error: CommandError) -> Self {
        Self::Change(error.into())
    }
}

impl From<RegistryError> for RollbackError {
    fn from(error: RegistryError) -> Self {
        Self::Change(error.into())
    }
}

impl Checked {
    /// Whether no provider that may have the new version can be led back: then nothing is gained but what cannot be undone.
    #[must_use]
    pub fn strands(&self) -> bool {
        let mut arrived = self.ways.iter().filter(|way| way.arrived).peekable();
        arrived.peek().is_some() && arrived.all(Way::is_closed)
    }

    /// What the policy is asked: as for `revoke --stage deactivate`.
    ///
    /// # Errors
    /// [`ChangeError::Manifest`].
    pub fn question(&self, now: Timestamp) -> Result<Request<'_>, ChangeError> {
        self.target.question(Operation::Revoke, now)
    }
}

/// Everything that can be refused before a PIN is asked for, and the way back at each provider.
///
/// # Errors
/// No rotation to take back, or an old version that cannot be current again.
pub fn check(registry: &Registry, key: &KeyName, now: Timestamp) -> Result<Checked, RollbackError> {
    let unknown = || InventoryError::Unknown(KeySelector { key: key.clone(), version: None });
    let new = registry.newest_version(key)?.ok_or_else(unknown).map_err(ChangeError::from)?;
    let manifests = registry.manifests(&new)?;
    let newest = manifests.last().cloned().ok_or_else(|| RegistryError::NoManifest(new.clone()))?;
    let target = Target::of(newest, new.clone())?;
    target.check_clock(now)?;
    let replaced = target.predicate().rotation.as_ref().and_then(|rotation| rotation.replaces.parse().ok());
    let replaced: KeyVersionId = replaced.ok_or_else(|| RollbackError::NotRotated(new.clone()))?;
    let (old, before, old_state) = current_before(registry, &new, replaced, now)?;
    let step = step(target.predicate(), now).map_err(|error| ChangeError::from(error.of(&new)))?;
    let ways = ways((&target, &manifests), (&old, &before))?;
    Ok(Checked { target, old, old_state, step, ways })
}

/// The version that is current again: the one which the rotation replaced, or where that had been given up itself, the one
/// before it. No other one is passed over: providers need not have what came before.
fn current_before(
    registry: &Registry,
    new: &KeyVersionId,
    replaced: KeyVersionId,
    now: Timestamp,
) -> Result<(KeyVersionId, Vec<StoredManifest>, State), RollbackError> {
    for old in registry.versions(&new.key)?.into_iter().rev().filter(|old| old.version < new.version) {
        let manifests = registry.manifests(&old)?;
        let Some(last) = manifests.last() else { continue };
        if last.statement.predicate.rollback.is_some() {
            continue;
        }
        let state = last.statement.predicate.state_at(now);
        if matches!(state, State::Active | State::Suspended) {
            return Ok((old, manifests, state));
        }
        return Err(RollbackError::OldGone { old, state, new: new.clone() });
    }
    Err(RollbackError::OldGone { old: replaced, state: State::Destroyed, new: new.clone() })
}

fn step(predicate: &KeyVersionPredicate, now: Timestamp) -> Result<Step, crate::key::state::TransitionError> {
    let state = predicate.state_at(now);
    let superseded = predicate.state_reason.as_ref().is_some_and(|reason| reason.code == Reason::Superseded);
    match state {
        _ if predicate.rollback.is_some() => Ok(Step::Made),
        State::PreActivation => Ok(Step::GiveUp),
        State::Deactivated if superseded => Ok(Step::GiveUp),
        _ => state.on(Event::Deactivate).map(|_| Step::Deactivate),
    }
}

/// A version's side at the providers.
type Side<'a> = (&'a KeyVersionId, &'a [StoredManifest]);

/// The way back for the newest wrap at each place.
fn ways((target, new): (&Target, &[StoredManifest]), old: Side<'_>) -> Result<Vec<Way>, RollbackError> {
    let wraps: Vec<&WrapRecord> = wraps(new).collect();
    let all: Vec<Place<'_>> = wraps.iter().copied().map(Place::from).collect();
    let newest: Vec<(usize, Place<'_>)> = distinct(&all);
    let places: Vec<Place<'_>> = newest.iter().map(|(_, place)| *place).collect();
    let newest = newest.iter().filter_map(|(at, place)| Some((wraps.get(*at)?, place)));
    newest.map(|(wrap, place)| way(target, wrap, (place, &places), old)).collect()
}

fn wraps(manifests: &[StoredManifest]) -> impl DoubleEndedIterator<Item = &WrapRecord> {
    manifests.iter().flat_map(|manifest| &manifest.statement.predicate.wraps)
}

/// The last wrap of the old version for this place: by its target, by its names, or by what may be the same.
fn earlier<'a>(place: &Place<'_>, before: &'a [StoredManifest]) -> Option<&'a WrapRecord> {
    let find = |is_it: &dyn Fn(&Place<'_>) -> bool| wraps(before).rev().find(|known| is_it(&Place::from(*known)));
    let exact = |known: &Place<'_>| known.is_same(place) && (known.target, known.mount) == (place.target, place.mount);
    find(&exact).or_else(|| find(&|known| known.is_same(place))).or_else(|| find(&|known| known.may_be_same(place)))
}

fn way(
    target: &Target,
    wrap: &WrapRecord,
    (place, places): (&Place<'_>, &[Place<'_>]),
    (old, before): Side<'_>,
) -> Result<Way, RollbackError> {
    let predicate = target.predicate();
    let earlier = earlier(place, before);
    let before_at: Vec<Place<'_>> =
        distinct(&wraps(before).map(Place::from).collect::<Vec<_>>()).into_iter().map(|(_, its)| its).collect();
    let old_predicate = before.last().map(|last| &last.statement.predicate);
    let no_files = Vec::new();
    let files: Vec<(String, String)> = earlier
        .map_or(no_files, |wrap| wrap.files.iter().map(|file| (file.name.clone(), file.sha256.clone())).collect());
    let (new_id, old_id) = (target.id.to_string(), old.to_string());
    let request = WayBackRequest {
        spec: predicate.key_type.parse().map_err(|_| ChangeError::Manifest(target.id.clone()))?,
        purpose: predicate.purpose.parse().ok(),
        algorithm: wrap.algorithm.as_deref(),
        new: Standing {
            version: version_at(place, places, &predicate.placements),
            ..standing(&new_id, Some(wrap), &[])
        },
        old: Standing {
            version: earlier
                .zip(old_predicate)
                .and_then(|(wrap, old)| version_at(&Place::from(wrap), &before_at, &old.placements)),
            ..standing(&old_id, earlier, &files)
        },
    };
    let found = provider::find(&wrap.provider).ok_or_else(|| ChangeError::Manifest(target.id.clone()))?;
    let broken = |source| RollbackError::Way { provider: wrap.provider.clone(), source };
    let mut back = (found.way_back)(&request).map_err(broken)?;
    let is_seen = predicate.placements.iter().any(|placement| place.fits(&Sight::from(placement)));
    if !is_seen && found.read_confirmation.is_some() {
        back.says.push(format!(
            "byok never saw {new_id} there, and does not know whether it went there: look at the provider's answer first"
        ));
    }
    let arrived = predicate.dates.activated_at.is_some() || is_seen;
    let old_target = earlier.map(|wrap| {
        let its = Place::from(wrap);
        its.target_id.filter(|_| is_ambiguous(&its, &before_at)).map(str::to_owned)
    });
    let (target_id, target) = (place.target_id.map(str::to_owned), wrap.target.clone());
    Ok(Way { provider: wrap.provider.clone(), target_id, target, arrived, old_target, back })
}

fn standing<'a>(id: &'a str, wrap: Option<&'a WrapRecord>, files: &'a [(String, String)]) -> Standing<'a> {
    Standing {
        id,
        target: wrap.and_then(|wrap| wrap.target.as_deref()),
        mount: wrap.and_then(|wrap| wrap.mount.as_deref()),
        version: None,
        method: wrap.and_then(|wrap| wrap.method.parse().ok()),
        files,
    }
}

/// The version's number at a place, as the provider's last answer showed it.
fn version_at<'a>(place: &Place<'_>, places: &[Place<'_>], placements: &'a [PlacementRecord]) -> Option<&'a str> {
    let speaks = |placement: &&PlacementRecord| {
        spoken_for(places, &Sight::from(*placement)).is_some_and(|known| known.is_same(place))
    };
    let last = placements.iter().filter(speaks).max_by_key(|placement| placement.observed_at)?;
    last.provider_key_version.as_deref()
}

/// Gives the new version up: intent, reading back, manifest, result, release, checkpoint.
///
/// # Errors
/// As [`check`], and whatever the token, the registry or the signer refuse.
pub fn run(
    place: &Workplace<'_>,
    session: &Session<'_>,
    checked: Checked,
    code_of: CodeOf<'_, RollbackError>,
) -> Result<Statement, RollbackError> {
    let id = checked.target.id.clone();
    let guard = place.lock(session)?;
    let mut command = Command::begin(place, &guard, session)?;
    let outcome = act(&mut command, session, checked);
    command.settle(session, &id, outcome, code_of)
}

fn act(command: &mut Command<'_>, session: &Session<'_>, checked: Checked) -> Result<Statement, RollbackError> {
    let now = command.now();
    let newest = check(command.registry(), &checked.target.id.key, now)?;
    if newest.step == Step::Made {
        return Ok(newest.target.manifest.statement);
    }
    let checked = Checked { target: checked.target.still(command)?, ..checked };
    command.permit(&checked.question(now)?)?;
    let Checked { target, old, step, .. } = checked;
    let (_, attrs) = target.read(session)?;
    target.check_custody(&attrs)?;
    let operation = intend(command, &target, event::KEY_ROLLBACK, detail(&target.id, &old))?;
    let reason = StateReason { code: Reason::Superseded, message: Some(format!("rolled back to {old}")) };
    Ok(record(command, session, &target, operation, attrs, |predicate| {
        let at = predicate.custody.read_at;
        predicate.rollback = Some(RollbackRecord { to: old.to_string(), at });
        predicate.dates.activation_at = predicate.dates.activation_at.filter(|date| *date <= at);
        if step == Step::Deactivate {
            predicate.enter(State::Deactivated, at);
            predicate.state_reason = Some(reason);
        }
    })?)
}

fn detail(id: &KeyVersionId, old: &KeyVersionId) -> Map<String, Value> {
    let rows = [("label", json!(id.to_string())), ("to", json!(old.to_string()))];
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
