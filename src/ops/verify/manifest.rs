//! One manifest: signatures, then the statement.

use super::failure::{Failure, FailureKind};
use super::file_bundle;
use super::report::{Findings, ItemKind, ItemReport};
use crate::key::exposure::Exposure;
use crate::manifest::any::{AnyStatement, SignedStatement};
use crate::manifest::dsse::{Signed, VerifiedSigner};
use crate::manifest::statement::{KeyVersionPredicate, Statement};
use crate::manifest::trust::Trust;

/// Verifies one manifest envelope.
#[must_use]
pub fn verify_manifest(path: &str, envelope: &[u8], trust: &Trust) -> ItemReport {
    let verdict = open_any(envelope, trust).map(|signed| match signed {
        SignedStatement::KeyVersion(signed) => describe_alone(&signed),
        SignedStatement::FileBundle(signed) => file_bundle::describe(&signed),
    });
    ItemReport::new(path, ItemKind::Manifest, verdict)
}

/// A manifest of either kind.
pub(super) fn open_any(envelope: &[u8], trust: &Trust) -> Result<SignedStatement, Failure> {
    let signed = Signed::<AnyStatement>::verify(envelope, trust).map_err(|error| Failure::from(&error))?;
    let named = match signed.value() {
        AnyStatement::FileBundle(statement) => &statement.predicate.signer,
        AnyStatement::KeyVersion(statement) => &statement.predicate.signer,
    };
    check_signer(&named.spki_sha256, signed.signers())?;
    Ok(signed.into())
}

/// What a manifest shows without its registry: neither the manifest before it nor the log is there.
pub(super) fn describe_alone(signed: &Signed<Statement>) -> Findings {
    let mut findings = describe(signed);
    let predicate = &signed.value().predicate;
    if let Some(previous) = &predicate.previous_manifest {
        let revision = predicate.revision.saturating_sub(1);
        findings.not_provable(format!("that revision {revision} is the one it follows ({previous})"));
    }
    findings.not_provable("that the log has it: it names an entry of a log that is not here");
    if predicate.authorization.is_some() {
        findings.not_provable("that it was permitted and approved: policy, plan and approvals lie in the registry");
    }
    findings
}

/// Signatures, statement, and that the signer named inside is one of those who signed.
pub(super) fn open(envelope: &[u8], trust: &Trust) -> Result<Signed<Statement>, Failure> {
    let signed = Signed::<Statement>::verify(envelope, trust).map_err(|error| Failure::from(&error))?;
    check_signer(&signed.value().predicate.signer.spki_sha256, signed.signers())?;
    Ok(signed)
}

fn check_signer(named: &str, signers: &[VerifiedSigner]) -> Result<(), Failure> {
    if signers.iter().any(|signer| signer.spki_sha256 == named) {
        return Ok(());
    }
    Err(Failure::new(FailureKind::Subject, format!("the manifest names the signer {named}, and others have signed it")))
}

/// What a verified manifest shows, and what it cannot.
pub(super) fn describe(signed: &Signed<Statement>) -> Findings {
    let predicate = &signed.value().predicate;
    let mut findings = Findings {
        subject: Some(format!("{}@{}, revision {}", predicate.key_name, predicate.key_version, predicate.revision)),
        signers: signed.signers().to_vec(),
        checked: vec!["signature".into(), "subject".into(), "statement".into()],
        ..Findings::default()
    };
    findings.not_provable("freshness: a newer manifest may be withheld");
    findings.not_provable("signing time");
    findings.not_provable("the token's honesty: custody is what the module reported");
    describe_binding(predicate, &mut findings);
    match predicate.origin.import.as_ref().map(|import| &import.wrapped) {
        Some(Some(wrapped)) => {
            findings.not_provable(format!("who else has the key: it came wrapped for {}", wrapped.unwrapping_key));
        }
        Some(None) => findings.not_provable("who else has the key: it came from a file"),
        None => {}
    }
    if predicate.origin.adopted {
        findings
            .not_provable("the key's past before it was adopted: an interrupted run had made it, or so the log says");
    }
    if predicate.exposure_ever != Exposure::None {
        let saw = match predicate.exposure_ever {
            Exposure::Plaintext => "the key itself was in a host's memory",
            _ => "a host knew an AES key under which the key left the token",
        };
        findings.note(format!("exposure {}: {saw}", predicate.exposure_ever));
    }
    findings
}

fn describe_binding(predicate: &KeyVersionPredicate, findings: &mut Findings) {
    if predicate.check.is_some() {
        findings.not_provable("the check value: it needs the key");
    }
    if predicate.fingerprint.is_some() {
        findings.not_provable("the fingerprint: it needs the key");
    }
    if predicate.descriptor.is_some() {
        findings.not_provable("which key material: the descriptor binds a name and an object, not the key's bytes");
    }
}
