//! The options between principals and key. Their names are case-insensitive (ssh-keygen(1)), their values quoted.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::line::{Cursor, is_blank};
use super::{At, Problem};

/// What the options say.
#[derive(Debug, Default)]
pub(super) struct Options {
    pub(super) namespaces: Option<Vec<String>>,
    pub(super) valid_after: Option<Timestamp>,
    pub(super) valid_before: Option<Timestamp>,
}

/// Reads options up to the blank that ends them.
pub(super) fn read(rest: &mut Cursor<'_>) -> Result<Options, At> {
    let mut options = Options::default();
    let start = rest.column();
    loop {
        one(rest, &mut options)?;
        if rest.is_empty() || rest.rest().starts_with(is_blank) {
            break;
        }
        if !rest.take(',') {
            let next = rest.rest().chars().next().unwrap_or_default();
            return Err((rest.column(), Problem::Separator(next)));
        }
    }
    let never = matches!((options.valid_after, options.valid_before), (Some(after), Some(before)) if before <= after);
    if never { Err((start, Problem::NeverValid)) } else { Ok(options) }
}

fn one(rest: &mut Cursor<'_>, options: &mut Options) -> Result<(), At> {
    let column = rest.column();
    let name = rest.take_while(|character| !is_blank(character) && !matches!(character, '=' | ',' | '"'));
    match name.to_ascii_lowercase().as_str() {
        "cert-authority" => Err((column, Problem::Authority)),
        "namespaces" => {
            let value = value(rest, "namespaces")?;
            once(column, "namespaces", &mut options.namespaces, namespaces(value)?)
        }
        "valid-after" => {
            let value = value(rest, "valid-after")?;
            once(column, "valid-after", &mut options.valid_after, time(value)?)
        }
        "valid-before" => {
            let value = value(rest, "valid-before")?;
            once(column, "valid-before", &mut options.valid_before, time(value)?)
        }
        _ => Err((column, Problem::Option(name.to_owned()))),
    }
}

fn once<T>(column: usize, name: &'static str, place: &mut Option<T>, value: T) -> Result<(), At> {
    match place.replace(value) {
        Some(_) => Err((column, Problem::OptionTwice(name))),
        None => Ok(()),
    }
}

/// `="…"`, with the column of what the quotes hold.
fn value<'a>(rest: &mut Cursor<'a>, name: &'static str) -> Result<(usize, &'a str), At> {
    let column = rest.column();
    if !rest.take('=') || !rest.take('"') {
        return Err((column, Problem::Quotes(name)));
    }
    let inside = rest.column();
    let value = rest.take_while(|character| !matches!(character, '"' | '\\'));
    if rest.take('"') {
        return Ok((inside, value));
    }
    Err((rest.column(), if rest.is_empty() { Problem::Quotes(name) } else { Problem::Backslash }))
}

fn namespaces((column, value): (usize, &str)) -> Result<Vec<String>, At> {
    let mut at = column;
    let mut names = Vec::new();
    for name in value.split(',') {
        // To OpenSSH the list is one of patterns; a name is a pattern that matches itself.
        let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'*' | b'?' | b'!');
        if name.is_empty() || !name.bytes().all(plain) {
            return Err((at, Problem::Namespace(name.to_owned())));
        }
        names.push(name.to_owned());
        at = at.saturating_add(name.len()).saturating_add(1);
    }
    Ok(names)
}

/// `YYYYMMDD[HHMM[SS]]Z`, after 1970 as OpenSSH wants it.
fn time((column, value): (usize, &str)) -> Result<Timestamp, At> {
    let wrong = || (column, Problem::Time(value.to_owned()));
    let digits = value.strip_suffix(['Z', 'z']).unwrap_or(value);
    let numeric = matches!(digits.len(), 8 | 12 | 14) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !numeric || value.ends_with('z') {
        return Err(wrong());
    }
    if digits == value {
        return Err((column, Problem::LocalTime(value.to_owned())));
    }
    civil(digits).filter(|time| *time > Timestamp::UNIX_EPOCH).ok_or_else(wrong)
}

fn civil(digits: &str) -> Option<Timestamp> {
    let part = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i8>().ok();
    let optional = |range: std::ops::Range<usize>| if digits.len() < range.end { Some(0) } else { part(range) };
    let year = digits.get(0..4)?.parse::<i16>().ok()?;
    let (month, day) = (part(4..6)?, part(6..8)?);
    let (hour, minute, second) = (optional(8..10)?, optional(10..12)?, optional(12..14)?);
    let time = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}
