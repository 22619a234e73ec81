//! Strict JSON (RFC 8259): one value, no member twice, at any depth. Evidence is read through here only.
//!
//! serde refuses a repeated member only where a struct knows it; what it ignores or keeps in a map it takes twice,
//! and then two readers can see two documents in the same bytes.

use std::borrow::Cow;

use serde::Deserialize;

/// The deepest nesting that is read; `serde_json`'s own limit is the same.
const MAX_DEPTH: usize = 128;
/// The most members of one object. Names are compared pairwise up to here, so the limit keeps that cheap.
const MAX_MEMBERS: usize = 1024;

/// Why bytes are not a strict JSON document of the expected shape.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// Not JSON, or not of this shape.
    #[error("not the expected JSON: {0}")]
    Shape(#[from] serde_json::Error),
    /// A member name stands twice in one object.
    #[error("the member {0:?} stands twice in one object")]
    Duplicate(String),
    /// More nesting or more members than any honest document has.
    #[error("nested deeper than {MAX_DEPTH} levels, or an object with more than {MAX_MEMBERS} members")]
    TooComplex,
}

/// Reads `bytes` as one JSON value of type `T`, and refuses repeated members everywhere in it.
///
/// # Errors
/// [`JsonError`].
pub fn from_slice<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, JsonError> {
    // The type check runs first: only what serde_json accepted as JSON is scanned, so the scan can be simple.
    let value = serde_json::from_slice(bytes)?;
    refuse_duplicates(bytes)?;
    Ok(value)
}

/// Scans valid JSON for repeated members. On anything else the answer means nothing, but it comes, without a panic.
fn refuse_duplicates(bytes: &[u8]) -> Result<(), JsonError> {
    let mut open: Vec<Option<Vec<Cow<'_, [u8]>>>> = Vec::new();
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'{' => open.push(Some(Vec::new())),
            b'[' => open.push(None),
            b'}' | b']' => drop(open.pop()),
            b'"' => {
                let (text, after) = split_string(rest)?;
                rest = after;
                if let (Some(Some(names)), Some(b':')) = (open.last_mut(), after.trim_ascii_start().first()) {
                    add_name(names, text)?;
                }
            }
            _ => {}
        }
        if open.len() > MAX_DEPTH {
            return Err(JsonError::TooComplex);
        }
    }
    Ok(())
}

/// Splits after the closing quote: the raw text before it, and what follows it.
fn split_string(bytes: &[u8]) -> Result<(&[u8], &[u8]), JsonError> {
    let mut escaped = false;
    let end = bytes.iter().position(|&byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    let (text, after) = end.and_then(|end| bytes.split_at_checked(end)).ok_or(JsonError::TooComplex)?;
    Ok((text, after.split_first().map_or(&[], |(_, after)| after)))
}

fn add_name<'a>(names: &mut Vec<Cow<'a, [u8]>>, raw: &'a [u8]) -> Result<(), JsonError> {
    let name = if raw.contains(&b'\\') { Cow::Owned(unescape(raw)?.into_bytes()) } else { Cow::Borrowed(raw) };
    if names.contains(&name) {
        return Err(JsonError::Duplicate(String::from_utf8_lossy(&name).into_owned()));
    }
    if names.len() >= MAX_MEMBERS {
        return Err(JsonError::TooComplex);
    }
    names.push(name);
    Ok(())
}

fn unescape(raw: &[u8]) -> Result<String, JsonError> {
    Ok(serde_json::from_slice(&[b"\"", raw, b"\""].concat())?)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn read(text: &str) -> Result<Value, JsonError> {
        from_slice(text.as_bytes())
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
            assert!(matches!(read(text), Err(JsonError::Duplicate(_))), "{text}");
        }
    }

    #[test]
    fn trailing_bytes_and_excess_are_refused() {
        assert!(matches!(read("{} x"), Err(JsonError::Shape(_))));
        assert!(matches!(read("{}\0"), Err(JsonError::Shape(_))));
        assert!(read(&"[".repeat(200)).is_err());
        let many: Vec<String> = (0..=MAX_MEMBERS).map(|i| format!("\"{i}\":0")).collect();
        assert!(matches!(read(&format!("{{{}}}", many.join(","))), Err(JsonError::TooComplex)));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = refuse_duplicates(&bytes);
        }
    }
}
