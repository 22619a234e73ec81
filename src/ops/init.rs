//! `init`: a registry, a non-extractable signing key in the token, and the first profile.
//!
//! It can be killed anywhere and run again. The registry is built under a hidden name and appears whole; what a dead
//! run left, a signing key or a whole registry, is found by the id in its intent and taken over.

use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::custody::{ReadBackError, check_read_back};
use super::object::{MakeRequest, make_request};
use super::profile::{self, KnownProfile, ProbePolicy, ProfileError};
use super::session::{SIGNER_TYPES, Session, SessionError, Tokens};
use crate::audit::record::{Actor, Outcome, event};
use crate::format::spki::{PublicKey, SpkiError};
use crate::hsm::request::{Class, ObjectAttributes, PairHandles, Search};
use crate::hsm::{Token, TokenError};
use crate::key::spec::{KeySpec, Purpose};
use crate::registry::create::{Leftover, NewRegistry, Site};
use crate::registry::error::RegistryError;
use crate::registry::journal::{IntentDraft, Journal, OpenIntent, ResultDraft};
use crate::registry::lock::{Guard, Wait};
use crate::registry::signer::{SCHEMA, SignerPlace};
use crate::registry::store::Registry;

/// What to set up.
pub struct InitRequest<'a> {
    /// The registry to be.
    pub registry: &'a Path,
    /// The signing key's type; one of [`SIGNER_TYPES`].
    pub signer: KeySpec,
    /// How long to wait for another `init`.
    pub wait: Wait,
    /// The clock.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// Who runs it.
    pub actor: Actor,
}

impl std::fmt::Debug for InitRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InitRequest").field("registry", &self.registry).finish_non_exhaustive()
    }
}

/// What was set up.
#[derive(Debug)]
pub struct Initialised {
    /// The registry, in its place.
    pub registry: Registry,
    /// Where the signing key is.
    pub signer: SignerPlace,
    /// Its public key, to be handed over by another channel.
    pub key: PublicKey,
    /// The token's profile.
    pub profile: KnownProfile,
    /// An interrupted run had made the signing key; this run took it over.
    pub adopted: bool,
}

/// Why nothing was set up.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// Keys of this type sign no evidence.
    #[error("keys of type {0} do not sign evidence")]
    SignerType(KeySpec),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Random,
    /// The token made another key than the one asked for; it was destroyed again.
    #[error(transparent)]
    ReadBack(#[from] ReadBackError),
    /// The token's public key cannot be read.
    #[error("the signing key's public half cannot be read")]
    PublicKey(#[from] SpkiError),
    /// The profile.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The registry or its log.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The signer that was just made is not there.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A token call failed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// A signing key that is to be made, or that a dead run made.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) id: Vec<u8>,
    pub(super) spec: KeySpec,
    pub(super) label: String,
}

impl Plan {
    pub(super) fn new(spec: KeySpec) -> Result<Self, InitError> {
        let mut id = vec![0; 16];
        getrandom::fill(&mut id).map_err(|_| InitError::Random)?;
        Ok(Self { label: label(&id), id, spec })
    }

    fn detail(&self, token: &dyn Token, adopted: bool) -> Map<String, Value> {
        let rows = [
            ("objectId", json!(hex::encode(&self.id))),
            ("label", json!(self.label)),
            ("type", json!(self.spec.to_string())),
            ("tokenSerial", json!(token.identity().serial)),
            ("adopted", json!(adopted)),
        ];
        rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// What an intent of a dead run says, when the label is the one that goes with the id.
    fn from_intent(intent: &OpenIntent) -> Option<Self> {
        let text = |name: &str| intent.detail.get(name).and_then(Value::as_str);
        let id = hex::decode(text("objectId")?).ok()?;
        let spec = text("type")?.parse().ok()?;
        let label = label(&id);
        (intent.event == event::SIGNER_CREATED && text("label")? == label).then_some(Self { id, spec, label })
    }
}

/// The label goes with the id, so that two registries on one token have two.
fn label(id: &[u8]) -> String {
    format!("byok-signer-{}", hex::encode(id.get(..4).unwrap_or(id)))
}

/// What can be refused before a PIN is asked for.
///
/// # Errors
/// A signer type that signs no evidence, something at the registry's place, or a lock that is held.
pub fn check(request: &InitRequest<'_>) -> Result<(), InitError> {
    if !SIGNER_TYPES.contains(&request.signer) {
        return Err(InitError::SignerType(request.signer));
    }
    Site::take(request.registry, request.wait)?;
    Ok(())
}

/// Sets up a registry, or finishes what an interrupted run began.
///
/// # Errors
/// Whatever the token or the file system refuse. What is left then, the next run takes over.
pub fn run(request: &InitRequest<'_>, tokens: Tokens<'_>) -> Result<Initialised, InitError> {
    check(request)?;
    let site = Site::take(request.registry, request.wait)?;
    let (mut complete, unfinished): (Vec<_>, Vec<_>) = site.leftovers()?.into_iter().partition(Leftover::is_complete);
    if let Some(leftover) = complete.pop() {
        return take_over(request, tokens, &site, leftover);
    }
    let inherited = inherit(tokens.signer, &unfinished)?;
    let (new, guard) = site.begin((request.clock)())?;
    let built = build(request, tokens, &new, &guard, inherited, unfinished)?;
    let registry = new.finish()?;
    Ok(Initialised { registry, signer: built.signer, key: built.key, profile: built.profile, adopted: built.adopted })
}

/// A dead run had signed its registry and only not yet put it in its place.
fn take_over(
    request: &InitRequest<'_>,
    tokens: Tokens<'_>,
    site: &Site,
    leftover: Leftover,
) -> Result<Initialised, InitError> {
    let registry = leftover.finish(site)?;
    let (signer, key) = (registry.signer_place()?, registry.signer_key()?);
    let session = Session::open(tokens, &signer, key.der(), &[])?;
    let profile = profile::ensure(&registry, &session, ProbePolicy::WhenNeeded, (request.clock)())?;
    Ok(Initialised { signer, key, profile, adopted: true, registry })
}

/// The signing key of a dead run, when both halves are in the token. A public half alone is taken away; a private
/// half alone is left alone, since it could be somebody's key.
fn inherit(token: &dyn Token, leftovers: &[Leftover]) -> Result<Option<(Plan, PairHandles)>, InitError> {
    let mut found = None;
    for leftover in leftovers {
        // A log that cannot be read was cut off before anything was made.
        for plan in leftover.intents().unwrap_or_default().iter().filter_map(Plan::from_intent) {
            let of_label = token.find(Search::Label(&plan.label))?;
            let half = |class| of_label.iter().find(|o| o.class == class && o.id == plan.id).map(|o| o.handle);
            match (half(Class::Private), half(Class::Public)) {
                (Some(private), Some(public)) => found = Some((plan, PairHandles { private, public })),
                (None, Some(public)) => token.destroy(public)?,
                (Some(_) | None, None) => {}
            }
        }
    }
    Ok(found)
}

struct Built {
    signer: SignerPlace,
    key: PublicKey,
    profile: KnownProfile,
    adopted: bool,
}

fn build(
    request: &InitRequest<'_>,
    tokens: Tokens<'_>,
    new: &NewRegistry,
    guard: &Guard,
    inherited: Option<(Plan, PairHandles)>,
    leftovers: Vec<Leftover>,
) -> Result<Built, InitError> {
    let adopted = inherited.is_some();
    let (plan, existing) = match inherited {
        Some((plan, pair)) => (plan, Some(pair)),
        None => (Plan::new(request.signer)?, None),
    };
    let mut journal = Journal::begin(new.registry(), guard, (request.clock)(), request.actor.clone())?;
    journal.note(event::REGISTRY_INIT, None, Map::new())?;
    let operation = journal.intent(IntentDraft {
        event: event::SIGNER_CREATED.to_owned(),
        detail: plan.detail(tokens.signer, adopted),
        ..IntentDraft::default()
    })?;
    // The id is in the new log by now, so the dead runs' logs are no longer needed.
    leftovers.into_iter().try_for_each(Leftover::remove)?;
    let pair = existing.map_or_else(|| make(tokens.signer, &plan), Ok)?;
    let key = read_back(tokens.signer, plan.spec, pair)?;
    let signer = place(tokens.signer, &plan, &key);
    new.write_signer(&key.to_pem())?;
    new.write_signer_place(&signer)?;
    let session = Session::of_new_signer(tokens, &signer, key.der(), pair.private)?;
    let profile = profile::ensure(new.registry(), &session, ProbePolicy::Always, (request.clock)())?;
    journal.set_time((request.clock)());
    let detail = Map::from_iter([("spkiSha256".to_owned(), json!(signer.spki_sha256))]);
    journal.result(&operation, Outcome::Success, ResultDraft { detail, ..ResultDraft::default() })?;
    journal.note(event::PROFILE_PROBED, None, profile.log_detail())?;
    journal.checkpoint(&session.signer, (request.clock)())?;
    Ok(Built { signer, key, profile, adopted })
}

pub(super) fn make(token: &dyn Token, plan: &Plan) -> Result<PairHandles, InitError> {
    let object = ObjectAttributes { label: plan.label.clone(), id: plan.id.clone(), token: true, extractable: false };
    match make_request(plan.spec, Purpose::Sign, object) {
        Some(MakeRequest::Pair(request)) => Ok(token.generate_pair(&request)?),
        _ => Err(InitError::SignerType(plan.spec)),
    }
}

/// The public half of a pair that cannot leave the token, or so the token says; any other pair is destroyed.
pub(super) fn read_back(token: &dyn Token, spec: KeySpec, pair: PairHandles) -> Result<PublicKey, InitError> {
    let (custody, spki) = (token.custody(pair.private)?, token.public_key(pair.public)?);
    if let Err(error) = check_read_back(spec, &custody, false, Some(&spki)) {
        token.destroy(pair.private)?;
        token.destroy(pair.public)?;
        return Err(error.into());
    }
    Ok(PublicKey::from_der(&spki)?)
}

pub(super) fn place(token: &dyn Token, plan: &Plan, key: &PublicKey) -> SignerPlace {
    SignerPlace {
        schema: SCHEMA.to_owned(),
        key_label: plan.label.clone(),
        object_id: hex::encode(&plan.id),
        key_type: plan.spec.to_string(),
        token_serial: token.identity().serial.clone(),
        token_label: token.identity().label.clone(),
        spki_sha256: key.sha256_hex(),
    }
}
