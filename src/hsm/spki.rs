//! Public keys as tokens give them -> canonical DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).

use der::asn1::{AnyRef, BitString, BitStringRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode};
use spki::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use crate::format::spki::{PublicKey, bit_length};
use crate::key::spec::Curve;

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// RFC 8410 section 3.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// The older spelling of the same curve in `CKA_EC_PARAMS`, as a DER `PrintableString` (PKCS#11 v3.0 section 2.3.10).
const EDWARDS25519_BY_NAME: &[u8] = b"\x13\x0cedwards25519";
const ED25519_BYTES: usize = 32;
const CURVES: [Curve; 4] = [Curve::P256, Curve::P384, Curve::P521, Curve::Secp256k1];

/// `CKA_EC_PARAMS` of a curve: its object identifier in DER (RFC 5480 section 2.1.1.1).
#[must_use]
pub fn ec_params(curve: Curve) -> &'static [u8] {
    match curve {
        Curve::P256 => &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
        Curve::P384 => &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22],
        Curve::P521 => &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23],
        Curve::Secp256k1 => &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a],
    }
}

/// `CKA_EC_PARAMS` of Ed25519: its object identifier in DER (RFC 8410 section 3).
pub const ED25519_PARAMS: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];

/// An RSA key, both numbers big-endian. Parameters are NULL (RFC 3279 section 2.3.1).
///
/// `None` when the numbers make no key.
#[must_use]
pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Vec<u8>> {
    if bit_length(modulus) == 0 || bit_length(exponent) == 0 {
        return None;
    }
    PublicKey::rsa(modulus, exponent).ok().map(|key| key.der().to_vec())
}

/// An EC or Ed25519 key from `CKA_EC_PARAMS` and `CKA_EC_POINT`. The point may be raw or wrapped in a DER OCTET
/// STRING or BIT STRING: tokens do either.
///
/// `None` for a curve that byok does not use, a compressed point, or a wrong length.
#[must_use]
pub fn elliptic(params: &[u8], point: &[u8]) -> Option<Vec<u8>> {
    if params == ED25519_PARAMS || params == EDWARDS25519_BY_NAME {
        return encode(ED25519, None, unwrapped(point, ED25519_BYTES)?);
    }
    let curve = CURVES.into_iter().find(|curve| ec_params(*curve) == params)?;
    // SEC 1 section 2.3.3: 04 || X || Y.
    let length = curve.field_bytes().checked_mul(2)?.checked_add(1)?;
    let point = unwrapped(point, length)?;
    if point.first() != Some(&4) {
        return None;
    }
    encode(EC_PUBLIC_KEY, Some(AnyRef::from_der(params).ok()?), point)
}

/// The point of `length` bytes inside `point`. A wrapped point is longer than a raw one, so that the length decides.
fn unwrapped(point: &[u8], length: usize) -> Option<&[u8]> {
    if point.len() == length {
        return Some(point);
    }
    let inner = <&OctetStringRef>::from_der(point)
        .map(OctetStringRef::as_bytes)
        .ok()
        .or_else(|| BitStringRef::from_der(point).ok().and_then(|bits| bits.as_bytes()))?;
    (inner.len() == length).then_some(inner)
}

fn encode(oid: ObjectIdentifier, parameters: Option<AnyRef<'_>>, key: &[u8]) -> Option<Vec<u8>> {
    let info = SubjectPublicKeyInfo {
        algorithm: AlgorithmIdentifier { oid, parameters },
        subject_public_key: BitString::from_bytes(key).ok()?,
    };
    info.to_der().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::pkcs8::EncodePublicKey as _;

    fn p256_point() -> (Vec<u8>, Vec<u8>) {
        let key = p256::SecretKey::from_slice(&[7; 32]).unwrap().public_key();
        (key.to_sec1_bytes().to_vec(), key.to_public_key_der().unwrap().into_vec())
    }

    #[test]
    fn raw_and_wrapped_points_give_the_same_key() {
        let (point, expected) = p256_point();
        assert_eq!(elliptic(ec_params(Curve::P256), &point), Some(expected.clone()));
        let wrapped = [&[0x04, 65], point.as_slice()].concat();
        assert_eq!(elliptic(ec_params(Curve::P256), &wrapped), Some(expected.clone()));
        let bits = [&[0x03, 66, 0], point.as_slice()].concat();
        assert_eq!(elliptic(ec_params(Curve::P256), &bits), Some(expected));
    }

    #[test]
    fn ed25519_has_no_parameters() {
        let expected =
            [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00][..], &[9; 32]].concat();
        for params in [ED25519_PARAMS, EDWARDS25519_BY_NAME] {
            assert_eq!(elliptic(params, &[9; 32]), Some(expected.clone()));
            assert_eq!(elliptic(params, &[&[0x04, 32][..], &[9; 32]].concat()), Some(expected.clone()));
        }
    }

    #[test]
    fn rsa_numbers_may_have_leading_zeros() {
        let modulus = [&[0, 0, 0x80][..], &[1; 255]].concat();
        let key = rsa(&modulus, &[0, 1, 0, 1]).unwrap();
        assert_eq!(Some(key), rsa(modulus.get(2..).unwrap(), &[1, 0, 1]));
        assert_eq!(rsa(&[0, 0], &[3]), None);
        assert_eq!(rsa(&[], &[3]), None);
    }

    #[test]
    fn other_points_and_curves_are_refused() {
        let (mut point, _) = p256_point();
        assert_eq!(elliptic(ec_params(Curve::P384), &point), None);
        assert_eq!(elliptic(&[0x06, 0x01, 0x01], &point), None);
        point[0] = 2;
        assert_eq!(elliptic(ec_params(Curve::P256), &point), None);
        assert_eq!(elliptic(ec_params(Curve::P256), &[]), None);
    }
}
