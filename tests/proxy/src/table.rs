//! The C functions, generated from one list.
//!
//! A row names the function and its arguments; `session` and `mechanism` are written without their types, which is
//! how `Proxy::enter` gets to see them. `=> hook` sends the call to a function of `hooks` instead of the real module.

use cryptoki_sys::*;
use std::ffi::c_void;

use crate::hooks::{crypt, find, keys, login, mechanisms, objects, sign, token, wrap};
use crate::proxy::{self, Call};

type Bytes = *mut CK_BYTE;
type Count = *mut CK_ULONG;
type Template = *mut CK_ATTRIBUTE;
type Handles = *mut CK_OBJECT_HANDLE;
type Key = CK_OBJECT_HANDLE;

macro_rules! function {
    ($name:ident (session, mechanism $(, $arg:ident: $type:ty)*) $($hook:path)?) => {
        function!(@emit $name [Some(session)] [mechanism]
            (session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM $(, $arg: $type)*) $($hook)?);
    };
    ($name:ident (session $(, $arg:ident: $type:ty)*) $($hook:path)?) => {
        function!(@emit $name [Some(session)] [std::ptr::null_mut()] (session: CK_SESSION_HANDLE $(, $arg: $type)*) $($hook)?);
    };
    ($name:ident ($($arg:ident: $type:ty),*) $($hook:path)?) => {
        function!(@emit $name [None] [std::ptr::null_mut()] ($($arg: $type),*) $($hook)?);
    };
    (@emit $name:ident [$session:expr] [$mechanism:expr] ($($arg:ident: $type:ty),*) $($hook:path)?) => {
        unsafe extern "C" fn $name($($arg: $type),*) -> CK_RV {
            let call = Call { name: stringify!($name), session: $session, mechanism: $mechanism };
            proxy::enter(&call, |proxy| function!(@body proxy $name ($($arg),*) $($hook)?))
        }
    };
    (@body $proxy:ident $name:ident ($($arg:ident),*) $hook:path) => { unsafe { $hook($proxy, $($arg),*) } };
    (@body $proxy:ident $name:ident ($($arg:ident),*)) => {
        $proxy.real.list.$name.map_or(CKR_FUNCTION_NOT_SUPPORTED, |function| unsafe { function($($arg),*) })
    };
}

macro_rules! functions {
    ($($name:ident $args:tt $(=> $hook:path)?;)*) => {
        $(function!($name $args $($hook)?);)*

        /// What `C_GetFunctionList` hands out.
        pub(crate) static FUNCTIONS: CK_FUNCTION_LIST = CK_FUNCTION_LIST {
            version: CK_VERSION { major: 2, minor: 40 },
            C_Initialize: Some(C_Initialize),
            C_GetFunctionList: Some(crate::C_GetFunctionList),
            $($name: Some($name)),*
        };
    };
}

/// The one function that comes before there is a proxy: it reads the configuration.
unsafe extern "C" fn C_Initialize(init: *mut c_void) -> CK_RV {
    proxy::initialize(init)
}

functions! {
    C_Finalize(reserved: *mut c_void) => proxy::finalize;
    C_GetInfo(info: *mut CK_INFO);
    C_GetSlotList(present: CK_BBOOL, slots: *mut CK_SLOT_ID, count: Count);
    C_GetSlotInfo(slot: CK_SLOT_ID, info: *mut CK_SLOT_INFO);
    C_GetTokenInfo(slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO) => token::info;
    C_GetMechanismList(slot: CK_SLOT_ID, list: *mut CK_MECHANISM_TYPE, count: Count) => mechanisms::list;
    C_GetMechanismInfo(slot: CK_SLOT_ID, kind: CK_MECHANISM_TYPE, info: *mut CK_MECHANISM_INFO) => mechanisms::info;
    C_InitToken(slot: CK_SLOT_ID, pin: Bytes, pin_len: CK_ULONG, label: Bytes) => token::init;
    C_InitPIN(session, pin: Bytes, len: CK_ULONG);
    C_SetPIN(session, old: Bytes, old_len: CK_ULONG, new: Bytes, new_len: CK_ULONG);
    C_OpenSession(slot: CK_SLOT_ID, flags: CK_FLAGS, data: *mut c_void, notify: CK_NOTIFY, session: *mut CK_SESSION_HANDLE)
        => token::open_session;
    C_CloseSession(session) => token::close_session;
    C_CloseAllSessions(slot: CK_SLOT_ID) => token::close_all_sessions;
    C_GetSessionInfo(session, info: *mut CK_SESSION_INFO);
    C_GetOperationState(session, state: Bytes, len: Count);
    C_SetOperationState(session, state: Bytes, len: CK_ULONG, encryption: Key, authentication: Key);
    C_Login(session, user: CK_USER_TYPE, pin: Bytes, len: CK_ULONG) => login::login;
    C_Logout(session);
    C_CreateObject(session, template: Template, count: CK_ULONG, object: Handles) => keys::create;
    C_CopyObject(session, object: Key, template: Template, count: CK_ULONG, copy: Handles);
    C_DestroyObject(session, object: Key) => objects::destroy;
    C_GetObjectSize(session, object: Key, size: Count);
    C_GetAttributeValue(session, object: Key, template: Template, count: CK_ULONG) => objects::get;
    C_SetAttributeValue(session, object: Key, template: Template, count: CK_ULONG) => objects::set;
    C_FindObjectsInit(session, template: Template, count: CK_ULONG) => find::init;
    C_FindObjects(session, objects: Handles, max: CK_ULONG, count: Count) => find::objects;
    C_FindObjectsFinal(session) => find::finish;
    C_EncryptInit(session, mechanism, key: Key) => crypt::encrypt_init;
    C_Encrypt(session, data: Bytes, len: CK_ULONG, out: Bytes, out_len: Count);
    C_EncryptUpdate(session, data: Bytes, len: CK_ULONG, out: Bytes, out_len: Count);
    C_EncryptFinal(session, out: Bytes, out_len: Count);
    C_DecryptInit(session, mechanism, key: Key);
    C_Decrypt(session, data: Bytes, len: CK_ULONG, out: Bytes, out_len: Count);
    C_DecryptUpdate(session, data: Bytes, len: CK_ULONG, out: Bytes, out_len: Count);
    C_DecryptFinal(session, out: Bytes, out_len: Count);
    C_DigestInit(session, mechanism);
    C_Digest(session, data: Bytes, len: CK_ULONG, out: Bytes, out_len: Count);
    C_DigestUpdate(session, data: Bytes, len: CK_ULONG);
    C_DigestKey(session, key: Key);
    C_DigestFinal(session, out: Bytes, out_len: Count);
    C_SignInit(session, mechanism, key: Key) => sign::init;
    C_Sign(session, data: Bytes, len: CK_ULONG, out: Bytes, out_len: Count) => sign::sign;
    C_SignUpdate(session, data: Bytes, len: CK_ULONG) => sign::update;
    C_SignFinal(session, out: Bytes, out_len: Count);
    C_SignRecoverInit(session, mechanism, key: Key);
    C_SignRecover(session, data: Bytes, len: CK_ULONG, out: Bytes, out_len: Count);
    C_VerifyInit(session, mechanism, key: Key);
    C_Verify(session, data: Bytes, len: CK_ULONG, signature: Bytes, signature_len: CK_ULONG);
    C_VerifyUpdate(session, data: Bytes, len: CK_ULONG);
    C_VerifyFinal(session, signature: Bytes, len: CK_ULONG);
    C_VerifyRecoverInit(session, mechanism, key: Key);
    C_VerifyRecover(session, signature: Bytes, len: CK_ULONG, out: Bytes, out_len: Count);
    C_DigestEncryptUpdate(session, data: Bytes, len: CK_ULONG, out: Bytes, out_len: Count);
    C_DecryptDigestUpdate(session, data: Bytes, len: CK_ULONG, out: Bytes, out_len: Count);
    C_SignEncryptUpdate(session, data: Bytes, len: CK_ULONG, out: Bytes, out_len: Count);
    C_DecryptVerifyUpdate(session, data: Bytes, len: CK_ULONG, out: Bytes, out_len: Count);
    C_GenerateKey(session, mechanism, template: Template, count: CK_ULONG, key: Handles) => keys::generate;
    C_GenerateKeyPair(session, mechanism, public: Template, public_count: CK_ULONG, private: Template,
        private_count: CK_ULONG, public_key: Handles, private_key: Handles) => keys::generate_pair;
    C_WrapKey(session, mechanism, wrapping: Key, key: Key, out: Bytes, out_len: Count) => wrap::wrap;
    C_UnwrapKey(session, mechanism, unwrapping: Key, data: Bytes, len: CK_ULONG, template: Template,
        count: CK_ULONG, key: Handles) => keys::unwrap;
    C_DeriveKey(session, mechanism, base: Key, template: Template, count: CK_ULONG, key: Handles);
    C_SeedRandom(session, seed: Bytes, len: CK_ULONG);
    C_GenerateRandom(session, data: Bytes, len: CK_ULONG);
    C_GetFunctionStatus(session);
    C_CancelFunction(session);
    C_WaitForSlotEvent(flags: CK_FLAGS, slot: *mut CK_SLOT_ID, reserved: *mut c_void);
}
