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

/// The vault of every Azure answer, and the Managed HSM.
pub(crate) const AZURE_VAULT: &str = "contoso-prod.vault.azure.net";
pub(crate) const AZURE_HSM: &str = "contoso-hsm.managedhsm.azure.net";
/// The import job of every Google answer.
pub(crate) const GOOGLE_JOB: &str = "projects/my-project/locations/europe-west3/keyRings/ring/importJobs/job-1";

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
        "azure-key-vault" => alone(azure(spki, AZURE_VAULT).to_string().as_bytes()),
        "azure-managed-hsm" => alone(azure(spki, AZURE_HSM).to_string().as_bytes()),
        "google-cloud-kms" => alone(google(spki).to_string().as_bytes()),
        "openbao" => alone(json!({ "data": { "public_key": pem(spki) } }).to_string().as_bytes()),
        _ => alone(pem(spki).as_bytes()),
    }
}

/// A bare key with what must be typed beside it.
pub(crate) fn bare(provider: &Provider, bytes: &[u8]) -> Handout {
    let handout = alone(bytes);
    match provider.id {
        "aws-kms" => Handout { import_token: Some(file(b"\0token")), ..handout },
        "azure-key-vault" => Handout { kid: Some(kid(AZURE_VAULT)), ..handout },
        "azure-managed-hsm" => Handout { kid: Some(kid(AZURE_HSM)), ..handout },
        "google-cloud-kms" => Handout { import_job: Some(GOOGLE_JOB.to_owned()), ..handout },
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

/// `az keyvault key show`, without the members that say nothing about a KEK.
pub(crate) fn azure(spki: &[u8], host: &str) -> Value {
    let key = wrapping_key::read(spki).unwrap();
    let [n, e] = [key.modulus, key.exponent].map(|number| STANDARD.encode(number));
    json!({
        "attributes": { "enabled": true, "expires": null, "notBefore": null },
        "key": { "e": e, "keyOps": ["import"], "kid": kid(host), "kty": "RSA-HSM", "n": n },
    })
}

/// The URL of the KEK there.
pub(crate) fn kid(host: &str) -> String {
    format!("https://{host}/keys/byok-kek/6ad4fbd5a0c64ed98b9d1a3f0be42c71")
}

/// `gcloud kms import-jobs describe --format json` of a job with protection level HSM. What stands in the attestation
/// looks like keys, and is none of ours.
pub(crate) fn google(spki: &[u8]) -> Value {
    let certificate = include_str!("../vectors/wrapping-keys/rsa-2048.certificate.pem");
    json!({
        "attestation": {
            "certChains": {
                "caviumCerts": [certificate],
                "googleCardCerts": [certificate],
                "googlePartitionCerts": [certificate],
            },
            "content": "H4sIAAAAAAAA",
            "format": "CAVIUM_V2_COMPRESSED",
        },
        "createTime": "2026-11-22T10:00:00.123456789Z",
        "expireTime": "2026-11-25T10:00:00.123456789Z",
        "generateTime": "2026-11-22T10:00:01.123456789Z",
        "importMethod": "RSA_OAEP_4096_SHA256_AES_256",
        "name": GOOGLE_JOB,
        "protectionLevel": "HSM",
        "publicKey": { "pem": pem(spki) },
        "state": "ACTIVE",
    })
}
