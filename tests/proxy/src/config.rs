//! The file that `BYOK_TEST_PROXY` names: `key=value` lines, empty lines and `#` comments.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cryptoki_sys::CK_RV;

use crate::lie::{Lies, number};

pub(crate) const VARIABLE: &str = "BYOK_TEST_PROXY";

/// Which calls a line means.
pub(crate) enum At {
    /// The N-th call of the process, counted from `C_Initialize`.
    Call(usize),
    /// Every call of a function.
    Every(String),
    /// The K-th call of a function.
    Nth(String, usize),
}

impl At {
    fn parse(text: &str) -> Result<Self, String> {
        let count = |text: &str| text.parse().map_err(|_| format!("not a call number: {text}"));
        if !text.starts_with("C_") {
            return count(text).map(Self::Call);
        }
        match text.split_once('#') {
            Some((name, nth)) => Ok(Self::Nth(name.into(), count(nth)?)),
            None => Ok(Self::Every(text.into())),
        }
    }

    pub(crate) fn meets(&self, call: usize, name: &str, nth: usize) -> bool {
        match self {
            Self::Call(wanted) => *wanted == call,
            Self::Every(wanted) => wanted == name,
            Self::Nth(wanted, wanted_nth) => wanted == name && *wanted_nth == nth,
        }
    }
}

#[derive(Default)]
pub(crate) struct Config {
    pub(crate) module: PathBuf,
    pub(crate) trace: Option<File>,
    pub(crate) die: Option<At>,
    pub(crate) die_after: bool,
    pub(crate) fail: Vec<(At, CK_RV)>,
    pub(crate) latency: Duration,
    pub(crate) dump: Option<(At, PathBuf)>,
    pub(crate) spawn: Option<(At, PathBuf)>,
    pub(crate) created: Option<File>,
    pub(crate) finds: Option<File>,
    pub(crate) pin: Option<Vec<u8>>,
    pub(crate) state: PathBuf,
    pub(crate) lies: Lies,
}

impl Config {
    #[expect(clippy::disallowed_methods, reason = "a module has no other way to be configured")]
    pub(crate) fn from_env() -> Result<Self, String> {
        let path = std::env::var_os(VARIABLE).ok_or_else(|| format!("{VARIABLE} is not set"))?;
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", Path::new(&path).display()))?;
        let mut state = path;
        state.push(".state");
        Self { state: state.into(), ..Self::default() }.read(&text)
    }

    fn read(mut self, text: &str) -> Result<Self, String> {
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (key, value) = line.split_once('=').ok_or_else(|| format!("not key=value: {line}"))?;
            self.set(key, value)?;
        }
        if self.module.as_os_str().is_empty() {
            return Err("no module= line".into());
        }
        Ok(self)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "module" => self.module = value.into(),
            "trace" => self.trace = Some(append(Path::new(value))?),
            "state" => self.state = value.into(),
            "pin" => self.pin = Some(value.into()),
            "latency_ms" => self.latency = Duration::from_millis(number(value)?),
            "die" => self.die = Some(At::parse(value)?),
            "die_when" => {
                self.die_after = match value {
                    "before" => false,
                    "after" => true,
                    _ => return Err(format!("die_when is before or after, not {value}")),
                }
            }
            "fail" => {
                let (at, rv) = value.rsplit_once(':').ok_or_else(|| format!("not CALL:RV: {value}"))?;
                self.fail.push((At::parse(at)?, number(rv)?));
            }
            "dump" => {
                let (at, path) = value.split_once(':').ok_or_else(|| format!("not CALL:PATH: {value}"))?;
                self.dump = Some((At::parse(at)?, path.into()));
            }
            "spawn" => {
                let (at, path) = value.split_once(':').ok_or_else(|| format!("not CALL:PATH: {value}"))?;
                self.spawn = Some((At::parse(at)?, path.into()));
            }
            "record_created" => self.created = Some(append(Path::new(value))?),
            "finds" => self.finds = Some(append(Path::new(value))?),
            "lie" => self.lies.add(value)?,
            _ => return Err(format!("unknown key {key}")),
        }
        Ok(())
    }
}

/// Opens a file that several processes may append whole lines to.
pub(crate) fn append(path: &Path) -> Result<File, String> {
    let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    opened.map_err(|error| format!("{}: {error}", path.display()))
}
