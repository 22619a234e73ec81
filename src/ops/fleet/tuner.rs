//! How many sessions serve this token best: measured while keys are made.
//!
//! `SoftHSM` in memory is slower with two sessions than with one, on a disk it is faster, and a token across a network
//! wants as many as it takes. So one is measured, then two, four and so on, each on a part of the batch, until one more
//! step does not pay. A token that is slow to answer at all gets several at once.

use std::time::Duration;

/// The most sessions that are ever opened.
pub const MOST_SESSIONS: usize = 64;

/// A step pays when it gives this much more, in percent; less is noise.
const WORTH: u128 = 112;

/// Keys that a number of sessions is measured on, at least; and for each session, so that all take part.
const LEAST: usize = 12;
const EACH: usize = 2;
/// A measurement must end within a batch.
const MOST: usize = 80;

/// A call that never takes less is waited for, by whatever is between. On a busy machine some calls take long, not all.
const SLOW: Duration = Duration::from_millis(1);
/// What is measured first on such a token.
const FAR: usize = 16;

/// See the module.
#[derive(Clone, Debug)]
pub struct Tuner {
    /// How many are wanted now.
    sessions: usize,
    most: usize,
    settled: bool,
    best: Option<Measure>,
    window: Option<Window>,
}

#[derive(Clone, Copy, Debug)]
struct Measure {
    sessions: usize,
    keys: usize,
    took: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    began: Duration,
    /// Keys that were done by then.
    done: usize,
}

impl Tuner {
    /// Exactly this many.
    #[must_use]
    pub fn fixed(sessions: usize) -> Self {
        let sessions = sessions.clamp(1, MOST_SESSIONS);
        Self { sessions, most: sessions, settled: true, best: None, window: None }
    }

    /// As many as turn out to be best, and at most this many.
    #[must_use]
    pub fn measured(most: usize) -> Self {
        let most = most.clamp(1, MOST_SESSIONS);
        Self { sessions: 1, most, settled: most == 1, best: None, window: None }
    }

    /// Whether the number is still to be found.
    pub(super) fn is_measuring(&self) -> bool {
        !self.settled
    }

    /// One session less than the token takes is there for this.
    pub(super) fn spare_one(&mut self) {
        self.most = self.most.saturating_sub(1).max(1);
    }

    /// The quickest of some calls took so long.
    pub(super) fn heard(&mut self, quickest: Duration) {
        if !self.settled && self.best.is_none() && quickest >= SLOW {
            self.sessions = self.sessions.max(FAR.min(self.most));
        }
    }

    /// How many sessions are wanted now.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.sessions
    }

    /// There are no more than these.
    pub(super) fn limit(&mut self, sessions: usize) {
        self.most = sessions.max(1);
        if self.sessions > self.most {
            self.window = None;
            self.settle();
        }
    }

    /// What was being measured is begun anew with the next batch.
    pub(super) fn pause(&mut self) {
        self.window = None;
    }

    /// So many keys of the batch are done, and so many sessions are there.
    pub(super) fn observe(&mut self, now: Duration, done: usize, present: usize) {
        if self.settled || present < self.sessions {
            return;
        }
        let Some(window) = self.window else {
            self.window = Some(Window { began: now, done });
            return;
        };
        let keys = done.saturating_sub(window.done);
        if keys < LEAST.max(self.sessions.saturating_mul(EACH)).min(MOST) {
            return;
        }
        self.window = None;
        self.compare(Measure { sessions: self.sessions, keys, took: now.saturating_sub(window.began) });
    }

    fn compare(&mut self, measure: Measure) {
        if self.best.is_some_and(|best| !measure.beats(&best)) {
            return self.settle();
        }
        self.best = Some(measure);
        let more = self.sessions.saturating_mul(2).min(self.most);
        if more > self.sessions { self.sessions = more } else { self.settle() }
    }

    fn settle(&mut self) {
        self.settled = true;
        self.sessions = self.best.map_or(self.most, |best| best.sessions.min(self.most));
    }
}

impl Measure {
    fn beats(&self, other: &Self) -> bool {
        let product = |a: usize, b: Duration, c: u128| (a as u128).saturating_mul(b.as_nanos()).saturating_mul(c);
        product(self.keys, other.took, 100) >= product(other.keys, self.took, WORTH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many sessions are kept on a token that makes `rate(sessions)` keys a second.
    fn settles_at(most: usize, rate: impl Fn(usize) -> u32) -> usize {
        let mut tuner = Tuner::measured(most);
        let mut now = Duration::ZERO;
        for _ in 0..10 {
            for done in 1..=100 {
                now = now.saturating_add(Duration::from_secs(1).checked_div(rate(tuner.sessions())).unwrap());
                tuner.observe(now, done, tuner.sessions());
            }
            tuner.pause();
        }
        assert!(tuner.settled);
        tuner.sessions()
    }

    #[test]
    fn a_token_that_locks_keeps_one_session_and_a_slow_one_gets_many() {
        assert_eq!(settles_at(64, |sessions| if sessions == 1 { 1000 } else { 750 }), 1);
        assert_eq!(settles_at(64, |sessions| [130, 226, 266, 270][sessions.ilog2().min(3) as usize]), 4);
        assert_eq!(settles_at(64, |sessions| 25 * u32::try_from(sessions).unwrap()), 64);
        assert_eq!(settles_at(16, |sessions| 25 * u32::try_from(sessions).unwrap()), 16);
        assert_eq!(settles_at(24, |sessions| 25 * u32::try_from(sessions).unwrap()), 24);
    }

    #[test]
    fn a_token_that_answers_slowly_gets_many_at_once() {
        let heard = |most: usize, quickest: u64| {
            let mut tuner = Tuner::measured(most);
            tuner.heard(Duration::from_micros(quickest));
            tuner.sessions()
        };
        assert_eq!(heard(64, 5000), 16);
        assert_eq!(heard(3, 5000), 3);
        assert_eq!(heard(64, 900), 1);
        let mut tuner = Tuner::fixed(2);
        tuner.heard(Duration::from_secs(1));
        assert_eq!(tuner.sessions(), 2);
    }

    #[test]
    fn a_token_that_takes_no_more_sessions_goes_on_with_those() {
        let mut tuner = Tuner::fixed(16);
        tuner.limit(3);
        assert_eq!(tuner.sessions(), 3);
    }

    #[test]
    fn keys_that_are_done_while_sessions_are_opened_do_not_count() {
        let mut tuner = Tuner::measured(8);
        for done in 0..100 {
            tuner.observe(Duration::from_millis(done), usize::try_from(done).unwrap(), 0);
        }
        assert_eq!(tuner.sessions(), 1);
    }
}
