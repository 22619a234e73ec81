//! Requests -> PKCS#11 templates.
//!
//! Usage attributes that were not asked for are set to false one by one: a token may default them to true. What every
//! token defaults as we want it (`CKA_WRAP_WITH_TRUSTED` false, `CKA_MODIFIABLE` true) is left out.

use cryptoki::object::{Attribute, KeyType, ObjectClass};
use zeroize::Zeroize as _;

use super::request::{Class, ObjectAttributes, PairRequest, RsaPublicKey, Search, SecretKind, SecretRequest};
use super::spki;
use crate::key::spec::KeySpec;
use crate::key::template::Usage;

/// RSA's public exponent, 65537, as FIPS 186-5 section 5.1 allows it and everybody expects it.
const RSA_EXPONENT: [u8; 3] = [1, 0, 1];

/// Attributes for one call. Key values in it are wiped when it is dropped.
pub(super) struct Template(Vec<Attribute>);

impl Template {
    pub(super) fn as_slice(&self) -> &[Attribute] {
        &self.0
    }

    fn with(mut self, more: impl IntoIterator<Item = Attribute>) -> Self {
        self.0.extend(more);
        self
    }
}

impl Drop for Template {
    fn drop(&mut self) {
        for attribute in &mut self.0 {
            if let Attribute::Value(value) = attribute {
                value.zeroize();
            }
        }
    }
}

/// For `C_GenerateKey`.
pub(super) fn generated_secret(request: &SecretRequest) -> Template {
    let length = match request.kind {
        SecretKind::Aes(length) | SecretKind::Generic(length) => length,
    };
    secret(request).with([Attribute::ValueLen((length as u64).into())])
}

/// For `C_CreateObject` of a secret key.
pub(super) fn known_secret(value: &[u8], request: &SecretRequest) -> Template {
    unwrapped_secret(request).with([Attribute::Value(value.to_vec())])
}

/// For `C_UnwrapKey`.
pub(super) fn unwrapped_secret(request: &SecretRequest) -> Template {
    let key_type = match request.kind {
        SecretKind::Aes(_) => KeyType::AES,
        SecretKind::Generic(_) => KeyType::GENERIC_SECRET,
    };
    secret(request).with([Attribute::Class(ObjectClass::SECRET_KEY), Attribute::KeyType(key_type)])
}

/// For `C_CreateObject` of a provider's public key: a session object that wraps and does nothing else.
pub(super) fn wrapping_key(key: &RsaPublicKey) -> Template {
    Template(vec![
        Attribute::Class(ObjectClass::PUBLIC_KEY),
        Attribute::KeyType(KeyType::RSA),
        Attribute::Token(false),
        Attribute::Private(false),
        Attribute::Modulus(key.modulus.clone()),
        Attribute::PublicExponent(key.exponent.clone()),
        Attribute::Wrap(true),
        Attribute::Encrypt(false),
        Attribute::Verify(false),
    ])
}

/// For `C_FindObjectsInit`. Never empty: some tokens list mechanisms and profiles as objects.
pub(super) fn search(search: Search<'_>) -> Vec<Attribute> {
    match search {
        Search::Class(class) => vec![Attribute::Class(object_class(class))],
        Search::Id(class, id) => vec![Attribute::Class(object_class(class)), Attribute::Id(id.to_vec())],
        Search::Label(label) => vec![Attribute::Label(label.as_bytes().to_vec())],
    }
}

/// For `C_GenerateKeyPair`: the public half, then the private half. `None` for a secret key's type.
pub(super) fn pair(request: &PairRequest) -> Option<(Template, Template)> {
    let kind = match request.spec {
        KeySpec::Ec(curve) => vec![Attribute::EcParams(spki::ec_params(curve).to_vec())],
        KeySpec::Ed25519 => vec![Attribute::EcParams(spki::ED25519_PARAMS.to_vec())],
        KeySpec::Rsa(bits) => vec![
            Attribute::ModulusBits(u64::from(bits.bits()).into()),
            Attribute::PublicExponent(RSA_EXPONENT.to_vec()),
        ],
        KeySpec::Aes(_) | KeySpec::Hmac(_) => return None,
    };
    let public = Template(vec![Attribute::Token(request.object.token), Attribute::Private(false)])
        .with(names(&request.object))
        .with(kind)
        .with(public_usages(&request.public_usages));
    let private = custody(&request.object).with(private_usages(&request.private_usages));
    Some((public, private))
}

fn object_class(class: Class) -> ObjectClass {
    match class {
        Class::Private => ObjectClass::PRIVATE_KEY,
        Class::Public => ObjectClass::PUBLIC_KEY,
        Class::Secret => ObjectClass::SECRET_KEY,
    }
}

fn secret(request: &SecretRequest) -> Template {
    custody(&request.object).with(secret_usages(&request.usages))
}

fn custody(object: &ObjectAttributes) -> Template {
    Template(vec![
        Attribute::Token(object.token),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(object.extractable),
    ])
    .with(names(object))
}

fn names(object: &ObjectAttributes) -> [Attribute; 2] {
    [Attribute::Label(object.label.clone().into_bytes()), Attribute::Id(object.id.clone())]
}

fn secret_usages(usages: &[Usage]) -> [Attribute; 6] {
    [
        Attribute::Encrypt(usages.contains(&Usage::Encrypt)),
        Attribute::Decrypt(usages.contains(&Usage::Decrypt)),
        Attribute::Sign(usages.contains(&Usage::Sign)),
        Attribute::Verify(usages.contains(&Usage::Verify)),
        Attribute::Wrap(usages.contains(&Usage::Wrap)),
        Attribute::Unwrap(usages.contains(&Usage::Unwrap)),
    ]
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
