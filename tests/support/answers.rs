//! What each provider hands out for one RSA public key, whole and in its own shape.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use byok::format::spki::PublicKey;
use byok::format::wrapping_key;
use byok::provider::{Handout, ImportFile, Provider};
use serde_json::{Value, json};

/// An RSA-4096 key; nobody has the private half.
const KEY_4096: &[u8] = include_bytes!("../vectors/wrapping-keys/openbao.json");

/// The ARN of every AWS answer.
pub(crate) const AWS_KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// DER of the RSA-4096 key.
pub(crate) fn key_4096() -> Vec<u8> {
    wrapping_key::read(KEY_4096).unwrap().spki
}

/// A file of this content.
pub(crate) fn file(bytes: &[u8]) -> ImportFile {
    ImportFile { name: "key".to_owned(), bytes: bytes.to_vec() }
}

/// One file, and nothing typed about it.
pub(crate) fn alone(bytes: &[u8]) -> Handout {
    Handout { wrapping_key: file(bytes), import_token: None, kid: None, import_job: None }
}

/// PEM of a public key.
pub(crate) fn pem(spki: &[u8]) -> String {
    PublicKey::from_der(spki).unwrap().to_pem()
}

/// A whole answer of the provider.
pub(crate) fn answer(provider: &Provider, spki: &[u8]) -> Handout {
    match provider.id {
        "aws-kms" => alone(aws(spki).to_string().as_bytes()),
        "openbao" => alone(json!({ "data": { "public_key": pem(spki) } }).to_string().as_bytes()),
        _ => alone(pem(spki).as_bytes()),
    }
}

/// A bare key with what must be typed beside it.
pub(crate) fn bare(provider: &Provider, bytes: &[u8]) -> Handout {
    let handout = alone(bytes);
    match provider.id {
        "aws-kms" => Handout { import_token: Some(file(b"\0token")), ..handout },
        _ => handout,
    }
}

/// `aws kms get-parameters-for-import`.
pub(crate) fn aws(spki: &[u8]) -> Value {
    json!({
        "KeyId": AWS_KEY,
        "ImportToken": STANDARD.encode([0x7e; 1200]),
        "PublicKey": STANDARD.encode(spki),
        "ParametersValidTo": "2026-11-23T13:00:00.227000+01:00",
    })
}
