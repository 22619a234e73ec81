//! Exactly one object, or an error that says what was there instead.

use super::error::TokenError;
use super::request::{Class, FoundObject};
use crate::format::escape::{SHORT, printable, printable_bytes};
use crate::key::spec::KeySpec;

/// `CKK_RSA`
pub const RSA: u64 = 0x00;
/// `CKK_EC`
pub const EC: u64 = 0x03;
/// `CKK_GENERIC_SECRET`
pub const GENERIC_SECRET: u64 = 0x10;
/// `CKK_AES`
pub const AES: u64 = 0x1f;
/// `CKK_EC_EDWARDS`
pub const EC_EDWARDS: u64 = 0x40;

/// What an object must be. `None` means that it does not matter.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The class.
    pub class: Class,
    /// `CKA_ID`
    pub id: Option<&'a [u8]>,
    /// `CKA_LABEL`
    pub label: Option<&'a str>,
    /// `CKA_KEY_TYPE`; see [`key_type`].
    pub key_type: Option<u64>,
}

/// The `CKA_KEY_TYPE` of keys that byok makes.
#[must_use]
pub fn key_type(spec: KeySpec) -> u64 {
    match spec {
        KeySpec::Aes(_) => AES,
        KeySpec::Ec(_) => EC,
        KeySpec::Ed25519 => EC_EDWARDS,
        KeySpec::Hmac(_) => GENERIC_SECRET,
        KeySpec::Rsa(_) => RSA,
    }
}

impl Wanted<'_> {
    /// Whether an object that was found before is what is wanted.
    #[must_use]
    pub fn fits(&self, object: &FoundObject) -> bool {
        object.class == self.class
            && self.id.is_none_or(|id| object.id == id)
            && self.label.is_none_or(|label| object.label == label.as_bytes())
            && self.key_type.is_none_or(|key_type| object.key_type == Some(key_type))
    }

    /// The one object that fits among those that one search found.
    ///
    /// # Errors
    /// [`TokenError::NoSuchObject`], or [`TokenError::AmbiguousObject`] with all that fit.
    pub fn exactly_one(&self, objects: &[FoundObject]) -> Result<FoundObject, TokenError> {
        let fitting: Vec<_> = objects.iter().filter(|object| self.fits(object)).collect();
        match fitting.as_slice() {
            [one] => Ok((*one).clone()),
            [] => Err(TokenError::NoSuchObject(self.describe())),
            several => {
                let found = several.iter().map(|object| describe_found(object)).collect();
                Err(TokenError::AmbiguousObject { what: self.describe(), found })
            }
        }
    }

    fn describe(&self) -> String {
        let class = match self.class {
            Class::Private => "private key",
            Class::Public => "public key",
            Class::Secret => "secret key",
        };
        let label = self.label.map(|label| format!(" with the label `{}`", printable(label, SHORT)));
        let id = self.id.map(|id| format!(" with the id {}", hex::encode(id)));
        let key_type = self.key_type.map(|number| format!(" of the type {number:#x}"));
        [Some(class.to_owned()), key_type, label, id].into_iter().flatten().collect()
    }
}

fn describe_found(object: &FoundObject) -> String {
    format!("`{}` (id {})", printable_bytes(&object.label, SHORT), hex::encode(&object.id))
}

#[cfg(test)]
mod tests {
    use super::super::request::Handle;
    use super::*;

    fn object(handle: u64, label: &str, id: u8, key_type: u64) -> FoundObject {
        FoundObject {
            handle: Handle(handle),
            class: Class::Secret,
            label: label.as_bytes().to_vec(),
            id: vec![id],
            key_type: Some(key_type),
        }
    }

    const ANY: Wanted<'_> = Wanted { class: Class::Secret, id: None, label: None, key_type: None };

    #[test]
    fn every_condition_counts() {
        let objects = [object(1, "a", 1, AES), object(2, "a", 2, AES), object(3, "a", 2, GENERIC_SECRET)];
        let wanted = Wanted { id: Some(&[2]), label: Some("a"), key_type: Some(AES), ..ANY };
        assert_eq!(wanted.exactly_one(&objects).unwrap().handle, Handle(2));
        let other_class = Wanted { class: Class::Private, ..wanted };
        assert!(matches!(other_class.exactly_one(&objects), Err(TokenError::NoSuchObject(_))));
    }

    #[test]
    fn duplicates_are_listed() {
        let objects = [object(1, "a", 1, AES), object(2, "a\n", 2, AES)];
        let error = Wanted { key_type: Some(AES), ..ANY }.exactly_one(&objects).unwrap_err().to_string();
        let listed = r"secret key of the type 0x1f: `a` (id 01), `a\u{a}` (id 02)";
        assert_eq!(error, format!("the token has 2 objects where one is expected: {listed}"));
    }
}
