//! The sessions of a run: the one that the command opened, and those that it opens beside it.

use std::num::{NonZeroU32, NonZeroUsize};
use std::thread::available_parallelism;
use std::time::Duration;

use super::pace::Pace;
use super::tuner::{MOST_SESSIONS, Tuner};
use crate::hsm::signer::TokenSigner;
use crate::hsm::{Token, TokenError};
use crate::ops::session::Session;

/// Time that has passed, from any beginning; it never goes back.
pub type Clock<'a> = &'a (dyn Fn() -> Duration + Sync);

/// The most threads that work beside the sessions.
const MOST_HOSTS: usize = 8;

/// One more session with each token of a command.
pub struct Colleague {
    keys: Box<dyn Token + Send>,
    /// Only when the signer is on another token.
    signer: Option<Box<dyn Token + Send>>,
}

impl std::fmt::Debug for Colleague {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Colleague").field("token", self.keys.identity()).finish_non_exhaustive()
    }
}

impl Colleague {
    /// A session with the token of the keys, and one with that of the signer when it is another.
    #[must_use]
    pub fn new(keys: Box<dyn Token + Send>, signer: Option<Box<dyn Token + Send>>) -> Self {
        Self { keys, signer }
    }

    pub(super) fn keys(&self) -> &dyn Token {
        &*self.keys
    }

    pub(super) fn signer(&self) -> &dyn Token {
        match &self.signer {
            Some(signer) => &**signer,
            None => &*self.keys,
        }
    }
}

/// How a run uses its tokens.
pub struct Sessions<'a> {
    /// This many sessions; measured when nobody says.
    pub wanted: Option<NonZeroUsize>,
    /// How many the tokens take, as far as they say.
    pub most: Option<u64>,
    /// At most this many keys a second.
    pub rate: Option<NonZeroU32>,
    /// Opens one more.
    pub open: &'a dyn Fn() -> Result<Colleague, TokenError>,
    /// The time.
    pub clock: Clock<'a>,
}

impl std::fmt::Debug for Sessions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sessions").field("wanted", &self.wanted).field("rate", &self.rate).finish_non_exhaustive()
    }
}

/// What goes from batch to batch.
pub(super) struct Plan {
    pub(super) tuner: Tuner,
    pub(super) pace: Pace,
    /// Why there are no more sessions.
    pub(super) refused: Option<TokenError>,
}

/// See the module.
pub struct Crew<'a> {
    token: &'a dyn Token,
    signer: &'a TokenSigner<'a>,
    others: Vec<Colleague>,
    plan: Plan,
    open: &'a dyn Fn() -> Result<Colleague, TokenError>,
    clock: Clock<'a>,
    /// How long batches have taken.
    busy: Duration,
}

impl std::fmt::Debug for Crew<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Crew")
            .field("token", self.token.identity())
            .field("others", &self.others)
            .finish_non_exhaustive()
    }
}

impl<'a> Crew<'a> {
    /// The command's own session, and the way to more.
    #[must_use]
    pub fn new(session: &'a Session<'a>, sessions: &Sessions<'a>) -> Self {
        Self::of((session.token, &session.signer), sessions)
    }

    pub(super) fn of((token, signer): (&'a dyn Token, &'a TokenSigner<'a>), sessions: &Sessions<'a>) -> Self {
        let most = sessions.most.and_then(|most| usize::try_from(most).ok()).unwrap_or(MOST_SESSIONS);
        let tuner = match sessions.wanted {
            Some(wanted) => Tuner::fixed(wanted.get().min(most)),
            None => Tuner::measured(most),
        };
        let plan = Plan { tuner, pace: Pace::new(sessions.rate), refused: None };
        Self {
            token,
            signer,
            others: Vec::new(),
            plan,
            open: sessions.open,
            clock: sessions.clock,
            busy: Duration::ZERO,
        }
    }

    /// How many sessions are in use.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.others.len().saturating_add(1)
    }

    /// How long keys have been worked on.
    #[must_use]
    pub fn busy(&self) -> Duration {
        self.busy
    }

    /// Why there are fewer sessions than were asked for.
    #[must_use]
    pub fn refused(&self) -> Option<&TokenError> {
        self.plan.refused.as_ref()
    }

    pub(super) fn token(&self) -> &'a dyn Token {
        self.token
    }

    pub(super) fn signer(&self) -> &'a TokenSigner<'a> {
        self.signer
    }

    pub(super) fn clock(&self) -> Clock<'a> {
        self.clock
    }

    pub(super) fn open(&self) -> Result<Colleague, TokenError> {
        (self.open)()
    }

    /// Threads beside the sessions: what the machine has, and none for a single key.
    pub(super) fn hosts(items: usize) -> usize {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        if items < 2 { 0 } else { cores.saturating_sub(1).clamp(1, MOST_HOSTS) }
    }

    pub(super) fn take_colleagues(&mut self) -> Vec<Colleague> {
        std::mem::take(&mut self.others)
    }

    pub(super) fn take_plan(&mut self) -> Plan {
        std::mem::replace(&mut self.plan, Plan { tuner: Tuner::fixed(1), pace: Pace::new(None), refused: None })
    }

    /// After a batch that was begun at this time. Sessions that did not pay are closed.
    pub(super) fn keep(&mut self, began: Duration, mut others: Vec<Colleague>, plan: Plan) {
        self.busy = self.busy.saturating_add((self.clock)().saturating_sub(began));
        others.truncate(plan.tuner.sessions().saturating_sub(1));
        self.others = others;
        self.plan = plan;
    }
}
