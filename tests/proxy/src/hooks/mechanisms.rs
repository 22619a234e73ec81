//! The mechanism list: with what the lies add, without what they hide.

use cryptoki_sys::*;

use crate::hooks::answer;
use crate::lie::Lie;
use crate::proxy::Proxy;
use crate::real::forward;

/// A lie, the mechanism it adds, the flags and key sizes it claims.
const ADDED: [(Lie, CK_MECHANISM_TYPE, CK_MECHANISM_INFO); 5] = [
    (Lie::PadPkcs7, CKM_AES_KEY_WRAP_PAD, AES),
    (Lie::KwpAsKw, CKM_AES_KEY_WRAP_KWP, AES),
    (Lie::Kwp, CKM_AES_KEY_WRAP_KWP, AES),
    (Lie::NativeRsaAes, CKM_RSA_AES_KEY_WRAP, RSA),
    (Lie::Oaep, CKM_RSA_PKCS_OAEP, RSA),
];
const AES: CK_MECHANISM_INFO = CK_MECHANISM_INFO { ulMinKeySize: 16, ulMaxKeySize: 32, flags: CKF_WRAP | CKF_UNWRAP };
const RSA: CK_MECHANISM_INFO = CK_MECHANISM_INFO { ulMinKeySize: 2048, ulMaxKeySize: 4096, flags: CKF_WRAP };

/// Whether a lie makes the proxy answer for this mechanism.
pub(crate) fn added(proxy: &Proxy, kind: CK_MECHANISM_TYPE) -> Option<CK_MECHANISM_INFO> {
    ADDED.iter().find(|(lie, added, _)| *added == kind && proxy.lies(*lie)).map(|(_, _, info)| *info)
}

pub(crate) unsafe fn list(
    proxy: &Proxy,
    slot: CK_SLOT_ID,
    list: *mut CK_MECHANISM_TYPE,
    count: *mut CK_ULONG,
) -> CK_RV {
    let mut len = 0;
    let rv = forward!(proxy, C_GetMechanismList(slot, std::ptr::null_mut(), &raw mut len));
    if rv != CKR_OK {
        return rv;
    }
    let mut all = vec![0; len as usize];
    let rv = forward!(proxy, C_GetMechanismList(slot, all.as_mut_ptr(), &raw mut len));
    if rv != CKR_OK {
        return rv;
    }
    all.truncate(len as usize);
    for (lie, kind, _) in ADDED {
        if proxy.lies(lie) && !all.contains(&kind) {
            all.push(kind);
        }
    }
    all.retain(|kind| !proxy.config.lies.lists(Lie::NoMechanism, *kind));
    unsafe { answer(&all, list, count) }
}

pub(crate) unsafe fn info(
    proxy: &Proxy,
    slot: CK_SLOT_ID,
    kind: CK_MECHANISM_TYPE,
    info: *mut CK_MECHANISM_INFO,
) -> CK_RV {
    if proxy.config.lies.lists(Lie::NoMechanism, kind) {
        return CKR_MECHANISM_INVALID;
    }
    let rv = forward!(proxy, C_GetMechanismInfo(slot, kind, info));
    match added(proxy, kind) {
        Some(added) if rv != CKR_OK => {
            unsafe { *info = added };
            CKR_OK
        }
        _ => rv,
    }
}
