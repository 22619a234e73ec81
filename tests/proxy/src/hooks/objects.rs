//! Attributes: what the client is shown instead of the truth.

use cryptoki_sys::*;

use crate::hooks::answer;
use crate::hooks::keys::{self, Birth};
use crate::lie::Lie;
use crate::memory::Record;
use crate::proxy::Proxy;
use crate::real::forward;
use crate::template::Template;

pub(crate) unsafe fn get(
    proxy: &Proxy,
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    if template.is_null() {
        return forward!(proxy, C_GetAttributeValue(session, object, template, count));
    }
    let attributes = unsafe { std::slice::from_raw_parts_mut(template, count as usize) };
    let rooms: Vec<_> = attributes.iter().map(|attribute| attribute.ulValueLen).collect();
    let rv = forward!(proxy, C_GetAttributeValue(session, object, template, count));
    if ![CKR_OK, CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID, CKR_BUFFER_TOO_SMALL].contains(&rv) {
        return rv;
    }
    let record = proxy.memory.recall(&proxy.real, session, object);
    let (mut changed, mut worst) = (false, CKR_OK);
    for (attribute, room) in attributes.iter_mut().zip(rooms) {
        let Some(value) = shown(proxy, session, object, &record, attribute.type_) else {
            continue;
        };
        attribute.ulValueLen = room;
        changed = true;
        worst = worst.max(unsafe { answer(&value, attribute.pValue.cast(), &raw mut attribute.ulValueLen) });
    }
    let missing = attributes.iter().any(|attribute| attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION);
    if changed && !missing { worst } else { rv }
}

/// The value a lie or the memory puts in the place of the real one.
fn shown(
    proxy: &Proxy,
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    record: &Record,
    kind: CK_ATTRIBUTE_TYPE,
) -> Option<Vec<u8>> {
    let class = || proxy.real.number(session, object, CKA_CLASS);
    match kind {
        CKA_LOCAL if proxy.lies(Lie::LocalFalse) => return Some(vec![CK_FALSE]),
        CKA_ALWAYS_AUTHENTICATE if always_authenticates(proxy, session, object) => return Some(vec![CK_TRUE]),
        CKA_CHECK_VALUE if proxy.lies(Lie::WrongKcv) && class() == Some(CKO_SECRET_KEY) => {
            let real = proxy.real.attribute(session, object, CKA_CHECK_VALUE).filter(|value| !value.is_empty());
            return Some(real.unwrap_or_else(|| vec![0; 3]).iter().map(|byte| !byte).collect());
        }
        _ => {}
    }
    if let Some(value) = record.get(kind) {
        return Some(value.to_vec());
    }
    let echoes = kind == CKA_CHECK_VALUE && proxy.lies(Lie::EchoKcv) && class() == Some(CKO_SECRET_KEY);
    echoes.then(|| vec![0; 3])
}

/// Whether the lie makes this a key that wants a login for every signature.
pub(crate) fn always_authenticates(proxy: &Proxy, session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) -> bool {
    proxy.lies(Lie::AlwaysAuthenticate)
        && proxy.real.number(session, object, CKA_CLASS) == Some(CKO_PRIVATE_KEY)
        && proxy.real.flag(session, object, CKA_SIGN)
}

pub(crate) unsafe fn set(
    proxy: &Proxy,
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    let mut template = unsafe { Template::copy(template, count) };
    let mut record = proxy.memory.recall(&proxy.real, session, object);
    if proxy.lies(Lie::KeepsExtractable) {
        template.take(CKA_EXTRACTABLE);
    }
    let changed = keys::disguise(proxy, &mut template, &mut record, Birth::Changed);
    if template.len() > 0 {
        let rv = forward!(proxy, C_SetAttributeValue(session, object, template.as_mut_ptr(), template.len()));
        if rv != CKR_OK {
            return rv;
        }
    }
    if changed {
        proxy.memory.keep(&proxy.real, session, object, record);
    }
    CKR_OK
}

pub(crate) unsafe fn destroy(proxy: &Proxy, session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) -> CK_RV {
    let rv = forward!(proxy, C_DestroyObject(session, object));
    if rv == CKR_OK {
        proxy.memory.forget(object);
    }
    rv
}
