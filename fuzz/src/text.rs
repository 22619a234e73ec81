//! JSON, names, byok.yaml.

use byok::format::escape::{printable, printable_bytes};
use byok::format::json::{Limits, from_slice_strict, parse_strict};
use byok::key::method::WrapMethod;
use byok::key::name::KeyName;
use byok::key::spec::{HashAlg, KeySpec, Purpose};
use byok::key::version::KeySelector;
use serde_json::Value;

use crate::assert_printable;

/// What the strict reader takes, any reader takes, and reads alike.
pub fn json(input: &[u8]) {
    match parse_strict(input, Limits::DOCUMENT) {
        Ok(value) => {
            assert_eq!(serde_json::from_slice::<Value>(input).ok(), Some(value.clone()));
            assert_eq!(from_slice_strict::<Value>(input, Limits::DOCUMENT), Ok(value));
        }
        Err(error) => assert_printable(&error),
    }
    assert_printable(&printable_bytes(input, 64));
}

/// Names have one spelling and stay in their folder.
pub fn name(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    assert_printable(&printable(text, 64));
    match text.parse::<KeySelector>() {
        Ok(selector) => {
            assert_eq!(selector.to_string(), text);
            let part = |part: &str| !part.is_empty() && !part.starts_with('.');
            assert!(selector.key.as_str().split('/').all(part));
            assert_eq!(selector.key.as_str().parse::<KeyName>().as_ref(), Ok(&selector.key));
        }
        Err(error) => assert_printable(&error),
    }
    for spelling in [
        text.parse::<KeySpec>().map(|spec| spec.to_string()).ok(),
        text.parse::<WrapMethod>().map(|method| method.to_string()).ok(),
        text.parse::<HashAlg>().map(|hash| hash.to_string()).ok(),
        text.parse::<Purpose>().map(|purpose| purpose.to_string()).ok(),
    ] {
        assert!(spelling.is_none_or(|spelling| spelling == text));
    }
}

/// byok.yaml and PIN sources.
pub fn configuration(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    byok::cli::fuzzing::configuration(text);
    byok::cli::fuzzing::pin_source(text);
}
