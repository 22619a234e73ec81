//! Working off the keys: in groups whose intents and results go to the disk together.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::assess::{Order, Terms, assess};
use super::course::{Phase, Work, begin, left_of};
use super::decide::{Agreed, Decided, decide};
use super::error::RotateError;
use super::event::{Begun, Deed, Event, Failed, Rotated, Summary, Waiting};
use super::job::{Bench, Staged, sign, stage};
use super::pinned;
use super::prepare::{Job, Prepared};
use super::stock::{Source, Stock};
use crate::audit::record::event;
use crate::key::name::KeyName;
use crate::key::version::KeyVersionId;
use crate::manifest::trust::Trust;
use crate::ops::command::{CodeOf, Command, Ended, Unplaced, Workplace};
use crate::ops::fleet::{Crew, Sessions, Stages, run_batch_beside};
use crate::ops::govern::Governance;
use crate::ops::session::Session;
use crate::ops::verify::parallel;
use crate::policy::request::Request as Question;
use crate::registry::journal::NoteDraft;
use crate::registry::runs::{Run, RunKey};
use crate::registry::store::Registry;

/// The most keys of one group.
pub const GROUP: usize = 100;

/// What is to be done.
#[derive(Debug)]
pub struct Request<'a> {
    /// The keys.
    pub work: Work,
    /// The version of each key, with its newest manifest, that was there when it was looked at, before the lock: what
    /// another process has put in its place since is not replaced again.
    pub found: &'a BTreeMap<KeyName, RunKey>,
    /// Keys of them that were refused before.
    pub refused: &'a BTreeSet<KeyName>,
    /// Where versions go.
    pub terms: Terms<'a>,
    /// What people agreed to.
    pub agreed: Agreed,
    /// How the tokens are used.
    pub sessions: &'a Sessions<'a>,
}

/// Hears what happens.
pub type Tell<'a> = &'a mut dyn FnMut(Event<'_>);

/// Rotates the keys. What speaks against one key is told, and the others are gone on with.
///
/// # Errors
/// What keeps every key from being rotated: a lock, a token that is gone, a registry that cannot be written. What was
/// done by then is recorded.
pub fn run(
    place: &Workplace<'_>,
    session: &Session<'_>,
    request: &Request<'_>,
    tell: Tell<'_>,
    code_of: CodeOf<'_, RotateError>,
) -> Result<Summary, RotateError> {
    let guard = place.lock(session)?;
    let mut command = Command::begin(place, &guard, session)?;
    let keys = match &request.work {
        Work::New { keys, .. } | Work::Extended { keys, .. } => keys.len(),
        Work::Resumed { run, .. } => run.keys.len(),
    };
    let outcome = place
        .registry
        .with_versions_of(keys, || work(&mut command, (place.governance, session), request, tell, code_of));
    let (summary, run, replaced) = command.settle_without_key(session, outcome, code_of)?;
    if let Some(replaced) = replaced {
        place.registry.end_run(&guard, &replaced)?;
    }
    // Killed before this, the run is found open, and all of it done.
    if !summary.open {
        place.registry.end_run(&guard, &run)?;
    }
    Ok(summary)
}

/// What came of it, the hash of the run, and that of the one whose place it took.
fn work(
    command: &mut Command<'_>,
    (governance, session): (&Governance, &Session<'_>),
    request: &Request<'_>,
    tell: Tell<'_>,
    code_of: CodeOf<'_, RotateError>,
) -> Result<(Summary, String, Option<String>), RotateError> {
    let trust = command.registry().trust()?;
    let (registry, now) = (command.registry(), command.now());
    // Another process may have begun, or ended, the same run in the meantime.
    let work = match &request.work {
        Work::New { keys, asked } | Work::Extended { keys, asked, .. } => {
            Work::of((registry, &trust), keys.clone(), asked.clone(), now)?
        }
        resumed @ Work::Resumed { .. } => resumed.clone(),
    };
    let phase = work.phase((registry, &trust), now)?;
    let Course { run, sha256, resumed, replaced } = course((command, &trust), work, request.found)?;
    let ended = replaced.as_ref().map(|(old, _)| followed(command.registry(), old, &run)).transpose()?;
    let registry = command.registry();
    let outside = done_outside(registry, &run, &phase)?;
    let id = Some(run.id.clone());
    tell(Event::Run(&Begun { run: id.clone(), keys: phase.keys.len(), resumed }));
    let summary = Summary {
        run: id,
        goes_on: run.goes_on(),
        abandons: run.abandons(),
        waiting: phase.waiting,
        ..Summary::default()
    };
    let stock = Stock::of(phase.keys.len());
    let begun = note(event::ROTATE_BEGIN, &run, &[("resumed", json!(resumed)), ("sha256", json!(sha256))]);
    let begun = std::iter::once(begun).chain(ended).collect();
    let run = &run;
    let mut crew = Crew::new(session, request.sessions).sparing_itself(phase.keys.len() > GROUP);
    let made = Vec::new();
    let mut worker = Worker {
        command,
        governance,
        session,
        request,
        trust,
        stock,
        tell,
        code_of,
        summary,
        begun,
        run,
        outside,
        made,
        spoiled: false,
    };
    let outcome = worker.all(&phase, &mut crew);
    let (sessions, busy, key_calls) = (crew.sessions(), crew.busy(), crew.called());
    // A run of which the log does not say that it began, nobody goes on with: the same command begins it anew.
    let open = worker.begun.is_empty() && !outcome.as_ref().is_ok_and(|ended| *ended);
    let summary = Summary { open, sessions, busy, key_calls, ..worker.summary };
    // Also of a run that ends early: what was done by then is done.
    (worker.tell)(Event::Summary(&summary));
    outcome?;
    Ok((summary, sha256, replaced.map(|(_, sha256)| sha256)))
}

/// A run that is worked on now.
struct Course {
    run: Run,
    sha256: String,
    resumed: bool,
    /// The run whose place it takes, and the hash of that.
    replaced: Option<(Run, String)>,
}

/// The run that goes on, or one that begins.
fn course(
    (command, trust): (&mut Command<'_>, &Trust),
    work: Work,
    found: &BTreeMap<KeyName, RunKey>,
) -> Result<Course, RotateError> {
    let mut found = Cow::Borrowed(found);
    let (keys, asked, replaced) = match work {
        Work::Resumed { run, sha256 } => {
            return Ok(Course { run, sha256, resumed: true, replaced: None });
        }
        Work::New { keys, asked } => (keys, asked, None),
        Work::Extended { run, sha256, keys, asked } => {
            found.to_mut().extend(run.keys.iter().filter_map(|row| Some((row.id()?.key, row.clone()))));
            (keys, asked, Some((run, sha256)))
        }
    };
    let run = begin((command.registry(), trust), (&keys, &found), &asked, command.now())?;
    let sha256 = command.keep_run(&run)?;
    Ok(Course { run, sha256, resumed: false, replaced })
}

/// The end of a run whose place another one takes.
fn followed(registry: &Registry, old: &Run, by: &Run) -> Result<NoteDraft, RotateError> {
    let left = left_of(registry, old)?.len();
    let done = old.keys.len().saturating_sub(left);
    let rows = [("done", json!(done)), ("failed", json!(left)), ("followedBy", json!(by.id))];
    Ok(note(event::ROTATE_END, old, &rows))
}

/// A note about a run.
pub(super) fn note(event: &str, run: &Run, rows: &[(&str, Value)]) -> NoteDraft {
    let own = [("run", json!(run.id)), ("keys", json!(run.keys.len()))];
    let detail = own.iter().chain(rows).map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    NoteDraft { event: event.to_owned(), key: None, detail }
}

/// How many keys of a run were done by earlier commands, and are not looked at now.
fn done_outside(registry: &Registry, run: &Run, phase: &Phase) -> Result<usize, RotateError> {
    let now: BTreeSet<&KeyName> = phase.keys.iter().collect();
    let mut done: usize = 0;
    for base in run.keys.iter().filter_map(RunKey::id).filter(|base| !now.contains(&base.key)) {
        let newest = registry.newest_version(&base.key)?;
        done = done.saturating_add(usize::from(newest.is_some_and(|newest| newest.version > base.version)));
    }
    Ok(done)
}

struct Worker<'a, 'c> {
    command: &'a mut Command<'c>,
    governance: &'a Governance,
    session: &'a Session<'a>,
    request: &'a Request<'a>,
    trust: Trust,
    stock: Stock,
    tell: Tell<'a>,
    code_of: CodeOf<'a, RotateError>,
    summary: Summary,
    /// What the first intents bring along.
    begun: Vec<NoteDraft>,
    run: &'a Run,
    /// Keys of the run that earlier commands have done.
    outside: usize,
    /// What was made, or found made, of the canaries.
    made: Vec<KeyVersionId>,
    /// A key failed after its intent was logged: it is worth another try.
    spoiled: bool,
}

/// What the four steps made of a group, before its results are written down.
struct Worked {
    jobs: Vec<Job>,
    outcomes: Vec<Option<Result<Staged, RotateError>>>,
}

impl<'a> Worker<'a, '_> {
    /// Answers whether the run has ended.
    fn all(&mut self, phase: &Phase, crew: &mut Crew<'a>) -> Result<bool, RotateError> {
        let mut worked = None;
        let outcome = self.groups(phase.keys.chunks(GROUP), crew, &mut worked);
        // Whatever came of the others, what was done with this one is written down.
        let last = outcome.is_ok() && phase.waiting == 0;
        let ended = worked.take().map_or(Ok(false), |worked| self.conclude(worked, last));
        outcome?;
        let ended = ended?;
        if phase.waiting > 0 {
            // None of the canaries may have come to an intent: it is a run all the same.
            self.command.finish_all(self.session, Vec::new(), self.begun.clone())?;
            self.begun.clear();
            let canaries = std::mem::take(&mut self.made);
            let goes_on = self.run.goes_on();
            let waiting = Waiting { run: self.run.id.clone(), canaries, keys: phase.waiting, goes_on };
            (self.tell)(Event::Waiting(&waiting));
            return Ok(false);
        }
        if !ended && self.is_over() {
            let end = self.end();
            self.command.finish_all(self.session, Vec::new(), end)?;
            return Ok(true);
        }
        Ok(ended)
    }

    /// How many keys of the run are done.
    fn done_by_now(&self) -> usize {
        let Summary { made, wrapped, nothing, .. } = self.summary;
        [made, wrapped, nothing].into_iter().fold(self.outside, usize::saturating_add)
    }

    /// A run of which something is done, and which the token kept from the rest, stays open: typed again, it does not do
    /// anew what is done. What was refused before anything was begun would be refused again.
    fn is_over(&self) -> bool {
        !self.spoiled || self.done_by_now() == 0
    }

    /// The note that ends the run; and that it began, where no intent brought that along.
    fn end(&mut self) -> Vec<NoteDraft> {
        let done = self.done_by_now();
        let failed = self.run.keys.len().saturating_sub(done);
        let end = note(event::ROTATE_END, self.run, &[("done", json!(done)), ("failed", json!(failed))]);
        std::mem::take(&mut self.begun).into_iter().chain([end]).collect()
    }

    /// Works off one group after the other. While the token works at one, the results of the one before it are written
    /// down, and the next one is got ready. The last that was worked off is left to the caller.
    fn groups<'k>(
        &mut self,
        mut groups: impl Iterator<Item = &'k [KeyName]>,
        crew: &mut Crew<'a>,
        worked: &mut Option<Worked>,
    ) -> Result<(), RotateError> {
        let mut ready = Vec::new();
        loop {
            while ready.is_empty() {
                let Some(keys) = groups.next() else { return Ok(()) };
                ready = self.get_ready(keys, &mut Source::Crew(crew))?;
            }
            let jobs = self.intend(std::mem::take(&mut ready))?;
            let next = groups.next();
            let (outcomes, beside) = self.work_off(crew, &jobs, |worker| {
                worked.take().map_or(Ok(false), |before| worker.conclude(before, false))?;
                let mut source = Source::One(worker.session.token);
                next.map_or(Ok(Vec::new()), |keys| worker.get_ready(keys, &mut source))
            });
            let failures = outcomes.iter().flatten().filter_map(|outcome| outcome.as_ref().err());
            let is_over = failures.into_iter().any(RotateError::ends_the_run);
            *worked = Some(Worked { jobs, outcomes });
            ready = beside?;
            if is_over {
                return Ok(());
            }
        }
    }

    /// Looks at the keys of a group, asks the policy, and chooses ids and names.
    fn get_ready(&mut self, keys: &[KeyName], source: &mut Source<'_, 'a>) -> Result<Vec<Prepared>, RotateError> {
        let mut prepared = Vec::new();
        let keys: Vec<&KeyName> = keys.iter().filter(|key| !self.request.refused.contains(*key)).collect();
        for (key, order) in keys.iter().zip(self.assess_all(&keys)) {
            match order.and_then(|order| self.prepare(order, source)) {
                Ok(Ok(ready)) => prepared.push(ready),
                Ok(Err(idle)) => self.done(&idle),
                Err(error) if error.ends_the_run() => return Err(error),
                Err(error) => self.failed((*key).clone(), error),
            }
        }
        Ok(prepared)
    }

    /// What is to be done about each key: manifests are read and verified on all cores.
    fn assess_all(&self, keys: &[&KeyName]) -> Vec<Result<Order, RotateError>> {
        let (registry, now) = (self.command.registry(), self.command.now());
        let (trust, terms, run) = (&self.trust, &self.request.terms, self.run);
        parallel::map(keys, |key| assess((registry, trust), terms, (key, run.base_of(key).as_ref()), now))
    }

    /// What is to be worked off; or what there is to say of a key for which there is nothing to do.
    fn prepare(&mut self, order: Order, source: &mut Source<'_, 'a>) -> Result<Result<Prepared, Rotated>, RotateError> {
        let (registry, now) = (self.command.registry(), self.command.now());
        if order.is_idle() {
            let predicate = order.base_predicate();
            return Ok(Err(Rotated {
                id: order.id.clone(),
                replaces: predicate.rotation.as_ref().map(|rotation| rotation.replaces.clone()),
                deed: Deed::Nothing,
                state: predicate.state_at(now),
                revision: predicate.revision,
                bundles: Vec::new(),
                pending: order.pending,
            }));
        }
        let ask = |request: &Question<'_>| Ok(self.command.permit_one(request)?);
        let capabilities = &self.command.profile().profile.capabilities;
        let decided = decide(order, (self.governance, &ask), capabilities, self.request.agreed, now)?;
        pinned::check_ways(self.request.terms.pinned, &decided)?;
        let overlap = self.overlap(&decided);
        Ok(Ok(Prepared::new((registry, source), &mut self.stock, decided, overlap)?))
    }

    /// What the policy says of how long the replaced version goes on.
    fn overlap(&self, decided: &Decided) -> Option<String> {
        let question = decided.order.question(None, decided.exposure(), self.command.now());
        let (policy, _) = self.governance.parts()?;
        Some(policy.overlap(question.key.as_ref()?)?.to_string())
    }

    /// Writes down what is about to happen to the keys of a group.
    fn intend(&mut self, prepared: Vec<Prepared>) -> Result<Vec<Job>, RotateError> {
        let run = self.run.id.as_str();
        let drafts = prepared.iter().map(|ready| (ready.intent(run), ready.decided.authorization.clone()));
        let drafts = drafts.collect();
        let undertakings = self.command.intend_all(self.begun.clone(), drafts)?;
        self.begun.clear();
        let now = self.command.now();
        let jobs = prepared.into_iter().zip(undertakings).map(|(prepared, undertaking)| {
            let stamp = undertaking.stamp(self.session.record.clone(), now);
            Job::new(prepared, undertaking, stamp)
        });
        Ok(jobs.collect())
    }

    /// Writes down what came of a group, and puts it in its place. Answers whether the run has ended with it.
    fn conclude(&mut self, Worked { jobs, outcomes }: Worked, last: bool) -> Result<bool, RotateError> {
        let (mut ended, mut done, mut fatal) = (Vec::new(), Vec::new(), None);
        let mut untouched = Vec::new();
        for (job, outcome) in jobs.into_iter().zip(outcomes) {
            if outcome.as_ref().is_some_and(Result::is_err) {
                job.undo(self.session.token);
            }
            let undertaking = job.undertaking;
            let Some(outcome) = outcome else {
                untouched.push(undertaking);
                continue;
            };
            match outcome {
                Ok(Staged { release, manifest_sha256, rotated }) => {
                    ended.push(Ended::Done { undertaking, manifest_sha256, release });
                    done.push(rotated);
                }
                Err(error) => {
                    let key = undertaking.key().key.clone();
                    ended.push(Ended::Failed { undertaking, code: (self.code_of)(&error) });
                    self.spoiled = true;
                    if error.ends_the_run() && fatal.is_none() {
                        fatal = Some(error);
                    } else {
                        self.failed(key, error);
                    }
                }
            }
        }
        // These were not begun, for the same reason for which the run ends.
        let code = fatal.as_ref().map(self.code_of).unwrap_or_default();
        ended.extend(untouched.into_iter().map(|undertaking| Ended::Failed { undertaking, code: code.clone() }));
        let last = last && fatal.is_none();
        let last = last && self.ends_with(&done);
        // Counted before they are in their places: the note goes to the disk with their results.
        let counted = self.summary.clone();
        for rotated in &done {
            self.summary.count(rotated);
        }
        let notes = if last { self.end() } else { Vec::new() };
        self.summary = counted;
        let unplaced = self.command.finish_all(self.session, ended, notes)?;
        done.retain(|rotated| !unplaced.iter().any(|unplaced| unplaced.key == rotated.id));
        for rotated in &done {
            self.done(rotated);
        }
        for Unplaced { key, error } in unplaced {
            self.failed(key.key, error.into());
        }
        fatal.map_or(Ok(last), Err)
    }

    /// Whether the run is over with these.
    fn ends_with(&mut self, done: &[Rotated]) -> bool {
        let counted = self.summary.clone();
        for rotated in done {
            self.summary.count(rotated);
        }
        let is_over = self.is_over();
        self.summary = counted;
        is_over
    }

    /// The four steps of each key, and something else beside them.
    fn work_off<T>(
        &mut self,
        crew: &mut Crew<'a>,
        jobs: &[Job],
        beside: impl FnOnce(&mut Self) -> T,
    ) -> (Vec<Option<Result<Staged, RotateError>>>, T) {
        let profile = self.command.shared_profile();
        let bench = Bench { identity: self.session.token.identity(), profile: &profile };
        let stages = Stages {
            act: &|token, job| bench.act(token, job),
            draft: &|job, acted| bench.draft(job, acted),
            sign: &|signer, _, drafted| sign(signer, drafted),
            stage: &stage,
            ends: &RotateError::ends_the_run,
        };
        run_batch_beside(crew, jobs, &stages, || beside(self))
    }

    fn done(&mut self, rotated: &Rotated) {
        self.summary.count(rotated);
        if self.summary.waiting > 0 {
            self.made.push(rotated.id.clone());
        }
        (self.tell)(Event::Key(rotated));
    }

    fn failed(&mut self, key: KeyName, error: RotateError) {
        self.summary.failed = self.summary.failed.saturating_add(1);
        (self.tell)(Event::Failed(Failed { key, error }));
    }
}
