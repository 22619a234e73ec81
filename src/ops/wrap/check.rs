//! Everything about a wrap that can be refused before a PIN is asked for and before anything is written.

use jiff::Timestamp;

use super::authenticate::{AuthenticatedBy, PinError};
use super::before::{Before, before};
use super::terms::{Agreed, Received, Typed, agree, check_validity, receive};
use crate::format::escape::{SHORT, printable};
use crate::format::lint::{self, Finding};
use crate::format::material::Material;
use crate::format::spki::PublicKey;
use crate::hsm::request::{RsaPublicKey, TokenIdentity};
use crate::key::exposure::Exposure;
use crate::key::method::WrapMethod;
use crate::key::spec::{KeySpec, Purpose};
use crate::key::state::{Event, StateRefusal};
use crate::key::version::{KeySelector, KeyVersionId};
use crate::manifest::trust::Trust;
use crate::ops::inventory::{InventoryError, select};
use crate::ops::occupied::{Occupants, Occupied, Own};
use crate::ops::place::Place;
use crate::ops::profile::cached;
use crate::provider::agreement::of_terms;
use crate::provider::{
    Challenge, ChallengeError, Destination, DestinationError, DestinationRequest, Handout, MethodError, NotTaken,
    Options, Provider, UnknownAlgorithm, accept_for,
};
use crate::registry::error::RegistryError;
use crate::registry::store::{Registry, StoredManifest};
use crate::wrap::capability::Capabilities;
use crate::wrap::length::check_fits;
use crate::wrap::plan::{self, PlanRefusal, WrapPlan};

/// What to wrap, for whom, and how.
#[derive(Debug)]
pub struct WrapRequest {
    /// The key version.
    pub selector: KeySelector,
    /// The provider.
    pub provider: &'static Provider,
    /// What the provider handed out.
    pub handout: Handout,
    /// `--method`, as typed.
    pub method: Option<String>,
    /// `--algorithm`, as typed.
    pub algorithm: Option<String>,
    /// `--target` and what else was typed about the destination.
    pub options: Options,
    /// `--wrapping-key-sha256`, as typed.
    pub pin: Option<String>,
    /// `--allow-exposure`.
    pub consent: Exposure,
    /// Now.
    pub now: Timestamp,
}

/// A wrap that nothing speaks against so far.
#[derive(Debug)]
pub struct Checked {
    /// What went to the same key of the provider before.
    pub before: Before,
    /// The key version.
    pub id: KeyVersionId,
    /// Its newest manifest.
    pub manifest: StoredManifest,
    /// Its type.
    pub spec: KeySpec,
    /// Its purpose.
    pub purpose: Purpose,
    /// What the provider handed out.
    pub challenge: Challenge,
    /// SPKI SHA-256 of the wrapping key.
    pub wrapping_key_sha256: String,
    /// How the wrapping key is authenticated so far; a terminal may ask for more.
    pub authenticated_by: AuthenticatedBy,
    /// The provider.
    pub provider: &'static Provider,
    /// The provider's algorithm.
    pub algorithm: &'static str,
    /// Methods to choose from: the one that was named, or all that the provider takes and that fit.
    pub methods: Vec<WrapMethod>,
    /// All that the provider takes for keys of this type, and the policy permits: what a refusal may propose instead.
    pub takes: Vec<WrapMethod>,
    /// Where the key goes on the provider's side.
    pub destination: Destination,
    /// The consent.
    pub consent: Exposure,
}

/// Why a wrap is refused.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// `--algorithm`.
    #[error(transparent)]
    Algorithm(#[from] UnknownAlgorithm),
    /// The numbers of the wrapping key.
    #[error("the wrapping key cannot be trusted with a key: {} ({})", .0.rule.title, .0.detail)]
    BrokenWrappingKey(Finding),
    /// The file is no wrapping key of this provider.
    #[error(transparent)]
    Challenge(#[from] ChallengeError),
    /// `--target` or `--mount`.
    #[error(transparent)]
    Destination(#[from] DestinationError),
    /// What the provider handed out is no longer good.
    #[error("the provider's answer expired at {0}")]
    Expired(Timestamp),
    /// The manifest says something that this version does not know.
    #[error("the manifest of {0} names a type, a purpose or an object that this version of byok does not know")]
    Manifest(KeyVersionId),
    /// `--method`, or a key that does not fit.
    #[error(transparent)]
    Method(#[from] MethodError),
    /// The provider does not take this type.
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
    /// What the provider handed out is not good yet.
    #[error("the provider's answer is not valid before {0}")]
    NotYet(Timestamp),
    /// The key there is another one's.
    #[error(transparent)]
    Occupied(#[from] Occupied),
    /// The pin.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// The token cannot do it, or not with this consent.
    #[error(transparent)]
    Plan(#[from] PlanRefusal),
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The key was sealed.
    #[error("{0} is sealed: its token does not give it out any more")]
    Sealed(KeyVersionId),
    /// An older version is current again.
    #[error("{id} was given up for {to}: nothing brings it into use")]
    GivenUp {
        /// `NAME@N`
        id: KeyVersionId,
        /// The older version, made printable.
        to: String,
    },
    /// The state forbids it.
    #[error(transparent)]
    State(#[from] StateRefusal),
    /// No such key.
    #[error(transparent)]
    Unknown(#[from] InventoryError),
}

/// Checks a request against the wrapping key, the registry and the provider's table.
///
/// # Errors
/// The first thing that speaks against it.
pub fn check(registry: &Registry, request: &WrapRequest) -> Result<Checked, CheckError> {
    let provider = request.provider;
    let received = receive(provider, &request.handout, &request.options, request.pin.as_deref(), request.now)?;
    let id = select(registry, &request.selector)?;
    let manifest = registry.newest_manifest(&id)?;
    check_state(&id, &manifest, request.now)?;
    let (spec, purpose) = type_and_purpose(&id, &manifest)?;
    let typed = Typed { method: request.method.as_deref(), algorithm: request.algorithm.as_deref() };
    let destination = DestinationRequest {
        name: &request.selector.key,
        options: &request.options,
        challenge: &received.challenge,
        now: request.now,
    };
    let Agreed { algorithm, methods, destination } = agree(provider, (spec, purpose), typed, &destination)?;
    let Received { challenge, wrapping_key_sha256, authenticated_by } = received;
    let consent = request.consent;
    let key = (challenge.resource.as_deref(), wrapping_key_sha256.as_str());
    let place = Place::at(provider, None, &destination, key);
    let trust = registry.trust()?;
    let before = before((registry, &trust), &id, provider, &place)?;
    is_alone((registry, &trust), &id, provider, &destination)?;
    Ok(Checked {
        before,
        id,
        manifest,
        spec,
        purpose,
        challenge,
        wrapping_key_sha256,
        authenticated_by,
        provider,
        algorithm,
        methods,
        takes: accept_for(provider, spec, purpose)?.methods.to_vec(),
        destination,
        consent,
    })
}

impl Checked {
    /// Whether there is a plan for a token that is chosen and not yet logged in to, when its profile is cached.
    ///
    /// # Errors
    /// Why there is none.
    pub fn check_plan(&self, registry: &Registry, token: &TokenIdentity) -> Result<(), CheckError> {
        if let Ok(known) = cached(registry, token) {
            self.plan(&known.profile.capabilities)?;
        }
        Ok(())
    }

    /// The method and the plan for a token of these capabilities.
    ///
    /// # Errors
    /// Why there is none.
    pub fn plan(&self, capabilities: &Capabilities) -> Result<(WrapMethod, WrapPlan), PlanRefusal> {
        plan::choose(self.spec, &self.methods, capabilities, self.consent).map_err(|refusal| {
            let takes = self.takes.iter().copied();
            let fits = |method: &WrapMethod| check_fits(*method, self.challenge.modulus.len(), self.spec).is_ok();
            let bits = u32::try_from(self.challenge.bits()).ok();
            let spelled = |method| self.provider.to_type(method, bits);
            plan::with_instead(refusal, &takes.filter(fits).collect::<Vec<_>>(), spelled, capabilities)
        })
    }

    /// Whether what the provider handed out is good now, and the key still one that is wrapped.
    ///
    /// # Errors
    /// [`CheckError::Expired`], [`CheckError::NotYet`], [`CheckError::State`].
    pub fn check_validity(&self, now: Timestamp) -> Result<(), CheckError> {
        check_state(&self.id, &self.manifest, now)?;
        check_validity(&self.challenge, now)
    }

    /// What is to be known of the wrapping key and, when it is a pair, of the key, before it is wrapped: what `byok check`
    /// finds. What forbids the wrap was refused.
    #[must_use]
    pub fn findings(&self, now: Timestamp) -> Vec<Finding> {
        let half = self.manifest.statement.predicate.public.as_ref();
        let half = half.and_then(|half| PublicKey::from_pem(&half.spki_pem).ok()).map(Material::Public);
        let mut findings: Vec<Finding> = half.iter().flat_map(lint::of_key).collect();
        findings.extend(of_terms(&self.challenge, self.provider, Some(self.spec), now));
        findings
    }

    /// The wrapping key, as tokens take it.
    #[must_use]
    pub fn wrapping_key(&self) -> RsaPublicKey {
        RsaPublicKey { modulus: self.challenge.modulus.clone(), exponent: self.challenge.exponent.clone() }
    }
}

/// Whether no other key went to the same key there, where the answer is for that one.
fn is_alone(
    (registry, trust): (&Registry, &Trust),
    id: &KeyVersionId,
    provider: &Provider,
    destination: &Destination,
) -> Result<(), CheckError> {
    let Some(own) = Own::of(provider.id, destination.target()) else { return Ok(()) };
    Occupants::of((registry, trust))?.other_than(&id.key, own)?.map_or(Ok(()), |occupied| Err(occupied.into()))
}

/// Whether the key can leave the token, and may: its dates have their say.
fn check_state(id: &KeyVersionId, manifest: &StoredManifest, now: Timestamp) -> Result<(), CheckError> {
    let predicate = &manifest.statement.predicate;
    if predicate.is_sealed() {
        return Err(CheckError::Sealed(id.clone()));
    }
    if let Some(rollback) = &predicate.rollback {
        return Err(CheckError::GivenUp { id: id.clone(), to: printable(&rollback.to, SHORT) });
    }
    predicate.state_at(now).on(Event::Wrap).map_err(|error| error.of(id))?;
    Ok(())
}

fn type_and_purpose(id: &KeyVersionId, manifest: &StoredManifest) -> Result<(KeySpec, Purpose), CheckError> {
    let predicate = &manifest.statement.predicate;
    let unknown = || CheckError::Manifest(id.clone());
    Ok((predicate.key_type.parse().map_err(|_| unknown())?, predicate.purpose.parse().map_err(|_| unknown())?))
}
