//! EC keys: is the point on the curve, is the scalar in its range, do they belong together.

use super::rules::ec as rules;
use super::{Finding, raw};
use crate::format::material::EcPrivate;
use crate::format::pkcs8::ec_public_point;
use crate::format::spki::{bit_length, without_zeros};
use crate::key::spec::Curve;

const SCALAR: &str = "private scalar";
const POINT: &str = "public key";

/// What is wrong with a private key.
pub(super) fn private(key: &EcPrivate) -> Vec<Finding> {
    let mut findings: Vec<Finding> = key.point.iter().filter_map(|point| public(key.curve, point)).collect();
    let field = key.curve.field_bytes();
    if key.scalar.len() != field {
        let detail = format!("{} bytes; {} has {field}", key.scalar.len(), key.curve.standard_name());
        findings.push(Finding::new(&rules::EC_SCALAR_LENGTH, SCALAR, detail));
    }
    let made = ec_public_point(key.curve, &key.scalar);
    match (&made, &key.point) {
        (Err(_), _) => {
            findings.push(Finding::new(&rules::EC_SCALAR_RANGE, SCALAR, range(&key.scalar)));
            return findings;
        }
        (Ok(_), None) => findings.push(Finding::new(&rules::EC_NO_POINT, POINT, "it is left out")),
        (Ok(made), Some(stated)) if made != stated && findings.iter().all(|found| found.rule != &rules::EC_POINT) => {
            findings.push(Finding::new(&rules::PUBLIC_DIFFERS, POINT, "the private scalar makes another"));
        }
        (Ok(_), Some(_)) => {}
    }
    findings.extend(guessable(key.curve, &key.scalar));
    findings
}

/// What is wrong with a public key.
pub(super) fn public(curve: Curve, point: &[u8]) -> Option<Finding> {
    let bits = [&[0x04], point].concat();
    let lies = match curve {
        Curve::P256 => p256::PublicKey::from_sec1_bytes(&bits).is_ok(),
        Curve::P384 => p384::PublicKey::from_sec1_bytes(&bits).is_ok(),
        Curve::P521 => p521::PublicKey::from_sec1_bytes(&bits).is_ok(),
        Curve::Secp256k1 => k256::PublicKey::from_sec1_bytes(&bits).is_ok(),
    };
    (!lies).then(|| Finding::new(&rules::EC_POINT, POINT, format!("it does not lie on {}", curve.standard_name())))
}

/// Whether a scalar is zero or too large is no secret: there is no such key.
fn range(scalar: &[u8]) -> &'static str {
    if without_zeros(scalar).is_empty() { "it is zero" } else { "it is not below the order of the group" }
}

fn guessable(curve: Curve, scalar: &[u8]) -> Option<Finding> {
    let half = curve.field_bytes().saturating_mul(8) / 2;
    let detail = if bit_length(scalar) < half { "it is short".to_owned() } else { raw::pattern(scalar)?.1 };
    Some(Finding::new(&rules::EC_GUESSABLE, SCALAR, detail))
}
