//! Requests -> PKCS#11 templates of pairs, made in the token or put in.

use cryptoki::object::{Attribute, KeyType, ObjectClass};
use der::Encode as _;
use der::asn1::OctetStringRef;

use super::pkcs11_template::{Template, custody, names};
use super::request::PairRequest;
use super::spki;
use crate::format::material::{EcPrivate, PrivateKey, RsaPrivate};
use crate::format::spki::{PublicKey, PublicKind, without_zeros};
use crate::key::spec::KeySpec;
use crate::key::template::Usage;

/// RSA's public exponent, 65537, as FIPS 186-5 section 5.1 allows it and everybody expects it.
const RSA_EXPONENT: [u8; 3] = [1, 0, 1];
/// The first byte of a point with both coordinates (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 0x04;

/// For `C_GenerateKeyPair`: the public half, then the private half. `None` for a secret key's type.
pub(super) fn generated(request: &PairRequest) -> Option<(Template, Template)> {
    let kind = match request.spec {
        KeySpec::Rsa(bits) => vec![
            Attribute::ModulusBits(u64::from(bits.bits()).into()),
            Attribute::PublicExponent(RSA_EXPONENT.to_vec()),
        ],
        spec => vec![Attribute::EcParams(params(spec)?)],
    };
    Some((public(request).with(kind), private(request)))
}

/// For `C_UnwrapKey` of PKCS#8. `None` for a secret key's type.
///
/// What the key is on which curve stands in PKCS#8 (PKCS#11 v3.1 section 6.3.6), so that no `CKA_EC_PARAMS` is given.
pub(super) fn unwrapped_private(request: &PairRequest) -> Option<Template> {
    let key_type = key_type(request.spec)?;
    Some(private(request).with([Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::KeyType(key_type)]))
}

/// For `C_CreateObject` of the private half. `None` when the key is of another kind than the request.
pub(super) fn known_private(key: &PrivateKey, request: &PairRequest) -> Option<Template> {
    // Secrets go into the template at once: it wipes them.
    let template = unwrapped_private(request)?;
    Some(match (key, request.spec) {
        (PrivateKey::Rsa(key), KeySpec::Rsa(_)) => rsa_numbers(template, key)?,
        (PrivateKey::Ec(key), KeySpec::Ec(curve)) if key.curve == curve => scalar(template, key)?,
        (PrivateKey::Ed25519(key), KeySpec::Ed25519) => template
            .with([Attribute::EcParams(spki::ED25519_PARAMS.to_vec())])
            .with([Attribute::Value(key.seed.to_vec())]),
        _ => return None,
    })
}

/// For `C_CreateObject` of the public half. `None` when the key is of another kind than the request.
pub(super) fn known_public(key: &PublicKey, request: &PairRequest) -> Option<Template> {
    if key.spec() != Some(request.spec) {
        return None;
    }
    let numbers = match key.kind() {
        PublicKind::Rsa { modulus, exponent } => {
            vec![Attribute::Modulus(modulus.clone()), Attribute::PublicExponent(exponent.clone())]
        }
        PublicKind::Ec { curve, point } => {
            let point = [&[UNCOMPRESSED], point.as_slice()].concat();
            vec![Attribute::EcParams(spki::ec_params(*curve).to_vec()), Attribute::EcPoint(octets(&point)?)]
        }
        PublicKind::Ed25519(point) => {
            vec![Attribute::EcParams(spki::ED25519_PARAMS.to_vec()), Attribute::EcPoint(octets(point)?)]
        }
        PublicKind::Other(_) => return None,
    };
    let kind = [Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::KeyType(key_type(request.spec)?)];
    Some(public(request).with(kind).with(numbers))
}

/// `CKA_EC_POINT` is the DER of an OCTET STRING (PKCS#11 v3.1 section 6.3.3).
fn octets(point: &[u8]) -> Option<Vec<u8>> {
    OctetStringRef::new(point).ok()?.to_der().ok()
}

/// Every number (PKCS#11 v3.1 section 6.1.3): not every token computes those that are left out.
fn rsa_numbers(template: Template, key: &RsaPrivate) -> Option<Template> {
    let factors = key.factors.as_ref()?;
    let ([prime1, prime2], [exponent1, exponent2]) = (&factors.primes, &factors.exponents);
    Some(template.with([
        Attribute::Modulus(key.modulus.clone()),
        Attribute::PublicExponent(key.exponent.clone()),
        Attribute::PrivateExponent(key.private_exponent.to_vec()),
        Attribute::Prime1(prime1.to_vec()),
        Attribute::Prime2(prime2.to_vec()),
        Attribute::Exponent1(exponent1.to_vec()),
        Attribute::Exponent2(exponent2.to_vec()),
        Attribute::Coefficient(factors.coefficient.to_vec()),
    ]))
}

/// The scalar, as long as the field.
fn scalar(template: Template, key: &EcPrivate) -> Option<Template> {
    let number = without_zeros(&key.scalar);
    let mut value = vec![0; key.curve.field_bytes()];
    let start = value.len().checked_sub(number.len())?;
    value.get_mut(start..)?.copy_from_slice(number);
    let params = spki::ec_params(key.curve).to_vec();
    Some(template.with([Attribute::EcParams(params), Attribute::Value(value)]))
}

fn public(request: &PairRequest) -> Template {
    Template(vec![Attribute::Token(request.object.token), Attribute::Private(false)])
        .with(names(&request.object))
        .with(public_usages(&request.public_usages))
}

fn private(request: &PairRequest) -> Template {
    custody(&request.object).with(private_usages(&request.private_usages))
}

fn key_type(spec: KeySpec) -> Option<KeyType> {
    match spec {
        KeySpec::Ec(_) => Some(KeyType::EC),
        KeySpec::Ed25519 => Some(KeyType::EC_EDWARDS),
        KeySpec::Rsa(_) => Some(KeyType::RSA),
        KeySpec::Aes(_) | KeySpec::Hmac(_) => None,
    }
}

fn params(spec: KeySpec) -> Option<Vec<u8>> {
    match spec {
        KeySpec::Ec(curve) => Some(spki::ec_params(curve).to_vec()),
        KeySpec::Ed25519 => Some(spki::ED25519_PARAMS.to_vec()),
        KeySpec::Aes(_) | KeySpec::Hmac(_) | KeySpec::Rsa(_) => None,
    }
}

fn private_usages(usages: &[Usage]) -> [Attribute; 3] {
    [
        Attribute::Decrypt(usages.contains(&Usage::Decrypt)),
        Attribute::Sign(usages.contains(&Usage::Sign)),
        Attribute::Unwrap(usages.contains(&Usage::Unwrap)),
    ]
}

fn public_usages(usages: &[Usage]) -> [Attribute; 3] {
    [
        Attribute::Encrypt(usages.contains(&Usage::Encrypt)),
        Attribute::Verify(usages.contains(&Usage::Verify)),
        Attribute::Wrap(usages.contains(&Usage::Wrap)),
    ]
}
