//! DER: what it is by its outermost elements, and the key in it.

use der::asn1::OctetStringRef;
use der::{Decode, Header, Reader, SliceReader, Tag};
use pkcs8::PrivateKeyInfoRef;
use rsa::pkcs1::RsaPrivateKeyRef;
use sec1::{EcParameters, EcPrivateKey};
use zeroize::Zeroizing;

use super::{Content, Form, Part, ReadError};
use crate::format::material::{EcPrivate, Ed25519Private, Material, PrivateKey, RsaFactors, RsaPrivate};
use crate::format::spki::{self, PublicKey, without_zeros};
use crate::key::spec::Curve;

/// One DER value.
pub(super) fn part(bytes: &[u8], place: &str) -> Result<Part, ReadError> {
    let tags = outer_tags(bytes).map_err(|error| malformed("DER", &error))?;
    let (form, material) = match tags.as_slice() {
        [Tag::Sequence, Tag::BitString] => {
            let key = PublicKey::from_der(bytes).map_err(|error| malformed("a public key", &error))?;
            (Form::Spki, Material::Public(key))
        }
        [Tag::Integer, Tag::Integer] => {
            let key = PublicKey::from_pkcs1_der(bytes).map_err(|error| malformed("PKCS#1", &error))?;
            (Form::Pkcs1Public, Material::Public(key))
        }
        [Tag::Integer, Tag::Sequence, Tag::OctetString, ..] => (Form::Pkcs8, Material::Private(pkcs8(bytes)?)),
        [Tag::Integer, Tag::Integer, Tag::Integer, ..] => {
            (Form::Pkcs1Private, Material::Private(PrivateKey::Rsa(pkcs1(bytes)?)))
        }
        [Tag::Integer, Tag::OctetString, ..] => (Form::Sec1, Material::Private(sec1(bytes, None)?)),
        _ => return Err(malformed("DER", &"its outermost elements are of no known kind")),
    };
    Ok(Part { place: place.to_owned(), form, content: Content::Key(material), name: None, beside: Vec::new() })
}

fn malformed(form: &'static str, why: &impl ToString) -> ReadError {
    ReadError::Malformed { form, why: why.to_string() }
}

/// The tags inside the one outer sequence.
fn outer_tags(bytes: &[u8]) -> der::Result<Vec<Tag>> {
    let mut reader = SliceReader::new(bytes)?;
    let header = Header::decode(&mut reader)?;
    header.tag().assert_eq(Tag::Sequence)?;
    let content = reader.read_slice(header.length())?;
    reader.finish()?;
    let mut inner = SliceReader::new(content)?;
    let mut tags = Vec::new();
    while !inner.is_finished() {
        let header = Header::decode(&mut inner)?;
        inner.read_slice(header.length())?;
        tags.push(header.tag());
    }
    Ok(tags)
}

fn pkcs8(bytes: &[u8]) -> Result<PrivateKey, ReadError> {
    let info = PrivateKeyInfoRef::from_der(bytes).map_err(|error| malformed("PKCS#8", &error))?;
    let inner = info.private_key.as_bytes();
    match info.algorithm.oid {
        spki::RSA => pkcs1(inner).map(PrivateKey::Rsa),
        spki::EC => sec1(inner, info.algorithm.parameters.and_then(|any| any.decode_as().ok())),
        spki::ED25519 => {
            let seed = <&OctetStringRef>::from_der(inner).ok().and_then(|octets| octets.as_bytes().try_into().ok());
            let seed = seed.ok_or_else(|| malformed("PKCS#8", &"an Ed25519 seed has 32 bytes"))?;
            let point = info.public_key.and_then(|bits| bits.as_bytes()).map(<[u8]>::to_vec);
            Ok(PrivateKey::Ed25519(Ed25519Private { seed: Zeroizing::new(seed), point }))
        }
        oid => Ok(PrivateKey::Other(spki::algorithm_name(&oid.to_string()))),
    }
}

fn pkcs1(bytes: &[u8]) -> Result<RsaPrivate, ReadError> {
    let key = RsaPrivateKeyRef::from_der(bytes).map_err(|error| malformed("PKCS#1", &error))?;
    let secret = |number: &[u8]| Zeroizing::new(without_zeros(number).to_vec());
    Ok(RsaPrivate {
        modulus: key.modulus.as_bytes().to_vec(),
        exponent: key.public_exponent.as_bytes().to_vec(),
        private_exponent: secret(key.private_exponent.as_bytes()),
        factors: Some(RsaFactors {
            primes: [secret(key.prime1.as_bytes()), secret(key.prime2.as_bytes())],
            exponents: [secret(key.exponent1.as_bytes()), secret(key.exponent2.as_bytes())],
            coefficient: secret(key.coefficient.as_bytes()),
        }),
    })
}

fn sec1(bytes: &[u8], outer: Option<der::asn1::ObjectIdentifier>) -> Result<PrivateKey, ReadError> {
    let key = EcPrivateKey::from_der(bytes).map_err(|error| malformed("SEC 1", &error))?;
    let inner = key.parameters.map(|EcParameters::NamedCurve(oid)| oid);
    let oid = outer.or(inner).ok_or_else(|| malformed("SEC 1", &"it names no curve"))?;
    let Some(curve) = spki::curve_of(oid) else { return Ok(PrivateKey::Other(format!("EC curve {oid}"))) };
    let point = key.public_key.and_then(|bits| point(curve, bits));
    Ok(PrivateKey::Ec(EcPrivate { curve, scalar: Zeroizing::new(key.private_key.to_vec()), point }))
}

/// `x || y` of an uncompressed point.
fn point(curve: Curve, bits: &[u8]) -> Option<Vec<u8>> {
    let (first, point) = bits.split_first()?;
    (*first == 4 && Some(point.len()) == curve.field_bytes().checked_mul(2)).then(|| point.to_vec())
}
