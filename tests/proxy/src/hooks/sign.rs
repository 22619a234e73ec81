//! Signing: the wrong signature, and the key that wants the PIN for every single one.

use cryptoki_sys::*;

use crate::hooks::objects;
use crate::lie::Lie;
use crate::proxy::{Proxy, lock};
use crate::real::forward;

pub(crate) unsafe fn init(
    proxy: &Proxy,
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    let rv = forward!(proxy, C_SignInit(session, mechanism, key));
    let mut context = lock(&proxy.sessions.context);
    if rv == CKR_OK && objects::always_authenticates(proxy, session, key) {
        context.insert(session, false);
    } else if rv == CKR_OK {
        context.remove(&session);
    }
    rv
}

pub(crate) unsafe fn sign(
    proxy: &Proxy,
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    len: CK_ULONG,
    out: *mut CK_BYTE,
    out_len: *mut CK_ULONG,
) -> CK_RV {
    if let Some(rv) = unauthenticated(proxy, session) {
        return rv;
    }
    let mut data = unsafe { std::slice::from_raw_parts(data, len as usize) }.to_vec();
    if let Some(last) = data.last_mut()
        && proxy.lies(Lie::WrongSign)
    {
        *last ^= 1;
    }
    let rv = forward!(proxy, C_Sign(session, data.as_mut_ptr(), len, out, out_len));
    if !out.is_null() && rv != CKR_BUFFER_TOO_SMALL {
        lock(&proxy.sessions.context).remove(&session);
    }
    rv
}

pub(crate) unsafe fn update(proxy: &Proxy, session: CK_SESSION_HANDLE, data: *mut CK_BYTE, len: CK_ULONG) -> CK_RV {
    unauthenticated(proxy, session).unwrap_or_else(|| forward!(proxy, C_SignUpdate(session, data, len)))
}

/// Refuses a signature without a login of its own, and ends the operation, as the standard has it.
fn unauthenticated(proxy: &Proxy, session: CK_SESSION_HANDLE) -> Option<CK_RV> {
    let mut context = lock(&proxy.sessions.context);
    if context.get(&session) != Some(&false) {
        return None;
    }
    context.remove(&session);
    let (mut data, mut out) = ([0; 32], [0; 1024]);
    let mut len = out.len() as CK_ULONG;
    // The real module has begun to sign; a signature nobody sees is the way to make it stop.
    let _ = forward!(proxy, C_Sign(session, data.as_mut_ptr(), 32, out.as_mut_ptr(), &raw mut len));
    Some(CKR_USER_NOT_LOGGED_IN)
}
