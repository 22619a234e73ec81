//! A run: which part of it is to be done now. Canaries go first; the rest waits until each of their new
//! versions is in use. A canary that went bad holds the rest back for good.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::error::RotateError;
use super::event::Waiting;
use crate::format::escape::{SHORT, printable};
use crate::key::name::KeyName;
use crate::key::state::State;
use crate::key::version::KeyVersionId;
use crate::manifest::trust::Trust;
use crate::ops::statement::manifest_id;
use crate::ops::status::{not_replaced_at, subject};
use crate::ops::target::Targets;
use crate::ops::verify::parallel;
use crate::registry::error::RegistryError;
use crate::registry::lost_runs::LostRun;
pub use crate::registry::runs::{Asked, Folders, RunKey};
use crate::registry::runs::{Run, SCHEMA};
use crate::registry::store::Registry;

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Work {
    /// A run that is to be begun.
    New {
        /// The keys, by name.
        keys: Vec<KeyName>,
        /// What was asked for.
        asked: Asked,
    },
    /// A run that goes on with keys that came later: a new one takes its place, so that a key that fails each time keeps no
    /// other from its rotation.
    Extended {
        /// The run that is open.
        run: Run,
        /// SHA-256 of its file.
        sha256: String,
        /// What it has left, and what was asked for, by name.
        keys: Vec<KeyName>,
        /// What was asked for.
        asked: Asked,
    },
    /// A run that goes on.
    Resumed {
        /// The run.
        run: Run,
        /// SHA-256 of its file.
        sha256: String,
    },
}

/// What is to be done now.
#[derive(Clone, Debug)]
pub struct Phase {
    /// The keys.
    pub keys: Vec<KeyName>,
    /// How many wait for them.
    pub waiting: usize,
}

impl Work {
    /// What was asked for, or the open run that was asked for in the same words.
    ///
    /// # Errors
    /// [`RotateError::Held`] for keys that wait for the canaries of another run, or a registry that cannot be read.
    pub fn of(
        papers: (&Registry, &Trust),
        keys: Vec<KeyName>,
        asked: Asked,
        now: Timestamp,
    ) -> Result<Self, RotateError> {
        let open = papers.0.open_runs()?.runs;
        let like = open.iter().find(|(_, run)| run.asked.is_like(&asked));
        // Canaries and plans are of their own keys.
        let may_grow = |run: &Run| run.asked.canary.is_none() && run.asked.plan.is_none() && has_further(run, &keys);
        if let Some((sha256, run)) = like.filter(|(_, run)| !may_grow(run)) {
            return Ok(Self::Resumed { run: run.clone(), sha256: sha256.clone() });
        }
        let asked_for: BTreeSet<&KeyName> = keys.iter().collect();
        for (_, run) in &open {
            let held: Vec<KeyName> =
                held(papers, run, now)?.into_iter().filter(|key| asked_for.contains(key)).collect();
            if !held.is_empty() {
                let (asked, ways) = (run.asked.words(), Box::new([run.goes_on(), run.abandons()]));
                return Err(RotateError::Held { run: run.id.clone(), asked, keys: held, ways });
            }
        }
        let Some((sha256, run)) = like else { return Ok(Self::New { keys, asked }) };
        let mut all: BTreeSet<KeyName> = left_of(papers.0, run)?.into_iter().collect();
        all.extend(keys);
        Ok(Self::Extended { run: run.clone(), sha256: sha256.clone(), keys: all.into_iter().collect(), asked })
    }

    /// What was asked for, when it was begun.
    #[must_use]
    pub const fn asked(&self) -> &Asked {
        match self {
            Self::New { asked, .. } | Self::Extended { asked, .. } => asked,
            Self::Resumed { run, .. } => &run.asked,
        }
    }

    /// The open run whose id begins so; the only one, or the oldest that may go on, where nothing is named. Those that wait
    /// are named beside it.
    ///
    /// # Errors
    /// [`RotateError::NoRun`], [`RotateError::SeveralRuns`] where an id fits several, or why none may go on.
    pub fn open(
        papers: (&Registry, &Trust),
        id: Option<&str>,
        now: Timestamp,
    ) -> Result<(Self, Vec<RotateError>), RotateError> {
        let mut runs = found(papers.0, id, false)?;
        if runs.len() > 1 && id.is_some() {
            return Err(RotateError::SeveralRuns { runs: standings_of(papers, runs, now)?, ends: false });
        }
        if let (1, Some((sha256, run))) = (runs.len(), runs.first().cloned()) {
            return Ok((Self::Resumed { run, sha256 }, Vec::new()));
        }
        let mut waiting = Vec::new();
        for (sha256, run) in runs.drain(..) {
            match run_phase(papers, &run, now) {
                Ok(_) => return Ok((Self::Resumed { run, sha256 }, waiting)),
                Err(error @ (RotateError::CanariesWait { .. } | RotateError::CanariesFailed { .. })) => {
                    waiting.push(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(waiting.drain(..).next().unwrap_or(RotateError::NoRun(None)))
    }

    /// The open run that is to be ended: where there are several it is named.
    ///
    /// # Errors
    /// [`RotateError::NoRun`], [`RotateError::SeveralRuns`].
    pub fn named(papers: (&Registry, &Trust), id: Option<&str>, now: Timestamp) -> Result<Self, RotateError> {
        let runs = match (found(papers.0, id, true), id) {
            (Err(RotateError::NoRun(_)), Some(id)) => lost(papers.0, id, now)?,
            (found, _) => found?,
        };
        match runs.as_slice() {
            [(sha256, run)] => Ok(Self::Resumed { run: run.clone(), sha256: sha256.clone() }),
            _ => Err(RotateError::SeveralRuns { runs: standings_of(papers, runs, now)?, ends: true }),
        }
    }

    /// The part that is to be done now.
    ///
    /// # Errors
    /// [`RotateError::CanariesWait`], or a registry that cannot be read.
    pub fn phase(&self, papers: (&Registry, &Trust), now: Timestamp) -> Result<Phase, RotateError> {
        match self {
            Self::New { keys, asked } => {
                let first = asked.canary.map_or(keys.len(), canaries).min(keys.len());
                let (now, later) = keys.split_at_checked(first).unwrap_or((keys, &[]));
                Ok(Phase { keys: now.to_vec(), waiting: later.len() })
            }
            Self::Extended { keys, .. } => Ok(Phase { keys: keys.clone(), waiting: 0 }),
            Self::Resumed { run, .. } => run_phase(papers, run, now),
        }
    }

    /// The version of each key that a run found when it was begun.
    #[must_use]
    pub fn bases(&self) -> BTreeMap<KeyName, KeyVersionId> {
        let (Self::Resumed { run, .. } | Self::Extended { run, .. }) = self else { return BTreeMap::new() };
        run.keys.iter().filter_map(RunKey::id).map(|id| (id.key.clone(), id)).collect()
    }
}

/// Whether keys are asked for that are not the run's.
fn has_further(run: &Run, keys: &[KeyName]) -> bool {
    let its: BTreeSet<KeyName> = run.keys.iter().filter_map(RunKey::id).map(|id| id.key).collect();
    keys.iter().any(|key| !its.contains(key))
}

/// The keys of a run that have no new version.
pub(super) fn left_of(registry: &Registry, run: &Run) -> Result<Vec<KeyName>, RegistryError> {
    let mut left = Vec::new();
    for base in run.keys.iter().filter_map(RunKey::id) {
        if registry.newest_version(&base.key)?.is_none_or(|newest| newest.version <= base.version) {
            left.push(base.key);
        }
    }
    Ok(left)
}

/// The open runs whose ids begin so. One of a plan goes on when the plan is applied again, and is ended as any other: the
/// plan may have expired.
fn found(registry: &Registry, id: Option<&str>, of_plans: bool) -> Result<Vec<(String, Run)>, RotateError> {
    let mut runs = registry.open_runs()?.runs;
    runs.retain(|(_, run)| (of_plans || run.asked.plan.is_none()) && id.is_none_or(|id| run.id.starts_with(id)));
    if runs.is_empty() {
        return Err(RotateError::NoRun(id.map(|id| printable(id, SHORT))));
    }
    Ok(runs)
}

/// The runs whose ids begin so and whose files are lost: of what was asked nothing is known, but they can be ended.
fn lost(registry: &Registry, id: &str, now: Timestamp) -> Result<Vec<(String, Run)>, RotateError> {
    let stub = |lost: LostRun| {
        let (schema, asked, keys) = (SCHEMA.to_owned(), Asked::default(), Vec::new());
        (lost.sha256, Run { schema, id: lost.id, created_at: now, asked, keys })
    };
    let lost: Vec<_> = registry.lost_runs()?.into_iter().filter(|lost| lost.id.starts_with(id)).map(stub).collect();
    if lost.is_empty() { Err(RotateError::NoRun(Some(printable(id, SHORT)))) } else { Ok(lost) }
}

/// A run that is open.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Standing {
    /// Its id.
    pub id: String,
    /// When it was begun.
    pub began: Timestamp,
    /// What was typed.
    pub asked: String,
    /// How many keys it is about.
    pub keys: usize,
    /// How many of them have no new version yet.
    pub left: usize,
    /// The canaries that it waits for, each with why.
    pub waits: Vec<(KeyVersionId, String)>,
    /// Whether they went bad, so that it never goes on.
    pub is_stuck: bool,
    /// The whole command that goes on with it, or ends it where nothing else is left.
    pub next: String,
}

/// The runs that are open, the oldest first.
///
/// # Errors
/// A registry that cannot be read.
pub fn standings(registry: &Registry, now: Timestamp) -> Result<Vec<Standing>, RotateError> {
    let runs = registry.open_runs()?.runs;
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    standings_of((registry, &registry.trust()?), runs, now)
}

fn standings_of(
    papers: (&Registry, &Trust),
    runs: Vec<(String, Run)>,
    now: Timestamp,
) -> Result<Vec<Standing>, RotateError> {
    let newest: BTreeMap<KeyName, u32> =
        papers.0.key_versions()?.into_iter().map(|id| (id.key, id.version.get())).collect();
    let mut standings = Vec::new();
    for (_, run) in runs {
        let bases = run.keys.iter().filter_map(RunKey::id);
        let left =
            bases.filter(|base| newest.get(&base.key).is_none_or(|newest| *newest <= base.version.get())).count();
        let (waits, is_stuck) = match run_phase(papers, &run, now) {
            Ok(_) => (Vec::new(), false),
            Err(RotateError::CanariesWait { waiting, why, .. }) => {
                (waiting.canaries.into_iter().zip(why).collect(), false)
            }
            Err(RotateError::CanariesFailed { canaries, .. }) => (canaries, true),
            Err(error) => return Err(error),
        };
        let is_done = left == 0 && run.asked.plan.is_some();
        let next = if is_stuck || is_done { run.abandons() } else { run.goes_on() };
        let (asked, keys, began) = (run.asked.words(), run.keys.len(), run.created_at);
        standings.push(Standing { id: run.id, began, asked, keys, left, waits, is_stuck, next });
    }
    Ok(standings)
}

fn canaries(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// A run of these keys, as they were found.
///
/// # Errors
/// A registry that cannot be read.
pub(super) fn begin(
    (registry, trust): (&Registry, &Trust),
    (keys, found): (&[KeyName], &BTreeMap<KeyName, RunKey>),
    asked: &Asked,
    now: Timestamp,
) -> Result<Run, RotateError> {
    let row = |key: &KeyName| -> Result<Option<RunKey>, RotateError> {
        if let Some(known) = found.get(key) {
            return Ok(Some(known.clone()));
        }
        let Some(base) = registry.newest_version(key)? else { return Ok(None) };
        let manifest = registry.newest_manifest_under(&base, trust)?;
        Ok(Some(RunKey { version: base.to_string(), manifest_sha256: manifest.payload_sha256 }))
    };
    let rows = parallel::map(keys, row).into_iter().filter_map(Result::transpose).collect::<Result<_, _>>()?;
    Ok(Run { schema: SCHEMA.to_owned(), id: manifest_id(now), created_at: now, asked: asked.clone(), keys: rows })
}

/// The keys of a run that wait for its canaries.
fn held(papers: (&Registry, &Trust), run: &Run, now: Timestamp) -> Result<Vec<KeyName>, RotateError> {
    let is_held = match run_phase(papers, run, now) {
        Ok(phase) => phase.waiting > 0,
        Err(RotateError::CanariesWait { .. } | RotateError::CanariesFailed { .. }) => true,
        Err(error) => return Err(error),
    };
    let first = run.asked.canary.map_or(0, canaries);
    let late = run.keys.iter().skip(first).filter_map(RunKey::id).map(|id| id.key);
    Ok(if is_held { late.collect() } else { Vec::new() })
}

/// What became of a canary.
enum Canary {
    Missing,
    Unused(KeyVersionId, String),
    Bad(KeyVersionId, String),
    InUse,
}

fn canary((registry, trust): (&Registry, &Trust), base: &KeyVersionId, now: Timestamp) -> Result<Canary, RotateError> {
    let versions = registry.versions(&base.key)?;
    let Some(new) = versions.into_iter().filter(|id| id.version > base.version).min() else {
        return Ok(Canary::Missing);
    };
    let predicate = registry.newest_manifest_under(&new, trust)?.statement.predicate;
    let state = predicate.state_at(now);
    let ours = predicate.rotation.is_some_and(|rotation| rotation.replaces == base.to_string());
    Ok(match state {
        _ if !ours => Canary::Bad(new, format!("no rotation of {base} made it")),
        State::Active => match unseen(registry, base, now)? {
            None => Canary::InUse,
            Some(why) => Canary::Unused(new, why),
        },
        State::PreActivation if predicate.rollback.is_some() => Canary::Bad(new, "given up".to_owned()),
        State::PreActivation | State::Suspended => Canary::Unused(new, state.to_string()),
        _ => Canary::Bad(new, state.to_string()),
    })
}

/// Where what took this version's place was not seen, though the version is there.
fn unseen(registry: &Registry, base: &KeyVersionId, now: Timestamp) -> Result<Option<String>, RegistryError> {
    let Some(subject) = subject(registry, (None, &Targets::default()), &base.key, now)? else { return Ok(None) };
    let own = subject.versions.iter().find(|version| version.version == base.version);
    Ok(own.and_then(|own| not_replaced_at(&subject, own)).map(|(what, _)| what))
}

fn run_phase(papers: (&Registry, &Trust), run: &Run, now: Timestamp) -> Result<Phase, RotateError> {
    let ids: Vec<KeyVersionId> = run.keys.iter().filter_map(RunKey::id).collect();
    let first = run.asked.canary.map_or(0, canaries).min(ids.len());
    let (early, late) = ids.split_at_checked(first).unwrap_or((&ids, &[]));
    let names = |ids: &[KeyVersionId]| ids.iter().map(|id| id.key.clone()).collect::<Vec<_>>();
    let (mut missing, mut unused, mut bad) = (Vec::new(), Vec::new(), Vec::new());
    for base in early {
        match canary(papers, base, now)? {
            Canary::Missing => missing.push(base.clone()),
            Canary::Unused(id, why) => unused.push((id, why)),
            Canary::Bad(id, why) => bad.push((id, why)),
            Canary::InUse => {}
        }
    }
    if !bad.is_empty() && !late.is_empty() {
        let (run, asked, abandons) = (run.id.clone(), run.asked.words(), run.abandons());
        return Err(RotateError::CanariesFailed { run, asked, canaries: bad, abandons });
    }
    if !missing.is_empty() {
        return Ok(Phase { keys: names(&missing), waiting: late.len() });
    }
    if !unused.is_empty() && !late.is_empty() {
        let (canaries, why) = unused.into_iter().unzip();
        let waiting = Box::new(Waiting { run: run.id.clone(), canaries, keys: late.len(), goes_on: run.goes_on() });
        return Err(RotateError::CanariesWait { waiting, asked: run.asked.words(), why });
    }
    Ok(Phase { keys: if late.is_empty() { names(early) } else { names(late) }, waiting: 0 })
}
