//! Making the bundle: intent, token, lengths, manifest, staged files, result, release, checkpoint.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::check::{CheckError, Checked};
use super::execute::{self, ExecuteError, Likeness, Subject, execute};
use super::stage::{Listed, file_record, file_records, stage, wrapping_key_record};
use crate::audit::record::event;
use crate::hsm::TokenError;
use crate::hsm::find::key_type;
use crate::key::exposure::Exposure;
use crate::key::method::WrapMethod;
use crate::key::proof::ContentProof;
use crate::manifest::check::content_assurance;
use crate::manifest::dsse::Signed;
use crate::manifest::statement::{FileRecord, Statement, WrapRecord};
use crate::ops::command::{CodeOf, Command, CommandError, Workplace};
use crate::ops::custody;
use crate::ops::object::{Wanted, class_of};
use crate::ops::session::Session;
use crate::ops::statement::{StatementError, after_wrap};
use crate::provider::{Package, PackageError, PackageRequest, Source};
use crate::registry::error::RegistryError;
use crate::registry::journal::IntentDraft;
use crate::registry::release::{Slot, StagedFile};
use crate::wrap::length::{LengthError, check_blob};
use crate::wrap::plan::WrapPlan;

/// A bundle that was made.
#[derive(Debug)]
pub struct Wrapped {
    /// The manifest in it.
    pub statement: Statement,
    /// The folder.
    pub out: PathBuf,
}

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum WrapError {
    /// An attribute of the key is not what it was when the last manifest was made.
    #[error("the token says {attribute} of {id} is {now}; the last manifest says {then}")]
    Custody {
        /// `NAME@N`
        id: String,
        /// The PKCS#11 attribute.
        attribute: &'static str,
        /// What the token says.
        now: String,
        /// What the manifest says.
        then: String,
    },
    /// The request.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// Registry, log or signature.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The plan was not carried out.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    /// The blob has another length than the method gives.
    #[error("the token answered with a blob of the wrong length")]
    Length(#[from] LengthError),
    /// The provider's files could not be made.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The manifest.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// A token call failed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

impl From<RegistryError> for WrapError {
    fn from(error: RegistryError) -> Self {
        Self::Command(error.into())
    }
}

/// The object that a wrap needs in the token.
///
/// # Errors
/// A manifest whose object id is not hexadecimal.
pub fn wanted(checked: &Checked) -> Result<Wanted, CheckError> {
    let id = hex::decode(&checked.manifest.statement.predicate.custody.object_id)
        .map_err(|_| CheckError::Manifest(checked.id.clone()))?;
    Ok(Wanted { class: class_of(checked.spec), id, key_type: key_type(checked.spec), label: checked.id.to_string() })
}

/// Makes the bundle in `out`, which must not exist. `seen` hears what this host is about to see, if that is anything,
/// before it does.
///
/// # Errors
/// Whatever the token, the registry or the signer refuse. No file of the bundle is seen before its log entry is on
/// disk.
pub fn run(
    place: &Workplace<'_>,
    session: &Session<'_>,
    checked: &Checked,
    out: &Path,
    seen: &dyn Fn(Exposure),
    code_of: CodeOf<'_, WrapError>,
) -> Result<Wrapped, WrapError> {
    let guard = place.lock(session)?;
    let mut command = Command::begin(place, &guard, session)?;
    let outcome = act(&mut command, session, checked, out, seen);
    command.settle(session, &checked.id, outcome, code_of)
}

fn act(
    command: &mut Command<'_>,
    session: &Session<'_>,
    checked: &Checked,
    out: &Path,
    seen: &dyn Fn(Exposure),
) -> Result<Wrapped, WrapError> {
    if let Some(statement) = command.finished_bundle(&checked.id, out)?.filter(|found| is_asked_for(found, checked)) {
        return Ok(Wrapped { statement, out: out.to_owned() });
    }
    // Waiting for a PIN or a lock takes time.
    checked.check_validity(command.now())?;
    let newer = command.unchanged(&checked.id, &checked.manifest)?;
    let previous = newer.as_ref().unwrap_or(&checked.manifest);
    let (method, plan) = checked.plan(&command.profile().profile.capabilities).map_err(CheckError::Plan)?;
    command.permit(&checked.question(Some(method), plan.exposure(), command.now()))?;
    let wanted = wanted(checked)?;
    let target = session.find(&wanted)?;
    let attrs = session.token.custody(target)?;
    if let Some((attribute, now, then)) = attrs.difference(&previous.statement.predicate.custody.attrs) {
        return Err(WrapError::Custody { id: checked.id.to_string(), attribute, now, then });
    }
    let bundle_slot = Slot::beside(out)?;
    let revision = previous.revision.checked_add(1).ok_or(StatementError::Revisions)?;
    let manifest_slot = command.registry().manifest_slot(&checked.id, revision)?;
    let operation = command.intend(IntentDraft {
        event: event::KEY_WRAP.to_owned(),
        key: Some(checked.id.clone()),
        staged: vec![bundle_slot.clone(), manifest_slot.clone()],
        detail: detail(checked, method, plan),
    })?;
    if plan.exposure() > Exposure::None {
        seen(plan.exposure());
    }
    let likeness = Likeness::from(&previous.statement.predicate);
    let capabilities = &command.profile().profile.capabilities;
    let (id, spec, purpose) = (&checked.id, checked.spec, checked.purpose);
    let subject = Subject { id, handle: target, spec, purpose, likeness, capabilities };
    let executed = execute(session.token, plan, &subject, &checked.wrapping_key());
    if executed.as_ref().map_or_else(ExecuteError::came_out, |_| true) {
        command.has_seen(plan.exposure());
    }
    let execute::Wrapped { blob, proof } = executed?;
    let package = package(checked, method, &blob)?;
    let stamp = command.stamp(session, &operation)?;
    let profile = &command.profile().sha256;
    let custody = custody::record(session.token.identity(), &wanted.id, attrs, profile, stamp.now);
    let record = wrap_record(checked, method, plan, proof, file_records(&package), profile);
    let statement = after_wrap(&previous.statement, &previous.payload_sha256, custody, vec![record], stamp)?;
    let signed = Signed::sign(statement, &session.signer).map_err(CommandError::from)?;
    let envelope = signed.to_json();
    let bundle = stage(listed(checked, method, &checked.id.to_string()), &package, &envelope, bundle_slot)?;
    let manifest = StagedFile::create(manifest_slot, &envelope)?.seal();
    command.finish(&operation, &signed, vec![manifest, bundle])?;
    Ok(Wrapped { statement: signed.into_value(), out: out.to_owned() })
}

/// Whether a bundle that an interrupted run made, and this run released, is the one that is asked for now.
fn is_asked_for(statement: &Statement, checked: &Checked) -> bool {
    statement.predicate.wraps.first().is_some_and(|wrap| {
        let method = |method: &WrapMethod| method.to_string() == wrap.method;
        wrap.provider == checked.provider.id
            && checked.methods.iter().any(method)
            && wrap.exposure <= checked.consent
            && wrap.expires_at == checked.challenge.expires_at
            && wrap.wrapping_key.authenticated_by == checked.authenticated_by.to_string()
            && wrap.wrapping_key.spki_sha256 == checked.wrapping_key_sha256
            && wrap.algorithm.as_deref() == Some(checked.algorithm)
            && wrap.target.as_deref() == checked.destination.target()
            && wrap.mount.as_deref() == checked.destination.mount()
            && wrap.valid_to == checked.destination.valid_to()
            && wrap.wrapping_key.resource == checked.challenge.resource
            && checked.challenge.attachments.iter().all(|(name, bytes)| wrap.files.contains(&file_record(name, bytes)))
    })
}

fn listed<'a>(checked: &'a Checked, method: WrapMethod, id: &'a str) -> Listed<'a> {
    Listed {
        key_version: Some(id),
        provider: checked.provider,
        method,
        algorithm: checked.algorithm,
        destination: &checked.destination,
        challenge: &checked.challenge,
    }
}

/// Lengths; then the provider's files.
fn package(checked: &Checked, method: WrapMethod, blob: &[u8]) -> Result<Package, WrapError> {
    check_blob(method, checked.challenge.modulus.len(), checked.spec, blob.len())?;
    let request = PackageRequest {
        others: checked.before.others,
        latest: checked.before.latest,
        source: Source::Version(&checked.id),
        spec: checked.spec,
        purpose: checked.purpose,
        wrapped: blob,
        method,
        algorithm: checked.algorithm,
        destination: &checked.destination,
        challenge: &checked.challenge,
    };
    Ok((checked.provider.package)(&request)?)
}

fn detail(checked: &Checked, method: WrapMethod, plan: WrapPlan) -> Map<String, Value> {
    let rows = [
        ("provider", json!(checked.provider.id)),
        ("target", json!(checked.destination.target())),
        ("method", json!(method.to_string())),
        ("algorithm", json!(checked.algorithm)),
        ("plan", json!(plan.as_str())),
        ("exposure", json!(plan.exposure())),
        ("wrappingKeySha256", json!(checked.wrapping_key_sha256)),
    ];
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn wrap_record(
    checked: &Checked,
    method: WrapMethod,
    plan: WrapPlan,
    proof: Vec<ContentProof>,
    files: Vec<FileRecord>,
    profile_sha256: &str,
) -> WrapRecord {
    WrapRecord {
        provider: checked.provider.id.to_owned(),
        target_id: None,
        target: checked.destination.target().map(str::to_owned),
        mount: checked.destination.mount().map(str::to_owned),
        method: method.to_string(),
        algorithm: Some(checked.algorithm.to_owned()),
        plan: plan.as_str().to_owned(),
        exposure: plan.exposure(),
        content_assurance: content_assurance(&proof).to_owned(),
        content_proof: proof,
        wrapping_key: wrapping_key_record(&checked.challenge, checked.authenticated_by),
        profile_sha256: profile_sha256.to_owned(),
        files,
        expires_at: checked.challenge.expires_at,
        valid_to: checked.destination.valid_to(),
    }
}
