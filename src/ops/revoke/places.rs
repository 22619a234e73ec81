//! Where else a key version is, as its manifests have it, and what is to be done there.

use jiff::Timestamp;

use super::RevokeError;
use crate::key::stage::Stage;
use crate::key::state::State;
use crate::key::version::KeyVersionId;
use crate::manifest::statement::{KeyVersionPredicate, PlacementRecord, WrapRecord};
use crate::manifest::trust::Trust;
use crate::ops::change::{ChangeError, Target};
use crate::ops::place::{Place as At, Sight, distinct, spoken_for};
use crate::ops::verify::parallel;
use crate::provider::revocation::Beside;
use crate::provider::{self, Holding, Others, Provider, Revocation, RevocationError};
use crate::registry::error::RegistryError;
use crate::registry::store::Registry;

/// One key at one provider for which the key version was wrapped.
#[derive(Debug)]
pub struct Place {
    /// Provider id.
    pub provider: String,
    /// The target of byok.yaml for which it was wrapped.
    pub target_id: Option<String>,
    /// The key there.
    pub target: Option<String>,
    /// The mount there.
    pub mount: Option<String>,
    /// Its version there, where an answer was read.
    pub key_version: Option<String>,
    /// Whether an answer of the provider showed that it has it. Without one it may have it all the same.
    pub is_confirmed: bool,
    /// What is to be done; nothing where this version of byok does not know the provider.
    pub revocation: Option<Result<Revocation, RevocationError>>,
}

impl Place {
    /// Nothing is destroyed there: what the provider has may be the last copy of a key that its token lost.
    pub(super) fn keep(&mut self) {
        let Some(Ok(made)) = &mut self.revocation else { return };
        *made = Revocation {
            before: Vec::new(),
            commands: Vec::new(),
            instead: Vec::new(),
            by_script: None,
            happens:
                "nothing: it may be the last copy of the key, and byok says nothing that destroys it; revoke it there \
                      stage by stage"
                    .into(),
            works: "everything: the provider goes on with the key",
            back: "none is needed",
            back_commands: Vec::new(),
        };
    }
}

/// A version of this or another key, as far as it matters at a provider.
struct Other {
    id: KeyVersionId,
    wraps: Vec<WrapRecord>,
    /// Of its whole history: a way back gives it a further number, and the earlier ones stay.
    placements: Vec<PlacementRecord>,
    needed: Others,
    state: State,
}

/// Every place of a key version, in the order in which it was wrapped for them.
///
/// # Errors
/// A registry that cannot be read.
pub fn places(registry: &Registry, target: &Target, stage: Stage, now: Timestamp) -> Result<Vec<Place>, RevokeError> {
    let trust = registry.trust()?;
    let own = other((registry, &trust), &target.id, now)?;
    if own.wraps.is_empty() {
        return Ok(Vec::new());
    }
    let own_places = own.places();
    let others: Vec<KeyVersionId> = registry.key_versions()?.into_iter().filter(|id| *id != target.id).collect();
    let others = parallel::map(&others, |id| {
        if id.key == target.id.key || may_be_at(registry, id, &own_places)? {
            other((registry, &trust), id, now).map(Some)
        } else {
            Ok(None)
        }
    });
    let others: Vec<Other> = others.into_iter().filter_map(Result::transpose).collect::<Result<_, _>>()?;
    own_places.iter().map(|at| place(target, (at, &own), &others, (stage, now))).collect()
}

/// Whether a version of another key may have gone to one of these places. No folder's name tells that, so all of them are
/// looked at, without a look at signatures.
fn may_be_at(registry: &Registry, id: &KeyVersionId, places: &[At<'_>]) -> Result<bool, RegistryError> {
    registry.any_may_say(id, |said| {
        said.wraps.iter().map(At::from).any(|its| places.iter().any(|place| its.may_be_same(place)))
    })
}

fn other((registry, trust): (&Registry, &Trust), id: &KeyVersionId, now: Timestamp) -> Result<Other, RevokeError> {
    let mut manifests = registry.manifests_under(id, trust)?;
    let newest = manifests.pop().ok_or_else(|| RegistryError::NoManifest(id.clone()))?.statement.predicate;
    let needed = needed(&newest, now);
    let state = newest.state_at(now);
    let all = manifests.into_iter().map(|manifest| manifest.statement.predicate).chain([newest]);
    let (wraps, placements): (Vec<_>, Vec<_>) = all.map(|predicate| (predicate.wraps, predicate.placements)).unzip();
    let (wraps, placements) = (wraps.concat(), placements.concat());
    Ok(Other { id: id.clone(), wraps, placements, needed, state })
}

/// For what a version is needed. Whether data is left under one that is out of use only people know.
fn needed(predicate: &KeyVersionPredicate, now: Timestamp) -> Others {
    let is_empty = predicate.rewrapped.last().is_some_and(|said| said.remaining == Some(0));
    match predicate.state_at(now) {
        State::PreActivation | State::Active | State::Suspended => Others::Protect,
        State::Destroyed | State::DestroyedCompromised => Others::Spent,
        State::Deactivated | State::Compromised if is_empty => Others::Spent,
        State::Deactivated | State::Compromised => Others::Read,
    }
}

impl Other {
    /// Where it went.
    fn places(&self) -> Vec<At<'_>> {
        let all: Vec<At<'_>> = self.wraps.iter().map(At::from).collect();
        distinct(&all).into_iter().map(|(_, place)| place).collect()
    }

    /// Which of its places are this one, or may be: one whose target got another id is looked for by what tells keys apart.
    fn here(&self, place: &At<'_>) -> Vec<At<'_>> {
        let all = self.places();
        let may_be: Vec<At<'_>> = all.into_iter().filter(|its| its.may_be_same(place)).collect();
        let named = |its: &At<'_>| its.target_id.is_some() && its.target_id == place.target_id;
        if may_be.iter().any(named) { may_be.into_iter().filter(named).collect() } else { may_be }
    }

    /// Whether it went, or may have gone, to this place.
    fn is_at(&self, place: &At<'_>) -> bool {
        !self.here(place).is_empty()
    }

    /// Every number that the provider showed for it there.
    fn numbers(&self, place: &At<'_>) -> Vec<u64> {
        let (all, here) = (self.places(), self.here(place));
        let speaks = |placement: &&PlacementRecord| {
            spoken_for(&all, &Sight::from(*placement)).is_some_and(|place| here.contains(place))
        };
        let number = |placement: &PlacementRecord| {
            Some((placement.observed_at, placement.provider_key_version.as_deref()?.parse().ok()?))
        };
        let seen: Vec<(Timestamp, u64)> = self.placements.iter().filter(speaks).filter_map(number).collect();
        let counts_up = provider::find(place.provider).is_some_and(|provider| provider.counts_up);
        let mut numbers = if counts_up { believed(&seen) } else { seen.iter().map(|(_, number)| *number).collect() };
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    fn beside(&self, place: &At<'_>) -> Beside {
        let protects = self.needed == Others::Protect && self.state != State::Suspended;
        let reads = protects || self.state == State::Deactivated;
        Beside { id: self.id.clone(), numbers: self.numbers(place), reads, protects }
    }

    /// Whether one of its numbers there comes before the highest of `own`, and whether one comes after the lowest; by
    /// byok's own numbers where either is not known.
    fn is_around(&self, place: &At<'_>, (target, own): (&Target, &[u64])) -> (bool, bool) {
        let its = self.numbers(place);
        match (its.first().zip(own.last()), its.last().zip(own.first())) {
            (Some((lowest, highest)), Some((last, first))) => (lowest < highest, last > first),
            _ => (self.id.version < target.id.version, self.id.version > target.id.version),
        }
    }
}

/// Where an answer shows the latest version of all, none that was seen before can have been higher: such a number was wrong,
/// or the key was made anew.
fn believed(seen: &[(Timestamp, u64)]) -> Vec<u64> {
    let is_denied = |(at, number): &(Timestamp, u64)| seen.iter().any(|(later, lower)| later > at && lower < number);
    seen.iter().filter(|one| !is_denied(one)).map(|(_, number)| *number).collect()
}

fn place(
    target: &Target,
    (at, own): (&At<'_>, &Other),
    others: &[Other],
    (stage, now): (Stage, Timestamp),
) -> Result<Place, RevokeError> {
    let predicate = target.predicate();
    let placement = placement(predicate, at, own);
    let key_version = placement.and_then(|placement| placement.provider_key_version.clone());
    let numbers = own.numbers(at);
    let (same, strangers): (Vec<&Other>, Vec<&Other>) =
        others.iter().filter(|other| other.is_at(at)).partition(|other| other.id.key == target.id.key);
    let beside: Vec<Beside> = same.iter().map(|other| other.beside(at)).collect();
    // How the versions of another key lie to this one's is not asked: it may be either way.
    let around = |other: &&Other| {
        if other.id.key == target.id.key { other.is_around(at, (target, &numbers)) } else { (true, true) }
    };
    let all: Vec<(Others, (bool, bool))> =
        same.iter().chain(&strangers).map(|other| (other.needed, around(other))).collect();
    let most = |is_it: fn(&(bool, bool)) -> bool| {
        all.iter().filter(|(_, around)| is_it(around)).map(|(needed, _)| *needed).max().unwrap_or_default()
    };
    let strangers: Vec<String> = strangers.iter().map(|other| other.id.to_string()).collect();
    let unknown = || ChangeError::Manifest(target.id.clone());
    let current = predicate.state_at(now);
    let came_into_use = predicate.dates.activated_at.is_some() || current == State::Active;
    let holding = Holding {
        id: &target.id,
        spec: predicate.key_type.parse().map_err(|_| unknown())?,
        purpose: predicate.purpose.parse().map_err(|_| unknown())?,
        target: at.target,
        mount: at.mount,
        key_version: key_version.as_deref(),
        numbers: &numbers,
        beside: &beside,
        earlier: most(|(before, _)| *before),
        later: most(|(_, after)| *after),
        strangers: &strangers,
        is_suspended: current == State::Suspended,
        arrived: placement.is_some() || came_into_use,
    };
    let known: Option<&Provider> = provider::find(at.provider);
    Ok(Place {
        provider: at.provider.to_owned(),
        target_id: at.target_id.map(str::to_owned),
        target: at.target.map(str::to_owned),
        mount: at.mount.map(str::to_owned),
        is_confirmed: placement.is_some(),
        revocation: known.map(|provider| provider.revocation(stage, &holding)),
        key_version,
    })
}

/// What the provider answered last about this key there.
fn placement<'a>(predicate: &'a KeyVersionPredicate, place: &At<'_>, own: &Other) -> Option<&'a PlacementRecord> {
    let all = own.places();
    let speaks = |placement: &&PlacementRecord| spoken_for(&all, &Sight::from(*placement)) == Some(place);
    predicate.placements.iter().filter(speaks).max_by_key(|placement| placement.observed_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_answer_replaces_a_number_that_cannot_have_been() {
        let at = |second: i64, number: u64| (Timestamp::from_second(second).unwrap(), number);
        assert_eq!(believed(&[at(1, 1), at(2, 3)]), [1, 3], "a version that came back lies there twice");
        assert_eq!(believed(&[at(1, 1), at(2, 2_147_483_648), at(3, 2)]), [1, 2]);
        assert_eq!(believed(&[at(2, 4_000_000_000)]), [4_000_000_000]);
        assert_eq!(believed(&[]), [0_u64; 0]);
    }
}
