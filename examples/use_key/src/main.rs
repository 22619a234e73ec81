//! Uses a key inside a token through plain PKCS#11, without byok: what any other program would do with it.
//!
//! ```text
//! PIN=... use_key MODULE TOKEN LABEL decrypt                     stdin: `vault:v1:BASE64`, stdout: the plaintext
//! PIN=... use_key MODULE TOKEN LABEL cbc IV                      stdin: AES-CBC with PKCS#7, stdout: the plaintext
//! PIN=... use_key MODULE TOKEN LABEL mac HASH                    stdin: a message, stdout: the MAC in base64
//! PIN=... use_key MODULE TOKEN LABEL verify METHOD SIGNATURE     stdin: a message; fails unless the signature is good
//! ```
//! IV is 32 hexadecimal digits; HASH is `sha1`, `sha224`, `sha256`, `sha384` or `sha512`; METHOD is `ecdsa` (SHA-256,
//! r || s), `ed25519` or `rsa` (PKCS#1 v1.5, SHA-256); SIGNATURE is base64.
//!
//! The demo and the tests prove with it that a key that was imported elsewhere is the key in the token.

use std::io::{Read, Write, stdin, stdout};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use sha2::{Digest, Sha256};

const NONCE_BYTES: usize = 12;
const TAG_BITS: u64 = 128;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [module, token, label, action @ ..] = &arguments[..] else { bail!("use_key MODULE TOKEN LABEL ACTION ...") };
    let mut input = Vec::new();
    stdin().read_to_end(&mut input)?;
    let session = open(module, token)?;
    let output = match action {
        ["decrypt"] => decrypt(&session, find(&session, ObjectClass::SECRET_KEY, label)?, &input)?,
        ["cbc", iv] => cbc(&session, find(&session, ObjectClass::SECRET_KEY, label)?, iv, &input)?,
        ["mac", hash] => mac(&session, find(&session, ObjectClass::SECRET_KEY, label)?, hash, &input)?,
        ["verify", method, signature] => {
            let signature = BASE64.decode(signature).context("the signature is not base64")?;
            let key = find(&session, ObjectClass::PUBLIC_KEY, label)?;
            verify(&session, key, method, &input, &signature).context("the signature is not good")?;
            b"good signature\n".to_vec()
        }
        _ => bail!("ACTION is decrypt, cbc IV, mac HASH, or verify METHOD SIGNATURE"),
    };
    Ok(stdout().write_all(&output)?)
}

/// A session with the one token of this label, logged in with `$PIN`.
fn open(module: &str, label: &str) -> Result<Session> {
    #[expect(clippy::disallowed_methods, reason = "this program stands on its own and reads its own environment")]
    let pin = std::env::var("PIN").context("PIN is not set")?;
    let pkcs11 = Pkcs11::new(module)?;
    pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    for slot in pkcs11.get_slots_with_initialized_token()? {
        if pkcs11.get_token_info(slot)?.label() == label {
            let session = pkcs11.open_ro_session(slot)?;
            session.login(UserType::User, Some(&AuthPin::new(pin.into())))?;
            return Ok(session);
        }
    }
    bail!("no token is called {label}")
}

/// The one key of this class and label.
fn find(session: &Session, class: ObjectClass, label: &str) -> Result<ObjectHandle> {
    let template = [Attribute::Class(class), Attribute::Label(label.as_bytes().to_vec())];
    match session.find_objects(&template)?[..] {
        [key] => Ok(key),
        [] => bail!("no key is called {label}"),
        _ => bail!("several keys are called {label}"),
    }
}

/// Opens `vault:v1:BASE64`, the form of Vault and OpenBao: nonce, AES-GCM ciphertext, tag.
fn decrypt(session: &Session, key: ObjectHandle, input: &[u8]) -> Result<Vec<u8>> {
    let text = std::str::from_utf8(input)?.trim();
    let sealed = BASE64.decode(text.rsplit(':').next().unwrap_or(text)).context("the ciphertext is not base64")?;
    ensure!(sealed.len() > NONCE_BYTES, "the ciphertext is too short");
    let (nonce, sealed) = sealed.split_at(NONCE_BYTES);
    let mut nonce = nonce.to_vec();
    let parameters = GcmParams::new(&mut nonce, &[], TAG_BITS.into())?;
    Ok(session.decrypt(&Mechanism::AesGcm(parameters), key, sealed)?)
}

/// Opens what `openssl enc -aes-256-cbc -iv IV` has sealed.
fn cbc(session: &Session, key: ObjectHandle, iv: &str, input: &[u8]) -> Result<Vec<u8>> {
    let iv = u128::from_str_radix(iv, 16).context("the IV is not hexadecimal")?;
    Ok(session.decrypt(&Mechanism::AesCbcPad(iv.to_be_bytes()), key, input)?)
}

/// HMAC, computed in the token.
fn mac(session: &Session, key: ObjectHandle, hash: &str, message: &[u8]) -> Result<Vec<u8>> {
    let mechanism = match hash {
        "sha1" => Mechanism::Sha1Hmac,
        "sha224" => Mechanism::Sha224Hmac,
        "sha256" => Mechanism::Sha256Hmac,
        "sha384" => Mechanism::Sha384Hmac,
        "sha512" => Mechanism::Sha512Hmac,
        _ => bail!("HASH is sha1, sha224, sha256, sha384 or sha512"),
    };
    Ok((BASE64.encode(session.sign(&mechanism, key, message)?) + "\n").into_bytes())
}

/// Checks a signature with the public half in the token.
fn verify(session: &Session, key: ObjectHandle, method: &str, message: &[u8], signature: &[u8]) -> Result<()> {
    match method {
        "ecdsa" => session.verify(&Mechanism::Ecdsa, key, &Sha256::digest(message), signature)?,
        "ed25519" => {
            let parameters = EddsaParams::new(EddsaSignatureScheme::Ed25519);
            session.verify(&Mechanism::Eddsa(parameters), key, message, signature)?;
        }
        "rsa" => session.verify(&Mechanism::Sha256RsaPkcs, key, message, signature)?,
        _ => bail!("METHOD is ecdsa, ed25519 or rsa"),
    }
    Ok(())
}
