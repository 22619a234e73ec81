//! What to do at a provider when a key version is revoked: the exact commands of its own CLI for each stage, what they
//! bring about, what goes on working, and the way back while there is one. byok runs none of it.

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
    /// Earlier versions of the key went into the same key there.
    pub earlier: Others,
    /// Later versions of the key went into the same key there.
    pub later: Others,
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
    /// What happens.
    pub happens: &'static str,
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

/// The name of the script for a stage.
#[must_use]
pub fn script_name(stage: Stage) -> String {
    format!("revoke-{stage}.sh")
}

impl Revocation {
    /// With no command: words alone.
    #[must_use]
    pub fn in_words(happens: &'static str, works: &'static str, back: &'static str) -> Self {
        Self { before: Vec::new(), commands: Vec::new(), happens, works, back, back_commands: Vec::new() }
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

    /// One more command of the way back.
    ///
    /// # Errors
    /// A word that is no value for a script.
    pub fn undo(mut self, words: &[Word<'_>]) -> Result<Self, ScriptError> {
        self.back_commands.push(line(words)?);
        Ok(self)
    }

    /// The commands as they are typed without the script, where that looks for the provider's client first.
    #[must_use]
    pub fn typed(&self) -> [Vec<String>; 2] {
        let typed = |commands: &[String]| commands.iter().map(|line| line.replace("\"$cli\"", "bao")).collect();
        [typed(&self.commands), typed(&self.back_commands)]
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
            [("What happens", self.happens), ("What still works", self.works), ("The way back", self.back)]
        {
            script.comment(label, text);
        }
        for command in &self.back_commands {
            script.remark(&[Word::Line(command)])?;
        }
        self.before.iter().for_each(|text| script.lines(text));
        for command in &self.commands {
            script.command(0, &[Word::Line(command)])?;
        }
        Ok(Some(script.into_bytes()))
    }
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
