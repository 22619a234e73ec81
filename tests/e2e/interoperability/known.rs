//! The keys of one token and what is known about them beforehand, by a way that byok has no part in.

use std::collections::BTreeMap;
use std::fs;

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes128Gcm, Aes256Gcm, AesGcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use byok::key::spec::{ALL, HashAlg, KeySpec};
use hmac::{Hmac, Mac};
use serde_json::Value;

use super::opener::Opener;
use crate::token::Module;
use crate::use_key::use_key;
use crate::workplace::{Workplace, code, text};

pub(super) const MESSAGE: &[u8] = b"the quick brown fox";
const NONCE: [u8; 12] = [7; 12];
/// How a key gets out of every token.
const SECRET_ROUTE: &str = "rsa-oaep-sha1";
const PRIVATE_ROUTE: &str = "rsa-aes-sha1";
/// So many P-521 keys with a zero at their beginning come once in a million times.
pub(super) const ATTEMPTS: usize = 20;

/// What is the same on both sides when an import went well.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// The bytes of an AES key, with which the token opened what they encrypted.
    Aes(Vec<u8>),
    /// The bytes of an HMAC key, and the token's MAC of the message in base64.
    Hmac(Vec<u8>, String),
    /// The public half, PEM without what is around its base64.
    Public(String),
}

/// A token with a key of every type that it makes.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) place: Workplace,
    /// The key's name and what is known, or the code with which the token's refusal to make the key was told.
    pub(super) of: BTreeMap<KeySpec, Result<(String, Known), String>>,
}

impl Keys {
    pub(super) fn make(module: Module) -> Self {
        let place = Workplace::initialised(module);
        let mut opener = Opener::start(&place);
        let of = ALL.iter().map(|spec| (*spec, known(&place, *spec, &mut opener))).collect();
        Self { place, of }
    }
}

fn known(place: &Workplace, spec: KeySpec, opener: &mut Opener) -> Result<(String, Known), String> {
    for attempt in 1..=ATTEMPTS {
        let name = format!("{spec}-{attempt}");
        let made = place.byok(&["generate", &name, "--type", &spec.to_string()]);
        if !made.status.success() {
            let said = text(&made.stderr);
            return Err(code(&said).unwrap_or_else(|| panic!("{name}: {said}")).to_owned());
        }
        let known = match spec {
            KeySpec::Aes(_) | KeySpec::Hmac(_) => compared(place, &name, spec, &opened(place, &name, spec, opener)),
            KeySpec::Ec(_) if is_short(&opened(place, &name, spec, opener)) => continue,
            _ => Known::Public(public_half(place, &name)),
        };
        return Ok((name, known));
    }
    panic!("every {spec} key begins with a zero");
}

/// Whether the token left out the zero octet that the private scalar begins with, against RFC 5915 section 3. One in 2
/// keys on P-521, one in 256 on others: kryoptic does so, and no two readers agree on such a key.
pub(super) fn is_short(opened: &Value) -> bool {
    opened["refused"].as_str().is_some_and(|why| why.starts_with("[ec-scalar]"))
}

/// What is in a bundle for any RSA key.
pub(super) fn opened(place: &Workplace, name: &str, spec: KeySpec, opener: &mut Opener) -> Value {
    let method = if matches!(spec, KeySpec::Aes(_) | KeySpec::Hmac(_)) { SECRET_ROUTE } else { PRIVATE_ROUTE };
    let out = format!("known-{name}");
    let wrap = ["wrap-for-import", name, "--provider", "generic", "--wrapping-key", "public.pem", "--out", &out];
    place.ok(&[&wrap[..], &["--method", method, "--allow-exposure", "plaintext"]].concat());
    let inside = opener.open(spec, method, &place.path(&out).join("wrapped-key.bin"));
    fs::remove_dir_all(place.path(&out)).unwrap();
    inside
}

/// The public half of the token's key, as its first manifest has it.
pub(super) fn public_half(place: &Workplace, name: &str) -> String {
    let predicate = place.predicate(format!("registry/keys/{name}@1/manifest-0001.dsse.json"));
    bare(predicate["public"]["spkiPem"].as_str().expect("a public key"))
}

/// What came out is the key in the token: the token itself says so.
fn compared(place: &Workplace, name: &str, spec: KeySpec, opened: &Value) -> Known {
    let label = format!("{name}@1");
    let material = hex::decode(opened["material"].as_str().unwrap_or_else(|| panic!("{name}: {opened}"))).unwrap();
    if let KeySpec::Hmac(hash) = spec {
        let mac = text(use_key(place, &[&label, "mac", hash.as_str()], MESSAGE).unwrap().trim_ascii());
        assert_eq!(mac, software_mac(hash, &material), "{name}");
        return Known::Hmac(material, mac);
    }
    let said = use_key(place, &[&label, "decrypt"], seal(&material).as_bytes()).unwrap();
    assert_eq!(said, MESSAGE, "{name}");
    Known::Aes(material)
}

fn software_mac(hash: HashAlg, key: &[u8]) -> String {
    fn mac<M: Mac + KeyInit>(key: &[u8]) -> String {
        let mut mac = <M as KeyInit>::new_from_slice(key).unwrap();
        mac.update(MESSAGE);
        BASE64.encode(mac.finalize().into_bytes())
    }
    match hash {
        HashAlg::Sha1 => mac::<Hmac<sha1::Sha1>>(key),
        HashAlg::Sha224 => mac::<Hmac<sha2::Sha224>>(key),
        HashAlg::Sha256 => mac::<Hmac<sha2::Sha256>>(key),
        HashAlg::Sha384 => mac::<Hmac<sha2::Sha384>>(key),
        HashAlg::Sha512 => mac::<Hmac<sha2::Sha512>>(key),
    }
}

/// The message under an AES key, in the form that `use_key` opens.
fn seal(key: &[u8]) -> String {
    let nonce = Nonce::<U12>::from(NONCE);
    let sealed = match key.len() {
        16 => Aes128Gcm::new_from_slice(key).unwrap().encrypt(&nonce, MESSAGE),
        24 => AesGcm::<aes::Aes192, U12>::new_from_slice(key).unwrap().encrypt(&nonce, MESSAGE),
        _ => Aes256Gcm::new_from_slice(key).unwrap().encrypt(&nonce, MESSAGE),
    };
    BASE64.encode([&NONCE[..], &sealed.unwrap()].concat())
}

/// The base64 of a PEM block.
pub(super) fn bare(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----")).collect()
}
