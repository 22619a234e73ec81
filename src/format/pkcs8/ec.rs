//! EC private keys (RFC 5915) on the four curves.

use der::asn1::{AnyRef, ObjectIdentifier};
use p256::elliptic_curve::sec1::ToSec1Point;
use sec1::{EcParameters, EcPrivateKey};
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::{ProofError, ec_private_key, encoded, private_key_info};
use crate::format::spki::{self as public, without_zeros};
use crate::key::spec::Curve;

/// `id-ecPublicKey` (RFC 5480 section 2.1.1).
pub(super) const ALGORITHM: ObjectIdentifier = public::EC;
/// The first byte of a point with both coordinates (SEC 1 section 2.3.3).
pub(super) const UNCOMPRESSED: u8 = 0x04;

/// The object identifier of a curve.
pub(super) fn oid(curve: Curve) -> ObjectIdentifier {
    public::curve_oid(curve)
}

/// Proves the `ECPrivateKey` inside PKCS#8. What it or PKCS#8 (`stated`) says of its curve and point must be right.
pub(super) fn prove(
    curve: Curve,
    point: &[u8],
    inner: &[u8],
    stated: Option<&[u8]>,
) -> Result<Zeroizing<Vec<u8>>, ProofError> {
    let key = ec_private_key(inner)?;
    if key.parameters.is_some_and(|parameters| parameters != EcParameters::NamedCurve(oid(curve))) {
        return Err(ProofError::Inconsistent("it names two curves"));
    }
    let der = of_scalar(curve, point, key.private_key)?;
    let wrong = |bits: &[u8]| bits.split_first() != Some((&UNCOMPRESSED, point));
    if key.public_key.into_iter().chain(stated).any(wrong) {
        return Err(ProofError::Inconsistent("it holds another public key"));
    }
    Ok(der)
}

/// The canonical form of a scalar, if it makes the point.
pub(super) fn of_scalar(curve: Curve, point: &[u8], scalar: &[u8]) -> Result<Zeroizing<Vec<u8>>, ProofError> {
    let scalar = padded(curve, scalar)?;
    let bits = public_point(curve, &scalar).ok_or(ProofError::Malformed("no scalar of the curve"))?;
    if bits.split_first() != Some((&UNCOMPRESSED, point)) {
        return Err(ProofError::AnotherKey);
    }
    let inner = encoded(&EcPrivateKey { private_key: &scalar, parameters: None, public_key: Some(&bits) })?;
    let curve = oid(curve);
    let algorithm = AlgorithmIdentifierRef { oid: ALGORITHM, parameters: Some(AnyRef::from(&curve)) };
    private_key_info(algorithm, &inner)
}

/// `x || y` of a scalar.
pub(in crate::format) fn point_of(curve: Curve, scalar: &[u8]) -> Result<Vec<u8>, ProofError> {
    let bits = public_point(curve, &padded(curve, scalar)?).ok_or(ProofError::Malformed("no scalar of the curve"))?;
    Ok(bits.split_first().map(|(_, point)| point.to_vec()).unwrap_or_default())
}

/// As long as the field, which is how RFC 5915 section 3 wants it; some modules drop leading zeros, some add them.
fn padded(curve: Curve, scalar: &[u8]) -> Result<Zeroizing<Vec<u8>>, ProofError> {
    let number = without_zeros(scalar);
    let mut whole = Zeroizing::new(vec![0; curve.field_bytes()]);
    let start = whole.len().checked_sub(number.len()).ok_or(ProofError::Malformed("no scalar of the curve"))?;
    if let Some(end) = whole.get_mut(start..) {
        end.copy_from_slice(number);
    }
    Ok(whole)
}

/// `04 || x || y`; `None` when the scalar is zero or not below the order.
fn public_point(curve: Curve, scalar: &[u8]) -> Option<Box<[u8]>> {
    Some(match curve {
        Curve::P256 => p256::SecretKey::from_slice(scalar).ok()?.public_key().to_sec1_point(false).to_bytes(),
        Curve::P384 => p384::SecretKey::from_slice(scalar).ok()?.public_key().to_sec1_point(false).to_bytes(),
        Curve::P521 => p521::SecretKey::from_slice(scalar).ok()?.public_key().to_sec1_point(false).to_bytes(),
        Curve::Secp256k1 => k256::SecretKey::from_slice(scalar).ok()?.public_key().to_sec1_point(false).to_bytes(),
    })
}
