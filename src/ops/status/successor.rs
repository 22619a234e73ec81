//! Which version took another one's place: only where it was seen everywhere the other one is. Pure.

use std::fmt;

use jiff::Timestamp;

use super::facts::{Facts, Placed, Subject, WrapFact};
use crate::format::escape::{SHORT, printable, shell_word};
use crate::key::state::State;
use crate::ops::place::{self, DEFAULT_MOUNT, Place};
use crate::provider;

/// A version whose place is taken, or is being taken.
#[derive(Clone, Debug)]
pub struct Taken<'a> {
    /// The version that takes it.
    pub newer: &'a Facts,
    /// Since when it is taken everywhere; nothing as long as there are places where no later version was seen.
    pub since: Option<Timestamp>,
    /// Those places.
    pub missing: Vec<WrapFact>,
}

/// The later versions in use that took this one's place, or are about to.
#[must_use]
pub fn taken_over<'a>(subject: &'a Subject, version: &Facts) -> Option<Taken<'a>> {
    of_all(subject, version, |later| later.state == State::Active)
}

/// The same, whatever became of the later versions since, of a version that is out of use.
pub(super) fn was_taken_over<'a>(subject: &'a Subject, version: &Facts) -> Option<Taken<'a>> {
    of_all(subject, version, |_| version.state != State::Active)
}

fn of_all<'a>(subject: &'a Subject, version: &Facts, fits: impl Fn(&Facts) -> bool) -> Option<Taken<'a>> {
    let replaces = |later: &&Facts| later.rotated || subject.periods.overlap.is_some();
    let later = || subject.versions.iter().filter(|later| later.version > version.version && fits(later));
    let laters: Vec<(&'a Facts, Timestamp)> =
        later().filter(replaces).filter_map(|later| Some((later, later.activated?))).collect();
    let (mut newer, mut since) = laters.iter().copied().min_by_key(|(_, since)| *since)?;
    let mut missing = Vec::new();
    let places = places(version);
    for place in &places {
        let seen = |(later, activated): &(&'a Facts, Timestamp)| {
            let (first, _) = seen_at(later, place, &places)?;
            Some((*later, first.max(*activated)))
        };
        let seen = laters.iter().filter_map(seen);
        match seen.min_by_key(|(_, at)| *at) {
            // The last of the places to be taken over decides.
            Some((later, at)) if at > since => (newer, since) = (later, at),
            Some(_) => {}
            None => missing.push(place.clone()),
        }
    }
    if missing.is_empty() {
        return Some(Taken { newer, since: Some(since), missing });
    }
    let newest = laters.last().map_or(newer, |(later, _)| later);
    Some(Taken { newer: newest, since: None, missing })
}

/// The wraps of a version that went to different places, the newest for each.
pub(super) fn wrapped_for(version: &Facts) -> Vec<WrapFact> {
    let all: Vec<Place<'_>> = version.wraps.iter().map(WrapFact::place).collect();
    let of = |(at, place): (usize, Place<'_>)| {
        let expires_at = version.wraps.get(at).and_then(|newest| newest.expires_at);
        WrapFact { expires_at, ..WrapFact::from(place) }
    };
    place::distinct(&all).into_iter().map(of).collect()
}

/// Where a version is, or may be: for what it was wrapped, and where else it was seen.
pub(super) fn places(version: &Facts) -> Vec<WrapFact> {
    let mut places = wrapped_for(version);
    let is_known = |placed: &&Placed| !version.wraps.iter().any(|wrap| wrap.place().fits(&placed.sight()));
    places.extend(version.placements.iter().filter(is_known).map(|placed| WrapFact::from(placed.sight().place())));
    places
}

/// The times at which a version was seen, first and last, at one of its places.
fn sights(version: &Facts, places: &[Place<'_>], at: &Place<'_>) -> Option<(Timestamp, Timestamp)> {
    let speaks = |placed: &&Placed| place::spoken_for(places, &placed.sight()) == Some(at);
    let here = || version.placements.iter().filter(speaks);
    here().map(|placed| placed.first).min().zip(here().map(|placed| placed.last).max())
}

/// When a version was first seen where another one is, and when last: wherever its places stand for that one.
fn seen_at(later: &Facts, place: &WrapFact, own: &[WrapFact]) -> Option<(Timestamp, Timestamp)> {
    let its = places(later);
    let its: Vec<Place<'_>> = its.iter().map(WrapFact::place).collect();
    let own: Vec<Place<'_>> = own.iter().map(WrapFact::place).collect();
    let of_place = |at: &Place<'_>| {
        // Where no answer can be read, whoever took it into use has seen it there.
        let is_silent = provider::find(at.provider).is_some_and(|known| known.read_confirmation.is_none());
        let in_use = later.activated.filter(|_| is_silent);
        sights(later, &its, at).or(in_use.zip(in_use))
    };
    let mut seen = place::counterparts(&place.place(), &own, &its).into_iter().map(of_place);
    if place.target_id.is_some() {
        return seen.flatten().reduce(|(first, last), (other, until)| (first.min(other), last.max(until)));
    }
    // Which of several it is, nothing says: then it must have been seen at all of them.
    let all: Vec<_> = seen.by_ref().collect::<Option<_>>()?;
    all.into_iter().reduce(|(first, last), (other, until)| (first.max(other), last.min(until)))
}

impl Facts {
    /// Whether it was seen at this one of its own places.
    pub(super) fn is_at(&self, place: &WrapFact) -> bool {
        let its = places(self);
        let its: Vec<Place<'_>> = its.iter().map(WrapFact::place).collect();
        sights(self, &its, &place.place()).is_some()
    }

    /// Whether it was wrapped for, or seen at, what is the same key as this place of another version.
    pub(super) fn is_at_same(&self, place: &WrapFact) -> bool {
        places(self).iter().any(|its| its.place().is_same(&place.place()))
    }

    /// Whether it was seen, after that time, at this one of the places of another version.
    pub(super) fn was_at(&self, place: &WrapFact, of: &[WrapFact], after: Timestamp) -> bool {
        seen_at(self, place, of).is_some_and(|(_, last)| last > after)
    }
}

impl fmt::Display for WrapFact {
    /// `ID (PROVIDER KEY)`, as far as there are names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let provider = printable(&self.provider, SHORT);
        let target = self.target.as_ref().map(|target| format!(" {}", printable(target, SHORT))).unwrap_or_default();
        let mount = self.mount.as_ref().filter(|mount| *mount != DEFAULT_MOUNT);
        let mount = mount.map(|mount| format!(" in {}", printable(mount, SHORT))).unwrap_or_default();
        match &self.target_id {
            Some(id) => write!(f, "{} ({provider}{target}{mount})", printable(id, SHORT)),
            None => write!(f, "{provider}{target}{mount}"),
        }
    }
}

/// What to type once a provider has answered about a version at this place, which may be that of another version.
pub(super) fn to_confirm(key: &str, version: &Facts, at: &WrapFact) -> String {
    let its = wrapped_for(version);
    let all: Vec<Place<'_>> = its.iter().map(WrapFact::place).collect();
    let here = all.iter().find(|its| its.is_same(&at.place()));
    let id = here.filter(|here| place::is_ambiguous(here, &all)).and_then(|here| here.target_id);
    let id = id.map(|id| format!(" --target-id {}", shell_word(id, SHORT))).unwrap_or_default();
    format!("byok confirm-import {key} --provider {}{id} --evidence FILE", shell_word(&at.provider, SHORT))
}
