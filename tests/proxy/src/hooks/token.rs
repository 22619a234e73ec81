//! Token information, and the slot that looks empty.

use std::ffi::c_void;

use cryptoki_sys::*;

use crate::lie::Lie;
use crate::proxy::{Proxy, lock};
use crate::real::forward;

pub(crate) unsafe fn info(proxy: &Proxy, slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO) -> CK_RV {
    let rv = forward!(proxy, C_GetTokenInfo(slot, info));
    if rv == CKR_OK
        && let Some(info) = unsafe { info.as_mut() }
    {
        distort(proxy, info);
    }
    rv
}

fn distort(proxy: &Proxy, info: &mut CK_TOKEN_INFO) {
    if let Some(max) = proxy.config.max_sessions {
        (info.ulMaxSessionCount, info.ulMaxRwSessionCount) = (max, max);
    }
    let flags = [
        (Lie::Pinpad, CKF_PROTECTED_AUTHENTICATION_PATH),
        (Lie::UserPinCountLow, CKF_USER_PIN_COUNT_LOW),
        (Lie::UserPinFinalTry, CKF_USER_PIN_FINAL_TRY),
        (Lie::UserPinLocked, CKF_USER_PIN_LOCKED),
        (Lie::BadUtctime, CKF_CLOCK_ON_TOKEN),
        (Lie::TwoSameLabel, CKF_TOKEN_INITIALIZED),
    ];
    info.flags |= flags.iter().filter(|(lie, _)| proxy.lies(*lie)).fold(0, |all, (_, flag)| all | flag);
    if proxy.config.lies.any(&[Lie::PinNeverLocks, Lie::PinLocks]) {
        info.flags &= !(CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED);
    }
    if proxy.lies(Lie::TwoSameLabel) {
        info.label = padded(b"demo");
    }
    if proxy.lies(Lie::BadUtctime) {
        info.utcTime = padded(b"not a time");
    }
    if proxy.lies(Lie::UninitialisedSlot) {
        info.flags &= !(CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED);
        info.label = padded(b"");
        info.serialNumber = padded(b"");
    }
}

fn padded<const N: usize>(text: &[u8]) -> [u8; N] {
    std::array::from_fn(|at| text.get(at).copied().unwrap_or(b' '))
}

/// Never reaches the real token while its slot is shown as empty: the test's token must survive a wrong decision.
pub(crate) unsafe fn init(proxy: &Proxy, slot: CK_SLOT_ID, pin: *mut u8, len: CK_ULONG, label: *mut u8) -> CK_RV {
    if proxy.lies(Lie::UninitialisedSlot) {
        return CKR_FUNCTION_FAILED;
    }
    forward!(proxy, C_InitToken(slot, pin, len, label))
}

pub(crate) unsafe fn open_session(
    proxy: &Proxy,
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    data: *mut c_void,
    notify: CK_NOTIFY,
    session: *mut CK_SESSION_HANDLE,
) -> CK_RV {
    if proxy.lies(Lie::UninitialisedSlot) {
        return CKR_TOKEN_NOT_RECOGNIZED;
    }
    // Over the call, so that no two threads take the last place; nothing waits in there.
    let mut open = lock(&proxy.sessions.open);
    if proxy.config.max_sessions.is_some_and(|max| open.len() as CK_ULONG >= max) {
        return CKR_SESSION_COUNT;
    }
    let rv = forward!(proxy, C_OpenSession(slot, flags, data, notify, session));
    if rv == CKR_OK {
        open.insert(unsafe { *session }, slot);
        if proxy.reached(Lie::StaleHandles) {
            lock(&proxy.sessions.fresh).insert(unsafe { *session });
        }
    }
    rv
}

pub(crate) unsafe fn close_session(proxy: &Proxy, session: CK_SESSION_HANDLE) -> CK_RV {
    let mut open = lock(&proxy.sessions.open);
    let rv = forward!(proxy, C_CloseSession(session));
    if rv == CKR_OK {
        open.remove(&session);
    }
    rv
}

pub(crate) unsafe fn close_all_sessions(proxy: &Proxy, slot: CK_SLOT_ID) -> CK_RV {
    let mut open = lock(&proxy.sessions.open);
    let rv = forward!(proxy, C_CloseAllSessions(slot));
    if rv == CKR_OK {
        open.retain(|_, of| *of != slot);
    }
    rv
}
