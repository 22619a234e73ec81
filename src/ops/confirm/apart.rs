//! That an answer is about this version, and not about another one that went to the same key and was never seen there.
//!
//! Of a symmetric key no answer shows which key it is. Told apart versions are by what the provider keeps beside them, by its
//! own time of the import, and by their number: where all of them can be there, the last one is the one that came last.

use jiff::Timestamp;

use super::{ConfirmError, Rival};
use crate::format::escape::{SHORT, printable};
use crate::key::state::Event;
use crate::key::version::KeyVersionId;
use crate::manifest::statement::{PlacementMatch, PlacementRecord, WrapRecord};
use crate::manifest::trust::Trust;
use crate::ops::place::{Place, Sight, distinct, is_ambiguous};
use crate::provider::{Mark, Provider};
use crate::registry::error::RegistryError;
use crate::registry::store::{Registry, StoredManifest};

/// What an answer shows, and of which place.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub provider: &'static Provider,
    pub place: &'a Place<'a>,
    pub placement: &'a PlacementRecord,
    /// Since when the provider has the version, by its own clock.
    pub made_at: Option<Timestamp>,
    /// How it came there, by the provider's own word.
    pub mark: Option<&'a Mark>,
}

/// The provider's clock says that it had the version before byok wrapped it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Early {
    /// The provider's time.
    pub made_at: Timestamp,
    /// When it was wrapped first.
    pub wrapped_at: Timestamp,
}

/// What is known of a version at one place.
struct Went {
    id: KeyVersionId,
    /// When it was wrapped first.
    first: Timestamp,
    /// After which none of its bundles is taken any more.
    until: Option<Timestamp>,
    /// Whether it came as the answer says.
    is_marked: bool,
    /// It was given up for an older one, or is out of use: nobody is to import it any more.
    is_over: bool,
    is_seen: bool,
    /// The numbers that it was seen with last.
    numbers: Vec<String>,
    target_id: Option<String>,
}

/// Whether the answer may be recorded, and what is odd about it.
pub(super) fn check(
    registry: &Registry,
    id: &KeyVersionId,
    shown: &Shown<'_>,
    now: Timestamp,
) -> Result<Option<Early>, ConfirmError> {
    let number = shown.placement.provider_key_version.as_ref();
    let trust = registry.trust()?;
    let all = versions((registry, &trust), id, shown, now)?;
    let Some(own) = all.iter().find(|went| went.id == *id) else { return Ok(None) };
    let is_known = number.is_some_and(|number| own.numbers.contains(number));
    if is_known || shown.placement.matches.contains(&PlacementMatch::PublicKey) {
        return Ok(None);
    }
    let early = shown.made_at.filter(|at| is_before(*at, own.first));
    let rivals: Vec<&Went> = rivals(&all).filter(|other| other.id != *id && may_be(own, other, shown)).collect();
    let rival = |other: &Went| Rival {
        id: id.clone(),
        other: other.id.clone(),
        provider: shown.provider.id,
        target_id: other.target_id.clone(),
        number: number.map(|number| printable(number, SHORT)),
        wrapped_at: own.first,
    };
    let earlier = rivals.iter().rev().find(|other| other.id.version < id.version);
    if let Some((other, made_at)) = earlier.zip(early) {
        return Err(ConfirmError::MadeBefore { rival: Box::new(rival(other)), made_at });
    }
    let open: Vec<&&Went> = rivals.iter().filter(|other| !other.is_over || other.id.version > id.version).collect();
    match open.last() {
        Some(other) if !is_last(own, &all, &open, shown) => {
            Err(ConfirmError::Untold { rival: Box::new(rival(other)), counts_up: shown.provider.counts_up })
        }
        _ => Ok(early.map(|made_at| Early { made_at, wrapped_at: own.first })),
    }
}

/// Those that were seen nowhere here since an older one was: what is counted before them is known.
fn rivals(all: &[Went]) -> impl Iterator<Item = &Went> {
    let last = all.iter().rposition(|went| went.is_seen);
    all.iter().skip(last.map_or(0, |last| last.saturating_add(1)))
}

/// Whether the answer can be about the other one. A server's clock may be behind: that it is too early for an older version
/// excludes it only where it is not too early for this one.
fn may_be(own: &Went, other: &Went, shown: &Shown<'_>) -> bool {
    let is_too_late = |at: Timestamp| other.until.is_some_and(|until| until < at);
    let is_too_early = |at: Timestamp| other.id.version > own.id.version && is_before(at, other.first);
    let is_marked = shown.mark.is_none() || other.is_marked || !own.is_marked;
    is_marked && !shown.made_at.is_some_and(|at| is_too_late(at) || is_too_early(at))
}

/// Whether so many versions are there that all the others have a place before this one. Of those that were wrapped later none
/// can be before it, unless it came there once more.
fn is_last(own: &Went, all: &[Went], open: &[&&Went], shown: &Shown<'_>) -> bool {
    let parsed = |number: &String| number.parse::<u64>().ok();
    let highest = all.iter().flat_map(|went| &went.numbers).filter_map(parsed).max().unwrap_or(0);
    let number = shown.placement.provider_key_version.as_ref().and_then(parsed);
    let before = u64::try_from(open.len()).ok().and_then(|others| highest.checked_add(others));
    let comes_last = own.is_seen || open.iter().all(|other| other.id.version < own.id.version);
    shown.provider.counts_up && comes_last && number.zip(before).is_some_and(|(number, before)| number > before)
}

/// Servers count seconds.
fn is_before(made_at: Timestamp, wrapped_at: Timestamp) -> bool {
    made_at.as_second() < wrapped_at.as_second()
}

/// The versions of the key that went to this place, in their order.
fn versions(
    (registry, trust): (&Registry, &Trust),
    id: &KeyVersionId,
    shown: &Shown<'_>,
    now: Timestamp,
) -> Result<Vec<Went>, RegistryError> {
    let mut found = Vec::new();
    for other in registry.versions(&id.key)? {
        let manifests = registry.manifests_under(&other, trust)?;
        found.extend(went(registry, other, &manifests, shown, now)?);
    }
    Ok(found)
}

fn went(
    registry: &Registry,
    id: KeyVersionId,
    manifests: &[StoredManifest],
    shown: &Shown<'_>,
    now: Timestamp,
) -> Result<Option<Went>, RegistryError> {
    let mut here: Vec<(Timestamp, &WrapRecord)> = Vec::new();
    for manifest in manifests {
        let predicate = &manifest.statement.predicate;
        for (at, wrap) in predicate.wraps.iter().enumerate() {
            let its = Place::from(wrap);
            let is_here = its.is_same(shown.place) && its.may_be_same(shown.place);
            if is_here && !registry.is_given_up(&manifest.payload_sha256, at)? {
                here.push((predicate.custody.read_at, wrap));
            }
        }
    }
    let (Some((first, _)), Some(newest)) = (here.first(), manifests.last()) else { return Ok(None) };
    let predicate = &newest.statement.predicate;
    let places: Vec<Place<'_>> = here.iter().map(|(_, wrap)| Place::from(*wrap)).collect();
    let is_here = |known: &&PlacementRecord| places.iter().any(|its| its.fits(&Sight::from(*known)));
    // A number that a later answer put right counts no more.
    let seen: Vec<&PlacementRecord> = predicate.placements.iter().filter(is_here).collect();
    let until: Option<Vec<Timestamp>> = here.iter().map(|(_, wrap)| wrap.expires_at).collect();
    Ok(Some(Went {
        first: *first,
        until: until.and_then(|ends| ends.into_iter().max()),
        is_marked: shown.mark.is_some_and(|mark| here.iter().any(|(_, wrap)| is_marked(mark, &id, wrap))),
        is_over: predicate.rollback.is_some() || predicate.state_at(now).on(Event::Wrap).is_err(),
        is_seen: !seen.is_empty(),
        numbers: seen.iter().filter_map(|known| known.provider_key_version.clone()).collect(),
        target_id: asked_for(manifests, &places),
        id,
    }))
}

/// The target's id, where `confirm-import` needs it to tell its places apart.
fn asked_for(manifests: &[StoredManifest], here: &[Place<'_>]) -> Option<String> {
    let all: Vec<Place<'_>> = super::wraps(manifests).map(Place::from).collect();
    let all: Vec<Place<'_>> = distinct(&all).into_iter().map(|(_, place)| place).collect();
    let place = all.iter().find(|place| here.iter().any(|its| its == *place))?;
    place.target_id.filter(|_| is_ambiguous(place, &all)).map(|id| printable(id, SHORT))
}

/// Whether a bundle of this version is what came.
fn is_marked(mark: &Mark, id: &KeyVersionId, wrap: &WrapRecord) -> bool {
    match mark {
        Mark::File(sha256) => wrap.files.iter().any(|file| file.sha256.eq_ignore_ascii_case(sha256)),
        Mark::WrappingKey(name) => wrap.wrapping_key.resource.as_ref() == Some(name),
        Mark::First => id.version.get() == 1,
    }
}
