//! Where the PIN comes from. Checked before the token is touched, read as late as possible, never on the command line.

mod terminal;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use rustix::fs::{FileType, Mode, OFlags};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::codes::{Code, usage};
use super::env::Env;
use super::failure::Explained;
use crate::ops::access::Pin;

/// More than any token takes.
const MAX_PIN_BYTES: usize = 1024;

/// The source of a PIN, as typed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum PinSource {
    /// `env:NAME`, a variable of the environment.
    Env(String),
    /// `file:PATH`, a file that only its owner can reach.
    File(PathBuf),
    /// `fd:N`, a descriptor that the caller opened.
    Fd(u32),
    /// `prompt`, asked on the terminal.
    Prompt,
    /// `pinpad`, entered on the token's own keypad (`CKF_PROTECTED_AUTHENTICATION_PATH`).
    Pinpad,
}

/// A text that names no source.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a PIN source; known: env:NAME, file:PATH, fd:N, prompt, pinpad")]
pub(super) struct UnknownSource;

/// Why a source gives no PIN. Texts name the source and never what is in it.
#[derive(Debug, thiserror::Error)]
pub(super) enum PinError {
    /// Nobody is there to ask.
    #[error("there is no terminal to ask for the PIN at")]
    NoTerminal,
    /// The variable is not set.
    #[error("the environment variable {0} is not set, or is empty")]
    NotSet(String),
    /// Others can reach the file.
    #[error("the PIN file {} can be reached by others (mode {mode:04o}, owner {owner})", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The user id of its owner.
        owner: u32,
    },
    /// A folder, pipe or device.
    #[error("the PIN file {} is not a regular file", .0.display())]
    NotRegular(PathBuf),
    /// Missing or unreadable.
    #[error("{what} cannot be read")]
    Io {
        /// The source.
        what: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Nothing in it.
    #[error("{0} holds no PIN")]
    Empty(String),
    /// More than a PIN.
    #[error("{0} holds more than {MAX_PIN_BYTES} bytes")]
    TooLong(String),
    /// Typed twice, and not the same.
    #[error("the two PINs differ")]
    Differ,
    /// A new PIN has to pass through this host.
    #[error("a new PIN cannot be set on the token's keypad")]
    Pinpad,
    /// Not UTF-8.
    #[error("the PIN from {0} is not UTF-8")]
    NotText(String),
}

impl PinSource {
    /// Says early what can be said without the PIN: a terminal that is missing, a variable, a file that others can reach.
    pub(super) fn check(&self, env: &Env) -> Result<(), PinError> {
        match self {
            Self::Env(name) => match env.var(name) {
                Some(_) => Ok(()),
                None => Err(PinError::NotSet(name.clone())),
            },
            Self::File(path) => open_private(path, env.uid).map(drop),
            Self::Fd(number) => open_descriptor(*number).map(drop),
            Self::Prompt if !env.can_ask() => Err(PinError::NoTerminal),
            Self::Prompt | Self::Pinpad => Ok(()),
        }
    }

    /// Reads the PIN; `question` is what a terminal shows.
    pub(super) fn read(&self, env: &Env, question: &str) -> Result<Pin, PinError> {
        let bytes = match self {
            Self::Env(name) => {
                let value = env.var(name).ok_or_else(|| PinError::NotSet(name.clone()))?;
                Zeroizing::new(value.into_vec())
            }
            Self::File(path) => read_capped(open_private(path, env.uid)?, &self.to_string())?,
            Self::Fd(number) => read_capped(open_descriptor(*number)?, &self.to_string())?,
            Self::Prompt if !env.can_ask() => return Err(PinError::NoTerminal),
            Self::Prompt => {
                terminal::ask(question).map_err(|source| PinError::Io { what: "the terminal".to_owned(), source })?
            }
            Self::Pinpad => return Ok(Pin::Pinpad),
        };
        to_pin(&bytes, &self.to_string()).map(Pin::Secret)
    }

    /// Reads a PIN that is to be set; a terminal asks twice.
    pub(super) fn read_new(&self, env: &Env, question: &str) -> Result<SecretString, PinError> {
        let Pin::Secret(first) = self.read(env, question)? else { return Err(PinError::Pinpad) };
        if *self == Self::Prompt {
            let again = self.read(env, &format!("{question}, again"))?;
            if !matches!(again, Pin::Secret(second) if second.expose_secret() == first.expose_secret()) {
                return Err(PinError::Differ);
            }
        }
        Ok(first)
    }

    /// The same source as `folder` sees it, when the file is in it.
    pub(super) fn seen_from(self, folder: &Path) -> Self {
        match self {
            Self::File(path) => Self::File(path.strip_prefix(folder).map(Path::to_owned).unwrap_or(path)),
            other => other,
        }
    }

    /// The same source with a relative file taken from `folder`.
    pub(super) fn relative_to(self, folder: &Path) -> Self {
        match self {
            Self::File(path) => Self::File(folder.join(path)),
            other => other,
        }
    }
}

/// Opens a PIN file and refuses it, by the opened file's own status, when others can reach it.
fn open_private(path: &Path, uid: u32) -> Result<File, PinError> {
    let failed = |error: rustix::io::Errno| PinError::Io {
        what: format!("the PIN file {}", path.display()),
        source: error.into(),
    };
    let kind = FileType::from_raw_mode(rustix::fs::stat(path).map_err(failed)?.st_mode);
    if kind != FileType::RegularFile {
        return Err(PinError::NotRegular(path.to_owned()));
    }
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(failed)?;
    let status = rustix::fs::fstat(&file).map_err(failed)?;
    if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
        return Err(PinError::NotRegular(path.to_owned()));
    }
    let owned = status.st_uid == uid || status.st_uid == 0;
    if !owned || status.st_mode & 0o077 != 0 {
        let mode = status.st_mode & 0o7777;
        return Err(PinError::Exposed { path: path.to_owned(), mode, owner: status.st_uid });
    }
    Ok(file.into())
}

/// Opens what descriptor `number` refers to a second time, so that the caller's own descriptor stays open.
///
/// A named pipe whose writer is gone would block; it is opened without blocking, and made blocking again to wait for
/// the bytes of a writer that is still there.
fn open_descriptor(number: u32) -> Result<File, PinError> {
    let failed = |error: rustix::io::Errno| PinError::Io { what: format!("descriptor {number}"), source: error.into() };
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::open(format!("/dev/fd/{number}"), flags, Mode::empty()).map_err(failed)?;
    let kind = FileType::from_raw_mode(rustix::fs::fstat(&file).map_err(failed)?.st_mode);
    if matches!(kind, FileType::Directory | FileType::BlockDevice) || rustix::termios::isatty(&file) {
        return Err(failed(rustix::io::Errno::INVAL));
    }
    let flags = rustix::fs::fcntl_getfl(&file).map_err(failed)?;
    rustix::fs::fcntl_setfl(&file, flags.difference(OFlags::NONBLOCK)).map_err(failed)?;
    Ok(file.into())
}

/// Reads into one buffer of fixed size, which is wiped: no copy stays behind in memory that was given back.
fn read_capped(mut file: File, what: &str) -> Result<Zeroizing<Vec<u8>>, PinError> {
    let mut buffer = Zeroizing::new(vec![0; MAX_PIN_BYTES.saturating_add(3)]);
    let mut filled = 0_usize;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(count) => filled = filled.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => return Err(PinError::Io { what: what.to_owned(), source }),
        }
    }
    buffer.truncate(filled);
    Ok(buffer)
}

/// Takes one line end away; what is left is the PIN.
fn to_pin(bytes: &[u8], what: &str) -> Result<SecretString, PinError> {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let line = line.strip_suffix(b"\r").filter(|_| line.len() < bytes.len()).unwrap_or(line);
    if line.is_empty() {
        return Err(PinError::Empty(what.to_owned()));
    }
    if line.len() > MAX_PIN_BYTES {
        return Err(PinError::TooLong(what.to_owned()));
    }
    let text = std::str::from_utf8(line).map_err(|_| PinError::NotText(what.to_owned()))?;
    // `Box<str>` from `&str` is one allocation of the exact size: nothing is moved and left behind.
    Ok(SecretString::new(Box::from(text)))
}

impl FromStr for PinSource {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Self, UnknownSource> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() && !name.contains('=') => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("fd", number)) => number.parse().map(Self::Fd).map_err(|_| UnknownSource),
            None if text == "prompt" => Ok(Self::Prompt),
            None if text == "pinpad" => Ok(Self::Pinpad),
            _ => Err(UnknownSource),
        }
    }
}

impl fmt::Display for PinSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Fd(number) => write!(f, "fd:{number}"),
            Self::Prompt => f.write_str("prompt"),
            Self::Pinpad => f.write_str("pinpad"),
        }
    }
}

impl Explained for PinError {
    fn code(&self) -> &'static Code {
        match self {
            Self::NoTerminal => &usage::NO_PIN_SOURCE,
            Self::Exposed { .. } => &usage::PIN_FILE_EXPOSED,
            _ => &usage::PIN_SOURCE_UNUSABLE,
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NoTerminal => {
                vec!["pass --pin-source env:NAME, file:PATH, fd:N or pinpad, or set pin-source in byok.yaml".to_owned()]
            }
            Self::Exposed { path, .. } => {
                vec![format!("chmod 600 {}   and change the PIN if others could read it", path.display())]
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
