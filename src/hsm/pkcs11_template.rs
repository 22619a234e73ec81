//! Requests -> PKCS#11 templates: secret keys, wrapping keys, searches.
//!
//! Usage attributes that were not asked for are set to false one by one: a token may default them to true. What every
//! token defaults as we want it (`CKA_WRAP_WITH_TRUSTED` false, `CKA_MODIFIABLE` true) is left out.

use cryptoki::object::{Attribute, KeyType, ObjectClass};
use zeroize::Zeroize as _;

use super::request::{Class, ObjectAttributes, RsaPublicKey, Search, SecretKind, SecretRequest};
use crate::key::template::Usage;

/// Attributes for one call. Key values in it are wiped when it is dropped.
pub(super) struct Template(pub(super) Vec<Attribute>);

impl Template {
    pub(super) fn as_slice(&self) -> &[Attribute] {
        &self.0
    }

    pub(super) fn with(mut self, more: impl IntoIterator<Item = Attribute>) -> Self {
        self.0.extend(more);
        self
    }
}

impl Drop for Template {
    fn drop(&mut self) {
        for attribute in &mut self.0 {
            if let Attribute::Value(value)
            | Attribute::PrivateExponent(value)
            | Attribute::Prime1(value)
            | Attribute::Prime2(value)
            | Attribute::Exponent1(value)
            | Attribute::Exponent2(value)
            | Attribute::Coefficient(value) = attribute
            {
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

/// Custody and names of a secret or private key.
pub(super) fn custody(object: &ObjectAttributes) -> Template {
    Template(vec![
        Attribute::Token(object.token),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(object.extractable),
    ])
    .with(names(object))
}

/// Label and id.
pub(super) fn names(object: &ObjectAttributes) -> [Attribute; 2] {
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
