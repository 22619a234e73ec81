//! Text: PEM, JSON, base64, and what people mistake for them.

use super::{Found, WrappingKeyError, der, json};
use crate::format::escape::{SHORT, printable};
use crate::format::reader::{encoding, pem};

/// UTF-8 without control characters other than tab and line ends; a byte-order mark is taken off.
pub(super) fn decode(bytes: &[u8]) -> Result<&str, WrappingKeyError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(WrappingKeyError::Utf16);
    }
    let text = std::str::from_utf8(bytes).map_err(|error| WrappingKeyError::NotText(error.valid_up_to()))?;
    let bad = text.char_indices().find(|(_, c)| c.is_control() && !matches!(c, '\t' | '\r' | '\n'));
    match bad {
        Some((offset, character)) => Err(WrappingKeyError::Control { character, offset }),
        None => Ok(text.trim_start_matches('\u{feff}').trim()),
    }
}

pub(super) fn read(text: &str) -> Result<Found, WrappingKeyError> {
    if text.is_empty() {
        Err(WrappingKeyError::Empty)
    } else if text.starts_with(['{', '[', '"']) {
        json::read(text)
    } else if text.contains("-----BEGIN ") {
        pem(text)
    } else if text.starts_with("ssh-") || text.starts_with("ecdsa-sha2-") {
        Err(WrappingKeyError::NotAKey("an OpenSSH key line (ssh-keygen -e -m PKCS8 makes PEM of it)".to_owned()))
    } else {
        base64(text)
    }
}

/// One PEM block (RFC 7468); text before and after it is ignored.
pub(super) fn pem(text: &str) -> Result<Found, WrappingKeyError> {
    let labels: Vec<&str> = pem::labels(text.as_bytes()).collect();
    if let Some(private) = labels.iter().find(|label| label.contains("PRIVATE KEY")) {
        return Err(WrappingKeyError::PrivateKey(printable(private, SHORT)));
    }
    if let [first, second, ..] = labels.as_slice() {
        return Err(WrappingKeyError::Several { first: printable(first, SHORT), second: printable(second, SHORT) });
    }
    let mut blocks = pem::blocks(text.as_bytes()).map_err(|error| WrappingKeyError::Pem(error.to_string()))?;
    let Some(block) = blocks.pop() else { return Err(WrappingKeyError::Pem("it has no block".to_owned())) };
    if !block.headers.is_empty() {
        return Err(WrappingKeyError::Pem("a public key has no header lines".to_owned()));
    }
    match block.label {
        "PUBLIC KEY" | "RSA PUBLIC KEY" | "CERTIFICATE" | "X509 CERTIFICATE" => {
            der::read(&block.content).map(|found| found.under("PEM"))
        }
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
            Err(WrappingKeyError::NotAKey("a certificate request".to_owned()))
        }
        other => Err(WrappingKeyError::NotAKey(format!("PEM `{}`", printable(other, SHORT)))),
    }
}

/// Base64 of DER in either alphabet, with or without padding and line breaks.
pub(super) fn base64(text: &str) -> Result<Found, WrappingKeyError> {
    let compact = encoding::compact_base64(text)
        .map_err(|(offset, character)| WrappingKeyError::Base64(format!("{character:?} stands at byte {offset}")))?;
    if compact.starts_with("30") && compact.len().is_multiple_of(2) && compact.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(WrappingKeyError::NotAKey("hexadecimal text".to_owned()));
    }
    let bytes = encoding::base64(&compact).map_err(|message| WrappingKeyError::Base64(message.to_owned()))?;
    if bytes.first() == Some(&0x30) {
        return der::read(&bytes).map(|found| found.under("base64 of DER"));
    }
    Err(match std::str::from_utf8(&bytes) {
        Ok(text) if text.contains("PRIVATE KEY-----") => WrappingKeyError::PrivateKey("base64 of PEM".to_owned()),
        Ok(text) if text.contains("-----BEGIN ") => WrappingKeyError::Base64Content("PEM"),
        Ok(text) if text.trim_start().starts_with('{') => WrappingKeyError::Base64Content("JSON"),
        Ok(text) if text.starts_with("MI") => WrappingKeyError::Base64Content("base64 once more"),
        Ok(_) => WrappingKeyError::Base64Content("text"),
        Err(_) => WrappingKeyError::Base64Content("bytes that are no DER"),
    })
}
