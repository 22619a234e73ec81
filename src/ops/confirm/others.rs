//! What an answer shows must not be recorded of another version already.

use super::{ConfirmError, wraps};
use crate::format::escape::{SHORT, printable};
use crate::key::version::KeyVersionId;
use crate::manifest::statement::{PlacementMatch, PlacementRecord};
use crate::manifest::trust::Trust;
use crate::ops::place::{Place, Sight};
use crate::ops::verify::parallel;
use crate::registry::error::RegistryError;
use crate::registry::store::{Registry, StoredManifest};

/// An answer that shows what was recorded of another version of the key at the same place, now or ever, is one from before
/// the rotation: the provider has not got this version, or does not use it.
pub(super) fn check(
    registry: &Registry,
    id: &KeyVersionId,
    (place, found): (&Place<'_>, &PlacementRecord),
) -> Result<(), ConfirmError> {
    let Some(number) = &found.provider_key_version else { return Ok(()) };
    let trust = registry.trust()?;
    let stale = |other| ConfirmError::Stale { id: id.clone(), other, number: printable(number, SHORT) };
    let mut follows = false;
    for other in registry.versions(&id.key)? {
        let manifests = registry.manifests_under(&other, &trust)?;
        let is_same =
            |known: &PlacementRecord| is_of_key(known, found) && is_here(&manifests, known, |its| its.is_same(place));
        let placements = || manifests.iter().flat_map(|manifest| &manifest.statement.predicate.placements);
        if other != *id && placements().any(|known| has_number(known, found) && is_same(known)) {
            return Err(stale(other));
        }
        follows |= placements().any(|known| comes_before(known, number) && is_same(known));
    }
    // Of a pair the answer shows which key it is; and what follows the key's own last number is the key's.
    if follows || found.matches.contains(&PlacementMatch::PublicKey) {
        return Ok(());
    }
    of_another_key((registry, &trust), id, (place, found))?.map_or(Ok(()), |other| Err(stale(other)))
}

/// The version of another key that was recorded with this very number in this very key there. No folder's name tells where a
/// key is, so all of them are looked at, without a look at signatures: what may be it is verified.
fn of_another_key(
    (registry, trust): (&Registry, &Trust),
    id: &KeyVersionId,
    (place, found): (&Place<'_>, &PlacementRecord),
) -> Result<Option<KeyVersionId>, RegistryError> {
    let others: Vec<KeyVersionId> = registry.key_versions()?.into_iter().filter(|other| other.key != id.key).collect();
    let is_it = |known: &PlacementRecord| has_number(known, found) && is_of_key(known, found);
    let seen = parallel::map(&others, |other| registry.newest_may_say(other, |said| said.placements.iter().any(is_it)));
    let may_be_here = |its: &Place<'_>| its.is_same(place) && its.may_be_same(place);
    for (other, seen) in others.into_iter().zip(seen) {
        let manifests = if seen? { registry.manifests_under(&other, trust)? } else { Vec::new() };
        let newest = manifests.last().map(|newest| &newest.statement.predicate.placements);
        let mut known = newest.into_iter().flatten().filter(|known| is_it(known));
        if known.any(|known| is_here(&manifests, known, may_be_here)) {
            return Ok(Some(other));
        }
    }
    Ok(None)
}

/// Whether it may speak for such a place of the version. A key of that name may be at another place, which no answer names.
fn is_here(manifests: &[StoredManifest], known: &PlacementRecord, is_it: impl Fn(&Place<'_>) -> bool) -> bool {
    let sight = Sight::from(known);
    wraps(manifests).map(Place::from).any(|its| its.fits(&sight) && is_it(&its))
}

fn is_of_key(known: &PlacementRecord, found: &PlacementRecord) -> bool {
    (&known.provider, &known.account, &known.resource) == (&found.provider, &found.account, &found.resource)
}

fn has_number(known: &PlacementRecord, found: &PlacementRecord) -> bool {
    known.provider_key_version == found.provider_key_version
}

/// Whether a placement has the number before this one.
fn comes_before(known: &PlacementRecord, number: &str) -> bool {
    let parsed = |text: &str| text.parse::<u64>().ok();
    let before = parsed(number).and_then(|number| number.checked_sub(1));
    before.is_some() && known.provider_key_version.as_deref().and_then(parsed) == before
}
