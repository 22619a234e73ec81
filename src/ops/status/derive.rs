//! The derivations: what a key's facts, its policy and a time make due. Pure.

use jiff::Timestamp;

use super::commands;
use super::facts::{Facts, Rewrapped, Subject, WrapFact};
use super::item::{Item, Kind, NextRotation, OpenRun};
use super::successor::{Taken, places, taken_over, to_confirm, was_taken_over, wrapped_for};
use crate::format::escape::{SHORT, printable};
use crate::key::reason::Reason;
use crate::key::spec::Purpose;
use crate::key::stage::Stage;
use crate::key::state::{Event, State};
use crate::key::version::KeyVersionId;
use crate::ops::rotate::course::Standing;
use crate::ops::target::{Target, Targets};
use crate::provider;
use crate::registry::journal::past::Unfinished;
use crate::registry::lost_runs::LostRun;

/// A version whose replacement is due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Replacement<'a> {
    /// The version.
    pub version: &'a Facts,
    /// Since when; nothing where no period says so, as for a key that is compromised.
    pub since: Option<Timestamp>,
    /// Whether policy refuses to use it any more.
    pub overdue: bool,
}

impl PartialEq for Facts {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version && self.made == other.made
    }
}

impl Eq for Facts {}

/// Everything about one key.
#[must_use]
pub fn items(subject: &Subject, targets: &Targets, now: Timestamp) -> Vec<Item> {
    let mut items: Vec<Item> =
        replacement(subject, now).map(|due| rotation(subject, &due, targets)).into_iter().collect();
    items.extend(pending_wraps(subject, targets));
    items.extend(pending_confirmations(subject, targets, now));
    for version in &subject.versions {
        items.extend(beside(subject, version, now));
        items.extend(destruction(subject, version, now));
        items.extend(pending_rollbacks(subject, version));
        items.extend(open_there(subject, version));
        items.extend(backlog(subject, version, now));
    }
    items
}

/// What an interrupted run left.
pub(super) fn half_done(left: &Unfinished) -> Item {
    let what = format!("an interrupted {} is to be finished", left.event);
    let item = Item::due(Kind::HalfDone, left.key.as_ref().map(ToString::to_string).unwrap_or_default(), what);
    Item { key: item.key.filter(|key| !key.is_empty()), ..item }.next("byok recover".to_owned())
}

/// A rotation that is open. While it waits for its canaries there is nothing to type but what they wait for.
pub(super) fn open_run(standing: &Standing) -> Item {
    let Standing { id, began, asked, keys, left, waits, is_stuck, next } = standing;
    let named: Vec<String> = waits.iter().take(MAX_PLACES).map(|(canary, why)| format!("{canary} ({why})")).collect();
    let waiting = match (waits.is_empty(), is_stuck) {
        (true, _) => String::new(),
        (false, true) => format!("; it went bad with {}", named.join(", ")),
        (false, false) => format!("; it waits for {}", named.join(", ")),
    };
    let what = format!("byok {asked}: {left} of {keys} keys are left{waiting}");
    let canaries = waits.iter().map(|(canary, _)| canary.to_string()).collect();
    let run = OpenRun { id: id.clone(), asked: asked.clone(), keys: *keys, left: *left, canaries };
    let due = waits.is_empty() || *is_stuck;
    let item = Item::due(Kind::OpenRun, String::new(), what).at(*began).next(next.clone());
    Item { key: None, due, run: Some(run), ..item }
}

/// A rotation with which nobody can go on, as only its file says which keys are left.
pub(super) fn lost_run(lost: &LostRun) -> Item {
    let LostRun { id, sha256, .. } = lost;
    let what = format!(
        "the rotation {id} is not over, and {} (runs/{sha256}.json): put it back, or end it and type the rotation again",
        lost.why()
    );
    Item { key: None, ..Item::due(Kind::OpenRun, String::new(), what) }
        .next(format!("byok rotate --continue {id} --abandon"))
}

/// The version that new data goes to: the newest in use.
fn current(subject: &Subject) -> Option<&Facts> {
    subject.versions.iter().rev().find(|version| version.state == State::Active)
}

/// Whether a new version is due: the period of the newest one in use is over, or the newest one is compromised and
/// nothing is in use.
#[must_use]
pub fn replacement(subject: &Subject, now: Timestamp) -> Option<Replacement<'_>> {
    let Some(version) = current(subject) else {
        let newest = subject.versions.iter().rev().find(|version| version.state != State::PreActivation)?;
        let compromised = newest.state == State::Compromised;
        return compromised.then_some(Replacement { version: newest, since: None, overdue: true });
    };
    let (due, last) = subject.periods.replacement(version.made)?;
    (due <= now).then_some(Replacement { version, since: Some(due), overdue: last <= now })
}

/// When the version in use will be due.
pub(super) fn next_rotation(subject: &Subject, now: Timestamp) -> Option<NextRotation> {
    let version = current(subject)?;
    let (at, _) = subject.periods.replacement(version.made)?;
    (at > now).then(|| NextRotation { key: id(subject, version), at })
}

fn rotation(subject: &Subject, due: &Replacement<'_>, targets: &Targets) -> Item {
    let kind = if due.overdue { Kind::RotationOverdue } else { Kind::RotationDue };
    let under_way =
        subject.versions.last().filter(|newest| newest.version > due.version.version && newest.is_to_come());
    let why = match (due.since, due.overdue) {
        (None, _) => "it is compromised, and nothing is in use",
        (Some(_), true) => "a new version is overdue: policy refuses to use this one",
        (Some(_), false) => "a new version is due",
    };
    let item = match under_way {
        Some(newest) => {
            let newest = id(subject, newest);
            Item::due(kind, id(subject, due.version), format!("{why}; {newest} is not in use yet"))
        }
        None => Item::due(kind, id(subject, due.version), why).next(commands::rotate(subject, targets)),
    };
    Item { at: due.since, ..item }
}

/// The targets of byok.yaml for which the newest version was not wrapped.
#[must_use]
pub fn waits_for<'a>(subject: &'a Subject, targets: &'a Targets) -> Vec<&'a Target> {
    let Some(newest) = subject.versions.last() else { return Vec::new() };
    if newest.sealed || newest.given_up.is_some() || newest.state.on(Event::Wrap).is_err() {
        return Vec::new();
    }
    let lacks = |target: &&Target| !newest.wraps.iter().any(|wrap| wrap.is_for(target, &subject.name));
    targets.of(&subject.name).filter(lacks).collect()
}

fn pending_wraps(subject: &Subject, targets: &Targets) -> Vec<Item> {
    let Some(newest) = subject.versions.last() else { return Vec::new() };
    let goes_on = newest.rotated && matches!(newest.state, State::PreActivation | State::Active);
    let item = |target: &Target| {
        let key = id(subject, newest);
        let next = if goes_on { commands::rotate(subject, targets) } else { commands::wrap(subject, &key, target) };
        let what = format!("no wrap for target {target}{}", limited(target));
        let item = Item::due(Kind::PendingWrap, key, what).at(newest.made).next(next);
        Item { target: Some(target.id.clone()), provider: Some(target.provider.id.to_owned()), ..item }
    };
    waits_for(subject, targets).into_iter().map(item).collect()
}

/// For what the answer must be: no option of `wrap-for-import` says that.
fn limited(target: &Target) -> String {
    let limits =
        [("account", &target.limits.account), ("vault", &target.limits.vault), ("key ring", &target.limits.key_ring)];
    let rows =
        limits.iter().filter_map(|(name, limit)| Some(format!(", {name} {}", printable(limit.as_ref()?, SHORT))));
    rows.collect()
}

/// The newest wrap for each place where the provider was not seen to have it. A version that went into use without its
/// providers' answers waits for them only where a rotation made it.
fn pending_confirmations(subject: &Subject, targets: &Targets, now: Timestamp) -> Vec<Item> {
    let Some(newest) = subject.versions.last() else { return Vec::new() };
    let waits = newest.is_to_come() || (newest.state == State::Active && newest.rotated);
    if !waits || newest.activation.is_some_and(|at| at > now) {
        return Vec::new();
    }
    let places = wrapped_for(newest);
    let unseen = places.iter().filter(|place| !newest.is_at(place));
    unseen.filter_map(|place| pending_confirmation((subject, targets), newest, place, now)).collect()
}

fn pending_confirmation(
    (subject, targets): (&Subject, &Targets),
    newest: &Facts,
    wrapped: &WrapFact,
    now: Timestamp,
) -> Option<Item> {
    let key = id(subject, newest);
    let known = provider::find(&wrapped.provider);
    let answers = known.is_some_and(|provider| provider.read_confirmation.is_some());
    if !answers && newest.state != State::PreActivation {
        return None;
    }
    let expired = wrapped.expires_at.filter(|end| *end <= now);
    let (what, next) = match (expired, answers) {
        (Some(_), _) => {
            let what = format!("the bundle for {wrapped} was not confirmed and has expired");
            (what, commands::wrap_again(subject, &key, wrapped, targets))
        }
        (None, true) => (format!("{wrapped} was not seen to have it"), to_confirm(&key, newest, wrapped)),
        (None, false) => (format!("wrapped for {wrapped}, and not in use"), format!("byok activate {key}")),
    };
    let item = Item::due(Kind::PendingConfirmation, key, what).next(next);
    Some(Item {
        target: wrapped.target_id.clone(),
        provider: Some(wrapped.provider.clone()),
        at: expired.or(Some(newest.made)),
        ..item
    })
}

/// The end of the overlap, and whether anything names one.
fn overlap_end(subject: &Subject, taken: &Taken<'_>, since: Timestamp) -> (Timestamp, bool) {
    let overlap = taken.newer.overlap.or(subject.periods.overlap);
    (overlap.map_or(since, |overlap| overlap.after(since).unwrap_or(Timestamp::MAX)), overlap.is_some())
}

/// A version that goes on beside its replacement, or should not any more.
fn beside(subject: &Subject, version: &Facts, now: Timestamp) -> Option<Item> {
    if !matches!(version.state, State::Active | State::Suspended) {
        return None;
    }
    let taken = taken_over(subject, version)?;
    let (key, newer) = (id(subject, version), id(subject, taken.newer));
    let Some(since) = taken.since else {
        let what = format!("goes on: {newer} was not seen at {}", named(&taken.missing));
        return Some(Item::waiting(Kind::Overlap, key, what).next(to_see(subject, &taken)));
    };
    let (end, named) = overlap_end(subject, &taken, since);
    if end > now {
        let what = format!("goes on beside {newer} until its overlap ends");
        return Some(Item::waiting(Kind::Overlap, key, what).at(end));
    }
    let why = if named { "its overlap is over" } else { "no overlap is named" };
    let (next, from) = commands::end(subject, version, &key, ("superseded", Stage::Deactivate));
    let what = format!("replaced by {newer}; {why}");
    Some(match from.filter(|from| *from > now) {
        Some(from) => {
            let what = format!("{what}; it is suspended, and the policy lets it be deactivated then");
            Item::waiting(Kind::DeactivationDue, key, what).at(from).next(next)
        }
        None => Item::due(Kind::DeactivationDue, key, what).at(end).next(next),
    })
}

/// What to type so that the newer version is seen at the first place where it was not.
fn to_see(subject: &Subject, taken: &Taken<'_>) -> String {
    let newer = id(subject, taken.newer);
    let places = wrapped_for(taken.newer);
    let waits = |place: &&WrapFact| {
        taken.missing.first().is_some_and(|missing| place.place().is_same(&missing.place()))
            && !taken.newer.is_at(place)
    };
    match places.iter().find(waits) {
        Some(place) => to_confirm(&newer, taken.newer, place),
        None => format!("byok rotate {} --wrapping-keys DIR --out DIR", subject.name),
    }
}

/// What to say of a version that is out of use and that no later one has replaced everywhere, and what to type.
#[must_use]
pub fn not_replaced_at(subject: &Subject, version: &Facts) -> Option<(String, String)> {
    let taken = taken_over(subject, version).filter(|taken| !taken.missing.is_empty())?;
    let what = format!("{} was not seen at {}", id(subject, taken.newer), named(&taken.missing));
    Some((what, to_see(subject, &taken)))
}

/// The places where a version that was given up may be in use still: where it was seen, and where no version that is in use
/// was seen since.
fn pending_rollbacks(subject: &Subject, version: &Facts) -> Vec<Item> {
    let Some(since) = version.given_up else { return Vec::new() };
    let gone = matches!(version.state, State::Destroyed | State::DestroyedCompromised);
    let in_use = || subject.versions.iter().filter(|other| other.state == State::Active);
    let places = places(version);
    let has_followed = |place: &WrapFact| in_use().any(|other| other.was_at(place, &places, since));
    let item = |place: &WrapFact| {
        let key = id(subject, version);
        let back = in_use().next_back().map(|current| to_confirm(&id(subject, current), current, place));
        let what = format!("given up, and {place} was not seen to have another version since{}", unseen_there(place));
        let item = Item::due(Kind::PendingRollback, key, what).at(since);
        Item { target: place.target_id.clone(), provider: Some(place.provider.clone()), next: back, ..item }
    };
    // Its bundle may have been imported, or be: what the provider has now, its answer shows.
    let may_be_at = |place: &WrapFact| {
        let reads = provider::find(&place.provider).is_some_and(|known| known.read_confirmation.is_some());
        let was_there = |other: &Facts| other.is_at_same(place);
        reads && in_use().next_back().is_some_and(was_there)
    };
    let unknown = |place: &WrapFact| {
        let what =
            format!("given up, and whether it went to {place} is not known: no answer from there was seen since");
        Item { what, ..item(place) }
    };
    let open = places.iter().filter(|place| !gone && !has_followed(place));
    let item = |place: &WrapFact| {
        if version.is_at(place) { Some(item(place)) } else { may_be_at(place).then(|| unknown(place)) }
    };
    open.filter_map(item).collect()
}

/// What no answer of a provider shows: that what leads to a key leads to the other one again.
fn unseen_there(place: &WrapFact) -> &'static str {
    match place.provider.as_str() {
        "aws-kms" => "; where an alias leads no answer shows: byok rotate --rollback says how it is set",
        "google-cloud-kms" => "; which version is primary no answer shows: byok rotate --rollback says how it is set",
        _ => "",
    }
}

/// The places where a version that is compromised may be open still. Where the provider stops it only with those before
/// it, it waits for these; then whoever asks again gets the commands.
fn open_there(subject: &Subject, version: &Facts) -> Vec<Item> {
    if version.state != State::Compromised {
        return Vec::new();
    }
    let key = id(subject, version);
    let earlier: Vec<&Facts> = subject
        .versions
        .iter()
        .filter(|earlier| earlier.version < version.version && is_needed(subject, earlier))
        .collect();
    let arrived = |place: &&WrapFact| version.activated.is_some() || version.is_at(place);
    let is_read = |place: &&WrapFact| provider::find(&place.provider).is_some_and(|it| it.read_confirmation.is_some());
    let item = |place: &WrapFact| {
        let is_here = |earlier: &&&Facts| places(earlier).iter().any(|its| its.place().may_be_same(&place.place()));
        let needs = earlier.iter().filter(|_| place.provider == ORDERED).find(is_here);
        let what = format!("compromised, and no answer shows that {place} has stopped it");
        let item = match needs {
            Some(needs) => {
                let what = format!("{what}; {} is needed there, which would be stopped with it", id(subject, needs));
                Item::waiting(Kind::OpenAtProvider, key.clone(), what)
            }
            None => Item::due(Kind::OpenAtProvider, key.clone(), what),
        };
        let reason = version.reason.unwrap_or(Reason::KeyCompromise);
        let next = format!("byok revoke {key} --reason {reason} --stage compromise --out DIR");
        let item = item.at(version.since).next(next);
        Item { target: place.target_id.clone(), provider: Some(place.provider.clone()), ..item }
    };
    places(version).iter().filter(is_read).filter(arrived).map(item).collect()
}

/// The provider that stops a version only with all before it.
const ORDERED: &str = "openbao";

/// Whether stopping this version where it is would stop something that is needed.
fn is_needed(subject: &Subject, version: &Facts) -> bool {
    match version.state {
        State::PreActivation => version.given_up.is_none(),
        State::Active | State::Suspended => true,
        _ => data_left(subject, version).is_some(),
    }
}

/// A few of these places.
fn named(places: &[WrapFact]) -> String {
    let first: Vec<String> = places.iter().take(MAX_PLACES).map(ToString::to_string).collect();
    let more = places.len().saturating_sub(MAX_PLACES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", first.join(", "))
}

/// The most places that are named.
const MAX_PLACES: usize = 5;

fn destruction(subject: &Subject, version: &Facts, now: Timestamp) -> Option<Item> {
    let gone = matches!(version.state, State::Destroyed | State::DestroyedCompromised);
    let date = version.destroy.filter(|date| *date <= now && !gone)?;
    let key = id(subject, version);
    let (next, from) = commands::end(subject, version, &key, ("cessation-of-operation", Stage::Destroy));
    Some(match from.filter(|from| *from > now) {
        Some(from) => {
            let what = "its destroy date has come, and the policy lets it be destroyed then";
            Item::waiting(Kind::DestructionDue, key, what).at(from).next(next)
        }
        None => Item::due(Kind::DestructionDue, key, "its destroy date has come").at(date).next(next),
    })
}

/// Whether a claim is about the last time that the version was current: after a rollback to it, data came under it again.
fn counts(subject: &Subject, version: &Facts, said: Rewrapped) -> bool {
    let since = [not_current_since(subject, version), version.ended];
    since.into_iter().flatten().min().is_none_or(|since| since <= said.at)
}

/// Since when later versions have been in use without a break. Of one that is compromised or destroyed it is not known how
/// long it was in use.
fn not_current_since(subject: &Subject, version: &Facts) -> Option<Timestamp> {
    let mut uses: Vec<(Timestamp, Timestamp)> = subject
        .versions
        .iter()
        .filter(|later| later.version > version.version)
        .filter_map(|later| {
            let from = later.activated?;
            let until = match later.state {
                State::Active | State::Suspended => Timestamp::MAX,
                _ => later.ended.unwrap_or(from),
            };
            Some((from, until))
        })
        .collect();
    uses.sort_unstable();
    let together = |block: Option<(Timestamp, Timestamp)>, (from, until): (Timestamp, Timestamp)| match block {
        Some((start, end)) if from <= end => Some((start, end.max(until))),
        _ => Some((from, until)),
    };
    uses.into_iter().fold(None, together).map(|(start, _)| start)
}

/// How much data may be left under a version that was in use, where that was said, and in words; nothing where somebody
/// said that none is. Whatever became of other versions.
#[must_use]
pub fn data_left(subject: &Subject, version: &Facts) -> Option<(Option<u64>, String)> {
    let protects = matches!(version.purpose, Some(Purpose::Encrypt | Purpose::Wrap));
    let gone = matches!(version.state, State::PreActivation | State::Destroyed | State::DestroyedCompromised);
    if !protects || gone || version.activated.is_none() {
        return None;
    }
    let earlier = version.rewrapped;
    let said = earlier.filter(|said| counts(subject, version, *said));
    let what = match said.map(|said| said.remaining) {
        // Only who says that nothing is left ends it: silence about the rest is no number.
        Some(Some(0)) => return None,
        Some(Some(remaining)) => format!("{remaining} data keys are left under it"),
        Some(None) => "some data keys under it were encrypted anew, and nobody said how many are left".to_owned(),
        None if earlier.is_some() => {
            "what was said of data keys under it was said before it was current for the last time".to_owned()
        }
        None => "nobody said that the data keys under it were encrypted anew".to_owned(),
    };
    Some((said.and_then(|said| said.remaining), what))
}

/// Data under a version that was replaced: due once the version should not be there any more.
fn backlog(subject: &Subject, version: &Facts, now: Timestamp) -> Option<Item> {
    let (remaining, what) = data_left(subject, version)?;
    // Data stays under it, whatever became of the one that took its place.
    let taken = taken_over(subject, version).or_else(|| was_taken_over(subject, version));
    if taken.is_none() && version.given_up.is_none() {
        return None;
    }
    // What was given up should not be there any more; else it is there as long as the overlap.
    let overlap = taken.and_then(|taken| Some(overlap_end(subject, &taken, taken.since?).0));
    let end = version.given_up.or(overlap);
    let key = id(subject, version);
    let next = format!("byok rotate --mark-rewrapped {key} --objects COUNT --remaining COUNT");
    let due = end.is_some_and(|end| end <= now) || version.state == State::Compromised;
    let item = Item::waiting(Kind::RewrapBacklog, key, what).next(next);
    Some(Item { due, at: end, remaining, ..item })
}

fn id(subject: &Subject, version: &Facts) -> String {
    KeyVersionId { key: subject.name.clone(), version: version.version }.to_string()
}
