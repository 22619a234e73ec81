//! What a manifest shows of an operation, beside what a plan says of it.

use super::wrong;
use crate::approval::plan::{Action, ImportAction, ImportSource, KeyBase, Material, WrapAction};
use crate::key::operation::Operation;
use crate::manifest::statement::{KeyVersionPredicate, WrapRecord};
use crate::ops::verify::failure::Failure;

/// Which operation made the manifest, as far as it shows.
pub(super) fn operation(previous: Option<&KeyVersionPredicate>, predicate: &KeyVersionPredicate) -> Option<Operation> {
    let sealed = |predicate: &KeyVersionPredicate| predicate.dates.sealed_at;
    if predicate.origin.adopted && previous.is_none() {
        return None;
    }
    if !predicate.wraps.is_empty() {
        return Some(Operation::WrapForImport);
    }
    match previous {
        None if predicate.origin.import.is_some() => Some(Operation::Import),
        None => Some(Operation::Generate),
        Some(previous) if sealed(previous).is_none() && sealed(predicate).is_some() => Some(Operation::Seal),
        Some(_) => None,
    }
}

/// Whether the manifest shows what the action says.
pub(super) fn shows(action: &Action, predicate: &KeyVersionPredicate) -> Result<(), Failure> {
    let differs = |member: &str| Err(wrong(format!("the plan says another {member} than the manifest")));
    let version = format!("{}@{}", predicate.key_name, predicate.key_version);
    if action.changes().is_some_and(|planned| planned != version) {
        return differs("key version");
    }
    let found = match action {
        Action::WrapForImport(wrap) => wrap_differs(wrap, predicate),
        Action::Import(import) => import_differs(import, predicate),
        Action::Seal(seal) if predicate.dates.sealed_at.is_some() => base_differs(&seal.key, predicate),
        Action::Seal(_) => Some("date of sealing"),
        Action::Recover(_) => None,
        Action::PolicyAdopt(_) => Some("operation"),
    };
    found.map_or(Ok(()), differs)
}

fn base_differs(base: &KeyBase, predicate: &KeyVersionPredicate) -> Option<&'static str> {
    let same = predicate.previous_manifest.as_deref() == Some(&base.manifest_sha256);
    (!same).then_some("manifest before it")
}

/// The member in which a wrap differs. A manifest of a wrap that failed after it had shown the key has no wrap.
fn wrap_differs(wrap: &WrapAction, predicate: &KeyVersionPredicate) -> Option<&'static str> {
    let record = match &predicate.wraps[..] {
        [] => return (predicate.exposure_ever < wrap.exposure).then_some("exposure"),
        [record] => record,
        _ => return Some("number of wraps"),
    };
    base_differs(&wrap.key, predicate).or_else(|| record_differs(wrap, record))
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
