//! Intents that have no result yet.

use std::collections::HashMap;

use crate::audit::record::{EntryView, Phase};
use crate::format::escape::printable;

/// The most operations that are named one by one.
const MAX_NAMED: usize = 5;

/// Open operations by their id, with the number and event of the intent.
#[derive(Debug, Default)]
pub(super) struct OpenOperations(HashMap<String, (u64, String)>);

impl OpenOperations {
    /// Takes in one entry.
    pub(super) fn see(&mut self, seq: u64, entry: &EntryView<'_>) {
        match entry.phase {
            Phase::Intent => _ = self.0.insert(entry.id.to_string(), (seq, entry.event.to_string())),
            Phase::Result => _ = self.0.remove(entry.id.as_ref()),
            Phase::Note => {}
        }
    }

    pub(super) fn count(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// One line about them; `None` when there is none.
    pub(super) fn describe(&self) -> Option<String> {
        let mut rows: Vec<_> = self.0.values().collect();
        rows.sort_unstable();
        let named = rows.iter().take(MAX_NAMED).map(|(seq, event)| format!("entry {seq} ({})", printable(event, 64)));
        let named = named.collect::<Vec<_>>().join(", ");
        let more = rows.len().saturating_sub(MAX_NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!rows.is_empty()).then(|| format!("without a result: {named}{more}"))
    }
}
