//! `import.sh`: the exact commands of a provider's own CLI, for any POSIX shell.
//!
//! Two walls stand between a hostile value and the shell: each provider matches every value against its own grammar,
//! and [`Script`] refuses control bytes and leading dashes and single-quotes the rest, so that the shell sees one word.

use crate::manifest::digest::sha256_hex;

/// The script runs in its own folder and checks its inputs before anything else.
const START: &str = r#"set -eu
name=import.sh
CDPATH='' cd -- "$(dirname -- "$0")"
marks=$PWD
"#;

/// The same for a script whose argument is the folder of a bundle, which was checked before.
const ON_BUNDLE: &str = r#"name=rollback.sh
marks=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/rollback
CDPATH='' cd -- "$1"
"#;

const ALONE: &str = r#"set -eu
if [ $# -ne 1 ]; then
    echo "usage: $0 BUNDLE" >&2
    exit 2
fi
"#;

/// Where versions are counted up, whoever looked at the provider says which one this is to follow.
const OR_AFTER: &str = r#"set -eu
if [ $# -ne 1 ] && { [ $# -ne 3 ] || [ "$2" != --after ]; }; then
    echo "usage: $0 BUNDLE [--after VERSION]" >&2
    exit 2
fi
"#;

const CHECK: &str = r#"bundle= again=

sha256() {
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum -- "$1"
    elif command -v shasum >/dev/null 2>&1; then
        shasum -a 256 -- "$1"
    else
        openssl dgst -sha256 -r "$1"
    fi
}

check() {
    case "$(sha256 "$2")" in
    "$1"*) bundle=${bundle:-$1} ;;
    *)
        echo "$name: $2 is not the file that byok wrote" >&2
        exit 1
        ;;
    esac
}

"#;

/// What was done is written beside the bundle, in which there is no file but those that are signed, each time by a
/// rename, and with the hash of the bundle's file before it: another bundle at this path was not imported by that.
const MARKS: &str = r#"stop() {
    printf '%s\n' "$@" >&2
    exit 3
}

if ! mkdir "$marks.lock" 2>/dev/null; then
    [ -d "$marks.lock" ] || stop "$name: $marks.lock cannot be written; nothing was done"
    stop "$name: another run is under way; nothing was done" \
        "$name: if there is none, one was killed: remove the folder $marks.lock, and run this again"
fi
trap 'rmdir "$marks.lock"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Where sync takes no names it writes out everything; without it a power failure may take a mark with it.
keep() {
    sync "$1" 2>/dev/null || sync 2>/dev/null || :
}

mark() {
    {
        printf '%s\n' "$bundle $2" >"$marks.$1.part" && keep "$marks.$1.part" && mv "$marks.$1.part" "$marks.$1"
    } 2>/dev/null || stop "$name: $marks.$1 cannot be written; $3"
    keep "${marks%/*}/"
}

marked() {
    whose= content=
    [ -e "$marks.$1" ] || return 1
    { read -r whose content <"$marks.$1"; } 2>/dev/null || :
    [ "$whose" != "$bundle" ] || return 0
    [ ${#whose} -eq 64 ] ||
        stop "$name: $marks.$1 is broken, so that this may have been imported; nothing was done" \
            "$name: if it was not: remove that file, and run this again"
    echo "$name: $marks.$1 is another bundle's, and is passed over" >&2
    return 1
}

begin() {
    mark importing "$1" "nothing was done"
}

finish() {
    mark imported "$1" "but it was imported ($1): do not run this again"
    rm -f "$marks.importing" "$marks.material"
}

unclear() {
    stop "$name: an earlier run was cut short ($content), and it may have been imported: see $1; nothing was done" \
        "$name: if it was: rename $marks.importing to $marks.imported; if not: remove it, and run this again"
}

if [ -z "$again" ] && marked imported; then
    rm -f "$marks.importing" "$marks.material"
    printf '%s\n' "$name: imported already ($content); nothing was done. $marks.imported says so" >&2
    exit 0
fi
"#;

/// A shell script that is built line by line from words that cannot break out.
#[derive(Clone, Debug)]
pub struct Script {
    text: String,
}

/// Why a value does not get into a script.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ScriptError {
    /// A line end, an escape sequence, NUL.
    #[error("a value for import.sh has a control character")]
    Control,
    /// A value that a command would take for an option.
    #[error("a value for import.sh starts with a dash")]
    Dash,
    /// No argument is empty.
    #[error("a value for import.sh is empty")]
    Empty,
    /// Longer than any name or path.
    #[error("a value for import.sh has {0} bytes; at most {MAXIMUM} are taken")]
    TooLong(usize),
}

/// The longest value, in bytes.
pub const MAXIMUM: usize = 1024;

/// One argument of a command.
#[derive(Clone, Copy, Debug)]
pub enum Word<'a> {
    /// Our own text, written as it is: an option, a file name, a variable of the script.
    Own(&'static str),
    /// `name='value'`: our own name, and a value.
    Pair(&'static str, &'a str),
    /// A value.
    Value(&'a str),
    /// A command that [`line()`] made.
    Line(&'a str),
}

impl Script {
    /// The start of every script; `title` stands in a comment.
    ///
    /// # Errors
    /// When the title is no value for a script.
    pub fn new(title: &str) -> Result<Self, ScriptError> {
        check_value(title)?;
        Ok(Self { text: format!("#!/bin/sh\n# {title}\n{START}{CHECK}") })
    }

    /// The start of a script that works in the folder of a bundle, its argument; `counts_up` says whether it takes the version
    /// that the import is to follow, too.
    ///
    /// # Errors
    /// When the title is no value for a script.
    pub fn on_bundle(title: &str, counts_up: bool) -> Result<Self, ScriptError> {
        check_value(title)?;
        let takes = if counts_up { OR_AFTER } else { ALONE };
        Ok(Self { text: format!("#!/bin/sh\n# {title}\n{takes}{ON_BUNDLE}{CHECK}") })
    }

    /// The start of a script that needs no file.
    ///
    /// # Errors
    /// When the title is no value for a script.
    pub fn bare(title: &str) -> Result<Self, ScriptError> {
        check_value(title)?;
        Ok(Self { text: format!("#!/bin/sh\n# {title}\nset -eu\n") })
    }

    /// Lines of our own.
    pub fn lines(&mut self, text: &'static str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// A comment on one line.
    ///
    /// # Errors
    /// When the text is no value for a script.
    pub fn remarked(&mut self, text: &str) -> Result<(), ScriptError> {
        check_value(text)?;
        for part in ["# ", text, "\n"] {
            self.text.push_str(part);
        }
        Ok(())
    }

    /// Ends at once where a mark says that all was done, or another run is under way. After this `begin TEXT` goes before an
    /// import and `finish TEXT` after it, `marked importing` tells what an earlier run left, and `unclear WHERE` gives up.
    pub fn once(&mut self) {
        self.text.push_str(MARKS);
    }

    /// Refuses to go on when a file of the bundle is not the one that byok wrote.
    pub fn check_file(&mut self, name: &'static str, bytes: &[u8]) {
        let sha256 = sha256_hex(bytes);
        self.text.push_str("check ");
        self.text.push_str(&sha256);
        self.text.push(' ');
        self.text.push_str(name);
        self.text.push('\n');
    }

    /// One command after `indent` levels.
    ///
    /// # Errors
    /// When a word is no value for a script.
    pub fn command(&mut self, indent: usize, words: &[Word<'_>]) -> Result<(), ScriptError> {
        let line = line(words)?;
        self.text.push_str(&"    ".repeat(indent));
        self.text.push_str(&line);
        self.text.push('\n');
        Ok(())
    }

    /// A command that is only to be read: how to undo what the script does, for example.
    ///
    /// # Errors
    /// When a word is no value for a script.
    pub fn remark(&mut self, words: &[Word<'_>]) -> Result<(), ScriptError> {
        self.text.push_str("#   ");
        self.command(0, words)
    }

    /// The finished script.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.text.into_bytes()
    }
}

impl Word<'_> {
    fn quoted(self) -> Result<String, ScriptError> {
        match self {
            Self::Own(text) => Ok(text.to_owned()),
            Self::Pair(name, value) => quote(value).map(|value| format!("{name}={value}")),
            Self::Value(value) => quote(value),
            Self::Line(line) => Ok(line.to_owned()),
        }
    }
}

/// A command, each word quoted where it has to be.
///
/// # Errors
/// When a word is no value for a script.
pub fn line(words: &[Word<'_>]) -> Result<String, ScriptError> {
    let words: Vec<String> = words.iter().map(|word| word.quoted()).collect::<Result<_, _>>()?;
    Ok(words.join(" "))
}

/// One word in single quotes (POSIX.1-2024 shell command language, section 2.2.2).
///
/// # Errors
/// When the value is empty, too long, starts with a dash, or has a control character.
pub fn quote(value: &str) -> Result<String, ScriptError> {
    check_value(value)?;
    Ok(format!("'{}'", value.replace('\'', r"'\''")))
}

fn check_value(value: &str) -> Result<(), ScriptError> {
    if value.is_empty() {
        Err(ScriptError::Empty)
    } else if value.len() > MAXIMUM {
        Err(ScriptError::TooLong(value.len()))
    } else if value.starts_with('-') {
        Err(ScriptError::Dash)
    } else if value.chars().any(char::is_control) {
        Err(ScriptError::Control)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_one_word() {
        assert_eq!(quote("a b").unwrap(), "'a b'");
        assert_eq!(quote("it's $(x) `y` \\").unwrap(), r"'it'\''s $(x) `y` \'");
    }

    #[test]
    fn what_a_shell_or_a_command_could_misread_is_refused() {
        assert_eq!(quote(""), Err(ScriptError::Empty));
        assert_eq!(quote("-x"), Err(ScriptError::Dash));
        assert_eq!(quote(&"a".repeat(MAXIMUM + 1)), Err(ScriptError::TooLong(MAXIMUM + 1)));
        for bad in ["a\nb", "a\rb", "a\0b", "a\u{1b}[2J", "a\u{9b}"] {
            assert_eq!(quote(bad), Err(ScriptError::Control));
            assert!(Script::new(bad).is_err());
        }
    }

    #[test]
    fn commands_are_indented_and_quoted() {
        let mut script = Script::new("title").unwrap();
        script
            .command(1, &[Word::Own("\"$cli\""), Word::Own("write"), Word::Pair("type", "a'b"), Word::Value("c")])
            .unwrap();
        script.remark(&[Word::Own("undo"), Word::Value("d e")]).unwrap();
        let text = String::from_utf8(script.into_bytes()).unwrap();
        assert!(text.starts_with("#!/bin/sh\n# title\nset -eu\n"));
        assert!(text.ends_with("\n    \"$cli\" write type='a'\\''b' 'c'\n#   undo 'd e'\n"));
    }
}
