//! Progress: moving on a terminal, a line now and then for a fleet in CI, nothing anywhere else.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::shell::Shell;

/// A spinner with one line of text, gone when dropped.
#[derive(Debug)]
pub(super) struct Spinner(Option<ProgressBar>);

impl Spinner {
    /// Starts on a lively terminal; elsewhere, with `--quiet` or with `--json` it does nothing.
    pub(super) fn start(shell: &Shell<'_>, text: &'static str) -> Self {
        if !shell.env.lively() || shell.globals.quiet || shell.globals.json {
            return Self(None);
        }
        let bar = ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner()).with_message(text);
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(Some(bar))
    }

    /// Says something without disturbing the spinner's line.
    pub(super) fn aside(&self, say: impl FnOnce()) {
        match &self.0 {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// A bar that fills as items are done, gone when dropped. Any thread may fill it.
#[derive(Debug)]
pub(super) struct Bar(Option<ProgressBar>);

impl Bar {
    /// Starts on a lively terminal when there is more than one item; elsewhere it does nothing.
    pub(super) fn start(shell: &Shell<'_>, text: &'static str, items: usize) -> Self {
        if items < 2 || !shell.env.lively() || shell.globals.quiet || shell.globals.json {
            return Self(None);
        }
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
        let bar = ProgressBar::new(u64::try_from(items).unwrap_or(u64::MAX)).with_message(text);
        Self(Some(style.map_or(bar.clone(), |style| bar.with_style(style))))
    }

    /// One item is done.
    pub(super) fn advance(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// How often a log that is no terminal hears of a fleet's progress.
const EVERY: Duration = Duration::from_secs(10);

/// The progress of a fleet: a bar with rate and remaining time on a terminal, a plain line each ten seconds elsewhere.
pub(super) struct FleetBar<'a> {
    shell: &'a Shell<'a>,
    bar: Option<ProgressBar>,
    text: &'static str,
    keys: usize,
    done: usize,
    began: Duration,
    last: Duration,
}

impl<'a> FleetBar<'a> {
    /// For this many keys. Nothing is shown yet: somebody may have to answer questions first.
    pub(super) fn new(shell: &'a Shell<'a>, text: &'static str, keys: usize) -> Self {
        let now = (shell.env.elapsed)();
        Self { shell, bar: None, text, keys, done: 0, began: now, last: now }
    }

    /// Starts.
    pub(super) fn begin(&mut self) {
        let shell = self.shell;
        let now = (shell.env.elapsed)();
        (self.began, self.last) = (now, now);
        // JSON lines on the same terminal are read by somebody, and a bar between them is not.
        let busy = shell.globals.json && shell.env.terminals.stdout;
        if self.keys < 2 || !shell.env.lively() || shell.globals.quiet || busy {
            return;
        }
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}{prefix}");
        let count = |keys: usize| u64::try_from(keys).unwrap_or(u64::MAX);
        let bar = ProgressBar::new(count(self.keys)).with_message(self.text).with_position(count(self.done));
        self.bar = Some(style.map_or(bar.clone(), |style| bar.with_style(style)));
    }

    /// One key is done.
    pub(super) fn advance(&mut self) {
        self.done = self.done.saturating_add(1);
        let now = (self.shell.env.elapsed)();
        if let Some(bar) = &self.bar {
            bar.set_prefix(format!("   {}", pace((self.done, self.keys), now.saturating_sub(self.began))));
            return bar.inc(1);
        }
        if !self.shell.env.lively() && now.saturating_sub(self.last) >= EVERY {
            self.last = now;
            self.shell.note(&line(self.text, (self.done, self.keys), now.saturating_sub(self.began)));
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Says something without disturbing the bar.
    pub(super) fn aside<T>(&self, say: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }
}

impl std::fmt::Debug for FleetBar<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FleetBar").field("keys", &self.keys).field("done", &self.done).finish_non_exhaustive()
    }
}

impl Drop for FleetBar<'_> {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Where a fleet is, and when it will be done if it goes on like this.
fn line(text: &str, (done, keys): (usize, usize), took: Duration) -> String {
    format!("{text} {done} of {keys}   {}", pace((done, keys), took))
}

/// Rate and remaining time. Keys come in groups, so that both are about all of them, and not about the last moment.
fn pace((done, keys): (usize, usize), took: Duration) -> String {
    let per_second = tenths_a_second(done, took);
    let left = keys.saturating_sub(done) as u128;
    let seconds = took.as_millis().saturating_mul(left).checked_div(done as u128).unwrap_or_default().div_ceil(1000);
    format!("{per_second} keys/s   {seconds} s left")
}

/// Keys a second, with one digit after the point.
pub(super) fn tenths_a_second(keys: usize, took: Duration) -> String {
    let tenths = (keys as u128).saturating_mul(10_000).checked_div(took.as_millis().max(1)).unwrap_or_default();
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_rate_and_remaining_time() {
        let text = line("rotating", (250, 1000), Duration::from_millis(20_400));
        assert_eq!(text, "rotating 250 of 1000   12.2 keys/s   62 s left");
        assert_eq!(line("rotating", (0, 3), Duration::ZERO), "rotating 0 of 3   0.0 keys/s   0 s left");
        assert_eq!(tenths_a_second(1, Duration::from_secs(30)), "0.0");
    }
}
