//! Bundles from and to key files: made by byok and opened by others, made by others and opened by byok.

mod opened;

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::bao::Bao;
use crate::generic::Receiver;
use crate::schema::assert_valid;
use crate::token::{Module, tree};
use crate::workplace::{Workplace, text};

/// The words of a bundle of a key file.
fn words<'a>(file: &'a str, provider: &'a str, answer: &'a str, out: &'a str) -> Vec<&'a str> {
    let words = ["convert", file, "--to", "bundle", "--provider", provider, "--wrapping-key", answer, "--out", out];
    [&words[..], &["--allow-exposure", "plaintext"]].concat()
}

/// Bytes of a secret key.
fn secret(length: u8) -> Vec<u8> {
    (0..length).map(|at| at.wrapping_mul(73) ^ 0x5c).collect()
}

#[test]
fn openssl_opens_a_bundle_of_a_key_file() {
    let receiver = Receiver::at(Workplace::initialised(Module::SoftHsm));
    let place = &receiver.place;
    place.write("secret.bin", secret(32));
    for method in ["rsa-oaep-sha1", "rsa-oaep-sha256", "rsa-oaep-sha512", "rsa-aes-sha1", "rsa-aes-sha384"] {
        let wrap = words("secret.bin", "generic", "public.pem", method);
        place.ok(&[&wrap[..], &["--method", method, "--type", "aes-256"]].concat());
        let blob = fs::read(place.path(method).join("wrapped-key.bin")).unwrap();
        assert_eq!(receiver.open(&blob, method), secret(32), "{method}");
    }
    for kind in ["ec-p256", "ec-p521", "ed25519", "rsa-2048"] {
        place.private_key(kind, "key.pem");
        place.ok(&words("key.pem", "generic", "public.pem", kind));
        let predicate = place.predicate(format!("{kind}/manifest.dsse.json"));
        assert_eq!((&predicate["keyType"], &predicate["wrap"]["method"]), (&json!(kind), &json!("rsa-aes-sha512")));
        let blob = fs::read(place.path(kind).join("wrapped-key.bin")).unwrap();
        receiver.assert_public_half(&receiver.open(&blob, "rsa-aes-sha512"), &predicate);
    }
}

/// Not a word in the log, nothing in the registry, and a manifest that says what happened and no more.
#[test]
fn a_bundle_of_a_key_file_is_evidence_of_itself() {
    let receiver = Receiver::at(Workplace::initialised(Module::SoftHsm));
    let place = &receiver.place;
    place.write("kek.bin", secret(16));
    // The lock holds the name of whoever had it last.
    let registry = || tree(&place.path("registry")).into_iter().filter(|(name, _)| name != "lock").collect::<Vec<_>>();
    let before = registry();
    let wrap = [&words("kek.bin", "generic", "public.pem", "bundle")[..], &["--type", "aes-128", "--json"]].concat();
    let document: Value = serde_json::from_str(&place.ok(&wrap)).unwrap();
    assert_valid(&document);
    assert!(registry() == before, "the registry is as it was");
    let predicate = place.predicate("bundle/manifest.dsse.json");
    assert_eq!(predicate["wrap"], document["wrap"]);
    assert_eq!((&predicate["origin"], &predicate["wrap"]["plan"]), (&json!("file"), &json!("host-plaintext")));
    assert_eq!(predicate["wrap"]["exposure"], "plaintext");
    assert_eq!(predicate["wrap"]["wrappingKey"]["authenticatedBy"], "none");
    assert!(predicate["public"].is_null());
    // Neither the key nor a digest of it stands anywhere.
    let digest = byok::manifest::digest::sha256_hex(&secret(16));
    for file in fs::read_dir(place.path("bundle")).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        let payload = BASE64.encode(&digest);
        assert!(!bytes.windows(16).any(|part| part == secret(16)) && !text(&bytes).contains(&digest), "{payload}");
    }
    assert!(!predicate.to_string().contains(&digest));
    let said = place.ok(&["verify", "bundle", "--trust", "signer.pem"]);
    assert!(said.starts_with("bundle   ok   aes-128 key of a file, signed by "), "{said}");
    place.write("bundle/wrapped-key.bin", [7; 384]);
    place.refused(8, &["verify", "bundle", "--trust", "signer.pem"]);
}

#[test]
fn what_speaks_against_a_bundle_is_said_before_anything_is_made() {
    let receiver = Receiver::at(Workplace::initialised(Module::SoftHsm));
    let place = &receiver.place;
    place.write("secret.bin", secret(32));
    place.private_key("ec-p256", "key.pem");
    let plain = words("key.pem", "generic", "public.pem", "bundle");
    let without = |option: &str| {
        let at = plain.iter().position(|word| *word == option).unwrap();
        [&plain[..at], &plain[at + 2..]].concat()
    };
    let with = |more: &[&'static str]| [&plain[..], more].concat();
    let secret = words("secret.bin", "generic", "public.pem", "bundle");
    for (exit, words, expected) in [
        (2, without("--allow-exposure"), "needs consent: this host sees the key [E0233]"),
        (2, without("--provider"), "[E0201]"),
        (2, with(&["--mount", "transit"]), "--mount means nothing to generic [E0215]"),
        (2, with(&["--purpose", "encrypt"]), "cannot serve the purpose encrypt [E0214]"),
        (2, secret, "do not say the key's type [E0228]"),
        (4, words("key.pem", "openbao", "public.pem", "bundle"), "[E0705]"),
        (7, with(&["--method", "rsa-pkcs1"]), "no method \"rsa-pkcs1\""),
        (7, with(&["--type", "rsa-2048"]), "[E0760]"),
        (7, words("public.pem", "generic", "public.pem", "bundle"), "and no private key [E0762]"),
        (7, words("missing.pem", "generic", "public.pem", "bundle"), "missing.pem cannot be read [E0701]"),
    ] {
        let output = place.byok(&words);
        let said = text(&output.stderr);
        assert!(said.contains(expected), "{words:?}: {said}");
        assert!(output.status.code() == Some(exit) || expected == "[E0705]", "{words:?}: {said}");
        assert!(!place.path("bundle").exists(), "{words:?}");
    }
    fs::create_dir(place.path("bundle")).unwrap();
    assert!(place.refused(2, &plain).contains("exists already [E0202]"));
    let apart = place.copy_of_token();
    for name in ["key.pem", "public.pem"] {
        apart.write(name, fs::read(place.path(name)).unwrap());
    }
    let said = apart.refused(2, &plain);
    assert!(said.contains("no registry is named [E0208]") && said.contains("byok init"), "{said}");
}

/// The server takes the bundle by its own script, and has the key of the file afterwards.
#[test]
fn openbao_imports_a_bundle_of_a_key_file() {
    let (place, server) = (Workplace::initialised(Module::SoftHsm), Bao::shared());
    let client = |program: &str| {
        let mut client = place.command(program);
        client.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", Bao::folder().display())).envs(server.env());
        client
    };
    let answer = client("bao").args(["read", "-format=json", "transit/wrapping_key"]).output().unwrap();
    place.write("answer.json", answer.stdout);
    place.write("file-kek.bin", secret(32));
    place.private_key("rsa-2048", "file-rsa.pem");
    for (file, more) in
        [("file-kek.bin", &["--type", "aes-256"][..]), ("file-rsa.pem", &["--method", "rsa-aes-sha256"])]
    {
        let (name, _) = file.split_once('.').unwrap();
        place.ok(&[&words(file, "openbao", "answer.json", name)[..], more].concat());
        let output = client("sh").arg(format!("{name}/import.sh")).output().unwrap();
        assert!(output.status.success(), "{name}: {}", text(&output.stderr));
        let script = fs::read_to_string(place.path(name).join("import.sh")).unwrap();
        assert!(script.starts_with("#!/bin/sh\n# a key file for openbao, rsa-aes-"), "{script}");
    }
    // The target is the file's name; what the server encrypts with it, the key of the file decrypts.
    let body = json!({"plaintext": BASE64.encode("the quick brown fox")});
    let answer = server.post("transit/encrypt/file-kek", &body).unwrap();
    let sealed = answer["data"]["ciphertext"].as_str().unwrap();
    let sealed = BASE64.decode(sealed.strip_prefix("vault:v1:").unwrap()).unwrap();
    place.write("sealed", &sealed);
    let script = "import sys; from cryptography.hazmat.primitives.ciphers.aead import AESGCM; \
                  d=open('sealed','rb').read(); k=open('file-kek.bin','rb').read(); \
                  sys.stdout.write(AESGCM(k).decrypt(d[:12],d[12:],None).decode())";
    let opened = place.command(Bao::folder().join("python3")).args(["-c", script]).output().unwrap();
    assert_eq!(text(&opened.stdout), "the quick brown fox", "{}", text(&opened.stderr));
    let key = server.get("transit/keys/file-rsa").unwrap();
    let theirs = key["data"]["keys"]["1"]["public_key"].as_str().unwrap().trim().to_owned();
    assert_eq!(theirs, text(&place.openssl("pkey -in file-rsa.pem -pubout")).trim());
}
