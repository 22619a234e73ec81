//! Working off the keys: in groups whose intents and results go to the disk together.

use super::assess::{Terms, assess};
use super::decide::{Agreed, Decided, decide};
use super::error::RotateError;
use super::event::{Deed, Event, Failed, Rotated, Summary};
use super::job::{Bench, Staged, sign, stage};
use super::prepare::{Job, Prepared};
use super::stock::Stock;
use crate::key::name::KeyName;
use crate::manifest::trust::Trust;
use crate::ops::command::{CodeOf, Command, Ended, Unplaced, Workplace};
use crate::ops::govern::Governance;
use crate::ops::session::Session;
use crate::policy::request::Request as Question;

/// The most keys of one group.
pub const GROUP: usize = 100;

/// What is to be done.
#[derive(Debug)]
pub struct Request<'a> {
    /// The keys.
    pub keys: &'a [KeyName],
    /// Where versions go.
    pub terms: Terms<'a>,
    /// What people agreed to.
    pub agreed: Agreed,
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
    let outcome = work(&mut command, (place.governance, session), request, tell, code_of);
    command.settle_without_key(session, outcome, code_of)
}

fn work(
    command: &mut Command<'_>,
    (governance, session): (&Governance, &Session<'_>),
    request: &Request<'_>,
    tell: Tell<'_>,
    code_of: CodeOf<'_, RotateError>,
) -> Result<Summary, RotateError> {
    let trust = command.registry().trust()?;
    let stock = Stock::of(request.keys.len());
    let summary = Summary::default();
    let mut worker = Worker { command, governance, session, request, trust, stock, tell, code_of, summary };
    for keys in request.keys.chunks(GROUP) {
        worker.group(keys)?;
    }
    Ok(worker.summary)
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
}

impl Worker<'_, '_> {
    fn group(&mut self, keys: &[KeyName]) -> Result<(), RotateError> {
        let mut prepared = Vec::new();
        for key in keys {
            match self.prepare(key) {
                Ok(Ok(ready)) => prepared.push(ready),
                Ok(Err(idle)) => self.done(&idle),
                Err(error) if error.ends_the_run() => return Err(error),
                Err(error) => self.failed(key.clone(), error),
            }
        }
        if prepared.is_empty() { Ok(()) } else { self.carry_out(prepared) }
    }

    /// What is to be worked off; or what there is to say of a key for which there is nothing to do.
    fn prepare(&mut self, key: &KeyName) -> Result<Result<Prepared, Rotated>, RotateError> {
        let (registry, now) = (self.command.registry(), self.command.now());
        let order = assess((registry, &self.trust), &self.request.terms, key, now)?;
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
        let overlap = self.overlap(&decided);
        Ok(Ok(Prepared::new((registry, self.session.token), &mut self.stock, decided, overlap)?))
    }

    /// What the policy says of how long the replaced version goes on.
    fn overlap(&self, decided: &Decided) -> Option<String> {
        let question = decided.order.question(None, decided.exposure(), self.command.now());
        let (policy, _) = self.governance.parts()?;
        Some(policy.overlap(question.key.as_ref()?)?.to_string())
    }

    fn carry_out(&mut self, prepared: Vec<Prepared>) -> Result<(), RotateError> {
        let drafts = prepared.iter().map(|ready| (ready.intent(None), ready.decided.authorization.clone()));
        let undertakings = self.command.intend_all(Vec::new(), drafts.collect())?;
        let now = self.command.now();
        let jobs = prepared.into_iter().zip(undertakings).map(|(prepared, undertaking)| {
            let stamp = undertaking.stamp(self.session.record.clone(), now);
            Job { prepared, undertaking, stamp }
        });
        let jobs: Vec<Job> = jobs.collect();
        let outcomes = self.work_off(&jobs);
        let (mut ended, mut done, mut fatal) = (Vec::new(), Vec::new(), None);
        for (job, outcome) in jobs.into_iter().zip(outcomes) {
            let undertaking = job.undertaking;
            match outcome {
                Ok(Staged { release, manifest_sha256, rotated }) => {
                    ended.push(Ended::Done { undertaking, manifest_sha256, release });
                    done.push(rotated);
                }
                Err(error) => {
                    let key = undertaking.key().key.clone();
                    ended.push(Ended::Failed { undertaking, code: (self.code_of)(&error) });
                    if error.ends_the_run() && fatal.is_none() {
                        fatal = Some(error);
                    } else {
                        self.failed(key, error);
                    }
                }
            }
        }
        let unplaced = self.command.finish_all(self.session, ended, Vec::new())?;
        done.retain(|rotated| !unplaced.iter().any(|unplaced| unplaced.key == rotated.id));
        done.iter().for_each(|rotated| self.done(rotated));
        for Unplaced { key, error } in unplaced {
            self.failed(key.key, error.into());
        }
        fatal.map_or(Ok(()), Err)
    }

    /// The four steps of each key, one key after the other.
    fn work_off(&self, jobs: &[Job]) -> Vec<Result<Staged, RotateError>> {
        let (token, signer) = (self.session.token, &self.session.signer);
        let bench = Bench { identity: token.identity(), profile: self.command.profile() };
        let mut outcomes = Vec::new();
        for job in jobs {
            let acted = bench.act(token, job);
            let drafted = acted.and_then(|acted| bench.draft(job, acted));
            let sealed = drafted.and_then(|drafted| sign(signer, drafted));
            outcomes.push(sealed.and_then(|sealed| stage(job, sealed)));
        }
        outcomes
    }

    fn done(&mut self, rotated: &Rotated) {
        self.summary.count(rotated);
        (self.tell)(Event::Key(rotated));
    }

    fn failed(&mut self, key: KeyName, error: RotateError) {
        self.summary.failed = self.summary.failed.saturating_add(1);
        (self.tell)(Event::Failed(Failed { key, error }));
    }
}
