//! Makes untrusted text printable: nothing that it holds moves the cursor, hides or reorders what stands beside it.

use std::fmt::Write;

/// The length that suits a name or a short message, in characters.
pub const SHORT: usize = 128;

/// `text` with every character that a terminal would act on written as `\u{…}`, and cut after `limit` characters.
///
/// A backslash becomes two, so that the escapes are unambiguous; a cut shows as `…`.
#[must_use]
pub fn printable(text: &str, limit: usize) -> String {
    if text.len() <= limit && is_plain(text) && !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::new();
    for (at, character) in text.chars().enumerate() {
        if at >= limit {
            out.push('…');
            break;
        }
        push(&mut out, character);
    }
    out
}

/// `text` as one word of a shell, made printable.
#[must_use]
pub fn shell_word(text: &str, limit: usize) -> String {
    let text = if is_plain(text) { text.to_owned() } else { printable(text, limit) };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@:=,+%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The same for bytes that should be UTF-8 and may not be; other bytes become `\x..`.
#[must_use]
pub fn printable_bytes(bytes: &[u8], limit: usize) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|character| push(&mut text, character));
        chunk.invalid().iter().for_each(|byte| push_hex(&mut text, *byte));
    }
    if text.chars().count() <= limit {
        return text;
    }
    text.chars().take(limit).chain(['…']).collect()
}

fn push(out: &mut String, character: char) {
    if character == '\\' {
        out.push_str("\\\\");
    } else if acts(character) {
        out.extend(character.escape_unicode());
    } else {
        out.push(character);
    }
}

fn push_hex(out: &mut String, byte: u8) {
    // Writing to a String cannot fail.
    let _ = write!(out, "\\x{byte:02x}");
}

/// Whether all of it is printable ASCII. Most text is, and this looks at many bytes in one step.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'))
}

/// Control characters (Unicode category Cc), and the format characters (Cf) and separators (Zl, Zp) that are invisible
/// or change the direction of the text around them.
#[must_use]
pub fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_kept() {
        assert_eq!(printable("Zürich kek-1 / 鍵", SHORT), "Zürich kek-1 / 鍵");
    }

    #[test]
    fn what_acts_on_a_terminal_is_spelled_out() {
        assert_eq!(printable("a\u{1b}[2Jb\r\n", SHORT), "a\\u{1b}[2Jb\\u{d}\\u{a}");
        assert_eq!(printable("\u{202e}gpj.exe\u{9b}1m", SHORT), "\\u{202e}gpj.exe\\u{9b}1m");
        assert_eq!(printable("a\\u{1b}", SHORT), "a\\\\u{1b}");
        assert!(!is_plain("a\u{7f}") && !is_plain("a\n") && !is_plain("\u{a0}") && is_plain(" ~"));
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        assert_eq!(printable("abcdef", 3), "abc…");
        assert_eq!(printable("abc", 3), "abc");
        assert_eq!(printable_bytes(b"abcdef", 3), "abc…");
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_as_bytes() {
        assert_eq!(printable_bytes(b"a\xff\x00z", SHORT), "a\\xff\\u{0}z");
    }
}
