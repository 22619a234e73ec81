//! A key that an interrupted `import` put in: taken over by recovery, finished by the same `import`.
//!
//! Recovery has no file. Of a pair the intent holds the public half's hash, and the private half is tried against it. Of
//! a secret key it holds nothing, so that recovery takes over what it can read back and compares nothing; the same
//! `import`, typed again, compares.

use std::cell::RefCell;

use jiff::Timestamp;
use serde_json::Value;

use super::compare::Subject;
use super::key::Body;
use super::{CompareError, ImportError, ImportRequest, KeyInHand, Source, member};
use crate::approval::plan::{Action, FingerprintRecord, ImportSource, Material};
use crate::audit::record::Outcome;
use crate::format::spki::PublicKey;
use crate::hsm::find::key_type;
use crate::key::exposure::Exposure;
use crate::key::operation::Operation;
use crate::key::proof::ContentProof;
use crate::key::spec::Purpose;
use crate::key::version::KeyVersionId;
use crate::manifest::authorization::AuthorizationRecord;
use crate::manifest::dsse::Signed;
use crate::manifest::origin::{FILE, IMPORTED, WRAPPED};
use crate::manifest::statement::{ImportRecord, Origin, Statement, WrappedRecord};
use crate::ops::birth::{self, Descent, Plan, Reading};
use crate::ops::command::{Command, CommandError};
use crate::ops::custody::check_put_in;
use crate::ops::govern::{GovernError, Governance, Question, of_plan};
use crate::ops::object::{Catalogue, Made, Wanted, class_of};
use crate::ops::profile::KnownProfile;
use crate::ops::session::Session;
use crate::ops::statement::Stamp;
use crate::policy::request::Request;
use crate::registry::journal::{Journal, OpenIntent, ResultDraft};
use crate::registry::layout::manifest_name;
use crate::registry::release::StagedFolder;
use crate::registry::store::Registry;

/// Takes over a key that an interrupted `import` put in: read back as if it had just come, its manifest says that it
/// was adopted. The intent is closed by it.
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
) -> Result<(), ImportError> {
    let Known { plan, exposure, wrapped, authorization, planned } = permitted((registry, governance), intent, now)?;
    let reading = Reading::take(session.token, profile, &plan, made)?;
    check_put_in(plan.spec, &reading.attrs, reading.spki.as_deref())?;
    let content_proof = match &reading.spki {
        Some(spki) => recognise(session, profile, &plan, intent, (made, spki))?,
        None => Vec::new(),
    };
    let (form, shown) = match wrapped {
        None => (FILE, Exposure::Plaintext),
        Some(_) => (WRAPPED, Exposure::None),
    };
    let form = form.to_owned();
    let import = ImportRecord { form, route: None, mechanism: None, exposure: shown, content_proof, wrapped };
    let stamp = Stamp { signer: session.record.clone(), log_ref: journal.entry_ref(&intent.id)?, now, authorization };
    let origin = Origin { kind: IMPORTED.to_owned(), adopted: true, import: Some(import) };
    let descent = Descent { origin, exposure, at: intent.at };
    let statement = birth::describe(session, profile, &plan, reading, descent, stamp)?;
    // A key that may not sign shows no fingerprint here; `apply`, which has the file, compares it by what it does.
    let found = statement.predicate.fingerprint.as_ref().map(|found| (&found.method, &found.value));
    let differs = |planned: &FingerprintRecord| found.is_some_and(|found| found != (&planned.method, &planned.value));
    if planned.as_ref().is_some_and(differs) {
        let question = Question { operation: Operation::Import, key: Some(plan.id.key) };
        return Err(CommandError::from(GovernError::OtherPlan(question)).into());
    }
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

/// What is known of an interrupted import before the token is asked.
#[derive(Debug)]
pub struct Known {
    plan: Plan,
    exposure: Exposure,
    wrapped: Option<WrappedRecord>,
    authorization: Option<AuthorizationRecord>,
    /// Of the secret key that was approved.
    planned: Option<FingerprintRecord>,
}

/// What the intent says was to be put in, and what the policy says of taking it over.
///
/// # Errors
/// An intent that says nothing of the kind, or a denial.
pub fn permitted(
    (registry, governance): (&Registry, &Governance),
    intent: &OpenIntent,
    now: Timestamp,
) -> Result<Known, ImportError> {
    let unreadable = || ImportError::Intent(intent.id.to_string());
    let plan = Plan::from_intent(intent).ok_or_else(unreadable)?;
    let (exposure, wrapped) = seen(registry, intent).ok_or_else(unreadable)?;
    let request = Request { operation: Operation::Import, key: Some(of_plan(&plan, exposure)), wrap: None, now };
    let planned = RefCell::default();
    let is_planned = |action: &Action| {
        planned.replace(fingerprint(action));
        is_planned(action, &plan, wrapped.as_ref(), intent)
    };
    let authorization = governance.recovered(registry, intent, &request, &is_planned).map_err(CommandError::from)?;
    let planned = planned.into_inner();
    Ok(Known { plan, exposure, wrapped, authorization, planned })
}

fn fingerprint(action: &Action) -> Option<FingerprintRecord> {
    let Action::Import(import) = action else { return None };
    let ImportSource::File(file) = &import.source else { return None };
    let Material::Fingerprint(fingerprint) = &file.material else { return None };
    Some(fingerprint.clone())
}

/// Whether the approved action is what the intent says was begun. Of a pair the token's own public half is held against
/// the intent later.
fn is_planned(action: &Action, plan: &Plan, wrapped: Option<&WrappedRecord>, intent: &OpenIntent) -> bool {
    let Action::Import(import) = action else { return false };
    let source = match (&import.source, wrapped) {
        (ImportSource::File(file), None) => match &file.material {
            Material::SpkiSha256(planned) => {
                intent.detail.get(member::SPKI_SHA256).and_then(Value::as_str) == Some(planned)
            }
            Material::Fingerprint(_) => plan.spec.is_secret(),
        },
        (ImportSource::Wrapped(planned), Some(record)) => {
            planned.file.sha256 == record.sha256
                && planned.method == record.method
                && planned.unwrapping_key.version == record.unwrapping_key
        }
        _ => false,
    };
    source
        && import.key_type == plan.spec.to_string()
        && import.purpose == plan.purpose.to_string()
        && import.owner == plan.owner
        && import.attributes == plan.attributes
}

/// What hosts have seen of the key, and how it came wrapped. What the intent says of the pair that unwraps counts only
/// where the registry says so, too.
fn seen(registry: &Registry, intent: &OpenIntent) -> Option<(Exposure, Option<WrappedRecord>)> {
    let form = intent.detail.get(member::FORM).and_then(Value::as_str)?;
    if form == FILE {
        return Some((Exposure::Plaintext, None));
    }
    let wrapped: WrappedRecord = serde_json::from_value(intent.detail.get(member::WRAPPED)?.clone()).ok()?;
    let id: KeyVersionId = wrapped.unwrapping_key.parse().ok()?;
    let predicate = registry.newest_manifest(&id).ok()?.statement.predicate;
    let same = predicate.public.is_some_and(|public| public.spki_sha256 == wrapped.spki_sha256);
    let unwraps = predicate.purpose == Purpose::Wrap.to_string();
    (form == WRAPPED && same && unwraps).then_some((predicate.exposure_ever, Some(wrapped)))
}

/// The public half is the one that the intent names, and the private half belongs to it.
fn recognise(
    session: &Session<'_>,
    profile: &KnownProfile,
    plan: &Plan,
    intent: &OpenIntent,
    (made, spki): (Made, &[u8]),
) -> Result<Vec<ContentProof>, ImportError> {
    let differs = || ImportError::Compare(CompareError::Differs(ContentProof::PublicKey));
    let public = PublicKey::from_der(spki).map_err(|_| differs())?;
    let named = intent.detail.get(member::SPKI_SHA256).and_then(Value::as_str);
    if named != Some(&public.sha256_hex()) {
        return Err(differs());
    }
    let subject = Subject::of(session.token, made, plan, &profile.profile.capabilities);
    Ok(subject.is_half_of(&public)?)
}

/// The same `import`, typed again: what the interrupted run put in is compared with the key at hand, and nothing else
/// is left to do. A key that differs stays, as it has a manifest; it is not the one that was asked for.
///
/// # Errors
/// [`ImportError::Another`], and whatever the token refuses.
pub(super) fn finish(
    command: &Command<'_>,
    session: &Session<'_>,
    request: &ImportRequest,
    id: &KeyVersionId,
) -> Result<Statement, ImportError> {
    let statement = command.registry().newest_manifest(id)?.statement;
    // A pair's public half, or the wrapped key's hash, was compared with the manifest before.
    let Source::InHand(KeyInHand { body: Body::Secret(value), .. }) = &request.source else { return Ok(statement) };
    let wish = &request.wish;
    let object_id = hex::decode(&statement.predicate.custody.object_id).unwrap_or_default();
    let label = id.to_string();
    let wanted = Wanted { class: class_of(wish.spec), id: object_id, key_type: key_type(wish.spec), label };
    let handle = Catalogue::look_up(session.token, &[&wanted])?.exactly_one(&wanted)?;
    let predicate = &statement.predicate;
    let reading = Reading {
        attrs: predicate.custody.attrs.clone(),
        spki: None,
        check: predicate.check.clone(),
        fingerprint: predicate.fingerprint.clone(),
    };
    let can = &command.profile().profile.capabilities;
    let subject = Subject { token: session.token, handle, id, spec: wish.spec, purpose: wish.purpose, can };
    match subject.is(value, &reading) {
        Err(CompareError::Differs(_)) => Err(ImportError::Another(id.clone())),
        outcome => Ok(outcome.map(|_| statement)?),
    }
}
