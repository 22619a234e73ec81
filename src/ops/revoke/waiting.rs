//! What stands between a key version and the next stage: the policy's waiting times, a stage that is skipped, and what still
//! depends on the version.

use jiff::Timestamp;

use super::RevokeError;
use crate::key::exposure::Exposure;
use crate::key::stage::Stage;
use crate::key::state::State;
use crate::manifest::destruction::{GRACE, STAGE, USE};
use crate::ops::change::Target;
use crate::ops::govern::{Governance, of_key};
use crate::ops::status::{self, Kind, Subject};
use crate::ops::target::Targets;
use crate::policy::{Period, Periods};
use crate::registry::store::{Registry, StoredManifest};

/// One thing that stands in the way.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hurdle {
    /// What is skipped where the glass is broken: `grace`, `stage` or `use`.
    pub kind: &'static str,
    /// What it is, in words.
    pub what: String,
    /// When it is over by itself.
    pub until: Option<Timestamp>,
    /// What to type.
    pub next: Option<String>,
}

/// Everything in the way of a stage, waiting times first.
///
/// # Errors
/// A registry that cannot be read.
pub(super) fn hurdles(
    (registry, governance): (&Registry, &Governance),
    target: &Target,
    stage: Stage,
    now: Timestamp,
) -> Result<Vec<Hurdle>, RevokeError> {
    if matches!(stage, Stage::Suspend | Stage::Compromise) {
        return Ok(Vec::new());
    }
    let policy = governance.parts().map(|(policy, _)| policy);
    let key = of_key(&target.id.key, target.predicate(), Exposure::None);
    let periods = policy.zip(key).map_or_else(Periods::default, |(policy, key)| policy.periods(&key));
    let manifests = registry.manifests(&target.id)?;
    let mut found: Vec<Hurdle> = waiting(target, stage, &periods, &manifests, now).into_iter().collect();
    if let Some(subject) = status::subject(registry, (policy, &Targets::default()), &target.id.key, now)? {
        found.extend(dependents(target, stage, &subject, now));
    }
    Ok(found)
}

/// The waiting time before the stage, or the stage that comes before it. A version that never came into use waits for
/// nothing: nobody can depend on it.
fn waiting(
    target: &Target,
    stage: Stage,
    periods: &Periods,
    manifests: &[StoredManifest],
    now: Timestamp,
) -> Option<Hurdle> {
    let (period, states, before): (Period, &[State], Stage) = match stage {
        Stage::Deactivate => (periods.before_deactivation?, &[State::Suspended], Stage::Suspend),
        Stage::Destroy => (periods.before_destruction?, &[State::Deactivated, State::Compromised], Stage::Deactivate),
        Stage::Suspend | Stage::Compromise => return None,
    };
    let id = &target.id;
    let current = target.predicate().state_at(now);
    if current == State::PreActivation || target.predicate().dates.activated_at.is_none() && stage == Stage::Destroy {
        return None;
    }
    if !states.contains(&current) {
        return Some(Hurdle {
            kind: STAGE,
            what: format!("the policy wants {period} of {} first, and {id} is {current}", noun(before)),
            until: None,
            next: Some(format!("byok revoke {id} --stage {before} --reason REASON")),
        });
    }
    let since = since(manifests, states, now)?;
    let until = period.after(since).unwrap_or(Timestamp::MAX);
    (until > now).then(|| Hurdle {
        kind: GRACE,
        what: format!("{id} is {current} since {since:.0}, and the policy wants {period} of that"),
        until: Some(until),
        next: None,
    })
}

fn noun(stage: Stage) -> &'static str {
    match stage {
        Stage::Suspend => "suspension",
        Stage::Deactivate => "deactivation or compromise",
        Stage::Compromise | Stage::Destroy => "it",
    }
}

/// Since when the version has been in one of these states without a break.
fn since(manifests: &[StoredManifest], states: &[State], now: Timestamp) -> Option<Timestamp> {
    let newest = &manifests.last()?.statement.predicate;
    let mut effective = newest.clone();
    effective.pass_time(now);
    let mut since = effective.state_changed_at;
    for manifest in manifests.iter().rev() {
        let predicate = &manifest.statement.predicate;
        // What time did before a later manifest, that one has taken in.
        if !states.contains(&predicate.state) {
            break;
        }
        since = since.min(predicate.state_changed_at);
    }
    Some(since)
}

/// What the derivations of `status` say of this version, and of the one that is to take its place.
fn dependents(target: &Target, stage: Stage, subject: &Subject, now: Timestamp) -> Vec<Hurdle> {
    let own = target.id.to_string();
    let items = status::items(subject, &Targets::default(), now);
    let of_own = items.iter().filter(|item| item.key.as_ref() == Some(&own));
    let depends = of_own.filter(|item| item.kind == Kind::Overlap);
    let hurdle = |item: &status::Item| Hurdle {
        kind: USE,
        what: format!("{own}: {}", item.what),
        until: item.at,
        next: item.next.clone(),
    };
    let mut found: Vec<Hurdle> = depends.map(hurdle).collect();
    found.extend(data_left(target, stage, subject));
    found.extend(not_replaced(target, stage, subject));
    found.extend(replacement_waits(target, subject, now));
    found.extend(last_usable(target, stage, subject, now));
    found
}

/// Data under a version that came into use: without it nobody opens that again, whatever became of later versions.
fn data_left(target: &Target, stage: Stage, subject: &Subject) -> Option<Hurdle> {
    let id = &target.id;
    let own = subject.versions.iter().find(|version| version.version == id.version)?;
    let (_, what) = status::data_left(subject, own).filter(|_| stage == Stage::Destroy)?;
    let replaced = subject.versions.iter().any(|later| later.version > id.version && later.state == State::Active);
    let said = if replaced { "--objects COUNT --remaining COUNT" } else { "--objects 0 --remaining 0" };
    let next = Some(format!("byok rotate --mark-rewrapped {id} {said}"));
    Some(Hurdle { kind: USE, what: format!("{id}: {what}"), until: None, next })
}

/// What stands in the way of recording that a key is gone from its token. What the token lost is lost: what counts is what
/// providers have of it, which may be the last copy, and in use.
pub(super) fn of_absence(
    papers: (&Registry, &Governance),
    target: &Target,
    now: Timestamp,
) -> Result<Vec<Hurdle>, RevokeError> {
    let manifests = papers.0.manifests(&target.id)?;
    let went = manifests.iter().map(|manifest| &manifest.statement.predicate);
    if !went.into_iter().any(|predicate| !predicate.wraps.is_empty() || !predicate.placements.is_empty()) {
        return Ok(Vec::new());
    }
    let mut found = hurdles(papers, target, Stage::Destroy, now)?;
    found.retain(|hurdle| hurdle.kind == USE);
    let state = target.predicate().state_at(now);
    if matches!(state, State::Active | State::Suspended) {
        let what = format!("{} is {state}, and what providers have of it may be the last copy", target.id);
        found.insert(0, Hurdle { kind: USE, what, until: None, next: None });
    }
    Ok(found)
}

/// A place where this version is the last one that was seen, though it is out of use.
fn not_replaced(target: &Target, stage: Stage, subject: &Subject) -> Option<Hurdle> {
    let own = subject.versions.iter().find(|version| version.version == target.id.version)?;
    let is_out_of_use = matches!(own.state, State::Deactivated | State::Compromised);
    let came_into_use = target.predicate().dates.activated_at.is_some();
    if stage != Stage::Destroy || !is_out_of_use || !came_into_use {
        return None;
    }
    let (what, next) = status::not_replaced_at(subject, own)?;
    Some(Hurdle { kind: USE, what: format!("{}: {what}", target.id), until: None, next: Some(next) })
}

/// A version to which nothing but this one is left: those that came after it are paused or compromised.
fn last_usable(target: &Target, stage: Stage, subject: &Subject, now: Timestamp) -> Option<Hurdle> {
    let id = &target.id;
    let others = || subject.versions.iter().filter(|version| version.version != id.version);
    let in_use = matches!(target.predicate().state_at(now), State::Active | State::Suspended);
    let came_into_use = target.predicate().dates.activated_at.is_some();
    let is_empty = target.predicate().rewrapped.last().is_some_and(|said| said.remaining == Some(0));
    let holds = came_into_use && !is_empty && (in_use || stage == Stage::Destroy);
    if !holds || others().any(|version| version.state == State::Active) {
        return None;
    }
    let is_bad = |state: State| matches!(state, State::Suspended | State::Compromised);
    let bad = others().find(|version| version.version > id.version && is_bad(version.state))?;
    Some(Hurdle {
        kind: USE,
        what: format!("no other version of {} is in use: {}@{} is {}", id.key, id.key, bad.version, bad.state),
        until: None,
        next: Some(format!("byok rotate {}", id.key)),
    })
}

/// A version that a rotation made to take this one's place, and that is not in use yet.
fn replacement_waits(target: &Target, subject: &Subject, now: Timestamp) -> Option<Hurdle> {
    let used = [State::Active, State::Suspended, State::Deactivated, State::Compromised];
    let in_use = used.contains(&target.predicate().state_at(now));
    let later = || subject.versions.iter().filter(|version| version.version > target.id.version);
    if !in_use || later().any(|version| version.state == State::Active) {
        return None;
    }
    let waits = later().find(|version| version.rotated && version.is_to_come())?;
    let newer = format!("{}@{}", target.id.key, waits.version);
    Some(Hurdle {
        kind: USE,
        what: format!("{newer}, which is to take the place of {}, is not in use yet", target.id),
        until: None,
        next: Some(format!("byok show {newer}")),
    })
}

/// The kinds of what is skipped, each once, in the order of manifests.
pub(super) fn skipped(hurdles: &[Hurdle]) -> Vec<String> {
    let is_there = |kind: &&str| hurdles.iter().any(|hurdle| hurdle.kind == *kind);
    [GRACE, STAGE, USE].iter().copied().filter(|kind| is_there(kind)).map(str::to_owned).collect()
}
