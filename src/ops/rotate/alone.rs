//! Keys that an answer would send to one key of a provider. Each of them is refused, and the others go on.

use std::collections::BTreeSet;

use super::check::{Checked, Outline, OutlinedWrap};
use super::error::RotateError;
use super::event::Failed;
use crate::format::escape::{SHORT, printable};
use crate::key::name::KeyName;
use crate::manifest::trust::Trust;
use crate::ops::occupied::{Names, Occupants, Occupied, Own};
use crate::registry::store::Registry;

/// What is known of other keys is looked up once, and only where an answer is for one key.
///
/// # Errors
/// A registry that cannot be read.
pub(super) fn check((registry, trust): (&Registry, &Trust), checked: &mut Checked) -> Result<(), RotateError> {
    if !checked.keys.iter().any(|outline| owned(outline).next().is_some()) {
        return Ok(());
    }
    let occupants = Occupants::of((registry, trust))?;
    let mut claims: Names<KeyName> = Names::default();
    let mut left = Vec::new();
    for outline in std::mem::take(&mut checked.keys) {
        match taken(&occupants, &outline)? {
            Some(failed) => checked.failed.push(failed),
            None => left.push(outline),
        }
    }
    // Of those that are left none is at home there, so that nobody can tell for which of them the answer was meant.
    for outline in &left {
        owned(outline).for_each(|(own, _)| claims.add(own, outline.id.key.clone()));
    }
    for outline in left {
        match shared(&claims, &outline) {
            Some(failed) => checked.failed.push(failed),
            None => checked.keys.push(outline),
        }
    }
    let used = checked.keys.iter().flat_map(|outline| &outline.wraps);
    let used: BTreeSet<String> = used.map(|wrap| wrap.file.0.clone()).collect();
    checked.answers.retain(|sha256, _| used.contains(sha256));
    Ok(())
}

fn owned(outline: &Outline) -> impl Iterator<Item = (Own<'_>, &OutlinedWrap)> {
    outline.wraps.iter().filter_map(|wrap| Some((Own::of(wrap.provider, wrap.target.as_deref())?, wrap)))
}

fn taken(occupants: &Occupants<'_>, outline: &Outline) -> Result<Option<Failed>, RotateError> {
    for (own, wrap) in owned(outline) {
        if let Some(error) = occupants.other_than(&outline.id.key, own)? {
            return Ok(Some(failed(outline, wrap, error)));
        }
    }
    Ok(None)
}

fn shared(claims: &Names<KeyName>, outline: &Outline) -> Option<Failed> {
    owned(outline).find_map(|(own, wrap)| {
        let other = claims.at(own).find(|other| **other != outline.id.key)?;
        let place = printable(own.target, SHORT);
        Some(failed(outline, wrap, Occupied::Shared { place, other: other.clone() }))
    })
}

fn failed(outline: &Outline, wrap: &OutlinedWrap, error: Occupied) -> Failed {
    let key = outline.id.key.clone();
    let (target, file) = (wrap.target_id.clone(), printable(&wrap.name, SHORT));
    Failed { key: key.clone(), error: RotateError::OneKey { key, target, file, error: Box::new(error) } }
}
