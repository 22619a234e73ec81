//! What to do at a provider when a key version is revoked: the exact commands of its own CLI for each stage, what they
//! bring about, what goes on working, and the way back while there is one. byok runs none of it.

use std::borrow::Cow;
use std::fmt;

use super::script::{Script, ScriptError, Word, line};
use crate::key::spec::{KeySpec, Purpose};
use crate::key::stage::Stage;
use crate::key::version::KeyVersionId;

/// What other versions of the key still have to do in the same key at the provider. A command that hits them too is
/// none for a version that is revoked alone.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Others {
    /// There are none.
    #[default]
    None,
    /// Nothing: they were destroyed, or are out of use and nothing is left under them.
    Spent,
    /// To open or verify what they protected.
    Read,
    /// To protect new data, now or when they come into use.
    Protect,
}

impl Others {
    /// Whether there are any.
    #[must_use]
    pub fn any(self) -> bool {
        self > Self::None
    }

    /// Whether one of them is needed for anything.
    #[must_use]
    pub fn needed(self) -> bool {
        self > Self::Spent
    }
}

/// Another version of the key in the same key at a provider whose numbers order its versions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Beside {
    /// `NAME@N`
    pub id: KeyVersionId,
    /// Every number under which it was seen there.
    pub numbers: Vec<u64>,
    /// Whether what it protected may be opened or verified there: it is neither paused, nor compromised, nor destroyed.
    pub reads: bool,
    /// Whether it may protect new data there.
    pub protects: bool,
}

/// A key version at a provider, as manifests have it.
#[derive(Clone, Copy, Debug)]
pub struct Holding<'a> {
    /// `NAME@N`
    pub id: &'a KeyVersionId,
    /// Its type.
    pub spec: KeySpec,
    /// Its purpose.
    pub purpose: Purpose,
    /// The key there.
    pub target: Option<&'a str>,
    /// The mount there, for a provider that has them.
    pub mount: Option<&'a str>,
    /// Its version there, where an answer of the provider was read.
    pub key_version: Option<&'a str>,
    /// Every number under which it was seen there: a way back imports the same material once more.
    pub numbers: &'a [u64],
    /// What else is in the same key there, as far as numbers are known.
    pub beside: &'a [Beside],
    /// Versions of the key that went into the same key there, and one of whose numbers comes before one of its own.
    pub earlier: Others,
    /// The same with a number that comes after.
    pub later: Others,
    /// Versions of other keys that went into the same key there, `NAME@N`.
    pub strangers: &'a [String],
    /// Whether the version is suspended, so that it may have been stopped there.
    pub is_suspended: bool,
    /// Whether the provider was seen to have it, or it came into use. What never arrived is not deleted: what is there
    /// is another's.
    pub arrived: bool,
}

/// What one stage comes to at one provider.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revocation {
    /// What the commands need before them, in the shell.
    pub before: Vec<&'static str>,
    /// The commands, in their order; none where the provider has none that does just this.
    pub commands: Vec<String>,
    /// What the script does in their place, where it can look first at what the provider has.
    pub instead: Vec<String>,
    /// Why only the script works: it looks first at something that the commands depend on.
    pub by_script: Option<&'static str>,
    /// What happens.
    pub happens: Cow<'static, str>,
    /// What goes on working.
    pub works: &'static str,
    /// The way back and until when there is one, in words.
    pub back: &'static str,
    /// The way back as commands.
    pub back_commands: Vec<String>,
}

/// Why there are no commands for a key that is there.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RevocationError {
    /// The manifest does not say which key it is there, or not in a form that the provider takes.
    #[error("the manifest does not name the {0} at the provider")]
    Unnamed(&'static str),
    /// A value that must not stand in a script.
    #[error(transparent)]
    Script(#[from] ScriptError),
}

/// What is said instead of commands that would need a number.
const UNNUMBERED: &str = "the version's number there was never seen; --out DIR writes a script that takes it";

/// How many versions of other keys are named.
const STRANGERS_SHOWN: usize = 5;

/// The name of the script for a stage.
#[must_use]
pub fn script_name(stage: Stage) -> String {
    format!("revoke-{stage}.sh")
}

impl Revocation {
    /// With no command: words alone.
    #[must_use]
    pub fn in_words(happens: &'static str, works: &'static str, back: &'static str) -> Self {
        Self::said(Cow::Borrowed(happens), works, back)
    }

    fn said(happens: Cow<'static, str>, works: &'static str, back: &'static str) -> Self {
        let [commands, instead, back_commands] = [const { Vec::new() }; 3];
        Self { before: Vec::new(), commands, instead, by_script: None, happens, works, back, back_commands }
    }

    /// What is said instead of commands that would hit versions of other keys.
    #[must_use]
    pub fn beside(strangers: &[String]) -> Self {
        let shown = strangers.iter().take(STRANGERS_SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = strangers.len().saturating_sub(STRANGERS_SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let happens =
            format!("nothing: other keys went into the same key there ({shown}{more}), and would be stopped too");
        Self::said(
            Cow::Owned(happens),
            "everything, this version included, for whoever may use the key there",
            "nothing is done there: give each key one of its own there and move the data, then stop this one by hand",
        )
    }

    /// What is said instead of a deletion of what was never seen there.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self::in_words(
            "nothing: the version was not seen there and never came into use, so what is there under that name may be \
             another version",
            "whatever is there",
            "nothing is done there: where it was imported all the same, confirm it first (byok confirm-import), then \
             ask again",
        )
    }

    /// One more command.
    ///
    /// # Errors
    /// A word that is no value for a script.
    pub fn run(mut self, words: &[Word<'_>]) -> Result<Self, ScriptError> {
        self.commands.push(line(words)?);
        Ok(self)
    }

    /// One more line of the script that stands in the place of the commands.
    #[must_use]
    pub fn rather(mut self, lines: String) -> Self {
        self.instead.push(lines);
        self
    }

    /// One more command of the way back.
    ///
    /// # Errors
    /// A word that is no value for a script.
    pub fn undo(mut self, words: &[Word<'_>]) -> Result<Self, ScriptError> {
        self.back_commands.push(line(words)?);
        Ok(self)
    }

    /// The commands as they are typed without the script, where that looks for the provider's client first.
    ///
    /// # Errors
    /// Why only the script works: it alone gets to know the version's number, for example. Typed, its variable is empty, which
    /// `OpenBao` takes for 0.
    pub fn typed(&self) -> Result<Vec<String>, &'static str> {
        match self.by_script {
            None => typed(&self.commands),
            Some(why) => Err(why),
        }
    }

    /// The same of the way back.
    ///
    /// # Errors
    /// Why there are none.
    pub fn typed_back(&self) -> Result<Vec<String>, &'static str> {
        typed(&self.back_commands)
    }

    /// Lines of our own before the commands.
    #[must_use]
    pub fn after(mut self, before: &'static str) -> Self {
        self.before.push(before);
        self
    }

    /// The script that does it; nothing where there is no command.
    ///
    /// # Errors
    /// A name that must not stand in a script.
    pub fn script(&self, title: &str) -> Result<Option<Vec<u8>>, ScriptError> {
        if self.commands.is_empty() {
            return Ok(None);
        }
        let mut script = Script::bare(title)?;
        for (label, text) in
            [("What happens", self.happens.as_ref()), ("What still works", self.works), ("The way back", self.back)]
        {
            script.remarked(&format!("{label}: {text}"))?;
        }
        for command in &self.back_commands {
            script.remark(&[Word::Line(command)])?;
        }
        self.before.iter().for_each(|text| script.lines(text));
        let lines = if self.instead.is_empty() { &self.commands } else { &self.instead };
        for command in lines {
            script.command(0, &[Word::Line(command)])?;
        }
        Ok(Some(script.into_bytes()))
    }
}

fn typed(commands: &[String]) -> Result<Vec<String>, &'static str> {
    let lines: Vec<String> = commands.iter().map(|line| line.replace("\"$cli\"", "bao")).collect();
    if lines.iter().any(|line| line.contains("\"$")) { Err(UNNUMBERED) } else { Ok(lines) }
}

impl fmt::Display for Holding<'_> {
    /// `payments/kek@1 in KEY`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.target {
            Some(target) => write!(f, "{} in {target}", self.id),
            None => self.id.fmt(f),
        }
    }
}
