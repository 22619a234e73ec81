//! AWS KMS: the key as a whole is enabled or not; the material of one version cannot be paused, and deleting it stops the
//! whole key.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKey.html>, `API_DeleteImportedKeyMaterial`,
//! `API_ScheduleKeyDeletion`, and "Deleting imported key material" of the developer guide; checked on 2026-11-22.

use super::key_ref::KeyRef;
use super::script::key;
use crate::key::spec::KeySpec;
use crate::key::stage::Stage;
use crate::provider::revocation::{Holding, Revocation, RevocationError};
use crate::provider::script::{ScriptError, Word};

/// Version 2 of the CLI shows answers in a pager, which would wait for a key.
const NO_PAGER: &str = "AWS_PAGER=''\nexport AWS_PAGER";

pub(super) fn revoke(stage: Stage, holding: &Holding<'_>) -> Result<Revocation, RevocationError> {
    let key = holding.target.and_then(KeyRef::parse).ok_or(RevocationError::Unnamed("key"))?;
    if !holding.strangers.is_empty() {
        return Ok(Revocation::beside(holding.strangers));
    }
    // Only the key of a symmetric type takes new material; any other has one for ever.
    let is_symmetric = matches!(holding.spec, KeySpec::Aes(_));
    let shares = is_symmetric && (holding.earlier.any() || holding.later.any());
    let made = match stage {
        _ if !is_symmetric && (holding.earlier.needed() || holding.later.needed()) => Ok(Revocation::in_words(
            "nothing: a KMS key of this type has one material, manifests name it for several versions, and one of the \
             others is needed",
            "whichever version is there",
            "nothing is done there: see which version it is (aws kms get-public-key), then stop it by hand",
        )),
        Stage::Destroy if shares => Ok(Revocation::in_words(
            "nothing: AWS keeps the material of each version to decrypt with, and deleting one of them stops the whole \
             key, later versions too",
            "everything, decryption of what this version encrypted included",
            "nothing is done there: move the data to another KMS key, then delete this one as a whole",
        )),
        Stage::Destroy => destroy(&key),
        _ if holding.later.any() && shares => Ok(Revocation::in_words(
            "nothing: AWS encrypts under the newest material only, and cannot pause an earlier one",
            "decryption of what this version encrypted; disabling the key would stop the later versions too",
            "nothing is done there: whoever must stop decryption disables the whole key (aws kms disable-key)",
        )),
        // The newest material cannot be paused without the earlier ones either.
        _ if holding.earlier.needed() => Ok(Revocation::in_words(
            "nothing: KMS has one switch for the key with all its materials, and an earlier version is needed",
            "everything under this key, encryption under this version included",
            "nothing is done there: rotate the key to a new material first; whoever must stop everything disables the \
             whole key (aws kms disable-key)",
        )),
        _ => disable(&key),
    };
    Ok(made?)
}

fn disable(target: &KeyRef<'_>) -> Result<Revocation, ScriptError> {
    Revocation::in_words(
        "AWS refuses every use of the whole key, decryption and the earlier materials in it included: KMS has no state \
         in which a key only decrypts",
        "aliases, grants and policies stay; services that cached data keys go on until they ask again",
        "at any time, as long as the key is not deleted:",
    )
    .after(NO_PAGER)
    .run(&words("aws kms disable-key", target, &[]))?
    .undo(&words("aws kms enable-key", target, &[]))
}

fn destroy(target: &KeyRef<'_>) -> Result<Revocation, ScriptError> {
    Revocation::in_words(
        "the material is deleted at once and the key waits for import; after 30 days the key itself is deleted, and what \
         a symmetric one encrypted is lost even to who has the material",
        "nothing under this key",
        "within the 30 days the deletion can be cancelled; the key works again only when the very same material is \
         imported, which byok does not do for a revoked version:",
    )
    .after(NO_PAGER)
    .run(&words("aws kms delete-imported-key-material", target, &[]))?
    .run(&words("aws kms schedule-key-deletion", target, &[Word::Own("--pending-window-in-days 30")]))?
    .undo(&words("aws kms cancel-key-deletion", target, &[]))
}

fn words<'a>(command: &'static str, target: &KeyRef<'a>, rest: &[Word<'a>]) -> Vec<Word<'a>> {
    [&[Word::Own(command)], key(target).as_slice(), rest].concat()
}
