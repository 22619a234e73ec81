//! Many keys at once: token calls on as many sessions as serve the token, everything else beside them.
//!
//! A batch is what one group of the log holds, so that all that is in flight is bounded by it. Each item goes through
//! four stages, in this order and never two at once; items overtake each other.

mod board;
mod crew;
mod pace;
#[cfg(test)]
mod tests;
mod tuner;

use std::panic::resume_unwind;
use std::thread::{Builder, Scope, ScopedJoinHandle, scope};

use board::{Board, HostJob, Job, Seat};
pub use crew::{Clock, Colleague, Crew, Open, Sessions};
pub use pace::Pace;
pub use tuner::{MOST_SESSIONS, Tuner};

use crate::hsm::Token;
use crate::hsm::signer::SigningKey;
use crate::manifest::signer::EvidenceSigner;

/// What only the token can do.
pub type Act<'a, I, A, F> = &'a (dyn Fn(&dyn Token, &I) -> Result<A, F> + Sync);
/// What any thread can do with its answer: OAEP, hashes, JSON.
pub type Draft<'a, I, A, D, F> = &'a (dyn Fn(&I, A) -> Result<D, F> + Sync);
/// The manifest's signature.
pub type Sign<'a, I, D, S, F> = &'a (dyn Fn(&dyn EvidenceSigner, &I, D) -> Result<S, F> + Sync);
/// Staged files, not yet durable.
pub type Stage<'a, I, S, Z, F> = &'a (dyn Fn(&I, S) -> Result<Z, F> + Sync);

/// The four stages of every item.
pub struct Stages<'a, I, A, D, S, Z, F> {
    /// On a session with the token of the keys.
    pub act: Act<'a, I, A, F>,
    /// On any thread.
    pub draft: Draft<'a, I, A, D, F>,
    /// On a session with the token of the signer.
    pub sign: Sign<'a, I, D, S, F>,
    /// On any thread.
    pub stage: Stage<'a, I, S, Z, F>,
    /// Whether nothing more should be begun after this failure: the token is gone, the disk is full.
    pub ends: &'a (dyn Fn(&F) -> bool + Sync),
}

impl<I, A, D, S, Z, F> std::fmt::Debug for Stages<'_, I, A, D, S, Z, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stages").finish_non_exhaustive()
    }
}

/// Takes all items through the stages. The answers come in the order of the items; `None` stands for an item that was
/// not begun, because another one's failure ended the batch. What was begun is taken to its end.
///
/// `beside` is something else to do on this thread, while other sessions begin with the items; before them, when there is
/// only this thread's.
pub fn run_batch_beside<I, A, D, S, Z, F, T>(
    crew: &mut Crew<'_>,
    items: &[I],
    stages: &Stages<'_, I, A, D, S, Z, F>,
    beside: impl FnOnce() -> T,
) -> (Vec<Option<Result<Z, F>>>, T)
where
    I: Sync,
    A: Send,
    D: Send,
    S: Send,
    Z: Send,
    F: Send,
{
    let began = crew.mark();
    let others = crew.take_colleagues();
    let board = Board::new(items.len(), others.len(), crew.take_plan());
    let shift = Shift { board: &board, items, stages, clock: crew.clock() };
    let hosts = Crew::hosts(items.len());
    let key = crew.signer().key().clone();
    let (back, answer) = scope(|scope| {
        let _alarm = Alarm(&board);
        // A thread that cannot be started is no error: the others do its part.
        let hosts: Vec<_> =
            (0..hosts).filter_map(|_| Builder::new().spawn_scoped(scope, || shift.serve_beside()).ok()).collect();
        let mut team = Team { scope, shift: &shift, key: &key, threads: Vec::new() };
        for colleague in others {
            team.take_on(colleague);
        }
        while board.wants_more() {
            team.hire(crew);
        }
        let answer = beside();
        shift.serve(Seat::Own, (crew.token(), crew.signer()), || team.hire(crew));
        for thread in hosts {
            join(thread);
        }
        let back: Vec<_> = team.threads.into_iter().map(join).collect();
        (back, answer)
    });
    let (ended, plan) = board.into_parts();
    crew.keep(began, back, plan);
    (ended, answer)
}

fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Further sessions, each with a thread of its own.
struct Team<'scope, 'env, I, A, D, S, Z, F> {
    scope: &'scope Scope<'scope, 'env>,
    shift: &'scope Shift<'scope, I, A, D, S, Z, F>,
    key: &'scope SigningKey,
    threads: Vec<ScopedJoinHandle<'scope, Colleague>>,
}

impl<I, A, D, S, Z, F> Team<'_, '_, I, A, D, S, Z, F>
where
    I: Sync,
    A: Send,
    D: Send,
    S: Send,
    Z: Send,
    F: Send,
{
    /// Opens one more session, which the board counts already.
    fn hire(&mut self, crew: &Crew<'_>) {
        match crew.open() {
            Ok(colleague) => self.take_on(colleague),
            Err(error) => self.shift.board.no_more_sessions(error),
        }
    }

    fn take_on(&mut self, colleague: Colleague) {
        let (shift, key) = (self.shift, self.key);
        let seat = Seat::Colleague(self.threads.len());
        let serve = move || {
            shift.serve(seat, (colleague.keys(), &key.on(colleague.signer())), || {});
            colleague
        };
        match Builder::new().spawn_scoped(self.scope, serve) {
            Ok(thread) => self.threads.push(thread),
            Err(error) => shift.board.no_more_threads(error),
        }
    }
}

/// What every thread of a batch works with.
struct Shift<'a, I, A, D, S, Z, F> {
    board: &'a Board<A, D, S, Z, F>,
    items: &'a [I],
    stages: &'a Stages<'a, I, A, D, S, Z, F>,
    clock: Clock<'a>,
}

/// Tells the others when a thread panics: its item will never come to its end, and they would wait for it.
struct Alarm<'a, A, D, S, Z, F>(&'a Board<A, D, S, Z, F>);

impl<A, D, S, Z, F> Drop for Alarm<'_, A, D, S, Z, F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.give_up();
        }
    }
}

impl<I, A, D, S, Z, F> Shift<'_, I, A, D, S, Z, F> {
    /// One session with the tokens: what only they can do, and anything else while there is none of it.
    fn serve(&self, seat: Seat, (token, signer): (&dyn Token, &dyn EvidenceSigner), mut hire: impl FnMut()) {
        let _alarm = Alarm(self.board);
        while let Some(job) = self.board.take(seat, self.clock) {
            match job {
                Job::Act(at) => {
                    let acted = self.at(at).map(|item| (self.stages.act)(token, item));
                    self.next(at, acted, |board, acted| board.acted(at, acted));
                }
                Job::Sign(at, drafted) => {
                    let outcome = self.at(at).map(|item| (self.stages.sign)(signer, item, drafted));
                    self.next(at, outcome, |board, signed| board.signed(at, signed, self.clock));
                }
                Job::Host(job) => self.work(job),
                Job::Hire => hire(),
            }
        }
    }

    /// A thread without a session.
    fn serve_beside(&self) {
        let _alarm = Alarm(self.board);
        while let Some(job) = self.board.take_host_job() {
            self.work(job);
        }
    }

    fn work(&self, job: HostJob<A, S>) {
        match job {
            HostJob::Draft(at, acted) => {
                let drafted = self.at(at).map(|item| (self.stages.draft)(item, acted));
                self.next(at, drafted, |board, drafted| board.drafted(at, drafted));
            }
            HostJob::Stage(at, signed) => {
                let staged = self.at(at).map(|item| (self.stages.stage)(item, signed));
                self.next(at, staged, |board, staged| board.ended(at, Ok(staged), false));
            }
        }
    }

    /// Every number on the board is that of an item.
    fn at(&self, at: usize) -> Option<&I> {
        self.items.get(at)
    }

    fn next<T>(&self, at: usize, outcome: Option<Result<T, F>>, go_on: impl FnOnce(&Board<A, D, S, Z, F>, T)) {
        match outcome {
            Some(Ok(answer)) => go_on(self.board, answer),
            Some(Err(failure)) => {
                let ends = (self.stages.ends)(&failure);
                self.board.ended(at, Err(failure), ends);
            }
            None => {}
        }
    }
}
