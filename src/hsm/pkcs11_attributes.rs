//! `C_GetAttributeValue`: absent is never taken for false.
//!
//! cryptoki leaves out attributes that are absent or sensitive, so that every reader here looks at what came, by
//! type. It also refuses the whole answer when one number in it is unknown to it; then that number is left out.

use cryptoki::error::Error;
use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use cryptoki_sys as sys;

use super::error::TokenError;
use super::pkcs11_error::token_error;
use super::pkcs11_session::CountedSession;
use super::request::{Class, FoundObject, Handle, Search};
use super::spki;
use crate::format::spki::PublicKey;
use crate::key::custody::Custody;

const FUNCTION: &str = "C_GetAttributeValue";

/// The attributes that the token has; the others are missing from the answer.
pub(super) fn read(
    session: &CountedSession,
    object: Handle,
    types: &[AttributeType],
) -> Result<Vec<Attribute>, TokenError> {
    session.attributes(object, types).map_err(|error| token_error(FUNCTION, &error))
}

/// As [`read`], but `number` is left out when cryptoki does not know its value (a vendor's key type, or the
/// `CK_UNAVAILABLE_INFORMATION` that stands for "no generation mechanism").
fn read_with_number(
    session: &CountedSession,
    object: Handle,
    types: &[AttributeType],
    number: AttributeType,
) -> Result<Vec<Attribute>, TokenError> {
    let all: Vec<_> = types.iter().copied().chain([number]).collect();
    match session.attributes(object, &all) {
        Ok(answer) => Ok(answer),
        Err(error @ Error::Pkcs11(..)) => Err(token_error(FUNCTION, &error)),
        Err(_) if types.is_empty() => Ok(Vec::new()),
        Err(_) => read(session, object, types),
    }
}

/// Class, label, id and key type of an object that a search found; `None` when it is no key.
pub(super) fn found(
    session: &CountedSession,
    handle: Handle,
    search: Search<'_>,
) -> Result<Option<FoundObject>, TokenError> {
    let class = match search {
        Search::Class(class) | Search::Id(class, _) => Some(class),
        Search::Label(_) => key_class(session, handle)?,
    };
    let Some(class) = class else { return Ok(None) };
    if let Some((key_type, [label, id])) = session.short(handle, sys::CKA_KEY_TYPE, [sys::CKA_LABEL, sys::CKA_ID])? {
        return Ok(Some(FoundObject { handle, class, label, id, key_type: Some(key_type) }));
    }
    let mut object = FoundObject { handle, class, label: Vec::new(), id: Vec::new(), key_type: None };
    let types = [AttributeType::Label, AttributeType::Id];
    for attribute in read_with_number(session, handle, &types, AttributeType::KeyType)? {
        match attribute {
            Attribute::Label(label) => object.label = label,
            Attribute::Id(id) => object.id = id,
            Attribute::KeyType(key_type) => object.key_type = Some(*key_type),
            _ => {}
        }
    }
    Ok(Some(object))
}

/// The class of a key; `None` for certificates, data and classes that only their vendor knows.
fn key_class(session: &CountedSession, handle: Handle) -> Result<Option<Class>, TokenError> {
    let answer = read_with_number(session, handle, &[], AttributeType::Class)?;
    Ok(match answer.as_slice() {
        [Attribute::Class(ObjectClass::PRIVATE_KEY)] => Some(Class::Private),
        [Attribute::Class(ObjectClass::PUBLIC_KEY)] => Some(Class::Public),
        [Attribute::Class(ObjectClass::SECRET_KEY)] => Some(Class::Secret),
        _ => None,
    })
}

/// The custody attributes of a secret or private key.
pub(super) fn custody(session: &CountedSession, key: Handle) -> Result<Custody, TokenError> {
    let types = [
        AttributeType::Local,
        AttributeType::Sensitive,
        AttributeType::AlwaysSensitive,
        AttributeType::Extractable,
        AttributeType::NeverExtractable,
        AttributeType::WrapWithTrusted,
        AttributeType::Modifiable,
        AttributeType::ValueLen,
    ];
    let mut custody = Custody::default();
    for attribute in read_with_number(session, key, &types, AttributeType::KeyGenMechanism)? {
        match attribute {
            Attribute::Local(value) => custody.local = Some(value),
            Attribute::Sensitive(value) => custody.sensitive = Some(value),
            Attribute::AlwaysSensitive(value) => custody.always_sensitive = Some(value),
            Attribute::Extractable(value) => custody.extractable = Some(value),
            Attribute::NeverExtractable(value) => custody.never_extractable = Some(value),
            Attribute::WrapWithTrusted(value) => custody.wrap_with_trusted = Some(value),
            Attribute::Modifiable(value) => custody.modifiable = Some(value),
            Attribute::KeyGenMechanism(mechanism) => custody.key_gen_mechanism = Some(*mechanism),
            Attribute::ValueLen(length) => custody.value_len = Some(*length),
            _ => {}
        }
    }
    Ok(custody)
}

/// The public key as DER SubjectPublicKeyInfo. A private key will do where the token shows its public half: an RSA key
/// holds both public numbers, and some tokens keep the point or `CKA_PUBLIC_KEY_INFO` of the others.
pub(super) fn public_key(session: &CountedSession, key: Handle) -> Result<Vec<u8>, TokenError> {
    let types =
        [AttributeType::EcParams, AttributeType::EcPoint, AttributeType::Modulus, AttributeType::PublicExponent];
    let (mut params, mut point, mut modulus, mut exponent) = (None, None, None, None);
    for attribute in read(session, key, &types)? {
        match attribute {
            Attribute::EcParams(value) => params = Some(value),
            Attribute::EcPoint(value) => point = Some(value),
            Attribute::Modulus(value) => modulus = Some(value),
            Attribute::PublicExponent(value) => exponent = Some(value),
            _ => {}
        }
    }
    let info = match (modulus, exponent, params, point) {
        (Some(modulus), Some(exponent), None, None) => spki::rsa(&modulus, &exponent),
        (None, None, Some(params), Some(point)) => spki::elliptic(&params, &point),
        (None, None, Some(_), None) => public_key_info(session, key)?,
        _ => None,
    };
    info.ok_or(TokenError::BadAnswer { function: FUNCTION, what: "attributes that make no public key" })
}

/// `CKA_PUBLIC_KEY_INFO` (PKCS#11 v3.1 section 4.9).
fn public_key_info(session: &CountedSession, key: Handle) -> Result<Option<Vec<u8>>, TokenError> {
    let answer = read(session, key, &[AttributeType::PublicKeyInfo])?;
    let info = answer.into_iter().find_map(|attribute| match attribute {
        Attribute::PublicKeyInfo(info) => Some(info),
        _ => None,
    });
    Ok(info.and_then(|info| PublicKey::from_der(&info).ok()).map(|key| key.der().to_vec()))
}
