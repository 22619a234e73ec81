//! The only unsafe code: what cryptoki 0.12 cannot do.
//!
//! cryptoki drops mechanism numbers that it does not know, has no `CKM_RSA_AES_KEY_WRAP` and no
//! `CKM_AES_KEY_WRAP_KWP`, trusts a size query, and asks for lengths where a buffer would do. This file opens the same module a second time (the loader counts
//! references) and calls some functions of it with the session that cryptoki opened.
#![expect(unsafe_code, reason = "PKCS#11 is a C interface, and cryptoki does not cover these calls")]

use std::path::Path;
use std::ptr;

use cryptoki::object::{Attribute, ObjectHandle};
use cryptoki_sys as sys;
use libloading::Library;
use zeroize::Zeroizing;

use super::error::TokenError;
use super::request::{Handle, WrapMechanism};
use super::rv;
use crate::key::spec::HashAlg;

/// Attributes of one call: a number, and the bytes of others.
pub(super) type Short<const N: usize> = (u64, [Vec<u8>; N]);

/// What a first try gets; a wrapped RSA-4096 key has less than 3 KiB.
const BUFFER: usize = 16 * 1024;
/// What a second try gets when the module asks for more.
const LARGE_BUFFER: usize = 1024 * 1024;

/// What the labels and ids of most objects have room in.
const VALUE: usize = 256;

/// A module's own function list.
pub(super) struct RawModule {
    functions: sys::CK_FUNCTION_LIST,
    /// Keeps the functions mapped.
    _library: Library,
}

/// Why a file gives no function list.
pub(super) enum OpenError {
    /// The loader's reason.
    NotLoadable(libloading::Error),
    /// No `C_GetFunctionList`, or it answers nothing.
    NotPkcs11,
    /// Each `C_GetFunctionList` gives another instance.
    ManyInstances,
}

impl RawModule {
    /// Loads the module and takes its function list. No other function is called.
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        // SAFETY: loading runs the module's initialisers. The user named this file as the one to trust with keys.
        let library = unsafe { Library::new(path) }.map_err(OpenError::NotLoadable)?;
        // SAFETY: PKCS#11 v3.1 section 5.4 gives `C_GetFunctionList` this type.
        let get_list: libloading::Symbol<'_, unsafe extern "C" fn(*mut *mut sys::CK_FUNCTION_LIST) -> sys::CK_RV> =
            unsafe { library.get(b"C_GetFunctionList\0") }.map_err(|_| OpenError::NotPkcs11)?;
        let take = || {
            let mut list = ptr::null_mut();
            // SAFETY: the argument is a valid place for one pointer.
            let answer = unsafe { get_list(&raw mut list) };
            if answer != sys::CKR_OK || list.is_null() {
                return Err(OpenError::NotPkcs11);
            }
            // SAFETY: section 5.4: the pointer leads to the module's own list, valid while the module is loaded. An
            // unaligned read, because some modules pack their structures.
            Ok(unsafe { list.read_unaligned() })
        };
        let functions = take()?;
        // cryptoki takes a list of its own; sessions of one instance are unknown to another (p11-kit's client and proxy).
        let same = take()?.C_Initialize.map(|f| f as usize) == functions.C_Initialize.map(|f| f as usize);
        if same { Ok(Self { functions, _library: library }) } else { Err(OpenError::ManyInstances) }
    }

    /// `C_GetMechanismList`, every number.
    pub(super) fn mechanisms(&self, slot: u64) -> Result<Vec<u64>, TokenError> {
        const FUNCTION: &str = "C_GetMechanismList";
        let function = self.functions.C_GetMechanismList.ok_or_else(|| missing(FUNCTION))?;
        // SAFETY: `buffer` has room for `length` numbers.
        let list = answer(FUNCTION, |buffer, length| unsafe { function(slot, buffer, length) })?;
        Ok(list.to_vec())
    }

    /// `C_WrapKey` with exactly the length that the module finally reports.
    pub(super) fn wrap_key(
        &self,
        session: u64,
        mechanism: WrapMechanism,
        wrapping: Handle,
        target: Handle,
    ) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        const FUNCTION: &str = "C_WrapKey";
        let function = self.functions.C_WrapKey.ok_or_else(|| missing(FUNCTION))?;
        with_mechanism(mechanism, |mechanism| {
            // SAFETY: `mechanism` and its parameters live until `with_mechanism` returns; `buffer` has room for
            // `length` bytes; the module checks the handles (section 5.1.6).
            answer(FUNCTION, |buffer, length| unsafe {
                function(session, mechanism, wrapping.0, target.0, buffer, length)
            })
        })
    }

    /// `C_UnwrapKey`.
    pub(super) fn unwrap_key(
        &self,
        session: u64,
        mechanism: WrapMechanism,
        unwrapping: Handle,
        wrapped: &[u8],
        template: &[Attribute],
    ) -> Result<Handle, TokenError> {
        const FUNCTION: &str = "C_UnwrapKey";
        let function = self.functions.C_UnwrapKey.ok_or_else(|| missing(FUNCTION))?;
        let mut template: Vec<sys::CK_ATTRIBUTE> = template.iter().map(Into::into).collect();
        let (blob, blob_length) = (wrapped.as_ptr().cast_mut(), wrapped.len() as sys::CK_ULONG);
        let (count, mut key) = (template.len() as sys::CK_ULONG, 0);
        // SAFETY: mechanism, blob, template and the values that it points to outlive the call; the module only reads
        // the blob (section 5.18.4).
        let answer = with_mechanism(mechanism, |mechanism| unsafe {
            function(session, mechanism, unwrapping.0, blob, blob_length, template.as_mut_ptr(), count, &raw mut key)
        });
        if answer == sys::CKR_OK { Ok(Handle(key)) } else { Err(TokenError::from_rv(FUNCTION, answer)) }
    }

    /// `C_GetAttributeValue` in one call: a number of the first type, and the bytes of the others. Nothing when one of them
    /// is absent, sensitive or larger than usual; then the lengths have to be asked for.
    pub(super) fn attributes<const N: usize>(
        &self,
        session: u64,
        object: Handle,
        number: sys::CK_ATTRIBUTE_TYPE,
        types: [sys::CK_ATTRIBUTE_TYPE; N],
    ) -> Result<Option<Short<N>>, TokenError> {
        const FUNCTION: &str = "C_GetAttributeValue";
        let function = self.functions.C_GetAttributeValue.ok_or_else(|| missing(FUNCTION))?;
        let (mut first, mut buffers): (sys::CK_ULONG, _) = (0, [[0_u8; VALUE]; N]);
        let mut template = vec![sys::CK_ATTRIBUTE {
            type_: number,
            pValue: (&raw mut first).cast(),
            ulValueLen: size_of_val(&first) as sys::CK_ULONG,
        }];
        template.extend(types.iter().zip(&mut buffers).map(|(type_, buffer)| sys::CK_ATTRIBUTE {
            type_: *type_,
            pValue: buffer.as_mut_ptr().cast(),
            ulValueLen: VALUE as sys::CK_ULONG,
        }));
        let count = template.len() as sys::CK_ULONG;
        // SAFETY: the template and the values that it points to outlive the call, and each value has room for the length
        // beside it (section 5.7.5).
        match unsafe { function(session, object.0, template.as_mut_ptr(), count) } {
            sys::CKR_OK => {}
            sys::CKR_BUFFER_TOO_SMALL | sys::CKR_ATTRIBUTE_SENSITIVE | sys::CKR_ATTRIBUTE_TYPE_INVALID => {
                return Ok(None);
            }
            other => return Err(TokenError::from_rv(FUNCTION, other)),
        }
        let mut lengths = template.iter().map(|attribute| usize::try_from(attribute.ulValueLen).ok());
        if lengths.next().flatten() != Some(size_of_val(&first)) {
            return Ok(None);
        }
        let mut values = [const { Vec::new() }; N];
        for ((value, buffer), length) in values.iter_mut().zip(&buffers).zip(lengths) {
            let Some(read) = length.and_then(|length| buffer.get(..length)) else { return Ok(None) };
            read.clone_into(value);
        }
        Ok(Some((first, values)))
    }

    /// `C_Encrypt` of the operation that was started with `C_EncryptInit`, without a size query.
    pub(super) fn encrypt(&self, session: u64, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        const FUNCTION: &str = "C_Encrypt";
        let function = self.functions.C_Encrypt.ok_or_else(|| missing(FUNCTION))?;
        let (input, input_length) = (data.as_ptr().cast_mut(), data.len() as sys::CK_ULONG);
        // SAFETY: the module only reads `data` (section 5.8.2), and `buffer` has room for `length` bytes.
        answer(FUNCTION, |buffer, length| unsafe { function(session, input, input_length, buffer, length) })
    }

    /// `C_Sign` of the operation that was started with `C_SignInit`, without a size query.
    pub(super) fn sign(&self, session: u64, data: &[u8]) -> Result<Vec<u8>, TokenError> {
        const FUNCTION: &str = "C_Sign";
        let function = self.functions.C_Sign.ok_or_else(|| missing(FUNCTION))?;
        let (input, input_length) = (data.as_ptr().cast_mut(), data.len() as sys::CK_ULONG);
        // SAFETY: the module only reads `data` (section 5.13.2), and `buffer` has room for `length` bytes.
        let signature =
            answer(FUNCTION, |buffer, length| unsafe { function(session, input, input_length, buffer, length) })?;
        Ok(signature.to_vec())
    }
}

/// The handle that cryptoki wants.
pub(super) fn object(handle: Handle) -> ObjectHandle {
    // SAFETY: a handle is a number that the module checks on every call (section 5.1.6); cryptoki dereferences nothing.
    unsafe { ObjectHandle::new_from_raw(handle.0) }
}

/// Calls with a generous buffer, once more with a larger one if the module asks for it, and cuts the answer to the
/// length that the module reports. A length beyond the buffer is an error, never a read.
fn answer<T: Clone + Default + zeroize::Zeroize>(
    function: &'static str,
    mut call: impl FnMut(*mut T, *mut sys::CK_ULONG) -> sys::CK_RV,
) -> Result<Zeroizing<Vec<T>>, TokenError> {
    let mut size = BUFFER;
    loop {
        let mut buffer = Zeroizing::new(vec![T::default(); size]);
        let mut length = size as sys::CK_ULONG;
        match call(buffer.as_mut_ptr(), &raw mut length) {
            sys::CKR_OK => {
                let length = usize::try_from(length).ok().filter(|length| *length <= size);
                buffer.truncate(length.ok_or(TokenError::BadAnswer { function, what: "with an impossible length" })?);
                return Ok(buffer);
            }
            sys::CKR_BUFFER_TOO_SMALL if size < LARGE_BUFFER => size = LARGE_BUFFER,
            other => return Err(TokenError::from_rv(function, other)),
        }
    }
}

/// Builds the mechanism with its parameters, which live while `call` runs.
fn with_mechanism<T>(mechanism: WrapMechanism, call: impl FnOnce(*mut sys::CK_MECHANISM) -> T) -> T {
    let (hash, mgf) = match mechanism {
        WrapMechanism::RsaAes(hash) | WrapMechanism::RsaOaep(hash) => oaep_numbers(hash),
        WrapMechanism::AesKw | WrapMechanism::AesKwPad | WrapMechanism::AesKwp => (0, 0),
    };
    let mut oaep = sys::CK_RSA_PKCS_OAEP_PARAMS {
        hashAlg: hash,
        mgf,
        source: sys::CKZ_DATA_SPECIFIED,
        pSourceData: ptr::null_mut(),
        ulSourceDataLen: 0,
    };
    let mut aes = sys::CK_RSA_AES_KEY_WRAP_PARAMS { ulAESKeyBits: 256, pOAEPParams: &raw mut oaep };
    let (number, parameter, length) = match mechanism {
        WrapMechanism::AesKw => (sys::CKM_AES_KEY_WRAP, ptr::null_mut(), 0),
        WrapMechanism::AesKwPad => (sys::CKM_AES_KEY_WRAP_PAD, ptr::null_mut(), 0),
        WrapMechanism::AesKwp => (sys::CKM_AES_KEY_WRAP_KWP, ptr::null_mut(), 0),
        WrapMechanism::RsaAes(_) => (sys::CKM_RSA_AES_KEY_WRAP, (&raw mut aes).cast(), size_of_val(&aes)),
        WrapMechanism::RsaOaep(_) => (sys::CKM_RSA_PKCS_OAEP, (&raw mut oaep).cast(), size_of_val(&oaep)),
    };
    let mut mechanism =
        sys::CK_MECHANISM { mechanism: number, pParameter: parameter, ulParameterLen: length as sys::CK_ULONG };
    call(&raw mut mechanism)
}

fn oaep_numbers(hash: HashAlg) -> (sys::CK_MECHANISM_TYPE, sys::CK_RSA_PKCS_MGF_TYPE) {
    match hash {
        HashAlg::Sha1 => (sys::CKM_SHA_1, sys::CKG_MGF1_SHA1),
        HashAlg::Sha224 => (sys::CKM_SHA224, sys::CKG_MGF1_SHA224),
        HashAlg::Sha256 => (sys::CKM_SHA256, sys::CKG_MGF1_SHA256),
        HashAlg::Sha384 => (sys::CKM_SHA384, sys::CKG_MGF1_SHA384),
        HashAlg::Sha512 => (sys::CKM_SHA512, sys::CKG_MGF1_SHA512),
    }
}

fn missing(function: &'static str) -> TokenError {
    TokenError::from_rv(function, rv::FUNCTION_NOT_SUPPORTED)
}
