//! `status`: what is due, what waits, what is half done. Derived from manifests, policy and log at this moment, and
//! written nowhere: no token, no lock.

mod commands;
mod derive;
mod facts;
mod item;
mod read;
mod successor;

use jiff::Timestamp;

pub use self::derive::{Replacement, data_left, items, not_replaced_at, replacement, waits_for};
pub use self::facts::{Asks, Facts, Placed, Subject, WrapFact};
pub use self::item::{Item, Kind, NextRotation, OpenRun, Status};
pub use self::read::subject;
pub use self::successor::{Taken, taken_over};
use super::govern::Governance;
use super::target::Targets;
use crate::ops::rotate::course::standings;
use crate::ops::rotate::error::RotateError;
use crate::registry::journal::past::unfinished;
use crate::registry::store::Registry;

/// Everything that is to be done in a registry, or will be.
///
/// # Errors
/// A registry that cannot be read, a manifest that does not verify.
pub fn status(
    registry: &Registry,
    governance: &Governance,
    targets: &Targets,
    now: Timestamp,
) -> Result<Status, RotateError> {
    let policy = governance.parts().map(|(policy, _)| policy);
    let subjects = read::subjects(registry, policy, targets, now)?;
    let mut items: Vec<Item> = unfinished(registry)?.iter().map(derive::half_done).collect();
    items.extend(standings(registry, now)?.iter().map(derive::open_run));
    items.extend(registry.lost_runs()?.iter().map(derive::lost_run));
    for subject in &subjects {
        items.extend(derive::items(subject, targets, now));
    }
    items.sort_by_key(Item::order);
    let versions = subjects.iter().map(|subject| subject.versions.len()).sum();
    let next = subjects.iter().filter_map(|subject| derive::next_rotation(subject, now));
    Ok(Status::new(now, (subjects.len(), versions), items, next.min_by_key(|next| next.at)))
}

#[cfg(test)]
mod tests;
