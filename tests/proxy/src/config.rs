//! The file that `BYOK_TEST_PROXY` names: `key=value` lines, empty lines and `#` comments.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cryptoki_sys::{CK_RV, CK_ULONG};

use crate::lie::{Lies, number};

pub(crate) const VARIABLE: &str = "BYOK_TEST_PROXY";

/// Which calls a line means: some of those of one function, or of all.
#[derive(Debug, PartialEq)]
pub(crate) struct At {
    name: Option<String>,
    from: usize,
    /// How many; all that follow, without.
    count: Option<usize>,
}

impl At {
    /// `N`, `C_Name` or `C_Name#N`; a number may be followed by `+` (from there on) or `+M` (M calls from there on).
    fn parse(text: &str) -> Result<Self, String> {
        let (name, numbers) = match text.split_once('#') {
            Some((name, numbers)) => (Some(name), Some(numbers)),
            None if text.starts_with("C_") => (Some(text), None),
            None => (None, Some(text)),
        };
        let (from, count) =
            numbers.map_or(Ok((1, None)), range).map_err(|what| format!("not a call number: {what}"))?;
        Ok(Self { name: name.map(str::to_owned), from, count })
    }

    pub(crate) fn meets(&self, call: usize, name: &str, nth: usize) -> bool {
        let number = match &self.name {
            Some(wanted) if wanted == name => nth,
            Some(_) => return false,
            None => call,
        };
        number.checked_sub(self.from).is_some_and(|after| self.count.is_none_or(|count| after < count))
    }
}

/// `7`, `7+` or `7+3`, as the first and how many.
fn range(text: &str) -> Result<(usize, Option<usize>), &str> {
    let count = |digits: &str| digits.parse().map_err(|_| text);
    match text.split_once('+') {
        None => Ok((count(text)?, Some(1))),
        Some((from, "")) => Ok((count(from)?, None)),
        Some((from, many)) => Ok((count(from)?, Some(count(many)?))),
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
    pub(crate) run: Option<(At, String)>,
    pub(crate) max_sessions: Option<CK_ULONG>,
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
            "latency_us" => self.latency = Duration::from_micros(number(value)?),
            "max_sessions" => self.max_sessions = Some(number(value)?),
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
            "run" => {
                let (at, command) = value.split_once(':').ok_or_else(|| format!("not CALL:COMMAND: {value}"))?;
                self.run = Some((At::parse(at)?, command.to_owned()));
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

#[cfg(test)]
mod tests {
    use super::At;

    #[test]
    fn calls_are_told_by_number_and_name() {
        // The fourth and fifth C_Sign, the 9th and 12th call of the process.
        let calls = [("C_Sign", 4, 9), ("C_Sign", 5, 12)];
        let cases = [
            ("9", [true, false]),
            ("9+", [true, true]),
            ("9+3", [true, false]),
            ("9+4", [true, true]),
            ("10+", [false, true]),
            ("C_Sign", [true, true]),
            ("C_Sign#4", [true, false]),
            ("C_Sign#4+", [true, true]),
            ("C_Sign#2+3", [true, false]),
            ("C_Sign#5+", [false, true]),
            ("C_Login", [false, false]),
        ];
        for (text, wanted) in cases {
            let at = At::parse(text).expect(text);
            assert_eq!(calls.map(|(name, nth, call)| at.meets(call, name, nth)), wanted, "{text}");
        }
        for text in ["", "x", "C_Sign#", "C_Sign#x", "7+x", "+", "7-"] {
            assert!(At::parse(text).is_err(), "{text}");
        }
    }
}
