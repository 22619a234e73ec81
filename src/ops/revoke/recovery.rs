//! What a run left that was to destroy a key and was cut off. Its intent is a claim, like every intent: what counts is the
//! newest manifest and what the token says. A key that is still there is never destroyed for the sake of an intent; a key
//! that is gone gets the manifest that says so.

use jiff::Timestamp;
use serde_json::Value;

use super::objects::Objects;
use super::{RevokeError, is_gone, waiting};
use crate::approval::plan::{Action, Plan, RevokeAction};
use crate::audit::record::Outcome;
use crate::hsm::request::Handle;
use crate::hsm::{Token, TokenError};
use crate::key::operation::Operation;
use crate::key::reason::Reason;
use crate::key::stage::Stage;
use crate::key::state::Event;
use crate::manifest::authorization::{AuthorizationRecord, PlanRecord};
use crate::manifest::destruction::{BREAK_GLASS_APPROVALS, BreakGlassRecord, DestructionRecord, NOT_FOUND};
use crate::manifest::dsse::Signed;
use crate::manifest::statement::{KeyVersionPredicate, StateReason};
use crate::ops::change::Target;
use crate::ops::govern::Governance;
use crate::ops::recover::{Left, Refusal};
use crate::ops::session::Session;
use crate::ops::statement::{Stamp, StatementError, after_end};
use crate::policy::request::Request;
use crate::registry::error::RegistryError;
use crate::registry::journal::{Journal, OpenIntent, ResultDraft};
use crate::registry::release::StagedFile;
use crate::registry::store::Registry;

/// What is there of a key whose secret part is gone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rest {
    /// The public half of the pair.
    pub public: Option<Handle>,
}

/// Why it could not be found out.
#[derive(Debug, thiserror::Error)]
pub(in crate::ops) enum AssessError {
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A token call.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// What a run that was cut off left.
///
/// # Errors
/// A token that fails, or a registry that cannot be read.
pub(in crate::ops) fn assess(token: &dyn Token, registry: &Registry, intent: &OpenIntent) -> Result<Left, AssessError> {
    let Some(target) = believed(registry, intent)? else { return Ok(Left::Refused(Refusal::Form)) };
    if is_gone(target.predicate().state) {
        return Ok(Left::Nothing);
    }
    let serial = &target.predicate().custody.token_serial;
    if *serial != token.identity().serial {
        return Ok(Left::OtherToken { serial: serial.clone() });
    }
    let objects = Objects::find(token, registry, &target)?;
    if objects.has_key() {
        return Ok(Left::Nothing);
    }
    if !objects.foreign.is_empty() {
        let why = format!("the token has objects that go by its id or label: {}", objects.strangers().join(", "));
        return Ok(Left::Barred { why });
    }
    Ok(Left::Gone(Rest { public: objects.own.first().map(|object| object.handle) }))
}

/// The key version of an intent that byok could have written.
fn believed(registry: &Registry, intent: &OpenIntent) -> Result<Option<Target>, RegistryError> {
    let Some(id) = &intent.key else { return Ok(None) };
    if !registry.versions(&id.key)?.contains(id) {
        return Ok(None);
    }
    let Ok(target) = Target::of(registry.newest_manifest(id)?, id.clone()) else { return Ok(None) };
    let custody = &target.predicate().custody;
    let says = |member: &str, value: &str| intent.detail.get(member).and_then(Value::as_str) == Some(value);
    let fits = says("objectId", &custody.object_id) && says("tokenSerial", &custody.token_serial);
    let may_end = target.predicate().state.on(Event::Destroy).is_ok() || is_gone(target.predicate().state);
    Ok((fits && may_end).then_some(target))
}

/// An end that may be recorded.
pub(in crate::ops) struct Permitted {
    target: Target,
    authorization: Option<AuthorizationRecord>,
    reason: StateReason,
    glass: Option<BreakGlassRecord>,
    absent: bool,
}

/// The key that an interrupted run destroyed, and what the policy says of recording it: the intent's word is no approval.
/// Where people approved a plan, reason, break glass and absence are those of the plan; without one that breaks the glass,
/// nothing may stand in the way. Without a plan nobody knows whether byok destroyed what is gone, and nothing is said of it.
///
/// # Errors
/// A denial, a waiting time that is not over, or a manifest that cannot be read.
pub(in crate::ops) fn permitted(
    (registry, governance): (&Registry, &Governance),
    intent: &OpenIntent,
    now: Timestamp,
) -> Result<Option<Permitted>, RevokeError> {
    let Some(target) = believed(registry, intent)? else { return Ok(None) };
    let request: Request<'_> = target.question(Operation::Destroy, now)?;
    let base = &target.manifest.payload_sha256;
    let planned = |action: &Action| of_destroy(action).is_some_and(|revoke| revoke.key.manifest_sha256 == *base);
    let authorization = governance.recovered(registry, intent, &request, &planned)?;
    let record = authorization.as_ref().and_then(|authorization| authorization.plan.as_ref());
    let plan = record.map(|record| approved(registry, record)).transpose()?.flatten();
    let broken = plan.as_ref().filter(|revoke| revoke.break_glass);
    // The time of an intent is its own word: the later it says, the less is in the way.
    let at = if broken.is_some() { now.min(intent.at) } else { now };
    let papers = (registry, governance);
    let absent = plan.as_ref().is_some_and(|revoke| revoke.absent);
    let hurdles = if absent {
        waiting::of_absence(papers, &target, at)?
    } else {
        waiting::hurdles(papers, &target, Stage::Destroy, at)?
    };
    let people = record.map_or(0, |record| record.approvals.len());
    let message = broken.and_then(|revoke| revoke.message.clone()).filter(|_| people >= BREAK_GLASS_APPROVALS);
    let glass = match message {
        _ if hurdles.is_empty() => None,
        Some(reason) => Some(BreakGlassRecord { reason, skipped: waiting::skipped(&hurdles) }),
        None => {
            let (stage, governed) = (Stage::Destroy, governance.parts().is_some());
            return Err(RevokeError::Waits { id: target.id, stage, absent, governed, hurdles });
        }
    };
    let reason = plan.map(|revoke| StateReason { code: revoke.reason, message: revoke.message });
    let reason = reason.unwrap_or_else(|| said(intent));
    Ok(Some(Permitted { target, authorization, reason, glass, absent }))
}

fn of_destroy(action: &Action) -> Option<&RevokeAction> {
    match action {
        Action::Revoke(revoke) if revoke.stage == Stage::Destroy => Some(revoke),
        _ => None,
    }
}

/// What people approved: the action of the plan that counts.
fn approved(registry: &Registry, record: &PlanRecord) -> Result<Option<RevokeAction>, RegistryError> {
    let plan = registry.kept_plan(&record.sha256)?.and_then(|bytes| Plan::parse(&bytes).ok());
    let action = usize::try_from(record.action).unwrap_or(usize::MAX);
    Ok(plan.and_then(|plan| of_destroy(plan.actions.get(action)?).cloned()))
}

/// Writes the manifest that an interrupted destruction owes, and closes its intent with it. `destroyed` are the classes of
/// the objects that recovery itself took away.
///
/// # Errors
/// Objects that are there after all, and whatever the registry or the signer refuse.
pub(in crate::ops) fn finish(
    journal: &mut Journal<'_>,
    (registry, governance): (&Registry, &Governance),
    session: &Session<'_>,
    intent: &OpenIntent,
    rest: Rest,
    now: Timestamp,
) -> Result<(), RevokeError> {
    let Some(permitted) = permitted((registry, governance), intent, now)? else { return Ok(()) };
    let Permitted { target, authorization, reason, glass, absent } = permitted;
    target.check_clock(now)?;
    let objects = Objects::find(session.token, registry, &target)?;
    if !objects.is_empty() {
        let left = objects.named();
        return Err(RevokeError::StillThere { id: target.id, left, partly: true, answer: None });
    }
    let revision = target.manifest.revision.checked_add(1).ok_or(StatementError::Revisions)?;
    let stamp = Stamp { signer: session.record.clone(), log_ref: journal.entry_ref(&intent.id)?, now, authorization };
    let previous = &target.manifest;
    let change = |predicate: &mut KeyVersionPredicate| end(predicate, (reason, glass), (rest, absent), now);
    let statement = after_end(&previous.statement, &previous.payload_sha256, None, change, stamp)?;
    let signed = Signed::sign(statement, &session.signer)?;
    let slot = registry.manifest_slot_of(&target.id, revision, &intent.staged)?;
    let release = vec![StagedFile::create(slot, &signed.to_json())?.seal()];
    let draft = ResultDraft { manifest_sha256: Some(signed.payload_sha256()), release, ..ResultDraft::default() };
    journal.result(&intent.id, Outcome::Success, draft)?;
    Ok(journal.release(&intent.id)?)
}

/// What the manifest says.
fn end(
    predicate: &mut KeyVersionPredicate,
    (reason, glass): (StateReason, Option<BreakGlassRecord>),
    (rest, absent): (Rest, bool),
    now: Timestamp,
) {
    let Ok(state) = predicate.state.on(Event::Destroy) else { return };
    predicate.enter(state, now);
    predicate.state_reason = Some(reason);
    predicate.break_glass = glass;
    let objects = rest.public.map(|_| "public".to_owned()).into_iter().collect();
    predicate.destruction =
        Some(DestructionRecord { objects, absent, read_back: NOT_FOUND.to_owned(), read_back_at: now });
}

/// Why, as the intent says. It is a claim, and of a form that a manifest can hold.
fn said(intent: &OpenIntent) -> StateReason {
    let said = intent.detail.get("reason").and_then(|said| serde_json::from_value::<StateReason>(said.clone()).ok());
    let unspecified = StateReason { code: Reason::Unspecified, message: None };
    said.filter(StateReason::is_of_form).unwrap_or(unspecified)
}
