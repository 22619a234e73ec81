//! Which version took another one's place: only where it was seen everywhere the other one is. Pure.

use std::fmt;

use jiff::Timestamp;

use super::facts::{Facts, Placed, Subject, WrapFact};
use crate::format::escape::{SHORT, printable};
use crate::key::state::State;
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
    let laters: Vec<(&Facts, Timestamp)> =
        later().filter(replaces).filter_map(|later| Some((later, later.activated?))).collect();
    let (mut newer, mut since) = laters.iter().copied().min_by_key(|(_, since)| *since)?;
    let mut missing = Vec::new();
    for place in places(version) {
        let seen =
            laters.iter().filter_map(|(later, activated)| Some((*later, seen_at(later, &place)?.max(*activated))));
        match seen.min_by_key(|(_, at)| *at) {
            // The last of the places to be taken over decides.
            Some((later, at)) if at > since => (newer, since) = (later, at),
            Some(_) => {}
            None => missing.push(place),
        }
    }
    if missing.is_empty() {
        return Some(Taken { newer, since: Some(since), missing });
    }
    let newest = laters.last().map_or(newer, |(later, _)| later);
    Some(Taken { newer: newest, since: None, missing })
}

/// Where a version is, or may be: for what it was wrapped, and where else it was seen.
pub(super) fn places(version: &Facts) -> Vec<WrapFact> {
    let mut places: Vec<WrapFact> = Vec::new();
    for wrap in &version.wraps {
        places.retain(|known| known.place() != wrap.place());
        places.push(wrap.clone());
    }
    for placed in &version.placements {
        if !version.wraps.iter().any(|wrap| wrap.is_at(placed)) {
            places.push(WrapFact::from(placed));
        }
    }
    places
}

/// When a version was first seen where another one is.
fn seen_at(later: &Facts, place: &WrapFact) -> Option<Timestamp> {
    let of_place: Vec<&WrapFact> = later.wraps.iter().filter(|wrap| wrap.is_same_place(place)).collect();
    let of_wrap = |wrap: &&WrapFact| {
        // Where no answer can be read, whoever took it into use has seen it there.
        let is_silent = provider::find(&wrap.provider).is_some_and(|known| known.read_confirmation.is_none());
        let seen = later.placements.iter().filter(|placed| wrap.is_at(placed)).map(|placed| placed.first).min();
        seen.or(later.activated.filter(|_| is_silent))
    };
    of_place.iter().filter_map(of_wrap).min()
}

impl Facts {
    /// Whether it was seen at this place after that time.
    pub(super) fn was_at(&self, place: &WrapFact, after: Timestamp) -> bool {
        let here = self.wraps.iter().filter(|wrap| wrap.is_same_place(place));
        let seen = |wrap: &WrapFact| self.placements.iter().any(|placed| placed.last > after && wrap.is_at(placed));
        here.into_iter().any(seen)
    }
}

impl Taken<'_> {
    /// Whether the newer version was wrapped for a place at which it was not seen.
    pub(super) fn is_wrapped_for(&self, place: &WrapFact) -> bool {
        self.newer.wraps.iter().any(|wrap| wrap.is_same_place(place))
    }
}

impl WrapFact {
    /// Whether both went to one place. For one target they did; else their names tell, where they have any. Providers give a
    /// key several names: only where keys have mounts does another name, or another mount, mean another key.
    fn is_same_place(&self, other: &Self) -> bool {
        if self.provider != other.provider {
            return false;
        }
        let ids = self.target_id.as_ref().zip(other.target_id.as_ref());
        let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
        let is_named_so = same(&self.target, &other.target) && self.mount == other.mount;
        match ids {
            Some((one, other)) => one == other || is_named_so,
            None if self.mount.is_some() || other.mount.is_some() => is_named_so,
            None => true,
        }
    }
}

impl From<&Placed> for WrapFact {
    /// The place alone.
    fn from(placed: &Placed) -> Self {
        let (provider, target) = (placed.provider.clone(), Some(placed.resource.clone()));
        Self { provider, target_id: None, target, mount: None, expires_at: None }
    }
}

impl fmt::Display for WrapFact {
    /// `ID (PROVIDER KEY)`, as far as there are names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let provider = printable(&self.provider, SHORT);
        let target = self.target.as_ref().map(|target| format!(" {}", printable(target, SHORT))).unwrap_or_default();
        match &self.target_id {
            Some(id) => write!(f, "{} ({provider}{target})", printable(id, SHORT)),
            None => write!(f, "{provider}{target}"),
        }
    }
}
