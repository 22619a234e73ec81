//! The functions that some lie changes, one file per subject. Each takes the proxy and the arguments of its C function.

pub(crate) mod crypt;
pub(crate) mod find;
pub(crate) mod keys;
pub(crate) mod login;
pub(crate) mod mechanisms;
pub(crate) mod oaep;
pub(crate) mod objects;
pub(crate) mod plaintext;
pub(crate) mod sign;
pub(crate) mod token;
pub(crate) mod wrap;

use cryptoki_sys::{CK_RV, CK_ULONG, CKR_BUFFER_TOO_SMALL, CKR_OK};

/// Answers a call that takes a buffer and its length, as PKCS#11 wants it: a null buffer asks for the length.
///
/// # Safety
/// `count` points to a length; `out` is null or has room for that many items.
pub(crate) unsafe fn answer<T: Copy>(items: &[T], out: *mut T, count: *mut CK_ULONG) -> CK_RV {
    let room = unsafe { *count } as usize;
    unsafe { *count = items.len() as CK_ULONG };
    if out.is_null() {
        return CKR_OK;
    }
    if room < items.len() {
        return CKR_BUFFER_TOO_SMALL;
    }
    unsafe { std::ptr::copy_nonoverlapping(items.as_ptr(), out, items.len()) };
    CKR_OK
}
