//! Where in a JSON document a byte stands, as `data.keys[2].name`. For messages only.

use super::escape::printable;

/// The longest path that is worth reading, in characters.
const LIMIT: usize = 200;

enum Level {
    Array(usize),
    Object(String),
}

/// The path of the value that surrounds or ends at `line` and `column` (both from 1, the column in bytes).
pub(super) fn path_at(text: &str, line: usize, column: usize) -> String {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let end = before.saturating_add(column).min(text.len());
    let mut levels = Vec::new();
    let mut scan = text.as_bytes().get(..end).unwrap_or_default();
    let mut key_comes = false;
    while let Some((&byte, rest)) = scan.split_first() {
        scan = rest;
        match byte {
            b'{' => levels.push(Level::Object(String::new())),
            b'[' => levels.push(Level::Array(0)),
            b'}' | b']' => drop(levels.pop()),
            b',' => next_item(&mut levels),
            b'"' => {
                let (content, after) = split_string(rest);
                scan = after;
                if let (true, Some(Level::Object(name))) = (key_comes, levels.last_mut()) {
                    *name = decode(content);
                }
            }
            _ => {}
        }
        key_comes = match byte {
            b'{' => true,
            b',' => matches!(levels.last(), Some(Level::Object(_))),
            _ => key_comes && byte.is_ascii_whitespace(),
        };
    }
    printable(&render(&levels), LIMIT)
}

fn next_item(levels: &mut [Level]) {
    if let Some(Level::Array(index)) = levels.last_mut() {
        *index = index.saturating_add(1);
    }
}

/// Splits after the closing quote; what has none ends with the text.
fn split_string(rest: &[u8]) -> (&[u8], &[u8]) {
    let mut escaped = false;
    for (at, byte) in rest.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return (rest.get(..at).unwrap_or_default(), rest.get(at.saturating_add(1)..).unwrap_or_default()),
            _ => {}
        }
    }
    (rest, &[])
}

fn decode(content: &[u8]) -> String {
    let quoted = [b"\"", content, b"\""].concat();
    serde_json::from_slice(&quoted).unwrap_or_else(|_| String::from_utf8_lossy(content).into_owned())
}

fn render(levels: &[Level]) -> String {
    let mut out = String::new();
    for level in levels {
        match level {
            Level::Array(index) => {
                out.push('[');
                out.push_str(&index.to_string());
                out.push(']');
            }
            Level::Object(name) if name.is_empty() => {}
            Level::Object(name) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(name);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::path_at;

    #[test]
    fn a_path_names_members_and_items() {
        let text = r#"{"a":{"b":[1,{"c d":"x,\"{["}]},"e":0}"#;
        let at = |needle: &str| path_at(text, 1, text.find(needle).unwrap() + 1);
        assert_eq!(at("1"), "a.b[0]");
        assert_eq!(at("x,"), "a.b[1].c d");
        assert_eq!(at("0}"), "e");
        assert_eq!(path_at(text, 1, 1), "");
        assert_eq!(path_at(text, 99, 99), "");
    }

    #[test]
    fn lines_count() {
        assert_eq!(path_at("{\n\"a\": {\n  \"b\": 1}}", 3, 8), "a.b");
    }
}
