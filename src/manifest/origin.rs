//! What makes the origin of a key consistent: a key from outside was seen by the host that read it, and was not made in
//! the token.

use super::check::{StatementError, good, is_text, parse};
use super::digest::is_sha256;
use super::statement::{ImportRecord, KeyVersionPredicate, WrappedRecord};
use crate::key::exposure::Exposure;
use crate::key::method::WrapMethod;
use crate::key::proof::ContentProof;
use crate::key::version::KeyVersionId;

/// `origin.kind` of an imported key.
pub const IMPORTED: &str = "imported";
/// `origin.import.form` of a key that this host read.
pub const FILE: &str = "file";
/// `origin.import.form` of a key that came wrapped for a key of the token.
pub const WRAPPED: &str = "wrapped";

/// Ways in of a key that this host read.
const FROM_FILE: [&str; 3] = ["unwrap-under-session-key", "unwrap-under-session-pair", "create-object"];
/// The way in of a key that came wrapped.
const FROM_WRAPPED: [&str; 1] = ["unwrap-under-token-key"];

/// Checks the origin against the rest of the predicate.
pub(super) fn check(predicate: &KeyVersionPredicate) -> Result<(), StatementError> {
    let origin = &predicate.origin;
    let imported = origin.kind == IMPORTED;
    good(!imported || predicate.custody.attrs.local != Some(true), "custody.attrs.local")?;
    match &origin.import {
        None if imported && predicate.exposure_ever < Exposure::Plaintext => Err(StatementError::ImportExposure),
        None => Ok(()),
        Some(import) => {
            good(imported, "origin.import")?;
            check_import(import, predicate)
        }
    }
}

fn check_import(import: &ImportRecord, predicate: &KeyVersionPredicate) -> Result<(), StatementError> {
    let (shown, routes) = match import.form.as_str() {
        FILE => (Exposure::Plaintext, &FROM_FILE[..]),
        WRAPPED => (Exposure::None, &FROM_WRAPPED[..]),
        _ => return Err(StatementError::Member("origin.import.form")),
    };
    if import.exposure != shown || shown > predicate.exposure_ever {
        return Err(StatementError::ImportExposure);
    }
    good(import.route.as_deref().is_none_or(|route| routes.contains(&route)), "origin.import.route")?;
    good(import.mechanism.as_deref().is_none_or(is_text), "origin.import.mechanism")?;
    let is_secret = predicate.public.is_none();
    let proof = import.content_proof.as_slice();
    let fits = |by: &ContentProof| (*by == ContentProof::PublicKey) != is_secret;
    good(proof.is_sorted_by(|one, next| one < next) && proof.iter().all(fits), "origin.import.contentProof")?;
    good(import.wrapped.is_some() == (import.form == WRAPPED), "origin.import.wrapped")?;
    import.wrapped.as_ref().map_or(Ok(()), check_wrapped)
}

fn check_wrapped(wrapped: &WrappedRecord) -> Result<(), StatementError> {
    let _: KeyVersionId = parse(&wrapped.unwrapping_key, "origin.import.wrapped.unwrappingKey")?;
    let _: WrapMethod = parse(&wrapped.method, "origin.import.wrapped.method")?;
    good(is_sha256(&wrapped.spki_sha256), "origin.import.wrapped.spkiSha256")?;
    good(is_sha256(&wrapped.sha256), "origin.import.wrapped.sha256")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statements;

    fn imported(form: &str, exposure: Exposure) -> KeyVersionPredicate {
        let mut predicate = statements::predicate("imported");
        predicate.exposure_ever = exposure;
        predicate.custody.attrs.local = Some(false);
        predicate.origin.kind = IMPORTED.to_owned();
        let wrapped = (form == WRAPPED).then(|| WrappedRecord {
            unwrapping_key: "kek@1".to_owned(),
            spki_sha256: "ab".repeat(32),
            method: "rsa-aes-sha256".to_owned(),
            sha256: "cd".repeat(32),
        });
        predicate.origin.import = Some(ImportRecord {
            form: form.to_owned(),
            route: None,
            mechanism: None,
            exposure,
            content_proof: Vec::new(),
            wrapped,
        });
        predicate
    }

    fn import(predicate: &mut KeyVersionPredicate) -> &mut ImportRecord {
        predicate.origin.import.as_mut().unwrap()
    }

    #[test]
    fn a_file_was_seen_and_a_wrapped_key_was_not() {
        assert_eq!(check(&imported(FILE, Exposure::Plaintext)), Ok(()));
        assert_eq!(check(&imported(WRAPPED, Exposure::None)), Ok(()));
        for exposure in [Exposure::None, Exposure::EphemeralKek] {
            assert_eq!(check(&imported(FILE, exposure)), Err(StatementError::ImportExposure));
            let mut less = imported(FILE, Exposure::Plaintext);
            less.exposure_ever = exposure;
            assert_eq!(check(&less), Err(StatementError::ImportExposure));
            less.origin.import = None;
            assert_eq!(check(&less), Err(StatementError::ImportExposure));
        }
        assert_eq!(check(&imported(WRAPPED, Exposure::Plaintext)), Err(StatementError::ImportExposure));
        let mut later = imported(WRAPPED, Exposure::None);
        later.exposure_ever = Exposure::Plaintext;
        assert_eq!(check(&later), Ok(()));
    }

    #[test]
    fn every_member_has_its_form() {
        type Change = fn(&mut KeyVersionPredicate);
        let changes: [(Change, &str); 11] = [
            (|p| p.custody.attrs.local = Some(true), "custody.attrs.local"),
            (|p| p.origin.kind = "generated".into(), "origin.import"),
            (|p| import(p).form = "found".into(), "origin.import.form"),
            (|p| import(p).route = Some("unwrap-under-token-key".into()), "origin.import.route"),
            (|p| import(p).mechanism = Some("\n".into()), "origin.import.mechanism"),
            (|p| import(p).content_proof = vec![ContentProof::PublicKey], "origin.import.contentProof"),
            (
                |p| import(p).content_proof = vec![ContentProof::CheckValue, ContentProof::KnownAnswer],
                "origin.import.contentProof",
            ),
            (|p| *p = wrapped(|_| None), "origin.import.wrapped"),
            (
                |p| *p = wrapped(|w| Some(WrappedRecord { unwrapping_key: "kek".into(), ..w })),
                "origin.import.wrapped.unwrappingKey",
            ),
            (|p| *p = wrapped(|w| Some(WrappedRecord { method: "rsa".into(), ..w })), "origin.import.wrapped.method"),
            (|p| *p = wrapped(|w| Some(WrappedRecord { sha256: "ab".into(), ..w })), "origin.import.wrapped.sha256"),
        ];
        for (change, member) in changes {
            let mut predicate = imported(FILE, Exposure::Plaintext);
            change(&mut predicate);
            assert_eq!(check(&predicate), Err(StatementError::Member(member)));
        }
    }

    fn wrapped(change: fn(WrappedRecord) -> Option<WrappedRecord>) -> KeyVersionPredicate {
        let mut predicate = imported(WRAPPED, Exposure::None);
        let record = import(&mut predicate);
        record.wrapped = record.wrapped.take().and_then(change);
        predicate
    }
}
