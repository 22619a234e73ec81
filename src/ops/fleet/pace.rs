//! At most so many keys a second, for a token that others need too.

use std::num::NonZeroU32;
use std::time::Duration;

use super::crew::Clock;

/// When the next key may be begun.
#[derive(Clone, Debug)]
pub struct Pace {
    every: Option<Duration>,
    next: Option<Duration>,
}

impl Pace {
    /// At most `keys` a second, evenly; no limit when there is none.
    #[must_use]
    pub fn new(keys: Option<NonZeroU32>) -> Self {
        let every = keys.and_then(|keys| Duration::from_secs(1).checked_div(keys.get()));
        Self { every, next: None }
    }

    /// `None` when a key may be begun, which then counts; else how long to wait. Time that went by unused is not made
    /// up for: a shared token gets no burst after a pause.
    pub(super) fn begin(&mut self, clock: Clock<'_>) -> Option<Duration> {
        let every = self.every?;
        let now = clock();
        if let Some(wait) = self.next.and_then(|next| next.checked_sub(now)).filter(|wait| !wait.is_zero()) {
            return Some(wait);
        }
        let due = self.next.map_or(now, |next| next.max(now.saturating_sub(every)));
        self.next = Some(due.saturating_add(every));
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn keys_come_evenly_and_without_a_burst() {
        let now = AtomicU64::new(0);
        let clock = || Duration::from_millis(now.load(Ordering::Relaxed));
        let mut pace = Pace::new(NonZeroU32::new(10));
        assert_eq!(pace.begin(&clock), None);
        assert_eq!(pace.begin(&clock), Some(Duration::from_millis(100)));
        now.store(130, Ordering::Relaxed);
        assert_eq!(pace.begin(&clock), None);
        // 30 ms late: the next one is due at 200, not at 230.
        assert_eq!(pace.begin(&clock), Some(Duration::from_millis(70)));
        now.store(5000, Ordering::Relaxed);
        assert_eq!(pace.begin(&clock), None);
        assert_eq!(pace.begin(&clock), None, "one that was due in the meantime");
        assert!(pace.begin(&clock).is_some());
    }

    #[test]
    fn no_limit_reads_no_clock() {
        let mut pace = Pace::new(None);
        assert_eq!(pace.begin(&|| panic!("the clock was read")), None);
    }
}
