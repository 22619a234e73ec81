//! A strict reader for JSON (RFC 8259): one value, no duplicate members at any level, capped size and depth.
//!
//! Two readers that disagree about a duplicate member see two documents under one signature; so nobody may have one.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::escape::{SHORT, printable};
use super::json_path::path_at;

/// The most values of one document, at all levels. Each can take some hundred bytes of memory, and two of text.
pub const MAXIMUM_VALUES: usize = 50_000;

/// How much is read at all.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// The greatest document, in bytes.
    pub bytes: usize,
    /// The deepest nesting; a bare number has depth 0, `[]` has 1. At most 127.
    pub depth: usize,
}

impl Limits {
    /// One document of byok or of a provider: 1 MiB, 32 levels.
    pub const DOCUMENT: Self = Self { bytes: 1024 * 1024, depth: 32 };
}

/// A place in a document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// From 1, in bytes.
    pub column: usize,
    /// `data.keys[2].name`; empty at the top.
    pub path: String,
}

/// Why a document is not taken.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum JsonError {
    /// Larger than the limit.
    #[error("the JSON has {got} bytes; at most {limit} are read")]
    TooLarge {
        /// Bytes given.
        got: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Not UTF-8 (RFC 8259 section 8.1).
    #[error("the JSON is not UTF-8 (byte {0})")]
    NotUtf8(usize),
    /// A member stands twice in one object.
    #[error("the member `{member}` stands twice in one object ({place})")]
    Duplicate {
        /// Its name, made printable.
        member: String,
        /// The second one.
        place: Place,
    },
    /// Nested deeper than the limit.
    #[error("the JSON is nested deeper than {limit} levels ({place})")]
    TooDeep {
        /// Levels allowed.
        limit: usize,
        /// Where.
        place: Place,
    },
    /// More than [`MAXIMUM_VALUES`].
    #[error("the JSON has more than {MAXIMUM_VALUES} values ({place})")]
    TooMany {
        /// The first that is too many.
        place: Place,
    },
    /// Not JSON.
    #[error("not JSON: {message} ({place})")]
    Syntax {
        /// The reader's words.
        message: String,
        /// Where.
        place: Place,
    },
    /// JSON, but not the document that was expected.
    #[error("{message} ({place})")]
    Shape {
        /// The reader's words, made printable.
        message: String,
        /// Where.
        place: Place,
    },
}

/// Reads one JSON value.
///
/// # Errors
/// What is wrong and where.
pub fn parse_strict(bytes: &[u8], limits: Limits) -> Result<Value, JsonError> {
    let text = checked_text(bytes, limits)?;
    let state = State { limit: limits.depth, values: Cell::new(0), fault: RefCell::new(None) };
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict { state: &state, depth: 0 }.deserialize(&mut reader);
    let value = value.and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| {
        let place = place(text, &error);
        match state.fault.into_inner() {
            Some(Fault::Duplicate(member)) => JsonError::Duplicate { member: printable(&member, SHORT), place },
            Some(Fault::TooDeep) => JsonError::TooDeep { limit: limits.depth, place },
            Some(Fault::TooMany) => JsonError::TooMany { place },
            None => JsonError::Syntax { message: message(&error), place },
        }
    })
}

/// Reads one document of a known shape. Unknown members are up to the type.
///
/// # Errors
/// What is wrong and where. The message may repeat a part of the document, made printable and cut.
pub fn from_slice_strict<T: DeserializeOwned>(bytes: &[u8], limits: Limits) -> Result<T, JsonError> {
    parse_strict(bytes, limits)?;
    let text = checked_text(bytes, limits)?;
    serde_json::from_str(text)
        .map_err(|error| JsonError::Shape { message: message(&error), place: place(text, &error) })
}

fn checked_text(bytes: &[u8], limits: Limits) -> Result<&str, JsonError> {
    if bytes.len() > limits.bytes {
        return Err(JsonError::TooLarge { got: bytes.len(), limit: limits.bytes });
    }
    std::str::from_utf8(bytes).map_err(|error| JsonError::NotUtf8(error.valid_up_to()))
}

fn place(text: &str, error: &serde_json::Error) -> Place {
    let (line, column) = (error.line(), error.column());
    Place { line, column, path: path_at(text, line, column) }
}

/// The reader's message without the place, which stands apart.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    printable(text.get(..end).unwrap_or_default(), SHORT.saturating_mul(2))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)?;
        if self.path.is_empty() { Ok(()) } else { write!(f, ", at {}", self.path) }
    }
}

enum Fault {
    Duplicate(String),
    TooDeep,
    TooMany,
}

struct State {
    limit: usize,
    values: Cell<usize>,
    fault: RefCell<Option<Fault>>,
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    state: &'a State,
    depth: usize,
}

impl Strict<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= self.state.limit {
            *self.state.fault.borrow_mut() = Some(Fault::TooDeep);
            return Err(E::custom("nested too deep"));
        }
        Ok(Self { state: self.state, depth: self.depth.saturating_add(1) })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        self.state.values.set(self.state.values.get().saturating_add(1));
        if self.state.values.get() > MAXIMUM_VALUES {
            *self.state.fault.borrow_mut() = Some(Fault::TooMany);
            return Err(D::Error::custom("too many values"));
        }
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut out = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            out.push(item);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut out = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if out.contains_key(&name) {
                *self.state.fault.borrow_mut() = Some(Fault::Duplicate(name));
                return Err(A::Error::custom("duplicate member"));
            }
            let value = members.next_value_seed(inside)?;
            out.insert(name, value);
        }
        Ok(Value::Object(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    fn parse(text: &str) -> Result<Value, JsonError> {
        parse_strict(text.as_bytes(), Limits { bytes: 200, depth: 3 })
    }

    #[test]
    fn a_document_is_what_serde_json_reads() {
        let text = r#"{"b":[1,-2,0.5,true,null,"x\n"],"a":{"c":{}}}"#;
        assert_eq!(parse(text).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn duplicates_are_found_at_every_level_and_under_escapes() {
        let error = parse("{\"a\":{\n \"b\":1,\"\\u0062\":2}}").unwrap_err();
        assert_eq!(error.to_string(), "the member `b` stands twice in one object (line 2, column 15, at a.b)");
        assert!(matches!(parse(r#"[{"a":1},{"a":1,"a":1}]"#), Err(JsonError::Duplicate { .. })));
        assert!(parse(r#"[{"a":1},{"a":1}]"#).is_ok());
    }

    #[test]
    fn depth_and_size_are_capped() {
        assert!(parse("[[[1]]]").is_ok());
        assert!(matches!(parse("[[[[1]]]]"), Err(JsonError::TooDeep { limit: 3, .. })));
        assert_eq!(parse(&" ".repeat(201)), Err(JsonError::TooLarge { got: 201, limit: 200 }));
        let deep = "[".repeat(100_000);
        let limits = Limits { bytes: usize::MAX, depth: 127 };
        assert!(parse_strict(deep.as_bytes(), limits).is_err());
    }

    #[test]
    fn values_are_counted_at_all_levels() {
        let read =
            |count: usize| parse_strict(format!("[{}{{\"\":1}}]", "0,".repeat(count)).as_bytes(), Limits::DOCUMENT);
        assert!(read(MAXIMUM_VALUES - 3).is_ok());
        assert!(matches!(read(MAXIMUM_VALUES - 2), Err(JsonError::TooMany { .. })));
    }

    #[test]
    fn only_one_value_in_utf_8_without_a_mark_is_json() {
        assert_eq!(parse_strict(b"\"\xff\"", Limits::DOCUMENT), Err(JsonError::NotUtf8(1)));
        for bad in ["", "{} {}", "{\"a\":1,}", "\u{feff}{}", "{\"a\u{0}\":1}", "'a'", "1e999", "\"\\ud800\"", "NaN"] {
            assert!(matches!(parse(bad), Err(JsonError::Syntax { .. })), "{bad:?}");
        }
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only its type matters here")]
        items: Vec<u8>,
    }

    #[test]
    fn a_wrong_shape_names_the_field() {
        let read = |text: &str| from_slice_strict::<Outer>(text.as_bytes(), Limits::DOCUMENT);
        assert!(read(r#"{"items":[1]}"#).is_ok());
        let error = read("{\"items\":[1,\"\u{1b}\"]}").unwrap_err();
        assert!(matches!(error, JsonError::Syntax { .. }), "{error}");
        let error = read(r#"{"items":[1,"\u001b"]}"#).unwrap_err().to_string();
        assert_eq!(error, r#"invalid type: string "\\u{1b}", expected u8 (line 1, column 20, at items[1])"#);
        assert!(read(r#"{"items":[],"x":1}"#).unwrap_err().to_string().contains("unknown field `x`"));
        assert!(matches!(read(r#"{"items":[],"items":[]}"#), Err(JsonError::Duplicate { .. })));
    }
}
