//! EC domain parameters and points, in every spelling that files have (RFC 5480, X9.62, SEC 1 section 2.3).

use der::asn1::ObjectIdentifier;
use p256::elliptic_curve::sec1::ToSec1Point;

use super::tlv::{self, Element, OBJECT_IDENTIFIER, SEQUENCE};
use crate::format::lint::Finding;
use crate::format::lint::rules::form;
use crate::format::spki::{curve_of, without_zeros};
use crate::key::spec::Curve;

/// `prime-field` (X9.62).
const PRIME_FIELD: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.1.1");

/// Curves that people have and byok has not, by name.
const NAMES: [(&str, &str); 9] = [
    ("1.2.840.10045.3.1.1", "P-192"),
    ("1.3.132.0.33", "P-224"),
    ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"),
    ("1.3.36.3.3.2.8.1.1.8", "brainpoolP256t1"),
    ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"),
    ("1.3.36.3.3.2.8.1.1.12", "brainpoolP384t1"),
    ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"),
    ("1.3.36.3.3.2.8.1.1.14", "brainpoolP512t1"),
    ("1.2.156.10197.1.301", "SM2"),
];

/// What the parameters say.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Named {
    /// One of ours.
    Known(Curve),
    /// Another one, by name.
    Other(String),
}

/// The curve that `ECParameters` (RFC 5480 section 2.1.1) name or spell out; `None` for something else.
pub(super) fn named(parameters: Element<'_>, place: &str, findings: &mut Vec<Finding>) -> Option<Named> {
    match parameters.tag {
        OBJECT_IDENTIFIER => {
            let oid = parameters.oid()?;
            Some(curve_of(oid).map_or_else(|| Named::Other(other(oid)), Named::Known))
        }
        SEQUENCE => {
            let numbers = Numbers::of(parameters)?;
            let Some(domain) = DOMAINS.iter().find(|domain| numbers.are(domain)) else {
                return Some(Named::Other("an EC curve of its own, with explicit parameters".to_owned()));
            };
            let detail = format!("explicit parameters that are those of {}", domain.curve.standard_name());
            findings.push(Finding::new(&form::EXPLICIT_CURVE, place, detail));
            Some(Named::Known(domain.curve))
        }
        _ => None,
    }
}

fn other(oid: ObjectIdentifier) -> String {
    let oid = oid.to_string();
    let name = NAMES.iter().find(|(known, _)| *known == oid).map_or(oid.as_str(), |(_, name)| name);
    format!("EC curve {name}")
}

/// `x || y` of a point; one that is compressed is computed, and noted.
pub(super) fn point(curve: Curve, bits: &[u8], place: &str, findings: &mut Vec<Finding>) -> Option<Vec<u8>> {
    let field = curve.field_bytes();
    match bits.split_first()? {
        (4, point) if Some(point.len()) == field.checked_mul(2) => Some(point.to_vec()),
        (2 | 3, x) if x.len() == field => {
            let full = decompress(curve, bits)?;
            findings.push(Finding::new(&form::COMPRESSED_POINT, place, "the public point has one coordinate"));
            full.split_first().map(|(_, point)| point.to_vec())
        }
        _ => None,
    }
}

fn decompress(curve: Curve, bits: &[u8]) -> Option<Box<[u8]>> {
    Some(match curve {
        Curve::P256 => p256::PublicKey::from_sec1_bytes(bits).ok()?.to_sec1_point(false).to_bytes(),
        Curve::P384 => p384::PublicKey::from_sec1_bytes(bits).ok()?.to_sec1_point(false).to_bytes(),
        Curve::P521 => p521::PublicKey::from_sec1_bytes(bits).ok()?.to_sec1_point(false).to_bytes(),
        Curve::Secp256k1 => k256::PublicKey::from_sec1_bytes(bits).ok()?.to_sec1_point(false).to_bytes(),
    })
}

/// The numbers of `SpecifiedECDomain` (SEC 1 appendix C.2), without leading zeros.
struct Numbers<'a> {
    prime: &'a [u8],
    a: &'a [u8],
    b: &'a [u8],
    /// As a point is written.
    base: &'a [u8],
    order: &'a [u8],
    cofactor: Option<&'a [u8]>,
}

impl<'a> Numbers<'a> {
    fn of(parameters: Element<'a>) -> Option<Self> {
        let [_version, field, curve, base, order, rest @ ..] = &*parameters.children() else { return None };
        let [kind, prime] = &*field.children() else { return None };
        let [a, b, ..] = &*curve.children() else { return None };
        let octets = |element: &Element<'a>| (element.tag == tlv::OCTET_STRING).then_some(element.content);
        let prime = if kind.oid() == Some(PRIME_FIELD) { prime.number()? } else { &[] };
        let cofactor = rest.first().and_then(|element| element.number());
        let (a, b) = (without_zeros(octets(a)?), without_zeros(octets(b)?));
        Some(Self { prime, a, b, base: octets(base)?, order: order.number()?, cofactor })
    }

    /// All of them: a curve that shares only some with a known one is an attack (CVE-2020-0601).
    fn are(&self, domain: &Domain) -> bool {
        let is = |number: &[u8], wanted: &str| hex::encode(number) == wanted;
        is(self.prime, domain.prime)
            && is(self.a, domain.a)
            && is(self.b, domain.b)
            && is(self.order, domain.order)
            && self.cofactor.is_none_or(|cofactor| cofactor == [1])
            && self.base_is(domain)
    }

    fn base_is(&self, domain: &Domain) -> bool {
        let Some((first, coordinates)) = self.base.split_first() else { return false };
        let full = hex::encode(coordinates);
        let odd = domain.base.ends_with(['1', '3', '5', '7', '9', 'b', 'd', 'f']);
        match first {
            4 => full == domain.base,
            2 | 3 => {
                domain.base.len() == full.len().saturating_mul(2)
                    && domain.base.starts_with(&full)
                    && odd == (*first == 3)
            }
            _ => false,
        }
    }
}

/// Domain parameters in hexadecimal digits, whole bytes without leading zero bytes.
struct Domain {
    curve: Curve,
    prime: &'static str,
    a: &'static str,
    b: &'static str,
    /// `x || y`.
    base: &'static str,
    order: &'static str,
}

/// SP 800-186 section 3.2.1 and SEC 2 section 2.4.1. Each has the cofactor 1.
const DOMAINS: [Domain; 4] = [
    Domain {
        curve: Curve::P256,
        prime: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        a: "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
        b: "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        base: "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        order: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    },
    Domain {
        curve: Curve::P384,
        prime: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
        a: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fffffffc",
        b: "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
        base: "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab73617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
        order: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    },
    Domain {
        curve: Curve::P521,
        prime: "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        a: "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc",
        b: "51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
        base: "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
        order: "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    },
    Domain {
        curve: Curve::Secp256k1,
        prime: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
        a: "",
        b: "07",
        base: "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
        order: "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
    },
];
