//! Bytes that are text: byte-order marks, UTF-16, line ends.

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::Layer;
use crate::format::lint::Finding;
use crate::format::lint::rules::form;

/// Text, and how it was written.
#[derive(Debug)]
pub(super) struct Text<'a> {
    /// UTF-8 without a mark, else the bytes as they are.
    pub bytes: Cow<'a, [u8]>,
    /// UTF-16, or none.
    pub layer: Option<Layer>,
    /// What is out of order.
    pub findings: Vec<Finding>,
}

/// The text without marks. Bytes that are none come back as they are.
pub(super) fn decode(bytes: &[u8]) -> Text<'_> {
    if let Some(text) = utf16(bytes) {
        let mut findings = vec![Finding::new(&form::UTF16, "", "the text is UTF-16")];
        findings.extend(line_ends(text.as_bytes()));
        return Text { bytes: Cow::Owned(text.as_bytes().to_vec()), layer: Some(Layer::Utf16), findings };
    }
    let (text, mark) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(text) => (text, Some(Finding::new(&form::BYTE_ORDER_MARK, "byte 0", "EF BB BF stands before the text"))),
        None => (bytes, None),
    };
    let findings = if is_text(text) { mark.into_iter().chain(line_ends(text)).collect() } else { Vec::new() };
    Text {
        bytes: Cow::Borrowed(if findings.is_empty() && !is_text(text) { bytes } else { text }),
        layer: None,
        findings,
    }
}

/// Text of any encoding that keeps ASCII: no NUL, no control character but tab and line ends.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| !byte.is_ascii_control() || matches!(byte, b'\t' | b'\n' | b'\r'))
}

/// UTF-16 by its mark, or, without one, ASCII with every other byte NUL.
fn utf16(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() || pairs.is_empty() {
        return None;
    }
    let ascii = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    let little = match pairs.first() {
        Some([0xff, 0xfe]) => true,
        Some([0xfe, 0xff]) => false,
        _ if pairs.len() > 8 && pairs.iter().all(|[low, high]| ascii(*low) && *high == 0) => true,
        _ if pairs.len() > 8 && pairs.iter().all(|[high, low]| ascii(*low) && *high == 0) => false,
        _ => return None,
    };
    let unit = |pair: &[u8; 2]| if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) };
    let mut text = Zeroizing::new(String::with_capacity(bytes.len().saturating_mul(2)));
    for character in char::decode_utf16(pairs.iter().map(unit)) {
        let character = character.ok()?;
        if character.is_control() && !matches!(character, '\t' | '\r' | '\n') {
            return None;
        }
        if character != '\u{feff}' {
            text.push(character);
        }
    }
    Some(text)
}

/// Line feeds with and without carriage returns in one file.
fn line_ends(text: &[u8]) -> Option<Finding> {
    let (mut crlf, mut lf, mut cr) = (0_usize, 0_usize, 0_usize);
    let mut previous = 0;
    for byte in text {
        let count = match (previous, byte) {
            (b'\r', b'\n') => {
                cr = cr.saturating_sub(1);
                &mut crlf
            }
            (_, b'\n') => &mut lf,
            (_, b'\r') => &mut cr,
            _ => {
                previous = *byte;
                continue;
            }
        };
        *count = count.saturating_add(1);
        previous = *byte;
    }
    let kinds = [(crlf, "CRLF"), (lf, "LF"), (cr, "CR")].into_iter().filter(|(count, _)| *count > 0);
    let kinds: Vec<String> = kinds.map(|(count, name)| format!("{count} {name}")).collect();
    (kinds.len() > 1).then(|| Finding::new(&form::MIXED_LINE_ENDS, "", format!("lines end with {}", kinds.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16_of(text: &str, little: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    }

    #[test]
    fn utf_16_is_read_with_and_without_a_mark() {
        for little in [true, false] {
            for text in ["\u{feff}-----BEGIN X", "-----BEGIN X-----\r\n"] {
                let bytes = utf16_of(text, little);
                let found = decode(&bytes);
                assert_eq!(found.bytes, text.trim_start_matches('\u{feff}').as_bytes());
                assert_eq!(found.layer, Some(Layer::Utf16));
            }
        }
        assert_eq!(decode(&[0xff, 0xfe, 0x00, 0xdc]).layer, None, "a lone surrogate");
    }

    #[test]
    fn marks_and_line_ends_are_findings() {
        let numbers = |text: &[u8]| decode(text).findings.iter().map(|finding| finding.rule.number).collect::<Vec<_>>();
        assert_eq!(numbers(b"\xef\xbb\xbfa\nb\r\n"), [form::BYTE_ORDER_MARK.number, form::MIXED_LINE_ENDS.number]);
        assert!(numbers(b"a\nb\n").is_empty());
        assert!(numbers(b"\xef\xbb\xbf\x00").is_empty());
        assert_eq!(decode(b"\xef\xbb\xbf\x00").bytes.len(), 4);
    }
}
