//! A PKCS#11 module that forwards every call to a real one, and on request counts, kills, fails, delays or lies.
//!
//! `BYOK_TEST_PROXY` names a file that says what to do; README.md is its reference. The layers, outermost first:
//!
//! - `table`: the C functions, generated from one list; each passes through `Proxy::enter`;
//! - `proxy`: what holds for every call: counting, tracing, killing, failing, delaying, refusing;
//! - `hooks`: the functions that some lie changes, one file per subject;
//! - `soft`: the wrapping formats in software, honest and otherwise;
//! - `memory`: what the client asked of an object where the real token was told something else;
//! - `pages`: the client's own memory, for tests that look for secrets in it;
//! - `child`: a program that the module starts, for tests of what it inherits;
//! - `real`, `template`: the real module, attribute lists.
//!
//! The caller's pointers are trusted as far as PKCS#11 obliges the caller: this is test code, loaded by tests.

#![expect(non_snake_case, reason = "the functions are named by the standard")]

mod child;
mod config;
mod hooks;
mod lie;
mod memory;
mod pages;
mod proxy;
mod real;
mod soft;
mod table;
mod template;

use cryptoki_sys::{CK_FUNCTION_LIST, CK_RV, CKR_ARGUMENTS_BAD, CKR_OK};

/// The only symbol a PKCS#11 2.40 caller looks up. Without `C_GetInterface` callers fall back to this one.
///
/// # Safety
/// `list` is null or points to writable memory for one pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    if list.is_null() {
        return CKR_ARGUMENTS_BAD;
    }
    unsafe { *list = std::ptr::from_ref(&table::FUNCTIONS).cast_mut() };
    CKR_OK
}
