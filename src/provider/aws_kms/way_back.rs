//! Back at AWS: never within a symmetric key; between two keys by the alias.

use super::ID;
use super::key_ref::KeyRef;
use crate::key::spec::KeySpec;
use crate::provider::script::{Script, Word};
use crate::provider::{PackageError, WayBack, WayBackRequest};

pub(super) fn way_back(request: &WayBackRequest<'_>) -> Result<WayBack, PackageError> {
    let new = request.new.target.and_then(KeyRef::parse).ok_or(PackageError::Destination("key"))?;
    let old = request.old.target.and_then(KeyRef::parse);
    if let Some(old) = old.filter(|old| !old.agrees(&new)) {
        return between_keys(request, old, new);
    }
    if matches!(request.spec, KeySpec::Aes(_)) {
        return Ok(WayBack::none(&[
            "AWS has no way back once rotate-key-on-demand was run: no command makes earlier material of a key current \
             again",
            "both materials stay in the key, and everything that was encrypted stays readable while both are there",
            "before rotate-key-on-demand: `aws kms delete-imported-key-material --key-id KEY --key-material-id ID` takes \
             the pending material out again; without --key-material-id it would be the current one",
            "after it, the way on is another rotation, or a new AWS key and the alias",
        ]));
    }
    Ok(WayBack::none(&[
        "the material of such a key never changes: the AWS key that holds the old version is not recorded",
    ]))
}

/// Whoever uses the alias uses the key behind it.
fn between_keys(request: &WayBackRequest<'_>, old: KeyRef<'_>, new: KeyRef<'_>) -> Result<WayBack, PackageError> {
    let mut script = Script::bare(&request.title(ID))?;
    script.lines(
        "if [ $# -ne 1 ]; then\n    echo \"usage: $0 alias/NAME\" >&2\n    exit 2\nfi\nAWS_PAGER=''\nexport AWS_PAGER",
    );
    let region = old.region().map(|region| [Word::Own("--region"), Word::Value(region)]);
    let region: Vec<Word<'_>> = region.into_iter().flatten().collect();
    let update = [Word::Own("aws kms update-alias --alias-name \"$1\" --target-key-id"), Word::Value(old.text)];
    script.command(0, &[&update, region.as_slice()].concat())?;
    script.lines("# To stop the new key, once nothing is left that needs it:");
    script
        .remark(&[&[Word::Own("aws kms disable-key --key-id"), Word::Value(new.text)], region.as_slice()].concat())?;
    Ok(WayBack::by(
        &[
            "the two versions are two AWS keys: the alias leads to the old one again, and whoever names a key ID changes it",
            "rollback.sh takes one argument: alias/NAME",
            "what was made under the new key needs that key for as long as it is to be checked or opened",
        ],
        script,
    ))
}
