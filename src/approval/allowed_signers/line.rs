//! One line: principals, options, type, key, comment.

use super::options::{self, Options};
use super::{At, Problem, Signer};
use crate::approval::person;
use crate::approval::ssh_key::{SshKey, is_type};

/// Reads one line without its end; nothing for an empty line or a comment.
pub(super) fn read(number: usize, text: &str) -> Result<Option<Signer>, At> {
    let mut rest = Cursor { text, at: 0 };
    rest.skip_blanks();
    if rest.is_empty() || rest.rest().starts_with('#') {
        return Ok(None);
    }
    let people = people(rest.word())?;
    rest.skip_blanks();
    // Whatever else stands before the key is an option.
    let options = if is_type(rest.rest()) { Options::default() } else { options::read(&mut rest)? };
    rest.skip_blanks();
    let (at, kind) = rest.needed("key")?;
    rest.skip_blanks();
    let (_, base64) = rest.needed("key")?;
    let key = SshKey::from_words(kind, base64).map_err(|error| (at, Problem::Key(error)))?;
    let Options { namespaces, valid_after, valid_before } = options;
    Ok(Some(Signer { line: number, people, key, namespaces, valid_after, valid_before }))
}

/// Principals, separated by commas.
fn people((column, word): (usize, &str)) -> Result<Vec<String>, At> {
    let mut people: Vec<String> = Vec::new();
    let mut at = column;
    for name in word.split(',') {
        person::check(name).map_err(|error| (at.saturating_add(error.offset()), Problem::Person(error)))?;
        if people.iter().any(|earlier| earlier == name) {
            return Err((at, Problem::PersonTwice(name.to_owned())));
        }
        people.push(name.to_owned());
        at = at.saturating_add(name.chars().count()).saturating_add(1);
    }
    Ok(people)
}

/// Where the reading of a line stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    /// In bytes, always between two characters.
    at: usize,
}

impl<'a> Cursor<'a> {
    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Everything is read.
    pub(super) fn is_empty(&self) -> bool {
        self.rest().is_empty()
    }

    /// The column of the next character, from 1.
    pub(super) fn column(&self) -> usize {
        self.text.get(..self.at).unwrap_or_default().chars().count().saturating_add(1)
    }

    /// Reads as long as `wanted`.
    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|character| !wanted(character)).unwrap_or(rest.len());
        self.at = self.at.saturating_add(length);
        rest.get(..length).unwrap_or_default()
    }

    /// Reads this one character, if it is next.
    pub(super) fn take(&mut self, wanted: char) -> bool {
        let next = self.rest().starts_with(wanted);
        if next {
            self.at = self.at.saturating_add(wanted.len_utf8());
        }
        next
    }

    /// Spaces and tabs.
    pub(super) fn skip_blanks(&mut self) {
        self.take_while(is_blank);
    }

    /// Up to the next space or tab, with its column.
    fn word(&mut self) -> (usize, &'a str) {
        (self.column(), self.take_while(|character| !is_blank(character)))
    }

    fn needed(&mut self, what: &'static str) -> Result<(usize, &'a str), At> {
        let (column, word) = self.word();
        if word.is_empty() { Err((column, Problem::Ends(what))) } else { Ok((column, word)) }
    }
}

/// What separates the fields of a line.
pub(super) fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t')
}
