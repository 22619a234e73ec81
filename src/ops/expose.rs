//! A host saw a key, and no bundle came of it: what was seen stands in the key's manifests all the same, for ever.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::session::Session;
use super::statement::{Stamp, StatementError, after_exposure};
use crate::audit::record::{Outcome, event};
use crate::key::exposure::Exposure;
use crate::key::version::KeyVersionId;
use crate::manifest::authorization::AuthorizationRecord;
use crate::manifest::dsse::{SealError, Signed};
use crate::registry::error::RegistryError;
use crate::registry::journal::{IntentDraft, Journal, OpenIntent, ResultDraft};
use crate::registry::release::StagedFile;
use crate::registry::store::Registry;

/// Why an exposure was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum ExposeError {
    /// The registry or its log.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The manifest could not be signed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The manifest could not be put together.
    #[error(transparent)]
    Statement(#[from] StatementError),
}

/// Signs and releases a manifest with this exposure, if the newest one admits less. That a host saw the key is a fact and
/// no permission: the authorization is that of the operation in which it happened, where there was one.
///
/// # Errors
/// [`ExposeError`].
pub fn record(
    journal: &mut Journal<'_>,
    registry: &Registry,
    session: &Session<'_>,
    (id, exposure, authorization): (&KeyVersionId, Exposure, Option<AuthorizationRecord>),
    now: Timestamp,
) -> Result<(), ExposeError> {
    let previous = registry.newest_manifest(id)?;
    if previous.statement.predicate.exposure_ever >= exposure {
        return Ok(());
    }
    let revision = previous.revision.checked_add(1).ok_or(StatementError::Revisions)?;
    let slot = registry.manifest_slot(id, revision)?;
    let operation = journal.intent(IntentDraft {
        event: event::KEY_EXPOSED.to_owned(),
        key: Some(id.clone()),
        staged: vec![slot.clone()],
        detail: Map::from_iter([(EXPOSURE.to_owned(), json!(exposure))]),
    })?;
    let stamp = Stamp { signer: session.record.clone(), log_ref: journal.entry_ref(&operation)?, now, authorization };
    let statement = after_exposure(&previous.statement, &previous.payload_sha256, exposure, stamp)?;
    let signed = Signed::sign(statement, &session.signer)?;
    let release = vec![StagedFile::create(slot, &signed.to_json())?.seal()];
    let draft = ResultDraft { manifest_sha256: Some(signed.payload_sha256()), release, ..ResultDraft::default() };
    journal.result(&operation, Outcome::Success, draft)?;
    Ok(journal.release(&operation)?)
}

/// The member of an intent's detail that says what the host was about to see.
const EXPOSURE: &str = "exposure";

/// What a run that was cut off may have seen, when no manifest admits as much. Whether it got as far as that nobody can
/// tell, so it is taken that it did.
///
/// # Errors
/// A registry that cannot be read.
pub fn unrecorded(registry: &Registry, intent: &OpenIntent) -> Result<Option<Exposure>, RegistryError> {
    let exposure: Option<Exposure> =
        intent.detail.get(EXPOSURE).and_then(Value::as_str).and_then(|text| text.parse().ok());
    let (Some(id), Some(exposure)) = (&intent.key, exposure) else { return Ok(None) };
    // Anybody can have written the intent, and about any key.
    if !registry.has_version(id)? {
        return Ok(None);
    }
    let admitted = registry.newest_manifest(id)?.statement.predicate.exposure_ever;
    Ok(Some(exposure).filter(|exposure| *exposure > admitted))
}
