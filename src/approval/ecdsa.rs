//! ECDSA over the three NIST curves, as SSH writes points and signatures (RFC 5656 sections 3.1 and 3.1.2).

use p521::ecdsa::signature::Verifier;
use ring::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, UnparsedPublicKey};

use super::wire::Reader;
use crate::key::spec::Curve;

/// What SSH calls the curve (RFC 5656 section 10.1).
pub(super) fn identifier(curve: Curve) -> Option<&'static str> {
    match curve {
        Curve::P256 => Some("nistp256"),
        Curve::P384 => Some("nistp384"),
        Curve::P521 => Some("nistp521"),
        Curve::Secp256k1 => None,
    }
}

/// Whether `point` is an uncompressed point on the curve, other than infinity.
pub(super) fn is_point(curve: Curve, point: &[u8]) -> bool {
    let length = field_bytes(curve).saturating_mul(2).saturating_add(1);
    if point.first() != Some(&4) || point.len() != length {
        return false;
    }
    match curve {
        Curve::P256 => p256::PublicKey::from_sec1_bytes(point).is_ok(),
        Curve::P384 => p384::PublicKey::from_sec1_bytes(point).is_ok(),
        Curve::P521 => p521::PublicKey::from_sec1_bytes(point).is_ok(),
        Curve::Secp256k1 => false,
    }
}

/// `r` and `s` of a signature blob, each as wide as the field; nothing where a number is not positive, too long or
/// not in its only spelling.
pub(super) fn fixed(curve: Curve, blob: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader(blob);
    let numbers = [reader.positive()?, reader.positive()?];
    reader.end()?;
    let width = field_bytes(curve);
    let mut out = Vec::new();
    for number in numbers {
        let zeros = width.checked_sub(number.len())?;
        out.extend(std::iter::repeat_n(0, zeros));
        out.extend_from_slice(number);
    }
    Some(out)
}

/// Whether `signature` (`r` and `s`, fixed width) is one over `message`, hashed as RFC 5656 section 6.2.1 says.
pub(super) fn verifies(curve: Curve, point: &[u8], message: &[u8], signature: &[u8]) -> bool {
    match curve {
        Curve::P256 => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok(),
        Curve::P384 => UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).verify(message, signature).is_ok(),
        Curve::P521 => p521_verifies(point, message, signature).is_some(),
        Curve::Secp256k1 => false,
    }
}

/// ring has no P-521.
fn p521_verifies(point: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
    let signature = p521::ecdsa::Signature::from_slice(signature).ok()?;
    key.verify(message, &signature).ok()
}

fn field_bytes(curve: Curve) -> usize {
    match curve {
        Curve::P256 | Curve::Secp256k1 => 32,
        Curve::P384 => 48,
        Curve::P521 => 66,
    }
}
