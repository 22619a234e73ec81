//! Takes values out of the tree and writes down everything that is wrong on the way, each problem with its place.

use std::fmt::Display;

use jiff::Timestamp;

use super::node::{At, Entry, Node, Value};
use super::period::Period;
use super::problem::Problem;
use crate::format::escape::printable;

/// How much of a refused value is repeated, in characters.
const SHOWN: usize = 64;

/// Collects problems.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) problems: Vec<Problem>,
}

/// A value with its key path.
#[derive(Clone, Debug)]
pub(super) struct Spot<'n> {
    pub(super) node: &'n Node,
    /// Where its key stands; where the value itself stands in a list.
    pub(super) key_at: At,
    pub(super) path: String,
}

/// A value that was read, with the place to point at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) at: At,
}

/// The entries of a map whose keys are fields.
#[derive(Debug)]
pub(super) struct Fields<'n> {
    entries: &'n [Entry],
    pub(super) spot: Spot<'n>,
}

impl<'n> Spot<'n> {
    pub(super) fn root(node: &'n Node) -> Self {
        Self { node, key_at: node.at, path: String::new() }
    }

    pub(super) fn child(&self, entry: &'n Entry) -> Self {
        let key = printable(&entry.key, SHOWN);
        let path = if self.path.is_empty() { key } else { format!("{}.{key}", self.path) };
        Self { node: &entry.value, key_at: entry.key_at, path }
    }
}

impl<'n> Fields<'n> {
    /// The field of this name.
    pub(super) fn get(&self, name: &str) -> Option<Spot<'n>> {
        self.entries.iter().find(|entry| entry.key == name).map(|entry| self.spot.child(entry))
    }
}

impl Reader {
    /// Writes down a problem with a value.
    pub(super) fn bad(&mut self, spot: &Spot<'_>, message: impl Into<String>) {
        self.problems.push(Problem::at(spot.node.at, spot.path.clone(), message));
    }

    /// Writes down a problem with a key.
    pub(super) fn bad_key(&mut self, spot: &Spot<'_>, message: impl Into<String>) {
        self.problems.push(Problem::at(spot.key_at, spot.path.clone(), message));
    }

    fn wrong_kind(&mut self, spot: &Spot<'_>, wanted: &str) {
        let kind = spot.node.value.kind();
        self.bad(spot, format!("{kind} stands where {wanted} belongs"));
    }

    /// A map with these fields and no other.
    pub(super) fn fields<'n>(&mut self, spot: &Spot<'n>, known: &[&str]) -> Option<Fields<'n>> {
        let entries = self.entries(spot)?;
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let child = spot.child(entry);
            self.bad_key(&child, format!("unknown field; known here: {}", known.join(", ")));
        }
        Some(Fields { entries, spot: spot.clone() })
    }

    /// A map whose keys are the user's own; doubled ones are refused.
    pub(super) fn map<'n>(&mut self, spot: &Spot<'n>) -> Vec<(Placed<&'n str>, Spot<'n>)> {
        let entries = self.entries(spot).unwrap_or_default();
        let pair = |entry: &'n Entry| (Placed { value: entry.key.as_str(), at: entry.key_at }, spot.child(entry));
        entries.iter().map(pair).collect()
    }

    fn entries<'n>(&mut self, spot: &Spot<'n>) -> Option<&'n [Entry]> {
        let Value::Map(entries) = &spot.node.value else {
            self.wrong_kind(spot, "a map");
            return None;
        };
        let mut seen = std::collections::BTreeMap::new();
        for entry in entries {
            if let Some(line) = seen.insert(entry.key.as_str(), entry.key_at.line) {
                let child = spot.child(entry);
                self.bad_key(&child, format!("this key stands a second time; first on line {line}"));
            }
        }
        Some(entries)
    }

    /// A list with at least one item.
    pub(super) fn list<'n>(&mut self, spot: &Spot<'n>) -> Vec<Spot<'n>> {
        let Value::List(items) = &spot.node.value else {
            self.wrong_kind(spot, "a list");
            return Vec::new();
        };
        if items.is_empty() {
            self.bad(spot, "an empty list permits nothing; leave the field out where nothing is to be restricted");
        }
        let item =
            |(index, node): (usize, &'n Node)| Spot { node, key_at: node.at, path: format!("{}[{index}]", spot.path) };
        items.iter().enumerate().map(item).collect()
    }

    /// A text; a number is not one.
    pub(super) fn text<'n>(&mut self, spot: &Spot<'n>) -> Option<&'n str> {
        match &spot.node.value {
            Value::Text(text) if text.is_empty() => {
                self.bad(spot, "an empty text");
                None
            }
            Value::Text(text) if text.chars().any(char::is_control) => {
                self.bad(spot, "a text with control characters");
                None
            }
            Value::Text(text) if text.chars().count() > 512 => {
                self.bad(spot, "a text of more than 512 characters");
                None
            }
            Value::Text(text) => Some(text),
            Value::Number(_) | Value::Bool(_) => {
                let kind = spot.node.value.kind();
                self.bad(spot, format!("{kind} stands where a text belongs; write it in quotes"));
                None
            }
            _ => {
                self.wrong_kind(spot, "a text");
                None
            }
        }
    }

    /// `true` or `false`; `yes` and `on` are texts in YAML 1.2.
    pub(super) fn boolean(&mut self, spot: &Spot<'_>) -> Option<bool> {
        match &spot.node.value {
            Value::Bool(value) => Some(*value),
            Value::Text(text) => {
                let shown = printable(text, SHOWN);
                self.bad(spot, format!("{shown} is a text in YAML 1.2; write true or false"));
                None
            }
            _ => {
                self.wrong_kind(spot, "true or false");
                None
            }
        }
    }

    /// A number from 1 to `most`.
    pub(super) fn count(&mut self, spot: &Spot<'_>, most: u32) -> Option<u32> {
        let Value::Number(number) = &spot.node.value else {
            self.wrong_kind(spot, "a number");
            return None;
        };
        let count = number.parse().ok().filter(|count| (1..=most).contains(count));
        if count.is_none() {
            self.bad(spot, format!("a number from 1 to {most} belongs here"));
        }
        count
    }

    /// A text that `parse` takes; what it says otherwise, behind the text.
    pub(super) fn parsed<T, E: Display>(
        &mut self,
        spot: &Spot<'_>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(spot)?;
        match parse(text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.bad(spot, format!("{}: {error}", printable(text, SHOWN)));
                None
            }
        }
    }

    /// One of these names.
    pub(super) fn one_of<T: Copy + Display>(&mut self, spot: &Spot<'_>, what: &str, known: &[T]) -> Option<T> {
        let find = |text: &str| {
            let found = known.iter().copied().find(|item| item.to_string() == text);
            found.ok_or_else(|| format!("unknown {what}; known: {}", join(known)))
        };
        self.parsed(spot, find)
    }

    /// A list in which each item is read by `read`; one that stands twice is refused.
    pub(super) fn each<'n, T: PartialEq>(
        &mut self,
        spot: &Spot<'n>,
        mut read: impl FnMut(&mut Self, &Spot<'n>) -> Option<T>,
    ) -> Placed<Vec<T>> {
        let mut values = Vec::new();
        for item in self.list(spot) {
            match read(self, &item) {
                Some(value) if values.contains(&value) => self.bad(&item, "this stands in the list already"),
                value => values.extend(value),
            }
        }
        Placed { value: values, at: spot.key_at }
    }

    pub(super) fn period(&mut self, spot: &Spot<'_>) -> Option<Placed<Period>> {
        let value = self.parsed(spot, Period::parse)?;
        Some(Placed { value, at: spot.key_at })
    }

    pub(super) fn time(&mut self, spot: &Spot<'_>) -> Option<Timestamp> {
        self.parsed(spot, |text| text.parse().map_err(|_| "not an RFC 3339 time; write 2026-12-31T00:00:00Z"))
    }

    /// Requires a field.
    pub(super) fn required<'n>(&mut self, fields: &Fields<'n>, name: &str) -> Option<Spot<'n>> {
        let found = fields.get(name);
        if found.is_none() {
            self.bad(&fields.spot, format!("{name} is missing"));
        }
        found
    }
}

/// `a, b, c`
pub(super) fn join<T: Display>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The items of a list; nothing where something else stands, which was written down before.
pub(super) fn items_of<'n>(spot: &Spot<'n>) -> Vec<Spot<'n>> {
    let Value::List(items) = &spot.node.value else { return Vec::new() };
    let item = |(index, node)| Spot { node, key_at: spot.key_at, path: format!("{}[{index}]", spot.path) };
    items.iter().enumerate().map(item).collect()
}

/// The entries of a map.
pub(super) fn entries_of<'n>(spot: &Spot<'n>) -> Vec<(&'n str, Spot<'n>)> {
    let Value::Map(entries) = &spot.node.value else { return Vec::new() };
    entries.iter().map(|entry| (entry.key.as_str(), spot.child(entry))).collect()
}

/// The field of a map.
pub(super) fn field_of<'n>(spot: &Spot<'n>, name: &str) -> Option<Spot<'n>> {
    entries_of(spot).into_iter().find(|(key, _)| *key == name).map(|(_, spot)| spot)
}
