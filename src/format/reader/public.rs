//! Public keys: SubjectPublicKeyInfo with curves and points in every spelling.

use super::curve::{self, Named};
use super::{ReadError, tlv};
use crate::format::lint::Finding;
use crate::format::spki::{self, PublicKey};

/// Reads the DER of one SubjectPublicKeyInfo.
pub(super) fn spki(der: &[u8], place: &str, findings: &mut Vec<Finding>) -> Result<PublicKey, ReadError> {
    let malformed = |why: &dyn ToString| ReadError::malformed(place, "a public key", &why.to_string());
    if let [algorithm, bits] = &*tlv::sequence(der)
        && let [oid, parameters] = &*algorithm.children()
        && oid.oid() == Some(spki::EC)
        && let Some(named) = curve::named(*parameters, place, findings)
    {
        return match named {
            Named::Known(curve) => {
                let point = bits.bits().and_then(|bits| curve::point(curve, bits, place, findings));
                let point = point.ok_or_else(|| malformed(&"its point is none of its curve"))?;
                PublicKey::ec(curve, &point).map_err(|error| malformed(&error))
            }
            Named::Other(_) if parameters.oid().is_none() => {
                Err(malformed(&"its EC curve is spelled out and is none that has a name"))
            }
            Named::Other(_) => PublicKey::from_der(der).map_err(|error| malformed(&error)),
        };
    }
    PublicKey::from_der(der).map_err(|error| malformed(&error))
}
