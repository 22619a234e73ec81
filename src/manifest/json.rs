//! Strict JSON (RFC 8259): one value, no member twice, at any depth. Evidence is read through here only.
//!
//! serde refuses a repeated member only where a struct knows it; what it ignores or keeps in a map it takes twice,
//! and then two readers can see two documents in the same bytes.

use std::borrow::Cow;

use serde::Deserialize;

use crate::format;
use crate::format::escape::printable;
use crate::format::json::Limits;

/// The deepest nesting that is read; `serde_json`'s own limit is the same.
const MAX_DEPTH: usize = 128;
/// The most members of one object. Names are compared pairwise up to here, so the limit keeps that cheap.
const MAX_MEMBERS: usize = 1024;

/// Why bytes are not a strict JSON document of the expected shape.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// Not one JSON value without repeated members.
    #[error(transparent)]
    Strict(#[from] format::json::JsonError),
    /// JSON, but not of this shape.
    #[error("not the expected JSON: {0}")]
    Shape(String),
    /// More nesting or more members than any honest document has.
    #[error("nested deeper than {MAX_DEPTH} levels, or an object with more than {MAX_MEMBERS} members")]
    TooComplex,
}

/// What the scan found.
#[derive(Debug, Eq, PartialEq)]
enum Finding {
    Duplicate,
    NotJson,
    TooComplex,
}

/// Reads `bytes` as one JSON value of type `T`, borrowing from it, and refuses repeated members everywhere in it.
/// The caller has capped the size.
///
/// # Errors
/// [`JsonError`].
pub fn from_slice<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, JsonError> {
    // The type check runs first: only what serde_json accepted as JSON is scanned, so the scan can be simple.
    let value = typed(bytes)?;
    refuse_duplicates(bytes).map(|()| value).map_err(|finding| explain(bytes, finding, None))
}

fn typed<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, JsonError> {
    // All of it is UTF-8 (RFC 8259 section 8.1), what is skipped too; then serde need not look at each string.
    let text = str::from_utf8(bytes).map_err(|_| explain(bytes, Finding::NotJson, None))?;
    serde_json::from_str(text).map_err(|error| explain(bytes, Finding::NotJson, Some(&error)))
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        Self::Shape(shape(&error))
    }
}

/// What was expected, and where. What stands there instead is left out: the file may be a PIN file given by mistake.
fn shape(error: &serde_json::Error) -> String {
    let said = error.to_string();
    match said.split_once(", expected ") {
        Some((found, expected)) if found.starts_with("invalid ") => format!("expected {}", printable(expected, 200)),
        _ => printable(&said, 200),
    }
}

/// The slow reader, which says where and why, reads what the fast one refused.
fn explain(bytes: &[u8], finding: Finding, error: Option<&serde_json::Error>) -> JsonError {
    let limits = Limits { bytes: bytes.len(), depth: MAX_DEPTH.saturating_sub(1) };
    match (format::json::parse_strict(bytes, limits), finding, error) {
        (Err(error), _, _) => JsonError::Strict(error),
        (Ok(_), Finding::TooComplex, _) => JsonError::TooComplex,
        (Ok(_), _, Some(error)) => JsonError::Shape(shape(error)),
        (Ok(_), _, None) => JsonError::Shape("a member stands twice in one object".to_owned()),
    }
}

/// One open object or array of the scan.
struct Scope {
    is_object: bool,
    /// Where its member names start in the list of all names.
    names_from: usize,
}

/// Scans valid JSON for repeated members. On anything else the answer means nothing, but it comes, without a panic.
///
/// One list holds the names of all open objects, so that a document costs two allocations; strings, which are most of
/// it, are skipped in one tight loop.
fn refuse_duplicates(bytes: &[u8]) -> Result<(), Finding> {
    let mut names: Vec<Cow<'_, [u8]>> = Vec::with_capacity(32);
    let mut open: Vec<Scope> = Vec::with_capacity(8);
    let mut rest = bytes;
    let is_structure = |byte: &u8| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']');
    while let Some((&first, tail)) = rest.iter().position(is_structure).and_then(|at| rest.get(at..)?.split_first()) {
        rest = tail;
        match first {
            b'"' => {
                let (text, after) = split_string(rest)?;
                rest = after;
                if let Some(scope) = open.last().filter(|scope| scope.is_object && is_before_colon(after)) {
                    add_name(&mut names, scope.names_from, text)?;
                }
            }
            b'{' | b'[' if open.len() >= MAX_DEPTH => return Err(Finding::TooComplex),
            b'{' | b'[' => open.push(Scope { is_object: first == b'{', names_from: names.len() }),
            _ => names.truncate(open.pop().map_or(0, |scope| scope.names_from)),
        }
    }
    Ok(())
}

/// Whether a colon comes next, that is, whether the string before was a member's name.
fn is_before_colon(after: &[u8]) -> bool {
    match after.first() {
        Some(b':') => true,
        Some(b' ' | b'\t' | b'\r' | b'\n') => after.trim_ascii_start().first() == Some(&b':'),
        _ => false,
    }
}

/// Splits after the closing quote: the raw text before it, and what follows it.
fn split_string(bytes: &[u8]) -> Result<(&[u8], &[u8]), Finding> {
    let mut from = 0_usize;
    loop {
        let rest = bytes.get(from..).ok_or(Finding::NotJson)?;
        let at = from.saturating_add(quote_or_backslash(rest).ok_or(Finding::NotJson)?);
        if bytes.get(at) == Some(&b'"') {
            let (text, after) = bytes.split_at_checked(at).ok_or(Finding::NotJson)?;
            return Ok((text, after.get(1..).unwrap_or_default()));
        }
        // What a backslash escapes is no quote.
        from = at.saturating_add(2);
    }
}

/// The first quote or backslash. Most of a document is inside strings, so eight bytes are looked at in one step.
fn quote_or_backslash(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    let hit = words.iter().position(|word| {
        let word = u64::from_le_bytes(*word);
        has_byte(word, b'"') || has_byte(word, b'\\')
    });
    let (from, tail) = match hit.and_then(|index| Some((index.checked_mul(8)?, words.get(index)?.as_slice()))) {
        Some(found) => found,
        None => (bytes.len().saturating_sub(rest.len()), rest),
    };
    tail.iter().position(|byte| matches!(byte, b'"' | b'\\')).map(|at| from.saturating_add(at))
}

/// Whether one of the eight bytes of `word` is `byte`: the bytes that are equal become zero, and only a zero byte
/// borrows from its own top bit in the subtraction.
fn has_byte(word: u64, byte: u8) -> bool {
    const LOW: u64 = u64::MAX / 0xff;
    const HIGH: u64 = LOW << 7;
    let zeroed = word ^ LOW.wrapping_mul(u64::from(byte));
    zeroed.wrapping_sub(LOW) & !zeroed & HIGH != 0
}

/// Adds a name to those from `from` on, which are the ones of its object.
fn add_name<'a>(names: &mut Vec<Cow<'a, [u8]>>, from: usize, raw: &'a [u8]) -> Result<(), Finding> {
    let name = if raw.contains(&b'\\') { Cow::Owned(unescape(raw)?.into_bytes()) } else { Cow::Borrowed(raw) };
    let siblings = names.get(from..).unwrap_or_default();
    if siblings.contains(&name) {
        return Err(Finding::Duplicate);
    }
    if siblings.len() >= MAX_MEMBERS {
        return Err(Finding::TooComplex);
    }
    names.push(name);
    Ok(())
}

fn unescape(raw: &[u8]) -> Result<String, Finding> {
    serde_json::from_slice(&[b"\"", raw, b"\""].concat()).map_err(|_| Finding::NotJson)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn read(text: &str) -> Result<Value, JsonError> {
        from_slice(text.as_bytes())
    }

    fn read_without_scan(text: &str) -> bool {
        serde_json::from_str::<Value>(text).is_ok()
    }

    #[test]
    fn honest_documents_are_read() {
        for text in [r#"{"a":1,"b":{"a":2},"c":[{"a":1},{"a":"\"a\":"}]}"#, " [ ] ", r#""a""#, r#"{"":0}"#] {
            assert_eq!(read(text).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        }
    }

    #[test]
    fn a_member_twice_is_refused_at_any_depth_and_in_any_spelling() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"[{"x":{"a":1,"b":[],"a" : 2}}]"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"\"":1,"\u0022":2}"#,
            r#"{"a":{"b":1},"a":2}"#,
            r#"{"":0,"":1}"#,
        ] {
            assert!(matches!(read(text), Err(JsonError::Strict(format::json::JsonError::Duplicate { .. }))), "{text}");
        }
    }

    #[test]
    fn trailing_bytes_and_excess_are_refused() {
        assert!(matches!(read("{} x"), Err(JsonError::Strict(_))));
        assert!(matches!(read("{}\0"), Err(JsonError::Strict(_))));
        assert!(read(&"[".repeat(200)).is_err());
        let many: Vec<String> = (0..=MAX_MEMBERS).map(|i| format!("\"{i}\":0")).collect();
        assert!(matches!(read(&format!("{{{}}}", many.join(","))), Err(JsonError::TooComplex)));
    }

    #[test]
    fn what_is_skipped_is_utf8_too() {
        #[derive(Debug, Deserialize)]
        struct Known {
            a: u8,
        }
        assert_eq!(from_slice::<Known>("{\"a\":1,\"x\":\"é\"}".as_bytes()).unwrap().a, 1);
        assert!(matches!(from_slice::<Known>(b"{\"a\":1,\"x\":\"\xff\"}"), Err(JsonError::Strict(_))));
    }

    #[test]
    fn an_error_repeats_no_control_characters() {
        let error = from_slice::<crate::key::state::State>(br#""\u001b[31m""#).unwrap_err().to_string();
        assert!(!error.chars().any(char::is_control), "{error:?}");
    }

    proptest::proptest! {
        #[test]
        fn the_fast_search_finds_what_the_slow_one_finds(bytes in proptest::collection::vec(
            proptest::sample::select(vec![b'a', b'"', b'\\', 0, 0x21, 0x23, 0x5b, 0x5d, 0xa2, 0xdc, 0xff]), 0..40)
        ) {
            let slow = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\'));
            proptest::prop_assert_eq!(quote_or_backslash(&bytes), slow);
        }

        #[test]
        fn the_scan_agrees_with_the_slow_reader(text in r#"(\[|\]|\{|\}|,|:|"a"|"\\u0061"|"b"|1| ){0,12}"#) {
            if read_without_scan(&text) {
                let slow = format::json::parse_strict(text.as_bytes(), Limits::DOCUMENT);
                proptest::prop_assert_eq!(refuse_duplicates(text.as_bytes()).is_ok(), slow.is_ok(), "{}", text);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = refuse_duplicates(&bytes);
        }
    }
}
