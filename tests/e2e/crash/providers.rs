//! `wrap-for-import` for each provider, killed anywhere; together they go by every plan that the tokens have.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use byok::format::wrapping_key;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::after::BUNDLE;
use super::wrap;
use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, assert_success};

const ANSWER: &str = "answer";
const OPENBAO: &str = include_str!("../../vectors/wrapping-keys/openbao.json");

#[test]
fn softhsm_for_aws() {
    crash(Module::SoftHsm, "canary --provider aws-kms --method RSAES_OAEP_SHA_1", &aws(), "direct-oaep");
}

#[test]
fn kryoptic_for_aws() {
    crash(Module::Kryoptic, "canary --provider aws-kms --method RSAES_OAEP_SHA_1", &aws(), "direct-oaep");
}

/// SHA-256 is hidden on both tokens.
#[test]
fn softhsm_for_google() {
    let words = "canary --provider google-cloud-kms --target canary --allow-exposure ephemeral-kek";
    crash(Module::SoftHsm, words, &google(), "host-kek");
}

#[test]
fn kryoptic_for_google() {
    let words = "canary --provider google-cloud-kms --target canary --allow-exposure ephemeral-kek";
    crash(Module::Kryoptic, words, &google(), "host-kek");
}

/// SoftHSM pads private keys.
#[test]
fn softhsm_for_a_vault() {
    let words = "sparrow --provider azure-key-vault --target sparrow --allow-exposure plaintext";
    crash(Module::SoftHsm, words, &azure("kiste.vault.azure.net"), "host-plaintext");
}

#[test]
fn kryoptic_for_a_vault() {
    let words = "sparrow --provider azure-key-vault --target sparrow";
    crash(Module::Kryoptic, words, &azure("kiste.vault.azure.net"), "token-kek");
}

#[test]
fn softhsm_for_a_managed_hsm() {
    let words = "canary --provider azure-managed-hsm --target canary";
    crash(Module::SoftHsm, words, &azure("kiste.managedhsm.azure.net"), "token-kek");
}

#[test]
fn kryoptic_for_a_managed_hsm() {
    let words = "canary --provider azure-managed-hsm --target canary";
    crash(Module::Kryoptic, words, &azure("kiste.managedhsm.azure.net"), "token-kek");
}

#[test]
fn softhsm_for_openbao() {
    crash(Module::SoftHsm, "canary --provider openbao --method rsa-aes-sha1", OPENBAO, "token-kek");
}

#[test]
fn kryoptic_for_openbao() {
    crash(Module::Kryoptic, "canary --provider openbao --method rsa-aes-sha1", OPENBAO, "token-kek");
}

fn crash(module: Module, words: &str, answer: &str, plan: &str) {
    let case = wrap(module, &format!("wrap-for-import {words} --wrapping-key {ANSWER} --out {BUNDLE}"));
    case.start.place.write(ANSWER, answer);
    let undisturbed = case.start.copy();
    assert_success(&undisturbed.byok(&case.words()), words);
    let manifest = undisturbed.place.predicate(format!("{BUNDLE}/manifest.dsse.json"));
    assert_eq!(manifest["wraps"][0]["plan"], plan, "{words}");
    case.crash();
}

/// `aws kms get-parameters-for-import`.
fn aws() -> String {
    let answer = json!({
        "KeyId": "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "ImportToken": BASE64.encode([0x7e; 1200]),
        "PublicKey": BASE64.encode(wrapping_key::read(WRAPPING_KEY.as_bytes()).unwrap().spki),
        "ParametersValidTo": in_hours(24),
    });
    answer.to_string()
}

/// `gcloud kms import-jobs describe --format json`.
fn google() -> String {
    let answer = json!({
        "createTime": in_hours(0),
        "expireTime": in_hours(72),
        "generateTime": in_hours(0),
        "importMethod": "RSA_OAEP_3072_SHA256_AES_256",
        "name": "projects/project-1/locations/europe-west3/keyRings/ring/importJobs/job-1",
        "protectionLevel": "HSM",
        "publicKey": {"pem": WRAPPING_KEY},
        "state": "ACTIVE",
    });
    answer.to_string()
}

/// `az keyvault key show`.
fn azure(host: &str) -> String {
    let key = wrapping_key::read(WRAPPING_KEY.as_bytes()).unwrap();
    let [n, e] = [key.modulus, key.exponent].map(|number| BASE64.encode(number));
    let kid = format!("https://{host}/keys/KEK/6ad4fbd5a0c64ed98b9d1a3f0be42c71");
    let answer = json!({
        "attributes": {"enabled": true, "expires": null, "notBefore": null},
        "key": {"e": e, "keyOps": ["import"], "kid": kid, "kty": "RSA-HSM", "n": n},
    });
    answer.to_string()
}

fn in_hours(hours: i64) -> Value {
    json!((Timestamp::now() + SignedDuration::from_hours(hours)).to_string())
}
