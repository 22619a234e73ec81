//! JSON: a JWK (RFC 7517), or an answer that holds exactly one key somewhere.

use zeroize::Zeroizing;

use super::{Found, WrappingKeyError, text};
use crate::format::escape::{SHORT, printable};
use crate::format::json::{Limits, parse_strict};
use crate::format::reader::ReadError;
use crate::format::reader::json::{Candidate, collect};
use crate::format::reader::jwk::Jwk;
use crate::format::spki::PublicKey;

/// Members of a JWK that only a private or secret key has (RFC 7518 sections 6.2.2, 6.3.2 and 6.4).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "dp", "dq", "k", "oth", "p", "q", "qi"];

pub(super) fn read(json: &str) -> Result<Found, WrappingKeyError> {
    let value = parse_strict(json.as_bytes(), Limits::DOCUMENT)?;
    let mut candidates = Vec::new();
    collect(&value, "", "", &mut candidates);
    // A private key is named before anything else, wherever it stands.
    let mut results: Vec<_> = candidates.iter().map(|(path, candidate)| (path, key(candidate, path))).collect();
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

fn key(candidate: &Candidate<'_>, path: &str) -> Result<Found, WrappingKeyError> {
    match candidate {
        Candidate::Jwk(members) => jwk(&Jwk { members, path }),
        Candidate::Pem(text) => text::pem(text),
        Candidate::Base64(text) => text::base64(text),
    }
}

fn jwk(jwk: &Jwk<'_>) -> Result<Found, WrappingKeyError> {
    if PRIVATE_MEMBERS.iter().any(|name| jwk.has(name)) {
        return Err(WrappingKeyError::PrivateKey("JWK".to_owned()));
    }
    match jwk.text("kty").map_err(member)? {
        "RSA" | "RSA-HSM" => {}
        other => return Err(WrappingKeyError::NotRsa(format!("a JWK of type {}", printable(other, SHORT)))),
    }
    if jwk.has("use") && jwk.text("use") == Ok("sig") {
        return Err(member(jwk.wrong("use", "is `sig`: this key is for signatures only")));
    }
    let (modulus, exponent) = (number(jwk, "n")?, number(jwk, "e")?);
    let key = PublicKey::rsa(&modulus, &exponent)?;
    Ok(Found { form: "JWK".to_owned(), key, expires_at: None })
}

/// `Base64urlUInt` (RFC 7518 section 2): no leading zero byte. Some tools print the standard alphabet.
fn number(jwk: &Jwk<'_>, name: &str) -> Result<Zeroizing<Vec<u8>>, WrappingKeyError> {
    let bytes = jwk.bytes(name, &mut Vec::new()).map_err(member)?;
    match bytes.first() {
        None => Err(member(jwk.wrong(name, "is empty"))),
        Some(0) => Err(member(jwk.wrong(name, "starts with a zero byte (RFC 7518 section 2 forbids that)"))),
        Some(_) => Ok(bytes),
    }
}

fn member(error: ReadError) -> WrappingKeyError {
    match error {
        ReadError::Member { member, rule } => WrappingKeyError::Jwk { member, rule },
        other => WrappingKeyError::NotAKey(other.to_string()),
    }
}
