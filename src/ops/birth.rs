//! What every command has in common that brings a key version into the world: the plan, what the intent says of it,
//! what is read of the key afterwards, and its first manifest.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Builder;

use super::custody;
use super::object::{Made, MakeRequest, make_request};
use super::profile::KnownProfile;
use super::session::Session;
use super::statement::{Birth, Stamp, StatementError, first};
use crate::hsm::request::{Class, ObjectAttributes, Search, TokenIdentity};
use crate::hsm::{Token, TokenError};
use crate::key::check_value::CheckValue;
use crate::key::custody::Custody;
use crate::key::exposure::Exposure;
use crate::key::name::KeyName;
use crate::key::spec::{KeySpec, Purpose};
use crate::key::version::KeyVersionId;
use crate::manifest::statement::{Fingerprint, KeyVersionPredicate, Origin, Statement};
use crate::registry::journal::OpenIntent;

/// What people say of a new key.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The key's name.
    pub name: KeyName,
    /// Its type.
    pub spec: KeySpec,
    /// Its purpose.
    pub purpose: Purpose,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Free attributes.
    pub attributes: BTreeMap<String, String>,
}

impl Wish {
    /// Whether a key that is there is the one that is asked for.
    #[must_use]
    pub fn is_met_by(&self, statement: &Statement) -> bool {
        let predicate = &statement.predicate;
        predicate.key_type == self.spec.to_string()
            && predicate.purpose == self.purpose.to_string()
            && predicate.owner == self.owner
            && predicate.attributes == self.attributes
    }
}

/// The operating system gave no random bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct NoRandom;

/// A key version that is about to come, or that an intent says was.
#[derive(Clone, Debug)]
pub struct Plan {
    /// `NAME@N`
    pub id: KeyVersionId,
    /// `CKA_ID`, chosen before anything is made.
    pub object_id: Vec<u8>,
    /// Type.
    pub spec: KeySpec,
    /// Purpose.
    pub purpose: Purpose,
    /// Owner.
    pub owner: Option<String>,
    /// Attributes.
    pub attributes: BTreeMap<String, String>,
    /// The logical key's UUID.
    pub logical_key_id: String,
    /// The token that holds it.
    pub token_serial: String,
}

impl Plan {
    /// Chooses the ids.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn new(wish: &Wish, id: KeyVersionId, token: &dyn Token) -> Result<Self, NoRandom> {
        let mut object_id = vec![0; 16];
        getrandom::fill(&mut object_id).map_err(|_| NoRandom)?;
        let mut uuid = [0; 16];
        getrandom::fill(&mut uuid).map_err(|_| NoRandom)?;
        Ok(Self {
            id,
            object_id,
            spec: wish.spec,
            purpose: wish.purpose,
            owner: wish.owner.clone(),
            attributes: wish.attributes.clone(),
            logical_key_id: Builder::from_random_bytes(uuid).into_uuid().to_string(),
            token_serial: token.identity().serial.clone(),
        })
    }

    /// What the intent says, so that a crash can be reconciled by id.
    #[must_use]
    pub fn detail(&self) -> Map<String, Value> {
        let rows = [
            ("objectId", json!(hex::encode(&self.object_id))),
            ("label", json!(self.id.to_string())),
            ("type", json!(self.spec.to_string())),
            ("purpose", json!(self.purpose.to_string())),
            ("owner", json!(self.owner)),
            ("attributes", json!(self.attributes)),
            ("logicalKeyId", json!(self.logical_key_id)),
            ("tokenSerial", json!(self.token_serial)),
        ];
        rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// What an intent says that was about to come; `None` when it says it in another form.
    #[must_use]
    pub fn from_intent(intent: &OpenIntent) -> Option<Self> {
        let detail = &intent.detail;
        let text = |name: &str| detail.get(name).and_then(Value::as_str);
        Some(Self {
            id: intent.key.clone()?,
            object_id: hex::decode(text("objectId")?).ok()?,
            spec: text("type")?.parse().ok()?,
            purpose: text("purpose")?.parse().ok()?,
            owner: text("owner").map(str::to_owned),
            attributes: serde_json::from_value(detail.get("attributes")?.clone()).ok()?,
            logical_key_id: text("logicalKeyId")?.to_owned(),
            token_serial: text("tokenSerial")?.to_owned(),
        })
    }

    /// What to ask of the token; `None` when the type cannot serve the purpose.
    #[must_use]
    pub fn request(&self) -> Option<MakeRequest> {
        let object =
            ObjectAttributes { label: self.id.to_string(), id: self.object_id.clone(), token: true, extractable: true };
        make_request(self.spec, self.purpose, object)
    }
}

/// Destroys all of it, also when a part fails. Whether it is gone: the token's word alone is not enough, as what it keeps
/// nobody would look for again.
#[must_use]
pub fn destroy(token: &dyn Token, plan: &Plan, made: Made) -> bool {
    let failed = made.handles().into_iter().filter(|handle| token.destroy(*handle).is_err()).count();
    let classes: &[Class] = match made {
        Made::Pair(_) => &[Class::Private, Class::Public],
        Made::Secret(_) => &[Class::Secret],
    };
    let is_gone = |class: &Class| token.find(Search::Id(*class, &plan.object_id)).is_ok_and(|found| found.is_empty());
    failed == 0 && classes.iter().all(is_gone)
}

/// What the token says of a key: all that its first manifest takes over.
#[derive(Debug)]
pub struct Reading {
    /// Custody.
    pub attrs: Custody,
    /// DER SPKI of a pair.
    pub spki: Option<Vec<u8>>,
    /// Check value of a secret key.
    pub check: Option<CheckValue>,
    /// Fingerprint of a secret key.
    pub fingerprint: Option<Fingerprint>,
}

impl Reading {
    /// Asks the token.
    ///
    /// # Errors
    /// A token that fails.
    pub fn take(token: &dyn Token, profile: &KnownProfile, plan: &Plan, made: Made) -> Result<Self, TokenError> {
        let attrs = token.custody(made.key())?;
        let (spki, check, fingerprint) = match made {
            Made::Pair(pair) => (Some(token.public_key(pair.public)?), None, None),
            Made::Secret(key) => (
                None,
                custody::check_value(token, key, plan.spec, plan.purpose, &profile.profile.capabilities)?,
                custody::fingerprint(token, key, plan.spec, plan.purpose, &plan.id)?,
            ),
        };
        Ok(Self { attrs, spki, check, fingerprint })
    }
}

/// Where a key came from, what this host has seen of it, and since when it is there.
#[derive(Debug)]
pub struct Descent {
    /// Where it came from.
    pub origin: Origin,
    /// What this host has seen of it.
    pub exposure: Exposure,
    /// Since when it is there.
    pub at: Timestamp,
}

/// The first manifest of objects that are in the token.
///
/// # Errors
/// What was read makes no manifest.
pub fn describe(
    session: &Session<'_>,
    profile: &KnownProfile,
    plan: &Plan,
    reading: Reading,
    descent: Descent,
    stamp: Stamp,
) -> Result<Statement, StatementError> {
    let place = (session.token.identity(), profile.sha256.as_str());
    Ok(Statement::new(born(place, plan, reading, descent, stamp)?)?)
}

/// What the first manifest will say, before anything is added to it: of objects in this token, whose profile has this
/// hash.
///
/// # Errors
/// A public key that cannot be described.
pub fn born(
    (identity, profile_sha256): (&TokenIdentity, &str),
    plan: &Plan,
    reading: Reading,
    descent: Descent,
    stamp: Stamp,
) -> Result<KeyVersionPredicate, StatementError> {
    let birth = Birth {
        id: &plan.id,
        logical_key_id: plan.logical_key_id.clone(),
        owner: plan.owner.clone(),
        attributes: plan.attributes.clone(),
        spec: plan.spec,
        purpose: plan.purpose,
        spki: reading.spki,
        check: reading.check,
        fingerprint: reading.fingerprint,
        custody: custody::record(identity, &plan.object_id, reading.attrs, profile_sha256, stamp.now),
        origin: descent.origin,
        exposure: descent.exposure,
        generated_at: descent.at,
    };
    first(birth, stamp)
}
