//! From a key version to PKCS#11 objects: what to ask of the token, and how to find it again.

use std::collections::BTreeMap;

use crate::hsm::find;
use crate::hsm::request::{
    Class, FoundObject, Handle, ObjectAttributes, PairHandles, PairRequest, Search, SecretKind, SecretRequest,
};
use crate::hsm::{Token, TokenError};
use crate::key::spec::{KeySpec, Purpose};
use crate::key::template::usages;

/// What to make for a key version; an id is chosen before anything is made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum MakeRequest {
    /// A pair.
    Pair(PairRequest),
    /// A secret key.
    Secret(SecretRequest),
}

/// The objects of a key version in the token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Made {
    /// A pair.
    Pair(PairHandles),
    /// A secret key.
    Secret(Handle),
}

impl Made {
    /// The secret key or private half.
    #[must_use]
    pub fn key(self) -> Handle {
        match self {
            Self::Pair(pair) => pair.private,
            Self::Secret(handle) => handle,
        }
    }

    /// The secret key, or the private half and then the public one.
    #[must_use]
    pub fn handles(self) -> Vec<Handle> {
        match self {
            Self::Pair(pair) => vec![pair.private, pair.public],
            Self::Secret(handle) => vec![handle],
        }
    }
}

/// An object that a command needs: found by id, class and type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wanted {
    /// `CKO_SECRET_KEY` or `CKO_PRIVATE_KEY`.
    pub class: Class,
    /// `CKA_ID`
    pub id: Vec<u8>,
    /// `CKA_KEY_TYPE`
    pub key_type: u64,
    /// `NAME@N`, for messages.
    pub label: String,
}

/// The request for a new key version; `None` when the type cannot serve the purpose.
#[must_use]
pub fn make_request(spec: KeySpec, purpose: Purpose, object: ObjectAttributes) -> Option<MakeRequest> {
    let usages = usages(spec, purpose)?;
    Some(match secret_kind(spec) {
        Some(kind) => MakeRequest::Secret(SecretRequest { object, kind, usages: usages.private.to_vec() }),
        None => MakeRequest::Pair(PairRequest {
            object,
            spec,
            private_usages: usages.private.to_vec(),
            public_usages: usages.public.to_vec(),
        }),
    })
}

fn secret_kind(spec: KeySpec) -> Option<SecretKind> {
    let bytes = spec.secret_bytes()?;
    Some(match spec {
        KeySpec::Aes(_) => SecretKind::Aes(bytes),
        _ => SecretKind::Generic(bytes),
    })
}

/// The class of the secret key or of the private half.
#[must_use]
pub fn class_of(spec: KeySpec) -> Class {
    if spec.is_secret() { Class::Secret } else { Class::Private }
}

/// What one token holds of the objects that a command needs: one search for each class.
#[derive(Debug, Default)]
pub struct Catalogue {
    found: BTreeMap<Class, Vec<FoundObject>>,
}

impl Catalogue {
    /// Searches once for each class in `wanted`: by id when one object of the class is wanted, else for the whole
    /// class, to be matched in memory.
    ///
    /// # Errors
    /// What the module answered.
    pub fn look_up(token: &dyn Token, wanted: &[&Wanted]) -> Result<Self, TokenError> {
        let mut by_class: BTreeMap<Class, Vec<&Wanted>> = BTreeMap::new();
        for item in wanted {
            by_class.entry(item.class).or_default().push(item);
        }
        let mut found = BTreeMap::new();
        for (class, items) in by_class {
            let search = match items.as_slice() {
                [one] => Search::Id(class, &one.id),
                _ => Search::Class(class),
            };
            found.insert(class, token.find(search)?);
        }
        Ok(Self { found })
    }

    /// The one object that is wanted.
    ///
    /// # Errors
    /// None or several such objects.
    pub fn exactly_one(&self, wanted: &Wanted) -> Result<Handle, TokenError> {
        let of_class = self.found.get(&wanted.class).map_or(&[][..], Vec::as_slice);
        let fits =
            find::Wanted { class: wanted.class, id: Some(&wanted.id), label: None, key_type: Some(wanted.key_type) };
        Ok(fits.exactly_one(of_class)?.handle)
    }
}
