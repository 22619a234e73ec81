//! What is to be done about a key: a new version, the wraps that an earlier rotation still owes, or nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::answer::{Answer, Answers};
use super::error::RotateError;
use super::pinned::{self, Pinned};
use crate::format::escape::{SHORT, printable};
use crate::hsm::request::RsaPublicKey;
use crate::key::exposure::Exposure;
use crate::key::method::WrapMethod;
use crate::key::name::KeyName;
use crate::key::spec::{KeySpec, Purpose};
use crate::key::state::{Event, State};
use crate::key::version::{KeySelector, KeyVersionId};
use crate::manifest::statement::{KeyVersionPredicate, WrapRecord};
use crate::manifest::trust::Trust;
use crate::ops::govern::of_key;
use crate::ops::inventory::InventoryError;
use crate::ops::place::Place;
use crate::ops::status::WrapFact;
use crate::ops::target::{Target, Targets};
use crate::ops::wrap::before::{Before, before};
use crate::ops::wrap::check::CheckError;
use crate::ops::wrap::terms::{Agreed, Typed, agree, check_validity};
use crate::policy::Policy;
use crate::provider::{Destination, DestinationRequest, Provider};
use crate::registry::error::RegistryError;
use crate::registry::store::{Registry, StoredManifest};

/// Where versions go, and what providers handed out.
#[derive(Debug)]
pub struct Terms<'a> {
    /// The targets of byok.yaml.
    pub targets: &'a Targets,
    /// The answers of providers.
    pub answers: &'a Answers<'a>,
    /// The folder for what is made: `OUT/NAME@N/<target-id>`. No name of a key has an `@`, so that no folder lies in another.
    pub out: Option<&'a Path>,
    /// What an approved plan says, when one is applied.
    pub pinned: Pinned<'a>,
    /// A new version is asked for, whatever the newest one owes.
    pub again: bool,
    /// The policy in force: what is due by its periods waits for no target.
    pub policy: Option<&'a Policy>,
}

/// What is to be done about a key.
#[derive(Debug)]
pub struct Order {
    /// The version that is made, or gone on with.
    pub id: KeyVersionId,
    /// Whether it is made.
    pub born: bool,
    /// The version that it replaces, with its newest manifest; of one that is gone on with, itself.
    pub base: (KeyVersionId, StoredManifest),
    /// Its type.
    pub spec: KeySpec,
    /// Its purpose.
    pub purpose: Purpose,
    /// The targets for which there is a wrapping key.
    pub wraps: Vec<Wrapping>,
    /// The targets that wait for one.
    pub pending: Vec<String>,
}

/// A wrap of the version for a target.
#[derive(Debug)]
pub struct Wrapping {
    /// The target's id.
    pub target: String,
    /// The provider.
    pub provider: &'static Provider,
    /// What it handed out.
    pub answer: Arc<Answer>,
    /// Its algorithm.
    pub algorithm: &'static str,
    /// Methods to choose from.
    pub methods: Vec<WrapMethod>,
    /// Where the key goes on its side.
    pub destination: Destination,
    /// What went to the same key of the provider before.
    pub before: Before,
    /// The folder for everything that is made, and the folder to make below it.
    pub folder: (PathBuf, PathBuf),
}

impl Order {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        !self.born && self.wraps.is_empty()
    }

    /// What the newest manifest says of the version that is replaced or gone on with.
    #[must_use]
    pub fn base_predicate(&self) -> &KeyVersionPredicate {
        &self.base.1.statement.predicate
    }

    /// Whether the version comes into use at once: there is nobody who could confirm it.
    #[must_use]
    pub fn is_active_at_once(&self) -> bool {
        self.born && self.wraps.is_empty() && self.pending.is_empty()
    }
}

/// Looks at a key. A run knows the version that it is to replace: what replaced it already and is in use is done.
///
/// # Errors
/// What speaks against rotating it, or against wrapping the new version.
pub fn assess(
    (registry, trust): (&Registry, &Trust),
    terms: &Terms<'_>,
    (key, base): (&KeyName, Option<&KeyVersionId>),
    now: Timestamp,
) -> Result<Order, RotateError> {
    let unknown = || CheckError::Unknown(InventoryError::Unknown(KeySelector { key: key.clone(), version: None }));
    let newest = registry.newest_version(key)?.ok_or_else(unknown)?;
    // All of them are looked at, so that each is read once.
    let mut earlier = registry.manifests_under(&newest, trust)?;
    let manifest = earlier.pop().ok_or_else(|| RegistryError::NoManifest(newest.clone()))?;
    let predicate = &manifest.statement.predicate;
    let (spec, purpose) = type_and_purpose(&newest, predicate)?;
    let state = predicate.state_at(now);
    if state == State::PreActivation && predicate.rotation.is_none() {
        return Err(RotateError::NotInUse(newest));
    }
    // A version that a rotation made is gone on with until it went to every target: a further one would leave one behind.
    let may_go_on = predicate.rotation.is_some()
        && predicate.rollback.is_none()
        && (state == State::PreActivation || state == State::Active && !predicate.is_sealed())
        && terms.targets.of(key).next().is_some();
    let manifests = || earlier.iter().chain([&manifest]);
    let went = if may_go_on { went(registry, manifests())? } else { Vec::new() };
    let waits = |target: &&Target| !went.iter().any(|wrap| wrap.is_for(target, key));
    let is_to_come = state == State::PreActivation && predicate.rollback.is_none();
    let is_found = base.is_none_or(|base| base.version == newest.version);
    // A run that was asked for a further version makes one; what a period makes due is another rotation's.
    let is_replaced = pinned::is_replaced(terms.pinned, &newest)
        .unwrap_or_else(|| terms.again && is_found || is_due(terms.policy, &newest, predicate, now));
    let owes = is_to_come || may_go_on && terms.targets.of(key).any(|target| waits(&target));
    let goes_on = owes && !is_replaced;
    if !goes_on && !is_replaced && base.is_some_and(|base| base.version < newest.version) {
        let (wraps, pending) = (Vec::new(), Vec::new());
        return Ok(Order { id: newest.clone(), born: false, base: (newest, manifest), spec, purpose, wraps, pending });
    }
    let born = !goes_on;
    if born {
        leads_everywhere((registry, &newest), manifests(), predicate, terms.targets)?;
    }
    let id = if born { next(&newest)? } else { newest.clone() };
    let (mut wraps, mut pending) = (Vec::new(), Vec::new());
    for target in terms.targets.of(key).filter(|target| born || waits(target)) {
        if !pinned::wraps(terms.pinned, key, &target.id) {
            pending.push(target.id.clone());
            continue;
        }
        match terms.answers.find(key, target, now)? {
            Some(answer) => {
                let name = answer.name.clone();
                let wrapping = wrapping(terms, &id, target, answer, (spec, purpose), now);
                let mut wrapping = wrapping.map_err(|error| error.of_target(&target.id, Some(&name)))?;
                let received = &wrapping.answer.received;
                let key = (received.challenge.resource.as_deref(), received.wrapping_key_sha256.as_str());
                let place = Place::at(wrapping.provider, Some(&target.id), &wrapping.destination, key);
                wrapping.before = before((registry, trust), &id, wrapping.provider, &place)?;
                wraps.push(wrapping);
            }
            None => pending.push(target.id.clone()),
        }
    }
    if !born && !wraps.is_empty() {
        may_be_wrapped(&newest, predicate, now)?;
    }
    let order = Order { id, born, base: (newest, manifest), spec, purpose, wraps, pending };
    pinned::check_order(terms.pinned, &order)?;
    Ok(order)
}

/// Whether the policy's period of a version in use is over. One that a target's wrap is owed for is not kept for that: the
/// policy would refuse the wrap, and then the version.
fn is_due(policy: Option<&Policy>, id: &KeyVersionId, predicate: &KeyVersionPredicate, now: Timestamp) -> bool {
    let key = of_key(&id.key, predicate, Exposure::None);
    let periods = policy.zip(key).map(|(policy, key)| policy.periods(&key));
    let due = periods.and_then(|periods| periods.replacement(predicate.dates.generated_at));
    predicate.state_at(now) == State::Active && due.is_some_and(|(due, _)| due <= now)
}

/// A new version goes where targets lead. Where the old one is and no target leads, the new one would be in use without
/// being there, and the old one be taken for replaced.
fn leads_everywhere<'a>(
    (registry, id): (&Registry, &KeyVersionId),
    manifests: impl Iterator<Item = &'a StoredManifest>,
    predicate: &KeyVersionPredicate,
    targets: &Targets,
) -> Result<(), RotateError> {
    let leads = |wrap: &WrapRecord| targets.of(&id.key).any(|target| target.may_lead_to(&id.key, wrap));
    let left = |provider: &str, key: &str, mount: Option<&str>| RotateError::NoTarget {
        id: id.clone(),
        provider: provider.to_owned(),
        key: printable(key, SHORT),
        mount: mount.map(|mount| printable(mount, SHORT)),
    };
    for manifest in manifests {
        for (at, wrap) in manifest.statement.predicate.wraps.iter().enumerate() {
            if !leads(wrap) && !registry.is_given_up(&manifest.payload_sha256, at)? {
                return Err(left(&wrap.provider, wrap.target.as_deref().unwrap_or_default(), wrap.mount.as_deref()));
            }
        }
    }
    let unled = |provider: &str| !targets.of(&id.key).any(|target| target.provider.id == provider);
    let placement = predicate.placements.iter().find(|placement| unled(&placement.provider));
    placement.map_or(Ok(()), |placement| Err(left(&placement.provider, &placement.resource, None)))
}

/// The wraps of a version, but for those whose bundle recovery gave up.
fn went<'a>(
    registry: &Registry,
    manifests: impl Iterator<Item = &'a StoredManifest>,
) -> Result<Vec<WrapFact>, RegistryError> {
    let mut went = Vec::new();
    for manifest in manifests {
        for (at, wrap) in manifest.statement.predicate.wraps.iter().enumerate() {
            if !registry.is_given_up(&manifest.payload_sha256, at)? {
                went.push(WrapFact::from(wrap));
            }
        }
    }
    Ok(went)
}

fn next(id: &KeyVersionId) -> Result<KeyVersionId, RotateError> {
    let version = id.version.checked_add(1).ok_or_else(|| CheckError::Manifest(id.clone()))?;
    Ok(KeyVersionId { key: id.key.clone(), version })
}

fn may_be_wrapped(id: &KeyVersionId, predicate: &KeyVersionPredicate, now: Timestamp) -> Result<(), CheckError> {
    if predicate.is_sealed() {
        return Err(CheckError::Sealed(id.clone()));
    }
    predicate.state_at(now).on(Event::Wrap).map_err(|error| error.of(id))?;
    Ok(())
}

fn type_and_purpose(id: &KeyVersionId, predicate: &KeyVersionPredicate) -> Result<(KeySpec, Purpose), CheckError> {
    let unknown = || CheckError::Manifest(id.clone());
    Ok((predicate.key_type.parse().map_err(|_| unknown())?, predicate.purpose.parse().map_err(|_| unknown())?))
}

fn wrapping(
    terms: &Terms<'_>,
    id: &KeyVersionId,
    target: &Target,
    answer: Arc<Answer>,
    kind: (KeySpec, Purpose),
    now: Timestamp,
) -> Result<Wrapping, RotateError> {
    check_validity(&answer.received.challenge, now)?;
    let typed = Typed { method: target.method.as_deref(), algorithm: target.algorithm.as_deref() };
    let options = target.options_for(&id.key);
    let request = DestinationRequest { name: &id.key, options: &options, challenge: &answer.received.challenge, now };
    let Agreed { algorithm, methods, destination } = agree(target.provider, kind, typed, &request)?;
    target.admits(&destination)?;
    let out = terms.out.ok_or_else(|| RotateError::NoFolder(id.clone()))?;
    let folder = (out.to_owned(), Path::new(&id.to_string()).join(&target.id));
    let (target, provider) = (target.id.clone(), target.provider);
    Ok(Wrapping { target, provider, answer, algorithm, methods, destination, before: Before::default(), folder })
}

impl Wrapping {
    /// The wrapping key, as tokens take it.
    #[must_use]
    pub fn wrapping_key(&self) -> RsaPublicKey {
        let challenge = &self.answer.received.challenge;
        RsaPublicKey { modulus: challenge.modulus.clone(), exponent: challenge.exponent.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statements;

    const POLICY: &str = "\
schema: byok.policy/v1
rules: [{name: all, match: {keys: ['**']}, rotation: {every: P30D, overlap: P7D}, unattended: [rotate]}]
";

    #[test]
    fn a_version_in_use_is_due_by_the_period_alone() {
        let policy = Policy::parse(POLICY.as_bytes()).unwrap();
        let id = "payments/kek@2".parse().unwrap();
        let mut predicate = statements::predicate("payments/kek");
        let made = predicate.dates.generated_at;
        let day = |days: i64| made + jiff::SignedDuration::from_hours(24 * days);
        assert!(!is_due(Some(&policy), &id, &predicate, day(31)), "it is gone on with before it is in use");
        predicate.enter(State::Active, made);
        assert!(!is_due(Some(&policy), &id, &predicate, day(29)));
        assert!(is_due(Some(&policy), &id, &predicate, day(31)));
        assert!(!is_due(None, &id, &predicate, day(31)));
    }
}
