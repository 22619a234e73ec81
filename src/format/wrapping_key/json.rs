//! JSON: a JWK (RFC 7517), or an answer that holds exactly one key somewhere.

use serde_json::{Map, Value};

use super::{Found, WrappingKeyError, text};
use crate::format::escape::{SHORT, printable};
use crate::format::json::{Limits, parse_strict};
use crate::format::spki::PublicKey;

/// Members in which providers put the base64 of a DER public key.
const BASE64_MEMBERS: [&str; 4] = ["PublicKey", "public-key", "publicKey", "public_key"];

/// Members of a JWK that only a private or secret key has (RFC 7518 sections 6.2.2, 6.3.2 and 6.4).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "dp", "dq", "k", "oth", "p", "q", "qi"];

enum Candidate<'a> {
    Jwk(&'a Map<String, Value>),
    Pem(&'a str),
    Base64(&'a str),
}

pub(super) fn read(json: &str) -> Result<Found, WrappingKeyError> {
    let value = parse_strict(json.as_bytes(), Limits::DOCUMENT)?;
    let mut candidates = Vec::new();
    collect(&value, "", "", &mut candidates);
    // A private key is named before anything else, wherever it stands.
    let mut results: Vec<_> = candidates.iter().map(|(path, candidate)| (path, candidate.read(path))).collect();
    if let Some(at) = results.iter().position(|(_, r)| matches!(r, Err(WrappingKeyError::PrivateKey(_)))) {
        return results.swap_remove(at).1;
    }
    match results.as_slice() {
        [] => Err(WrappingKeyError::NoKeyInJson),
        [(first, _), (second, _), ..] => {
            Err(WrappingKeyError::Several { first: format!("`{first}`"), second: format!("`{second}`") })
        }
        [(path, _)] => {
            let outer = if path.is_empty() { "JSON".to_owned() } else { format!("JSON {path}:") };
            results.swap_remove(0).1.map(|found| found.under(&outer))
        }
    }
}

/// Finds everything that is a key or claims to be one. The depth is capped by the reader.
fn collect<'a>(value: &'a Value, path: &str, member: &str, out: &mut Vec<(String, Candidate<'a>)>) {
    match value {
        Value::Object(members) => {
            if members.contains_key("kty") {
                out.push((path.to_owned(), Candidate::Jwk(members)));
            }
            // What stands inside a JWK is a second key: another reader could take that one.
            for (name, inner) in members {
                let dot = if path.is_empty() { "" } else { "." };
                collect(inner, &format!("{path}{dot}{}", printable(name, SHORT)), name, out);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                collect(inner, &format!("{path}[{index}]"), member, out);
            }
        }
        Value::String(text) if text.contains("-----BEGIN ") => out.push((path.to_owned(), Candidate::Pem(text))),
        Value::String(text) if BASE64_MEMBERS.contains(&member) => {
            out.push((path.to_owned(), Candidate::Base64(text)));
        }
        _ => {}
    }
}

impl Candidate<'_> {
    fn read(&self, path: &str) -> Result<Found, WrappingKeyError> {
        match self {
            Self::Jwk(members) => jwk(members, path),
            Self::Pem(text) => text::pem(text),
            Self::Base64(text) => text::base64(text),
        }
    }
}

fn jwk(members: &Map<String, Value>, path: &str) -> Result<Found, WrappingKeyError> {
    let present = |name: &&&str| members.get(**name).is_some_and(|value| !value.is_null());
    if PRIVATE_MEMBERS.iter().any(|name| present(&name)) {
        return Err(WrappingKeyError::PrivateKey("JWK".to_owned()));
    }
    match members.get("kty").and_then(Value::as_str) {
        Some("RSA" | "RSA-HSM") => {}
        Some(other) => return Err(WrappingKeyError::NotRsa(format!("a JWK of type {}", printable(other, SHORT)))),
        None => return Err(wrong(path, "kty", "is not text")),
    }
    if members.get("use").and_then(Value::as_str) == Some("sig") {
        return Err(wrong(path, "use", "is `sig`: this key is for signatures only"));
    }
    let (modulus, exponent) = (number(members, path, "n")?, number(members, path, "e")?);
    let key = PublicKey::rsa(&modulus, &exponent)?;
    Ok(Found { form: "JWK".to_owned(), key, expires_at: None })
}

/// `Base64urlUInt` (RFC 7518 section 2): no leading zero byte. Some tools print the standard alphabet.
fn number(members: &Map<String, Value>, path: &str, name: &str) -> Result<Vec<u8>, WrappingKeyError> {
    let text = members.get(name).and_then(Value::as_str).ok_or_else(|| wrong(path, name, "is missing or not text"))?;
    let bytes = text::bytes(text).map_err(|_| wrong(path, name, "is not base64"))?;
    match bytes.first() {
        None => Err(wrong(path, name, "is empty")),
        Some(0) => Err(wrong(path, name, "starts with a zero byte (RFC 7518 section 2 forbids that)")),
        Some(_) => Ok(bytes),
    }
}

fn wrong(path: &str, name: &str, rule: &'static str) -> WrappingKeyError {
    let dot = if path.is_empty() { "" } else { "." };
    WrappingKeyError::Jwk { member: format!("{path}{dot}{name}"), rule }
}
