//! The transit engine: versions of a key are ordered, and the lowest that encrypts, decrypts or is kept can be set; a whole
//! key can be hidden and brought back (`OpenBao` alone), or deleted.
//!
//! <https://openbao.org/api-docs/secret/transit/#update-key-configuration>; tried on `OpenBao` 2.7.2.

use super::is_transit_name;
use crate::key::stage::Stage;
use crate::provider::revocation::{Holding, Others, Revocation, RevocationError};
use crate::provider::script::{ScriptError, Word, line};

/// What `import.sh` does too.
const FIND_CLI: &str = "\
if command -v bao >/dev/null 2>&1; then
    cli=bao
elif command -v vault >/dev/null 2>&1; then
    cli=vault
else
    echo 'neither bao nor vault is on the PATH' >&2
    exit 127
fi";

/// Where no answer of the server was read, whoever runs the script says which version it is.
const VERSION: &str = "# The version is the latest_version that the server showed after the import.\n\
                       version=${1:?the number of the version in transit}\nnext=$((version + 1))";

pub(super) fn revoke(stage: Stage, holding: &Holding<'_>) -> Result<Revocation, RevocationError> {
    let target = holding.target.filter(|target| is_transit_name(target)).ok_or(RevocationError::Unnamed("key"))?;
    let key = format!("{}/keys/{target}", holding.mount.unwrap_or("transit"));
    let version: Option<u32> = holding.key_version.and_then(|version| version.parse().ok());
    if let Some(words) = spared(stage, holding) {
        return Ok(words);
    }
    let made = match (stage, holding.later.any()) {
        (Stage::Deactivate, true) => Versions::of(&key, version).and_then(|versions| versions.encrypt_no_more()),
        (Stage::Suspend | Stage::Compromise, true) => {
            Versions::of(&key, version).and_then(|versions| versions.decrypt_no_more())
        }
        (Stage::Destroy, true) => Versions::of(&key, version).and_then(|versions| versions.trim()),
        (Stage::Destroy, false) => deleted(&key),
        (_, false) => hidden(&key),
    };
    Ok(made?)
}

/// Transit knows only "this version and those before it", and the key as a whole: where one of the others is needed for
/// what a command would stop, there is none.
fn spared(stage: Stage, holding: &Holding<'_>) -> Option<Revocation> {
    let encrypts_alone = stage == Stage::Deactivate && holding.later.any();
    let hit = if encrypts_alone { holding.earlier == Others::Protect } else { holding.earlier.needed() };
    hit.then(|| {
        Revocation::in_words(
            "nothing: transit cannot stop or delete this version without those before it, and one of them is needed",
            "everything, this version included, for whoever may use the key there",
            "nothing is done there: make the key's users name another version or take the key out of their policies; \
             when nothing depends on the earlier versions, ask again",
        )
    })
}

/// A version that has later ones after it in the same key.
struct Versions {
    /// The command that writes the key's configuration, quoted.
    config: String,
    trim: String,
    /// The one after it, when its own number is known.
    next: Option<String>,
    own: Option<String>,
}

impl Versions {
    fn of(key: &str, version: Option<u32>) -> Result<Self, ScriptError> {
        let config = line(&[Word::Own("\"$cli\" write"), Word::Value(&format!("{key}/config"))])?;
        let next = version.and_then(|version| version.checked_add(1)).map(|next| next.to_string());
        let own = version.map(|version| version.to_string());
        Ok(Self { config, trim: format!("{key}/trim"), next, own })
    }

    fn encrypt_no_more(&self) -> Result<Revocation, ScriptError> {
        self.start(Revocation::in_words(
            "the server refuses to encrypt or sign under this version and those before it",
            "decryption and verification of what they protected",
            "at any time:",
        ))
        .run(&[self.write(), self.encrypts_from_next()])?
        .undo(&[self.write(), self.encrypts_from_this()])
    }

    /// The server wants the lowest version that encrypts to be one that decrypts.
    fn decrypt_no_more(&self) -> Result<Revocation, ScriptError> {
        self.start(Revocation::in_words(
            "the server refuses to decrypt, verify or encrypt under this version and those before it",
            "later versions of the key",
            "at any time, as long as the versions are not trimmed:",
        ))
        .run(&[self.write(), self.decrypts_from_next(), self.encrypts_from_next()])?
        .undo(&[self.write(), self.decrypts_from_this(), self.encrypts_from_this()])
    }

    fn trim(&self) -> Result<Revocation, ScriptError> {
        let available = pair("min_available_version", "min_available_version=\"$next\"", self.next.as_deref());
        self.start(Revocation::in_words(
            "the server deletes this version and those before it",
            "later versions of the key; backups of the server have all of them",
            "there is none",
        ))
        .run(&[self.write(), self.decrypts_from_next(), self.encrypts_from_next()])?
        .run(&[Word::Own("\"$cli\" write"), Word::Value(&self.trim), available])
    }

    fn start(&self, made: Revocation) -> Revocation {
        let made = made.after(FIND_CLI);
        if self.own.is_none() { made.after(VERSION) } else { made }
    }

    fn write(&self) -> Word<'_> {
        Word::Line(&self.config)
    }

    fn encrypts_from_next(&self) -> Word<'_> {
        pair("min_encryption_version", "min_encryption_version=\"$next\"", self.next.as_deref())
    }

    fn encrypts_from_this(&self) -> Word<'_> {
        pair("min_encryption_version", "min_encryption_version=\"$version\"", self.own.as_deref())
    }

    fn decrypts_from_next(&self) -> Word<'_> {
        pair("min_decryption_version", "min_decryption_version=\"$next\"", self.next.as_deref())
    }

    fn decrypts_from_this(&self) -> Word<'_> {
        pair("min_decryption_version", "min_decryption_version=\"$version\"", self.own.as_deref())
    }
}

fn pair<'a>(name: &'static str, variable: &'static str, value: Option<&'a str>) -> Word<'a> {
    value.map_or(Word::Own(variable), |value| Word::Pair(name, value))
}

/// Transit has no state for one version alone that is the newest.
fn hidden(key: &str) -> Result<Revocation, ScriptError> {
    let (hide, show) = (format!("{key}/soft-delete"), format!("{key}/soft-delete-restore"));
    Revocation::in_words(
        "OpenBao refuses every use of the key with all its versions, decryption included; Vault has no such thing, and \
         refuses the command: there, take the key out of the policies of its users",
        "reading the key's description",
        "at any time:",
    )
    .after(FIND_CLI)
    .run(&[Word::Own("\"$cli\" delete"), Word::Value(&hide)])?
    .undo(&[Word::Own("bao write -f"), Word::Value(&show)])
}

fn deleted(key: &str) -> Result<Revocation, ScriptError> {
    let config = format!("{key}/config");
    Revocation::in_words(
        "the key is deleted with all its versions, at once",
        "nothing under this key; backups of the server have it still",
        "there is none",
    )
    .after(FIND_CLI)
    .run(&[Word::Own("\"$cli\" write"), Word::Value(&config), Word::Own("deletion_allowed=true")])?
    .run(&[Word::Own("\"$cli\" delete"), Word::Value(key)])
}
