//! Keys that come wrapped for a pair of the registry: the token unwraps them, and this host never sees them.

use std::path::Path;

use serde_json::Value;

use super::{assert_public, secret};
use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, Workplace, assert_success};

/// A hash that SoftHSM takes for OAEP, too.
const EVERYWHERE: &str = "sha1";

/// A registry with a pair that unwraps, and its public half in `kek.pem`, as the sender gets it.
fn receiver(module: Module) -> Workplace {
    let place = Workplace::initialised(module);
    place.ok(&["generate", "kek", "--type", "rsa-3072", "--purpose", "wrap"]);
    let show: Value = serde_json::from_str(&place.ok(&["show", "kek", "--json"])).unwrap();
    place.write("kek.pem", show["key"]["public"]["spkiPem"].as_str().unwrap());
    place.write("wrapping.pem", WRAPPING_KEY);
    place
}

fn sent(place: &Workplace, method: &str, file: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sender = place.command(root.join(".cache/venv/bin/python"));
    sender.arg("-B").arg(root.join("tests/e2e/import/sender.py")).args(["kek.pem", method, file, "sent.bin"]);
    assert_success(&sender.output().unwrap(), "sender.py");
}

fn words(name: &str, method: &str, kind: &str) -> String {
    format!("{name} sent.bin --type {kind} --unwrapping-key kek --method {method}")
}

/// Recorded as what it is: from outside, for a key of the token, not seen.
fn assert_unseen(document: &Value, proof: &[&str]) {
    let key = &document["key"];
    assert_eq!((&key["origin"]["kind"], &key["exposureEver"]), (&"imported".into(), &"none".into()), "{key:#}");
    let import = &key["origin"]["import"];
    assert_eq!((&import["form"], &import["exposure"]), (&"wrapped".into(), &"none".into()));
    assert_eq!(import["route"], "unwrap-under-token-key");
    assert_eq!(import["wrapped"]["unwrappingKey"], "kek@1");
    let found = import["contentProof"].as_array().cloned().unwrap_or_default();
    assert_eq!(found, proof, "{import:#}");
    assert_eq!(key["custody"]["attrs"]["local"], false);
}

#[test]
fn secret_keys_come_by_every_method() {
    for module in Module::ALL {
        let place = receiver(module);
        for (at, (kind, length)) in [("aes-256", 32), ("aes-128", 16), ("hmac-sha512", 64)].into_iter().enumerate() {
            place.write("key.bin", secret(length));
            for family in ["rsa-oaep", "rsa-aes"] {
                let hash = if module == Module::Kryoptic && at == 0 { "sha256" } else { EVERYWHERE };
                let method = format!("{family}-{hash}");
                sent(&place, &method, "key.bin");
                let name = format!("{kind}/{family}");
                let document = place.imported(&words(&name, &method, kind));
                assert_unseen(&document, &[]);
                // The same key from a file has the same check value.
                let same = place.imported(&format!("{name}/file key.bin --type {kind}"));
                assert_eq!(document["key"]["check"], same["key"]["check"]);
            }
        }
        place.ok(&["verify", "registry", "--trust", "signer.pem"]);
    }
}

#[test]
fn pairs_come_when_the_token_shows_their_public_half() {
    for module in Module::ALL {
        let place = receiver(module);
        for kind in ["rsa-2048", "ec-p256", "ed25519"] {
            place.private_key(kind, "key.pem");
            place.openssl("pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out key.der");
            let method = format!("rsa-aes-{EVERYWHERE}");
            sent(&place, &method, "key.der");
            let mut words = words(kind, &method, kind);
            if kind != "rsa-2048" {
                // Neither token keeps the point with an EC private key. SoftHSM 2.6.1 unwraps no Ed25519 key.
                let code = if module == Module::SoftHsm && kind == "ed25519" { "[E0764]" } else { "[E0526]" };
                let plain: Vec<&str> = ["import"].into_iter().chain(words.split(' ')).collect();
                let output = place.byok(&plain);
                assert!(crate::workplace::text(&output.stderr).contains(code), "{output:?}");
                assert!(!place.path(&format!("registry/keys/{kind}@1")).exists());
                place.openssl("pkey -in key.pem -pubout -out public.pem");
                words.push_str(" --public-key public.pem");
            }
            if module == Module::SoftHsm && kind == "ed25519" {
                continue;
            }
            if kind == "ec-p256" {
                assert_another_half_is_refused(&place, &words);
            }
            let document = place.imported(&words);
            assert_unseen(&document, &["public-key"]);
            assert_public(&place, &document, "key.pem");
        }
        place.ok(&["verify", "registry", "--trust", "signer.pem"]);
    }
}

/// The sender's word is checked: the private half does not sign for another public half.
fn assert_another_half_is_refused(place: &Workplace, words: &str) {
    place.private_key("ec-p256", "other.pem");
    place.openssl("pkey -in other.pem -pubout -out other-public.pem");
    let words = words.replace("public.pem", "other-public.pem");
    let words: Vec<&str> = ["import"].into_iter().chain(words.split(' ')).collect();
    assert!(place.refused(5, &words).contains("[E0524]"));
    assert_eq!(place.ok(&["recover"]), "nothing was left unfinished\n");
}

/// The commands in README.md.
#[test]
fn openssl_is_sender_enough() {
    let place = receiver(Module::SoftHsm);
    place.write("key.bin", secret(32));
    place.openssl("rand -out kek.bin 32");
    let kek = hex::encode(std::fs::read(place.path("kek.bin")).unwrap());
    let oaep = "pkeyutl -encrypt -pubin -inkey kek.pem -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha1";
    place.openssl(&format!("{oaep} -in key.bin -out sent.bin"));
    assert_unseen(&place.imported(&words("oaep", "rsa-oaep-sha1", "aes-256")), &[]);
    place.openssl(&format!("{oaep} -in kek.bin -out outer.bin"));
    place.openssl(&format!("enc -id-aes256-wrap-pad -K {kek} -iv A65959A6 -in key.bin -out inner.bin"));
    let read = |file: &str| std::fs::read(place.path(file)).unwrap();
    let whole = [read("outer.bin"), read("inner.bin")].concat();
    place.write("sent.bin", &whole);
    assert_unseen(&place.imported(&words("aes", "rsa-aes-sha1", "aes-256")), &[]);
    // Mail turns it into text.
    place.openssl("base64 -in sent.bin -out sent.b64");
    place.imported("text sent.b64 --type aes-256 --unwrapping-key kek@1 --method rsa-aes-sha1");
}

#[test]
fn what_was_not_wrapped_for_the_key_is_refused() {
    let place = receiver(Module::Kryoptic);
    place.ok(&["generate", "tls", "--type", "ec-p256"]);
    place.ok(&["generate", "sign", "--type", "rsa-2048"]);
    place.write("key.bin", secret(32));
    sent(&place, "rsa-aes-sha256", "key.bin");
    let refused = |exit, code: &str, words: &str| {
        let words: Vec<&str> = ["import"].into_iter().chain(words.split(' ')).collect();
        let said = place.refused(exit, &words);
        assert!(said.contains(code), "{words:?}: {said}");
        assert!(!place.path("registry/keys/x@1").exists());
    };
    // Another length, another hash, another method, another type.
    refused(7, "[E0764]", "x key.bin --type aes-256 --unwrapping-key kek --method rsa-aes-sha256");
    refused(7, "[E0764]", "x sent.bin --type aes-256 --unwrapping-key kek --method rsa-aes-sha1");
    refused(7, "[E0764]", "x sent.bin --type aes-256 --unwrapping-key kek --method rsa-oaep-sha256");
    refused(7, "[E0764]", "x sent.bin --type aes-128 --unwrapping-key kek --method rsa-aes-sha256");
    // Another key.
    refused(4, "[E0410]", "x sent.bin --type aes-256 --unwrapping-key tls --method rsa-aes-sha256");
    refused(4, "[E0410]", "x sent.bin --type aes-256 --unwrapping-key sign --method rsa-aes-sha256");
    refused(4, "[E0401]", "x sent.bin --type aes-256 --unwrapping-key none --method rsa-aes-sha256");
    // Not said how.
    refused(2, "[E0201]", "x sent.bin --type aes-256 --unwrapping-key kek");
    refused(2, "[E0201]", "x sent.bin --unwrapping-key kek --method rsa-aes-sha256");
    // What is inside has another length than its type, which shows only in the token.
    place.write("short.bin", secret(16));
    sent(&place, "rsa-oaep-sha256", "short.bin");
    let words = "x sent.bin --type aes-256 --unwrapping-key kek --method rsa-oaep-sha256";
    let said = place.byok(&["import"].into_iter().chain(words.split(' ')).collect::<Vec<_>>());
    assert!(!said.status.success() && !place.path("registry/keys/x@1").exists());
    assert_eq!(place.ok(&["recover"]), "nothing was left unfinished\n");
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

/// SoftHSM says that an unwrapped key has 0 bytes: the length of what it wraps tells.
#[test]
fn a_shorter_key_than_its_type_is_found_out() {
    let place = receiver(Module::SoftHsm);
    place.write("short.bin", secret(16));
    sent(&place, "rsa-oaep-sha1", "short.bin");
    let words = words("x", "rsa-oaep-sha1", "aes-256");
    let words: Vec<&str> = ["import"].into_iter().chain(words.split(' ')).collect();
    let said = place.refused(7, &words);
    assert!(said.contains("[E0760]"), "{said}");
    assert_eq!(place.ok(&["recover"]), "nothing was left unfinished\n");
}

/// Who has seen the key that unwraps can have seen what it unwraps.
#[test]
fn the_exposure_of_the_unwrapping_key_is_inherited() {
    let place = receiver(Module::SoftHsm);
    place.private_key("rsa-3072", "known.pem");
    place.imported("known known.pem --purpose wrap");
    place.openssl("pkey -in known.pem -pubout -out kek.pem");
    place.write("key.bin", secret(32));
    sent(&place, "rsa-oaep-sha1", "key.bin");
    let document = place.imported("x sent.bin --type aes-256 --unwrapping-key known --method rsa-oaep-sha1");
    assert_eq!(document["key"]["exposureEver"], "plaintext");
    assert_eq!(document["key"]["origin"]["import"]["exposure"], "none");
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}
