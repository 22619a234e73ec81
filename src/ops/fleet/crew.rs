//! The sessions of a run: the one that the command opened, and those that it opens beside it.

use std::num::{NonZeroU32, NonZeroUsize};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, available_parallelism, scope};
use std::time::Duration;

use super::pace::Pace;
use super::tuner::{MOST_SESSIONS, Tuner};
use crate::hsm::request::{Class, FoundObject, Handle};
use crate::hsm::signer::TokenSigner;
use crate::hsm::{Token, TokenError};
use crate::ops::session::Session;

/// Time that has passed, from any beginning; it never goes back.
pub type Clock<'a> = &'a (dyn Fn() -> Duration + Sync);

/// Opens one more session with each token.
pub type Open<'a> = &'a (dyn Fn() -> Result<Colleague, TokenError> + Sync);

/// The most threads that work beside the sessions.
const MOST_HOSTS: usize = 8;
/// How many objects tell how slow a token is to answer.
const SAMPLE: usize = 8;
/// Objects that a session looks at, at least, to be worth its opening.
const EACH: usize = 8;

fn look(token: &dyn Token, class: Class, handles: &[Handle]) -> Result<Vec<FoundObject>, TokenError> {
    handles.iter().filter_map(|handle| token.look_at(class, *handle).transpose()).collect()
}

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
    /// Opens one more, on any thread.
    pub open: Open<'a>,
    /// The time.
    pub clock: Clock<'a>,
    /// How many calls the tokens have answered.
    pub calls: &'a dyn Fn() -> u64,
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
    /// The session of the thread that called stays out of it: that thread has other things to do.
    pub(super) spare: bool,
    /// Why there are no more sessions.
    pub(super) refused: Option<TokenError>,
}

/// See the module.
pub struct Crew<'a> {
    token: &'a dyn Token,
    signer: &'a TokenSigner<'a>,
    others: Vec<Colleague>,
    plan: Plan,
    open: Open<'a>,
    clock: Clock<'a>,
    calls: &'a dyn Fn() -> u64,
    /// How long batches have taken.
    busy: Duration,
    /// How many calls batches have made.
    called: u64,
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
        let plan = Plan { tuner, pace: Pace::new(sessions.rate), spare: false, refused: None };
        Self {
            token,
            signer,
            others: Vec::new(),
            plan,
            open: sessions.open,
            clock: sessions.clock,
            calls: sessions.calls,
            busy: Duration::ZERO,
            called: 0,
        }
    }

    /// For work in several batches: where nobody says how many sessions there are to be, one more is opened than does the
    /// token's work, so that what comes between two batches is done beside one.
    #[must_use]
    pub fn sparing_itself(mut self, several: bool) -> Self {
        if several && self.plan.tuner.is_measuring() {
            self.plan.tuner.spare_one();
            self.plan.spare = true;
        }
        self
    }

    /// How many sessions are in use.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.others.len().saturating_add(usize::from(!self.plan.spare)).max(1)
    }

    /// The keys of a class that the token has: one search, and one look at each, on many sessions when the token is slow
    /// to answer.
    ///
    /// # Errors
    /// What the module answered.
    pub fn find_all(&mut self, class: Class) -> Result<Vec<FoundObject>, TokenError> {
        let handles = self.token.handles(class)?;
        let (first, rest) = handles.split_at_checked(SAMPLE).unwrap_or((&handles, &[]));
        let (mut found, mut took) = (Vec::new(), Vec::new());
        for handle in first {
            let began = (self.clock)();
            found.extend(self.token.look_at(class, *handle)?);
            took.push((self.clock)().saturating_sub(began));
        }
        if let Some(quickest) = took.into_iter().min() {
            self.plan.tuner.heard(quickest);
        }
        let useful = self.plan.tuner.sessions().min(rest.len().div_euclid(EACH)).saturating_sub(1);
        if self.plan.refused.is_none() {
            self.open_together(useful.saturating_sub(self.others.len()));
        }
        found.extend(if useful == 0 { look(self.token, class, rest)? } else { self.look_together(class, rest)? });
        Ok(found)
    }

    /// Opens so many sessions at once, each on a thread of its own: across a network one after the other takes long.
    fn open_together(&mut self, count: usize) {
        let open = self.open;
        let opened: Vec<_> = scope(|scope| {
            let started = (0..count).filter_map(|_| Builder::new().spawn_scoped(scope, open).ok());
            let threads: Vec<_> = started.collect();
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
        });
        for session in opened {
            match session {
                Ok(colleague) => self.others.push(colleague),
                Err(error) => self.plan.refused = Some(error),
            }
        }
    }

    fn look_together(&mut self, class: Class, handles: &[Handle]) -> Result<Vec<FoundObject>, TokenError> {
        let next = AtomicUsize::new(0);
        let parts: Vec<&[Handle]> = handles.chunks(EACH).collect();
        let work = |token: &dyn Token| -> Result<Vec<FoundObject>, TokenError> {
            let mut found = Vec::new();
            while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
                found.extend(look(token, class, part)?);
            }
            Ok(found)
        };
        let others = std::mem::take(&mut self.others);
        let (found, others) = scope(|scope| {
            let work = &work;
            let started = others.into_iter().filter_map(|colleague| {
                let serve = move || (work(colleague.keys()), colleague);
                // A thread that cannot be started is no error: the others do its part.
                Builder::new().spawn_scoped(scope, serve).ok()
            });
            let threads: Vec<_> = started.collect();
            let mut found = work(self.token);
            let mut others = Vec::new();
            for thread in threads {
                let (more, colleague) = thread.join().unwrap_or_else(|panic| resume_unwind(panic));
                others.push(colleague);
                found = found.and_then(|mut found| {
                    found.extend(more?);
                    Ok(found)
                });
            }
            (found, others)
        });
        self.others = others;
        found
    }

    /// How long keys have been worked on.
    #[must_use]
    pub fn busy(&self) -> Duration {
        self.busy
    }

    /// How many calls were made for keys: without the search of the token, and what else a command begins and ends with.
    #[must_use]
    pub fn called(&self) -> u64 {
        self.called
    }

    /// Why there are fewer sessions than were asked for.
    #[must_use]
    pub fn refused(&self) -> Option<&TokenError> {
        self.plan.refused.as_ref()
    }

    /// The session of the thread that called.
    #[must_use]
    pub fn token(&self) -> &'a dyn Token {
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
        let none = Plan { tuner: Tuner::fixed(1), pace: Pace::new(None), spare: false, refused: None };
        std::mem::replace(&mut self.plan, none)
    }

    /// Time and calls so far.
    pub(super) fn mark(&self) -> (Duration, u64) {
        ((self.clock)(), (self.calls)())
    }

    /// After a batch that was begun then. Sessions that did not pay are closed.
    pub(super) fn keep(&mut self, (began, calls): (Duration, u64), mut others: Vec<Colleague>, plan: Plan) {
        self.called = self.called.saturating_add((self.calls)().saturating_sub(calls));
        self.busy = self.busy.saturating_add((self.clock)().saturating_sub(began));
        let kept = plan.tuner.sessions().saturating_sub(usize::from(!plan.spare));
        close_together(others.split_off(kept.min(others.len())));
        self.others = others;
        self.plan = plan;
    }
}

impl Drop for Crew<'_> {
    fn drop(&mut self) {
        close_together(std::mem::take(&mut self.others));
    }
}

/// Closes sessions, each on a thread of its own, as they were opened.
fn close_together(sessions: Vec<Colleague>) {
    if sessions.len() < 2 {
        return;
    }
    scope(|scope| {
        for session in sessions {
            // What gets no thread is closed here.
            let _ = Builder::new().spawn_scoped(scope, move || drop(session));
        }
    });
}
