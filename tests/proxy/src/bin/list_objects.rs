//! What keys a token holds, one object a line, with something that only the very same key gives:
//!
//! ```text
//! PIN=... list_objects MODULE TOKEN
//! secret 5b1c2a90d1f34e07a2b3c4d5e6f70819 payments/kek@1 ecb:66e94bd4ef8a2c3b884cfa59ca342b2e
//! private 00ff... pair@1 signs
//! public 00ff... pair@1 04418a...
//! ```
//! Class, CKA_ID, CKA_LABEL, then the encrypted zero block or the HMAC of nothing of a secret key, `signs` for a
//! private key that makes what the public key of the same id takes, the point or modulus of a public key, `-` otherwise.

use std::error::Error;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;

#[expect(clippy::disallowed_methods, reason = "a program of its own")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, module, label] = &arguments[..] else { return Err("list_objects MODULE TOKEN".into()) };
    let pin = std::env::var("PIN")?;
    let pkcs11 = Pkcs11::new(module)?;
    pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    for slot in pkcs11.get_slots_with_initialized_token()? {
        if pkcs11.get_token_info(slot)?.label() == label {
            let session = pkcs11.open_ro_session(slot)?;
            session.login(UserType::User, Some(&AuthPin::new(pin.clone().into())))?;
            let mut lines = Vec::new();
            for object in session.find_objects(&[])? {
                lines.extend(describe(&session, object)?);
            }
            lines.sort();
            lines.iter().for_each(|line| println!("{line}"));
        }
    }
    Ok(())
}

/// `None` for what is no key, like the profiles that a token says it follows.
fn describe(session: &Session, object: ObjectHandle) -> Result<Option<String>, Box<dyn Error>> {
    let (mut class, mut id, mut label) = (None, Vec::new(), Vec::new());
    for attribute in session.get_attributes(object, &[AttributeType::Class, AttributeType::Id, AttributeType::Label])? {
        match attribute {
            Attribute::Class(value) => class = Some(value),
            Attribute::Id(value) => id = value,
            Attribute::Label(value) => label = value,
            _ => {}
        }
    }
    let (class, proof) = match class {
        Some(ObjectClass::SECRET_KEY) => ("secret", secret(session, object)),
        Some(ObjectClass::PRIVATE_KEY) => ("private", signs(session, object, &id)),
        Some(ObjectClass::PUBLIC_KEY) => ("public", public(session, object)),
        _ => return Ok(None),
    };
    let proof = proof.unwrap_or_else(|| "-".to_owned());
    Ok(Some(format!("{class} {} {} {proof}", hex(&id), String::from_utf8_lossy(&label))))
}

fn secret(session: &Session, object: ObjectHandle) -> Option<String> {
    let block = session.encrypt(&Mechanism::AesEcb, object, &[0; 16]).map(|block| format!("ecb:{}", hex(&block)));
    block.or_else(|_| session.sign(&Mechanism::Sha256Hmac, object, &[0]).map(|mac| format!("hmac:{}", hex(&mac)))).ok()
}

fn signs(session: &Session, object: ObjectHandle, id: &[u8]) -> Option<String> {
    let of_pair = [Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Id(id.to_vec())];
    let public = session.find_objects(&of_pair).ok()?;
    let digest = [7; 32];
    let signature = session.sign(&Mechanism::Ecdsa, object, &digest).ok()?;
    session.verify(&Mechanism::Ecdsa, *public.first()?, &digest, &signature).ok()?;
    Some("signs".to_owned())
}

fn public(session: &Session, object: ObjectHandle) -> Option<String> {
    let of_key = [AttributeType::EcPoint, AttributeType::Modulus];
    let values = of_key.iter().filter_map(|kind| session.get_attributes(object, &[*kind]).ok()?.into_iter().next());
    values.into_iter().find_map(|attribute| match attribute {
        Attribute::EcPoint(value) | Attribute::Modulus(value) => Some(hex(&value)),
        _ => None,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
