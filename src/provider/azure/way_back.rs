//! Back at Azure: the newest version is the current one, so the old material is imported once more.

use super::bundle::{TRANSFER, import_once, import_words};
use super::key_url::KeyUrl;
use crate::key::spec::Purpose;
use crate::provider::way_back::{again, again_takes};
use crate::provider::{PackageError, WayBack, WayBackRequest};

const CURRENT: &str = "the newest version is the current one, and no command makes an earlier one current again: the old \
                       material is imported once more, as the next version";
const NAMED: &str = "whoever names a version (a kid) names the old one again; that needs no import";
const KEK: &str = "the bundle is taken while its KEK is there; after that, byok wrap-for-import makes another";

pub(in super::super) fn way_back(request: &WayBackRequest<'_>) -> Result<WayBack, PackageError> {
    let target = request.new.target.ok_or(PackageError::Destination("key"))?;
    let url = KeyUrl::parse(target).map_err(|_| PackageError::Destination("key"))?;
    let Some((sha256, algorithm)) = request.old_file(TRANSFER).zip(request.algorithm) else {
        let again = format!("byok wrap-for-import {} makes a bundle with the old material", request.old.id);
        return Ok(WayBack::none(&[NAMED, CURRENT, &again]));
    };
    let purpose = request.purpose.unwrap_or(Purpose::Sign);
    let mut script = again(&request.title(url.service.id()), (TRANSFER, sha256), false)?;
    script.once();
    import_once(&mut script, &import_words(&url, algorithm, purpose))?;
    let takes = again_takes(request.old.id);
    Ok(WayBack::by(&[NAMED, CURRENT, &takes, KEK], script))
}
