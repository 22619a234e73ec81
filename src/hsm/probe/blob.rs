//! Opens wrapped blobs in software, and names what stands there instead of what was asked for.

use rsa::traits::PublicKeyParts;
use rsa::{Pkcs1v15Encrypt, RsaPrivateKey};
use zeroize::Zeroizing;

use super::content::{Truth, is_zero};
use crate::key::spec::HashAlg;
use crate::wrap::capability::{AesWrap, Finding, Verdict};
use crate::wrap::software::{kw_unwrap, kwp_unwrap, oaep_decrypt};

/// The length of the ephemeral key that is asked for inside `CKM_RSA_AES_KEY_WRAP`, in bytes.
const EPHEMERAL: usize = 32;

/// Judges a blob of `CKM_RSA_PKCS_OAEP`.
pub(super) fn judge_oaep(private: &RsaPrivateKey, hash: HashAlg, blob: &[u8], truth: &Truth) -> Finding {
    match open_oaep(private, hash, blob) {
        Ok(plain) => truth.judge(&plain),
        Err(finding) if finding.verdict == Verdict::WrongHash => finding,
        // A wrong PKCS#1 v1.5 padding opens as random bytes, so only the right content says something.
        Err(finding) => match private.decrypt(Pkcs1v15Encrypt, blob).map(Zeroizing::new) {
            Ok(plain) if truth.judge(&plain).is_conformant() => {
                Finding::new(Verdict::WrongFormat, "PKCS#1 v1.5 padding instead of OAEP")
            }
            _ => finding,
        },
    }
}

/// Judges a blob of `CKM_RSA_AES_KEY_WRAP`: OAEP of an AES-256 key, then AES-KWP of the target under it.
pub(super) fn judge_native(private: &RsaPrivateKey, hash: HashAlg, blob: &[u8], truth: &Truth) -> Finding {
    let Some((head, tail)) = blob.split_at_checked(private.size()) else {
        return Finding::new(Verdict::WrongFormat, format!("{} bytes, less than one RSA block", blob.len()));
    };
    match open_oaep(private, hash, head) {
        Ok(key) if key.len() == EPHEMERAL => judge_aes(AesWrap::Kwp, &key, tail, truth),
        Ok(key) => Finding::new(Verdict::WrongFormat, format!("an ephemeral key of {} bytes instead of 32", key.len())),
        Err(finding) => finding,
    }
}

/// The message, or which hashes were used instead of the one asked for.
pub(super) fn open_oaep(private: &RsaPrivateKey, hash: HashAlg, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, Finding> {
    if blob.len() != private.size() {
        let what = format!("{} bytes instead of one RSA block of {}", blob.len(), private.size());
        return Err(Finding::new(Verdict::WrongFormat, what));
    }
    if let Ok(plain) = oaep_decrypt(private, hash, hash, blob) {
        return Ok(plain);
    }
    let pairs = HashAlg::ALL.into_iter().flat_map(|label| HashAlg::ALL.map(|mgf| (label, mgf)));
    for (label, mgf) in pairs.filter(|pair| *pair != (hash, hash)) {
        if oaep_decrypt(private, label, mgf, blob).is_ok() {
            let what = format!("{} with MGF1-{}", label.standard_name(), mgf.standard_name());
            return Err(Finding::new(Verdict::WrongHash, what));
        }
    }
    Err(Finding::new(Verdict::WrongFormat, "not OAEP with an empty label"))
}

/// Judges a blob of an AES key-wrap number: RFC 3394 behind 0x2109, RFC 5649 behind the two others.
pub(super) fn judge_aes(number: AesWrap, kek: &[u8], blob: &[u8], truth: &Truth) -> Finding {
    let (kw, kwp) = (kw_unwrap(kek, blob).ok(), kwp_unwrap(kek, blob).ok());
    match (number, kw, kwp) {
        (AesWrap::Kw, Some(plain), _) => judge_kw(&plain, truth),
        (AesWrap::Kw, None, Some(_)) => Finding::new(Verdict::WrongFormat, "RFC 5649"),
        (AesWrap::Pad | AesWrap::Kwp, _, Some(plain)) => truth.judge(&plain),
        (AesWrap::Pad | AesWrap::Kwp, Some(plain), None) => Finding::new(Verdict::WrongFormat, name_kw(&plain, truth)),
        (_, None, None) => {
            Finding::new(Verdict::WrongFormat, format!("{} bytes, neither RFC 3394 nor RFC 5649", blob.len()))
        }
    }
}

fn judge_kw(plain: &[u8], truth: &Truth) -> Finding {
    if truth.judge(plain).verdict == Verdict::WrongFormat && without_pkcs7(plain, truth) {
        return Finding::new(Verdict::WrongFormat, name_kw(plain, truth));
    }
    truth.judge(plain)
}

/// What stands in an RFC 3394 blob where RFC 5649 was asked for.
fn name_kw(plain: &[u8], truth: &Truth) -> &'static str {
    match truth.judge(plain).verdict {
        Verdict::Conformant => "RFC 3394 without padding",
        Verdict::ZeroPadded => "RFC 3394 over zero padding",
        Verdict::RawScalar => "RFC 3394 over a bare scalar",
        _ if without_pkcs7(plain, truth) => "RFC 3394 over PKCS#7 padding",
        _ => "RFC 3394 over something else",
    }
}

/// Whether the content is right once PKCS#7 padding is taken off (RFC 5652 section 6.3).
fn without_pkcs7(plain: &[u8], truth: &Truth) -> bool {
    let Some(last) = plain.last().copied() else { return false };
    let Some(cut) = plain.len().checked_sub(usize::from(last)) else { return false };
    let Some((key, padding)) = plain.split_at_checked(cut) else { return false };
    !is_zero(padding) && padding.iter().all(|byte| *byte == last) && truth.judge(key).is_conformant()
}
