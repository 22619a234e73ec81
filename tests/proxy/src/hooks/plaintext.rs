//! The bytes of an extractable key, got from the real token by wrapping it under a throw-away key.
//!
//! That works on keys of any age and keeps them sensitive. The one thing it cannot do is a key that the real token
//! refuses to wrap, such as an Ed25519 key on SoftHSM.

use cryptoki_sys::*;

use crate::proxy::Proxy;
use crate::soft;
use crate::template::Template;

/// A secret key's value or a private key's PKCS#8, exactly.
pub(crate) fn of(proxy: &Proxy, session: CK_SESSION_HANDLE, key: CK_OBJECT_HANDLE) -> Result<Vec<u8>, CK_RV> {
    let real = &proxy.real;
    let kek = soft::random(32)?;
    let transport = real.create(session, &mut transport_template(&kek))?;
    let wrapped = real.wrap(session, CKM_AES_KEY_WRAP_KWP, transport, key).or_else(|rv| match rv {
        CKR_MECHANISM_INVALID => real.wrap(session, CKM_AES_KEY_WRAP_PAD, transport, key),
        rv => Err(rv),
    });
    real.destroy(session, transport)?;
    let mut bytes = soft::aes_unwrap(&kek, &wrapped?)?;
    // SoftHSM pads with zeros before it wraps: cut them again.
    if is_private(proxy, session, key) {
        return Ok(soft::der_only(bytes));
    }
    if let Some(len) = real.number(session, key, CKA_VALUE_LEN) {
        bytes.truncate(len as usize);
    }
    Ok(bytes)
}

pub(crate) fn is_private(proxy: &Proxy, session: CK_SESSION_HANDLE, key: CK_OBJECT_HANDLE) -> bool {
    proxy.real.number(session, key, CKA_CLASS) == Some(CKO_PRIVATE_KEY)
}

fn transport_template(value: &[u8]) -> Template {
    Template::default()
        .with(CKA_CLASS, &CKO_SECRET_KEY.to_ne_bytes())
        .with(CKA_KEY_TYPE, &CKK_AES.to_ne_bytes())
        .with(CKA_VALUE, value)
        .with(CKA_TOKEN, &[CK_FALSE])
        .with(CKA_PRIVATE, &[CK_FALSE])
        .with(CKA_SENSITIVE, &[CK_FALSE])
        .with(CKA_WRAP, &[CK_TRUE])
}
