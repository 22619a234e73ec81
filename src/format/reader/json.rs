//! JSON: keys and key sets, Azure's transfer blob, byok's own documents, and answers that hold keys somewhere.

use serde_json::{Map, Value};

use super::blocks::named;
use super::jwk::Jwk;
use super::{Form, Layer, Part, ReadError, Reading, blocks, document, encoding, shown, transfer};
use crate::format::escape::{SHORT, printable};
use crate::format::json::{Limits, parse_strict};
use crate::format::lint::Finding;

/// How many keys of one document are read.
const MAXIMUM_KEYS: usize = 256;

/// Members in which providers put the base64 of a DER public key.
const BASE64_MEMBERS: [&str; 4] = ["PublicKey", "public-key", "publicKey", "public_key"];

/// What looks like a key in a document.
pub(in crate::format) enum Candidate<'a> {
    /// An object with `kty`.
    Jwk(&'a Map<String, Value>),
    /// Text with a PEM block.
    Pem(&'a str),
    /// Text in a member that providers use.
    Base64(&'a str),
}

/// Reads one document.
pub(super) fn read(text: &str) -> Result<Reading, ReadError> {
    if let Some(part) = document::log(text) {
        return Ok(reading(vec![part], Vec::new()));
    }
    let value = parse_strict(text.as_bytes(), Limits::DOCUMENT).map_err(|error| ReadError::json(&error))?;
    let part = match &value {
        // It can hold a second one.
        Value::Object(members) if members.contains_key("kty") => None,
        Value::Object(members) => match transfer::read(members)? {
            Some(part) => Some(part),
            None => document::read(members),
        },
        _ => None,
    };
    match part {
        Some(part) => Ok(reading(vec![part], Vec::new())),
        None => keys(&value),
    }
}

fn reading(parts: Vec<Part>, findings: Vec<Finding>) -> Reading {
    Reading { layers: vec![Layer::Json], parts, findings }
}

/// Every key in a document, each at its place.
fn keys(value: &Value) -> Result<Reading, ReadError> {
    let mut findings = Vec::new();
    let mut candidates = Vec::new();
    collect(value, "", "", &mut candidates);
    if candidates.len() > MAXIMUM_KEYS {
        return Err(ReadError::TooMany { what: "keys", limit: MAXIMUM_KEYS });
    }
    let mut parts = Vec::new();
    for (path, candidate) in &candidates {
        parts.extend(candidate.parts(path, &mut findings)?);
    }
    if parts.is_empty() {
        parts.push(named("", Form::Json, "JSON without a key in it", ""));
    }
    Ok(reading(parts, findings))
}

impl Candidate<'_> {
    fn parts(&self, path: &str, findings: &mut Vec<Finding>) -> Result<Vec<Part>, ReadError> {
        match self {
            Self::Jwk(members) => {
                let path = if shown::repeats_a_secret(path, members) { "a member that repeats the key" } else { path };
                Ok(vec![Jwk { members, path }.part(findings)?])
            }
            Self::Pem(text) => {
                let reading = blocks::read(text.as_bytes()).map_err(|error| error.under(path))?;
                findings.extend(reading.findings.into_iter().map(|finding| under(path, finding)));
                Ok(reading.parts.into_iter().map(|part| Part { place: join(path, &part.place), ..part }).collect())
            }
            Self::Base64(text) => {
                // Many members have such names; what is no base64 of DER is no key.
                let Ok(compact) = encoding::compact_base64(text) else { return Ok(Vec::new()) };
                let Ok(bytes) = encoding::base64(&compact) else { return Ok(Vec::new()) };
                if super::ber::looks_like(&bytes) {
                    super::der::part(&bytes, path, findings).map(|part| vec![part])
                } else {
                    Ok(Vec::new())
                }
            }
        }
    }
}

fn under(path: &str, finding: Finding) -> Finding {
    Finding { place: join(path, &finding.place), ..finding }
}

fn join(path: &str, place: &str) -> String {
    if place.is_empty() { path.to_owned() } else { format!("{path}, {place}") }
}

/// Finds everything that is a key or claims to be one. The depth is capped by the reader.
pub(in crate::format) fn collect<'a>(
    value: &'a Value,
    path: &str,
    member: &str,
    out: &mut Vec<(String, Candidate<'a>)>,
) {
    if out.len() > MAXIMUM_KEYS {
        return;
    }
    match value {
        Value::Object(members) => {
            if members.contains_key("kty") {
                out.push((path.to_owned(), Candidate::Jwk(members)));
            }
            // What stands inside a JWK is a second key: another reader could take that one.
            for (name, inner) in members {
                let dot = if path.is_empty() { "" } else { "." };
                let shown = shown::name_or(name, "(another name)");
                collect(inner, &format!("{path}{dot}{}", printable(shown, SHORT)), name, out);
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
