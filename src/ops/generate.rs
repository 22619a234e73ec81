//! `generate`: a key version in the token, read back, with its first manifest.

use std::num::NonZeroU32;

use jiff::Timestamp;

use super::birth::{self, Descent, NoRandom, Plan, Reading, Wish};
use super::command::{CodeOf, Command, CommandError, Workplace};
use super::custody::{self, ReadBackError};
use super::govern::{self, Governance, of_plan};
use super::object::{Made, MakeRequest};
use super::profile::KnownProfile;
use super::session::Session;
use super::statement::{Stamp, StatementError};
use crate::audit::record::{Outcome, event};
use crate::hsm::{Token, TokenError};
use crate::key::exposure::Exposure;
use crate::key::operation::Operation;
use crate::key::spec::{KeySpec, Purpose};
use crate::key::version::KeyVersionId;
use crate::manifest::authorization::AuthorizationRecord;
use crate::manifest::check::check_free_text;
use crate::manifest::dsse::Signed;
use crate::manifest::statement::{Origin, Statement};
use crate::policy::request::Request;
use crate::registry::error::RegistryError;
use crate::registry::journal::{IntentDraft, Journal, OpenIntent, ResultDraft, is_unsigned};
use crate::registry::layout::manifest_name;
use crate::registry::release::StagedFolder;
use crate::registry::store::Registry;

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
    #[error(transparent)]
    Random(#[from] NoRandom),
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
pub fn check(registry: &Registry, request: &Wish) -> Result<Checked, GenerateError> {
    let Wish { spec, purpose, .. } = *request;
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

/// What the policy is asked.
#[must_use]
pub fn question(wish: &Wish, now: Timestamp) -> Request<'_> {
    Request { operation: Operation::Generate, key: Some(govern::of_wish(wish, Exposure::None)), wrap: None, now }
}

/// Whether a run that was cut short before its checkpoint has made just what is asked for now.
fn is_interrupted(registry: &Registry, id: &KeyVersionId, request: &Wish) -> Result<bool, GenerateError> {
    Ok(is_unsigned(registry, event::KEY_GENERATE, id)? && request.is_met_by(&registry.newest_manifest(id)?.statement))
}

/// Makes the key version: intent, token, reading back, manifest, result, release, checkpoint.
///
/// # Errors
/// As [`check`], and whatever the token, the registry or the signer refuse. A failure after the key is in the token
/// leaves the intent open, for `recover`.
pub fn run(
    place: &Workplace<'_>,
    session: &Session<'_>,
    request: &Wish,
    code_of: CodeOf<'_, GenerateError>,
) -> Result<Statement, GenerateError> {
    let id = check(place.registry, request)?.id;
    let guard = place.lock(session)?;
    let mut command = Command::begin(place, &guard, session)?;
    let outcome = act(&mut command, session, request);
    command.settle(session, &id, outcome, code_of)
}

fn act(command: &mut Command<'_>, session: &Session<'_>, request: &Wish) -> Result<Statement, GenerateError> {
    let Checked { id, is_made } = check(command.registry(), request)?;
    if is_made {
        return Ok(command.registry().newest_manifest(&id)?.statement);
    }
    command.permit(&question(request, command.now()))?;
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
        if birth::destroy(session.token, &plan, made) {
            command.has_undone();
        }
        return Err(error);
    }
    let stamp = command.stamp(session, &operation)?;
    let statement = describe(session, command.profile(), &plan, made, (stamp.now, false), stamp)?;
    let signed = Signed::sign(statement, &session.signer).map_err(CommandError::from)?;
    let mut folder = StagedFolder::create(slot)?;
    folder.write(&manifest_name(1), &signed.to_json())?;
    command.finish(&operation, &signed, vec![folder.seal()?])?;
    Ok(signed.into_value())
}

/// Has the token make it.
///
/// # Errors
/// Whatever the token refuses.
pub(super) fn make(token: &dyn Token, plan: &Plan) -> Result<Made, GenerateError> {
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

/// The first manifest: all of it read from the token.
fn describe(
    session: &Session<'_>,
    profile: &KnownProfile,
    plan: &Plan,
    made: Made,
    (at, adopted): (Timestamp, bool),
    stamp: Stamp,
) -> Result<Statement, GenerateError> {
    let reading = Reading::take(session.token, profile, plan, made)?;
    let origin = Origin { kind: "generated".to_owned(), adopted, import: None };
    Ok(birth::describe(session, profile, plan, reading, Descent { origin, exposure: Exposure::None, at }, stamp)?)
}

/// Takes over a key that an interrupted `generate` made: read back as if it had just been made, its manifest says
/// that it was adopted. The intent is closed by it.
///
/// # Errors
/// A key that is not what the intent says, and whatever the token, the registry or the signer refuse.
pub fn adopt(
    journal: &mut Journal<'_>,
    (registry, governance): (&Registry, &Governance),
    session: &Session<'_>,
    profile: &KnownProfile,
    intent: &OpenIntent,
    made: Made,
    now: Timestamp,
) -> Result<(), GenerateError> {
    let (plan, authorization) = permitted((registry, governance), intent, now)?;
    read_back(session.token, &plan, made)?;
    let stamp = Stamp { signer: session.record.clone(), log_ref: journal.entry_ref(&intent.id)?, now, authorization };
    let statement = describe(session, profile, &plan, made, (intent.at, true), stamp)?;
    let signed = Signed::sign(statement, &session.signer).map_err(CommandError::from)?;
    let mut folder = StagedFolder::create(registry.key_slot_of(&plan.id, &intent.staged)?.in_group())?;
    folder.write(&manifest_name(1), &signed.to_json())?;
    let draft = ResultDraft {
        manifest_sha256: Some(signed.payload_sha256()),
        release: vec![folder.seal()?],
        ..ResultDraft::default()
    };
    journal.result(&intent.id, Outcome::Success, draft)?;
    Ok(journal.release(&intent.id)?)
}

/// What the intent says was to be made, and what the policy says of taking it over.
///
/// # Errors
/// An intent that says nothing of the kind, or a denial.
pub fn permitted(
    (registry, governance): (&Registry, &Governance),
    intent: &OpenIntent,
    now: Timestamp,
) -> Result<(Plan, Option<AuthorizationRecord>), GenerateError> {
    let plan = Plan::from_intent(intent).ok_or_else(|| GenerateError::Intent(intent.id.to_string()))?;
    let key = Some(of_plan(&plan, Exposure::None));
    let request = Request { operation: Operation::Generate, key, wrap: None, now };
    let authorization = governance.recovered(registry, intent, &request, &|_| false).map_err(CommandError::from)?;
    Ok((plan, authorization))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::registry::fixture::Fixture;

    #[test]
    fn what_no_manifest_takes_is_refused_before_there_is_a_key() {
        let f = Fixture::new();
        let long = "x".repeat(2000);
        let refused = |owner: Option<&str>, attribute: (&str, &str)| {
            let request = Wish {
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
