//! Who may approve: OpenSSH's `allowed_signers` (ssh-keygen(1), "ALLOWED SIGNERS"), so that stock `ssh-keygen -Y verify`
//! reads the same file.
//!
//! What is read here means the same to OpenSSH; what OpenSSH takes and byok refuses is what could mean more than one
//! person or another moment: patterns, certificate authorities, local times, keys that do not approve.

mod line;
mod options;

use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;

use super::person::PersonError;
use super::ssh_key::{SshKey, SshKeyError};

/// The largest file that is read, in bytes.
pub const MAX_FILE: usize = 1 << 20;
/// The most lines, comments included.
pub const MAX_LINES: usize = 4096;

/// A file of people and their keys.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AllowedSigners {
    signers: Vec<Signer>,
}

/// One line: a key, and whose it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signer {
    /// From 1.
    pub line: usize,
    /// Principals: people, by name.
    pub people: Vec<String>,
    /// The key.
    pub key: SshKey,
    /// The only namespaces in which it signs; nothing for all.
    pub namespaces: Option<Vec<String>>,
    /// The first moment at which it signs.
    pub valid_after: Option<Timestamp>,
    /// The last moment at which it signs.
    pub valid_before: Option<Timestamp>,
}

/// Why a file is not taken, and where. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct AllowedSignersError {
    /// Where.
    pub place: Place,
    /// What.
    pub problem: Problem,
}

/// A place in the file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    /// From 1; 0 for the file as a whole.
    pub line: usize,
    /// From 1, in characters; 0 for the line as a whole.
    pub column: usize,
}

/// What is wrong with a line.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Problem {
    /// More than [`MAX_FILE`].
    #[error("{0} bytes; allowed signers have at most {MAX_FILE}")]
    TooLarge(usize),
    /// More than [`MAX_LINES`].
    #[error("more than {MAX_LINES} lines")]
    TooMany,
    /// No key in it.
    #[error("it names nobody")]
    Empty,
    /// Not text.
    #[error("it is not UTF-8 text")]
    Text,
    /// A character that OpenSSH reads as an end, or that hides.
    #[error("the control character {0:?}")]
    Control(char),
    /// A principal.
    #[error("{0}")]
    Person(#[from] PersonError),
    /// The same principal twice in a line.
    #[error("{0} stands twice in this line")]
    PersonTwice(String),
    /// A key twice under one principal.
    #[error("this key stands under {person} in line {line} already")]
    KeyTwice {
        /// The principal.
        person: String,
        /// The earlier line.
        line: usize,
    },
    /// Ends before the key.
    #[error("the line ends before its {0}")]
    Ends(&'static str),
    /// The key.
    #[error("{0}")]
    Key(#[from] SshKeyError),
    /// An option that OpenSSH has not.
    #[error("the option {0:?} is not known; known: namespaces=, valid-after=, valid-before=")]
    Option(String),
    /// A certificate authority.
    #[error("cert-authority: whoever holds that key can name any person; list each person's own key")]
    Authority,
    /// An option twice.
    #[error("the option {0} twice")]
    OptionTwice(&'static str),
    /// A value that is not in double quotes.
    #[error("the value of {0} stands in double quotes")]
    Quotes(&'static str),
    /// A backslash.
    #[error("a backslash in a value")]
    Backslash,
    /// What follows an option.
    #[error("{0:?} after an option; options are separated by commas, without spaces")]
    Separator(char),
    /// Namespaces.
    #[error("{0:?} is no namespace; they are written out, separated by commas")]
    Namespace(String),
    /// A time.
    #[error("{0:?} is no time; write YYYYMMDDZ, YYYYMMDDHHMMZ or YYYYMMDDHHMMSSZ")]
    Time(String),
    /// A time without Z.
    #[error("{0:?} is local time, which another host reads as another moment; end it with Z")]
    LocalTime(String),
    /// The end is not after the beginning.
    #[error("valid-before is not after valid-after")]
    NeverValid,
}

impl AllowedSigners {
    /// Reads a whole file.
    ///
    /// # Errors
    /// [`AllowedSignersError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AllowedSignersError> {
        let whole = |problem| AllowedSignersError { place: Place { line: 0, column: 0 }, problem };
        if bytes.len() > MAX_FILE {
            return Err(whole(Problem::TooLarge(bytes.len())));
        }
        let mut signers: Vec<Signer> = Vec::new();
        let mut seen = Seen::default();
        for (index, raw) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let number = index.saturating_add(1);
            let at = |(column, problem)| AllowedSignersError { place: Place { line: number, column }, problem };
            if number > MAX_LINES {
                return Err(at((0, Problem::TooMany)));
            }
            let text = text(raw).map_err(at)?;
            if let Some(signer) = line::read(number, text).map_err(at)? {
                seen.add(&signer).map_err(|problem| at((0, problem)))?;
                signers.push(signer);
            }
        }
        if signers.is_empty() { Err(whole(Problem::Empty)) } else { Ok(Self { signers }) }
    }

    /// Every line that holds a key.
    #[must_use]
    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }

    /// Everybody who is named, each once, sorted.
    #[must_use]
    pub fn people(&self) -> Vec<&str> {
        let mut people: Vec<&str> = self.signers.iter().flat_map(|signer| &signer.people).map(String::as_str).collect();
        people.sort_unstable();
        people.dedup();
        people
    }

    /// The lines with this key.
    pub fn of_key(&self, key: &SshKey) -> impl Iterator<Item = &Signer> {
        self.signers.iter().filter(move |signer| signer.key == *key)
    }
}

impl Signer {
    /// Whether the key signs in this namespace.
    #[must_use]
    pub fn signs_in(&self, namespace: &str) -> bool {
        self.namespaces.as_ref().is_none_or(|list| list.iter().any(|listed| listed == namespace))
    }

    /// Whether the line names this person.
    #[must_use]
    pub fn is(&self, person: &str) -> bool {
        self.people.iter().any(|listed| listed == person)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (0, _) => f.write_str("the allowed signers"),
            (line, 0) => write!(f, "line {line} of the allowed signers"),
            (line, column) => write!(f, "line {line}, column {column} of the allowed signers"),
        }
    }
}

/// A problem and its column, from 1; 0 for the line as a whole.
type At = (usize, Problem);

/// A line without its end, which is LF, CR LF or the file's.
fn text(raw: &[u8]) -> Result<&str, At> {
    let line = raw.strip_suffix(b"\n").unwrap_or(raw);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = str::from_utf8(line).map_err(|_| (0, Problem::Text))?;
    let control = text.chars().enumerate().find(|(_, character)| character.is_control() && *character != '\t');
    match control {
        Some((at, character)) => Err((at.saturating_add(1), Problem::Control(character))),
        None => Ok(text),
    }
}

/// The keys that each person has so far, and in which line.
#[derive(Default)]
struct Seen(HashMap<(String, Vec<u8>), usize>);

impl Seen {
    fn add(&mut self, signer: &Signer) -> Result<(), Problem> {
        for person in &signer.people {
            let row = (person.clone(), signer.key.material().to_vec());
            if let Some(line) = self.0.insert(row, signer.line) {
                return Err(Problem::KeyTwice { person: person.clone(), line });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "allowed_signers_tests.rs"]
mod tests;
