//! `generate`: a key version in the token, read back, with its first manifest.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Builder;

use super::command::{CodeOf, Command, CommandError, Workplace};
use super::custody::{self, ReadBackError};
use super::object::{Made, MakeRequest, make_request};
use super::profile::KnownProfile;
use super::session::Session;
use super::statement::{Birth, Stamp, StatementError, first};
use crate::audit::record::{Outcome, event};
use crate::hsm::request::ObjectAttributes;
use crate::hsm::{Token, TokenError};
use crate::key::name::KeyName;
use crate::key::spec::{KeySpec, Purpose};
use crate::key::version::KeyVersionId;
use crate::manifest::check::check_free_text;
use crate::manifest::dsse::Signed;
use crate::manifest::statement::{Origin, Statement};
use crate::registry::error::RegistryError;
use crate::registry::journal::{IntentDraft, Journal, OpenIntent, ResultDraft, is_unsigned};
use crate::registry::layout::manifest_name;
use crate::registry::release::StagedFolder;
use crate::registry::store::Registry;

/// What to make.
#[derive(Clone, Debug)]
pub struct GenerateRequest {
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

/// Why no key version was made.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The registry already has this key.
    #[error("the registry already has {0}")]
    Exists(KeyVersionId),
    /// The type cannot serve the purpose.
    #[error("a key of type {spec} cannot serve the purpose {purpose}")]
    Purpose {
        /// The type.
        spec: KeySpec,
        /// The purpose.
        purpose: Purpose,
    },
    /// Another object of the token has this label.
    #[error("the token already has {} with the label {label}", count(.objects))]
    Label {
        /// `NAME@N`
        label: String,
        /// Class and id of each.
        objects: Vec<String>,
    },
    /// The token made another key than the one asked for; it was destroyed again.
    #[error(transparent)]
    ReadBack(#[from] ReadBackError),
    /// An interrupted run's intent lacks what a manifest needs.
    #[error("the intent {0} does not say what was made")]
    Intent(String),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Random,
    /// The manifest could not be put together.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// A token call failed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Registry, log or signature.
    #[error(transparent)]
    Command(#[from] CommandError),
}

impl From<RegistryError> for GenerateError {
    fn from(error: RegistryError) -> Self {
        Self::Command(error.into())
    }
}

fn count(objects: &[String]) -> String {
    match objects.len() {
        1 => "an object".to_owned(),
        n => format!("{n} objects"),
    }
}

/// What a request comes to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checked {
    /// The key version.
    pub id: KeyVersionId,
    /// An interrupted run has made it; the checkpoint is missing.
    pub is_made: bool,
}

/// Everything that can be refused before a PIN is asked for.
///
/// # Errors
/// A name that is taken, a purpose that the type cannot serve, an owner or an attribute that no manifest takes.
pub fn check(registry: &Registry, request: &GenerateRequest) -> Result<Checked, GenerateError> {
    let GenerateRequest { spec, purpose, .. } = *request;
    // What no manifest takes must be refused before there is a key: it would be one without evidence.
    check_free_text(request.owner.as_deref(), &request.attributes).map_err(StatementError::from)?;
    crate::key::template::usages(spec, purpose).ok_or(GenerateError::Purpose { spec, purpose })?;
    match registry.newest_version(&request.name)? {
        Some(id) if is_interrupted(registry, &id, request)? => Ok(Checked { id, is_made: true }),
        Some(id) => Err(GenerateError::Exists(id)),
        None => {
            Ok(Checked { id: KeyVersionId { key: request.name.clone(), version: NonZeroU32::MIN }, is_made: false })
        }
    }
}

/// Whether a run that was cut short before its checkpoint has made just what is asked for now.
fn is_interrupted(registry: &Registry, id: &KeyVersionId, request: &GenerateRequest) -> Result<bool, GenerateError> {
    Ok(is_unsigned(registry, event::KEY_GENERATE, id)?
        && is_asked_for(&registry.newest_manifest(id)?.statement, request))
}

/// Makes the key version: intent, token, reading back, manifest, result, release, checkpoint.
///
/// # Errors
/// As [`check`], and whatever the token, the registry or the signer refuse. A failure after the key is in the token
/// leaves the intent open, for `recover`.
pub fn run(
    place: &Workplace<'_>,
    session: &Session<'_>,
    request: &GenerateRequest,
    code_of: CodeOf<'_, GenerateError>,
) -> Result<Statement, GenerateError> {
    let id = check(place.registry, request)?.id;
    let guard = place.lock(session)?;
    let mut command = Command::begin(place, &guard, session)?;
    let outcome = act(&mut command, session, request);
    command.settle(session, &id, outcome, code_of)
}

fn act(
    command: &mut Command<'_>,
    session: &Session<'_>,
    request: &GenerateRequest,
) -> Result<Statement, GenerateError> {
    let Checked { id, is_made } = check(command.registry(), request)?;
    if is_made {
        return Ok(command.registry().newest_manifest(&id)?.statement);
    }
    let objects = session.same_label(&id.to_string())?;
    if !objects.is_empty() {
        return Err(GenerateError::Label { label: id.to_string(), objects });
    }
    let plan = Plan::new(request, id, session.token)?;
    let slot = command.registry().key_slot(&plan.id)?;
    let operation = command.intend(IntentDraft {
        event: event::KEY_GENERATE.to_owned(),
        key: Some(plan.id.clone()),
        staged: vec![slot.clone()],
        detail: plan.detail(),
    })?;
    let made = make(session.token, &plan).inspect_err(|_| {
        // A call that failed may have made something all the same.
        if !session.same_label(&plan.id.to_string()).is_ok_and(|objects| objects.is_empty()) {
            command.has_acted();
        }
    })?;
    command.has_acted();
    if let Err(error) = read_back(session.token, &plan, made) {
        // While it is not gone for certain, the intent stays open.
        if destroy(session.token, made).is_ok() {
            command.has_undone();
        }
        return Err(error);
    }
    let stamp = command.stamp(session, &operation)?;
    let statement = describe(session, command.profile(), &plan, made, Lifted { at: stamp.now, adopted: false }, stamp)?;
    let signed = Signed::sign(statement, &session.signer).map_err(CommandError::from)?;
    let mut folder = StagedFolder::create(slot)?;
    folder.write(&manifest_name(1), &signed.to_json())?;
    command.finish(&operation, &signed, vec![folder.seal()?])?;
    Ok(signed.into_value())
}

/// Whether a key that is there is the one that is asked for.
fn is_asked_for(statement: &Statement, request: &GenerateRequest) -> bool {
    let predicate = &statement.predicate;
    predicate.key_type == request.spec.to_string()
        && predicate.purpose == request.purpose.to_string()
        && predicate.owner == request.owner
        && predicate.attributes == request.attributes
}

/// A key version that is about to be made, or that an intent says was.
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
    fn new(request: &GenerateRequest, id: KeyVersionId, token: &dyn Token) -> Result<Self, GenerateError> {
        let mut object_id = vec![0; 16];
        getrandom::fill(&mut object_id).map_err(|_| GenerateError::Random)?;
        let mut uuid = [0; 16];
        getrandom::fill(&mut uuid).map_err(|_| GenerateError::Random)?;
        Ok(Self {
            id,
            object_id,
            spec: request.spec,
            purpose: request.purpose,
            owner: request.owner.clone(),
            attributes: request.attributes.clone(),
            logical_key_id: Builder::from_random_bytes(uuid).into_uuid().to_string(),
            token_serial: token.identity().serial.clone(),
        })
    }

    /// What the intent says, so that a crash can be reconciled by id.
    fn detail(&self) -> Map<String, Value> {
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

    /// What an intent says that was about to be made; `None` when it says it in another form.
    fn from_intent(intent: &OpenIntent) -> Option<Self> {
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

    fn request(&self) -> Option<MakeRequest> {
        let object =
            ObjectAttributes { label: self.id.to_string(), id: self.object_id.clone(), token: true, extractable: true };
        make_request(self.spec, self.purpose, object)
    }
}

fn make(token: &dyn Token, plan: &Plan) -> Result<Made, GenerateError> {
    let purpose_error = GenerateError::Purpose { spec: plan.spec, purpose: plan.purpose };
    Ok(match plan.request().ok_or(purpose_error)? {
        MakeRequest::Pair(request) => Made::Pair(token.generate_pair(&request)?),
        MakeRequest::Secret(request) => Made::Secret(token.generate_secret(&request)?),
    })
}

/// Whether the objects in the token are what the plan asked for.
fn read_back(token: &dyn Token, plan: &Plan, made: Made) -> Result<(), GenerateError> {
    let custody = token.custody(made.key())?;
    let spki = match made {
        Made::Pair(pair) => Some(token.public_key(pair.public)?),
        Made::Secret(_) => None,
    };
    Ok(custody::check_read_back(plan.spec, &custody, true, spki.as_deref())?)
}

/// All of it, also when a part fails.
fn destroy(token: &dyn Token, made: Made) -> Result<(), TokenError> {
    let failed: Vec<_> = made.handles().into_iter().filter_map(|handle| token.destroy(handle).err()).collect();
    failed.into_iter().next().map_or(Ok(()), Err)
}

/// When a key was made, and whether this run made it.
#[derive(Clone, Copy, Debug)]
struct Lifted {
    at: Timestamp,
    adopted: bool,
}

/// The first manifest of objects that are in the token: all of it read from there.
fn describe(
    session: &Session<'_>,
    profile: &KnownProfile,
    plan: &Plan,
    made: Made,
    lifted: Lifted,
    stamp: Stamp,
) -> Result<Statement, GenerateError> {
    let token = session.token;
    let attrs = token.custody(made.key())?;
    let (spki, check, fingerprint) = match made {
        Made::Pair(pair) => (Some(token.public_key(pair.public)?), None, None),
        Made::Secret(key) => (
            None,
            custody::check_value(token, key, plan.spec, plan.purpose, &profile.profile.capabilities)?,
            custody::fingerprint(token, key, plan.spec, plan.purpose, &plan.id)?,
        ),
    };
    let birth = Birth {
        id: &plan.id,
        logical_key_id: plan.logical_key_id.clone(),
        owner: plan.owner.clone(),
        attributes: plan.attributes.clone(),
        spec: plan.spec,
        purpose: plan.purpose,
        spki,
        check,
        fingerprint,
        custody: custody::record(token.identity(), &plan.object_id, attrs, &profile.sha256, stamp.now),
        origin: Origin { kind: "generated".to_owned(), adopted: lifted.adopted },
        generated_at: lifted.at,
    };
    Ok(first(birth, stamp)?)
}

/// Takes over a key that an interrupted `generate` made: read back as if it had just been made, its manifest says
/// that it was adopted. The intent is closed by it.
///
/// # Errors
/// A key that is not what the intent says, and whatever the token, the registry or the signer refuse.
pub fn adopt(
    journal: &mut Journal<'_>,
    registry: &Registry,
    session: &Session<'_>,
    profile: &KnownProfile,
    intent: &OpenIntent,
    made: Made,
    now: Timestamp,
) -> Result<(), GenerateError> {
    let plan = Plan::from_intent(intent).ok_or_else(|| GenerateError::Intent(intent.id.to_string()))?;
    read_back(session.token, &plan, made)?;
    let stamp = Stamp { signer: session.record.clone(), log_ref: journal.entry_ref(&intent.id)?, now };
    let statement = describe(session, profile, &plan, made, Lifted { at: intent.at, adopted: true }, stamp)?;
    let signed = Signed::sign(statement, &session.signer).map_err(CommandError::from)?;
    let mut folder = StagedFolder::create(registry.key_slot_of(&plan.id, &intent.staged)?)?;
    folder.write(&manifest_name(1), &signed.to_json())?;
    let draft = ResultDraft {
        manifest_sha256: Some(signed.payload_sha256()),
        release: vec![folder.seal()?],
        ..ResultDraft::default()
    };
    journal.result(&intent.id, Outcome::Success, draft)?;
    Ok(journal.release(&intent.id)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::fixture::Fixture;

    #[test]
    fn what_no_manifest_takes_is_refused_before_there_is_a_key() {
        let f = Fixture::new();
        let long = "x".repeat(2000);
        let refused = |owner: Option<&str>, attribute: (&str, &str)| {
            let request = GenerateRequest {
                name: "new/key".parse().unwrap(),
                spec: "aes-256".parse().unwrap(),
                purpose: Purpose::Encrypt,
                owner: owner.map(str::to_owned),
                attributes: BTreeMap::from([(attribute.0.to_owned(), attribute.1.to_owned())]),
            };
            matches!(check(&f.registry, &request), Err(GenerateError::Statement(_)))
        };
        assert!(!refused(Some("team"), ("tier", "")));
        for owner in ["", "a\nb", &long] {
            assert!(refused(Some(owner), ("tier", "gold")), "{owner:?}");
        }
        for attribute in [("", "x"), ("a\u{1b}", "x"), ("a", "\u{9b}"), ("a", &long)] {
            assert!(refused(None, attribute), "{attribute:?}");
        }
    }
}
