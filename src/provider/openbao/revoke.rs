//! The transit engine: versions of a key are ordered, and the lowest that encrypts, decrypts or is kept can be set; a whole
//! key can be hidden and brought back (`OpenBao` alone), or deleted.
//!
//! <https://openbao.org/api-docs/secret/transit/#update-key-configuration>; tried on `OpenBao` 2.7.2.

use super::bounds::Bounds;
use super::import::IS_NUMBER;
use super::{is_mount, is_transit_name};
use crate::key::stage::Stage;
use crate::key::version::KeyVersionId;
use crate::provider::revocation::{Beside, Holding, Others, Revocation, RevocationError};
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
const VERSION: &str = r#"# The version is the latest_version that the server showed after the import.
version=${1:?the number of the version in transit}
is_number "$version" || {
    echo "usage: $0 VERSION" >&2
    exit 2
}
next=$((version + 1))"#;

/// Both bounds as they are, which is where the way back leads. What a server answers is a number, or is not used.
const LOOK: &str = r#"ask() {
    asked=$("$cli" read -field="$1" "$key")
    is_number "$asked" || {
        echo "$0: the server's $1 is no number; nothing was changed" >&2
        exit 1
    }
}
ask latest_version
latest=$asked
ask min_decryption_version
decrypts=$asked
ask min_encryption_version
encrypts=$asked
new_decrypts=$decrypts
new_encrypts=$encrypts"#;

/// Bounds lead to a later version. One that was wrapped need not be there: then the key as a whole is what can be stopped.
const OR_HIDE: &str = r#"if [ "$latest" -lt "${next:?}" ]; then
    echo "$0: version $latest is the latest there, so the whole key is hidden: it takes no version until" >&2
    echo "$0: bao write -f $key/soft-delete-restore" >&2
    "$cli" delete "$key/soft-delete"
    exit 0
fi"#;

/// The same where hiding the key would stop more than was asked for.
const OR_ASK: &str = r#"if [ "$latest" -lt "${next:?}" ]; then
    echo "$0: version $latest is the latest there: import the next one, then run this again; nothing was changed" >&2
    echo "$0: the whole key is stopped, decryption included, by: $cli delete $key/soft-delete" >&2
    exit 3
fi"#;

/// What is said instead of commands that the server may refuse.
const UNSEEN: &str = "whether a later version is there, only the server knows; --out DIR writes a script that asks it, and \
                      does what works";

/// Neither bound is lowered: a later version may have been stopped before this one.
const RAISE: &str = "\
[ \"$decrypts\" -ge \"$decrypts_to\" ] || new_decrypts=$decrypts_to
[ \"$encrypts\" -ge \"$encrypts_to\" ] || new_encrypts=$encrypts_to";

/// Decryption as it was before the version was suspended, and no more.
const LOWER: &str = "\
[ \"$decrypts\" -le \"$decrypts_to\" ] || new_decrypts=$decrypts_to
[ \"$encrypts\" -ge \"$encrypts_to\" ] || new_encrypts=$encrypts_to";

/// The server wants the lowest version that encrypts to be one that decrypts, or 0.
const PAIR: &str =
    r#"[ "$new_encrypts" -eq 0 ] || [ "$new_encrypts" -ge "$new_decrypts" ] || new_encrypts=$new_decrypts"#;

/// The way back is written before anything is changed; a second run changes nothing, and leaves it alone. It undoes what this
/// script did, and nothing that was done since.
const CHANGE: &str = r#"if [ "$new_decrypts" = "$decrypts" ] && [ "$new_encrypts" = "$encrypts" ]; then
    echo "$0: the server has it so already; nothing was changed" >&2
    exit 0
fi
back=${0%.sh}.back.sh
cat >"$back.part" <<END
#!/bin/sh
# Undoes the stage at once. A version that another stage stopped since would be open again, which nothing there shows.
set -eu
decrypts=\$($cli read -field=min_decryption_version '$key')
encrypts=\$($cli read -field=min_encryption_version '$key')
if [ "\$decrypts \$encrypts" != "$new_decrypts $new_encrypts" ]; then
    case \$decrypts\$encrypts in *[!0-9]*) decrypts=unknown encrypts=unknown ;; esac
    echo "\$0: the server is not as the stage left it; nothing was changed" >&2
    echo "\$0: min_decryption_version: \$decrypts, was $new_decrypts; min_encryption_version: \$encrypts, was $new_encrypts" >&2
    echo "\$0: $fresh" >&2
    exit 3
fi
if [ "\${1:-}" != --nothing-stopped-since ]; then
    echo "\$0: this opens every version from $decrypts on; nothing was changed" >&2
    echo "\$0: if one of them was stopped since, do not: $fresh" >&2
    echo "\$0: if none was: sh \$0 --nothing-stopped-since" >&2
    exit 3
fi
$cli write '$key/config' min_decryption_version=$decrypts min_encryption_version=$encrypts
END
mv -- "$back.part" "$back"
echo "$0: before: min_decryption_version=$decrypts min_encryption_version=$encrypts; the way back is $back" >&2
"$cli" write "$key/config" min_decryption_version="$new_decrypts" min_encryption_version="$new_encrypts""#;

const TRIM: &str = r#"ask min_available_version
if [ "$asked" -ge "$available_to" ]; then
    echo "$0: the server has trimmed them already; nothing was changed" >&2
    exit 0
fi
"$cli" write "$key/config" min_decryption_version="$new_decrypts" min_encryption_version="$new_encrypts"
"$cli" write "$key/trim" min_available_version="$available_to""#;

pub(super) fn revoke(stage: Stage, holding: &Holding<'_>) -> Result<Revocation, RevocationError> {
    let target = holding.target.filter(|target| is_transit_name(target)).ok_or(RevocationError::Unnamed("key"))?;
    let mount = holding.mount.unwrap_or("transit");
    if !is_mount(mount) {
        return Err(RevocationError::Unnamed("mount"));
    }
    let key = format!("{mount}/keys/{target}");
    if !holding.strangers.is_empty() {
        return Ok(Revocation::beside(holding.strangers));
    }
    if let Some(words) = spared(stage, holding) {
        return Ok(words);
    }
    let versions = Versions { key: &key, id: holding.id, stage, bounds: Bounds::of(holding), unseen: unseen(holding) };
    let made = match (stage, holding.later.any()) {
        (Stage::Deactivate, true) => versions.encrypt_no_more(holding.is_suspended && !holding.earlier.needed()),
        (Stage::Suspend | Stage::Compromise, true) => versions.decrypt_no_more(),
        (Stage::Destroy, true) => versions.trim(),
        (Stage::Destroy, false) => deleted(&key),
        (_, false) => hidden(&key),
    };
    Ok(made?)
}

/// The versions that may come after this one there, where none was seen to; nothing where one was.
fn unseen(holding: &Holding<'_>) -> Option<String> {
    let last = holding.numbers.iter().max();
    let is_later = |beside: &&Beside| beside.numbers.iter().any(|number| Some(number) > last);
    if !holding.later.any() || holding.beside.iter().any(|beside| is_later(&beside)) {
        return None;
    }
    let waiting = holding.beside.iter().filter(|beside| beside.numbers.is_empty());
    let waiting: Vec<String> = waiting.filter(|beside| beside.id > *holding.id).map(|it| it.id.to_string()).collect();
    Some(waiting.join(", "))
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
struct Versions<'a> {
    key: &'a str,
    id: &'a KeyVersionId,
    stage: Stage,
    /// Nothing where no answer of the server was read.
    bounds: Option<Bounds>,
    /// The later ones, where none was seen there.
    unseen: Option<String>,
}

impl Versions<'_> {
    /// `opens`: suspending the version may have stopped decryption.
    fn encrypt_no_more(&self, opens: bool) -> Result<Revocation, ScriptError> {
        let made = self.start(Revocation::in_words(
            "the server refuses to encrypt or sign under this version and those before it",
            "decryption and verification of what they protected, also where suspending it had stopped that",
            "until another version is stopped there; the script writes down what the server had before:",
        ));
        let (encrypt, back, config) = (self.encrypts_from_next(), self.encrypts_from_this(), self.config());
        let decrypt = self.decrypts_from_this();
        let mut words = vec![Word::Own("\"$cli\" write"), Word::Value(&config)];
        words.extend(opens.then(|| decrypt.word()));
        words.push(encrypt.word());
        let made = made.run(&words)?;
        let made = made.undo(&[Word::Own("\"$cli\" write"), Word::Value(&config), back.word()])?;
        Ok(self.scripted(made, (&decrypt, &encrypt), [OR_ASK, LOWER])?.rather(CHANGE.to_owned()))
    }

    fn decrypt_no_more(&self) -> Result<Revocation, ScriptError> {
        let made = self.start(Revocation::in_words(
            "the server refuses to decrypt, verify or encrypt under this version and those before it",
            "later versions of the key",
            "until another version is stopped there or these are trimmed; the numbers are the lowest that are to be open \
             there as far as byok knows, and the script writes down those that the server had:",
        ));
        let (decrypt, encrypt, config) = (self.decrypts_from_next(), self.encrypts_from_next(), self.config());
        let made = made.run(&[Word::Own("\"$cli\" write"), Word::Value(&config), decrypt.word(), encrypt.word()])?;
        let (decrypts, encrypts) = (self.decrypts_from_this(), self.encrypts_from_this());
        let made = made.undo(&[Word::Own("\"$cli\" write"), Word::Value(&config), decrypts.word(), encrypts.word()])?;
        Ok(self.scripted(made, (&decrypt, &encrypt), [OR_HIDE, RAISE])?.rather(CHANGE.to_owned()))
    }

    fn trim(&self) -> Result<Revocation, ScriptError> {
        let made = self.start(Revocation::in_words(
            "the server deletes this version and those before it",
            "later versions of the key; backups of the server have all of them",
            "there is none",
        ));
        let (decrypt, encrypt, config) = (self.decrypts_from_next(), self.encrypts_from_next(), self.config());
        let available = Pair::of("min_available_version", "min_available_version=\"${next:?}\"", self.next());
        let trim = format!("{}/trim", self.key);
        let made = made
            .run(&[Word::Own("\"$cli\" write"), Word::Value(&config), decrypt.word(), encrypt.word()])?
            .run(&[Word::Own("\"$cli\" write"), Word::Value(&trim), available.word()])?;
        let made = self.scripted(made, (&decrypt, &encrypt), [OR_ASK, RAISE])?;
        Ok(made.rather(format!("available_to={}", available.value())).rather(TRIM.to_owned()))
    }

    fn start(&self, mut made: Revocation) -> Revocation {
        if let Some(later) = &self.unseen {
            let wrapped = if later.is_empty() { String::new() } else { format!(" ({later} was wrapped for it)") };
            let and = format!(
                "; no version after {} was seen there yet{wrapped}: where there is none the server refuses the commands, and \
                 the script hides the whole key or says what to do",
                self.id
            );
            made.happens.to_mut().push_str(&and);
            made.by_script = Some(UNSEEN);
        }
        let made = made.after(FIND_CLI).after(IS_NUMBER);
        if self.bounds.is_none() { made.after(VERSION) } else { made }
    }

    /// What the script does before it changes anything.
    fn scripted(
        &self,
        made: Revocation,
        (decrypts, encrypts): (&Pair, &Pair),
        how: [&'static str; 2],
    ) -> Result<Revocation, ScriptError> {
        let next = self.next().map(|next| format!("next={next}"));
        let made = next.into_iter().fold(made, Revocation::rather);
        let made = made
            .rather(line(&[Word::Pair("key", self.key)])?)
            .rather(line(&[Word::Pair("fresh", &self.fresh())])?)
            .rather(format!("decrypts_to={}", decrypts.value()))
            .rather(format!("encrypts_to={}", encrypts.value()))
            .rather(LOOK.to_owned());
        Ok(how.into_iter().chain([PAIR]).map(str::to_owned).fold(made, Revocation::rather))
    }

    /// How to get bounds as of now, when those that the script wrote down are not to be had.
    fn fresh(&self) -> String {
        let id = self.id;
        match self.stage {
            Stage::Suspend => format!("byok reinstate {id} prints the way back as of now"),
            _ => "byok list shows what was stopped since".to_owned(),
        }
    }

    fn config(&self) -> String {
        format!("{}/config", self.key)
    }

    fn next(&self) -> Option<u64> {
        self.bounds.map(|bounds| bounds.next)
    }

    fn encrypts_from_next(&self) -> Pair {
        let known = self.bounds.map(|bounds| bounds.encrypts_after);
        Pair::of("min_encryption_version", "min_encryption_version=\"${next:?}\"", known)
    }

    fn encrypts_from_this(&self) -> Pair {
        let known = self.bounds.map(|bounds| bounds.encrypts_before);
        Pair::of("min_encryption_version", "min_encryption_version=\"${version:?}\"", known)
    }

    fn decrypts_from_next(&self) -> Pair {
        let known = self.bounds.map(|bounds| bounds.decrypts_after);
        Pair::of("min_decryption_version", "min_decryption_version=\"${next:?}\"", known)
    }

    fn decrypts_from_this(&self) -> Pair {
        let known = self.bounds.map(|bounds| bounds.decrypts_before);
        Pair::of("min_decryption_version", "min_decryption_version=\"${version:?}\"", known)
    }
}

/// One setting of the key: its number where it is known, else a variable of the script.
struct Pair {
    name: &'static str,
    variable: &'static str,
    known: Option<String>,
}

impl Pair {
    fn of(name: &'static str, variable: &'static str, known: Option<u64>) -> Self {
        Self { name, variable, known: known.map(|known| known.to_string()) }
    }

    fn word(&self) -> Word<'_> {
        self.known.as_deref().map_or(Word::Own(self.variable), |known| Word::Pair(self.name, known))
    }

    /// The right side alone.
    fn value(&self) -> &str {
        let variable = || self.variable.split_once('=').map_or("", |(_, value)| value);
        self.known.as_deref().unwrap_or_else(variable)
    }
}

/// Transit has no state for one version alone that is the newest.
fn hidden(key: &str) -> Result<Revocation, ScriptError> {
    let (hide, show) = (format!("{key}/soft-delete"), format!("{key}/soft-delete-restore"));
    Revocation::in_words(
        "OpenBao refuses every use of the key with all its versions, decryption included, and takes no further version; \
         Vault has no such thing, and refuses the command: there, take the key out of the policies of its users",
        "reading the key's description",
        "at any time, and before another version is imported:",
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
