//! Base64 (RFC 4648 sections 4 and 5) and hexadecimal text, as people and tools write them.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// Padding may be there or not; bits beyond the last byte are zero.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Decodes either alphabet. A text that uses both is neither.
pub(in crate::format) fn base64(text: &str) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let alphabet = match (text.contains(['+', '/']), text.contains(['-', '_'])) {
        (true, true) => return Err("it mixes the two alphabets of RFC 4648"),
        (_, true) => &URL_SAFE,
        (_, false) => &STANDARD,
    };
    // All at once: a buffer that grew would leave copies.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    match GeneralPurpose::new(alphabet, LENIENT).decode_vec(text, &mut bytes) {
        Ok(()) => Ok(bytes),
        Err(base64::DecodeError::InvalidByte(..)) => Err("it has a character that base64 does not have there"),
        Err(_) => Err("its length or its last character is wrong: something is cut off"),
    }
}

/// The text without white space, when all the rest can be base64.
pub(in crate::format) fn compact_base64(text: &str) -> Result<Zeroizing<String>, (usize, char)> {
    let stray = |c: &(usize, char)| !c.1.is_ascii_alphanumeric() && !"+/-_= \t\r\n".contains(c.1);
    match text.char_indices().find(stray) {
        Some(stray) => Err(stray),
        None => Ok(without(text, |c| c.is_ascii_whitespace())),
    }
}

/// Hexadecimal text, with or without `0x`, blanks, colons, line breaks; `None` when it is none.
pub(super) fn hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let text = text.trim();
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    let digits = without(digits, |c| c.is_ascii_whitespace() || c == ':');
    let mut bytes = Zeroizing::new(vec![0; digits.len() / 2]);
    let decoded = !digits.is_empty() && hex::decode_to_slice(digits.as_bytes(), &mut bytes).is_ok();
    decoded.then_some(bytes)
}

/// Whether hexadecimal text says that it is that: a prefix or separators, which no base64 has.
pub(super) fn is_marked_hex(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("0x") || text.starts_with("0X") || text.contains([':', ' '])
}

fn without(text: &str, dropped: impl Fn(char) -> bool) -> Zeroizing<String> {
    let mut kept = Zeroizing::new(String::with_capacity(text.len()));
    kept.extend(text.chars().filter(|c| !dropped(*c)));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets_are_read_and_a_mixture_is_not() {
        for text in ["+/+/", "-_-_", "-_-_-_8", "-_-_-_8="] {
            assert!(base64(text).is_ok(), "{text}");
        }
        assert_eq!(base64("+/-_").unwrap_err(), "it mixes the two alphabets of RFC 4648");
        assert!(base64("AAAAA").unwrap_err().contains("cut off"));
        assert!(base64("AB=C").is_err() && base64("AB").is_err(), "bits beyond the end");
        assert_eq!(compact_base64("A B\r\nC=").unwrap().as_str(), "ABC=");
        assert_eq!(compact_base64("A,").unwrap_err(), (1, ','));
    }

    #[test]
    fn hexadecimal_text_has_many_shapes() {
        for text in ["0aFF", "0x0aff", " 0X0A FF\r\n", "0a:ff", "0a\nff\n"] {
            assert_eq!(hex(text).unwrap().as_slice(), [0x0a, 0xff], "{text:?}");
        }
        for text in ["", "0x", "0af", "0g", "0a,ff"] {
            assert!(hex(text).is_none(), "{text:?}");
        }
        assert!(is_marked_hex("0a:ff") && is_marked_hex("0xaa") && !is_marked_hex("0aff\n"));
    }
}
