//! Patterns over key names: `*` stands for anything in one part, `**` for whole parts.
//!
//! `payments/*` is every key of one part below `payments`, `payments/**` every key below it, `**/kek` every key whose
//! last part is `kek`, and `**` every key.

use std::collections::HashSet;
use std::fmt;

/// The longest pattern, in characters.
pub(super) const MAX_LENGTH: usize = 256;

/// A pattern, as a small automaton whose state is the next step.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Glob {
    text: String,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Step {
    /// This character.
    Char(char),
    /// Any character, at least and at most one.
    One,
    /// Any number of characters other than a slash.
    InPart,
    /// Any number of characters.
    Any,
    /// Goes on with the next step, or jumps over it and the one after: `**/` may stand for nothing.
    Maybe,
}

/// Why a text is no pattern, and at which of its characters, from 0.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct GlobError {
    /// The character.
    pub at: usize,
    /// What is wrong there.
    pub why: &'static str,
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`GlobError`].
    pub fn parse(text: &str) -> Result<Self, GlobError> {
        if text.is_empty() {
            return Err(GlobError { at: 0, why: "an empty pattern matches no key; ** matches every key" });
        }
        if text.chars().count() > MAX_LENGTH {
            return Err(GlobError { at: MAX_LENGTH, why: "a pattern of more than 256 characters" });
        }
        let mut steps = Vec::new();
        let mut at: usize = 0;
        let mut parts = text.split('/').peekable();
        while let Some(part) = parts.next() {
            let last = parts.peek().is_none();
            push_part(&mut steps, part, last)
                .map_err(|error| GlobError { at: at.saturating_add(error.at), ..error })?;
            at = at.saturating_add(part.chars().count()).saturating_add(1);
        }
        Ok(Self { text: text.to_owned(), steps })
    }

    /// Whether it matches this name.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        Union::new([self]).accepts(name)
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn push_part(steps: &mut Vec<Step>, part: &str, last: bool) -> Result<(), GlobError> {
    match part {
        "" => return Err(GlobError { at: 0, why: "an empty part: two slashes in a row, or one at an end" }),
        "**" if last => steps.extend([Step::One, Step::Any]),
        "**" => steps.extend([Step::Maybe, Step::Any, Step::Char('/')]),
        _ => {
            push_characters(steps, part)?;
            steps.extend((!last).then_some(Step::Char('/')));
        }
    }
    Ok(())
}

fn push_characters(steps: &mut Vec<Step>, part: &str) -> Result<(), GlobError> {
    let mut before = None;
    for (at, character) in part.chars().enumerate() {
        match character {
            '*' if before == Some('*') => {
                return Err(GlobError { at, why: "** stands for whole parts only, between slashes or at an end" });
            }
            '*' => steps.push(Step::InPart),
            'a'..='z' | '0'..='9' => steps.push(Step::Char(character)),
            '.' | '_' | '-' if at > 0 => steps.push(Step::Char(character)),
            '.' | '_' | '-' => {
                return Err(GlobError { at, why: "no part of a key name starts with this character" });
            }
            _ => return Err(GlobError { at, why: "no key name has this character; a-z 0-9 . _ - / and * are known" }),
        }
        before = Some(character);
    }
    Ok(())
}

/// Several patterns as one automaton: it accepts what any of them matches.
#[derive(Clone, Debug)]
pub(super) struct Union<'a>(Vec<&'a [Step]>);

/// The steps at which each pattern can stand; one beyond its last step is its end.
type Standing = Vec<Vec<bool>>;

impl<'a> Union<'a> {
    pub(super) fn new(globs: impl IntoIterator<Item = &'a Glob>) -> Self {
        Self(globs.into_iter().map(|glob| glob.steps.as_slice()).collect())
    }

    fn accepts(&self, text: &str) -> bool {
        let standing = text.chars().fold(self.start(), |standing, character| self.advance(&standing, character));
        is_end(&standing)
    }

    fn start(&self) -> Standing {
        let first = |steps: &&[Step]| {
            let mut marks = vec![false; steps.len().saturating_add(1)];
            mark(steps, &mut marks, 0);
            marks
        };
        self.0.iter().map(first).collect()
    }

    fn advance(&self, standing: &Standing, character: char) -> Standing {
        let next = |(steps, marks): (&&[Step], &Vec<bool>)| {
            let mut next = vec![false; marks.len()];
            for (at, step) in steps.iter().enumerate() {
                if marks.get(at) != Some(&true) {
                    continue;
                }
                match step {
                    Step::Char(wanted) if *wanted == character => mark(steps, &mut next, at.saturating_add(1)),
                    Step::One => mark(steps, &mut next, at.saturating_add(1)),
                    Step::InPart if character != '/' => mark(steps, &mut next, at),
                    Step::Any => mark(steps, &mut next, at),
                    Step::Char(_) | Step::InPart | Step::Maybe => {}
                }
            }
            next
        };
        self.0.iter().zip(standing).map(next).collect()
    }

    /// Whether every key name that `other` accepts is accepted here too. `work` bounds the search over all calls: when
    /// it runs out, the answer is no.
    pub(super) fn covers(&self, other: &Union<'_>, work: &mut usize) -> bool {
        let letters = letters(self, other);
        let mut seen = HashSet::new();
        // The flag: a part of the name begins here, so that neither a slash nor the end can follow.
        let mut open = vec![(other.start(), self.start(), true)];
        let cost = [self, other].iter().flat_map(|union| &union.0).map(|steps| steps.len()).sum::<usize>().max(1);
        while let Some((theirs, ours, begins)) = open.pop() {
            if !begins && is_end(&theirs) && !is_end(&ours) {
                return false;
            }
            if theirs.iter().flatten().all(|mark| !mark) || !seen.insert((theirs.clone(), ours.clone(), begins)) {
                continue;
            }
            for letter in letters.iter().filter(|letter| !begins || !matches!(letter, '/' | '.' | '_' | '-')) {
                match work.checked_sub(cost) {
                    Some(left) => *work = left,
                    None => return false,
                }
                open.push((other.advance(&theirs, *letter), self.advance(&ours, *letter), *letter == '/'));
            }
        }
        true
    }
}

/// Every character that either names, the slash, and one for all that neither names.
fn letters(left: &Union<'_>, right: &Union<'_>) -> Vec<char> {
    let steps = left.0.iter().chain(&right.0).copied().flatten();
    let named = steps.filter_map(|step| if let Step::Char(letter) = step { Some(*letter) } else { None });
    let mut letters: Vec<char> = named.chain(['/', '\u{0}']).collect();
    letters.sort_unstable();
    letters.dedup();
    letters
}

fn is_end(standing: &Standing) -> bool {
    standing.iter().any(|marks| marks.last() == Some(&true))
}

/// Marks a step, and every step that can be reached from it without a character.
fn mark(steps: &[Step], marks: &mut [bool], at: usize) {
    let Some(place) = marks.get_mut(at) else { return };
    if std::mem::replace(place, true) {
        return;
    }
    match steps.get(at) {
        Some(Step::InPart | Step::Any) => mark(steps, marks, at.saturating_add(1)),
        Some(Step::Maybe) => {
            mark(steps, marks, at.saturating_add(1));
            mark(steps, marks, at.saturating_add(3));
        }
        Some(Step::Char(_) | Step::One) | None => {}
    }
}
