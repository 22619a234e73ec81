//! Back at OpenBao: new data always goes under the latest version, so the old material is imported once more.
//!
//! Transit takes the same material twice; tried on OpenBao 2.7.2.

use super::{CIPHERTEXT, FIND_CLI, ID, SPELLINGS};
use crate::provider::script::Word;
use crate::provider::way_back::{again, again_takes};
use crate::provider::{PackageError, WayBack, WayBackRequest};

const LATEST: &str = "OpenBao and Vault write new data under the latest version, and no command makes an earlier one the \
                      latest again: the old material is imported once more, as the next version";
const OPEN: &str = "what was written under either version stays readable";
const ASK: &str = "an application that can name the version in its requests (key_version) can go back at once";

pub(super) fn way_back(request: &WayBackRequest<'_>) -> Result<WayBack, PackageError> {
    let target = request.new.target.ok_or(PackageError::Destination("key"))?;
    let mount = request.new.mount.ok_or(PackageError::Destination("mount"))?;
    let method = request.old.method;
    let hash = SPELLINGS.iter().find(|(_, known)| Some(*known) == method).map(|(spelling, _)| *spelling);
    let Some((sha256, hash)) = request.old_file(CIPHERTEXT).zip(hash) else {
        let again =
            format!("byok wrap-for-import {} --provider {ID} makes a bundle with the old material", request.old.id);
        return Ok(WayBack::none(&[LATEST, &again, OPEN, ASK]));
    };
    let mut script = again(&request.title(ID), (CIPHERTEXT, sha256))?;
    script.lines(FIND_CLI);
    let path = format!("{mount}/keys/{target}/import_version");
    script.command(
        0,
        &[
            Word::Own("\"$cli\" write"),
            Word::Value(&path),
            Word::Own("ciphertext=@ciphertext.b64"),
            Word::Pair("hash_function", hash),
        ],
    )?;
    let takes = again_takes(request.old.id);
    Ok(WayBack::by(&[LATEST, &takes, OPEN, ASK], script))
}
