//! Back at OpenBao: new data always goes under the latest version, so the old material is imported once more.
//!
//! Transit takes the same material twice; tried on OpenBao 2.7.2.

use super::import::{BEGIN, CIPHERTEXT, DONE, FIND_CLI, IS_NUMBER, LOOK, next};
use super::{ID, SPELLINGS, is_mount, is_transit_name};
use crate::provider::script::Word;
use crate::provider::way_back::{again, again_takes};
use crate::provider::{PackageError, WayBack, WayBackRequest};

const LATEST: &str = "OpenBao and Vault write new data under the latest version, and no command makes an earlier one the \
                      latest again: the old material is imported once more, as the next version";
const OPEN: &str = "what was written under either version stays readable";
const ASK: &str = "an application that can name the version in its requests (key_version) can go back at once";

/// Further words are for whoever has looked at the server: which version this is to follow.
const AFTER: &str = r#"if [ "${2:-}" = --after ]; then
    follows=${3:?the version that this is to follow}
fi"#;

/// Where the new version never arrived, there is nothing to go back from.
const IN_ORDER: &str = r#"if [ -n "$before" ] && [ "$latest" = "$before" ]; then
    echo "$name: the latest version of $key is $latest still, which is the old one; nothing was done" >&2
    exit 0
fi
if [ "$latest" != "$follows" ]; then
    echo "$name: $key is at version $latest, and the new one is version ${follows:-unknown to byok}; nothing was done" >&2
    echo "$name: this may have been done already. If not: sh $0 BUNDLE --after $latest" >&2
    exit 3
fi"#;

pub(super) fn way_back(request: &WayBackRequest<'_>) -> Result<WayBack, PackageError> {
    let target = request.new.target.filter(|target| is_transit_name(target)).ok_or(PackageError::Destination("key"))?;
    let mount = request.new.mount.filter(|mount| is_mount(mount)).ok_or(PackageError::Destination("mount"))?;
    let method = request.old.method;
    let hash = SPELLINGS.iter().find(|(_, known)| Some(*known) == method).map(|(spelling, _)| *spelling);
    let Some((sha256, hash)) = request.old_file(CIPHERTEXT).zip(hash) else {
        let again =
            format!("byok wrap-for-import {} --provider {ID} makes a bundle with the old material", request.old.id);
        return Ok(WayBack::none(&[LATEST, &again, OPEN, ASK]));
    };
    let mut script = again(&request.title(ID), (CIPHERTEXT, sha256), true)?;
    script.once();
    script.lines(FIND_CLI);
    script.lines(IS_NUMBER);
    script.command(0, &[Word::Pair("key", &format!("{mount}/keys/{target}"))])?;
    let number = |version: Option<&str>| version.and_then(|version| version.parse::<u64>().ok());
    let (old, new) = (number(request.old.version), number(request.new.version));
    // Where nobody saw the new version there, it is the one after the old one, if it is there at all.
    let follows = new.or_else(|| old?.checked_add(1));
    let shown = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
    script.command(0, &[Word::Line(&format!("before={}\nfollows={}", shown(old), shown(follows)))])?;
    script.lines(AFTER);
    script.lines(LOOK);
    script.lines(IN_ORDER);
    script.lines(BEGIN);
    next(&mut script, 0, hash)?;
    script.lines(DONE);
    let takes = again_takes(request.old.id);
    Ok(WayBack::by(&[LATEST, &takes, OPEN, ASK], script))
}
