//! What a rotation tells while it runs. A key is told of when its result is durable and its files are in their places.

use std::path::PathBuf;
use std::time::Duration;

use super::error::RotateError;
use crate::key::name::KeyName;
use crate::key::state::State;
use crate::key::version::KeyVersionId;
use crate::manifest::statement::WrapRecord;

/// Something that happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// A run begins, or goes on.
    Run(&'a Begun),
    /// A key is done.
    Key(&'a Rotated),
    /// A key was left as it is, and why.
    Failed(Failed),
    /// The rest waits for the confirmation of these.
    Waiting(&'a Waiting),
    /// All that was to be done is done.
    Summary(&'a Summary),
}

/// A run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Begun {
    /// Its id; nothing for one key alone.
    pub run: Option<String>,
    /// How many keys are to be looked at.
    pub keys: usize,
    /// It was begun before, and goes on.
    pub resumed: bool,
}

/// What became of a key.
#[derive(Clone, Debug, PartialEq)]
pub struct Rotated {
    /// The version that was made, or gone on with.
    pub id: KeyVersionId,
    /// The version that it replaces.
    pub replaces: Option<String>,
    /// What was done.
    pub deed: Deed,
    /// The state of the version.
    pub state: State,
    /// Number of its newest manifest.
    pub revision: u32,
    /// What was made for providers now.
    pub bundles: Vec<Bundle>,
    /// Targets that wait for a wrapping key.
    pub pending: Vec<String>,
}

/// What was done to a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Deed {
    /// A new version was made.
    Made,
    /// A version that an earlier rotation made was wrapped for more targets.
    Wrapped,
    /// There was nothing to do: an earlier rotation's version waits for a wrapping key or for its confirmation.
    Nothing,
}

/// A bundle.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// The target's id.
    pub target: String,
    /// Its folder.
    pub folder: PathBuf,
    /// How many rotations the provider's key has left after this one, where there is a limit.
    pub rotations_left: Option<u32>,
    /// What the manifest says of it.
    pub wrap: WrapRecord,
}

/// A key that could not be rotated.
#[derive(Debug)]
pub struct Failed {
    /// The key.
    pub key: KeyName,
    /// Why.
    pub error: RotateError,
}

/// Canaries whose new versions are not in use yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Waiting {
    /// The run.
    pub run: String,
    /// Their new versions.
    pub canaries: Vec<KeyVersionId>,
    /// How many keys wait.
    pub keys: usize,
    /// The command that goes on with the run then.
    pub goes_on: String,
}

/// What came of a run.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// Its id; nothing for one key alone.
    pub run: Option<String>,
    /// The command that goes on with it.
    pub goes_on: String,
    /// The command that ends it.
    pub abandons: String,
    /// New versions.
    pub made: usize,
    /// Versions of earlier rotations that were wrapped for more targets.
    pub wrapped: usize,
    /// Keys for which there was nothing to do.
    pub nothing: usize,
    /// Keys that failed.
    pub failed: usize,
    /// Keys that wait for the canaries.
    pub waiting: usize,
    /// Targets that wait for a wrapping key.
    pub pending_wrap: usize,
    /// Versions that wait for a provider's confirmation.
    pub pending_confirmation: usize,
    /// The run stays open: keys wait, or failed when they were worked on.
    pub open: bool,
    /// Sessions with the token at the end.
    pub sessions: usize,
    /// How long keys were worked on.
    pub busy: Duration,
    /// Calls of the tokens for keys.
    pub key_calls: u64,
}

impl Summary {
    /// Counts a key that is done.
    pub fn count(&mut self, rotated: &Rotated) {
        let counter = match rotated.deed {
            Deed::Made => &mut self.made,
            Deed::Wrapped => &mut self.wrapped,
            Deed::Nothing => &mut self.nothing,
        };
        *counter = counter.saturating_add(1);
        self.pending_wrap = self.pending_wrap.saturating_add(rotated.pending.len());
        let waits = rotated.state == State::PreActivation && rotated.pending.is_empty();
        self.pending_confirmation = self.pending_confirmation.saturating_add(usize::from(waits));
    }
}
