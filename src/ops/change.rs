//! What commands have in common that change what is recorded of a key version: its state, its dates, its custody.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::command::{Command, CommandError};
use super::custody;
use super::govern::of_key;
use super::inventory::{InventoryError, select};
use super::object::{Wanted, class_of};
use super::session::Session;
use super::statement::{StatementError, after_change};
use crate::format::escape::{SHORT, printable};
use crate::hsm::TokenError;
use crate::hsm::find::key_type;
use crate::hsm::request::Handle;
use crate::key::custody::Custody;
use crate::key::dates::OrderError;
use crate::key::exposure::Exposure;
use crate::key::operation::Operation;
use crate::key::spec::KeySpec;
use crate::key::state::StateRefusal;
use crate::key::version::{KeySelector, KeyVersionId};
use crate::manifest::dsse::Signed;
use crate::manifest::statement::{KeyVersionPredicate, Statement};
use crate::policy::request::Request;
use crate::registry::error::RegistryError;
use crate::registry::journal::{IntentDraft, OperationId};
use crate::registry::release::{Slot, StagedFile};
use crate::registry::store::{Registry, StoredManifest};

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// An attribute of the key is not what it was when the last manifest was made.
    #[error("the token says {attribute} of {id} is {now}; the last manifest says {then}")]
    Custody {
        /// `NAME@N`
        id: KeyVersionId,
        /// The PKCS#11 attribute.
        attribute: &'static str,
        /// What the token says.
        now: String,
        /// What the manifest says.
        then: String,
    },
    /// This host's clock is behind that of the last change.
    #[error("this host's clock says {now:.0}, and the last manifest of {id} was made at {last:.0}")]
    Clock {
        /// `NAME@N`
        id: KeyVersionId,
        /// The clock.
        now: Timestamp,
        /// The time of the last manifest.
        last: Timestamp,
    },
    /// A date that has passed.
    #[error("the {name} date {date} has passed: it is {now:.0}")]
    Past {
        /// Which.
        name: &'static str,
        /// The date.
        date: Timestamp,
        /// The clock.
        now: Timestamp,
    },
    /// Dates that contradict each other.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The token answered that it cleared the attribute, and did not.
    #[error("the token answered that CKA_EXTRACTABLE of {0} is cleared, and it is not")]
    NotSealed(KeyVersionId),
    /// The last manifest does not say that the key can leave its token.
    #[error("{0} is not extractable: there is nothing to seal")]
    NotExtractable(KeyVersionId),
    /// The manifest says something that this version does not know.
    #[error("the manifest of {0} names a type or an object that this version of byok does not know")]
    Manifest(KeyVersionId),
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
    /// Registry, log or signature.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The manifest could not be put together.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// A token call failed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

impl From<RegistryError> for ChangeError {
    fn from(error: RegistryError) -> Self {
        Self::Command(error.into())
    }
}

/// A key version whose record is to change.
#[derive(Debug)]
pub struct Target {
    /// `NAME@N`
    pub id: KeyVersionId,
    /// Its newest manifest.
    pub manifest: StoredManifest,
    /// The secret key or private half in the token.
    pub wanted: Wanted,
}

impl Target {
    /// Finds the key version in the registry.
    ///
    /// # Errors
    /// No such key, or a manifest that names what this version does not know.
    pub fn find(registry: &Registry, selector: &KeySelector) -> Result<Self, ChangeError> {
        let id = select(registry, selector)?;
        Self::of(registry.newest_manifest(&id)?, id)
    }

    /// The same for a manifest that was read.
    ///
    /// # Errors
    /// [`ChangeError::Manifest`].
    pub fn of(manifest: StoredManifest, id: KeyVersionId) -> Result<Self, ChangeError> {
        let predicate = &manifest.statement.predicate;
        let unknown = || ChangeError::Manifest(id.clone());
        let spec: KeySpec = predicate.key_type.parse().map_err(|_| unknown())?;
        let object = hex::decode(&predicate.custody.object_id).map_err(|_| unknown())?;
        let wanted = Wanted { class: class_of(spec), id: object, key_type: key_type(spec), label: id.to_string() };
        Ok(Self { id, manifest, wanted })
    }

    /// What the newest manifest says.
    #[must_use]
    pub fn predicate(&self) -> &KeyVersionPredicate {
        &self.manifest.statement.predicate
    }

    /// What the policy is asked about it.
    ///
    /// # Errors
    /// [`ChangeError::Manifest`].
    pub fn question(&self, operation: Operation, now: Timestamp) -> Result<Request<'_>, ChangeError> {
        let key = of_key(&self.id.key, self.predicate(), Exposure::None);
        let key = key.ok_or_else(|| ChangeError::Manifest(self.id.clone()))?;
        Ok(Request { operation, key: Some(key), wrap: None, now })
    }

    /// Refuses a version that was given up for an older one.
    ///
    /// # Errors
    /// [`ChangeError::GivenUp`].
    pub fn check_not_given_up(&self) -> Result<(), ChangeError> {
        let Some(rollback) = &self.predicate().rollback else { return Ok(()) };
        Err(ChangeError::GivenUp { id: self.id.clone(), to: printable(&rollback.to, SHORT) })
    }

    /// Refuses a clock that says a time before the last manifest: no later reader could tell the order of things.
    ///
    /// # Errors
    /// [`ChangeError::Clock`].
    pub fn check_clock(&self, now: Timestamp) -> Result<(), ChangeError> {
        let last = self.predicate().as_of();
        if now < last { Err(ChangeError::Clock { id: self.id.clone(), now, last }) } else { Ok(()) }
    }

    /// The key in the token, and what the token says of it now.
    ///
    /// # Errors
    /// No such object, or several.
    pub fn read(&self, session: &Session<'_>) -> Result<(Handle, Custody), ChangeError> {
        let handle = session.find(&self.wanted)?;
        Ok((handle, session.token.custody(handle)?))
    }

    /// Whether the token says what it said when the last manifest was made.
    ///
    /// # Errors
    /// [`ChangeError::Custody`], with the first attribute that differs.
    pub fn check_custody(&self, attrs: &Custody) -> Result<(), ChangeError> {
        match attrs.difference(&self.predicate().custody.attrs) {
            None => Ok(()),
            Some((attribute, now, then)) => Err(ChangeError::Custody { id: self.id.clone(), attribute, now, then }),
        }
    }

    /// The same key version with the manifest that is the newest now, under the lock.
    ///
    /// # Errors
    /// Another command changed it in the meantime.
    pub fn still(self, command: &Command<'_>) -> Result<Self, ChangeError> {
        let newer = command.unchanged(&self.id, &self.manifest)?;
        Ok(Self { manifest: newer.unwrap_or(self.manifest), ..self })
    }
}

/// Logs the intent of a change; its manifest's slot.
///
/// # Errors
/// When it could not be written.
pub(super) fn intend(
    command: &mut Command<'_>,
    target: &Target,
    event: &str,
    detail: Map<String, Value>,
) -> Result<(OperationId, Slot), ChangeError> {
    let revision = target.manifest.revision.checked_add(1).ok_or(StatementError::Revisions)?;
    let slot = command.registry().manifest_slot(&target.id, revision)?;
    let draft =
        IntentDraft { event: event.to_owned(), key: Some(target.id.clone()), staged: vec![slot.clone()], detail };
    Ok((command.intend(draft)?, slot))
}

/// Signs and releases the manifest of a change, and logs its result.
///
/// # Errors
/// A change that makes no manifest, and whatever the signer or the registry refuse.
pub(super) fn record(
    command: &mut Command<'_>,
    session: &Session<'_>,
    target: &Target,
    (operation, slot): (OperationId, Slot),
    attrs: Custody,
    change: impl FnOnce(&mut KeyVersionPredicate),
) -> Result<Statement, ChangeError> {
    let stamp = command.stamp(session, &operation)?;
    let profile = &command.profile().sha256;
    let custody = custody::record(session.token.identity(), &target.wanted.id, attrs, profile, stamp.now);
    let previous = &target.manifest;
    let statement = after_change(&previous.statement, &previous.payload_sha256, custody, change, stamp)?;
    let signed = Signed::sign(statement, &session.signer).map_err(CommandError::from)?;
    let manifest = StagedFile::create(slot, &signed.to_json())?.seal();
    command.finish(&operation, &signed, vec![manifest])?;
    Ok(signed.into_value())
}
