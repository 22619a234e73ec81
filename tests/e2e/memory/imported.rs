//! Keys that were read from a file: gone from this host's memory when they are in the token.
//!
//! On SoftHSM, which wipes what it is given; what another module keeps in the same process is its maker's affair.

use std::fs;

use super::Memory;
use super::seen::{Watch, parts};
use crate::import::secret;
use crate::token::Module;

/// Neither when all is done, nor when the evidence is signed, nor at the first call after a refusal.
#[test]
fn no_key_stays_after_an_import() {
    // The first signature recognises a pair or a MAC key; the last one that is named here signs the manifest.
    for (spec, file, signs) in [
        ("ec-p256", "key.pem", "C_Sign#2"),
        ("ec-p521", "key.der", "C_Sign#2"),
        ("ec-secp256k1", "key.pem", "C_Sign#2"),
        ("rsa-2048", "key.pem", "C_Sign#2"),
        ("ed25519", "key.pem", "C_Sign#2"),
        ("ed25519", "key.der", "C_Sign#2"),
        ("aes-256", "key.bin", "C_Sign#1"),
        ("hmac-sha512", "key.bin", "C_Sign#3"),
    ] {
        for call in [signs, "C_Finalize"] {
            let mut memory = Memory::new(Module::SoftHsm);
            let watch = Watch::on(&write_key(&memory, spec));
            let words = ["import", "one", file, "--type", spec, "--pin-source", "file:pin"];
            // Of a pair that SoftHSM decodes from PKCS#8, pieces are found afterwards, most likely its own: so pairs go in
            // by their numbers.
            let refused = if file == "key.bin" { "" } else { "fail=C_UnwrapKey:0x70" };
            let pages = memory.pages_at(call, &["lie=other-pin", refused], &words);
            let found = watch.search(&pages);
            assert!(found.is_empty(), "{spec} at {call}: {found:?}");
        }
    }
}

/// Kryoptic leaves eight bytes of an Ed25519 seed in a freed block of the heap. They are those that it was given: when the
/// proxy gives it another seed, nothing of the one that byok had is found.
#[test]
fn what_stays_of_an_ed25519_seed_is_the_modules() {
    for file in ["key.pem", "key.der"] {
        let mut memory = Memory::new(Module::Kryoptic);
        let watch = Watch::on(&write_key(&memory, "ed25519"));
        let words = ["import", "one", file, "--type", "ed25519", "--pin-source", "file:pin"];
        let lies = ["lie=other-pin", "lie=other-value", "fail=C_UnwrapKey:0x70"];
        let (output, pages) = memory.run_until("C_Finalize", &lies, &words);
        let said = crate::workplace::text(&output.stderr);
        assert!(said.contains("the token holds another key than the one that was put in"), "{said}");
        let found = watch.search(&pages);
        assert!(found.is_empty(), "{file}: {found:?}");
    }
}

/// The key as it lies in its files, and everything of it that is secret, by name.
fn write_key(memory: &Memory, spec: &str) -> Vec<(String, Vec<u8>)> {
    let place = &memory.place;
    if let Some(length) = [("aes-256", 32), ("hmac-sha512", 64)].iter().find(|(name, _)| *name == spec) {
        let value = secret(length.1);
        place.write("key.bin", &value);
        return vec![("its bytes".to_owned(), value)];
    }
    place.private_key(spec, "key.pem");
    place.openssl("pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out key.der");
    let der = fs::read(place.path("key.der")).unwrap();
    let mut secrets: Vec<_> = parts(spec, &der).into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
    if spec == "ec-p256" {
        // The scalar as the file has it: 36 bytes come before it, so that base64 has 48 letters before it.
        let body: String = fs::read_to_string(place.path("key.pem")).unwrap().lines().skip(1).collect();
        secrets.push(("its scalar in base64".to_owned(), body.as_bytes()[48..88].to_vec()));
    }
    secrets
}
