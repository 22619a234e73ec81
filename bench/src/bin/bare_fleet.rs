//! A fleet as `byok rotate` works it off, one key after the other on one session, and nothing else: no registry, no log, no
//! manifest, no check, nothing made durable.
//!
//! `make`: COUNT new AES-256 token keys, each wrapped under the provider's key as `bare_wrap` does it, and one signature for
//! each. `wrap`: the same for the keys fleet/k00000@VERSION and so on, which are there: no token object is made. `session`:
//! COUNT new session keys, wrapped and signed for: the least that a key which never was a token object can cost. The time
//! of the loop alone, in nanoseconds, goes to standard output; the blobs go to OUT, one after the other, and after each one of
//! a session key a zero block that the key encrypted.

use std::collections::BTreeMap;
use std::time::Instant;

use byok_bench::{Result, Token, arguments};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use rsa::pkcs8::DecodePublicKey;
use rsa::traits::PaddingScheme;
use rsa::{Oaep, RsaPublicKey};
use sha2::{Digest, Sha256};

fn main() -> Result<()> {
    let [module, token, signer, wrapping_key, what, version, count, out] =
        arguments("bare_fleet MODULE TOKEN SIGNER WRAPPING_KEY.pem make|wrap|session VERSION COUNT OUT")?;
    let wrapping_key = RsaPublicKey::from_public_key_pem(&std::fs::read_to_string(wrapping_key)?)?;
    let token = Token::open(&module, &token)?;
    let signer = token.find(ObjectClass::PRIVATE_KEY, &signer)?;
    let labels: Vec<String> =
        (0..count.parse::<u32>()?).map(|number| format!("fleet/k{number:05}@{version}")).collect();
    // Both need to know which labels the token has.
    let present = secret_keys(&token)?;
    let mut blobs = Vec::new();
    let began = Instant::now();
    for label in labels {
        let target = match (what.as_str(), present.get(label.as_bytes())) {
            ("make", None) => make(&token, &label, true)?,
            ("session", _) => make(&token, &label, false)?,
            ("wrap", Some(target)) => *target,
            _ => return Err(format!("{label} is there, or missing").into()),
        };
        let blob = wrap(&token, target, &wrapping_key)?;
        let signature = token.session.sign(&Mechanism::Ecdsa, signer, &Sha256::digest(&blob))?;
        assert_eq!(signature.len(), 64);
        blobs.push((target, blob));
    }
    let took = began.elapsed();
    let mut written = Vec::new();
    for (target, blob) in blobs {
        written.extend(blob);
        if what == "session" {
            written.extend(token.session.encrypt(&Mechanism::AesEcb, target, &[0; 16])?);
        }
    }
    token.close()?;
    std::fs::write(out, written)?;
    println!("{}", took.as_nanos());
    Ok(())
}

/// One search, and the label of each key.
fn secret_keys(token: &Token) -> Result<BTreeMap<Vec<u8>, ObjectHandle>> {
    let mut labels = BTreeMap::new();
    for handle in token.session.find_objects(&[Attribute::Class(ObjectClass::SECRET_KEY)])? {
        for attribute in token.session.get_attributes(handle, &[AttributeType::Label])? {
            if let Attribute::Label(label) = attribute {
                labels.insert(label, handle);
            }
        }
    }
    Ok(labels)
}

/// The template is byok's.
fn make(token: &Token, label: &str, stays: bool) -> Result<ObjectHandle> {
    let mut id = vec![0; 16];
    getrandom::fill(&mut id)?;
    let template = [
        Attribute::Token(stays),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(true),
        Attribute::Label(label.into()),
        Attribute::Id(id),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
        Attribute::Sign(false),
        Attribute::Verify(false),
        Attribute::Wrap(false),
        Attribute::Unwrap(false),
        Attribute::ValueLen(32.into()),
    ];
    Ok(token.session.generate_key(&Mechanism::AesKeyGen, &template)?)
}

fn wrap(token: &Token, target: ObjectHandle, wrapping_key: &RsaPublicKey) -> Result<Vec<u8>> {
    let mut ephemeral = [0; 32];
    getrandom::fill(&mut ephemeral)?;
    let handle = token.session.create_object(&ephemeral_template(&ephemeral))?;
    let inner = token.session.wrap_key(&Mechanism::AesKeyWrapPad, handle, target)?;
    let outer = Oaep::<Sha256>::new().encrypt(&mut getrandom::SysRng, wrapping_key, &ephemeral)?;
    token.session.destroy_object(handle)?;
    Ok([outer, inner].concat())
}

fn ephemeral_template(value: &[u8]) -> [Attribute; 8] {
    [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::AES),
        Attribute::Token(false),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Wrap(true),
        Attribute::Value(value.to_vec()),
    ]
}
