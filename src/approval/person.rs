//! The names of people: what stands in `allowed_signers`, in the policy's `people` and in the names of files.

/// The longest name of a person, in characters.
pub const MAX_PERSON: usize = 64;

/// Not the name of a person.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PersonError {
    /// Nothing.
    #[error("a person needs a name")]
    Empty,
    /// More than [`MAX_PERSON`] characters.
    #[error("a person's name has at most {MAX_PERSON} characters")]
    Long,
    /// A pattern of `ssh_config(5)`, and where, in characters from 0.
    #[error("{0:?} makes it a pattern; an approver is one person, by name")]
    Pattern(char, usize),
    /// Something that a name has not, and where it stands, in characters from 0.
    #[error("{0:?} has no place in a person's name (letters, digits, . _ @ + -)")]
    Character(char, usize),
}

impl PersonError {
    /// Where in the name, in characters from 0.
    #[must_use]
    pub fn offset(&self) -> usize {
        match self {
            Self::Empty | Self::Long => 0,
            Self::Pattern(_, at) | Self::Character(_, at) => *at,
        }
    }
}

/// Checks that `name` is one person's: `alice`, `alice@bank.example`. The name is one of a file, too, and so begins
/// with a letter or a digit and holds no slash.
///
/// # Errors
/// [`PersonError`].
pub fn check(name: &str) -> Result<(), PersonError> {
    if name.is_empty() {
        return Err(PersonError::Empty);
    }
    if let Some((at, pattern)) = name.chars().enumerate().find(|(_, character)| matches!(character, '*' | '?' | '!')) {
        return Err(PersonError::Pattern(pattern, at));
    }
    let allowed = |at: usize, character: char| {
        character.is_ascii_alphanumeric() || at > 0 && matches!(character, '.' | '_' | '@' | '+' | '-')
    };
    if let Some((at, character)) = name.chars().enumerate().find(|(at, character)| !allowed(*at, *character)) {
        return Err(PersonError::Character(character, at));
    }
    if name.len() > MAX_PERSON { Err(PersonError::Long) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_persons_and_a_files() {
        for good in ["alice", "alice@bank.example", "a+b_c-d.e", "7"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        assert_eq!(check(""), Err(PersonError::Empty));
        assert_eq!(check("*@bank.example"), Err(PersonError::Pattern('*', 0)));
        assert_eq!(check("!mallory"), Err(PersonError::Pattern('!', 0)));
        assert_eq!(check("../alice"), Err(PersonError::Character('.', 0)));
        assert_eq!(check("a/b"), Err(PersonError::Character('/', 1)));
        assert_eq!(check("al\u{456}ce"), Err(PersonError::Character('\u{456}', 2)));
        assert_eq!(check(&"a".repeat(65)), Err(PersonError::Long));
    }
}
