//! Back at Google: the earlier version becomes the primary one again, where there is a primary one.

use super::ID;
use super::names::{CRYPTO_KEYS, Name};
use super::script::{SYMMETRIC, ring, words};
use crate::provider::script::{Script, Word};
use crate::provider::{PackageError, WayBack, WayBackRequest};

pub(super) fn way_back(request: &WayBackRequest<'_>) -> Result<WayBack, PackageError> {
    let key =
        request.new.target.and_then(|key| Name::parse(key, CRYPTO_KEYS)).ok_or(PackageError::Destination("key"))?;
    if request.algorithm != Some(SYMMETRIC) {
        return Ok(WayBack::none(&[
            "keys of this algorithm have no primary version: whoever names the new version names the old one again",
            "`gcloud kms keys versions disable` stops the new one; `enable` brings it back",
        ]));
    }
    let Some(old) = request.old.version.filter(|_| request.old.target == request.new.target) else {
        return Ok(WayBack::none(&[
            "the old version becomes the primary one again with `gcloud kms keys update KEY --primary-version=N`; its \
             number there was never confirmed to byok",
            "what was encrypted under the new version stays readable while that version is enabled",
        ]));
    };
    let mut script = Script::bare(&request.title(ID))?;
    script.lines("# New data is encrypted under the primary version.");
    let update = [Word::Own("gcloud kms keys update"), Word::Value(key.id)];
    script.command(0, &[&update, ring(key.ring).as_slice(), &[Word::Pair("--primary-version", old)]].concat())?;
    script.lines("# To stop the new version, once nothing is left that was encrypted under it:");
    let new = request.new.version.map_or(Word::Own("VERSION"), Word::Value);
    let disable = words(Word::Own("gcloud kms keys versions disable"), key, &[new]);
    script.remark(&disable)?;
    Ok(WayBack::by(&["what was encrypted under the new version stays readable while that version is enabled"], script))
}
