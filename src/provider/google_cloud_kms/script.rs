//! The bundle for Google: the wrapped key, and `import.sh`.

use super::ID;
use super::names::{CRYPTO_KEYS, IMPORT_JOBS, KeyRing, Name};
use crate::provider::package::SCRIPT_NAME;
use crate::provider::script::{Script, ScriptError, Word};
use crate::provider::{Package, PackageError, PackageRequest};

const WRAPPED: &str = "wrapped-key.bin";

/// Only keys of this algorithm have a primary version.
pub(super) const SYMMETRIC: &str = "google-symmetric-encryption";

/// An import goes on after the command has returned, and shows only in the version's state whether it succeeded. What Google
/// answers is a number and a word, or is not used.
const BEGUN: &str = r#"version=
if marked importing; then
    version=${content#version }
    [ "$content" != begun ] ||
        stop "$name: an earlier run was cut short: see gcloud kms keys versions list; nothing was done" \
            "$name: if it made version N: write '$bundle version N' into $marks.importing" \
            "$name: if it made none: remove that file. Then run this again"
else
    begin begun"#;
const NUMBER: &str = r#"fi
case $version in
'' | 0* | *[!0-9]*)
    echo "$name: the version is no number" >&2
    exit 1
    ;;
esac
mark importing "version $version" "but version $version is there: do not run this again""#;
const WAIT: &str = r#"state=PENDING_IMPORT
tries=0
while [ "$state" = PENDING_IMPORT ] && [ "$tries" -lt 60 ]; do
    [ "$tries" -eq 0 ] || sleep 5
    tries=$((tries + 1))"#;
const ENABLED: &str = r#"    case $state in *[!A-Z_]*) state=unknown ;; esac
done
if [ "$state" = PENDING_IMPORT ]; then
    echo "import.sh: version $version is $state: run this again, it goes on with this version" >&2
    exit 4
elif [ "$state" != ENABLED ]; then
    [ "$state" != IMPORT_FAILED ] || rm -f "$marks.importing"
    echo "import.sh: version $version is $state" >&2
    exit 1
fi"#;

pub(super) fn package(request: &PackageRequest<'_>) -> Result<Package, PackageError> {
    if request.wrapped.is_empty() {
        return Err(PackageError::Empty);
    }
    let job = request.challenge.resource.as_deref().and_then(|job| Name::parse(job, IMPORT_JOBS));
    let key = request.destination.target().and_then(|key| Name::parse(key, CRYPTO_KEYS));
    let job = job.ok_or(PackageError::Destination("import job"))?;
    let key = key.ok_or(PackageError::Destination("key"))?;
    let script = script(request, job, key)?;
    Ok(Package { files: vec![(WRAPPED.to_owned(), request.wrapped.to_vec()), (SCRIPT_NAME.to_owned(), script)] })
}

fn script(request: &PackageRequest<'_>, job: Name<'_>, key: Name<'_>) -> Result<Vec<u8>, PackageError> {
    let mut script = Script::new(&format!("{} for {ID}, {}", request.source, request.method))?;
    script.check_file(WRAPPED, request.wrapped);
    script.once();
    script.lines("# The key is made once, before the first import, with the protection level of the import job:");
    create(&mut script, request.algorithm, key)?;
    script.lines("# An import makes one more version. A run that was cut short goes on with the version that it made.");
    script.lines(BEGUN);
    let import = [
        Word::Pair("--import-job", job.id),
        Word::Pair("--algorithm", request.algorithm),
        Word::Own("--wrapped-key-file=wrapped-key.bin --format='value(name.basename())')"),
    ];
    script.command(1, &words(Word::Own("version=$(gcloud kms keys versions import"), key, &import))?;
    script.lines(NUMBER);
    script.lines(WAIT);
    let state = [Word::Own("--format='value(state)')")];
    script.command(1, &words(Word::Own("state=$(gcloud kms keys versions describe \"$version\""), key, &state))?;
    script.lines(ENABLED);
    if request.algorithm == SYMMETRIC {
        script.lines("# New data is encrypted under the primary version.");
        let update = [Word::Own("gcloud kms keys update"), Word::Value(key.id)];
        let primary = [Word::Own("--primary-version=\"$version\"")];
        script.command(0, &[&update, ring(key.ring).as_slice(), &primary].concat())?;
    }
    script.lines("finish \"version $version\"");
    undo(&mut script, key)?;
    Ok(script.into_bytes())
}

fn create(script: &mut Script, algorithm: &str, key: Name<'_>) -> Result<(), ScriptError> {
    let create = [Word::Own("gcloud kms keys create"), Word::Value(key.id)];
    let purpose = [Word::Pair("--purpose", purpose(algorithm))];
    let default = (algorithm != SYMMETRIC).then_some(Word::Pair("--default-algorithm", algorithm));
    let rest = [Word::Own("--protection-level=LEVEL --skip-initial-version-creation --import-only")];
    script.remark(&[&create, ring(key.ring).as_slice(), &purpose, default.as_slice(), &rest].concat())
}

fn undo(script: &mut Script, key: Name<'_>) -> Result<(), ScriptError> {
    script.lines("# To stop its use, and to have it destroyed when the key's waiting time is over:");
    for command in ["gcloud kms keys versions disable VERSION", "gcloud kms keys versions destroy VERSION"] {
        script.remark(&words(Word::Own(command), key, &[]))?;
    }
    Ok(())
}

/// `--purpose` of the key that takes versions of this algorithm.
fn purpose(algorithm: &str) -> &'static str {
    let is = |start: &str| algorithm.starts_with(start);
    if algorithm == SYMMETRIC {
        "encryption"
    } else if is("aes-") {
        "raw-encryption"
    } else if is("hmac-") {
        "mac"
    } else if is("rsa-decrypt-") {
        "asymmetric-encryption"
    } else {
        "asymmetric-signing"
    }
}

/// A command about versions of the key.
pub(super) fn words<'a>(command: Word<'a>, key: Name<'a>, rest: &[Word<'a>]) -> Vec<Word<'a>> {
    let key_words = [Word::Pair("--key", key.id)];
    [&[command], ring(key.ring).as_slice(), &key_words, rest].concat()
}

pub(super) fn ring(ring: KeyRing<'_>) -> [Word<'_>; 3] {
    let KeyRing { project, location, ring } = ring;
    [Word::Pair("--project", project), Word::Pair("--location", location), Word::Pair("--keyring", ring)]
}
