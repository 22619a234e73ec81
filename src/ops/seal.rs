//! `seal`: after its last wrap a key loses `CKA_EXTRACTABLE`, read back, and its manifest says so for ever.
//!
//! The intent comes before the token is touched. A run that is killed between the token and the manifest leaves a key that
//! cannot be wrapped and a manifest that says that it can; recovery finds the attribute cleared, and writes the manifest
//! that is owed.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::change::{ChangeError, Target, intend, record};
use super::command::{CodeOf, Command, CommandError, Workplace};
use super::custody;
use super::govern::{Governance, of_key};
use super::profile::KnownProfile;
use super::recover::{Left, Refusal};
use super::session::Session;
use super::statement::{Stamp, StatementError, after_change};
use crate::approval::plan::Action;
use crate::audit::record::{Outcome, event};
use crate::hsm::request::{Handle, Search};
use crate::hsm::{Token, TokenError, find};
use crate::key::custody::Custody;
use crate::key::exposure::Exposure;
use crate::key::operation::Operation;
use crate::key::state::Event;
use crate::key::version::KeySelector;
use crate::manifest::authorization::AuthorizationRecord;
use crate::manifest::dsse::{SealError, Signed};
use crate::manifest::statement::{KeyVersionPredicate, Statement};
use crate::policy::request::Request;
use crate::registry::error::RegistryError;
use crate::registry::journal::{Journal, OpenIntent, ResultDraft};
use crate::registry::release::StagedFile;
use crate::registry::store::Registry;

/// Providers that want the very same key again when its material was deleted there or has expired. AWS KMS:
/// <https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-import-key-material.html> ("Reimporting key
/// material"), checked on 2026-11-22.
pub const REIMPORTS: [&str; 1] = ["aws-kms"];

/// A seal that nothing speaks against so far.
#[derive(Debug)]
pub struct Checked {
    /// The key version.
    pub target: Target,
    /// It is sealed already: a checkpoint at most is missing.
    pub is_made: bool,
    /// The providers for which it was wrapped.
    pub wrapped_for: BTreeSet<String>,
}

impl Checked {
    /// What the policy is asked.
    #[must_use]
    pub fn request(&self, now: Timestamp) -> Request<'_> {
        let key = of_key(&self.target.id.key, self.target.predicate(), Exposure::None);
        Request { operation: Operation::Seal, key, wrap: None, now }
    }
}

/// Everything that can be refused before a PIN is asked for.
///
/// # Errors
/// No such key, a state or a clock that does not allow it, or a key that cannot leave its token anyway.
pub fn check(registry: &Registry, selector: &KeySelector, now: Timestamp) -> Result<Checked, ChangeError> {
    let target = Target::find(registry, selector)?;
    let is_made = target.predicate().is_sealed();
    if !is_made {
        check_target(&target, now)?;
    }
    let manifests = registry.manifests(&target.id)?;
    let wraps = manifests.iter().flat_map(|manifest| &manifest.statement.predicate.wraps);
    let wrapped_for = wraps.map(|wrap| wrap.provider.clone()).collect();
    Ok(Checked { target, is_made, wrapped_for })
}

fn check_target(target: &Target, now: Timestamp) -> Result<(), ChangeError> {
    target.check_clock(now)?;
    target.predicate().state_at(now).on(Event::Seal).map_err(|error| error.of(&target.id))?;
    let extractable = target.predicate().custody.attrs.extractable == Some(true);
    if extractable { Ok(()) } else { Err(ChangeError::NotExtractable(target.id.clone())) }
}

/// Seals the key: intent, token, reading back, manifest, result, release, checkpoint.
///
/// # Errors
/// As [`check`], and whatever the token, the registry or the signer refuse. A failure after the attribute was cleared
/// leaves the intent open, for recovery.
pub fn run(
    place: &Workplace<'_>,
    session: &Session<'_>,
    checked: Checked,
    code_of: CodeOf<'_, ChangeError>,
) -> Result<Statement, ChangeError> {
    let id = checked.target.id.clone();
    let guard = place.lock(session)?;
    let mut command = Command::begin(place, &guard, session)?;
    let outcome = act(&mut command, session, checked);
    command.settle(session, &id, outcome, code_of)
}

fn act(command: &mut Command<'_>, session: &Session<'_>, checked: Checked) -> Result<Statement, ChangeError> {
    let newest = command.registry().newest_manifest(&checked.target.id)?;
    // This run's recovery may have written what an interrupted one owed.
    if newest.statement.predicate.is_sealed() {
        return Ok(newest.statement);
    }
    let now = command.now();
    let checked = Checked { target: checked.target.still(command)?, ..checked };
    command.permit(&checked.request(now))?;
    let target = checked.target;
    check_target(&target, now)?;
    let (key, attrs) = target.read(session)?;
    target.check_custody(&attrs)?;
    let operation = intend(command, &target, event::KEY_SEAL, detail(&target))?;
    command.has_acted();
    let answered = session.token.clear_extractable(key);
    let attrs = session.token.custody(key)?;
    if attrs.extractable != Some(false) {
        command.has_undone();
        answered?;
        return Err(ChangeError::NotSealed(target.id));
    }
    // What the token answered does not matter when it did it. Whatever else changed is for a person to look at.
    check_only_sealed(&target, &attrs)?;
    record(command, session, &target, operation, attrs, sealed)
}

/// What the next manifest says.
fn sealed(predicate: &mut KeyVersionPredicate) {
    predicate.dates.sealed_at = Some(predicate.custody.read_at);
}

fn check_only_sealed(target: &Target, attrs: &Custody) -> Result<(), ChangeError> {
    target.check_custody(&Custody { extractable: Some(true), ..attrs.clone() })
}

fn detail(target: &Target) -> Map<String, Value> {
    let custody = &target.predicate().custody;
    let rows = [
        ("objectId", json!(custody.object_id)),
        ("label", json!(target.id.to_string())),
        ("type", json!(target.predicate().key_type)),
        ("tokenSerial", json!(custody.token_serial)),
    ];
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What a run that was cut off left. The intent is only a claim: what counts is the newest manifest, and what the token says of
/// the object that it names.
///
/// # Errors
/// A token that fails, or a registry that cannot be read.
pub(super) fn assess(token: &dyn Token, registry: &Registry, intent: &OpenIntent) -> Result<Left, AssessError> {
    let Some(id) = &intent.key else { return Ok(Left::Refused(Refusal::Form)) };
    if !registry.versions(&id.key)?.contains(id) {
        return Ok(Left::Refused(Refusal::Form));
    }
    let manifest = registry.newest_manifest(id)?;
    let Ok(target) = Target::of(manifest, id.clone()) else { return Ok(Left::Refused(Refusal::Form)) };
    let serial = &target.predicate().custody.token_serial;
    if *serial != token.identity().serial {
        return Ok(Left::OtherToken { serial: serial.clone() });
    }
    let Some(key) = locate(token, &target)? else { return Ok(Left::Refused(Refusal::Other)) };
    let attrs = token.custody(key)?;
    if target.check_custody(&attrs).is_ok() {
        return Ok(Left::Nothing);
    }
    let is_owed = attrs.extractable == Some(false) && check_only_sealed(&target, &attrs).is_ok();
    Ok(if is_owed { Left::Sealed } else { Left::Refused(Refusal::Other) })
}

/// Why it could not be found out.
#[derive(Debug, thiserror::Error)]
pub(super) enum AssessError {
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A token call.
    #[error(transparent)]
    Token(#[from] TokenError),
}

fn locate(token: &dyn Token, target: &Target) -> Result<Option<Handle>, TokenError> {
    let wanted = &target.wanted;
    let found = token.find(Search::Id(wanted.class, &wanted.id))?;
    let fits = find::Wanted { class: wanted.class, id: Some(&wanted.id), label: None, key_type: Some(wanted.key_type) };
    Ok(fits.exactly_one(&found).ok().map(|object| object.handle))
}

/// The key that an interrupted run sealed, and what the policy says of recording it: the intent's word is no approval.
///
/// # Errors
/// A denial, or a manifest that cannot be read.
pub(super) fn permitted(
    (registry, governance): (&Registry, &Governance),
    intent: &OpenIntent,
    now: Timestamp,
) -> Result<Option<(Target, Option<AuthorizationRecord>)>, ChangeError> {
    let Some(id) = &intent.key else { return Ok(None) };
    let target = Target::of(registry.newest_manifest(id)?, id.clone())?;
    let key = of_key(&id.key, target.predicate(), Exposure::None);
    let request = Request { operation: Operation::Seal, key, wrap: None, now };
    let base = &target.manifest.payload_sha256;
    let is_planned = |action: &Action| matches!(action, Action::Seal(seal) if seal.key.manifest_sha256 == *base);
    let authorization = governance.recovered(registry, intent, &request, &is_planned).map_err(CommandError::from)?;
    Ok(Some((target, authorization)))
}

/// Writes the manifest that an interrupted seal owes, and closes its intent with it.
///
/// # Errors
/// A key that is not as [`assess`] found it, and whatever the registry or the signer refuse.
pub(super) fn finish(
    journal: &mut Journal<'_>,
    (registry, governance): (&Registry, &Governance),
    session: &Session<'_>,
    profile: &KnownProfile,
    intent: &OpenIntent,
    now: Timestamp,
) -> Result<(), ChangeError> {
    let Some((target, authorization)) = permitted((registry, governance), intent, now)? else { return Ok(()) };
    let id = &target.id;
    target.check_clock(now)?;
    let key = locate(session.token, &target)?.ok_or_else(|| ChangeError::Manifest(id.clone()))?;
    let attrs = session.token.custody(key)?;
    check_only_sealed(&target, &attrs)?;
    let revision = target.manifest.revision.checked_add(1).ok_or(StatementError::Revisions)?;
    let stamp = Stamp { signer: session.record.clone(), log_ref: journal.entry_ref(&intent.id)?, now, authorization };
    let custody = custody::record(session.token.identity(), &target.wanted.id, attrs, &profile.sha256, now);
    let previous = &target.manifest;
    let statement = after_change(&previous.statement, &previous.payload_sha256, custody, sealed, stamp)?;
    let signed =
        Signed::sign(statement, &session.signer).map_err(|error: SealError| ChangeError::Command(error.into()))?;
    let slot = registry.manifest_slot_of(id, revision, &intent.staged)?;
    let release = vec![StagedFile::create(slot, &signed.to_json())?.seal()];
    let draft = ResultDraft { manifest_sha256: Some(signed.payload_sha256()), release, ..ResultDraft::default() };
    journal.result(&intent.id, Outcome::Success, draft)?;
    Ok(journal.release(&intent.id)?)
}
