//! The real module: opening it, and the few calls the proxy makes on its own account.
//!
//! These calls are neither counted nor traced: the client did not make them.

use std::path::Path;

use cryptoki_sys::*;
use libloading::os::unix::{Library, Symbol};

use crate::template::Template;

/// Calls a function of the real module by name.
macro_rules! forward {
    ($proxy:expr, $name:ident($($arg:expr),*)) => {
        $proxy.real.list.$name.map_or(cryptoki_sys::CKR_FUNCTION_NOT_SUPPORTED, |function| unsafe { function($($arg),*) })
    };
}

pub(crate) use forward;

macro_rules! call {
    ($real:expr, $name:ident($($arg:expr),*)) => {
        match $real.list.$name.map_or(CKR_FUNCTION_NOT_SUPPORTED, |function| unsafe { function($($arg),*) }) {
            CKR_OK => Ok(()),
            rv => Err(rv),
        }
    };
}

type GetFunctionList = unsafe extern "C" fn(*mut *mut CK_FUNCTION_LIST) -> CK_RV;

pub(crate) struct Real {
    pub(crate) list: CK_FUNCTION_LIST,
}

impl Real {
    /// Opens the module for good: a module that is unloaded while its threads run takes the process with it.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        let explain = |error| format!("{}: {error}", path.display());
        let library = unsafe { Library::new(path) }.map_err(explain)?;
        let entry: Symbol<GetFunctionList> = unsafe { library.get(b"C_GetFunctionList\0") }.map_err(explain)?;
        let mut list = std::ptr::null_mut();
        let rv = unsafe { entry(&raw mut list) };
        std::mem::forget(library);
        let list = unsafe { list.as_ref() }.ok_or_else(|| format!("{}: C_GetFunctionList: {rv:#x}", path.display()))?;
        Ok(Self { list: *list })
    }

    /// One attribute, if the object has it and shows it.
    pub(crate) fn attribute(
        &self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        kind: CK_ATTRIBUTE_TYPE,
    ) -> Option<Vec<u8>> {
        let mut wanted = CK_ATTRIBUTE { type_: kind, pValue: std::ptr::null_mut(), ulValueLen: 0 };
        call!(self, C_GetAttributeValue(session, object, &raw mut wanted, 1)).ok()?;
        let mut value = vec![0; usize::try_from(wanted.ulValueLen).ok()?];
        wanted.pValue = value.as_mut_ptr().cast();
        call!(self, C_GetAttributeValue(session, object, &raw mut wanted, 1)).ok()?;
        value.truncate(usize::try_from(wanted.ulValueLen).ok()?);
        Some(value)
    }

    pub(crate) fn flag(&self, session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE, kind: CK_ATTRIBUTE_TYPE) -> bool {
        self.attribute(session, object, kind).is_some_and(|value| value == [CK_TRUE])
    }

    pub(crate) fn number(
        &self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        kind: CK_ATTRIBUTE_TYPE,
    ) -> Option<CK_ULONG> {
        let value = self.attribute(session, object, kind)?;
        Some(CK_ULONG::from_ne_bytes(value.try_into().ok()?))
    }

    pub(crate) fn create(
        &self,
        session: CK_SESSION_HANDLE,
        template: &mut Template,
    ) -> Result<CK_OBJECT_HANDLE, CK_RV> {
        let mut object = 0;
        call!(self, C_CreateObject(session, template.as_mut_ptr(), template.len(), &raw mut object))?;
        Ok(object)
    }

    pub(crate) fn destroy(&self, session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) -> Result<(), CK_RV> {
        call!(self, C_DestroyObject(session, object))
    }

    /// Wraps with a mechanism that has no parameter.
    pub(crate) fn wrap(
        &self,
        session: CK_SESSION_HANDLE,
        mechanism: CK_MECHANISM_TYPE,
        wrapping: CK_OBJECT_HANDLE,
        key: CK_OBJECT_HANDLE,
    ) -> Result<Vec<u8>, CK_RV> {
        let mut mechanism = CK_MECHANISM { mechanism, pParameter: std::ptr::null_mut(), ulParameterLen: 0 };
        let mut out = vec![0; 16 * 1024];
        let mut len = out.len() as CK_ULONG;
        call!(self, C_WrapKey(session, &raw mut mechanism, wrapping, key, out.as_mut_ptr(), &raw mut len))?;
        out.truncate(usize::try_from(len).map_err(|_| CKR_GENERAL_ERROR)?);
        Ok(out)
    }

    pub(crate) fn has_mechanism(&self, slot: CK_SLOT_ID, kind: CK_MECHANISM_TYPE) -> bool {
        let mut info = CK_MECHANISM_INFO::default();
        call!(self, C_GetMechanismInfo(slot, kind, &raw mut info)).is_ok()
    }

    pub(crate) fn slot(&self, session: CK_SESSION_HANDLE) -> Result<CK_SLOT_ID, CK_RV> {
        let mut info = CK_SESSION_INFO::default();
        call!(self, C_GetSessionInfo(session, &raw mut info))?;
        Ok(info.slotID)
    }
}
