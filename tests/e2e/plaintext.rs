//! Keys that come into the host's memory on their way, with consent: what arrives is the key, strictly encoded; what is
//! not the key goes nowhere, and both are said for ever.

use std::fs;

use serde_json::{Value, json};

use crate::generic::Receiver;
use crate::token::Module;
use crate::use_key::use_key;
use crate::workplace::{Workplace, code, text};

const NOT_THE_KEY: &str = "E0521";
const NEEDS_CONSENT: &str = "E0512";
const CONSENT: Option<&str> = Some("plaintext");
/// Pads like SoftHSM, where nothing else would stand in the way.
const PADS: &[&str] = &["lie=kwp-zero-pad"];
const MESSAGE: &[u8] = b"the quick brown fox";

#[test]
fn softhsm_private_keys_arrive_without_padding() {
    let receiver = Receiver::at(Workplace::initialised(Module::SoftHsm));
    // P-384 is 80 bytes by luck, and the others are padded.
    for spec in ["ec-p256", "ec-p384", "ec-p521", "ec-secp256k1", "rsa-2048"] {
        let (key, predicate) = receiver.receive(spec, "rsa-aes-sha256", CONSENT);
        assert_private(&receiver, &key, &predicate);
    }
    for spec in ["ec-p256", "ec-p384"] {
        let (key, predicate) = receiver.receive(spec, "rsa-oaep-sha256", CONSENT);
        assert_private(&receiver, &key, &predicate);
    }
}

#[test]
fn kryoptic_private_keys_arrive_however_they_come_out() {
    for lies in [PADS, &["lie=kwp", "lie=raw-scalar"], &["lie=kwp-zero-pad", "lie=raw-scalar"]] {
        let receiver = Receiver::at(Workplace::initialised_behind_proxy(Module::Kryoptic, lies));
        // An Ed25519 key has 48 bytes and is never padded.
        let edwards = (lies != PADS).then_some("ed25519");
        for spec in ["ec-p256", "ec-p384", "ec-p521"].into_iter().chain(edwards) {
            let (key, predicate) = receiver.receive(spec, "rsa-aes-sha512", CONSENT);
            assert_private(&receiver, &key, &predicate);
        }
    }
    let receiver = Receiver::at(Workplace::initialised_behind_proxy(Module::Kryoptic, PADS));
    let (key, predicate) = receiver.receive("rsa-3072", "rsa-aes-sha1", CONSENT);
    assert_private(&receiver, &key, &predicate);
}

/// SoftHSM makes another key of 32 bytes out of it.
#[test]
fn a_key_of_28_bytes_stays_the_key_that_it_is() {
    for (module, lies) in [(Module::SoftHsm, &[][..]), (Module::Kryoptic, PADS)] {
        let receiver = Receiver::at(Workplace::initialised_behind_proxy(module, lies));
        let (key, predicate) = receiver.receive("hmac-sha224", "rsa-aes-sha256", CONSENT);
        assert_eq!(key.len(), 28, "{module:?}");
        assert_verified(&predicate, "known-answer");
        let label = "hmac-sha224-rsa-aes-sha256@1";
        let ours = macked(&receiver.place, label);
        let theirs =
            receiver.openssl(&format!("dgst -sha224 -mac HMAC -macopt hexkey:{} -binary message", hex::encode(&key)));
        assert_eq!(ours, theirs, "{module:?}: the token computes what the key gives outside");
    }
}

#[test]
fn a_key_arrives_under_a_hash_that_the_token_lacks() {
    for (module, lies) in [(Module::SoftHsm, &[][..]), (Module::Kryoptic, &["lie=hide-hash=sha256"])] {
        let receiver = Receiver::at(Workplace::initialised_behind_proxy(module, lies));
        let (key, predicate) = receiver.receive("aes-256", "rsa-oaep-sha256", CONSENT);
        receiver.assert_check_value(&key, &predicate);
        assert_verified(&predicate, "check-value");
        assert_verified(&predicate, "known-answer");
        let (key, predicate) = receiver.receive("hmac-sha256", "rsa-oaep-sha256", CONSENT);
        assert_eq!(key.len(), 32);
        assert_verified(&predicate, "fingerprint");
    }
}

/// A token that takes no key from outside gives its own out under an RSA key that this process throws away.
#[test]
fn a_key_comes_out_under_a_key_that_is_thrown_away() {
    // No AES key wrap at all, and OAEP with SHA-1 only: the key comes out by the one, for a provider that wants another.
    let no_aes = ["0x2109", "0x210A", "0x210B"].map(|number| format!("lie=no-mechanism={number}"));
    let mut lies: Vec<&str> = no_aes.iter().map(String::as_str).collect();
    lies.push("lie=hide-hash=sha256");
    let receiver = Receiver::at(Workplace::initialised_behind_proxy(Module::Kryoptic, &lies));
    let (key, predicate) = receiver.receive("aes-256", "rsa-oaep-sha256", CONSENT);
    receiver.assert_check_value(&key, &predicate);
    let (key, predicate) = receiver.receive("ec-p256", "rsa-aes-sha256", CONSENT);
    assert_private(&receiver, &key, &predicate);
}

/// Whatever else the module hands out when it is asked for the key, nothing is released, and the log says so.
#[test]
fn what_is_not_the_key_goes_nowhere() {
    for module in Module::ALL {
        for spec in ["ec-p256", "rsa-2048", "hmac-sha224", "aes-256"] {
            let mut place = Workplace::initialised_behind_proxy(module, PADS);
            place.write("wrapping.pem", crate::workplace::WRAPPING_KEY);
            place.ok(&["generate", "k", "--type", spec]);
            // AES keys are not padded; what forces them into the host's memory is a hash that was never there.
            let method = if spec == "aes-256" { "rsa-oaep-sha256" } else { "rsa-aes-sha256" };
            let hidden: &[&str] = if spec == "aes-256" { &["lie=hide-hash=sha256"] } else { &[] };
            place.token.proxied(&[PADS, hidden].concat());
            place.ok(&["hsm", "probe"]);
            for lie in ["lie=other-key", "lie=pkcs8-trailing"] {
                let is_secret = matches!(spec, "hmac-sha224" | "aes-256");
                if is_secret && lie == "lie=pkcs8-trailing" {
                    continue;
                }
                place.token.proxied(&[PADS, hidden, &[lie]].concat());
                let label = format!("{module:?} {spec} {lie}");
                refused(&place, method, &label);
                place.ok(&["verify", "registry", "--trust", "registry/trust/signer.pem"]);
            }
            place.token.proxied(&[PADS, hidden].concat());
            place.ok(&words(method, "bundle"));
        }
    }
}

/// Without consent by name nothing happens, and no consent to less will do.
#[test]
fn consent_is_by_name() {
    let place = Workplace::initialised(Module::SoftHsm);
    place.write("wrapping.pem", crate::workplace::WRAPPING_KEY);
    place.ok(&["generate", "k", "--type", "ec-p256"]);
    let words = words("rsa-aes-sha256", "bundle");
    for less in [&words[..words.len() - 2], &[&words[..words.len() - 1], &["ephemeral-kek"]].concat()] {
        let said = place.refused(5, less);
        assert_eq!(code(&said), Some(NEEDS_CONSENT), "{said}");
        assert!(!place.path("bundle").exists());
    }
    let output = place.byok(&words);
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("warning: k@1 itself comes into this host's memory now"));
}

/// Every later manifest inherits it, also one of a wrap that shows nothing.
#[test]
fn the_exposure_is_recorded_for_ever() {
    let place = Workplace::initialised(Module::SoftHsm);
    place.write("wrapping.pem", crate::workplace::WRAPPING_KEY);
    place.ok(&["generate", "k", "--type", "aes-256"]);
    place.ok(&words("rsa-oaep-sha256", "first"));
    let mut second = words("rsa-oaep-sha1", "second").to_vec();
    second.truncate(second.len() - 2);
    place.ok(&second);
    let predicate = place.predicate("second/manifest.dsse.json");
    assert_eq!(predicate["exposureEver"], "plaintext");
    let wrap = &predicate["wraps"][0];
    assert_eq!((&wrap["exposure"], &wrap["contentAssurance"]), (&json!("none"), &json!("probe")));
    assert!(wrap.get("contentProof").is_none());
    let list: Value = serde_json::from_str(&place.ok(&["list", "--json"])).unwrap();
    assert_eq!(list["keys"][0]["exposureEver"], "plaintext");
}

fn words(method: &'static str, out: &'static str) -> [&'static str; 12] {
    let [verb, key, provider, generic, wrapping] = ["wrap-for-import", "k", "--provider", "generic", "--wrapping-key"];
    let file = "wrapping.pem";
    [verb, key, provider, generic, wrapping, file, "--method", method, "--out", out, "--allow-exposure", "plaintext"]
}

fn refused(place: &Workplace, method: &'static str, label: &str) {
    let said = place.refused(5, &words(method, "bundle"));
    assert_eq!(code(&said), Some(NOT_THE_KEY), "{label}: {said}");
    assert!(!place.path("bundle").exists(), "{label}");
    let log = fs::read_to_string(place.path("registry/audit/log-000000.jsonl")).unwrap();
    let entries: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let result = entries.iter().rev().find(|entry| entry["phase"] == "result" && entry["event"] == "key.wrap").unwrap();
    assert_eq!((&result["outcome"], &result["error"]["code"]), (&json!("failure"), &json!(NOT_THE_KEY)), "{label}");
    let intent = entries.iter().find(|entry| entry["phase"] == "intent" && entry["id"] == result["id"]).unwrap();
    assert_eq!(intent["detail"]["exposure"], "plaintext", "{label}");
    assert_eq!(exposure_ever(place), "plaintext", "{label}: what came out may have been the key");
}

fn exposure_ever(place: &Workplace) -> Value {
    let mut list: Value = serde_json::from_str(&place.ok(&["list", "--json"])).unwrap();
    list["keys"][0]["exposureEver"].take()
}

/// The wrap is done, and what made it cannot be cleared away: there is no bundle, and the ephemeral key was seen.
#[test]
fn what_was_seen_before_a_failed_clean_up_was_seen() {
    for module in Module::ALL {
        let mut place = Workplace::initialised_behind_proxy(module, &[]);
        place.write("wrapping.pem", crate::workplace::WRAPPING_KEY);
        place.ok(&["generate", "k", "--type", "aes-256"]);
        let mut words = words("rsa-aes-sha256", "bundle").to_vec();
        words.pop();
        words.push("ephemeral-kek");
        place.token.proxied(&["lie=hide-hash=sha256"]);
        place.ok(&["hsm", "probe"]);
        place.token.proxied(&["lie=hide-hash=sha256", "fail=C_DestroyObject:0x5"]);
        assert_eq!(place.byok(&words).status.code(), Some(5), "{module:?}");
        place.token.proxied(&["lie=hide-hash=sha256"]);
        assert!(!place.path("bundle").exists());
        assert_eq!(exposure_ever(&place), "ephemeral-kek", "{module:?}");
    }
}

/// What a run that was killed may have seen stands in the manifests, too, whoever clears up after it.
#[test]
fn a_run_that_is_killed_after_it_has_seen_the_key_has_seen_it() {
    for (module, again) in [(Module::SoftHsm, false), (Module::Kryoptic, true)] {
        let mut place = Workplace::initialised_behind_proxy(module, &["lie=hide-hash=sha256"]);
        place.write("wrapping.pem", crate::workplace::WRAPPING_KEY);
        place.ok(&["generate", "k", "--type", "aes-256"]);
        place.token.proxied(&["lie=hide-hash=sha256", "die=C_Sign#1"]);
        assert!(!place.byok(&words("rsa-oaep-sha256", "bundle")).status.success());
        place.token.proxied(&["lie=hide-hash=sha256"]);
        assert_eq!(exposure_ever(&place), "none", "{module:?}: nobody had the time to say so");
        if again {
            let mut inside = words("rsa-oaep-sha1", "bundle").to_vec();
            inside.truncate(inside.len() - 2);
            place.ok(&inside);
            assert_eq!(place.predicate("bundle/manifest.dsse.json")["exposureEver"], "plaintext");
        } else {
            place.ok(&["recover", "--yes"]);
            assert!(place.ok(&["show", "k"]).contains("seen by a host without a wrap (exposure plaintext)"));
        }
        assert_eq!(exposure_ever(&place), "plaintext", "{module:?}");
        place.ok(&["verify", "registry", "--trust", "registry/trust/signer.pem"]);
    }
}

/// PKCS#8 exactly as OpenSSL writes it, of the manifest's public half.
fn assert_private(receiver: &Receiver, key: &[u8], predicate: &Value) {
    receiver.assert_public_half(key, predicate);
    let again = receiver.openssl("pkcs8 -topk8 -nocrypt -inform DER -outform DER -in key.der");
    assert_eq!(hex::encode(key), hex::encode(again), "{}", predicate["keyType"]);
    assert_verified(predicate, "public-key");
}

fn assert_verified(predicate: &Value, by: &str) {
    let wrap = &predicate["wraps"][0];
    assert_eq!((&wrap["plan"], &wrap["exposure"]), (&json!("host-plaintext"), &json!("plaintext")));
    assert_eq!(wrap["contentAssurance"], "verified");
    assert!(wrap["contentProof"].as_array().unwrap().contains(&json!(by)), "{wrap}");
    assert_eq!(predicate["exposureEver"], "plaintext");
}

/// HMAC-SHA-224 of the message by the key in the token, through plain PKCS#11.
fn macked(place: &Workplace, label: &str) -> Vec<u8> {
    use base64::Engine as _;
    let mac = use_key(place, &[label, "mac", "sha224"], MESSAGE).unwrap();
    base64::engine::general_purpose::STANDARD.decode(mac.trim_ascii()).unwrap()
}
