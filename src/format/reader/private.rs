//! The numbers of private keys, as they stand in PKCS#8, PKCS#1 and SEC 1.

use std::borrow::Cow;

use ::der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

use super::curve::{self, Named};
use super::tlv::{self, BIT_STRING, Element, INTEGER, OCTET_STRING, SEQUENCE};
use super::{ReadError, der};
use crate::format::lint::Finding;
use crate::format::material::{EcPrivate, Ed25519Private, PrivateKey, RsaFactors, RsaPrivate};
use crate::format::spki;

const PKCS8: &str = "PKCS#8";
const PKCS1: &str = "PKCS#1";
const SEC1: &str = "SEC 1";

/// `friendlyName` (RFC 2985 section 5.5.1).
const FRIENDLY_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.20");
/// `localKeyID` (RFC 2985 section 5.5.2).
const LOCAL_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.21");

/// What stands beside the key in PKCS#8.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    /// `friendlyName`.
    pub name: Option<String>,
    /// The names of all others.
    pub others: Vec<String>,
}

/// `PrivateKeyInfo` or `OneAsymmetricKey` (RFC 5958 section 2), and what a conversion would lose.
pub(super) fn pkcs8(
    elements: &[Element<'_>],
    place: &str,
    findings: &mut Vec<Finding>,
) -> Result<(PrivateKey, Attributes), ReadError> {
    let malformed = |why: &str| ReadError::malformed(place, PKCS8, &why);
    let [version, algorithm, inner, rest @ ..] = elements else { return Err(malformed("it lacks a part")) };
    if !matches!(version.content, [0 | 1]) {
        return Err(malformed("its version is neither 0 nor 1"));
    }
    let [oid, parameters @ ..] = &*algorithm.children() else { return Err(malformed("it names no algorithm")) };
    let oid = oid.oid().ok_or_else(|| malformed("it names no algorithm"))?;
    let mut attributes = Attributes::default();
    // A reader that skipped what it does not know would take one of two public keys, and another reader the other.
    let (set, stated) = optional(rest, [&[0xa0], &[0x81, 0xa1]])
        .ok_or_else(|| malformed("it has an element that it may not have, or not there"))?;
    if let Some(set) = set {
        attributes.add(set);
    }
    let stated = stated.map(|bits| outer_public(bits).ok_or_else(|| malformed("its public key is no bit string")));
    let stated = stated.transpose()?;
    let inner = canonical(inner.content, place, findings)?;
    let key = match oid {
        spki::RSA => {
            let key = rsa(&tlv::sequence(&inner), place)?;
            if stated.is_some_and(|stated| !is_public_half(stated, &key)) {
                return Err(malformed("its public key is that of another key"));
            }
            key
        }
        spki::EC => {
            let outer = parameters.first().and_then(|parameters| curve::named(*parameters, place, findings));
            ec(&tlv::sequence(&inner), outer, stated, place, findings)?
        }
        spki::ED25519 => {
            let seed = tlv::first(&inner).filter(|(element, _)| element.tag == OCTET_STRING);
            let seed = seed.and_then(|(element, _)| <[u8; 32]>::try_from(element.content).ok().map(Zeroizing::new));
            let seed = seed.ok_or_else(|| malformed("an Ed25519 seed has 32 bytes (RFC 8410 section 7)"))?;
            PrivateKey::Ed25519(Ed25519Private { seed, point: stated.map(<[u8]>::to_vec) })
        }
        oid => PrivateKey::Other(spki::algorithm_name(&oid.to_string())),
    };
    Ok((key, attributes))
}

/// At most one element of each kind, in this order, and nothing else.
fn optional<'a>(elements: &[Element<'a>], tags: [&[u8]; 2]) -> Option<(Option<Element<'a>>, Option<Element<'a>>)> {
    let [early, late] = tags.map(|tags| move |element: &Element<'_>| tags.contains(&element.tag));
    match elements {
        [] => Some((None, None)),
        [one] if early(one) => Some((Some(*one), None)),
        [one] if late(one) => Some((None, Some(*one))),
        [one, two] if early(one) && late(two) => Some((Some(*one), Some(*two))),
        _ => None,
    }
}

/// The public key behind PKCS#8's tag 1. The tag is implicit; some old libraries wrote it explicitly.
fn outer_public(element: Element<'_>) -> Option<&[u8]> {
    if element.tag == 0x81 { element.bits() } else { inner_public(element) }
}

/// The one bit string behind an explicit tag.
fn inner_public(element: Element<'_>) -> Option<&[u8]> {
    match &*element.children() {
        [bits] if bits.tag == BIT_STRING => bits.bits(),
        _ => None,
    }
}

/// Whether an `RSAPublicKey` is of this key. What byok cannot read of a key is not compared.
fn is_public_half(stated: &[u8], key: &PrivateKey) -> bool {
    let PrivateKey::Rsa(key) = key else { return true };
    match &*tlv::sequence(stated) {
        [modulus, exponent] => {
            modulus.number() == Some(spki::without_zeros(&key.modulus))
                && exponent.number() == Some(spki::without_zeros(&key.exponent))
        }
        _ => false,
    }
}

/// The structure inside an octet string can be BER of its own. What is no element at all is for its reader to name.
fn canonical<'a>(inner: &'a [u8], place: &str, findings: &mut Vec<Finding>) -> Result<Cow<'a, [u8]>, ReadError> {
    if !matches!(inner.first(), Some(&(SEQUENCE | OCTET_STRING))) {
        return Ok(Cow::Borrowed(inner));
    }
    der::canonical(inner, place, findings).map(|der| Cow::Owned(der.to_vec()))
}

impl Attributes {
    /// The attributes of a set (RFC 5958 section 2).
    fn add(&mut self, set: Element<'_>) {
        for attribute in set.children() {
            let parts = attribute.children();
            match parts.first().and_then(|oid| oid.oid()) {
                Some(FRIENDLY_NAME) if self.name.is_none() => {
                    self.name = parts.get(1).and_then(|values| values.children().first().map(|name| bmp(name.content)));
                }
                Some(FRIENDLY_NAME) => self.others.push("another friendlyName".to_owned()),
                Some(LOCAL_KEY_ID) => self.others.push("localKeyID".to_owned()),
                Some(oid) => self.others.push(format!("attribute {oid}")),
                None => self.others.push("a damaged attribute".to_owned()),
            }
        }
    }
}

/// `BMPString`: UTF-16, big-endian.
fn bmp(content: &[u8]) -> String {
    let (pairs, _) = content.as_chunks::<2>();
    char::decode_utf16(pairs.iter().map(|pair| u16::from_be_bytes(*pair))).map(|c| c.unwrap_or('\u{fffd}')).collect()
}

/// `RSAPrivateKey` (RFC 8017 appendix A.1.2).
pub(super) fn rsa(elements: &[Element<'_>], place: &str) -> Result<PrivateKey, ReadError> {
    let malformed = |why: &str| ReadError::malformed(place, PKCS1, &why);
    let [version, modulus, exponent, private, numbers @ ..] = elements else {
        return Err(malformed("it has fewer than nine numbers"));
    };
    let [prime1, prime2, exponent1, exponent2, coefficient, rest @ ..] = numbers else {
        return Err(malformed("it has fewer than nine numbers"));
    };
    if version.tag != INTEGER || !matches!(version.content, [0 | 1]) {
        return Err(malformed("its version is neither 0 nor 1"));
    }
    if version.content == [1] || !rest.is_empty() {
        return Ok(PrivateKey::Other("RSA with more than two primes".to_owned()));
    }
    let secret = |element: &Element<'_>| {
        let number = element.number().ok_or_else(|| malformed("one of its numbers is negative"))?;
        Ok::<_, ReadError>(Zeroizing::new(number.to_vec()))
    };
    Ok(PrivateKey::Rsa(RsaPrivate {
        modulus: secret(modulus)?.to_vec(),
        exponent: secret(exponent)?.to_vec(),
        private_exponent: secret(private)?,
        factors: Some(RsaFactors {
            primes: [secret(prime1)?, secret(prime2)?],
            exponents: [secret(exponent1)?, secret(exponent2)?],
            coefficient: secret(coefficient)?,
        }),
    }))
}

/// `ECPrivateKey` (RFC 5915 section 3). `outer` is the curve that PKCS#8 names around it, `stated` its public key.
pub(super) fn ec(
    elements: &[Element<'_>],
    outer: Option<Named>,
    stated: Option<&[u8]>,
    place: &str,
    findings: &mut Vec<Finding>,
) -> Result<PrivateKey, ReadError> {
    let malformed = |why: &str| ReadError::malformed(place, SEC1, &why);
    let [version, scalar, rest @ ..] = elements else { return Err(malformed("it lacks a part")) };
    if version.content != [1] || scalar.tag != OCTET_STRING {
        return Err(malformed("it is not version 1 with an octet string"));
    }
    let (parameters, inner_bits) = optional(rest, [&[0xa0], &[0xa1]])
        .ok_or_else(|| malformed("it has an element that it may not have, or not there"))?;
    let inner = match parameters.map(Element::children).as_deref() {
        None => None,
        Some([parameters]) => curve::named(*parameters, place, findings),
        Some(_) => return Err(malformed("its parameters are not one curve")),
    };
    if let (Some(outer), Some(inner)) = (&outer, &inner)
        && outer != inner
    {
        return Err(malformed("it names two curves"));
    }
    let curve = match outer.or(inner) {
        None => return Err(malformed("it names no curve")),
        Some(Named::Other(name)) => return Ok(PrivateKey::Other(name)),
        Some(Named::Known(curve)) => curve,
    };
    let inner_bits =
        inner_bits.map(|bits| inner_public(bits).ok_or_else(|| malformed("its public key is no bit string")));
    let mut read = |bits: Option<&[u8]>| {
        let point = bits.map(|bits| curve::point(curve, bits, place, findings));
        point.map(|point| point.ok_or_else(|| malformed("its public point is none of its curve"))).transpose()
    };
    let (inner, stated) = (read(inner_bits.transpose()?)?, read(stated)?);
    if inner.is_some() && stated.is_some() && inner != stated {
        return Err(malformed("it holds two public keys that differ"));
    }
    let point = inner.or(stated);
    Ok(PrivateKey::Ec(EcPrivate { curve, scalar: Zeroizing::new(scalar.content.to_vec()), point }))
}
