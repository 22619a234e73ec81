//! `key.byok` and `import.sh`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::super::package::SCRIPT_NAME;
use super::super::script::{Script, ScriptError, Word};
use super::super::{Package, PackageError, PackageRequest};
use super::MECHANISM;
use super::key_url::{Cloud, KeyUrl};
use crate::key::spec::Purpose;

pub(super) const TRANSFER: &str = "key.byok";

/// The key transfer blob of the specification, member for member.
#[derive(Serialize)]
struct Transfer<'a> {
    schema_version: &'static str,
    header: Header<'a>,
    /// base64url without padding.
    ciphertext: String,
    /// For Microsoft's support only.
    generator: &'static str,
}

#[derive(Serialize)]
struct Header<'a> {
    kid: &'a str,
    alg: &'static str,
    enc: &'static str,
}

pub(in super::super) fn package(request: &PackageRequest<'_>) -> Result<Package, PackageError> {
    if request.wrapped.is_empty() {
        return Err(PackageError::Empty);
    }
    let kid = request.challenge.resource.as_deref().ok_or(PackageError::Destination("KEK"))?;
    let transfer = Transfer {
        schema_version: "1.0.0",
        header: Header { kid, alg: "dir", enc: MECHANISM },
        ciphertext: URL_SAFE_NO_PAD.encode(request.wrapped),
        generator: concat!("byok;", env!("CARGO_PKG_VERSION")),
    };
    let transfer = serde_json::to_vec(&transfer).map_err(|_| PackageError::Destination("KEK"))?;
    let script = script(request, &transfer)?;
    Ok(Package { files: vec![(TRANSFER.to_owned(), transfer), (SCRIPT_NAME.to_owned(), script)] })
}

const ADDS: &str =
    "# If there is a key of this name already, this adds a version to it, which becomes the current one.";
const DISABLE: &str = "
# To undo it: a version cannot be deleted alone, only disabled. VERSION ends the kid that the import printed.";
const DELETE: &str =
    "# A key can be deleted with all its versions. Its name is free again when it is purged, by hand or
# after the 7 to 90 days of the vault's or HSM's own setting; with purge protection only after them.";

fn script(request: &PackageRequest<'_>, transfer: &[u8]) -> Result<Vec<u8>, PackageError> {
    let target = request.destination.target().ok_or(PackageError::Destination("key"))?;
    let url = KeyUrl::parse(target).map_err(|_| PackageError::Destination("key"))?;
    let az = |verb: &'static str, rest: &[Word<'static>]| [&[Word::Own(verb)], &place(&url)[..], rest].concat();

    let mut script = Script::new(&format!("{} for {}, {MECHANISM}", request.source, url.service.id()))?;
    script.check_file(TRANSFER, transfer);
    script.once();
    if url.cloud != Cloud::Public {
        script.lines("# This one is in another cloud than az uses when nothing was said:");
        script.remark(&[Word::Own("az cloud set --name"), Word::Value(url.cloud.name())])?;
    }
    script.lines(ADDS);
    import_once(&mut script, &import_words(&url, request.algorithm, request.purpose))?;
    script.lines(DISABLE);
    script.remark(&az("az keyvault key set-attributes", &[Word::Own("--version VERSION --enabled false")]))?;
    script.lines(DELETE);
    script.remark(&az("az keyvault key delete", &[]))?;
    script.remark(&az("az keyvault key purge", &[]))?;
    Ok(script.into_bytes())
}

/// Nothing there tells one version from another, and `az` fails as well where Azure has the version and its answer was lost:
/// what did not end well is for people to look at.
const UNCLEAR: &str = r"if marked importing; then
    unclear 'az keyvault key list-versions'
fi
begin begun";

/// An import that is not done a second time.
pub(super) fn import_once(script: &mut Script, import: &[Word<'_>]) -> Result<(), ScriptError> {
    script.lines(UNCLEAR);
    script.command(0, import)?;
    script.lines("finish 'as the newest version'");
    Ok(())
}

/// The key, for any command about it.
fn place(url: &KeyUrl) -> [Word<'_>; 4] {
    [Word::Own(url.service.option()), Word::Value(&url.place), Word::Own("--name"), Word::Value(&url.name)]
}

/// The command that imports the transfer file as a version of a key.
pub(super) fn import_words<'a>(url: &'a KeyUrl, algorithm: &'a str, purpose: Purpose) -> Vec<Word<'a>> {
    // The CLI appends -HSM to the type itself (azure-cli 2.91.0, import_key).
    let (kty, curve) = match algorithm.strip_suffix("-HSM") {
        Some(kty) => (kty, None),
        None => ("EC", Some(algorithm)),
    };
    let mut import = vec![Word::Own("az keyvault key import")];
    import.extend(place(url));
    import.extend([Word::Own("--byok-file key.byok --kty"), Word::Value(kty)]);
    if let Some(curve) = curve {
        import.extend([Word::Own("--curve"), Word::Value(curve)]);
    }
    import.push(Word::Own(operations(purpose)));
    import
}

/// A key does one thing there too. Without `--ops` Azure allows all that the type can do.
fn operations(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Encrypt => "--ops encrypt decrypt",
        Purpose::Mac | Purpose::Sign => "--ops sign verify",
        Purpose::Wrap => "--ops wrapKey unwrapKey",
    }
}
