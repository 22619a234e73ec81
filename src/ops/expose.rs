//! A host saw a key, and no bundle came of it: what was seen stands in the key's manifests all the same, for ever.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::recover::{Action, Done};
use super::session::Session;
use super::statement::{Stamp, StatementError, after_exposure};
use crate::audit::record::{Outcome, event};
use crate::key::exposure::Exposure;
use crate::key::version::KeyVersionId;
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

/// Signs and releases a manifest with this exposure, if the newest one admits less.
///
/// # Errors
/// [`ExposeError`].
pub fn record(
    journal: &mut Journal<'_>,
    registry: &Registry,
    session: &Session<'_>,
    (id, exposure): (&KeyVersionId, Exposure),
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
    let stamp = Stamp { signer: session.record.clone(), log_ref: journal.entry_ref(&operation)?, now };
    let statement = after_exposure(&previous.statement, &previous.payload_sha256, exposure, stamp)?;
    let signed = Signed::sign(statement, &session.signer)?;
    let release = vec![StagedFile::create(slot, &signed.to_json())?.seal()];
    let draft = ResultDraft { manifest_sha256: Some(signed.payload_sha256()), release, ..ResultDraft::default() };
    journal.result(&operation, Outcome::Success, draft)?;
    Ok(journal.release(&operation)?)
}

/// The member of an intent's detail that says what the host was about to see.
const EXPOSURE: &str = "exposure";

/// What interrupted runs may have seen: open intents, before recovery closes them.
#[must_use]
pub fn claimed(journal: &Journal<'_>) -> Vec<OpenIntent> {
    let sees = |intent: &OpenIntent| [event::KEY_WRAP, event::KEY_EXPOSED].contains(&intent.event.as_str());
    journal.open_intents().into_iter().filter(sees).collect()
}

/// Records what the interrupted runs that recovery has closed may have seen. Whether they got as far as that nobody can
/// tell, so it is taken that they did.
///
/// # Errors
/// [`ExposeError`].
pub fn record_closed(
    journal: &mut Journal<'_>,
    registry: &Registry,
    session: &Session<'_>,
    (claimed, done): (&[OpenIntent], &[Done]),
    now: Timestamp,
) -> Result<(), ExposeError> {
    // A manifest that waits for its place would be given the same revision.
    if !journal.unreleased()?.is_empty() {
        return Ok(());
    }
    let closed = |intent: &&OpenIntent| {
        done.iter().any(|done| done.finding.operation == intent.id && done.action == Action::Closed)
    };
    for intent in claimed.iter().filter(closed) {
        let exposure = intent.detail.get(EXPOSURE).and_then(Value::as_str).and_then(|text| text.parse().ok());
        if let (Some(id), Some(exposure)) = (&intent.key, exposure)
            && registry.key_versions()?.contains(id)
        {
            record(journal, registry, session, (id, exposure), now)?;
        }
    }
    Ok(())
}
