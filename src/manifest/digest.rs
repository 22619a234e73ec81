//! SHA-256 as evidence spells it: lower-case hexadecimal.

use ring::digest::{SHA256, digest};

/// A SHA-256 value.
pub type Sha256Bytes = [u8; 32];

/// SHA-256 of `bytes`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Sha256Bytes {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

/// Lower-case hexadecimal SHA-256 of `bytes`.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(digest(&SHA256, bytes))
}

/// Whether `text` is 64 lower-case hexadecimal digits.
#[must_use]
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Reads 64 lower-case hexadecimal digits; `None` for anything else, upper case included.
#[must_use]
pub fn parse_sha256(text: &str) -> Option<Sha256Bytes> {
    let mut out = [0; 32];
    (is_sha256(text) && hex::decode_to_slice(text, &mut out).is_ok()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_string_has_its_known_digest() {
        let known = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256_hex(b""), known);
        assert_eq!(parse_sha256(known), Some(sha256(b"")));
    }

    #[test]
    fn one_spelling_only() {
        let known = sha256_hex(b"");
        assert_eq!(parse_sha256(&known.to_uppercase()), None);
        assert_eq!(parse_sha256(&known[1..]), None);
        assert_eq!(parse_sha256(""), None);
    }
}
