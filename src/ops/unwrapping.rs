//! A wrapped key opened with an RSA key in the token. What comes out is in this host's memory: who asks has consented.
//!
//! A key that decrypts (purpose encrypt) does so; a key that unwraps (purpose wrap) puts a session key into the token, which
//! then comes out as a key does that is wrapped by this host.

use zeroize::Zeroizing;

use super::inventory::{InventoryError, select};
use super::object::{Wanted, class_of};
use super::wrap::execute::ExecuteError;
use super::wrap::execute::extract::Sealed;
use super::wrap::execute::objects::SessionObjects;
use crate::hsm::find::key_type;
use crate::hsm::request::{Handle, ObjectAttributes, SecretKind, SecretRequest, WrapMechanism};
use crate::hsm::{Token, TokenError};
use crate::key::method::WrapMethod;
use crate::key::spec::{AesBits, HashAlg, KeySpec, Purpose};
use crate::key::template::Usage;
use crate::key::version::{KeySelector, KeyVersionId};
use crate::registry::error::RegistryError;
use crate::registry::store::Registry;
use crate::wrap::capability::Capabilities;
use crate::wrap::envelope::split;
use crate::wrap::extraction::Extraction;
use crate::wrap::scrub::scrubbed;
use crate::wrap::software::{SoftwareError, kwp_unwrap};

/// `CK_RV`s that say that the ciphertext is not what it should be (PKCS#11 v3.1, section 5.1.6), or that tokens answer then:
/// general error, failed function, device error; data, encrypted data and wrapped keys that are invalid or of a wrong length.
const NOT_OPENED: [u64; 9] = [0x05, 0x06, 0x30, 0x20, 0x21, 0x40, 0x41, 0x110, 0x112];

/// The RSA key in the token.
#[derive(Debug)]
pub struct UnwrappingKey {
    /// The key version.
    pub id: KeyVersionId,
    /// Its private half.
    pub wanted: Wanted,
    purpose: Purpose,
    modulus: usize,
}

/// Why a wrapped key was not opened. No variant holds any part of a key.
#[derive(Debug, thiserror::Error)]
pub enum UnwrappingError {
    /// The key version is none that opens anything.
    #[error("{id} is a key of type {key_type} for {purpose}; an RSA key for encrypt or wrap opens wrapped keys")]
    Key {
        /// `NAME@N`
        id: String,
        /// Its type.
        key_type: String,
        /// Its purpose.
        purpose: String,
    },
    /// A key that unwraps wants to be told what it unwraps.
    #[error("a key of purpose wrap opens an OAEP blob only when the type of the secret key in it is known")]
    TypeNeeded,
    /// What was unwrapped does not come out again.
    #[error("this token gives out no key that it has unwrapped")]
    NoWayOut,
    /// The reason is not told.
    #[error("the wrapped key does not open")]
    NotOpened,
    /// No random bytes, for example.
    #[error(transparent)]
    Software(SoftwareError),
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// No such key.
    #[error(transparent)]
    Unknown(#[from] InventoryError),
    /// A step in the token.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
}

impl From<SoftwareError> for UnwrappingError {
    fn from(error: SoftwareError) -> Self {
        if error == SoftwareError::Random { Self::Software(error) } else { Self::NotOpened }
    }
}

impl UnwrappingKey {
    /// Finds the key version in the registry.
    ///
    /// # Errors
    /// No such key, or one that opens nothing.
    pub fn find(registry: &Registry, selector: &KeySelector) -> Result<Self, UnwrappingError> {
        let id = select(registry, selector)?;
        let predicate = registry.newest_manifest(&id)?.statement.predicate;
        let refused = || UnwrappingError::Key {
            id: id.to_string(),
            key_type: predicate.key_type.clone(),
            purpose: predicate.purpose.clone(),
        };
        let spec: KeySpec = predicate.key_type.parse().map_err(|_| refused())?;
        let purpose: Purpose = predicate.purpose.parse().map_err(|_| refused())?;
        let (KeySpec::Rsa(bits), Purpose::Encrypt | Purpose::Wrap) = (spec, purpose) else { return Err(refused()) };
        let object = hex::decode(&predicate.custody.object_id).map_err(|_| refused())?;
        let wanted = Wanted { class: class_of(spec), id: object, key_type: key_type(spec), label: id.to_string() };
        let modulus = usize::try_from(bits.bits()).unwrap_or_default() / 8;
        Ok(Self { id, wanted, purpose, modulus })
    }

    /// Whether what the token can do must be known.
    #[must_use]
    pub fn needs_profile(&self) -> bool {
        self.purpose == Purpose::Wrap
    }

    /// Opens a blob. `inside` is the type of the key in it, where it is known.
    ///
    /// # Errors
    /// [`UnwrappingError`]; one and the same for whatever is wrong with the blob.
    pub fn open(
        &self,
        token: &dyn Token,
        handle: Handle,
        capabilities: Option<&Capabilities>,
        (method, blob): (WrapMethod, &[u8]),
        inside: Option<KeySpec>,
    ) -> Result<Zeroizing<Vec<u8>>, UnwrappingError> {
        let (outer, inner) = split(method, self.modulus, blob).ok_or(UnwrappingError::NotOpened)?;
        let hash = method.hash();
        let first = match (self.purpose, capabilities) {
            (Purpose::Wrap, Some(capabilities)) => {
                let spec = if inner.is_some() { Some(KeySpec::Aes(AesBits::B256)) } else { inside };
                let spec = spec.filter(|spec| spec.is_secret()).ok_or(UnwrappingError::TypeNeeded)?;
                by_unwrapping(token, handle, capabilities, (hash, outer), spec)?
            }
            _ => token.decrypt_oaep(hash, handle, outer).map_err(in_one_way)?,
        };
        match inner {
            None => Ok(first),
            Some(inner) => Ok(scrubbed(|| kwp_unwrap(&first, inner))?),
        }
    }
}

/// Into the token as a session key, and out again.
fn by_unwrapping(
    token: &dyn Token,
    unwrapping: Handle,
    capabilities: &Capabilities,
    (hash, outer): (HashAlg, &[u8]),
    spec: KeySpec,
) -> Result<Zeroizing<Vec<u8>>, UnwrappingError> {
    let extraction = Extraction::choose(spec, capabilities).ok_or(UnwrappingError::NoWayOut)?;
    let bytes = spec.secret_bytes().ok_or(UnwrappingError::TypeNeeded)?;
    let mut objects = SessionObjects::new(token);
    let object =
        ObjectAttributes { label: "byok-unwrapped".to_owned(), id: Vec::new(), token: false, extractable: true };
    let (kind, usages) = match spec {
        KeySpec::Aes(_) => (SecretKind::Aes(bytes), vec![Usage::Encrypt]),
        _ => (SecretKind::Generic(bytes), vec![Usage::Sign]),
    };
    let request = SecretRequest { object, kind, usages };
    let handle = token.unwrap(WrapMechanism::RsaOaep(hash), unwrapping, outer, &request).map_err(in_one_way)?;
    objects.keep(handle);
    let sealed = Sealed::take(&mut objects, extraction, (handle, spec))?;
    objects.destroy_all().map_err(ExecuteError::CleanUp)?;
    let mut opened = scrubbed(|| sealed.open()).map_err(|_| UnwrappingError::NotOpened)?;
    // Zeros that the token adds; the type says where the key ends.
    let whole = opened.get(bytes..).is_some_and(|rest| rest.len() < 8 && rest.iter().all(|byte| *byte == 0));
    if !whole {
        return Err(UnwrappingError::NotOpened);
    }
    opened.truncate(bytes);
    Ok(opened)
}

/// Which check of the ciphertext failed must not be told (RFC 8017 section 7.1.2); that the token has no such mechanism, or
/// is gone, may.
fn in_one_way(error: TokenError) -> UnwrappingError {
    match error {
        TokenError::Call { rv, .. } if NOT_OPENED.contains(&rv) => UnwrappingError::NotOpened,
        error => ExecuteError::Token(error).into(),
    }
}
