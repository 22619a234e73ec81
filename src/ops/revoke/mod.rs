//! `revoke`: a key version is taken out of use, stage by stage, and its next manifest says so. The last stage takes its
//! objects out of the token ([`destroy`]).
//!
//! A stage that was reached already for the same reason is not refused: whoever repeats a command that was cut short gets
//! it done.

mod dependents;
mod destroy;
mod error;
mod objects;
mod places;
mod recovery;
mod waiting;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

pub use self::dependents::unwrapped_under;
pub use self::error::RevokeError;
pub use self::places::{Place, places};
pub use self::recovery::Rest;
pub(super) use self::recovery::{AssessError, assess, finish, permitted};
pub use self::waiting::Hurdle;
use super::change::{Target, intend, record};
use super::command::{CodeOf, Command, Workplace};
use super::govern::{Governance, Permission};
use super::session::Session;
use crate::audit::record::event;
use crate::key::reason::Reason;
use crate::key::stage::Stage;
use crate::key::state::State;
use crate::key::version::KeySelector;
use crate::manifest::destruction::{BREAK_GLASS_APPROVALS, BreakGlassRecord};
use crate::manifest::statement::{KeyVersionPredicate, StateReason, Statement};
use crate::policy::request::Request;
use crate::registry::store::Registry;

/// The member of an intent that says what is skipped.
const BREAK_GLASS: &str = "breakGlass";
/// The member of an intent that says that the key was not found, and not destroyed.
const ABSENT: &str = "absent";

/// What is asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Order {
    /// The stage; nothing for the one that the reason and the state imply.
    pub stage: Option<Stage>,
    /// Why.
    pub reason: StateReason,
    /// Whether waiting is skipped, and why.
    pub break_glass: Option<String>,
    /// The token does not find the key any more, and nobody here destroyed it: that is recorded.
    pub absent: bool,
}

/// A stage against which nothing speaks so far.
#[derive(Debug)]
pub struct Checked {
    /// The key version.
    pub target: Target,
    /// The stage.
    pub stage: Stage,
    /// Why.
    pub reason: StateReason,
    /// Whether waiting is skipped, and why.
    pub break_glass: Option<String>,
    /// The token must not find the key: nothing is done in it, but that the last stage destroys what is left of a pair.
    pub absent: bool,
    /// What is skipped, as it was found last.
    pub hurdles: Vec<Hurdle>,
    /// It was reached already: a checkpoint at most is missing.
    pub is_made: bool,
}

impl Checked {
    /// Every place of the version, with what is to be done there. Of a key that its token lost, nothing is destroyed there.
    ///
    /// # Errors
    /// A registry that cannot be read.
    pub fn places(&self, registry: &Registry, now: Timestamp) -> Result<Vec<Place>, RevokeError> {
        let mut found = places(registry, &self.target, self.stage, now)?;
        let gone = self.target.predicate().destruction.as_ref();
        if self.stage == Stage::Destroy && (self.absent || gone.is_some_and(|record| record.absent)) {
            found.iter_mut().for_each(Place::keep);
        }
        Ok(found)
    }

    /// What the policy is asked.
    ///
    /// # Errors
    /// [`super::change::ChangeError::Manifest`].
    pub fn question(&self, now: Timestamp) -> Result<Request<'_>, RevokeError> {
        Ok(self.target.question(self.stage.operation(), now)?)
    }

    /// Whether state, clock, waiting times and users of the version allow it now.
    fn check(&mut self, papers: (&Registry, &Governance), now: Timestamp) -> Result<(), RevokeError> {
        self.check_state(now)?;
        self.hurdles = if self.absent && self.stage == Stage::Destroy {
            waiting::of_absence(papers, &self.target, now)?
        } else {
            waiting::hurdles(papers, &self.target, self.stage, now)?
        };
        if self.hurdles.is_empty() || self.break_glass.is_some() {
            return Ok(());
        }
        let (id, hurdles) = (self.target.id.clone(), self.hurdles.clone());
        let governed = papers.1.parts().is_some();
        Err(RevokeError::Waits { id, stage: self.stage, absent: self.absent, governed, hurdles })
    }

    /// Who skips waiting has the approvals of two people, in an approved plan.
    ///
    /// # Errors
    /// [`RevokeError::Alone`].
    pub fn check_people(&self, permission: &Permission) -> Result<(), RevokeError> {
        let plan = permission.authorization.as_ref().and_then(|authorization| authorization.plan.as_ref());
        let people = plan.map_or(0, |plan| plan.approvals.len());
        if self.glass().is_none() || people >= BREAK_GLASS_APPROVALS {
            return Ok(());
        }
        Err(RevokeError::Alone { id: self.target.id.clone(), people })
    }

    /// What the manifest says of it; nothing where nothing had to be skipped.
    #[must_use]
    pub fn glass(&self) -> Option<BreakGlassRecord> {
        let reason = self.break_glass.clone().filter(|_| !self.hurdles.is_empty())?;
        Some(BreakGlassRecord { reason, skipped: waiting::skipped(&self.hurdles) })
    }

    fn check_state(&self, now: Timestamp) -> Result<(), RevokeError> {
        let id = &self.target.id;
        self.target.check_clock(now)?;
        let state = self.target.predicate().state_at(now);
        state.on(self.stage.event()).map_err(|error| error.of(id))?;
        match (self.stage, state) {
            (Stage::Destroy, State::Active | State::Suspended) if !self.absent => {
                Err(RevokeError::InUse { id: id.clone(), state })
            }
            _ => Ok(()),
        }
    }
}

fn is_made(predicate: &KeyVersionPredicate, stage: Stage, reason: &StateReason, now: Timestamp) -> bool {
    let current = predicate.state_at(now);
    // Who asks again need not know what was said of it then.
    let same = predicate
        .state_reason
        .as_ref()
        .is_some_and(|said| said.code == reason.code && (reason.message.is_none() || said.message == reason.message));
    match stage {
        Stage::Suspend => current == State::Suspended && same,
        Stage::Deactivate => current == State::Deactivated && same,
        Stage::Compromise => matches!(current, State::Compromised | State::DestroyedCompromised) && same,
        Stage::Destroy => is_gone(current),
    }
}

/// Whether the objects of a key in this state are gone.
#[must_use]
pub fn is_gone(state: State) -> bool {
    matches!(state, State::Destroyed | State::DestroyedCompromised)
}

/// Everything that can be refused before a PIN is asked for.
///
/// # Errors
/// No such key, no stage that is implied, a state or a clock that does not allow it, or a key that is still in use.
pub fn check(
    (registry, governance): (&Registry, &Governance),
    selector: &KeySelector,
    order: Order,
    now: Timestamp,
) -> Result<Checked, RevokeError> {
    let target = Target::find(registry, selector)?;
    let Order { stage, reason, break_glass, absent } = order;
    let current = target.predicate().state_at(now);
    let stage = stage.or_else(|| Stage::implied(reason.code, current));
    let stage = stage.ok_or_else(|| RevokeError::NoStage { id: target.id.clone(), state: current })?;
    let is_made = is_made(target.predicate(), stage, &reason, now);
    // Of a key that is gone already, no token is asked.
    let absent = absent && (stage == Stage::Destroy || !is_gone(current));
    let mut checked = Checked { target, stage, reason, break_glass, absent, hurdles: Vec::new(), is_made };
    if !is_made {
        if selector.version.is_none() && checked.reason.code == Reason::Superseded {
            is_superseded(registry, &checked.target, now)?;
        }
        checked.check((registry, governance), now)?;
    }
    Ok(checked)
}

/// A name alone is its newest version. Where an earlier one is there, that one was superseded, and not the newest.
fn is_superseded(registry: &Registry, target: &Target, now: Timestamp) -> Result<(), RevokeError> {
    let id = &target.id;
    let lives = !matches!(target.predicate().state_at(now), State::Deactivated | State::Compromised);
    let Some(earlier) = registry.versions(&id.key)?.into_iter().rfind(|other| other.version < id.version) else {
        return Ok(());
    };
    if lives { Err(RevokeError::NotSuperseded { id: id.clone(), earlier }) } else { Ok(()) }
}

/// Carries the stage out: intent, token, reading back, manifest, result, release, checkpoint.
///
/// # Errors
/// As [`check`], and whatever the token, the registry or the signer refuse. A failure after an object was destroyed
/// leaves the intent open, for recovery.
pub fn run(
    place: &Workplace<'_>,
    session: &Session<'_>,
    checked: Checked,
    code_of: CodeOf<'_, RevokeError>,
) -> Result<Statement, RevokeError> {
    let id = checked.target.id.clone();
    let guard = place.lock(session)?;
    let mut command = Command::begin(place, &guard, session)?;
    let outcome = act(&mut command, session, checked);
    command.settle(session, &id, outcome, code_of)
}

fn act(command: &mut Command<'_>, session: &Session<'_>, checked: Checked) -> Result<Statement, RevokeError> {
    let now = command.now();
    // This run's recovery may have written what an interrupted one owed.
    let newest = command.registry().newest_manifest(&checked.target.id)?;
    if is_made(&newest.statement.predicate, checked.stage, &checked.reason, now) {
        return Ok(newest.statement);
    }
    let mut checked = Checked { target: checked.target.still(command)?, ..checked };
    checked.check((command.registry(), command.governance()), now)?;
    let permission = command.permit(&checked.question(now)?)?;
    checked.check_people(&permission)?;
    if checked.stage == Stage::Destroy && checked.absent {
        return destroy::record_absence(command, session, &checked);
    }
    if checked.stage == Stage::Destroy {
        return destroy::act(command, session, &checked);
    }
    if is_gone(checked.target.predicate().state_at(now)) {
        return destroy::record_afterwards(command, session, &checked);
    }
    if checked.absent {
        return destroy::record_unfound(command, session, &checked);
    }
    let target = &checked.target;
    let (_, attrs) = target.read(session)?;
    target.check_custody(&attrs)?;
    let operation = intend(command, target, log_event(checked.stage), detail(&checked))?;
    let enter = |predicate: &mut KeyVersionPredicate| checked.enter(predicate, predicate.custody.read_at);
    Ok(record(command, session, target, operation, attrs, enter)?)
}

impl Checked {
    /// What the next manifest says.
    fn enter(&self, predicate: &mut KeyVersionPredicate, at: Timestamp) {
        // The table was asked before; only a date that came in between could lead elsewhere.
        if let Ok(state) = predicate.state.on(self.stage.event()) {
            predicate.enter(state, at);
            predicate.state_reason = Some(self.reason.clone());
            predicate.break_glass = self.glass();
        }
    }
}

/// The event of the log.
pub(super) fn log_event(stage: Stage) -> &'static str {
    match stage {
        Stage::Suspend => event::KEY_SUSPEND,
        Stage::Deactivate => event::KEY_DEACTIVATE,
        Stage::Compromise => event::KEY_COMPROMISE,
        Stage::Destroy => event::KEY_DESTROY,
    }
}

/// What the intent says.
fn detail(checked: &Checked) -> Map<String, Value> {
    let Checked { target, reason, .. } = checked;
    let custody = &target.predicate().custody;
    let mut rows = vec![("label", json!(target.id.to_string())), ("reason", json!(reason))];
    if checked.stage == Stage::Destroy {
        rows.extend([
            ("objectId", json!(custody.object_id)),
            ("type", json!(target.predicate().key_type)),
            ("tokenSerial", json!(custody.token_serial)),
        ]);
    }
    rows.extend(checked.absent.then_some((ABSENT, json!(true))));
    rows.extend(checked.glass().map(|glass| (BREAK_GLASS, json!(glass))));
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
