//! Structures without a passphrase, from numbers that agree.

use ::pkcs8::PrivateKeyInfoRef;
use der::asn1::ObjectIdentifier;
use der::{Decode, Encode};
use sec1::{EcParameters, EcPrivateKey};
use spki::SubjectPublicKeyInfoRef;
use zeroize::Zeroizing;

use super::{Structure, WriteError};
use crate::format::material::{EcPrivate, Material, PrivateKey};
use crate::format::pkcs8;
use crate::format::spki::{self as public_key, PublicKey, PublicKind, without_zeros};

type Bytes = Zeroizing<Vec<u8>>;

/// What the key is, to people.
pub(super) fn description(material: &Material) -> String {
    match material {
        Material::Private(key) => format!("a private key of type {}", key.description()),
        Material::Public(key) => format!("a public key of type {}", key.description()),
        Material::Secret(_) => "a symmetric key".to_owned(),
    }
}

pub(super) fn no_form(material: &Material, structure: Structure, why: &'static str) -> WriteError {
    WriteError::NoForm { key: description(material), structure, why }
}

/// `PrivateKeyInfo`, version 0.
pub(super) fn pkcs8(material: &Material) -> Result<Bytes, WriteError> {
    match material {
        Material::Private(key) => Ok(pkcs8::encode(key)?),
        Material::Public(_) => Err(no_form(material, Structure::Pkcs8, ", which is for private keys")),
        Material::Secret(_) => Err(no_form(material, Structure::Pkcs8, ", which is for pairs")),
    }
}

/// `RSAPrivateKey` or `RSAPublicKey`, and its PEM label.
pub(super) fn pkcs1(material: &Material) -> Result<(Option<&'static str>, Bytes), WriteError> {
    match material {
        Material::Private(PrivateKey::Rsa(_)) => {
            let der = pkcs8(material)?;
            let info = PrivateKeyInfoRef::from_der(&der).map_err(|_| WriteError::Encoding)?;
            Ok((Some("RSA PRIVATE KEY"), Zeroizing::new(info.private_key.as_bytes().to_vec())))
        }
        Material::Public(key) if matches!(key.kind(), PublicKind::Rsa { .. }) => {
            let info = SubjectPublicKeyInfoRef::from_der(key.der()).map_err(|_| WriteError::Encoding)?;
            let bits = info.subject_public_key.as_bytes().ok_or(WriteError::Encoding)?;
            Ok((Some("RSA PUBLIC KEY"), Zeroizing::new(bits.to_vec())))
        }
        _ => Err(no_form(material, Structure::Pkcs1, ", which is for RSA keys")),
    }
}

/// `ECPrivateKey` with its curve and its point.
pub(super) fn sec1(material: &Material) -> Result<Bytes, WriteError> {
    let Material::Private(PrivateKey::Ec(key)) = material else {
        return Err(no_form(material, Structure::Sec1, ", which is for private EC keys"));
    };
    // That the numbers agree is checked here; the bytes are made anew, because a bare ECPrivateKey names its curve.
    pkcs8(material)?;
    let point = public(material)?;
    let PublicKind::Ec { point, .. } = point.kind() else { return Err(WriteError::Encoding) };
    let bits = [&[4], point.as_slice()].concat();
    let scalar = scalar(key)?;
    let curve: ObjectIdentifier = public_key::curve_oid(key.curve);
    let parameters = Some(EcParameters::NamedCurve(curve));
    encoded(&EcPrivateKey { private_key: &scalar, parameters, public_key: Some(&bits) })
}

/// The scalar, as long as the field.
fn scalar(key: &EcPrivate) -> Result<Bytes, WriteError> {
    let (digits, length) = (without_zeros(&key.scalar), key.curve.field_bytes());
    let mut scalar = Zeroizing::new(vec![0; length]);
    let start = length.checked_sub(digits.len()).ok_or(WriteError::Encoding)?;
    scalar.get_mut(start..).ok_or(WriteError::Encoding)?.copy_from_slice(digits);
    Ok(scalar)
}

/// The public half.
pub(super) fn public(material: &Material) -> Result<PublicKey, WriteError> {
    match material {
        Material::Private(key) => Ok(pkcs8::public_half(key)?),
        Material::Public(key) => Ok(key.clone()),
        Material::Secret(_) => Err(no_form(material, Structure::Spki, ", which is for public keys")),
    }
}

/// The bytes of a symmetric key, an EC scalar, or an Ed25519 seed.
pub(super) fn raw(material: &Material) -> Result<Bytes, WriteError> {
    match material {
        Material::Secret(key) => Ok(Zeroizing::new(key.value.to_vec())),
        Material::Private(PrivateKey::Ec(key)) => {
            pkcs8(material)?;
            scalar(key)
        }
        Material::Private(PrivateKey::Ed25519(key)) => {
            pkcs8(material)?;
            Ok(Zeroizing::new(key.seed.to_vec()))
        }
        _ => Err(no_form(material, Structure::Raw, ", which is for symmetric keys, EC scalars and Ed25519 seeds")),
    }
}

/// Encodes into a buffer that has its length from the start.
fn encoded(value: &impl Encode) -> Result<Bytes, WriteError> {
    let failed = |_| WriteError::Encoding;
    let length = value.encoded_len().and_then(usize::try_from).map_err(failed)?;
    let mut buffer = Zeroizing::new(vec![0; length]);
    value.encode_to_slice(&mut buffer).map_err(failed)?;
    Ok(buffer)
}
