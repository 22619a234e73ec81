//! Why a key was not rotated.

use std::error::Error;
use std::path::{Path, PathBuf};

use super::course::Standing;
use super::event::Waiting;
use crate::format::escape::printable;
use crate::hsm::TokenError;
use crate::key::name::KeyName;
use crate::key::version::KeyVersionId;
use crate::ops::command::CommandError;
use crate::ops::generate::GenerateError;
use crate::ops::govern::GovernError;
use crate::ops::occupied::Occupied;
use crate::ops::statement::StatementError;
use crate::ops::target::OutOfLimits;
use crate::ops::wrap::check::CheckError;
use crate::ops::wrap::execute::ExecuteError;
use crate::ops::wrap::run::WrapError;
use crate::registry::error::RegistryError;

/// The most of a path that is shown, in characters.
const MAX_PATH: usize = 4096;

/// Why a key was not rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// There is nothing to replace.
    #[error("{0} was never in use: there is nothing to rotate")]
    NotInUse(KeyVersionId),
    /// It was named, and its targets wait.
    #[error("{id} waits for the answer of {}, and nothing was made", .targets.join(", "))]
    Waits {
        /// The newest version.
        id: KeyVersionId,
        /// The ids of the targets.
        targets: Vec<String>,
    },
    /// The version is at a place to which no new one would go.
    #[error("{id} is at {}, and no target of byok.yaml leads there", place(.provider, .key))]
    NoTarget {
        /// The version.
        id: KeyVersionId,
        /// The provider.
        provider: String,
        /// The key there, made printable; empty where it was not named.
        key: String,
        /// The mount there, made printable, for a provider that has them.
        mount: Option<String>,
    },
    /// A target leads another key to the same place.
    #[error("target {target} sends {key} and {other} to one key, {place}")]
    SharedPlace {
        /// The target's id.
        target: String,
        /// The key.
        key: KeyName,
        /// The other one.
        other: KeyName,
        /// The key on the provider's side, made printable.
        place: String,
    },
    /// The answer is for one key of the provider, which is not this one's alone.
    #[error("target {target} ({file}): {error}")]
    OneKey {
        /// The key.
        key: KeyName,
        /// The target's id.
        target: String,
        /// The provider's answer, made printable.
        file: String,
        /// What else is there.
        error: Box<Occupied>,
    },
    /// What speaks against a wrap for a target.
    #[error("target {target}{}: {error}", .file.as_ref().map(|file| format!(" ({file})")).unwrap_or_default())]
    Target {
        /// The target's id.
        target: String,
        /// The provider's answer, made printable.
        file: Option<String>,
        /// What it is.
        error: Box<Self>,
    },
    /// The answer of a provider could not be read.
    #[error("the answer for target {target} cannot be used")]
    Unread {
        /// The target.
        target: String,
        /// Why.
        #[source]
        error: Box<dyn Error + Send + Sync>,
    },
    /// The answer of a provider is another one by now.
    #[error("the answer for target {target} was changed in the meantime")]
    AnswerChanged {
        /// The target.
        target: String,
    },
    /// The answer is for another place than the target is limited to.
    #[error(transparent)]
    Limits(#[from] OutOfLimits),
    /// The plan that is applied says something else.
    #[error("what would be done to {id} is not what the plan says: another {member}")]
    OtherPlan {
        /// The key version.
        id: KeyVersionId,
        /// In what it differs.
        member: &'static str,
    },
    /// The rest of a run waits.
    #[error("{} of the run's canaries {} not in use yet", .waiting.canaries.len(), if .waiting.canaries.len() == 1 { "is" } else { "are" })]
    CanariesWait {
        /// What waits for which.
        waiting: Box<Waiting>,
        /// What was typed.
        asked: String,
        /// Why each of them is not.
        why: Vec<String>,
    },
    /// The bundle of a key would be inside that of another one of the run.
    #[error("the bundle {} would be inside the bundle {}", shown(.inner), shown(.outer))]
    Nested {
        /// The one.
        inner: PathBuf,
        /// The other.
        outer: PathBuf,
    },
    /// The rest of a run does not go on: its canaries went bad.
    #[error("{} of the run's canaries went bad", .canaries.len())]
    CanariesFailed {
        /// The run.
        run: String,
        /// What was typed.
        asked: String,
        /// Their new versions, and what became of each.
        canaries: Vec<(KeyVersionId, String)>,
        /// The command that ends the run.
        abandons: String,
    },
    /// Keys wait for the canaries of a run that is open.
    #[error("{} waits for the canaries of a rotation that is open", keys_of(.keys))]
    Held {
        /// The run.
        run: String,
        /// What was typed.
        asked: String,
        /// The keys.
        keys: Vec<KeyName>,
        /// The commands that go on with it, and end it.
        ways: Box<[String; 2]>,
    },
    /// There is nothing to go on with.
    #[error("no run is open{}", .0.as_ref().map(|id| format!(" whose id begins with {id}")).unwrap_or_default())]
    NoRun(Option<String>),
    /// It is not clear with which.
    #[error("{} runs are open", .runs.len())]
    SeveralRuns {
        /// All of them.
        runs: Vec<Standing>,
        /// One of them is to be ended, and not gone on with.
        ends: bool,
    },
    /// No target of byok.yaml has this id.
    #[error("byok.yaml has no target {id}")]
    NoSuchTarget {
        /// The id, made printable.
        id: String,
        /// Those that it has.
        known: Vec<String>,
    },
    /// A wrap needs a folder.
    #[error("there are wrapping keys for {0}, and no folder for what is made")]
    NoFolder(KeyVersionId),
    /// What is to be made.
    #[error(transparent)]
    Generate(GenerateError),
    /// A wrap.
    #[error(transparent)]
    Wrap(WrapError),
    /// The registry, the log, the policy or a signature.
    #[error(transparent)]
    Command(#[from] CommandError),
}

fn place(provider: &str, key: &str) -> String {
    if key.is_empty() { provider.to_owned() } else { format!("{provider} {key}") }
}

fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy(), MAX_PATH)
}

impl RotateError {
    /// The same, with the target and the answer that it is about. What names its target already, or is about no target,
    /// stays as it is.
    #[must_use]
    pub(super) fn of_target(self, target: &str, file: Option<&str>) -> Self {
        match self {
            Self::Generate(_) | Self::Wrap(WrapError::Check(_) | WrapError::Package(_)) => Self::Target {
                target: target.to_owned(),
                file: file.map(|file| printable(file, MAX_PATH)),
                error: Box::new(self),
            },
            other => other,
        }
    }

    /// The target that it is about, and the provider's answer.
    #[must_use]
    pub fn target(&self) -> Option<(&str, Option<&str>)> {
        match self {
            Self::Target { target, file, .. } => Some((target, file.as_deref())),
            Self::OneKey { target, file, .. } => Some((target, Some(file))),
            Self::Unread { target, .. } | Self::AnswerChanged { target } | Self::SharedPlace { target, .. } => {
                Some((target, None))
            }
            Self::Limits(error) => Some((&error.target, None)),
            _ => None,
        }
    }

    /// Whether another process that is at work may be the reason, so that it is only certain under the lock.
    #[must_use]
    pub fn is_of_the_moment(&self) -> bool {
        matches!(
            self,
            Self::Command(CommandError::Registry(RegistryError::Exists { .. }))
                | Self::Wrap(WrapError::Command(CommandError::Registry(RegistryError::Exists { .. })))
        )
    }

    /// Whether nothing more can be done for any key: the token is gone, or nothing can be written.
    #[must_use]
    pub fn ends_the_run(&self) -> bool {
        match self {
            Self::Target { error, .. } => error.ends_the_run(),
            Self::Command(error)
            | Self::Generate(GenerateError::Command(error))
            | Self::Wrap(WrapError::Command(error)) => ends(error),
            Self::Generate(GenerateError::Token(error))
            | Self::Wrap(
                WrapError::Token(error) | WrapError::Execute(ExecuteError::Token(error) | ExecuteError::CleanUp(error)),
            ) => error.is_gone(),
            _ => false,
        }
    }
}

fn keys_of(keys: &[KeyName]) -> String {
    match keys {
        [one] => one.to_string(),
        _ => format!("each of {} keys", keys.len()),
    }
}

/// What one key alone cannot be blamed for.
fn ends(error: &CommandError) -> bool {
    match error {
        CommandError::Registry(error) => {
            matches!(error, RegistryError::Io { .. } | RegistryError::Log { .. } | RegistryError::Clock { .. })
        }
        CommandError::Changed(_) | CommandError::Pending(_) | CommandError::Govern(_) => false,
        _ => true,
    }
}

impl From<CheckError> for RotateError {
    fn from(error: CheckError) -> Self {
        Self::Wrap(error.into())
    }
}

impl From<WrapError> for RotateError {
    fn from(error: WrapError) -> Self {
        Self::Wrap(error)
    }
}

impl From<GenerateError> for RotateError {
    fn from(error: GenerateError) -> Self {
        Self::Generate(error)
    }
}

impl From<RegistryError> for RotateError {
    fn from(error: RegistryError) -> Self {
        Self::Command(error.into())
    }
}

impl From<GovernError> for RotateError {
    fn from(error: GovernError) -> Self {
        Self::Command(error.into())
    }
}

impl From<TokenError> for RotateError {
    fn from(error: TokenError) -> Self {
        Self::Generate(error.into())
    }
}

impl From<StatementError> for RotateError {
    fn from(error: StatementError) -> Self {
        Self::Generate(error.into())
    }
}
