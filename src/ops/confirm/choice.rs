//! For which of a version's wraps an answer speaks.

use std::collections::BTreeSet;

use super::{ConfirmError, Said};
use crate::format::escape::{SHORT, printable};
use crate::key::version::KeyVersionId;
use crate::manifest::statement::WrapRecord;
use crate::ops::place::{Place, distinct};
use crate::provider::Confirmation;

/// A wrap, where it went, and what the answer says of the key there.
type Found<'a> = (&'a WrapRecord, Place<'a>, Confirmation);

/// The newest wrap of the one place that the answer fits. Of several places it is said which.
pub(super) fn choose<'a>(
    id: &KeyVersionId,
    wraps: &[&'a WrapRecord],
    said: Said<'_>,
    answers: impl Fn(&WrapRecord, &Place<'_>) -> Result<Confirmation, ConfirmError>,
) -> Result<Found<'a>, ConfirmError> {
    let provider = said.provider.id;
    let all: Vec<Place<'a>> = wraps.iter().copied().map(Place::from).collect();
    let places = distinct(&all).into_iter().rev().filter(|(_, place)| place.provider == provider);
    let places: Vec<(&'a WrapRecord, Place<'a>)> =
        places.filter_map(|(at, place)| Some((*wraps.get(at)?, place))).collect();
    if places.is_empty() {
        return Err(ConfirmError::NotWrapped { id: id.clone(), provider });
    }
    let asked = |place: &Place<'_>| said.target_id.is_none_or(|asked| place.target_id == Some(asked));
    let (mut fitting, mut others) = (Vec::new(), Vec::new());
    for (wrap, place) in places.iter().filter(|(_, place)| asked(place)) {
        let confirmation = answers(wrap, place)?;
        let fits = confirmation.is_target != Some(false);
        if fits { &mut fitting } else { &mut others }.push((*wrap, *place, confirmation));
    }
    let known = ids(fitting.iter().map(|(_, place, _)| place));
    // Where no target has an id, there is nothing that could be said.
    if fitting.len() > 1 && said.target_id.is_none() && !known.is_empty() {
        return Err(ConfirmError::Ambiguous { id: id.clone(), known });
    }
    fitting.into_iter().chain(others).next().ok_or_else(|| ConfirmError::NoTarget {
        id: id.clone(),
        target: printable(said.target_id.unwrap_or_default(), SHORT),
        provider,
        known: ids(places.iter().map(|(_, place)| place)),
    })
}

fn ids<'p>(places: impl Iterator<Item = &'p Place<'p>>) -> Vec<String> {
    let ids: BTreeSet<&str> = places.filter_map(|place| place.target_id).collect();
    ids.into_iter().map(|id| printable(id, SHORT)).collect()
}
