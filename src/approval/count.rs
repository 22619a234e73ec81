//! Whether signatures approve a plan: distinct people with distinct keys are counted, and whatever does not count has
//! its reason.

mod reason;

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use super::allowed_signers::{AllowedSigners, Signer};
use super::person;
use super::sshsig::SshSig;
use crate::format::escape::{SHORT, printable};
use crate::manifest::authorization::ApprovalRecord;
use crate::manifest::digest::sha256_hex;
use crate::policy::request::{Person, Requirement};

pub use reason::Reason;

/// The most signatures that are looked at.
pub const MAX_SIGNATURES: usize = 64;

/// A signature, and who is said to have made it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signature {
    /// The person: the file's name without `.sshsig`.
    pub name: String,
    /// The armored signature.
    pub bytes: Vec<u8>,
}

/// What a count rests on.
#[derive(Clone, Copy, Debug)]
pub struct CountFacts<'a> {
    /// The document that was to be signed, byte for byte.
    pub message: &'a [u8],
    /// The namespace that it is signed in.
    pub namespace: &'a str,
    /// Who made the document: a person of the policy, or a login name. Nothing where it has no author.
    pub author: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
    /// The adopted allowed signers.
    pub signers: &'a AllowedSigners,
    /// The people of the adopted policy, by principal.
    pub people: &'a BTreeMap<String, Person>,
    /// The policy's revoked keys by fingerprint, and since when; nothing for always.
    pub revoked: &'a BTreeMap<String, Option<Timestamp>>,
}

/// What counted and what did not.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// One for each person, sorted by name.
    pub counted: Vec<ApprovalRecord>,
    /// The others, in the order of their names.
    pub rejected: Vec<Rejected>,
}

/// A signature that does not count.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rejected {
    /// As [`Signature::name`].
    pub name: String,
    /// Why.
    pub reason: Reason,
}

/// The approvals do not suffice.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApprovalError {
    /// What is missing.
    pub shortfall: Shortfall,
    /// What there is.
    pub tally: Tally,
}

/// What is missing.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Shortfall {
    /// Fewer people than needed.
    #[error("{have} of {needed} approvals")]
    TooFew {
        /// Distinct people with distinct keys.
        have: usize,
        /// How many are needed.
        needed: u32,
    },
    /// Enough people, but not with this role.
    #[error("{have} of {needed} approvals by people with the role {role}")]
    Role {
        /// The role.
        role: String,
        /// How many of those that count have it.
        have: usize,
        /// How many are needed.
        needed: u32,
    },
    /// The author does not count, and nobody can tell who it is.
    #[error(
        "{author} made the plan and is neither a person nor a login of the policy, so nobody can tell that the approvals are of others"
    )]
    UnknownAuthor {
        /// The name in the plan.
        author: String,
    },
    /// More than [`MAX_SIGNATURES`].
    #[error("{0} signatures; at most {MAX_SIGNATURES} are looked at")]
    TooMany(usize),
}

impl fmt::Display for ApprovalError {
    /// One line without the signatures that do not count; those are in [`Tally::rejected`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shortfall.fmt(f)
    }
}

impl std::error::Error for ApprovalError {}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", printable(&self.name, SHORT), self.reason)
    }
}

/// The approvals that count, where they suffice.
///
/// # Errors
/// [`ApprovalError`], with the reason of each signature that does not count.
pub fn count(
    requirement: &Requirement,
    facts: &CountFacts<'_>,
    signatures: &[Signature],
) -> Result<Vec<ApprovalRecord>, ApprovalError> {
    let of_people = signatures.iter().filter(|signature| facts.people.contains_key(&signature.name)).count();
    if of_people > MAX_SIGNATURES {
        let shortfall = Shortfall::TooMany(of_people);
        return Err(ApprovalError { shortfall, tally: Tally::default() });
    }
    let tally = tally(requirement, facts, signatures);
    match shortfall(requirement, facts, &tally.counted) {
        Some(shortfall) => Err(ApprovalError { shortfall, tally }),
        None => Ok(tally.counted),
    }
}

/// What counts and what does not, whether or not it suffices.
#[must_use]
pub fn tally(requirement: &Requirement, facts: &CountFacts<'_>, signatures: &[Signature]) -> Tally {
    // The order decides which of two signatures by one key or one person counts; it must not be the caller's.
    // Whoever can write files here adds names of nobody, which must not keep those of people from being looked at.
    let (people, others): (Vec<&Signature>, Vec<&Signature>) =
        signatures.iter().partition(|signature| facts.people.contains_key(&signature.name));
    let mut sorted: Vec<&Signature> = people.into_iter().chain(others).take(MAX_SIGNATURES).collect();
    sorted.sort_by(|a, b| (&a.name, &a.bytes).cmp(&(&b.name, &b.bytes)));
    let mut tally = Tally::default();
    let mut keys: Vec<(SshSig, String)> = Vec::new();
    for signature in sorted {
        let person = &signature.name;
        let taken = judge(requirement, facts, signature).and_then(|sig| reason::distinct(&keys, person, sig));
        match taken {
            Ok(sig) => {
                tally.counted.push(record(person, &sig, signature));
                keys.push((sig, person.clone()));
            }
            Err(reason) => tally.rejected.push(Rejected { name: person.clone(), reason }),
        }
    }
    tally
}

/// Whether one signature counts, the others aside.
///
/// # Errors
/// The reason for which it does not.
pub fn judge(requirement: &Requirement, facts: &CountFacts<'_>, signature: &Signature) -> Result<SshSig, Reason> {
    let sig = SshSig::parse(&signature.bytes)?;
    eligible(requirement, facts, &signature.name, &sig)?;
    if !sig.verifies(facts.message) {
        return Err(Reason::Message);
    }
    // What the authenticator says is believed only now that the signature over it is good.
    reason::touch(&sig, requirement.verify_required)?;
    Ok(sig)
}

/// What stands against a signature of this key in the name of this person, before anything is signed.
///
/// # Errors
/// The reason for which it would not count.
pub fn eligible(requirement: &Requirement, facts: &CountFacts<'_>, name: &str, sig: &SshSig) -> Result<(), Reason> {
    if sig.namespace() != facts.namespace {
        return Err(Reason::Namespace { found: sig.namespace().to_owned(), needed: facts.namespace.to_owned() });
    }
    eligible_key(requirement, facts, name, sig.key())
}

/// The same, of a key that has not signed yet.
///
/// # Errors
/// The reason for which its signature would not count.
pub fn eligible_key(
    requirement: &Requirement,
    facts: &CountFacts<'_>,
    name: &str,
    key: &super::ssh_key::SshKey,
) -> Result<(), Reason> {
    person::check(name).map_err(Reason::Person)?;
    let signer = reason::signer(facts.signers, name, key)?;
    in_force(facts, signer)?;
    if !facts.people.contains_key(name) {
        return Err(Reason::NotInPolicy);
    }
    if !requirement.author_counts && is_author(facts, name) {
        return Err(Reason::Author);
    }
    Ok(())
}

/// The people who could give an approval of this document now: each has a key of the allowed signers that would count.
#[must_use]
pub fn able(requirement: &Requirement, facts: &CountFacts<'_>) -> Vec<String> {
    let of = |name: &&String| {
        let keys = facts.signers.signers().iter().filter(|signer| signer.is(name));
        keys.into_iter().any(|signer| eligible_key(requirement, facts, name, &signer.key).is_ok())
    };
    facts.people.keys().filter(of).cloned().collect()
}

/// What is missing if all of these people approve.
#[must_use]
pub fn shortfall_of(requirement: &Requirement, facts: &CountFacts<'_>, people: &[String]) -> Option<Shortfall> {
    let record = |person: &String| ApprovalRecord {
        person: person.clone(),
        key: String::new(),
        namespace: String::new(),
        signature_sha256: String::new(),
    };
    shortfall(requirement, facts, &people.iter().map(record).collect::<Vec<_>>())
}

/// Namespace, validity and revocation of a signer.
fn in_force(facts: &CountFacts<'_>, signer: &Signer) -> Result<(), Reason> {
    if !signer.signs_in(facts.namespace) {
        return Err(Reason::KeyNamespace { needed: facts.namespace.to_owned(), line: signer.line });
    }
    if let Some(from) = signer.valid_after.filter(|from| facts.now < *from) {
        return Err(Reason::NotYetValid { from, line: signer.line });
    }
    if let Some(until) = signer.valid_before.filter(|until| facts.now > *until) {
        return Err(Reason::Expired { until, line: signer.line });
    }
    match facts.revoked.get(&signer.key.fingerprint()) {
        Some(None) => Err(Reason::RevokedAlways),
        Some(Some(since)) if facts.now >= *since => Err(Reason::Revoked { since: *since }),
        _ => Ok(()),
    }
}

fn is_author(facts: &CountFacts<'_>, name: &str) -> bool {
    let person = facts.people.get(name);
    facts.author.is_some_and(|author| name == author || person.is_some_and(|person| person.logins.contains(author)))
}

fn record(person: &str, sig: &SshSig, signature: &Signature) -> ApprovalRecord {
    ApprovalRecord {
        person: person.to_owned(),
        key: sig.key().fingerprint(),
        namespace: sig.namespace().to_owned(),
        signature_sha256: sha256_hex(&signature.bytes),
    }
}

fn shortfall(requirement: &Requirement, facts: &CountFacts<'_>, counted: &[ApprovalRecord]) -> Option<Shortfall> {
    let known = |_: &&str| facts.people.keys().any(|name| is_author(facts, name));
    if let Some(author) = facts.author.filter(|author| !requirement.author_counts && !known(author)) {
        return Some(Shortfall::UnknownAuthor { author: printable(author, SHORT) });
    }
    let reaches = |have: usize, needed: u32| u32::try_from(have).is_ok_and(|have| have >= needed);
    // A requirement of nobody would let anything through; a policy cannot say it.
    let needed = requirement.threshold.max(1);
    if !reaches(counted.len(), needed) {
        return Some(Shortfall::TooFew { have: counted.len(), needed });
    }
    requirement.roles.iter().find_map(|(role, needed)| {
        let has = |record: &&ApprovalRecord| facts.people.get(&record.person).is_some_and(|p| p.roles.contains(role));
        let have = counted.iter().filter(has).count();
        (!reaches(have, *needed)).then(|| Shortfall::Role { role: role.clone(), have, needed: *needed })
    })
}

#[cfg(test)]
#[path = "count_tests.rs"]
mod tests;
