//! Putting a manifest together: the first of a key version, and the next after a change.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use crate::format::jwk;
use crate::format::spki::{PublicKey, SpkiError};
use crate::key::check_value::CheckValue;
use crate::key::exposure::Exposure;
use crate::key::spec::{KeySpec, Purpose};
use crate::key::state::State;
use crate::key::version::KeyVersionId;
use crate::manifest::authorization::AuthorizationRecord;
use crate::manifest::check;
use crate::manifest::statement::{
    CustodyRecord, Dates, Fingerprint, KeyVersionPredicate, LogRef, Origin, PublicHalf, SignerRecord, Statement, Tool,
    WrapRecord,
};

/// What is known about a key version that has just come into being.
#[derive(Debug)]
pub struct Birth<'a> {
    /// `NAME@N`
    pub id: &'a KeyVersionId,
    /// UUID, the same for all versions of the key.
    pub logical_key_id: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Free attributes.
    pub attributes: BTreeMap<String, String>,
    /// Its type.
    pub spec: KeySpec,
    /// Its purpose.
    pub purpose: Purpose,
    /// DER SPKI of a pair.
    pub spki: Option<Vec<u8>>,
    /// Check value of a secret key.
    pub check: Option<CheckValue>,
    /// Fingerprint of a secret key.
    pub fingerprint: Option<Fingerprint>,
    /// What the token said.
    pub custody: CustodyRecord,
    /// Where it came from.
    pub origin: Origin,
    /// What this host has seen of it.
    pub exposure: Exposure,
    /// When it was made or put in, as far as known.
    pub generated_at: Timestamp,
}

/// What every manifest has that is neither about the key nor about the change.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The evidence signer.
    pub signer: SignerRecord,
    /// The intent's entry.
    pub log_ref: LogRef,
    /// The time of the change.
    pub now: Timestamp,
    /// Under which policy it is made.
    pub authorization: Option<AuthorizationRecord>,
}

/// Why a statement could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// The token's public key is not one of the forms that byok knows.
    #[error("the token's public key makes no manifest")]
    PublicKey(#[from] SpkiError),
    /// What was read from the token makes no consistent manifest.
    #[error("what was read from the token makes no manifest")]
    Inconsistent(#[from] check::StatementError),
    /// More manifests than a revision number holds.
    #[error("the key version has too many revisions")]
    Revisions,
}

/// What the first manifest of a key version says.
///
/// # Errors
/// A public key that cannot be described.
pub fn first(birth: Birth<'_>, stamp: Stamp) -> Result<KeyVersionPredicate, StatementError> {
    let public = birth.spki.as_deref().map(public_half).transpose()?;
    Ok(KeyVersionPredicate {
        manifest_id: manifest_id(stamp.now),
        revision: 1,
        previous_manifest: None,
        key_name: birth.id.key.to_string(),
        key_version: birth.id.version.get(),
        logical_key_id: birth.logical_key_id,
        owner: birth.owner,
        attributes: birth.attributes,
        key_type: birth.spec.to_string(),
        purpose: birth.purpose.to_string(),
        public,
        check: birth.check,
        fingerprint: birth.fingerprint,
        descriptor: None,
        state: State::PreActivation,
        state_changed_at: stamp.now,
        state_reason: None,
        dates: Dates::of_birth(birth.generated_at),
        origin: birth.origin,
        custody: birth.custody,
        exposure_ever: birth.exposure,
        wraps: Vec::new(),
        placements: Vec::new(),
        rotation: None,
        rollback: None,
        rewrapped: Vec::new(),
        destruction: None,
        absence: None,
        break_glass: None,
        authorization: stamp.authorization,
        signer: stamp.signer,
        tool: tool(),
        log_ref: stamp.log_ref,
    })
}

/// The manifest after a wrap, or several: all that stays is taken over, the exposure is never lowered.
///
/// # Errors
/// More than 2^32 revisions.
pub fn after_wrap(
    previous: &Statement,
    previous_sha256: &str,
    custody: CustodyRecord,
    wraps: Vec<WrapRecord>,
    stamp: Stamp,
) -> Result<Statement, StatementError> {
    let mut predicate = next(previous, previous_sha256, Some(custody), stamp)?;
    add_wraps(&mut predicate, wraps);
    Ok(Statement::new(predicate)?)
}

/// Has a manifest record these wraps: the exposure is never lowered.
pub fn add_wraps(predicate: &mut KeyVersionPredicate, wraps: Vec<WrapRecord>) {
    let worst = wraps.iter().map(|wrap| wrap.exposure).max().unwrap_or_default();
    predicate.exposure_ever = predicate.exposure_ever.max(worst);
    predicate.wraps = wraps;
}

/// The manifest after a host saw more of the key than the last one admits, without a wrap. Custody is as it was read
/// last.
///
/// # Errors
/// More than 2^32 revisions.
pub fn after_exposure(
    previous: &Statement,
    previous_sha256: &str,
    exposure: Exposure,
    stamp: Stamp,
) -> Result<Statement, StatementError> {
    let mut predicate = next(previous, previous_sha256, None, stamp)?;
    predicate.exposure_ever = predicate.exposure_ever.max(exposure);
    Ok(Statement::new(predicate)?)
}

/// The manifest after a change of state, of dates or of custody, which `change` makes.
///
/// # Errors
/// More than 2^32 revisions, or a change that makes no consistent manifest.
pub fn after_change(
    previous: &Statement,
    previous_sha256: &str,
    custody: CustodyRecord,
    change: impl FnOnce(&mut KeyVersionPredicate),
    stamp: Stamp,
) -> Result<Statement, StatementError> {
    let mut predicate = next(previous, previous_sha256, Some(custody), stamp)?;
    change(&mut predicate);
    Ok(Statement::new(predicate)?)
}

/// The manifest after a change of which the token says nothing any more: the key's objects are gone, or
/// not found. Custody is as it was
/// read last; what time has done since is taken in.
///
/// # Errors
/// As [`after_change`].
pub fn after_end(
    previous: &Statement,
    previous_sha256: &str,
    custody: Option<CustodyRecord>,
    change: impl FnOnce(&mut KeyVersionPredicate),
    stamp: Stamp,
) -> Result<Statement, StatementError> {
    let now = stamp.now;
    let mut predicate = next(previous, previous_sha256, custody, stamp)?;
    predicate.pass_time(now);
    change(&mut predicate);
    Ok(Statement::new(predicate)?)
}

/// What every later manifest has in common: all that stays, and the state as it is by now. Where the custody was not
/// read again, that of the last reading, and the state of that time.
fn next(
    previous: &Statement,
    previous_sha256: &str,
    custody: Option<CustodyRecord>,
    stamp: Stamp,
) -> Result<KeyVersionPredicate, StatementError> {
    let mut predicate = previous.predicate.clone();
    predicate.manifest_id = manifest_id(stamp.now);
    predicate.revision = predicate.revision.checked_add(1).ok_or(StatementError::Revisions)?;
    predicate.previous_manifest = Some(previous_sha256.to_owned());
    if let Some(custody) = custody {
        predicate.pass_time(custody.read_at);
        predicate.custody = custody;
        predicate.absence = None;
    }
    predicate.wraps = Vec::new();
    predicate.break_glass = None;
    predicate.authorization = stamp.authorization;
    predicate.signer = stamp.signer;
    predicate.tool = tool();
    predicate.log_ref = stamp.log_ref;
    Ok(predicate)
}

/// The public half of a pair, as manifests state it.
///
/// # Errors
/// A key that cannot be described.
pub fn public_half(der: &[u8]) -> Result<PublicHalf, StatementError> {
    let key = PublicKey::from_der(der)?;
    Ok(PublicHalf { spki_sha256: key.sha256_hex(), jwk_thumbprint: jwk::thumbprint(&key), spki_pem: key.to_pem() })
}

/// UUID version 7 (RFC 9562 section 5.7) of this time.
#[must_use]
pub fn manifest_id(now: Timestamp) -> String {
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let nanoseconds = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanoseconds)).to_string()
}

/// This program, as documents name it.
#[must_use]
pub fn tool() -> Tool {
    Tool { name: "byok".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
}
