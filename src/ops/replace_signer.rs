//! `signer replace`: a new evidence signer in the place of a lost one.
//!
//! The lost signer cannot sign its own end, so people do: first a new signing key is made and a statement names it,
//! with the last checkpoint of the lost one; then the statement is carried out, when those whom the adopted policy asks
//! for have signed it. Everything is put on the disk in an order that the same command can finish after a crash:
//! approvals, statement, log entry and first checkpoint of the new signer, and last the signer's place.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::govern::{GovernError, Governance};
use super::init::{InitError, Plan, make, place as place_of, read_back};
use super::session::{SIGNER_TYPES, Session, SessionError, Tokens, signer_wanted};
use crate::approval::count::Signature;
use crate::approval::namespace::SIGNER_REPLACEMENT;
use crate::approval::replacement::{CheckpointRef, NewSigner, PolicyRef, Replacement, ReplacementError, SignerKey};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::record::{Actor, event};
use crate::format::spki::{PublicKey, SpkiError};
use crate::hsm::request::Search;
use crate::hsm::{Token, TokenError};
use crate::key::operation::Operation;
use crate::key::spec::KeySpec;
use crate::manifest::authorization::ApprovalRecord;
use crate::manifest::digest::sha256_hex;
use crate::policy::request::Request;
use crate::registry::error::RegistryError;
use crate::registry::journal::Journal;
use crate::registry::lock::Wait;
use crate::registry::signer::{SCHEMA, SignerPlace};
use crate::registry::store::Registry;

/// How long a statement can be carried out after it was made.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Where it happens.
pub struct Site<'a> {
    /// The registry.
    pub registry: &'a Registry,
    /// Its policy.
    pub governance: &'a Governance,
    /// The user's runtime folder, for the token's lock.
    pub runtime_dir: &'a Path,
    /// How long to wait for locks.
    pub wait: Wait,
    /// The clock.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// Who runs it.
    pub actor: Actor,
}

impl std::fmt::Debug for Site<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site").field("registry", &self.registry).finish_non_exhaustive()
    }
}

/// A statement that is to be carried out, with the approvals that came with it.
#[derive(Debug)]
pub struct Case {
    statement: Replacement,
    sha256: String,
    given: Vec<Signature>,
}

/// What was done.
#[derive(Debug)]
pub struct Replaced {
    /// The new signer's place.
    pub signer: SignerPlace,
    /// The signer that it replaces, by SPKI SHA-256.
    pub old: String,
    /// The statement, by SHA-256.
    pub statement: String,
    /// The approvals that counted.
    pub approvals: Vec<ApprovalRecord>,
    /// An interrupted run had done all but the last step.
    pub finished: bool,
}

/// Why nothing was replaced.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// Nobody can say whose approvals count.
    #[error("this registry has adopted no policy, so nobody is named who could approve a new signer")]
    NoPolicy,
    /// The old signer is there.
    #[error("the evidence signer {0} is on this token: it is not lost")]
    NotLost(String),
    /// The statement is about another registry, signer, policy or checkpoint.
    #[error("the statement does not fit this registry: {0}")]
    Mismatch(&'static str),
    /// It is too old, or from the future.
    #[error("the statement was made at {0}; it can be carried out for 30 days from then")]
    Time(Timestamp),
    /// The statement or its approvals.
    #[error(transparent)]
    Statement(#[from] ReplacementError),
    /// Keys of this type sign no evidence.
    #[error("the new signing key was not made")]
    Make(#[from] InitError),
    /// Its public half.
    #[error("the new signer's public key cannot be read")]
    PublicKey(#[from] SpkiError),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Random,
    /// The policy.
    #[error(transparent)]
    Govern(#[from] GovernError),
    /// The registry or its log.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The new signer is not on its token.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A token call failed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// What can be refused before a PIN is asked for: a registry whose policy names nobody who could approve.
///
/// # Errors
/// [`ReplaceError::NoPolicy`], a denial, or a type that signs no evidence.
pub fn check(site: &Site<'_>, spec: KeySpec) -> Result<(), ReplaceError> {
    if !SIGNER_TYPES.contains(&spec) {
        return Err(InitError::SignerType(spec).into());
    }
    let now = (site.clock)();
    let request = Request { operation: Operation::ReplaceSigner, key: None, wrap: None, now };
    let permit = site.governance.allows(&request)?;
    permit.map(|_| ()).ok_or(ReplaceError::NoPolicy)
}

/// Makes a signing key in the token and the statement that names it.
///
/// # Errors
/// [`ReplaceError::NotLost`], or whatever token and registry refuse. Nothing of the registry changes.
pub fn prepare(site: &Site<'_>, token: &dyn Token, spec: KeySpec) -> Result<Replacement, ReplaceError> {
    check(site, spec)?;
    let serial = token.identity().serial.as_str();
    let _guard = site.registry.lock(site.wait, Some((site.runtime_dir, serial)))?;
    let (old, old_key) = (site.registry.signer_place()?, site.registry.signer_key()?);
    let wanted = signer_wanted(&old)?;
    if token.find(Search::Label(&old.key_label))?.iter().any(|object| object.id == wanted.id) {
        return Err(ReplaceError::NotLost(old.key_label));
    }
    let checkpoint = site.registry.last_checkpoint()?;
    let policy = checkpoint.policy.clone().ok_or(ReplaceError::NoPolicy)?;
    let mut nonce = [0_u8; 32];
    getrandom::fill(&mut nonce).map_err(|_| ReplaceError::Random)?;
    let plan = Plan::new(spec)?;
    let pair = make(token, &plan)?;
    let key = read_back(token, spec, pair)?;
    Ok(Replacement {
        schema: SIGNER_REPLACEMENT.to_owned(),
        origin: site.registry.origin().to_owned(),
        old_signer: SignerKey { spki_sha256: old_key.sha256_hex(), spki: STANDARD.encode(old_key.der()) },
        new_signer: new_signer(&place_of(token, &plan, &key), &key),
        checkpoint: reference(&checkpoint),
        policy: PolicyRef { sha256: policy.policy_sha256, allowed_signers_sha256: policy.allowed_signers_sha256 },
        nonce: hex::encode(nonce),
        created_at: (site.clock)(),
    })
}

fn new_signer(place: &SignerPlace, key: &PublicKey) -> NewSigner {
    NewSigner {
        spki_sha256: place.spki_sha256.clone(),
        spki: STANDARD.encode(key.der()),
        key_label: place.key_label.clone(),
        object_id: place.object_id.clone(),
        key_type: place.key_type.clone(),
        token_serial: place.token_serial.clone(),
        token_label: place.token_label.clone(),
    }
}

fn reference(checkpoint: &Checkpoint) -> CheckpointRef {
    CheckpointRef { size: checkpoint.size, root: STANDARD.encode(checkpoint.root) }
}

/// Checks a statement and its approvals, those in the registry and those that were given, before a PIN is asked for.
///
/// # Errors
/// [`ReplaceError`]: whatever keeps it from being carried out now.
pub fn open(site: &Site<'_>, bytes: &[u8], given: Vec<Signature>) -> Result<Case, ReplaceError> {
    let statement = Replacement::parse(bytes)?;
    if statement.origin != site.registry.origin() {
        return Err(ReplaceError::Mismatch("it is for another registry"));
    }
    let case = Case { sha256: sha256_hex(bytes), statement, given };
    // What an interrupted run has approved and signed is only finished.
    if is_signed(site.registry, &case.statement)? {
        case.approved(site)?;
    } else {
        case.approvals(site, (site.clock)())?;
    }
    Ok(case)
}

/// Whether people can still approve a statement: it is of now, and on the registry as it is.
///
/// # Errors
/// [`ReplaceError::Time`], [`ReplaceError::Mismatch`].
pub(super) fn ensure_open(registry: &Registry, statement: &Replacement, now: Timestamp) -> Result<(), ReplaceError> {
    let age = now.duration_since(statement.created_at);
    if age.is_negative() || age > GOOD_FOR {
        return Err(ReplaceError::Time(statement.created_at));
    }
    if is_signed(registry, statement)? {
        return Err(ReplaceError::Mismatch("it was carried out already"));
    }
    Ok(())
}

/// Whether the new signer's first checkpoint is there already. Anything but that and the lost signer's last one is a
/// mismatch.
fn is_signed(registry: &Registry, statement: &Replacement) -> Result<bool, ReplaceError> {
    let last = registry.last_checkpoint()?;
    if registry.replacements()?.contains(statement) && last.size > statement.checkpoint.size {
        return Ok(true);
    }
    if reference(&last) != statement.checkpoint {
        return Err(ReplaceError::Mismatch("its checkpoint is not the last one"));
    }
    if registry.signer_key()?.sha256_hex() != statement.old_signer.spki_sha256 {
        return Err(ReplaceError::Mismatch("it replaces another signer"));
    }
    if !last.policy.as_ref().is_some_and(|policy| statement.is_under(policy)) {
        return Err(ReplaceError::Mismatch("it was made under another policy"));
    }
    Ok(false)
}

impl Case {
    /// The statement.
    #[must_use]
    pub fn statement(&self) -> &Replacement {
        &self.statement
    }

    /// Where the new signer is.
    #[must_use]
    pub fn place(&self) -> SignerPlace {
        let NewSigner { spki_sha256, key_label, object_id, key_type, token_serial, token_label, .. } =
            self.statement.new_signer.clone();
        SignerPlace {
            schema: SCHEMA.to_owned(),
            key_label,
            object_id,
            key_type,
            token_serial,
            token_label,
            spki_sha256,
        }
    }

    fn signatures(&self, registry: &Registry) -> Result<Vec<Signature>, RegistryError> {
        let kept = registry.approvals_of(&self.sha256)?;
        let kept = kept.into_iter().map(|(name, bytes)| Signature { name, bytes });
        let mut all: Vec<Signature> = kept.chain(self.given.iter().cloned()).collect();
        all.sort_by(|a, b| (&a.name, &a.bytes).cmp(&(&b.name, &b.bytes)));
        all.dedup();
        Ok(all)
    }

    /// The approvals of a statement whose checkpoint the new key has signed: that key proves nothing of them, as whoever
    /// made it can have signed.
    fn approved(&self, site: &Site<'_>) -> Result<Vec<ApprovalRecord>, ReplaceError> {
        let rules = site.governance.parts().ok_or(ReplaceError::NoPolicy)?;
        Ok(self.statement.approvals(rules, &self.signatures(site.registry)?, self.statement.created_at)?)
    }

    fn approvals(&self, site: &Site<'_>, now: Timestamp) -> Result<Vec<ApprovalRecord>, ReplaceError> {
        let made = self.statement.created_at;
        let age = now.duration_since(made);
        if age.is_negative() || age > GOOD_FOR {
            return Err(ReplaceError::Time(made));
        }
        let rules = site.governance.parts().ok_or(ReplaceError::NoPolicy)?;
        Ok(self.statement.approvals(rules, &self.signatures(site.registry)?, now)?)
    }
}

/// Carries out a statement: the new signer's first checkpoint covers its own appointment.
///
/// # Errors
/// [`ReplaceError`]. After a crash, or an error of the disk, the same command finishes it.
pub fn run(site: &Site<'_>, case: &Case, tokens: Tokens<'_>) -> Result<Replaced, ReplaceError> {
    let (registry, place) = (site.registry, case.place());
    let key = PublicKey::from_der(&case.statement.new_spki())?;
    let session = Session::open(tokens, &place, key.der(), &[])?;
    let serial = tokens.signer.identity().serial.as_str();
    let guard = registry.lock(site.wait, Some((site.runtime_dir, serial)))?;
    let now = (site.clock)();
    let mut approvals = Vec::new();
    let finished = is_signed(registry, &case.statement)?;
    if finished {
        case.approved(site)?;
    } else {
        approvals = case.approvals(site, now)?;
        let mut journal = Journal::open(registry, &guard, now, site.actor.clone())?;
        site.governance.ensure_current(journal.policy_in_force())?;
        for signature in case.signatures(registry)?.iter().filter(|signature| counts(signature, &approvals)) {
            registry.keep_approval(&guard, &case.sha256, (&signature.name, &signature.bytes))?;
        }
        registry.keep_replacement(&guard, &case.statement)?;
        // What a run had released before the token was lost has its place in the log, and gets it on the disk.
        let unreleased: Vec<_> = journal.unreleased()?.into_iter().map(|result| result.id).collect();
        let failed = journal.release_all(&unreleased).into_iter().next();
        // An output can wait where it is; evidence cannot.
        if let Some((_, error)) = failed.filter(|_| !journal.can_be_signed().unwrap_or_default()) {
            return Err(error.into());
        }
        journal.note(event::SIGNER_REPLACED, None, case.detail(&approvals))?;
        journal.checkpoint(&session.signer, (site.clock)())?;
    }
    registry.replace_signer(&guard, &place, &key.to_pem())?;
    let old = case.statement.old_signer.spki_sha256.clone();
    Ok(Replaced { signer: place, old, statement: case.sha256.clone(), approvals, finished })
}

fn counts(signature: &Signature, approvals: &[ApprovalRecord]) -> bool {
    let sha256 = sha256_hex(&signature.bytes);
    approvals.iter().any(|approval| approval.person == signature.name && approval.signature_sha256 == sha256)
}

impl Case {
    fn detail(&self, approvals: &[ApprovalRecord]) -> Map<String, Value> {
        let Replacement { old_signer, new_signer, policy, .. } = &self.statement;
        let rows = [
            ("statementSha256", json!(self.sha256)),
            ("oldSpkiSha256", json!(old_signer.spki_sha256)),
            ("newSpkiSha256", json!(new_signer.spki_sha256)),
            ("objectId", json!(new_signer.object_id)),
            ("tokenSerial", json!(new_signer.token_serial)),
            ("policySha256", json!(policy.sha256)),
            ("approvals", json!(approvals)),
        ];
        rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
