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

/// Another number is for people to judge: they say which version this one is to follow.
const AFTER: &str = r#"if [ $# -eq 2 ] && [ "$1" = --after ]; then
    follows=$2
elif [ $# -ne 0 ]; then
    echo "usage: $0 [--after VERSION]" >&2
    exit 2
fi"#;

/// No answer is no version: `import` is refused by a server that has the key all the same. An import that was cut short
/// after the server had it is one that was done.
pub(super) const LOOK: &str = r#"latest=$("$cli" read -field=latest_version "$key" 2>/dev/null) || latest=0
if marked importing && [ "$latest" = "$((${content%%[!0-9]*} + 1))" ]; then
    mark imported "version $latest"
    echo "$name: an earlier run was cut short after the import of version $latest; nothing was done" >&2
    exit 0
fi"#;

const FIRST_ALONE: &str = r#"if [ "$latest" != 0 ]; then
    echo "$name: $key is there already, at version $latest, and this is the first of its key; nothing was done" >&2
    exit 3
fi"#;

const IN_ORDER: &str = r#"if [ "$latest" != 0 ] && [ "$latest" != "$follows" ]; then
    echo "$name: $key is at version $latest, and byok last saw version ${follows:-none}; nothing was done" >&2
    echo "$name: this may have been imported already: byok confirm-import. If not: sh $0 --after $latest" >&2
    exit 3
fi"#;

/// What fails was not done.
pub(super) const FAILED: &str = r#"|| { code=$?; rm -f "$marks.importing"; exit "$code"; }"#;

pub(super) const DONE: &str = r#"mark imported "version $((latest + 1))""#;

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
    script.once();
    script.lines(FIND_CLI);
    script.command(0, &[Word::Pair("key", &format!("{mount}/keys/{target}"))])?;
    let is_alone = request.source.is_first() && request.others == 0;
    if is_alone {
        script.lines(LOOK);
        // A first version never ends up in somebody else's key.
        script.lines(FIRST_ALONE);
        script.lines("mark importing 0");
        first(&mut script, 0, hash, request.algorithm)?;
    } else {
        script.lines("# The last version that byok saw there; nothing where it saw none.");
        let follows = request.latest.map_or_else(|| "follows=".to_owned(), |latest| format!("follows={latest}"));
        script.command(0, &[Word::Line(&follows)])?;
        script.lines(AFTER);
        script.lines(LOOK);
        script.lines(IN_ORDER);
        script.lines("mark importing \"$latest\"\nif [ \"$latest\" = 0 ]; then");
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
            Word::Own(FAILED),
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
            Word::Own(FAILED),
        ],
    )
}
