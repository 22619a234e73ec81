//! What a manifest shows of an operation, beside what a plan says of it.

use super::wrong;
use crate::approval::plan::{
    Action, ImportAction, ImportSource, KeyBase, Material, RevokeAction, RewrappedAction, RollbackAction, RotateAction,
    RotateKey, RotateWrap, WrapAction,
};
use crate::key::stage::Stage;
use crate::key::state::State;
use crate::manifest::destruction::BreakGlassRecord;
use crate::manifest::rotation::RewrapRecord;
use crate::manifest::statement::{KeyVersionPredicate, WrapRecord};
use crate::ops::verify::failure::Failure;

/// Whether the manifest shows what the action says.
pub(super) fn shows(action: &Action, bases: &[String], predicate: &KeyVersionPredicate) -> Result<(), Failure> {
    let differs = |member: &str| Err(wrong(format!("the plan says another {member} than the manifest")));
    let version = format!("{}@{}", predicate.key_name, predicate.key_version);
    if action.changes().is_some_and(|planned| planned != version) {
        return differs("key version");
    }
    let found = match action {
        Action::WrapForImport(wrap) => wrap_differs(wrap, bases, predicate),
        Action::Import(import) => import_differs(import, predicate),
        Action::Revoke(revoke) => base_differs(&revoke.key, bases).or_else(|| revoke_differs(revoke, predicate)),
        Action::MarkRewrapped(said) => base_differs(&said.key, bases).or_else(|| claim_differs(said, predicate)),
        Action::Rollback(rollback) => {
            base_differs(&rollback.key, bases).or_else(|| rollback_differs(rollback, predicate))
        }
        Action::Rotate(rotate) => rotate_differs(rotate, &version, bases, predicate),
        Action::Seal(seal) => base_differs(&seal.key, bases),
        // What recovery takes over keeps the plan of the operation that was interrupted.
        Action::PolicyAdopt(_) | Action::Recover(_) => Some("operation"),
    };
    found.map_or(Ok(()), differs)
}

/// A killed run of the same plan may have left a manifest that admits what its host has seen.
fn base_differs(base: &KeyBase, bases: &[String]) -> Option<&'static str> {
    (!bases.contains(&base.manifest_sha256)).then_some("manifest before it")
}

/// The member in which a wrap differs.
fn wrap_differs(wrap: &WrapAction, bases: &[String], predicate: &KeyVersionPredicate) -> Option<&'static str> {
    let [record] = predicate.wraps.as_slice() else { return Some("number of wraps") };
    base_differs(&wrap.key, bases).or_else(|| record_differs(wrap, record))
}

fn record_differs(wrap: &WrapAction, record: &WrapRecord) -> Option<&'static str> {
    let rows = [
        ("provider", wrap.provider == record.provider),
        ("target", wrap.target == record.target),
        ("mount", wrap.mount == record.mount),
        ("method", wrap.method == record.method),
        ("algorithm", record.algorithm.as_ref().is_none_or(|algorithm| *algorithm == wrap.algorithm)),
        ("route", wrap.route == record.plan),
        ("exposure", record.exposure <= wrap.exposure),
        ("end of the material", wrap.valid_to == record.valid_to),
        ("wrapping key", wrap.wrapping_key.spki_sha256 == record.wrapping_key.spki_sha256),
    ];
    rows.iter().find(|(_, same)| !same).map(|(member, _)| *member)
}

/// The member in which a rotated version, or a wrap that a rotation still owed, differs.
fn rotate_differs(
    rotate: &RotateAction,
    version: &str,
    bases: &[String],
    predicate: &KeyVersionPredicate,
) -> Option<&'static str> {
    let Some(key) = rotate.of_version(version) else { return Some("key version") };
    if let Some(rotation) = predicate.rotation.as_ref().filter(|_| key.is_born()) {
        let base = &key.base;
        if (&rotation.replaces, &rotation.manifest_sha256) != (&base.version, &base.manifest_sha256) {
            return Some("version before it");
        }
    } else if let Some(member) = base_differs(&key.base, bases) {
        return Some(member);
    }
    // Recovery takes a version over without wraps; what it owes then is wrapped by itself.
    let is_part = key.is_born() && (predicate.previous_manifest.is_some() || predicate.origin.adopted);
    if predicate.wraps.len() != key.wraps.len() && !is_part {
        return Some("number of wraps");
    }
    predicate.wraps.iter().find_map(|record| rotated_differs(key, record))
}

fn rotated_differs(key: &RotateKey, record: &WrapRecord) -> Option<&'static str> {
    let planned: Option<&RotateWrap> = record.target_id.as_deref().and_then(|target| key.wrap_for(target));
    let Some(wrap) = planned else { return Some("target of byok.yaml") };
    let rows = [
        ("provider", wrap.provider == record.provider),
        ("target", wrap.target == record.target),
        ("mount", wrap.mount == record.mount),
        ("method", wrap.method == record.method),
        ("algorithm", record.algorithm.as_ref().is_none_or(|algorithm| *algorithm == wrap.algorithm)),
        ("route", wrap.route == record.plan),
        ("exposure", record.exposure <= wrap.exposure),
        ("wrapping key", wrap.wrapping_key_sha256 == record.wrapping_key.spki_sha256),
    ];
    rows.iter().find(|(_, same)| !same).map(|(member, _)| *member)
}

/// The parts of an action that a manifest carries out. Each is done once.
pub(super) fn parts(action: &Action, predicate: &KeyVersionPredicate) -> Vec<String> {
    let Action::Rotate(_) = action else { return vec![String::new()] };
    let version = format!("{}@{}", predicate.key_name, predicate.key_version);
    let targets = predicate.wraps.iter().filter_map(|wrap| wrap.target_id.as_ref());
    let wraps = targets.map(|target| format!("{version} for {target}"));
    let born = predicate.previous_manifest.is_none().then(|| version.clone());
    born.into_iter().chain(wraps).collect()
}

/// The state is the one to which the stage leads; a stage that was reached for another reason is another.
fn revoke_differs(revoke: &RevokeAction, predicate: &KeyVersionPredicate) -> Option<&'static str> {
    let reached = match revoke.stage {
        Stage::Suspend => predicate.state == State::Suspended,
        Stage::Deactivate => predicate.state == State::Deactivated,
        Stage::Compromise => matches!(predicate.state, State::Compromised | State::DestroyedCompromised),
        Stage::Destroy => predicate.destruction.is_some(),
    };
    let reason = predicate.state_reason.as_ref();
    let is_last = revoke.stage == Stage::Destroy;
    let unfound = predicate.absence.as_ref().is_some_and(|record| record.read_back_at == predicate.state_changed_at);
    let rows = [
        ("stage", reached),
        ("end", predicate.destruction.as_ref().is_none_or(|record| record.absent == revoke.absent)),
        ("absence", is_last || unfound == revoke.absent),
        ("reason", reason.is_some_and(|reason| reason.code == revoke.reason && reason.message == revoke.message)),
        ("waiting", predicate.break_glass.as_ref().is_none_or(|glass| skips(revoke, glass))),
    ];
    rows.iter().find(|(_, same)| !same).map(|(member, _)| *member)
}

/// The last thing that was said is what was approved.
fn claim_differs(said: &RewrappedAction, predicate: &KeyVersionPredicate) -> Option<&'static str> {
    let is_it =
        |last: &RewrapRecord| (last.objects, last.remaining, &last.by) == (said.objects, said.remaining, &said.by);
    (!predicate.rewrapped.last().is_some_and(is_it)).then_some("number of data keys")
}

/// A version that is given up goes back to the one that was approved, and its manifest names that.
fn rollback_differs(rollback: &RollbackAction, predicate: &KeyVersionPredicate) -> Option<&'static str> {
    let is_it = predicate.rollback.as_ref().is_some_and(|record| record.to == rollback.old);
    (!is_it).then_some("version that is current again")
}

fn skips(revoke: &RevokeAction, glass: &BreakGlassRecord) -> bool {
    revoke.break_glass && revoke.message.as_ref() == Some(&glass.reason)
}

fn import_differs(import: &ImportAction, predicate: &KeyVersionPredicate) -> Option<&'static str> {
    let origin = predicate.origin.import.as_ref();
    let source = match (&import.source, origin.map(|record| &record.wrapped)) {
        (ImportSource::File(file), Some(None)) => match (&file.material, &predicate.public) {
            (Material::SpkiSha256(planned), Some(public)) => *planned == public.spki_sha256,
            // A key whose purpose does not let it sign has none in its manifest; `apply` has compared it with the file.
            (Material::Fingerprint(planned), None) => predicate
                .fingerprint
                .as_ref()
                .is_none_or(|found| (&found.method, &found.value) == (&planned.method, &planned.value)),
            _ => false,
        },
        (ImportSource::Wrapped(planned), Some(Some(record))) => {
            planned.file.sha256 == record.sha256
                && planned.method == record.method
                && planned.unwrapping_key.version == record.unwrapping_key
        }
        _ => false,
    };
    let rows = [
        ("type", import.key_type == predicate.key_type),
        ("purpose", import.purpose == predicate.purpose),
        ("owner", import.owner == predicate.owner),
        ("attributes", import.attributes == predicate.attributes),
        ("source", source),
    ];
    rows.iter().find(|(_, same)| !same).map(|(member, _)| *member)
}
