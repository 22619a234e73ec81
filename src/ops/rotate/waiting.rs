//! Keys that were asked for by name and of which nothing becomes: their newest version waits for the answers of targets.

use super::check::{Checked, Outline};
use super::course::Work;
use super::error::RotateError;
use super::event::Failed;

/// Whoever named a key is told that nothing becomes of it. What an earlier command of the same run made has become of it.
pub fn refuse(checked: &mut Checked, work: &Work) {
    if work.asked().names.is_empty() {
        return;
    }
    let bases = work.bases();
    let waits = |outline: &Outline| {
        let is_idle = !outline.born && outline.wraps.is_empty();
        let is_found = bases.get(&outline.id.key).is_none_or(|base| base.version == outline.id.version);
        is_idle && is_found && !outline.pending.is_empty()
    };
    let (waiting, keys) = std::mem::take(&mut checked.keys).into_iter().partition(waits);
    checked.keys = keys;
    checked.failed.extend(waiting.into_iter().map(|outline: Outline| {
        let error = RotateError::Waits { id: outline.id.clone(), targets: outline.pending };
        Failed { key: outline.id.key, error }
    }));
}
