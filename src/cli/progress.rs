//! Progress on a terminal; nothing anywhere else.

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
