//! Finding: `dup-find` gives every object twice, also across several `C_FindObjects` calls.

use std::io::Write;

use cryptoki_sys::*;

use crate::lie::Lie;
use crate::proxy::{Proxy, lock};
use crate::real::forward;
use crate::template::Template;

pub(crate) unsafe fn init(
    proxy: &Proxy,
    session: CK_SESSION_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    if let Some(mut file) = proxy.config.finds.as_ref() {
        let class = match unsafe { Template::copy(template, count) }.number(CKA_CLASS) {
            Some(CKO_SECRET_KEY) => "secret",
            Some(CKO_PRIVATE_KEY) => "private",
            Some(CKO_PUBLIC_KEY) => "public",
            Some(_) => "other",
            None => "any",
        };
        if let Err(error) = writeln!(file, "{class}") {
            eprintln!("byok-test-proxy: finds: {error}");
        }
    }
    forward!(proxy, C_FindObjectsInit(session, template, count))
}

pub(crate) unsafe fn objects(
    proxy: &Proxy,
    session: CK_SESSION_HANDLE,
    objects: *mut CK_OBJECT_HANDLE,
    max: CK_ULONG,
    count: *mut CK_ULONG,
) -> CK_RV {
    if !proxy.lies(Lie::DupFind) {
        return forward!(proxy, C_FindObjects(session, objects, max, count));
    }
    let mut found = lock(&proxy.sessions.found);
    let out = unsafe { std::slice::from_raw_parts_mut(objects, max as usize) };
    let mut filled = 0;
    for slot in out {
        let (mut object, mut one) = (0, 0);
        if let Some(again) = found.remove(&session) {
            (object, one) = (again, 1);
        } else {
            let rv = forward!(proxy, C_FindObjects(session, &raw mut object, 1, &raw mut one));
            if rv != CKR_OK {
                return rv;
            }
            found.extend((one == 1).then_some((session, object)));
        }
        if one == 0 {
            break;
        }
        *slot = object;
        filled += 1;
    }
    unsafe { *count = filled };
    CKR_OK
}

pub(crate) unsafe fn finish(proxy: &Proxy, session: CK_SESSION_HANDLE) -> CK_RV {
    lock(&proxy.sessions.found).remove(&session);
    forward!(proxy, C_FindObjectsFinal(session))
}
