//! Encryption: only OAEP is of interest, whose hash some modules choose themselves.

use cryptoki_sys::*;

use crate::hooks::oaep;
use crate::lie::Lie;
use crate::proxy::Proxy;
use crate::real::forward;

pub(crate) unsafe fn encrypt_init(
    proxy: &Proxy,
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    let mut changed = unsafe { *mechanism };
    let lies = [Lie::HideHash, Lie::OaepHash, Lie::OaepMgfSha1];
    if changed.mechanism != CKM_RSA_PKCS_OAEP || !proxy.config.lies.any(&lies) {
        return forward!(proxy, C_EncryptInit(session, mechanism, key));
    }
    let params: *const CK_RSA_PKCS_OAEP_PARAMS = changed.pParameter.cast_const().cast();
    let read = match unsafe { oaep::read(proxy, params, Lie::OaepHash) } {
        Ok(read) => read,
        Err(rv) => return rv,
    };
    let mut params = unsafe { *params };
    params.hashAlg = read.hash;
    params.mgf = oaep::mask(read.mgf);
    changed.pParameter = (&raw mut params).cast();
    forward!(proxy, C_EncryptInit(session, &raw mut changed, key))
}
