//! Text for people, line by line.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};

use jiff::Timestamp;

use super::output::escape_line;

/// Where paragraphs and long cells are broken, in characters: what a terminal of usual width shows.
pub(super) const WIDTH: usize = 100;

/// Lines that grow; every value in them is made safe to show.
#[derive(Debug, Default)]
pub(super) struct Text(String);

impl Text {
    /// No lines.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds a line.
    pub(super) fn line(&mut self, text: impl Display) -> &mut Self {
        let start = self.0.len();
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{text}");
        let line = self.0.get(start..).unwrap_or_default();
        if let Cow::Owned(safe) = escape_line(line) {
            self.0.truncate(start);
            self.0.push_str(&safe);
        }
        self.0.push('\n');
        self
    }

    /// Adds an indented line: a label in a column of its own, then a value.
    pub(super) fn field(&mut self, label: &str, value: impl Display) -> &mut Self {
        self.line(format_args!("  {label:<14} {value}"))
    }

    /// Adds text that is broken between words; `first` stands before its first line, blanks before the others.
    pub(super) fn paragraph(&mut self, first: &str, text: &str) -> &mut Self {
        let mut line = first.to_owned();
        let indent = first.chars().count();
        for word in escape_line(text).split(' ') {
            let length = line.chars().count();
            let begun = length > indent;
            if begun && length.saturating_add(word.chars().count()) >= WIDTH {
                self.line(&line);
                line = " ".repeat(indent);
            } else if begun {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(line)
    }

    /// Adds paragraphs whose line ends are ours.
    pub(super) fn raw(&mut self, text: &str) -> &mut Self {
        self.0.push_str(text);
        self
    }

    /// Adds a table: every column as wide as its widest cell, two spaces between, no trailing blanks.
    pub(super) fn table(&mut self, rows: &[Vec<String>]) -> &mut Self {
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|cell| escape_line(cell).into_owned()).collect()).collect();
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &rows {
            let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            self.line(cells.join("  ").trim_end());
        }
        self
    }

    /// The lines.
    pub(super) fn finish(&self) -> &str {
        &self.0
    }

    /// The lines, to keep.
    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// A time for people: to the second, UTC.
pub(super) fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A time as people type it. The library's own words name parts of its grammar, not the way out.
pub(super) fn parse_time(text: &str) -> Result<Timestamp, String> {
    let whole = text.parse();
    whole.map_err(|_| {
        let is_date = text.parse::<jiff::civil::Date>().is_ok();
        let example =
            if is_date && text.len() == 10 { format!("{text}T00:00:00Z") } else { "2027-01-01T00:00:00Z".to_owned() };
        format!("write it as {example} (RFC 3339)")
    })
}

/// So many of them, in the number that fits.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_none_says_how_to_write_it() {
        assert_eq!(parse_time("2028-01-01"), Err("write it as 2028-01-01T00:00:00Z (RFC 3339)".to_owned()));
        assert_eq!(parse_time("soon"), Err("write it as 2027-01-01T00:00:00Z (RFC 3339)".to_owned()));
        assert_eq!(parse_time("2028-01-01T00:00:00Z").map(seconds), Ok("2028-01-01T00:00:00Z".to_owned()));
    }

    #[test]
    fn paragraphs_are_broken_between_words() {
        let (word, long) = ("a".repeat(47), "b".repeat(120));
        let mut text = Text::new();
        text.paragraph("- ", &format!("{word} {word} c {long}\n"));
        assert_eq!(text.finish(), format!("- {word} {word} c\n  {long}\\u{{a}}\n"));
    }

    #[test]
    fn values_stay_on_their_line_and_columns_line_up() {
        let mut text = Text::new();
        text.line("a\nb").field("x", 1).table(&[vec!["é".into(), "1".into()], vec!["long".into(), String::new()]]);
        assert_eq!(text.finish(), "a\\u{a}b\n  x              1\né     1\nlong\n");
    }
}
