//! Answers of AWS, Azure and Google that must not be used: refused before any PIN, with nothing written.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use byok::format::wrapping_key;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::bad_input::{Bad, vector};

const ARN: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const JOB: &str = "projects/p-roject/locations/global/keyRings/ring/importJobs/job";
const VERSION: &str = "6ad4fbd5a0c64ed98b9d1a3f0be42c71";

fn in_hours(hours: i64) -> String {
    Timestamp::now().checked_add(SignedDuration::from_hours(hours)).unwrap().to_string()
}

fn aws(hours: i64) -> Value {
    json!({
        "KeyId": ARN,
        "ImportToken": STANDARD.encode([7; 600]),
        "PublicKey": STANDARD.encode(vector("rsa-2048.spki.der")),
        "ParametersValidTo": in_hours(hours),
    })
}

fn google(state: &str, hours: i64) -> Value {
    let answer: Value = serde_json::from_slice(&vector("openbao.json")).unwrap();
    json!({
        "name": JOB,
        "importMethod": "RSA_OAEP_4096_SHA1_AES_256",
        "protectionLevel": "HSM",
        "state": state,
        "publicKey": {"pem": answer["data"]["public_key"]},
        "expireTime": in_hours(hours),
    })
}

fn kid(host: &str) -> String {
    format!("https://{host}/keys/kek/{VERSION}")
}

fn azure(kid: &str) -> Value {
    let key = wrapping_key::read(&vector("rsa-2048.spki.der")).unwrap();
    let (n, e) = (URL_SAFE_NO_PAD.encode(key.modulus), URL_SAFE_NO_PAD.encode(key.exponent));
    json!({"key": {"kid": kid, "kty": "RSA-HSM", "key_ops": ["import"], "n": n, "e": e}, "attributes": {"enabled": true}})
}

impl Bad {
    /// The answer is refused for what is wrong with it; `good` shows that nothing else is.
    fn answer(&mut self, words: &str, answer: &Value, wanted: &str, says: &str) {
        self.place.write("answer", answer.to_string());
        let said = self.refused(&format!("wrap-for-import {words} --wrapping-key answer --out bundle"), wanted);
        assert!(said.contains(says), "{wanted} without {says:?}: {said}");
    }

    /// Nothing speaks against this one.
    fn good(&mut self, words: &str, answer: &Value) {
        self.place.write("answer", answer.to_string());
        let words = format!("wrap-for-import {words} --wrapping-key answer --out bundle --dry-run");
        self.place.ok(&words.split(' ').collect::<Vec<_>>());
    }
}

#[test]
fn aws_answers() {
    let mut bad = Bad::new();
    // The private half is AWS's: OpenBao could open nothing, and AWS everything.
    let mut large = aws(23);
    large["PublicKey"] = json!(STANDARD.encode(wrapping_key::read(&vector("openbao.json")).unwrap().spki));
    bad.answer("aes --provider openbao", &large, "E0706", "no data.public_key");
    let words = "aes --provider aws-kms --method RSAES_OAEP_SHA_1";
    bad.good(words, &aws(23));
    bad.answer(words, &aws(-1), "E0708", "expired");
    let mut seconds = aws(-1);
    seconds["ParametersValidTo"] = json!(Timestamp::now().as_second() - 1);
    bad.answer(words, &seconds, "E0708", "expired");
    let other = format!("{words} --target {}", ARN.replace("90ab", "90ac"));
    bad.answer(&other, &aws(23), "E0707", "--target says");
    // Exit code 2, with the four choices.
    let unnamed = "aes --provider aws-kms";
    for choice in ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"] {
        bad.answer(unnamed, &aws(23), "E0216", choice);
    }
}

#[test]
fn google_answers() {
    let mut bad = Bad::new();
    let words = "aes --provider google-cloud-kms";
    bad.good(words, &google("ACTIVE", 70));
    bad.answer(words, &google("EXPIRED", 70), "E0714", "EXPIRED");
    bad.answer(words, &google("ACTIVE", -1), "E0708", "expired");
    bad.answer(words, &google("PENDING_GENERATION", 70), "E0714", "PENDING_GENERATION");
    let mut without_key = google("ACTIVE", 70);
    without_key.as_object_mut().unwrap().remove("publicKey");
    bad.answer(words, &without_key, "E0714", "no publicKey");
    let elsewhere = format!("{words} --target projects/p-roject/locations/global/keyRings/other/cryptoKeys/aes");
    bad.answer(&elsewhere, &google("ACTIVE", 70), "E0707", "--target says");
}

#[test]
fn azure_answers() {
    let mut bad = Bad::new();
    let words = "ec --provider azure-key-vault --allow-exposure plaintext";
    let good = azure(&kid("vault-1.vault.azure.net"));
    bad.good(words, &good);
    for operations in [json!(["import", "wrapKey"]), json!(["wrapKey"]), json!([]), json!(["import", "import"])] {
        let mut answer = good.clone();
        answer["key"]["key_ops"] = operations;
        bad.answer(words, &answer, "E0713", "key operation import and no other");
    }
    let mut soft = good.clone();
    soft["key"]["kty"] = json!("RSA");
    bad.answer(words, &soft, "E0713", "a KEK is RSA-HSM");
    for (kid, says) in [
        ("https://vault-1.vault.azure.net/keys/kek".to_owned(), "names no version"),
        (kid("vault-1.vault.azure.net.evil.example"), "is not on a host of Azure"),
        (kid("vault-1.vault.azure.net@evil.example"), "has user-info before its host"),
        (kid("evil.example@vault-1.vault.azure.net"), "has user-info before its host"),
        (kid("vault-1.managedhsm.azure.net"), "belongs to azure-managed-hsm"),
        (kid("kms.eu-central-1.amazonaws.com"), "is not on a host of Azure"),
    ] {
        bad.answer(words, &azure(&kid), "E0713", says);
    }
}

/// A warning, not an error: policy decides, once there is one.
#[test]
fn a_wrapping_key_that_is_weaker_than_its_load() {
    let bad = Bad::new();
    bad.place.write("answer", aws(23).to_string());
    let words = "wrap-for-import aes --provider aws-kms --method RSAES_OAEP_SHA_1 --wrapping-key answer --out bundle";
    let output = bad.place.byok(&words.split(' ').collect::<Vec<_>>());
    let said = crate::workplace::text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("warning: the wrapping key (112 bits of strength) is weaker than aes-256 (256 bits)"),
        "{said}"
    );
}
