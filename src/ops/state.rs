//! `activate`, `suspend`, `reinstate`: a key version changes its state, and its next manifest says so.
//!
//! A change that is asked for and made already is not refused: whoever repeats a command that was cut short gets it done.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::change::{ChangeError, Target, intend, record};
use super::command::{CodeOf, Command, Workplace};
use super::session::Session;
use crate::audit::record::event;
use crate::key::dates::Schedule;
use crate::key::operation::Operation;
use crate::key::state::{Event, State};
use crate::key::version::{KeySelector, KeyVersionId};
use crate::manifest::statement::{KeyVersionPredicate, StateReason, Statement};
use crate::policy::request::Request;
use crate::registry::store::Registry;

/// What is to become of a key version.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// It comes into use, now or when its activation date has come. Dates that are not given stay as they were.
    Activate(Schedule),
    /// It comes into use again.
    Reinstate,
    /// Its use is paused.
    Suspend(StateReason),
}

/// A change that nothing speaks against so far.
#[derive(Debug)]
pub struct Checked {
    /// The key version.
    pub target: Target,
    /// What is to become of it.
    pub change: Change,
    /// It is so already: a checkpoint at most is missing.
    pub is_made: bool,
}

impl Change {
    /// The event of the state table.
    #[must_use]
    pub fn event(&self) -> Event {
        match self {
            Self::Activate(_) => Event::Activate,
            Self::Reinstate => Event::Reinstate,
            Self::Suspend(_) => Event::Suspend,
        }
    }

    fn operation(&self) -> Operation {
        match self {
            Self::Activate(_) => Operation::Activate,
            Self::Reinstate => Operation::Reinstate,
            Self::Suspend(_) => Operation::Suspend,
        }
    }

    /// What the policy is asked: about the key with the dates that it will have.
    ///
    /// # Errors
    /// [`ChangeError::Manifest`].
    pub fn question<'a>(&self, target: &'a Target, now: Timestamp) -> Result<Request<'a>, ChangeError> {
        let mut request = target.question(self.operation(), now)?;
        if let (Self::Activate(asked), Some(key)) = (self, &mut request.key) {
            key.protect_stop = asked.protect_stop.or(key.protect_stop);
        }
        Ok(request)
    }

    /// The event of the log.
    fn log_event(&self) -> &'static str {
        match self {
            Self::Activate(_) => event::KEY_ACTIVATE,
            Self::Reinstate => event::KEY_REINSTATE,
            Self::Suspend(_) => event::KEY_SUSPEND,
        }
    }

    /// Whether a key version is as it would be after this change.
    fn is_made(&self, registry: &Registry, target: &Target, now: Timestamp) -> Result<bool, ChangeError> {
        let predicate = target.predicate();
        let state = predicate.state_at(now);
        Ok(match self {
            Self::Activate(asked) => {
                let is_so = |(asked, is): (Option<Timestamp>, Option<Timestamp>)| asked.is_none() || asked == is;
                let rows = asked.rows().into_iter().zip(predicate.dates.schedule().rows());
                let later = asked.activation.is_some() && state == State::PreActivation;
                (state == State::Active || later) && rows.map(|(asked, is)| (asked.1, is.1)).all(is_so)
            }
            Self::Reinstate => state == State::Active && was_suspended(registry, &target.id, predicate)?,
            Self::Suspend(reason) => state == State::Suspended && predicate.state_reason.as_ref() == Some(reason),
        })
    }

    /// Whether the state and the dates allow it now.
    fn check(&self, target: &Target, now: Timestamp) -> Result<(), ChangeError> {
        target.check_clock(now)?;
        target.predicate().state_at(now).on(self.event()).map_err(|error| error.of(&target.id))?;
        let Self::Activate(asked) = self else { return Ok(()) };
        target.check_not_given_up()?;
        for (name, date) in asked.rows() {
            if let Some(date) = date.filter(|date| *date < now) {
                return Err(ChangeError::Past { name, date, now });
            }
        }
        let planned = planned(target.predicate(), asked);
        Ok(planned.check_order(planned.activation.is_none().then_some(now))?)
    }

    /// Makes the change in what the next manifest will say.
    fn apply(&self, predicate: &mut KeyVersionPredicate) {
        let now = predicate.custody.read_at;
        match self {
            Self::Activate(asked) => {
                predicate.dates.plan(planned(predicate, asked));
                predicate.pass_time(now);
                if asked.activation.is_none() && predicate.state == State::PreActivation {
                    predicate.enter(State::Active, now);
                    predicate.dates.activated_at = Some(now);
                }
            }
            Self::Reinstate => predicate.enter(State::Active, now),
            Self::Suspend(reason) => {
                predicate.enter(State::Suspended, now);
                predicate.state_reason = Some(reason.clone());
            }
        }
    }

    /// What the intent says.
    fn detail(&self, id: &KeyVersionId) -> Map<String, Value> {
        let json = match self {
            Self::Activate(dates) => json!({
                "label": id.to_string(), "activationAt": dates.activation, "protectStopAt": dates.protect_stop,
                "processStopAt": dates.process_stop, "destroyAt": dates.destroy,
            }),
            Self::Reinstate => json!({"label": id.to_string()}),
            Self::Suspend(reason) => json!({"label": id.to_string(), "reason": reason}),
        };
        let Value::Object(rows) = json else { return Map::new() };
        rows.into_iter().filter(|(_, value)| !value.is_null()).collect()
    }
}

/// The dates after an activation: those that are asked for, else those that were planned. Who activates a key now has
/// overtaken an activation that was planned for later.
fn planned(predicate: &KeyVersionPredicate, asked: &Schedule) -> Schedule {
    let old = predicate.dates.schedule();
    Schedule {
        activation: asked.activation,
        protect_stop: asked.protect_stop.or(old.protect_stop),
        process_stop: asked.process_stop.or(old.process_stop),
        destroy: asked.destroy.or(old.destroy),
    }
}

/// Whether the newest manifest is the one that ended a suspension.
fn was_suspended(registry: &Registry, id: &KeyVersionId, newest: &KeyVersionPredicate) -> Result<bool, ChangeError> {
    let manifests = registry.manifests(id)?;
    let before = manifests.iter().rev().find(|manifest| manifest.revision < newest.revision);
    Ok(before.is_some_and(|before| before.statement.predicate.state == State::Suspended))
}

/// Everything that can be refused before a PIN is asked for.
///
/// # Errors
/// A state or a clock that does not allow it, or dates that contradict each other.
pub fn check(
    registry: &Registry,
    selector: &KeySelector,
    change: Change,
    now: Timestamp,
) -> Result<Checked, ChangeError> {
    let target = Target::find(registry, selector)?;
    let is_made = change.is_made(registry, &target, now)?;
    if !is_made {
        change.check(&target, now)?;
    }
    Ok(Checked { target, change, is_made })
}

/// Makes the change: intent, reading back, manifest, result, release, checkpoint.
///
/// # Errors
/// As [`check`], and whatever the token, the registry or the signer refuse.
pub fn run(
    place: &Workplace<'_>,
    session: &Session<'_>,
    checked: Checked,
    code_of: CodeOf<'_, ChangeError>,
) -> Result<Statement, ChangeError> {
    let id = checked.target.id.clone();
    let guard = place.lock(session)?;
    let mut command = Command::begin(place, &guard, session)?;
    let outcome = act(&mut command, session, checked);
    command.settle(session, &id, outcome, code_of)
}

fn act(command: &mut Command<'_>, session: &Session<'_>, checked: Checked) -> Result<Statement, ChangeError> {
    let Checked { target, change, .. } = checked;
    let now = command.now();
    let newest = Target::of(command.registry().newest_manifest(&target.id)?, target.id.clone())?;
    if change.is_made(command.registry(), &newest, now)? {
        return Ok(newest.manifest.statement);
    }
    let target = target.still(command)?;
    change.check(&target, now)?;
    command.permit(&change.question(&target, now)?)?;
    let (_, attrs) = target.read(session)?;
    target.check_custody(&attrs)?;
    let operation = intend(command, &target, change.log_event(), change.detail(&target.id))?;
    record(command, session, &target, operation, attrs, |predicate| change.apply(predicate))
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
