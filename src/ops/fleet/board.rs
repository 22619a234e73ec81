//! Who does what next: the queues between the stages of a batch, under one lock.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::crew::{Clock, Plan};
use crate::hsm::TokenError;

/// Work for a session.
pub(super) enum Job<A, D, S> {
    /// What only the token can do, for the item of this number.
    Act(usize),
    /// Its signature.
    Sign(usize, D),
    /// There is nothing for a session to do.
    Host(HostJob<A, S>),
    /// One more session is wanted.
    Hire,
}

/// Work for any thread.
pub(super) enum HostJob<A, S> {
    Draft(usize, A),
    Stage(usize, S),
}

/// Whose session it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Seat {
    /// That of the thread that called.
    Own,
    /// One of those beside it, from 0.
    Colleague(usize),
}

/// See the module.
pub(super) struct Board<A, D, S, Z, F> {
    state: Mutex<State<A, D, S, Z, F>>,
    bell: Condvar,
}

struct State<A, D, S, Z, F> {
    /// The next item that nobody has begun.
    next: usize,
    drafts: VecDeque<(usize, A)>,
    signs: VecDeque<(usize, D)>,
    stages: VecDeque<(usize, S)>,
    ended: Vec<Option<Result<Z, F>>>,
    /// Begun and not ended.
    open: usize,
    /// How many have been signed.
    signed: usize,
    /// Sessions that are there, but for the one of the thread that called.
    colleagues: usize,
    /// Nothing more is begun.
    over: bool,
    /// A thread panicked: nothing more is done.
    broken: bool,
    plan: Plan,
}

impl<A, D, S, Z, F> Board<A, D, S, Z, F> {
    pub(super) fn new(items: usize, colleagues: usize, plan: Plan) -> Self {
        let ended = std::iter::repeat_with(|| None).take(items).collect();
        let state = State {
            next: 0,
            drafts: VecDeque::new(),
            signs: VecDeque::new(),
            stages: VecDeque::new(),
            ended,
            open: 0,
            signed: 0,
            colleagues,
            over: false,
            broken: false,
            plan,
        };
        Self { state: Mutex::new(state), bell: Condvar::new() }
    }

    pub(super) fn into_parts(self) -> (Vec<Option<Result<Z, F>>>, Plan) {
        let mut state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.plan.tuner.pause();
        (state.ended, state.plan)
    }

    fn lock(&self) -> MutexGuard<'_, State<A, D, S, Z, F>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one more session is wanted at the beginning. It counts as there.
    pub(super) fn wants_more(&self) -> bool {
        self.lock().hires()
    }

    /// The next job for a session; waits for one. `None` when all is done.
    pub(super) fn take(&self, seat: Seat, clock: Clock<'_>) -> Option<Job<A, D, S>> {
        let mut state = self.lock();
        while !state.is_done() {
            let (job, wait) = state.job(seat, clock);
            if job.is_some() {
                return job;
            }
            state = match wait {
                None => self.bell.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(wait) => self
                    .bell
                    .wait_timeout(state, wait)
                    .map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state),
            };
        }
        None
    }

    /// The next job for a thread without a session; waits for one. `None` when all is done.
    pub(super) fn take_host_job(&self) -> Option<HostJob<A, S>> {
        let mut state = self.lock();
        while !state.is_done() {
            if let Some(job) = state.host_job() {
                return Some(job);
            }
            state = self.bell.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    pub(super) fn acted(&self, at: usize, acted: A) {
        self.lock().drafts.push_back((at, acted));
        self.bell.notify_all();
    }

    pub(super) fn drafted(&self, at: usize, drafted: D) {
        self.lock().signs.push_back((at, drafted));
        self.bell.notify_all();
    }

    /// The token has done its part for an item.
    pub(super) fn signed(&self, at: usize, signed: S, clock: Clock<'_>) {
        let mut state = self.lock();
        state.stages.push_back((at, signed));
        state.signed = state.signed.saturating_add(1);
        if state.may_begin() {
            let (signed, sessions) = (state.signed, state.present());
            state.plan.tuner.observe(clock(), signed, sessions);
        } else {
            // At its end a batch leaves sessions without work.
            state.plan.tuner.pause();
        }
        drop(state);
        self.bell.notify_all();
    }

    /// An item has come to its end; `ends` when nothing more is to be begun.
    pub(super) fn ended(&self, at: usize, outcome: Result<Z, F>, ends: bool) {
        let mut state = self.lock();
        if let Some(place) = state.ended.get_mut(at) {
            *place = Some(outcome);
        }
        state.open = state.open.saturating_sub(1);
        state.over |= ends;
        drop(state);
        self.bell.notify_all();
    }

    /// The token takes no more sessions.
    pub(super) fn no_more_sessions(&self, why: TokenError) {
        let mut state = self.lock();
        state.one_less();
        state.plan.refused = Some(why);
    }

    /// The system starts no more threads, and the session that one was for is closed again.
    pub(super) fn no_more_threads(&self, _: std::io::Error) {
        self.lock().one_less();
    }

    /// Nobody waits any longer.
    pub(super) fn give_up(&self) {
        self.lock().broken = true;
        self.bell.notify_all();
    }
}

impl<A, D, S, Z, F> State<A, D, S, Z, F> {
    fn is_done(&self) -> bool {
        self.broken || self.open == 0 && !self.may_begin()
    }

    fn may_begin(&self) -> bool {
        !self.over && self.next < self.ended.len()
    }

    /// How many sessions do the token's work.
    fn present(&self) -> usize {
        self.colleagues.saturating_add(usize::from(!self.plan.spare))
    }

    fn hires(&mut self) -> bool {
        let useful = self.plan.tuner.sessions().min(self.ended.len());
        let hires = self.present() < useful;
        self.colleagues = self.colleagues.saturating_add(usize::from(hires));
        hires
    }

    /// A session that was wanted did not come.
    fn one_less(&mut self) {
        self.colleagues = self.colleagues.saturating_sub(1);
        // Somebody has to do the token's work.
        self.plan.spare &= self.colleagues > 0;
        self.plan.tuner.limit(self.present());
    }

    /// Whether this session does the token's work.
    fn serves(&self, seat: Seat) -> bool {
        match seat {
            Seat::Own => !self.plan.spare && self.colleagues < self.plan.tuner.sessions(),
            Seat::Colleague(at) => at < self.plan.tuner.sessions(),
        }
    }

    /// A job for a session, or how long to wait at most.
    fn job(&mut self, seat: Seat, clock: Clock<'_>) -> (Option<Job<A, D, S>>, Option<Duration>) {
        if matches!(seat, Seat::Own) && self.may_begin() && self.hires() {
            return (Some(Job::Hire), None);
        }
        let mut wait = None;
        if self.serves(seat) {
            if let Some((at, drafted)) = self.signs.pop_front() {
                return (Some(Job::Sign(at, drafted)), None);
            }
            if self.may_begin() {
                match self.plan.pace.begin(clock) {
                    None => return (Some(self.begin()), None),
                    later => wait = later,
                }
            }
        }
        (self.host_job().map(Job::Host), wait)
    }

    fn begin(&mut self) -> Job<A, D, S> {
        let at = self.next;
        self.next = at.saturating_add(1);
        self.open = self.open.saturating_add(1);
        Job::Act(at)
    }

    fn host_job(&mut self) -> Option<HostJob<A, S>> {
        let stage = self.stages.pop_front().map(|(at, signed)| HostJob::Stage(at, signed));
        stage.or_else(|| self.drafts.pop_front().map(|(at, acted)| HostJob::Draft(at, acted)))
    }
}
