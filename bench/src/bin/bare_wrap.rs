//! One wrap as `byok wrap-for-import --method rsa-aes-sha256` does it on a token that lacks OAEP with SHA-256, and
//! nothing else: no registry, no log, no manifest, no check, nothing made durable.
//!
//! A fresh AES-256 key goes into the token as a session object and wraps the target (RFC 5649); OAEP of it happens
//! here, with byok's OAEP library; the token signs the blob's hash. The blob is written to OUT.

use byok_bench::{Result, Token, arguments};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, KeyType, ObjectClass};
use rsa::pkcs8::DecodePublicKey;
use rsa::traits::PaddingScheme;
use rsa::{Oaep, RsaPublicKey};
use sha2::{Digest, Sha256};

fn main() -> Result<()> {
    let [module, token, key, signer, wrapping_key, out] =
        arguments("bare_wrap MODULE TOKEN KEY SIGNER WRAPPING_KEY.pem OUT")?;
    let wrapping_key = RsaPublicKey::from_public_key_pem(&std::fs::read_to_string(wrapping_key)?)?;
    let token = Token::open(&module, &token)?;
    let target = token.find(ObjectClass::SECRET_KEY, &key)?;
    let signer = token.find(ObjectClass::PRIVATE_KEY, &signer)?;

    let mut ephemeral = [0; 32];
    getrandom::fill(&mut ephemeral)?;
    let handle = token.session.create_object(&template(&ephemeral))?;
    let inner = token.session.wrap_key(&Mechanism::AesKeyWrapPad, handle, target)?;
    let outer = Oaep::<Sha256>::new().encrypt(&mut getrandom::SysRng, &wrapping_key, &ephemeral)?;
    token.session.destroy_object(handle)?;

    let blob = [outer, inner].concat();
    let signature = token.session.sign(&Mechanism::Ecdsa, signer, &Sha256::digest(&blob))?;
    assert_eq!(signature.len(), 64);
    token.close()?;
    std::fs::write(out, blob)?;
    Ok(())
}

fn template(value: &[u8]) -> [Attribute; 8] {
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
