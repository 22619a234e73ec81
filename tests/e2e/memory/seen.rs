//! Keys that this host has seen: gone from its memory right after it has wrapped them.
//!
//! On SoftHSM, which wipes what it decrypts; what another module keeps in the same process is its maker's affair.

use std::collections::HashMap;
use std::fs;

use byok::wrap::software::kwp_unwrap;
use der::Decode;
use pkcs8::PrivateKeyInfoRef;
use rsa::pkcs1::RsaPrivateKeyRef;
use sec1::EcPrivateKey;

use super::{Memory, PIECE, Receiver, reversed};
use crate::token::Module;

const RSA_BYTES: usize = 384;

/// Neither when all is done nor at the first signature after the key was seen: the evidence is signed right after it.
#[test]
fn no_key_stays_after_this_host_has_seen_it() {
    // A MAC key is asked for an answer first, and that is a signature, too.
    for (spec, method, after) in [
        ("ec-p256", "rsa-aes-sha256", "C_Sign#1"),
        ("ec-p521", "rsa-aes-sha256", "C_Sign#1"),
        ("ec-secp256k1", "rsa-oaep-sha256", "C_Sign#1"),
        ("rsa-2048", "rsa-aes-sha256", "C_Sign#1"),
        ("aes-256", "rsa-oaep-sha256", "C_Sign#1"),
        ("hmac-sha224", "rsa-aes-sha256", "C_Sign#2"),
    ] {
        let mut memory = Memory::new(Module::SoftHsm);
        memory.place.ok(&["generate", "one", "--type", spec]);
        let receiver = memory.receiver();
        for (call, out) in [(after, "first"), ("C_Finalize", "second")] {
            let pages = memory.pages_at(call, &["lie=other-pin"], &words(method, out));
            assert_eq!(
                memory.place.predicate(format!("{out}/manifest.dsse.json"))["wraps"][0]["plan"],
                "host-plaintext"
            );
            let secrets = secrets(&memory, &receiver, spec, out);
            let watch = Watch::on(&secrets);
            let found = watch.search(&pages);
            assert!(found.is_empty(), "{spec} {method} at {call}: {found:?}");
        }
    }
}

/// The search finds what is there.
#[test]
fn a_piece_of_a_secret_is_found_at_any_place() {
    let secrets = [("a".to_owned(), (1..=20).collect::<Vec<u8>>()), ("b".to_owned(), vec![9; 8])];
    let watch = Watch::on(&secrets);
    assert!(watch.search(&[0; 100]).is_empty());
    for at in 0..12 {
        let pages = [&[0; 3][..], &secrets[0].1[at..at + PIECE], &[0; 9]].concat();
        assert_eq!(watch.search(&pages), ["a"], "{at}");
    }
    assert_eq!(watch.search(&[9; 9]), ["b"]);
    let backwards: Vec<u8> = (1..=20).rev().collect();
    assert_eq!(watch.search(&backwards), ["a, backwards"]);
}

fn words<'a>(method: &'a str, out: &'a str) -> [&'a str; 14] {
    let [verb, generic, file] = ["wrap-for-import", "generic", "wrapping.pem"];
    let [provider, key, methods, outs] = ["--provider", "--wrapping-key", "--method", "--out"];
    let [consent, plaintext, source, pin] = ["--allow-exposure", "plaintext", "--pin-source", "file:pin"];
    [verb, "one", provider, generic, key, file, methods, method, outs, out, consent, plaintext, source, pin]
}

/// Everything from which the key follows, by name: the parts of it that nobody else knows, the key that it is wrapped
/// with, and what the wrapping key was applied to.
fn secrets(memory: &Memory, receiver: &Receiver, spec: &str, out: &str) -> Vec<(String, Vec<u8>)> {
    let blob = fs::read(memory.place.path(out).join("wrapped-key.bin")).unwrap();
    let padded = receiver.padded(memory, &blob);
    let (oaep, wrapped) = blob.split_at(RSA_BYTES);
    memory.place.write("oaep", oaep);
    let inside = memory.openssl(
        "pkeyutl -decrypt -inkey private.pem -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -in oaep",
    );
    let mut secrets = vec![
        ("the padded message".to_owned(), padded.clone()),
        ("the padded message in Montgomery form".to_owned(), receiver.montgomery_form(&padded)),
    ];
    let key = if wrapped.is_empty() {
        inside
    } else {
        let key = kwp_unwrap(&inside, wrapped).unwrap().to_vec();
        secrets.push(("the ephemeral key".to_owned(), inside));
        key
    };
    secrets.extend(parts(spec, &key).into_iter().map(|(name, bytes)| (format!("the key: {name}"), bytes)));
    secrets
}

/// What is secret in a key: all of it, or a pair's secret numbers without what is public or the same in every key.
pub(super) fn parts(spec: &str, key: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    if !["ec-", "rsa-", "ed25519"].iter().any(|pair| spec.starts_with(pair)) {
        return vec![("its bytes", key.to_vec())];
    }
    let info = PrivateKeyInfoRef::from_der(key).unwrap();
    let inner = info.private_key.as_bytes();
    if spec == "ed25519" {
        // An octet string in the octet string (RFC 8410 section 7).
        return vec![("its seed", inner[2..].to_vec())];
    }
    if spec.starts_with("ec-") {
        return vec![("its scalar", EcPrivateKey::from_der(inner).unwrap().private_key.to_vec())];
    }
    let numbers = RsaPrivateKeyRef::from_der(inner).unwrap();
    vec![
        ("d", numbers.private_exponent.as_bytes().to_vec()),
        ("p", numbers.prime1.as_bytes().to_vec()),
        ("q", numbers.prime2.as_bytes().to_vec()),
        ("d mod p-1", numbers.exponent1.as_bytes().to_vec()),
        ("d mod q-1", numbers.exponent2.as_bytes().to_vec()),
        ("the inverse of q", numbers.coefficient.as_bytes().to_vec()),
    ]
}

/// Every piece of every secret, forwards and backwards: numbers lie in memory with their least byte first.
pub(super) struct Watch {
    pieces: HashMap<[u8; PIECE], String>,
    /// Whether a piece begins with these two bytes: most places are passed over quickly.
    begins: Vec<bool>,
}

impl Watch {
    pub(super) fn on(secrets: &[(String, Vec<u8>)]) -> Self {
        let mut watch = Self { pieces: HashMap::new(), begins: vec![false; 1 << 16] };
        for (name, secret) in secrets {
            assert!(secret.len() >= PIECE, "{name}");
            for (name, bytes) in [(name.clone(), secret.clone()), (format!("{name}, backwards"), reversed(secret))] {
                for piece in bytes.windows(PIECE) {
                    watch.begins[usize::from(u16::from_be_bytes([piece[0], piece[1]]))] = true;
                    watch.pieces.entry(piece.try_into().unwrap()).or_insert_with(|| name.clone());
                }
            }
        }
        watch
    }

    /// The secrets of which a piece is in the pages.
    pub(super) fn search(&self, pages: &[u8]) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for place in pages.windows(PIECE) {
            if !self.begins[usize::from(u16::from_be_bytes([place[0], place[1]]))] {
                continue;
            }
            if let Some(name) = self.pieces.get(place) {
                found.push(name);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
