//! `rotate --mark-rewrapped`: somebody says that data keys under a replaced version were encrypted anew. A claim of
//! theirs: byok sees no data keys.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::audit::record::event;
use crate::key::operation::Operation;
use crate::key::state::State;
use crate::key::version::{KeySelector, KeyVersionId};
use crate::manifest::rotation::RewrapRecord;
use crate::manifest::statement::Statement;
use crate::ops::change::{ChangeError, Target, intend, record};
use crate::ops::command::{CodeOf, Command, CommandError, Workplace};
use crate::ops::session::Session;
use crate::policy::request::Request;
use crate::registry::error::RegistryError;
use crate::registry::store::Registry;

/// What is said.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Claim {
    /// How many data keys were encrypted anew.
    pub objects: u64,
    /// How many are left under the version; none where nothing is said.
    pub remaining: Option<u64>,
    /// Who says so.
    pub by: String,
}

/// A claim against which nothing speaks so far.
#[derive(Debug)]
pub struct Checked {
    /// The version.
    pub target: Target,
    /// What is said of it.
    pub claim: Claim,
    /// It was said already.
    pub is_made: bool,
    /// When the newest version in use came into use: the same words from before that say something else.
    replaced_at: Timestamp,
}

/// Why nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub enum RewrappedError {
    /// Nothing is encrypted under a later version.
    #[error("no later version than {0} is in use: nothing can have been encrypted anew")]
    NotReplaced(KeyVersionId),
    /// As for every change.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl From<CommandError> for RewrappedError {
    fn from(error: CommandError) -> Self {
        Self::Change(error.into())
    }
}

impl From<RegistryError> for RewrappedError {
    fn from(error: RegistryError) -> Self {
        Self::Change(error.into())
    }
}

impl Checked {
    /// What the policy is asked: who may rotate the key may say what became of its data, as that clears the way to the
    /// old version's end. How old the version is speaks against using it, and not against leaving it.
    ///
    /// # Errors
    /// [`ChangeError::Manifest`].
    pub fn question(&self, now: Timestamp) -> Result<Request<'_>, ChangeError> {
        let mut question = self.target.question(Operation::Rotate, now)?;
        if let Some(key) = &mut question.key {
            (key.made_at, key.protect_stop) = (None, None);
        }
        Ok(question)
    }
}

/// Everything that can be refused before a PIN is asked for.
///
/// # Errors
/// No such version, or none that was replaced.
pub fn check(
    registry: &Registry,
    selector: &KeySelector,
    claim: Claim,
    now: Timestamp,
) -> Result<Checked, RewrappedError> {
    let target = Target::find(registry, selector)?;
    target.check_clock(now)?;
    let state = target.predicate().state_at(now);
    let used = !matches!(state, State::PreActivation | State::Destroyed | State::DestroyedCompromised);
    let given_up = target.predicate().rollback.as_ref().map(|rollback| rollback.at);
    // Of what is out of use, it may be said that no data is left, whatever came after it.
    let is_out = matches!(state, State::Deactivated | State::Compromised);
    let nothing_left = is_out && claim.objects == 0 && claim.remaining == Some(0);
    let ended = nothing_left.then_some(target.predicate().state_changed_at);
    let replaced_at = replaced_at(registry, &target.id, now)?.or(given_up).or(ended).filter(|_| used);
    let Some(replaced_at) = replaced_at else { return Err(RewrappedError::NotReplaced(target.id)) };
    let is_made = claim.remaining.is_some() && is_said(&target, &claim, replaced_at);
    Ok(Checked { target, claim, is_made, replaced_at })
}

fn replaced_at(registry: &Registry, id: &KeyVersionId, now: Timestamp) -> Result<Option<Timestamp>, RegistryError> {
    let trust = registry.trust()?;
    let mut replaced_at = None;
    for later in registry.versions(&id.key)?.iter().filter(|later| later.version > id.version) {
        let manifest = registry.newest_manifest_under(later, &trust)?;
        let predicate = &manifest.statement.predicate;
        if predicate.state_at(now) == State::Active {
            replaced_at = replaced_at.max(Some(predicate.dates.activated_at.unwrap_or(Timestamp::MIN)));
        }
    }
    Ok(replaced_at)
}

/// Whether the last thing that was said is the same. With what is left, it is the same command once more; without, it may
/// be the next portion.
fn is_said(target: &Target, claim: &Claim, replaced_at: Timestamp) -> bool {
    let last = target.predicate().rewrapped.last();
    let same =
        |last: &RewrapRecord| (last.objects, last.remaining, &last.by) == (claim.objects, claim.remaining, &claim.by);
    last.is_some_and(|last| last.at >= replaced_at && same(last))
}

/// Records what was said: intent, reading back, manifest, result, release, checkpoint.
///
/// # Errors
/// Whatever the token, the registry or the signer refuse.
pub fn run(
    place: &Workplace<'_>,
    session: &Session<'_>,
    checked: Checked,
    code_of: CodeOf<'_, RewrappedError>,
) -> Result<Statement, RewrappedError> {
    let id = checked.target.id.clone();
    let guard = place.lock(session)?;
    let mut command = Command::begin(place, &guard, session)?;
    let outcome = act(&mut command, session, checked);
    command.settle(session, &id, outcome, code_of)
}

fn act(command: &mut Command<'_>, session: &Session<'_>, checked: Checked) -> Result<Statement, RewrappedError> {
    let newest = Target::of(command.registry().newest_manifest(&checked.target.id)?, checked.target.id.clone())?;
    // What was recorded since the check is this very command's, finished after an interruption.
    let since = newest.manifest.payload_sha256 != checked.target.manifest.payload_sha256;
    if (since || checked.claim.remaining.is_some()) && is_said(&newest, &checked.claim, checked.replaced_at) {
        return Ok(newest.manifest.statement);
    }
    let checked = Checked { target: checked.target.still(command)?, ..checked };
    let now = command.now();
    checked.target.check_clock(now)?;
    command.permit(&checked.question(now)?)?;
    let Checked { target, claim, .. } = checked;
    let (_, attrs) = target.read(session)?;
    target.check_custody(&attrs)?;
    let operation = intend(command, &target, event::KEY_REWRAPPED, detail(&target.id, &claim))?;
    let Claim { objects, remaining, by } = claim;
    Ok(record(command, session, &target, operation, attrs, |predicate| {
        let at = predicate.custody.read_at;
        predicate.rewrapped.push(RewrapRecord { objects, remaining, by, at });
    })?)
}

fn detail(id: &KeyVersionId, claim: &Claim) -> Map<String, Value> {
    let rows = [
        ("label", json!(id.to_string())),
        ("objects", json!(claim.objects)),
        ("remaining", json!(claim.remaining)),
        ("by", json!(claim.by)),
    ];
    let rows = rows.into_iter().filter(|(_, value)| !value.is_null());
    rows.map(|(name, value)| (name.to_owned(), value)).collect()
}
