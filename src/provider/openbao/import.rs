//! The bundle for transit: the blob, and `import.sh`, which adds no version twice.
//!
//! The server counts versions up and keeps no word of ours beside them, so that the number before the import, which byok
//! knows from what the server answered last, is what tells whether this import was done. Tried on OpenBao 2.7.2.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{ID, SPELLINGS};
use crate::provider::package::SCRIPT_NAME;
use crate::provider::script::{Script, ScriptError, Word};
use crate::provider::{Package, PackageError, PackageRequest};

pub(super) const CIPHERTEXT: &str = "ciphertext.b64";

/// Where the provider's client is.
pub(super) const FIND_CLI: &str = r#"if command -v bao >/dev/null 2>&1; then
    cli=bao
elif command -v vault >/dev/null 2>&1; then
    cli=vault
else
    echo "$name: neither bao nor vault is on the PATH" >&2
    exit 127
fi"#;

/// Where people say which version it is to follow, one that was imported before is imported once more: behind all that is
/// there it is told from versions that nobody has confirmed.
const AGAIN: &str = r#"[ "${1-}" != --after ] || again=yes"#;

/// Another number is for people to judge: they say which version this one is to follow.
const AFTER: &str = r#"if [ $# -eq 2 ] && [ "$1" = --after ]; then
    follows=$2
elif [ $# -ne 0 ]; then
    echo "usage: $0 [--after VERSION]" >&2
    exit 2
fi"#;

/// What a server answers is a number, or is not used: it goes into comparisons, sums, and files that people run.
pub(super) const IS_NUMBER: &str = r"is_number() {
    case $1 in '' | 0?* | *[!0-9]* | ??????????*) return 1 ;; esac
}";

/// A key that is not there has version 0; any other failure of the question is the end. A number tells what an earlier
/// run left undone, and never what it did: somebody else may have added the version.
pub(super) const LOOK: &str = r#"latest=$("$cli" read -field=latest_version "$key" 2>/dev/null) || {
    code=0
    said=$("$cli" read -field=latest_version "$key" 2>&1) || code=$?
    case $code$said in
    2*"No value found"*) latest=0 ;;
    *)
        printf '%s\n' "$said" "$name: the latest version of $key cannot be read; nothing was done" >&2
        [ "$code" -ne 0 ] || code=1
        exit "$code"
        ;;
    esac
}
is_number "$latest" || {
    echo "$name: the latest version of $key is no number; nothing was done" >&2
    exit 1
}
if marked importing && [ "$content" != "after version $latest" ]; then
    unclear "$cli read $key, which is at version $latest"
fi"#;

const FIRST_ALONE: &str = r#"if [ "$latest" != 0 ]; then
    echo "$name: $key is there already, at version $latest, and this is the first of its key; nothing was done" >&2
    exit 3
fi"#;

const IN_ORDER: &str = r#"if [ "$latest" != 0 ] && [ "$latest" != "$follows" ]; then
    echo "$name: $key is at version $latest, and byok last saw version ${follows:-none}; nothing was done" >&2
    echo "$name: this, or a version before it that was never confirmed, may have been imported already: byok confirm-import," >&2
    echo "$name: the oldest of them first. If not: sh $0 --after $latest" >&2
    exit 3
fi"#;

/// What failed, and was done all the same, shows in the number.
pub(super) const BEGIN: &str = r#"begin "after version $latest""#;

pub(super) const DONE: &str = r#"finish "version $((latest + 1))""#;

pub(super) fn package(request: &PackageRequest<'_>) -> Result<Package, PackageError> {
    if request.wrapped.is_empty() {
        return Err(PackageError::Empty);
    }
    let ciphertext = STANDARD.encode(request.wrapped).into_bytes();
    let script = script(request, &ciphertext)?;
    Ok(Package { files: vec![(CIPHERTEXT.to_owned(), ciphertext), (SCRIPT_NAME.to_owned(), script)] })
}

fn script(request: &PackageRequest<'_>, ciphertext: &[u8]) -> Result<Vec<u8>, PackageError> {
    let target = request.destination.target().ok_or(PackageError::Destination("key"))?;
    let mount = request.destination.mount().ok_or(PackageError::Destination("mount"))?;
    let hash = SPELLINGS.iter().find(|(_, method)| *method == request.method).map(|(spelling, _)| *spelling);
    let hash = hash.ok_or(PackageError::Method { provider: ID, method: request.method })?;
    let mut script = Script::new(&format!("{} for {ID}, {}", request.source, request.method))?;
    script.check_file(CIPHERTEXT, ciphertext);
    let is_alone = request.source.is_first() && request.others == 0;
    if !is_alone {
        script.lines(AGAIN);
    }
    script.once();
    script.lines(FIND_CLI);
    script.lines(IS_NUMBER);
    script.command(0, &[Word::Pair("key", &format!("{mount}/keys/{target}"))])?;
    if is_alone {
        script.lines(LOOK);
        // A first version never ends up in somebody else's key.
        script.lines(FIRST_ALONE);
        script.lines(BEGIN);
        first(&mut script, 0, hash, request.algorithm)?;
    } else {
        script.lines("# The last version that byok saw there; nothing where it saw none.");
        let follows = request.latest.map_or_else(|| "follows=".to_owned(), |latest| format!("follows={latest}"));
        script.command(0, &[Word::Line(&follows)])?;
        script.lines(AFTER);
        script.lines(LOOK);
        script.lines(IN_ORDER);
        script.lines(BEGIN);
        script.lines("if [ \"$latest\" = 0 ]; then");
        first(&mut script, 1, hash, request.algorithm)?;
        script.lines("else");
        next(&mut script, 1, hash)?;
        script.lines("fi");
    }
    script.lines(DONE);
    Ok(script.into_bytes())
}

fn first(script: &mut Script, indent: usize, hash: &str, algorithm: &str) -> Result<(), ScriptError> {
    script.command(
        indent,
        &[
            Word::Own("\"$cli\" write \"$key/import\" ciphertext=@ciphertext.b64"),
            Word::Pair("hash_function", hash),
            Word::Pair("type", algorithm),
        ],
    )
}

/// One more version.
pub(super) fn next(script: &mut Script, indent: usize, hash: &str) -> Result<(), ScriptError> {
    script.command(
        indent,
        &[
            Word::Own("\"$cli\" write \"$key/import_version\" ciphertext=@ciphertext.b64"),
            Word::Pair("hash_function", hash),
        ],
    )
}
