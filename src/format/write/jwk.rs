//! JSON Web Keys (RFC 7517, RFC 7518 section 6, RFC 8037), one member on a line.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::plain::{self, no_form};
use super::{Structure, WriteError};
use crate::format::material::{Material, PrivateKey, RsaPrivate, SecretKey};
use crate::format::spki::PublicKind;
use crate::key::spec::{HashAlg, KeySpec};

/// A member: its name and its value, already base64url or a word without need of escapes.
type Member = (&'static str, Zeroizing<String>);

pub(super) fn write(material: &Material, name: Option<&str>) -> Result<Zeroizing<Vec<u8>>, WriteError> {
    let mut members = match material {
        Material::Secret(key) => symmetric(key)?,
        Material::Private(PrivateKey::Other(_)) => return Err(no_form(material, Structure::Jwk, "")),
        _ => public(material)?,
    };
    match material {
        Material::Private(PrivateKey::Ec(_) | PrivateKey::Ed25519(_)) => {
            members.push(("d", secret(&plain::raw(material)?)?));
        }
        Material::Private(PrivateKey::Rsa(key)) => members.extend(rsa(material, key)?),
        _ => {}
    }
    let name = name.map(|name| serde_json::to_string(name).map_err(|_| WriteError::Encoding)).transpose()?;
    Ok(object(&members, name.as_deref()))
}

/// The object. `kid` comes last and is JSON already.
fn object(members: &[Member], kid: Option<&str>) -> Zeroizing<Vec<u8>> {
    let longer = |sum: usize, (name, value): &Member| {
        sum.saturating_add(name.len()).saturating_add(value.len()).saturating_add(12)
    };
    let length = members.iter().fold(32, longer).saturating_add(kid.map_or(0, str::len));
    let mut json = Zeroizing::new(Vec::with_capacity(length));
    json.extend_from_slice(b"{");
    for (index, (name, value)) in members.iter().enumerate() {
        json.extend_from_slice(if index == 0 { b"\n  \"" } else { b",\n  \"" });
        for part in [name.as_bytes(), b"\": \"", value.as_bytes(), b"\""] {
            json.extend_from_slice(part);
        }
    }
    for part in [",\n  \"kid\": ", kid.unwrap_or_default()].iter().filter(|_| kid.is_some()) {
        json.extend_from_slice(part.as_bytes());
    }
    json.extend_from_slice(b"\n}\n");
    json
}

fn word(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

/// base64url without padding (RFC 7515 section 2), in one buffer.
fn secret(bytes: &[u8]) -> Result<Zeroizing<String>, WriteError> {
    let length = base64::encoded_len(bytes.len(), false).ok_or(WriteError::Encoding)?;
    let mut text = Zeroizing::new(String::with_capacity(length));
    URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
    Ok(text)
}

fn symmetric(key: &SecretKey) -> Result<Vec<Member>, WriteError> {
    let mut members = vec![("kty", word("oct")), ("k", secret(&key.value)?)];
    // RFC 7518 section 3.1 names three HMACs; a key for another has no `alg`.
    let alg = match key.stated {
        Some(KeySpec::Hmac(HashAlg::Sha256)) => Some("HS256"),
        Some(KeySpec::Hmac(HashAlg::Sha384)) => Some("HS384"),
        Some(KeySpec::Hmac(HashAlg::Sha512)) => Some("HS512"),
        _ => None,
    };
    members.extend(alg.map(|alg| ("alg", word(alg))));
    Ok(members)
}

fn public(material: &Material) -> Result<Vec<Member>, WriteError> {
    let key = plain::public(material)?;
    Ok(match key.kind() {
        PublicKind::Ec { curve, point } => {
            let (x, y) = point.split_at_checked(curve.field_bytes()).ok_or(WriteError::Encoding)?;
            let crv = word(curve.standard_name());
            vec![("kty", word("EC")), ("crv", crv), ("x", secret(x)?), ("y", secret(y)?)]
        }
        PublicKind::Ed25519(point) => vec![("kty", word("OKP")), ("crv", word("Ed25519")), ("x", secret(point)?)],
        PublicKind::Rsa { modulus, exponent } => {
            vec![("kty", word("RSA")), ("n", secret(modulus)?), ("e", secret(exponent)?)]
        }
        PublicKind::Other(_) => return Err(no_form(material, Structure::Jwk, "")),
    })
}

/// The private members; without the factors when the file had none (RFC 7518 section 6.3.2).
fn rsa(material: &Material, key: &RsaPrivate) -> Result<Vec<Member>, WriteError> {
    let mut members = vec![("d", secret(&key.private_exponent)?)];
    if let Some(factors) = &key.factors {
        // That they agree is checked where the key is encoded canonically.
        plain::pkcs8(material)?;
        let ([p, q], [dp, dq]) = (&factors.primes, &factors.exponents);
        for (name, number) in [("p", p), ("q", q), ("dp", dp), ("dq", dq), ("qi", &factors.coefficient)] {
            members.push((name, secret(number)?));
        }
    }
    Ok(members)
}
