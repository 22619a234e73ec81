//! OAEP parameters as a module reads them, honestly or not.

use cryptoki_sys::*;

use crate::lie::Lie;
use crate::proxy::Proxy;
use crate::soft::OaepParams;

const MASKS: [(CK_RSA_PKCS_MGF_TYPE, CK_MECHANISM_TYPE); 5] = [
    (CKG_MGF1_SHA1, CKM_SHA_1),
    (CKG_MGF1_SHA224, CKM_SHA224),
    (CKG_MGF1_SHA256, CKM_SHA256),
    (CKG_MGF1_SHA384, CKM_SHA384),
    (CKG_MGF1_SHA512, CKM_SHA512),
];

/// What the module will use, where `lie` names another hash for both uses.
///
/// # Safety
/// `params` is null or points to valid parameters.
pub(crate) unsafe fn read(
    proxy: &Proxy,
    params: *const CK_RSA_PKCS_OAEP_PARAMS,
    lie: Lie,
) -> Result<OaepParams, CK_RV> {
    let params = unsafe { params.as_ref() }.ok_or(CKR_MECHANISM_PARAM_INVALID)?;
    if proxy.config.lies.lists(Lie::HideHash, params.hashAlg) {
        return Err(CKR_ARGUMENTS_BAD);
    }
    let asked = MASKS.iter().find(|(mask, _)| *mask == params.mgf).map(|(_, hash)| *hash);
    let asked = asked.ok_or(CKR_MECHANISM_PARAM_INVALID)?;
    let other = proxy.config.lies.value(lie);
    let mgf = if proxy.lies(Lie::OaepMgfSha1) { CKM_SHA_1 } else { other.unwrap_or(asked) };
    let label = if params.pSourceData.is_null() {
        Vec::new()
    } else {
        unsafe { std::slice::from_raw_parts(params.pSourceData.cast(), params.ulSourceDataLen as usize) }.to_vec()
    };
    Ok(OaepParams { hash: other.unwrap_or(params.hashAlg), mgf, label })
}

/// The number of the mask function over a hash.
pub(crate) fn mask(hash: CK_MECHANISM_TYPE) -> CK_RSA_PKCS_MGF_TYPE {
    MASKS.iter().find(|(_, each)| *each == hash).map_or(0, |(mask, _)| *mask)
}
