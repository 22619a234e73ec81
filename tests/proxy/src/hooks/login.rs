//! PINs: the keypad of the token, the lock that comes early or never, the login that a single signature wants.

use cryptoki_sys::*;

use crate::lie::Lie;
use crate::proxy::{Proxy, lock};
use crate::real::forward;

pub(crate) unsafe fn login(
    proxy: &Proxy,
    session: CK_SESSION_HANDLE,
    user: CK_USER_TYPE,
    pin: *mut CK_UTF8CHAR,
    len: CK_ULONG,
) -> CK_RV {
    let mut keypad = proxy.config.pin.clone().unwrap_or_default();
    let replaced = if pin.is_null() { proxy.lies(Lie::Pinpad) } else { proxy.lies(Lie::OtherPin) };
    let (pin, len) = if replaced { (keypad.as_mut_ptr(), keypad.len() as CK_ULONG) } else { (pin, len) };
    let given = if pin.is_null() { &[][..] } else { unsafe { std::slice::from_raw_parts(pin, len as usize) } };
    let right = proxy.config.pin.as_deref() == Some(given);
    if user == CKU_CONTEXT_SPECIFIC && proxy.lies(Lie::AlwaysAuthenticate) {
        return context(proxy, session, right);
    }
    let counts = user == CKU_USER && proxy.config.lies.any(&[Lie::PinNeverLocks, Lie::PinLocks]);
    let refused = if counts { refuse(proxy, right) } else { None };
    if let Some(rv) = refused {
        return rv;
    }
    forward!(proxy, C_Login(session, user, pin, len))
}

/// The login between `C_SignInit` and `C_Sign`.
fn context(proxy: &Proxy, session: CK_SESSION_HANDLE, right: bool) -> CK_RV {
    let mut waiting = lock(&proxy.sessions.context);
    let Some(authenticated) = waiting.get_mut(&session) else {
        return CKR_OPERATION_NOT_INITIALIZED;
    };
    if !right {
        return CKR_PIN_INCORRECT;
    }
    *authenticated = true;
    CKR_OK
}

/// Keeps wrong PINs from the real token, so that its own counter does not answer for the lie.
fn refuse(proxy: &Proxy, right: bool) -> Option<CK_RV> {
    let limit = proxy.config.lies.value(Lie::PinLocks);
    if limit.is_some_and(|limit| proxy.memory.wrong_pins() as CK_ULONG >= limit) {
        return Some(CKR_PIN_LOCKED);
    }
    proxy.memory.note_pin(right);
    (!right).then_some(CKR_PIN_INCORRECT)
}
