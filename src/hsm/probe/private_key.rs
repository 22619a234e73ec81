//! Private keys as they come out of a token: PKCS#8 (RFC 5208) and what modules give instead of it.

use der::{Decode, Header, Reader, SliceReader, asn1::OctetStringRef};
use pkcs8::PrivateKeyInfoRef;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use rsa::{RsaPrivateKey, RsaPublicKey};
use sec1::EcPrivateKey;
use spki::SubjectPublicKeyInfoRef;

use super::content::is_zero;
use crate::wrap::capability::{Finding, Target, Verdict};

/// The length of an Ed25519 seed, in bytes (RFC 8032 section 5.1.5).
const SEED: usize = 32;

/// Judges bytes that should be the PKCS#8 `PrivateKeyInfo` that belongs to the public half `spki`.
pub(super) fn judge(target: Target, spki: &[u8], plain: &[u8]) -> Finding {
    let Some(public) = Public::read(target, spki) else {
        return Finding::new(Verdict::Unsupported, "the token's public half is malformed");
    };
    let whole = sequence_length(plain).filter(|length| *length <= plain.len());
    let (body, rest) = whole.and_then(|length| plain.split_at_checked(length)).unwrap_or((plain, &[]));
    match public.judge_pkcs8(body) {
        Some(finding) if rest.is_empty() || !finding.is_usable() => finding,
        Some(_) if is_zero(rest) => {
            Finding::new(Verdict::ZeroPadded, format!("{} bytes of PKCS#8 become {}", body.len(), plain.len()))
        }
        Some(_) => Finding::new(Verdict::WrongFormat, format!("PKCS#8 with {} stray bytes after it", rest.len())),
        None => public.judge_other(plain, body),
    }
}

/// The public half, read.
struct Public<'a> {
    target: Target,
    spki: SubjectPublicKeyInfoRef<'a>,
}

impl<'a> Public<'a> {
    fn read(target: Target, spki: &'a [u8]) -> Option<Self> {
        SubjectPublicKeyInfoRef::from_der(spki).ok().map(|spki| Self { target, spki })
    }

    /// `None` when the bytes are no PKCS#8 at all.
    fn judge_pkcs8(&self, der: &[u8]) -> Option<Finding> {
        let info = PrivateKeyInfoRef::from_der(der).ok()?;
        if info.algorithm.oid != self.spki.algorithm.oid {
            return Some(Finding::new(Verdict::WrongFormat, format!("PKCS#8 of algorithm {}", info.algorithm.oid)));
        }
        if info.algorithm.parameters != self.spki.algorithm.parameters {
            return Some(Finding::new(Verdict::WrongFormat, "PKCS#8 with other algorithm parameters"));
        }
        Some(match self.target {
            Target::Rsa2048 => self.judge_rsa(&info),
            Target::Ed25519 => self.judge_ed25519(info.private_key.as_bytes()),
            _ => self.judge_ec(info.private_key.as_bytes()),
        })
    }

    /// RFC 8017 appendix A.1.2 inside PKCS#8.
    fn judge_rsa(&self, info: &PrivateKeyInfoRef<'_>) -> Finding {
        let malformed = || Finding::new(Verdict::WrongFormat, "PKCS#8 with a malformed RSA key");
        let Ok(key) = RsaPrivateKey::from_pkcs1_der(info.private_key.as_bytes()) else { return malformed() };
        if RsaPublicKey::try_from(self.spki.clone()).ok() != Some(key.to_public_key()) {
            return another_key();
        }
        // The parser takes n, e, d, p and q; writing the key again shows whether the three other numbers are right.
        match key.to_pkcs1_der() {
            Ok(again) if again.as_bytes() == info.private_key.as_bytes() => Finding::conformant(),
            _ => malformed(),
        }
    }

    /// RFC 5915 inside PKCS#8: parameters and public key may be left out.
    fn judge_ec(&self, inner: &[u8]) -> Finding {
        let Ok(key) = EcPrivateKey::from_der(inner) else {
            return Finding::new(Verdict::WrongFormat, "PKCS#8 with a malformed ECPrivateKey");
        };
        if key.public_key.is_some() && key.public_key != self.bits() {
            return Finding::new(Verdict::WrongFormat, "ECPrivateKey with another public key");
        }
        if !self.is_scalar(key.private_key) {
            return another_key();
        }
        match self.scalar_lengths() {
            [whole, ..] if key.private_key.len() < *whole => {
                let what = format!("a scalar of {} bytes instead of {whole}", key.private_key.len());
                Finding::new(Verdict::ShortScalar, what)
            }
            _ => Finding::conformant(),
        }
    }

    /// RFC 8410 section 7; `ECPrivateKey` in its place is what some modules give and some services take.
    fn judge_ed25519(&self, inner: &[u8]) -> Finding {
        if let Ok(seed) = <&OctetStringRef>::from_der(inner) {
            return if self.is_scalar(seed.as_bytes()) { Finding::conformant() } else { another_key() };
        }
        match EcPrivateKey::from_der(inner) {
            Ok(key) if self.is_scalar(key.private_key) => {
                Finding { detail: Some("an ECPrivateKey inside PKCS#8".to_owned()), ..Finding::conformant() }
            }
            _ => Finding::new(Verdict::WrongFormat, "PKCS#8 with a malformed Ed25519 key"),
        }
    }

    /// Not PKCS#8: a scalar, or the key's own format without PKCS#8 around it.
    fn judge_other(&self, plain: &[u8], body: &[u8]) -> Finding {
        if self.scalar_lengths().iter().filter_map(|length| plain.split_at_checked(*length)).any(|(scalar, rest)| {
            (rest.is_empty() || is_zero(rest) || Some(rest) == self.bits()) && self.is_scalar(scalar)
        }) {
            return Finding::new(Verdict::RawScalar, format!("{} bytes without any structure", plain.len()));
        }
        if <&OctetStringRef>::from_der(body).is_ok_and(|seed| self.is_scalar(seed.as_bytes())) {
            return Finding::new(Verdict::RawScalar, "an OCTET STRING without PKCS#8");
        }
        if EcPrivateKey::from_der(body).is_ok_and(|key| self.is_scalar(key.private_key)) {
            return Finding::new(Verdict::WrongFormat, "ECPrivateKey (RFC 5915) without PKCS#8");
        }
        if self.target == Target::Rsa2048 && RsaPrivateKey::from_pkcs1_der(body).is_ok() {
            return Finding::new(Verdict::WrongFormat, "RSAPrivateKey (PKCS#1) without PKCS#8");
        }
        Finding::new(Verdict::WrongFormat, format!("{} bytes that are not PKCS#8", plain.len()))
    }

    fn bits(&self) -> Option<&[u8]> {
        self.spki.subject_public_key.as_bytes()
    }

    /// The lengths that a bare scalar may have; modules drop leading zeros.
    fn scalar_lengths(&self) -> &'static [usize] {
        match self.target {
            Target::EcP256 => &[32, 31],
            Target::EcP521 => &[66, 65, 64],
            Target::Ed25519 => &[SEED],
            _ => &[],
        }
    }

    /// Whether this scalar or seed makes the public half.
    fn is_scalar(&self, scalar: &[u8]) -> bool {
        let point = match self.target {
            Target::EcP256 => p256::SecretKey::from_slice(scalar).ok().map(|key| key.public_key().to_sec1_bytes()),
            Target::EcP521 => p521::SecretKey::from_slice(scalar).ok().map(|key| key.public_key().to_sec1_bytes()),
            Target::Ed25519 => <&[u8; SEED]>::try_from(scalar).ok().map(|seed| {
                let public = ed25519_dalek::SigningKey::from_bytes(seed).verifying_key();
                Box::<[u8]>::from(public.to_bytes())
            }),
            _ => None,
        };
        point.is_some() && point.as_deref() == self.bits()
    }
}

fn another_key() -> Finding {
    Finding::new(Verdict::WrongFormat, "another private key than the public half's")
}

/// The whole length of the DER SEQUENCE or OCTET STRING that starts here.
fn sequence_length(bytes: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let content = Header::decode(&mut reader).ok()?.length();
    let [before, content] = [reader.position(), content].map(|length| usize::try_from(u32::from(length)));
    before.ok()?.checked_add(content.ok()?)
}
