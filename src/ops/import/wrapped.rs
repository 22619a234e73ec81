//! A key that came wrapped for a pair of this registry: the token unwraps it, and this host never sees it.

use jiff::Timestamp;

use super::enter::unwrap;
use super::{ImportError, UnwrapError};
use crate::format::spki::{PublicKey, PublicKind};
use crate::hsm::find::key_type;
use crate::hsm::request::{Handle, PairHandles, SecretKind, SecretRequest, WrapMechanism};
use crate::hsm::{Token, TokenError};
use crate::key::exposure::Exposure;
use crate::key::method::WrapMethod;
use crate::key::spec::{KeySpec, Purpose};
use crate::key::state::Event;
use crate::key::template::Usage;
use crate::key::version::KeySelector;
use crate::manifest::digest::sha256_hex;
use crate::manifest::statement::WrappedRecord;
use crate::ops::inventory::select;
use crate::ops::object::{Made, MakeRequest, Wanted, class_of};
use crate::ops::wrap::execute::mechanism;
use crate::ops::wrap::execute::objects::{SessionObjects, session_object};
use crate::registry::store::Registry;
use crate::wrap::capability::{AesWrap, Capabilities, Finding, Target};
use crate::wrap::length::{kwp, oaep_maximum};

/// The way in, as manifests name it.
pub(super) const ROUTE: &str = "unwrap-under-token-key";

/// A wrapped key, as somebody sent it.
#[derive(Clone, Debug)]
pub struct WrappedKey {
    /// Its type, as the sender said it.
    pub spec: KeySpec,
    /// How it was wrapped.
    pub method: WrapMethod,
    /// The wrapped key.
    pub blob: Vec<u8>,
    /// The pair under whose public half it was wrapped.
    pub unwrapping: KeySelector,
    /// The public half of a wrapped pair, as the sender said it. It is believed when the private half signs for it.
    pub public: Option<PublicKey>,
}

/// The pair that unwraps.
#[derive(Clone, Debug, PartialEq)]
pub struct Unwrapping {
    /// Its private half in the token.
    pub wanted: Wanted,
    /// What the manifest will say of it.
    pub record: WrappedRecord,
    /// Who has seen it can have opened whatever came under it.
    pub exposure: Exposure,
    modulus: usize,
}

impl WrappedKey {
    /// The pair, when it may unwrap, and this can have been wrapped for it.
    pub(super) fn check(&self, registry: &Registry, now: Timestamp) -> Result<Unwrapping, ImportError> {
        self.public.as_ref().map_or(Ok(()), |public| self.has_type(public))?;
        let id = select(registry, &self.unwrapping)?;
        let predicate = registry.newest_manifest(&id)?.statement.predicate;
        let unfit = || UnwrapError::Unfit { id: id.clone(), purpose: predicate.purpose.clone() };
        let spec: KeySpec = predicate.key_type.parse().map_err(|_| unfit())?;
        let public = predicate.public.as_ref().filter(|_| predicate.purpose == Purpose::Wrap.to_string());
        let public = public.and_then(|public| PublicKey::from_pem(&public.spki_pem).ok()).ok_or_else(unfit)?;
        let PublicKind::Rsa { modulus, .. } = public.kind() else { return Err(unfit().into()) };
        predicate.state_at(now).on(Event::Unwrap).map_err(|error| error.of(&id))?;
        let object_id = hex::decode(&predicate.custody.object_id).map_err(|_| unfit())?;
        let unwrapping = Unwrapping {
            wanted: Wanted { class: class_of(spec), id: object_id, key_type: key_type(spec), label: id.to_string() },
            record: WrappedRecord {
                unwrapping_key: id.to_string(),
                spki_sha256: public.sha256_hex(),
                method: self.method.to_string(),
                sha256: sha256_hex(&self.blob),
            },
            exposure: predicate.exposure_ever,
            modulus: modulus.len(),
        };
        if self.can_be_under(unwrapping.modulus) { Ok(unwrapping) } else { Err(self.wrong_length(&unwrapping).into()) }
    }

    /// Whether the length fits. What a private key's encoding holds besides the key is the sender's choice, so that only
    /// secret keys have one length.
    fn can_be_under(&self, modulus: usize) -> bool {
        let length = self.blob.len();
        match (self.method, self.spec.secret_bytes()) {
            (WrapMethod::RsaOaep(hash), bytes) => {
                let fits = |bytes| oaep_maximum(modulus, hash).is_some_and(|maximum| bytes <= maximum);
                length == modulus && bytes.is_none_or(fits)
            }
            (WrapMethod::RsaAesKwp(_), Some(bytes)) => length.checked_sub(modulus) == kwp(bytes),
            (WrapMethod::RsaAesKwp(_), None) => {
                length.checked_sub(modulus).is_some_and(|inner| inner >= 24 && inner.is_multiple_of(8))
            }
        }
    }

    fn wrong_length(&self, unwrapping: &Unwrapping) -> UnwrapError {
        UnwrapError::Length { got: self.blob.len(), method: self.method, key: unwrapping.record.unwrapping_key.clone() }
    }

    fn has_type(&self, public: &PublicKey) -> Result<(), UnwrapError> {
        match public.spec() {
            Some(spec) if spec == self.spec => Ok(()),
            _ => Err(UnwrapError::Type { asked: self.spec, found: public.description() }),
        }
    }

    /// The public half of a wrapped pair, as the sender or else the token tells it. The pair is unwrapped into an object of this session for
    /// the question: before a token object is made, the log must say what it will be.
    pub(super) fn public(
        &self,
        token: &dyn Token,
        unwrapping: (Handle, &Unwrapping),
        request: &MakeRequest,
        can: &Capabilities,
    ) -> Result<Option<PublicKey>, ImportError> {
        let MakeRequest::Pair(pair) = request else { return Ok(None) };
        if self.public.is_some() {
            return Ok(self.public.clone());
        }
        let mut pair = pair.clone();
        pair.object = session_object(false);
        let mut objects = SessionObjects::new(token);
        let (handle, _) = self.unwrap_into(token, unwrapping, &MakeRequest::Pair(pair), can)?;
        objects.keep(handle);
        let public = match token.public_key(handle) {
            Ok(der) => PublicKey::from_der(&der).map_err(|_| UnwrapError::NoPublic)?,
            Err(TokenError::BadAnswer { .. } | TokenError::Call { .. }) => return Err(UnwrapError::NoPublic.into()),
            Err(error) => return Err(error.into()),
        };
        objects.destroy_all()?;
        self.has_type(&public)?;
        Ok(Some(public))
    }

    /// The key in the token, and the mechanisms that brought it there; the public half comes first.
    pub(super) fn enter(
        &self,
        token: &dyn Token,
        unwrapping: (Handle, &Unwrapping),
        (request, public): (&MakeRequest, Option<&PublicKey>),
        can: &Capabilities,
    ) -> Result<(Made, String), ImportError> {
        let (MakeRequest::Pair(pair), Some(public)) = (request, public) else {
            let (key, by) = self.unwrap_into(token, unwrapping, request, can)?;
            return Ok((Made::Secret(key), by));
        };
        let public = token.create_public(public, pair)?;
        let entered = self.unwrap_into(token, unwrapping, request, can).inspect_err(|_| {
            // A half that stays is found by its label, and the intent stays open.
            let _ = token.destroy(public);
        });
        let (private, by) = entered?;
        Ok((Made::Pair(PairHandles { private, public }), by))
    }

    fn unwrap_into(
        &self,
        token: &dyn Token,
        unwrapping: (Handle, &Unwrapping),
        request: &MakeRequest,
        can: &Capabilities,
    ) -> Result<(Handle, String), ImportError> {
        let mut refusals = Vec::new();
        for way in self.ways(can) {
            let mut objects = SessionObjects::new(token);
            let outcome = self.by(&mut objects, way, unwrapping, request);
            let cleaned = objects.destroy_all();
            match outcome {
                Ok(handle) => {
                    cleaned?;
                    return Ok((handle, way.to_string()));
                }
                Err(error @ TokenError::Call { .. }) => refusals.push((way.to_string(), error)),
                Err(error) => return Err(error.into()),
            }
        }
        Err(UnwrapError::Refused(refusals).into())
    }

    /// One call where the token has the mechanism whole, else its two steps.
    fn ways(&self, can: &Capabilities) -> Vec<Way> {
        match self.method {
            WrapMethod::RsaOaep(hash) => vec![Way::One(WrapMechanism::RsaOaep(hash))],
            WrapMethod::RsaAesKwp(hash) => {
                let native = can.native_of(hash, Target::Secret32).is_some_and(Finding::is_usable);
                let native = native.then_some(Way::One(WrapMechanism::RsaAes(hash)));
                let conformant =
                    |number: &AesWrap| can.aes_wrap_of(*number, Target::Secret32).is_some_and(Finding::is_conformant);
                let numbers = AesWrap::PADDED.into_iter().filter(conformant);
                let two = numbers.map(|number| Way::Two(WrapMechanism::RsaOaep(hash), mechanism(number)));
                native.into_iter().chain(two).collect()
            }
        }
    }

    fn by(
        &self,
        objects: &mut SessionObjects<'_>,
        way: Way,
        (handle, unwrapping): (Handle, &Unwrapping),
        request: &MakeRequest,
    ) -> Result<Handle, TokenError> {
        let token = objects.token;
        match way {
            Way::One(mechanism) => unwrap(token, mechanism, handle, &self.blob, request),
            Way::Two(oaep, padded) => {
                let (outer, inner) = self.blob.split_at_checked(unwrapping.modulus).unwrap_or((&self.blob, &[]));
                // Its length stands nowhere; the token takes it from what it decrypts.
                let kek = SecretRequest {
                    object: session_object(false),
                    kind: SecretKind::Aes(32),
                    usages: vec![Usage::Unwrap],
                };
                let kek = objects.keep(token.unwrap(oaep, handle, outer, &kek)?);
                unwrap(token, padded, kek, inner, request)
            }
        }
    }
}

/// A way to unwrap.
#[derive(Clone, Copy, Debug)]
enum Way {
    One(WrapMechanism),
    Two(WrapMechanism, WrapMechanism),
}

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::One(mechanism) => write!(f, "{mechanism}"),
            Self::Two(outer, inner) => write!(f, "{outer}, then {inner}"),
        }
    }
}

/// Whether a secret key in the token is as long as its type says. Where the token does not say it, a key of its own
/// wraps it, and the length of that is looked at: nothing else of it is.
pub(super) fn has_length(
    token: &dyn Token,
    key: Handle,
    (spec, said): (KeySpec, Option<u64>),
    can: &Capabilities,
) -> Result<Option<bool>, TokenError> {
    let Some(bytes) = spec.secret_bytes() else { return Ok(Some(true)) };
    if let Some(said) = said.filter(|length| *length > 0) {
        return Ok(Some(u64::try_from(bytes) == Ok(said)));
    }
    let mut objects = SessionObjects::new(token);
    let kek = objects.make_ephemeral()?;
    for number in AesWrap::PADDED {
        if can.aes_wrap_of(number, Target::Secret32).is_some_and(Finding::is_conformant) {
            let blob = token.wrap(mechanism(number), kek, key)?;
            objects.destroy_all()?;
            return Ok(Some(Some(blob.len()) == kwp(bytes)));
        }
    }
    objects.destroy_all()?;
    Ok(None)
}
