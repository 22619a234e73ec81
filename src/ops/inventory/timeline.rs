//! The life of a key version, moment by moment: what its manifests record, and what its dates have done and will do.

use jiff::Timestamp;
use serde::Serialize;

use crate::format::escape::{SHORT, printable};
use crate::key::state::State;
use crate::manifest::authorization::PlanRecord;
use crate::manifest::statement::{KeyVersionPredicate, WrapRecord};
use crate::registry::store::StoredManifest;

/// Something that happened to a key version, or will.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// The state from then on.
    pub state: State,
    /// What, in a few words.
    pub what: String,
    /// The manifest that records it; a date needs none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
    /// A date that has not come.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub planned: bool,
}

/// Every moment, oldest first; what is planned comes last.
pub(super) fn draw(manifests: &[StoredManifest], now: Timestamp) -> Vec<Moment> {
    let mut moments = Vec::new();
    let mut before: Option<&KeyVersionPredicate> = None;
    for manifest in manifests {
        let predicate = &manifest.statement.predicate;
        if let Some(before) = before {
            moments.extend(dates(before, predicate.as_of()).filter(|moment| !moment.planned));
        }
        moments.push(Moment {
            at: predicate.as_of(),
            state: predicate.state,
            what: what_happened(before, predicate),
            revision: Some(predicate.revision),
            planned: false,
        });
        before = Some(predicate);
    }
    moments.extend(before.into_iter().flat_map(|newest| dates(newest, now)));
    moments
}

/// The dates after a manifest; those after `end` are planned.
fn dates(predicate: &KeyVersionPredicate, end: Timestamp) -> impl Iterator<Item = Moment> {
    let (schedule, state, start) = (predicate.dates.schedule(), predicate.state, predicate.as_of());
    let ahead =
        schedule.rows().into_iter().filter_map(move |(name, date)| Some((name, date.filter(|date| *date > start)?)));
    ahead.map(move |(name, at)| Moment {
        at,
        state: schedule.state_at(state, at).state,
        what: format!("{name} date"),
        revision: None,
        planned: at > end,
    })
}

/// What a manifest records, in a few words: the change, and the plan and the approvals that it names.
pub(super) fn what_happened(before: Option<&KeyVersionPredicate>, predicate: &KeyVersionPredicate) -> String {
    let plan = predicate.authorization.as_ref().and_then(|authorization| authorization.plan.as_ref());
    let hasty =
        predicate.break_glass.as_ref().map(|glass| format!("; BREAK GLASS: skipped {}", glass.skipped.join(", ")));
    format!("{}{}{}", change(before, predicate), hasty.unwrap_or_default(), plan.map(approvals).unwrap_or_default())
}

/// `show` reads them, and does not count them again as `verify` does.
fn approvals(plan: &PlanRecord) -> String {
    let people: Vec<&str> = plan.approvals.iter().map(|approval| approval.person.as_str()).collect();
    let recorded = if people.is_empty() { "none".to_owned() } else { people.join(", ") };
    format!("; plan {}, approvals recorded: {recorded}", plan.sha256.get(..8).unwrap_or_default())
}

fn change(before: Option<&KeyVersionPredicate>, predicate: &KeyVersionPredicate) -> String {
    let Some(before) = before else {
        let adopted = if predicate.origin.adopted { ", adopted after an interrupted run" } else { "" };
        let rotated = predicate.rotation.as_ref();
        let replaces = rotated.map(|rotation| format!(" in the place of {}", printable(&rotation.replaces, SHORT)));
        let kind = if rotated.is_some() { "rotated" } else { predicate.origin.kind.as_str() };
        let wraps: Vec<String> = predicate.wraps.iter().map(|wrap| format!(", {}", wrapped(wrap))).collect();
        return format!("{kind}{}{adopted}{}", replaces.unwrap_or_default(), wraps.concat());
    };
    if let (None, Some(rollback)) = (&before.rollback, &predicate.rollback) {
        return format!("given up: {} is current again", printable(&rollback.to, SHORT));
    }
    if let Some(wrap) = predicate.wraps.first() {
        return wrapped(wrap);
    }
    if let Some(said) = predicate.rewrapped.get(before.rewrapped.len()) {
        let left = said.remaining.map(|left| format!(", {left} left")).unwrap_or_default();
        return format!("{} data keys encrypted anew{left}, says {}", said.objects, said.by);
    }
    let state_before = before.state_at(predicate.as_of());
    if let Some(placement) = predicate.placements.iter().find(|placement| !before.placements.contains(placement)) {
        let activated = if predicate.state == state_before { "" } else { ", activated" };
        return format!("at {} ({}){activated}", placement.provider, placement.provider_state);
    }
    if predicate.is_sealed() && !before.is_sealed() {
        "sealed: it cannot leave the token any more".to_owned()
    } else if predicate.state != state_before {
        changed_state(state_before, predicate)
    } else if predicate.exposure_ever > before.exposure_ever {
        format!("seen by a host without a wrap (exposure {})", predicate.exposure_ever)
    } else {
        planned(before, predicate).unwrap_or_else(|| "read back".to_owned())
    }
}

fn wrapped(wrap: &WrapRecord) -> String {
    let content = if wrap.content_proof.is_empty() { "" } else { ", content verified" };
    let WrapRecord { provider, method, plan, exposure, .. } = wrap;
    format!("wrapped for {provider} ({method}, {plan}, exposure {exposure}{content})")
}

fn changed_state(before: State, predicate: &KeyVersionPredicate) -> String {
    let what = match (before, predicate.state) {
        (State::Suspended, State::Active) => "reinstated",
        (_, State::Active) => "activated",
        (_, state) if predicate.destruction.as_ref().is_some_and(|record| record.absent) => {
            if state == State::Destroyed { "not found in the token" } else { "not found in the token, compromised" }
        }
        (_, state) => state.as_str(),
    };
    let unfound = predicate.absence.as_ref().is_some_and(|record| record.read_back_at == predicate.state_changed_at);
    let what = if unfound { format!("not found in the token, {what}") } else { what.to_owned() };
    let Some(reason) = &predicate.state_reason else { return what };
    let message = reason.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
    format!("{what} ({}{message})", reason.code)
}

fn planned(before: &KeyVersionPredicate, predicate: &KeyVersionPredicate) -> Option<String> {
    let rows = predicate.dates.schedule().rows().into_iter().zip(before.dates.schedule().rows());
    let changed = rows.filter(|(new, old)| new != old);
    let date = |date: Option<Timestamp>| date.map_or_else(|| "never".to_owned(), |date| date.to_string());
    let dates: Vec<String> = changed.map(|((name, new), _)| format!("{name} {}", date(new))).collect();
    (!dates.is_empty()).then(|| format!("planned: {}", dates.join(", ")))
}
