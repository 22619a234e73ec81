//! Which free text of a file may be shown: a name, never what may be a key that stands where a name should.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::encoding;

/// The longest name, in bytes.
const LONGEST: usize = 128;
/// Texts up to this length cannot be told from words, in bytes.
const SHORT: usize = 16;
/// How many characters in a row give a secret away.
const WINDOW: usize = 10;
/// How much of a name is compared, in bytes; less is shown.
const COMPARED: usize = 1024;

/// The members of a JWK that nobody may see (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1).
const SECRET: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

/// Whether text looks like words and not like hexadecimal or base64 text: it rarely changes between small letters,
/// capitals and digits. A UUID is a name.
pub(super) fn is_name(text: &str) -> bool {
    if text.len() <= SHORT || is_uuid(text) {
        return true;
    }
    let classes: Vec<u8> = text.bytes().map(class).collect();
    let changes = classes.windows(2).filter(|pair| matches!(pair, [1, 2 | 3] | [2, 3] | [3, 1 | 2])).count();
    let digits = classes.split(|class| *class != 3).map(<[u8]>::len).max().unwrap_or_default();
    text.len() <= LONGEST && changes.saturating_mul(5) <= text.len() && digits <= SHORT
}

fn class(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        b'0'..=b'9' => 3,
        _ => 0,
    }
}

/// 8-4-4-4-12 hexadecimal digits (RFC 9562 section 4).
fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// The name, or what it would be the name of.
pub(super) fn name_or<'a>(text: &'a str, other: &'a str) -> &'a str {
    if is_name(text) { text } else { other }
}

/// Whether text repeats a part of a secret member of this JWK, in any spelling.
pub(super) fn repeats_a_secret(text: &str, members: &Map<String, Value>) -> bool {
    let text = text.as_bytes().get(..COMPARED).unwrap_or(text.as_bytes());
    let secrets = SECRET.iter().filter_map(|name| members.get(*name).and_then(Value::as_str));
    secrets.flat_map(spellings).any(|spelling| shares(text, spelling.as_bytes()))
}

fn spellings(member: &str) -> Vec<Zeroizing<String>> {
    let mut spellings = vec![Zeroizing::new(member.to_owned())];
    if let Ok(bytes) = encoding::base64(member) {
        spellings.extend([URL_SAFE_NO_PAD.encode(&bytes), STANDARD.encode(&bytes)].map(Zeroizing::new));
        spellings.extend([hex::encode(&bytes), hex::encode_upper(&bytes)].map(Zeroizing::new));
        spellings.extend(std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned())));
    }
    spellings
}

/// Whether two texts have some characters in a row in common; all of the secret, when it is short.
fn shares(text: &[u8], secret: &[u8]) -> bool {
    let length = WINDOW.min(secret.len());
    if length < 4 {
        return false;
    }
    let known: HashSet<&[u8]> = text.windows(length).collect();
    secret.windows(length).any(|window| known.contains(window))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_keys() {
        for name in [
            "",
            "EC PARAMETERS",
            "byok.bundle/v1",
            "application/vnd.in-toto+json",
            "CKM_RSA_AES_KEY_WRAP",
            "sk-ecdsa-sha2-nistp256@openssh.com",
            "TokenSigningCertificatePublicKey",
            "BYOK v1.0; Some HSM vendor 4.2.1",
            "5a6e2b3c-0d1e-4f20-8a9b-0c1d2e3f4a5b",
        ] {
            assert!(is_name(name), "{name}");
        }
        for key in [
            "Oq6G7Dyt0luNLNzEucBqPhUGJGrvVh85W_HaEM-USEU",
            "ecdsa-sha2-Oq6G7Dyt0luNLNzEucBqPhUGJGrvVh85W_HaEM-USEU",
            "3aae86ec3cadd25b8d2cdcc4b9c06a3e",
            "3AAE86EC3CADD25B8D2CDCC4B9C06A3E1506246AEF561F395BF1DA10CF944845",
            "12345678901234567",
        ] {
            assert!(!is_name(key), "{key}");
        }
    }

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        let value = serde_json::json!({"kty": "oct", "k": "Oq6G7Dyt0luNLNzEucBqPg", "n": "AQABAQABAQAB"});
        let repeats = |text: &str| repeats_a_secret(text, value.as_object().unwrap());
        for text in ["Oq6G7Dyt0luNLNzEucBqPg==", "x-Dyt0luNLNzE", "3aae86ec3cadd25b", "key 3AAE86EC3CADD25B8D"] {
            assert!(repeats(text), "{text}");
        }
        assert!(!repeats("kek-2026") && !repeats("Oq6G") && !repeats("AQABAQABAQAB"));
    }
}
