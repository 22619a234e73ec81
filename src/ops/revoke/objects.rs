//! The objects of one key version in the token, and everything else that goes by its id or its label.

use super::recovery::AssessError;
use crate::format::escape::{SHORT, printable_bytes};
use crate::hsm::request::{Class, FoundObject, Handle, ObjectAttributes, Search, SecretKind, SecretRequest};
use crate::hsm::{Token, TokenError};
use crate::key::template::Usage;
use crate::ops::change::Target;
use crate::registry::store::Registry;

/// Label and id of the key of a session that a search has to find.
const CONTROL: &str = "byok-control-key";

/// What the token has under the id and the label of a key version.
#[derive(Debug, Default)]
pub(super) struct Objects {
    /// The secret key, or the private half and then the public one.
    pub(super) own: Vec<FoundObject>,
    /// What has the id or the label, and is not of the key.
    pub(super) foreign: Vec<FoundObject>,
}

impl Objects {
    /// Asks the token: by id in every class of keys, and by label. Before and after that it has to find an object that
    /// must be there: one that finds nothing says nothing.
    pub(super) fn find(token: &dyn Token, registry: &Registry, target: &Target) -> Result<Self, AssessError> {
        let control = Control::of(token, registry)?;
        control.check(token)?;
        let objects = Self::search(token, target)?;
        control.check(token)?;
        control.end(token)?;
        Ok(objects)
    }

    fn search(token: &dyn Token, target: &Target) -> Result<Self, TokenError> {
        let mut found = Vec::new();
        for class in [Class::Secret, Class::Private, Class::Public] {
            found.extend(token.find(Search::Id(class, &target.wanted.id))?);
        }
        let by_label = token.find(Search::Label(&target.wanted.label))?;
        // The handle of an object is one and the same within a session (PKCS#11 v3.1 section 4.2).
        found.extend(by_label);
        found.sort_by_key(|object| object.handle);
        found.dedup_by_key(|object| object.handle);
        let mut objects = Self::default();
        for object in found {
            let is_own = is_own(&object, target) && !objects.own.iter().any(|other| other.class == object.class);
            if is_own { &mut objects.own } else { &mut objects.foreign }.push(object);
        }
        objects.own.sort_by_key(|object| object.class);
        Ok(objects)
    }

    /// Whether the secret key or the private half is there.
    pub(super) fn has_key(&self) -> bool {
        self.own.iter().any(|object| object.class != Class::Public)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.own.is_empty() && self.foreign.is_empty()
    }

    /// The classes of the key's objects, as manifests name them.
    pub(super) fn classes(&self) -> Vec<String> {
        self.own.iter().map(|object| class_name(object.class).to_owned()).collect()
    }

    /// All that is there, for messages.
    pub(super) fn named(&self) -> String {
        let own = self.own.iter().map(|object| format!("its {} key", class_name(object.class)));
        own.chain(self.strangers()).collect::<Vec<_>>().join(", ")
    }

    /// Those that are not of the key, for messages.
    pub(super) fn strangers(&self) -> Vec<String> {
        self.foreign
            .iter()
            .map(|object| {
                let (label, id) = (printable_bytes(&object.label, SHORT), hex::encode(&object.id));
                format!("{} key `{label}` (id {id})", class_name(object.class))
            })
            .collect()
    }
}

/// An object that a token which answers truly finds. It is a private one: without a login none is found.
enum Control {
    /// The evidence signer, where it is on this token.
    Signer(Vec<u8>),
    /// A key of this session.
    Made(Vec<u8>, Handle),
}

impl Control {
    fn of(token: &dyn Token, registry: &Registry) -> Result<Self, AssessError> {
        let place = registry.signer_place()?;
        match hex::decode(&place.object_id) {
            Ok(id) if place.token_serial == token.identity().serial && !id.is_empty() => Ok(Self::Signer(id)),
            _ => Ok(Self::make(token)?),
        }
    }

    fn make(token: &dyn Token) -> Result<Self, TokenError> {
        let id = CONTROL.as_bytes().to_vec();
        let object = ObjectAttributes { label: CONTROL.to_owned(), id: id.clone(), token: false, extractable: false };
        let key = SecretRequest { object, kind: SecretKind::Aes(16), usages: vec![Usage::Encrypt, Usage::Decrypt] };
        Ok(Self::Made(id, token.generate_secret(&key)?))
    }

    fn check(&self, token: &dyn Token) -> Result<(), TokenError> {
        let (class, id, name) = match self {
            Self::Signer(id) => (Class::Private, id, "the evidence signer"),
            Self::Made(id, _) => (Class::Secret, id, "a key of this session"),
        };
        let found = token.find(Search::Id(class, id))?;
        if found.is_empty() { Err(TokenError::Blind(name.to_owned())) } else { Ok(()) }
    }

    fn end(self, token: &dyn Token) -> Result<(), TokenError> {
        match self {
            Self::Signer(_) => Ok(()),
            Self::Made(_, handle) => token.destroy(handle),
        }
    }
}

fn is_own(object: &FoundObject, target: &Target) -> bool {
    let wanted = &target.wanted;
    let classes: &[Class] =
        if wanted.class == Class::Secret { &[Class::Secret] } else { &[Class::Private, Class::Public] };
    classes.contains(&object.class)
        && object.id == wanted.id
        && object.label == wanted.label.as_bytes()
        && object.key_type == Some(wanted.key_type)
}

fn class_name(class: Class) -> &'static str {
    match class {
        Class::Secret => "secret",
        Class::Private => "private",
        Class::Public => "public",
    }
}
