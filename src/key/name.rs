//! Key names: `[a-z0-9][a-z0-9._-]*`, parts joined by `/`, at most 128 characters.

use std::fmt;
use std::str::FromStr;

/// The longest name, in characters.
pub const MAX_LENGTH: usize = 128;

/// A checked key name. It is safe as a relative path: no part is empty, starts with a dot, or leaves its folder.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyName(String);

/// Why a text is not a key name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NameError {
    /// The text is empty.
    #[error("a key name is empty")]
    Empty,
    /// Longer than [`MAX_LENGTH`].
    #[error("a key name has {0} characters; at most {MAX_LENGTH} are allowed")]
    TooLong(usize),
    /// A part between slashes is empty.
    #[error("a key name has an empty part (two slashes in a row, or one at an end)")]
    EmptyPart,
    /// A part starts with something else than a lower-case letter or a digit.
    #[error("a part of a key name starts with {0:?}; a lower-case letter or a digit must come first")]
    Start(char),
    /// A character that no name has.
    #[error("a key name has the character {0:?}; allowed are a-z 0-9 . _ - and / between parts")]
    Character(char),
}

impl KeyName {
    /// The name as typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        let length = text.chars().count();
        if length > MAX_LENGTH {
            return Err(NameError::TooLong(length));
        }
        text.split('/').try_for_each(check_part)?;
        Ok(Self(text.to_owned()))
    }
}

fn check_part(part: &str) -> Result<(), NameError> {
    let first = part.chars().next().ok_or(NameError::EmptyPart)?;
    if let Some(bad) = part.chars().find(|c| !is_name_character(*c)) {
        return Err(NameError::Character(bad));
    }
    if first.is_ascii_lowercase() || first.is_ascii_digit() { Ok(()) } else { Err(NameError::Start(first)) }
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-')
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<KeyName, NameError> {
        text.parse()
    }

    #[test]
    fn good_names_are_kept_as_typed() {
        for name in ["a", "payments/kek", "0", "a.b_c-d/e..f", &"a".repeat(128)] {
            assert_eq!(parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn no_name_leaves_its_folder() {
        assert_eq!(parse("../etc"), Err(NameError::Start('.')));
        assert_eq!(parse("a/../b"), Err(NameError::Start('.')));
        assert_eq!(parse("/a"), Err(NameError::EmptyPart));
        assert_eq!(parse("a/"), Err(NameError::EmptyPart));
        assert_eq!(parse("a//b"), Err(NameError::EmptyPart));
    }

    #[test]
    fn bad_names_say_why() {
        assert_eq!(parse(""), Err(NameError::Empty));
        assert_eq!(parse(&"a".repeat(129)), Err(NameError::TooLong(129)));
        assert_eq!(parse("A"), Err(NameError::Character('A')));
        assert_eq!(parse("a@1"), Err(NameError::Character('@')));
        assert_eq!(parse("a\u{1b}[0m"), Err(NameError::Character('\u{1b}')));
        assert_eq!(parse("-a"), Err(NameError::Start('-')));
    }
}
