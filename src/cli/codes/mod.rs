//! The table of error codes: what each means, why it matters, what to do. `byok explain` and
//! docs/codes.md show it.
//!
//! A code is `E`, the exit code in two digits, and a number in two digits. Codes are never reused.

pub mod apply;
pub mod approve;
pub mod attended;
pub mod check;
pub mod confirm;
pub mod convert;
pub mod import;
pub mod input;
pub mod key;
pub mod pin;
pub mod plan_file;
pub mod policy;
pub mod policy_file;
pub mod reader;
pub mod revoke;
pub mod rollback;
pub mod signer;
pub mod signers;
pub mod stage;
pub mod stale;
pub mod storage;
pub mod token;
pub mod unexpected;
pub mod usage;
pub mod verification;

use std::fmt;

/// One kind of error.
#[derive(Debug, Eq, PartialEq)]
pub struct Code {
    /// The exit code of the program.
    pub exit: u8,
    /// Its number within the exit code.
    pub number: u8,
    /// What it is, as a fragment.
    pub title: &'static str,
    /// What happened, in full sentences.
    pub meaning: &'static str,
    /// Why it matters.
    pub matters: &'static str,
    /// What to do.
    pub way_out: &'static str,
    /// One example: lines of a terminal, or of a file.
    pub example: &'static str,
}

/// What an exit code stands for.
#[derive(Debug)]
pub struct Exit {
    /// The exit code.
    pub status: u8,
    /// What it means.
    pub meaning: &'static str,
}

/// Every exit code, in order.
pub static EXITS: &[Exit] = &[
    Exit { status: 0, meaning: "success" },
    Exit { status: 1, meaning: "unexpected error" },
    Exit { status: 2, meaning: "usage, existing output, no PIN source or an insecure one" },
    Exit { status: 3, meaning: "policy denies, or an approval is missing" },
    Exit { status: 4, meaning: "key, version or state, or a type that the provider does not take" },
    Exit { status: 5, meaning: "token" },
    Exit { status: 6, meaning: "PIN wrong or locked (apart from 5, so that scripts never retry into a lock-out)" },
    Exit { status: 7, meaning: "bad input: key file, provider file, expired token, wrong file passphrase" },
    Exit { status: 8, meaning: "verification failed" },
    Exit { status: 9, meaning: "registry or file input and output" },
    Exit { status: 10, meaning: "`status --due`: something is due" },
];

/// Every code, grouped by exit code.
static GROUPS: &[&[&Code]] = &[
    unexpected::ALL,
    usage::ALL,
    stage::ALL,
    policy::ALL,
    approve::ALL,
    apply::ALL,
    signer::ALL,
    attended::ALL,
    key::ALL,
    revoke::ALL,
    rollback::ALL,
    token::ALL,
    pin::ALL,
    input::ALL,
    reader::ALL,
    convert::ALL,
    check::ALL,
    import::ALL,
    confirm::ALL,
    policy_file::ALL,
    signers::ALL,
    plan_file::ALL,
    stale::ALL,
    verification::ALL,
    storage::ALL,
];

/// Every code in the order of the table.
pub fn all() -> impl Iterator<Item = &'static Code> {
    GROUPS.iter().flat_map(|group| group.iter().copied())
}

/// The code with this name, in either case.
#[must_use]
pub fn find(name: &str) -> Option<&'static Code> {
    all().find(|code| code.to_string().eq_ignore_ascii_case(name))
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E{:02}{:02}", self.exit, self.number)
    }
}

/// Declares the codes of one exit code: the constants and the list of them all.
macro_rules! codes {
    ($exit:literal; $($name:ident = $number:literal, $title:literal, $meaning:literal, $matters:literal, $way_out:literal,
       $example:literal;)*) => {
        $(
            #[doc = $title]
            pub static $name: $crate::cli::codes::Code = $crate::cli::codes::Code {
                exit: $exit,
                number: $number,
                title: $title,
                meaning: $meaning,
                matters: $matters,
                way_out: $way_out,
                example: $example,
            };
        )*
        /// Every code of this file, in order.
        pub(super) static ALL: &[&$crate::cli::codes::Code] = &[$(&$name),*];
    };
}
use codes;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn codes_are_unique_ordered_and_belong_to_an_exit_code() {
        let names: Vec<String> = all().map(ToString::to_string).collect();
        let unique: BTreeSet<&String> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
        assert!(names.is_sorted());
        for code in all() {
            assert!(EXITS.iter().any(|exit| exit.status == code.exit), "{code}");
            assert!(code.number > 0 && code.number < 100, "{code}");
            assert_eq!(find(&code.to_string().to_lowercase()), Some(code));
        }
        assert_eq!(find("E9999"), None);
    }

    /// A code that nothing uses is a promise that nothing keeps. That every used one is in the table, the compiler says.
    #[test]
    fn every_code_is_used() {
        let cli = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli");
        let (tables, users): (Vec<_>, Vec<_>) =
            sources(&cli).into_iter().partition(|path| path.starts_with(cli.join("codes")));
        let read =
            |paths: &[PathBuf]| paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect::<String>();
        let (tables, users) = (read(&tables), read(&users));
        let declared =
            tables.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(" = ")).map(|(name, _)| name);
        let names: Vec<&str> =
            declared.filter(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_')).collect();
        assert_eq!(names.len(), all().count());
        let unused: Vec<_> = names.iter().filter(|name| !users.contains(&format!("::{name}"))).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }

    fn sources(folder: &std::path::Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
    }

    /// Begins with a capital, a number or a name of byok's own, ends with a full stop, and has no doubled blanks.
    fn sentences(text: &str) -> bool {
        let begins = text.starts_with(|c: char| !c.is_lowercase()) || text.starts_with("byok");
        begins && text.ends_with('.') && text.len() > 10 && !text.contains("  ") && !text.contains('\n')
    }

    #[test]
    fn the_test_of_sentences_finds_fragments() {
        assert!(sentences("It happened. `byok list` shows it.") && sentences("byok reads it back."));
        for wrong in ["", ".", "it happened.", "It happened", "It  happened again.", "It happened,\nagain."] {
            assert!(!sentences(wrong), "{wrong:?}");
        }
    }

    /// An example that shows an error shows this one.
    #[test]
    fn an_example_shows_its_own_code() {
        for code in all() {
            let mut shown =
                code.example.lines().filter(|line| line.starts_with("error: ") || line.starts_with("warning: "));
            assert!(shown.all(|line| line.ends_with(&format!("[{code}]"))), "{code}: {}", code.example);
        }
    }

    #[test]
    fn texts_are_written_like_the_rest() {
        for code in all() {
            assert!(code.title.chars().next().is_some_and(|c| !c.is_uppercase() || code.title.starts_with("PIN")));
            assert!(!code.title.ends_with('.'), "{code}: a title is a fragment");
            for text in [code.meaning, code.matters, code.way_out] {
                assert!(sentences(text), "{code}: {text}");
            }
            assert!(!code.example.trim().is_empty(), "{code}: an example is missing");
        }
    }
}
