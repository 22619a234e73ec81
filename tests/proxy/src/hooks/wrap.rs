//! Wrapping: the formats that modules get wrong, and those that the real one lacks.

use cryptoki_sys::*;

use crate::hooks::{answer, mechanisms, oaep, plaintext};
use crate::lie::Lie;
use crate::proxy::Proxy;
use crate::real::forward;
use crate::soft::{self, Format, OaepParams};

/// How far a wrong size query is off.
const OFF: CK_ULONG = 16;

pub(crate) unsafe fn wrap(
    proxy: &Proxy,
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    wrapping: CK_OBJECT_HANDLE,
    key: CK_OBJECT_HANDLE,
    out: *mut CK_BYTE,
    out_len: *mut CK_ULONG,
) -> CK_RV {
    let request = Request { proxy, session, mechanism: unsafe { *mechanism }, wrapping, key };
    let rv = match request.in_software() {
        Err(rv) => rv,
        Ok(Some(wrapped)) => unsafe { answer(&wrapped, out, out_len) },
        Ok(None) => forward!(proxy, C_WrapKey(session, mechanism, wrapping, key, out, out_len)),
    };
    if rv == CKR_OK && out.is_null() {
        let len = unsafe { &mut *out_len };
        *len -= if proxy.lies(Lie::ShortQuery) { OFF } else { 0 };
        *len += if proxy.lies(Lie::LongQuery) { OFF } else { 0 };
    }
    rv
}

struct Request<'a> {
    proxy: &'a Proxy,
    session: CK_SESSION_HANDLE,
    mechanism: CK_MECHANISM,
    wrapping: CK_OBJECT_HANDLE,
    key: CK_OBJECT_HANDLE,
}

impl Request<'_> {
    /// The wrapped key, or none when the real module shall answer.
    fn in_software(&self) -> Result<Option<Vec<u8>>, CK_RV> {
        self.permitted()?;
        match self.mechanism.mechanism {
            CKM_RSA_AES_KEY_WRAP if self.proxy.lies(Lie::NativeRsaAes) => self.rsa_aes().map(Some),
            CKM_RSA_PKCS_OAEP => {
                let params = unsafe { oaep::read(self.proxy, self.mechanism.pParameter.cast(), Lie::OaepHash) }?;
                let lies =
                    [Lie::Oaep, Lie::OaepHash, Lie::OaepMgfSha1, Lie::RawScalar, Lie::Pkcs8Trailing, Lie::OtherKey];
                let lies = lies.as_slice();
                self.proxy.config.lies.any(lies).then(|| self.oaep(&params, &self.target()?)).transpose()
            }
            _ => self.aes_format()?.map(|format| self.aes(format)).transpose(),
        }
    }

    /// The rules that the real token can no longer enforce, because it was told otherwise.
    fn permitted(&self) -> Result<(), CK_RV> {
        let recall = |object| self.proxy.memory.recall(&self.proxy.real, self.session, object);
        let target = recall(self.key);
        if target.flag(CKA_EXTRACTABLE) == Some(false) && !self.proxy.lies(Lie::WrapsNonextractable) {
            return Err(CKR_KEY_UNEXTRACTABLE);
        }
        let trusted = || {
            let claimed = recall(self.wrapping).flag(CKA_TRUSTED);
            claimed.unwrap_or_else(|| self.proxy.real.flag(self.session, self.wrapping, CKA_TRUSTED))
        };
        let wants_trust =
            target.flag(CKA_WRAP_WITH_TRUSTED) == Some(true) && !self.proxy.lies(Lie::IgnoresWrapWithTrusted);
        if wants_trust && !trusted() { Err(CKR_KEY_NOT_WRAPPABLE) } else { Ok(()) }
    }

    /// How to wrap in software under an AES key, if some lie concerns this mechanism.
    fn aes_format(&self) -> Result<Option<Format>, CK_RV> {
        let (proxy, kind) = (self.proxy, self.mechanism.mechanism);
        let honest = match kind {
            CKM_AES_KEY_WRAP => Format::Kw,
            CKM_AES_KEY_WRAP_PAD if proxy.lies(Lie::PadPkcs7) => return Ok(Some(Format::KwPkcs7)),
            CKM_AES_KEY_WRAP_KWP if proxy.lies(Lie::KwpAsKw) => return Ok(Some(Format::Kw)),
            CKM_AES_KEY_WRAP_PAD | CKM_AES_KEY_WRAP_KWP => Format::Kwp,
            _ => return Ok(None),
        };
        let added = mechanisms::added(proxy, kind).is_some();
        let reshapes = proxy.config.lies.any(&[Lie::KwpZeroPad, Lie::RawScalar, Lie::Pkcs8Trailing, Lie::OtherKey]);
        let real = reshapes && proxy.real.has_mechanism(proxy.real.slot(self.session)?, kind);
        Ok((added || real).then_some(honest))
    }

    fn aes(&self, format: Format) -> Result<Vec<u8>, CK_RV> {
        self.require_wrap_right()?;
        let kek = plaintext::of(self.proxy, self.session, self.wrapping)?;
        soft::aes_wrap(&kek, format, &self.aes_input()?)
    }

    /// What goes into an AES key wrap: RFC 3394 behind the KWP number must pad somehow, too.
    fn aes_input(&self) -> Result<Vec<u8>, CK_RV> {
        let target = self.target()?;
        let as_kw = self.mechanism.mechanism != CKM_AES_KEY_WRAP && self.proxy.lies(Lie::KwpAsKw);
        let pads = as_kw || self.proxy.lies(Lie::KwpZeroPad);
        Ok(if pads { soft::zero_padded(target) } else { target })
    }

    /// CKM_RSA_AES_KEY_WRAP: a fresh AES key under OAEP, then the target under that key.
    fn rsa_aes(&self) -> Result<Vec<u8>, CK_RV> {
        let params: *const CK_RSA_AES_KEY_WRAP_PARAMS = self.mechanism.pParameter.cast_const().cast();
        let params = unsafe { params.as_ref() }.ok_or(CKR_MECHANISM_PARAM_INVALID)?;
        if ![128, 192, 256].contains(&params.ulAESKeyBits) {
            return Err(CKR_MECHANISM_PARAM_INVALID);
        }
        let oaep_params = unsafe { oaep::read(self.proxy, params.pOAEPParams, Lie::NativeOaepHash) }?;
        let kek = soft::random(params.ulAESKeyBits as usize / 8)?;
        let format = if self.proxy.lies(Lie::KwpAsKw) { Format::Kw } else { Format::Kwp };
        let mut wrapped = self.oaep(&oaep_params, &kek)?;
        wrapped.extend(soft::aes_wrap(&kek, format, &self.aes_input()?)?);
        Ok(wrapped)
    }

    fn oaep(&self, params: &OaepParams, message: &[u8]) -> Result<Vec<u8>, CK_RV> {
        self.require_wrap_right()?;
        let read = |kind| self.proxy.real.attribute(self.session, self.wrapping, kind);
        let modulus = read(CKA_MODULUS).ok_or(CKR_WRAPPING_KEY_TYPE_INCONSISTENT)?;
        let exponent = read(CKA_PUBLIC_EXPONENT).ok_or(CKR_WRAPPING_KEY_TYPE_INCONSISTENT)?;
        soft::oaep(&modulus, &exponent, params, message)
    }

    fn require_wrap_right(&self) -> Result<(), CK_RV> {
        let right = self.proxy.real.flag(self.session, self.wrapping, CKA_WRAP);
        right.then_some(()).ok_or(CKR_KEY_FUNCTION_NOT_PERMITTED)
    }

    /// The bytes to wrap, in the shape that some modules give them.
    fn target(&self) -> Result<Vec<u8>, CK_RV> {
        let mut bytes = plaintext::of(self.proxy, self.session, self.key)?;
        if self.proxy.lies(Lie::OtherKey) {
            bytes = soft::other_key(bytes)?;
        }
        if !plaintext::is_private(self.proxy, self.session, self.key) {
            return Ok(bytes);
        }
        if self.proxy.lies(Lie::RawScalar) {
            bytes = soft::raw_scalar(bytes);
        }
        if self.proxy.lies(Lie::Pkcs8Trailing) {
            bytes.extend([0x5a; 5]);
        }
        Ok(bytes)
    }
}
