//! The four steps of one key: on a token session, on any thread, on a token session again, and on any thread. None of
//! them knows the log.

use super::assess::Wrapping;
use super::decide::Way;
use super::error::RotateError;
use super::event::{Bundle, Deed, Rotated};
use super::prepare::{Job, Subject};
use crate::hsm::Token;
use crate::hsm::request::{Handle, Search, TokenIdentity};
use crate::key::custody::Custody;
use crate::key::exposure::Exposure;
use crate::key::proof::ContentProof;
use crate::key::state::State;
use crate::manifest::check::content_assurance;
use crate::manifest::dsse::{Unproven, Unsigned};
use crate::manifest::rotation::RotationRecord;
use crate::manifest::signer::EvidenceSigner;
use crate::manifest::statement::{CustodyRecord, KeyVersionPredicate, Origin, Statement, WrapRecord};
use crate::ops::birth::{self, Descent, Plan, Reading};
use crate::ops::command::CommandError;
use crate::ops::custody;
use crate::ops::generate::make;
use crate::ops::profile::KnownProfile;
use crate::ops::statement::{StatementError, add_wraps, after_wrap};
use crate::ops::wrap::execute::{self, Likeness, Taken, Wrapped, take};
use crate::ops::wrap::run::WrapError;
use crate::ops::wrap::stage::{Listed, file_records, stage as stage_bundle, wrapping_key_record};
use crate::provider::{Package, PackageRequest, Source};
use crate::registry::layout::manifest_name;
use crate::registry::release::{Release, StagedFile, StagedFolder};
use crate::wrap::length::check_blob;

/// Where a job is worked off.
#[derive(Clone, Copy, Debug)]
pub struct Bench<'a> {
    /// The token.
    pub identity: &'a TokenIdentity,
    /// What it can do.
    pub profile: &'a KnownProfile,
}

/// What came out of the token.
#[derive(Debug)]
pub struct Acted {
    subject: Known,
    wraps: Vec<Taken>,
}

/// What is known of the key version by now.
#[derive(Debug)]
enum Known {
    New(Box<Reading>),
    Old(Custody),
}

/// What is to be signed, and the providers' files.
#[derive(Debug)]
pub struct Drafted {
    unsigned: Unsigned<Statement>,
    packages: Vec<Package>,
}

/// What was signed, and the providers' files.
#[derive(Debug)]
pub struct Sealed {
    unproven: Unproven<Statement>,
    packages: Vec<Package>,
}

/// A key that is done but for its result.
#[derive(Debug)]
pub struct Staged {
    /// What is staged, in the order in which it is renamed.
    pub release: Vec<Release>,
    /// SHA-256 of the payload of the manifest.
    pub manifest_sha256: String,
    /// What will have become of the key.
    pub rotated: Rotated,
}

impl Bench<'_> {
    /// On a token session: the key is made and read back, and wrapped for each target.
    ///
    /// # Errors
    /// Whatever the token refuses. What was made by then is undone with [`Job::undo`].
    pub fn act(&self, token: &dyn Token, job: &Job) -> Result<Acted, RotateError> {
        match &job.prepared.subject {
            Subject::New { plan, .. } => self.act_on_new(token, job, plan),
            Subject::Old { handle, .. } => {
                let attrs = token.custody(*handle)?;
                let predicate = job.prepared.decided.order.base_predicate();
                if let Some((attribute, now, then)) = attrs.difference(&predicate.custody.attrs) {
                    let id = job.undertaking.key().to_string();
                    return Err(WrapError::Custody { id, attribute, now, then }.into());
                }
                let wraps = self.take_all(token, job, *handle, predicate.into())?;
                Ok(Acted { subject: Known::Old(attrs), wraps })
            }
        }
    }

    fn act_on_new(&self, token: &dyn Token, job: &Job, plan: &Plan) -> Result<Acted, RotateError> {
        let made = make(token, plan).inspect_err(|_| {
            // A call that failed may have made something all the same.
            if !token.find(Search::Label(&plan.id.to_string())).is_ok_and(|objects| objects.is_empty()) {
                job.undertaking.has_acted();
            }
        })?;
        job.has_made(made);
        let reading = Reading::take(token, self.profile, plan, made)?;
        custody::check_read_back(plan.spec, &reading.attrs, true, reading.spki.as_deref())
            .map_err(crate::ops::generate::GenerateError::from)?;
        let wraps = self.take_all(token, job, made.key(), Likeness::from(&reading))?;
        Ok(Acted { subject: Known::New(Box::new(reading)), wraps })
    }

    fn take_all(
        &self,
        token: &dyn Token,
        job: &Job,
        handle: Handle,
        likeness: Likeness<'_>,
    ) -> Result<Vec<Taken>, RotateError> {
        let order = &job.prepared.decided.order;
        let capabilities = &self.profile.profile.capabilities;
        let (id, spec, purpose) = (&order.id, order.spec, order.purpose);
        let subject = execute::Subject { id, handle, spec, purpose, likeness, capabilities };
        let mut all = Vec::new();
        for (wrapping, way) in order.wraps.iter().zip(&job.prepared.decided.ways) {
            let outcome = take(token, way.plan, &subject, &wrapping.wrapping_key());
            if outcome.as_ref().map_or_else(execute::ExecuteError::came_out, |_| true) {
                job.undertaking.has_seen(way.plan.exposure());
            }
            all.push(outcome.map_err(WrapError::from)?);
        }
        Ok(all)
    }

    /// On any thread: what is left of the wraps, the providers' files and the manifest.
    ///
    /// # Errors
    /// Bytes that are not the key, a blob of the wrong length, or what makes no consistent manifest.
    pub fn draft(&self, job: &Job, acted: Acted) -> Result<Drafted, RotateError> {
        let order = &job.prepared.decided.order;
        let (mut packages, mut records) = (Vec::new(), Vec::new());
        for ((wrapping, way), taken) in order.wraps.iter().zip(&job.prepared.decided.ways).zip(acted.wraps) {
            let Wrapped { blob, proof } = taken.seal(&wrapping.wrapping_key()).map_err(WrapError::from)?;
            let package = package(job, wrapping, *way, &blob)?;
            records.push(self.record(wrapping, *way, proof, &package));
            packages.push(package);
        }
        let statement = match (acted.subject, &job.prepared.subject) {
            (Known::New(reading), Subject::New { plan, rotation }) => {
                let mut predicate = self.born(job, plan, *reading)?;
                is_born(&mut predicate, rotation, order.is_active_at_once());
                add_wraps(&mut predicate, records);
                Statement::new(predicate).map_err(StatementError::from)?
            }
            (Known::New(reading), subject) => self.after(job, subject, reading.attrs, records)?,
            (Known::Old(attrs), subject) => self.after(job, subject, attrs, records)?,
        };
        Ok(Drafted { unsigned: Unsigned::new(statement).map_err(CommandError::from)?, packages })
    }

    /// What the first manifest says of the key itself.
    fn born(&self, job: &Job, plan: &Plan, reading: Reading) -> Result<KeyVersionPredicate, StatementError> {
        let origin = Origin { kind: "generated".to_owned(), adopted: false, import: None };
        let descent = Descent { origin, exposure: Exposure::None, at: job.stamp.now };
        birth::born((self.identity, &self.profile.sha256), plan, reading, descent, job.stamp.clone())
    }

    fn after(
        &self,
        job: &Job,
        subject: &Subject,
        attrs: Custody,
        records: Vec<WrapRecord>,
    ) -> Result<Statement, StatementError> {
        let custody = self.custody(subject, attrs, job);
        let base = &job.prepared.decided.order.base.1;
        after_wrap(&base.statement, &base.payload_sha256, custody, records, job.stamp.clone())
    }

    fn custody(&self, subject: &Subject, attrs: Custody, job: &Job) -> CustodyRecord {
        let object_id = match subject {
            Subject::New { plan, .. } => &plan.object_id,
            Subject::Old { object_id, .. } => object_id,
        };
        custody::record(self.identity, object_id, attrs, &self.profile.sha256, job.stamp.now)
    }

    fn record(&self, wrapping: &Wrapping, way: Way, proof: Vec<ContentProof>, package: &Package) -> WrapRecord {
        let challenge = &wrapping.answer.received.challenge;
        WrapRecord {
            provider: wrapping.provider.id.to_owned(),
            target_id: Some(wrapping.target.clone()),
            target: wrapping.destination.target().map(str::to_owned),
            mount: wrapping.destination.mount().map(str::to_owned),
            method: way.method.to_string(),
            algorithm: Some(wrapping.algorithm.to_owned()),
            plan: way.plan.as_str().to_owned(),
            exposure: way.plan.exposure(),
            content_assurance: content_assurance(&proof).to_owned(),
            content_proof: proof,
            wrapping_key: wrapping_key_record(challenge, way.by),
            profile_sha256: self.profile.sha256.clone(),
            files: file_records(package),
            expires_at: challenge.expires_at,
            valid_to: wrapping.destination.valid_to(),
        }
    }
}

/// What a rotation adds to the first manifest of its version.
pub(super) fn is_born(predicate: &mut KeyVersionPredicate, rotation: &RotationRecord, active: bool) {
    predicate.rotation = Some(rotation.clone());
    if active {
        let at = predicate.custody.read_at;
        predicate.enter(State::Active, at);
        predicate.dates.activated_at = Some(at);
    }
}

/// Lengths; then the provider's files.
fn package(job: &Job, wrapping: &Wrapping, way: Way, blob: &[u8]) -> Result<Package, RotateError> {
    let order = &job.prepared.decided.order;
    let challenge = &wrapping.answer.received.challenge;
    check_blob(way.method, challenge.modulus.len(), order.spec, blob.len()).map_err(WrapError::from)?;
    let request = PackageRequest {
        others: wrapping.before.others,
        latest: wrapping.before.latest,
        source: Source::Version(&order.id),
        spec: order.spec,
        purpose: order.purpose,
        wrapped: blob,
        method: way.method,
        algorithm: wrapping.algorithm,
        destination: &wrapping.destination,
        challenge,
    };
    Ok((wrapping.provider.package)(&request).map_err(WrapError::from)?)
}

/// On a token session: the manifest's signature.
///
/// # Errors
/// Whatever the signer refuses.
pub fn sign(signer: &dyn EvidenceSigner, drafted: Drafted) -> Result<Sealed, RotateError> {
    let unproven = drafted.unsigned.sign(signer).map_err(CommandError::from)?;
    Ok(Sealed { unproven, packages: drafted.packages })
}

/// On any thread: the signature is checked, and the files are staged.
///
/// # Errors
/// A signature that does not verify, a file or folder that cannot be made.
pub fn stage(job: &Job, sealed: Sealed) -> Result<Staged, RotateError> {
    let Sealed { unproven, packages } = sealed;
    let signed = unproven.prove().map_err(CommandError::from)?;
    let prepared = &job.prepared;
    let order = &prepared.decided.order;
    let (envelope, id) = (signed.to_json(), order.id.to_string());
    let mut release = vec![stage_manifest(prepared, &envelope)?];
    let wraps = order.wraps.iter().zip(&prepared.decided.ways);
    for (((wrapping, way), package), slot) in wraps.zip(&packages).zip(&prepared.bundles) {
        let listed = Listed {
            key_version: Some(&id),
            provider: wrapping.provider,
            method: way.method,
            algorithm: wrapping.algorithm,
            destination: &wrapping.destination,
            challenge: &wrapping.answer.received.challenge,
        };
        release.push(stage_bundle(listed, package, &envelope, slot.clone())?);
    }
    let manifest_sha256 = signed.payload_sha256();
    Ok(Staged { release, manifest_sha256, rotated: rotated(job, signed.into_value()) })
}

fn stage_manifest(prepared: &super::prepare::Prepared, envelope: &[u8]) -> Result<Release, RotateError> {
    let slot = prepared.manifest.clone();
    if !prepared.decided.order.born {
        return Ok(StagedFile::create(slot, envelope)?.seal());
    }
    let mut folder = StagedFolder::create(slot)?;
    folder.write(&manifest_name(1), envelope)?;
    Ok(folder.seal()?)
}

fn rotated(job: &Job, statement: Statement) -> Rotated {
    let order = &job.prepared.decided.order;
    let predicate = statement.predicate;
    let bundles = order.wraps.iter().zip(&job.prepared.bundles).zip(predicate.wraps);
    Rotated {
        id: order.id.clone(),
        replaces: predicate.rotation.map(|rotation| rotation.replaces),
        deed: if order.born { Deed::Made } else { Deed::Wrapped },
        state: predicate.state,
        revision: predicate.revision,
        bundles: bundles
            .map(|((wrapping, slot), wrap)| Bundle {
                target: wrapping.target.clone(),
                folder: slot.to().to_owned(),
                rotations_left: wrapping.provider.rotation(order.spec, wrapping.before.others).map(|(_, left)| left),
                wrap,
            })
            .collect(),
        pending: order.pending.clone(),
    }
}
