//! The world outside, as `main` found it: clock, environment, terminals, who and where.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::harden::Hardening;

/// Looks up a variable of the environment.
pub type Variables = dyn Fn(&str) -> Option<OsString>;

/// Everything that a command may know of its surroundings. Only `main` fills it from the real ones.
pub struct Env {
    /// The clock.
    pub now: Box<dyn Fn() -> Timestamp>,
    /// Time that has passed since the program began; it never goes back, and any thread may ask.
    pub elapsed: Box<dyn Fn() -> Duration + Send + Sync>,
    /// The environment.
    pub var: Box<Variables>,
    /// Which standard streams are terminals.
    pub terminals: Terminals,
    /// The current folder, absolute.
    pub directory: PathBuf,
    /// Where locks across registries live; private to the user.
    pub runtime_directory: PathBuf,
    /// The effective user id, as a number.
    pub uid: u32,
    /// The name of this host.
    pub host: String,
    /// What protects this process.
    pub hardening: Hardening,
}

/// Which of the standard streams are terminals.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminals {
    /// Somebody can answer.
    pub stdin: bool,
    /// Somebody reads the data.
    pub stdout: bool,
    /// Somebody reads the rest.
    pub stderr: bool,
}

impl Env {
    /// The current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// A variable of the environment; an empty one counts as absent.
    #[must_use]
    pub fn var(&self, name: &str) -> Option<OsString> {
        (self.var)(name).filter(|value| !value.is_empty())
    }

    /// Whether a question can be asked: somebody sees it and can answer.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        self.terminals.stdin && self.terminals.stderr
    }

    /// Whether stderr may have colour and moving progress (`NO_COLOR`, `CI` and dumb terminals say no).
    #[must_use]
    pub fn lively(&self) -> bool {
        self.terminals.stderr && self.plain_reason().is_none()
    }

    fn plain_reason(&self) -> Option<&'static str> {
        let dumb = self.var("TERM").is_some_and(|term| term == "dumb");
        ["NO_COLOR", "CI"].into_iter().find(|name| self.var(name).is_some()).or(dumb.then_some("TERM"))
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Env").field("terminals", &self.terminals).field("uid", &self.uid).finish_non_exhaustive()
    }
}
