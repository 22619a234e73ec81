//! `--sessions` and `--rate`: how a command for many keys uses its tokens.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use clap::builder::RangedU64ValueParser;

use super::progress::tenths_a_second;
use super::session::Opened;
use super::shell::Shell;
use crate::ops::fleet::{MOST_SESSIONS, Sessions};

/// Options of commands for many keys.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub(super) struct FleetArgs {
    /// Use so many sessions with the token, at most 64 [default: measured while keys are made]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=MOST_SESSIONS as u64))]
    sessions: Option<usize>,
    /// Begin at most so many keys a second, for an HSM that others need too
    #[arg(long, value_name = "N")]
    rate: Option<NonZeroU32>,
}

impl FleetArgs {
    /// Runs with the tokens used like this for so many keys.
    pub(super) fn with<T>(
        self,
        shell: &Shell<'_>,
        opened: &Opened,
        keys: usize,
        run: impl FnOnce(&Sessions<'_>) -> T,
    ) -> T {
        // One key is no fleet: nobody asks the token what else it takes.
        let most = if keys < 2 { Some(1) } else { opened.most_sessions() };
        let doors = opened.doors();
        let open = || doors.colleague();
        run(&Sessions {
            wanted: self.sessions.and_then(NonZeroUsize::new),
            most,
            rate: self.rate,
            open: &open,
            clock: &*shell.env.elapsed,
            calls: &|| opened.calls(),
        })
    }
}

/// What a run took, for `-v` and for the summary of `--json`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Functions of the module that were called.
    pub calls: u64,
    /// Those of them that were for keys; the others are the same for one key and for thousands, but for the search.
    pub key_calls: u64,
    /// Keys that were worked on.
    pub keys: usize,
    /// Sessions at the end.
    pub sessions: usize,
    /// How long it took.
    pub took: Duration,
}

impl Effort {
    /// Calls for each key, with one digit after the point; nothing for no key.
    pub(super) fn calls_per_key(&self) -> Option<f64> {
        let tenths = u128::from(self.key_calls).saturating_mul(10).checked_div(self.keys as u128)?;
        Some(f64::from(u32::try_from(tenths).unwrap_or(u32::MAX)) / 10.0)
    }

    /// The same for people.
    pub(super) fn describe(&self) -> String {
        let sessions = if self.sessions == 1 { "1 session".to_owned() } else { format!("{} sessions", self.sessions) };
        let rate = tenths_a_second(self.keys, self.took);
        let fixed = self.calls.saturating_sub(self.key_calls);
        let calls = match self.calls_per_key() {
            Some(per_key) => format!("{per_key:.1} calls a key, {fixed} besides"),
            None => format!("{} calls", self.calls),
        };
        format!("token          {calls}   {sessions}   {rate} keys/s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effort_is_told_for_each_key() {
        let effort = Effort { calls: 1234, key_calls: 905, keys: 100, sessions: 2, took: Duration::from_secs(2) };
        assert_eq!(effort.describe(), "token          9.0 calls a key, 329 besides   2 sessions   50.0 keys/s");
        let none = Effort { keys: 0, sessions: 1, ..effort };
        assert_eq!(none.describe(), "token          1234 calls   1 session   0.0 keys/s");
    }
}
