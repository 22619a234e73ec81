//! Why a signature does not count.

use jiff::Timestamp;

use crate::approval::allowed_signers::{AllowedSigners, Signer};
use crate::approval::person::PersonError;
use crate::approval::ssh_key::SshKey;
use crate::approval::sshsig::{SshSig, SshSigError};

/// Why a signature does not count, as a lower-case fragment.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Reason {
    /// Not a signature that can count: broken, of a weak or refused key, with another hash.
    #[error("{0}")]
    Signature(#[from] SshSigError),
    /// The file's name is no person's.
    #[error("{0}")]
    Person(PersonError),
    /// For something else.
    #[error("signed in the namespace {found:?}; this needs {needed:?}")]
    Namespace {
        /// What it is for.
        found: String,
        /// What is needed.
        needed: String,
    },
    /// Nobody's key.
    #[error("the key {0} is not in the allowed signers")]
    UnknownSigner(String),
    /// Somebody else's key.
    #[error("the key {key} is that of {people}")]
    WrongPerson {
        /// Fingerprint.
        key: String,
        /// Whose it is.
        people: String,
    },
    /// The allowed signers know the person, the policy does not.
    #[error("the policy's people do not have this name")]
    NotInPolicy,
    /// The allowed signers keep the key to other namespaces.
    #[error("line {line} of the allowed signers does not let this key sign in {needed:?}")]
    KeyNamespace {
        /// What is needed.
        needed: String,
        /// Which line.
        line: usize,
    },
    /// Before `valid-after`.
    #[error("the key is valid from {from} (line {line} of the allowed signers)")]
    NotYetValid {
        /// From when.
        from: Timestamp,
        /// Which line.
        line: usize,
    },
    /// After `valid-before`.
    #[error("the key was valid until {until} (line {line} of the allowed signers)")]
    Expired {
        /// Until when.
        until: Timestamp,
        /// Which line.
        line: usize,
    },
    /// In the policy's `revoked-keys`.
    #[error("the policy revokes the key since {since}")]
    Revoked {
        /// Since when.
        since: Timestamp,
    },
    /// The same, without a beginning.
    #[error("the policy revokes the key")]
    RevokedAlways,
    /// Over other bytes, or broken.
    #[error("not a signature over this plan: the plan or the signature was changed, or it approves another one")]
    Message,
    /// A FIDO key that nobody touched.
    #[error("its FIDO key signed without anybody touching it")]
    Untouched,
    /// A FIDO key that did not check its user.
    #[error("its FIDO key did not verify its user (PIN or fingerprint), which the policy asks for")]
    Unverified,
    /// Whoever made the plan.
    #[error("made the plan, and the policy does not count its author")]
    Author,
    /// A second signature of a person.
    #[error("one person counts once, with however many keys")]
    SamePerson,
    /// A second signature of a key.
    #[error("signed with the key of {0}'s approval, and one key counts once")]
    SameKey(String),
}

/// The line that lets this person sign with this key.
pub(super) fn signer<'a>(signers: &'a AllowedSigners, name: &str, key: &SshKey) -> Result<&'a Signer, Reason> {
    if let Some(signer) = signers.of_key(key).find(|signer| signer.is(name)) {
        return Ok(signer);
    }
    let mut people: Vec<&str> = signers.of_key(key).flat_map(|line| &line.people).map(String::as_str).collect();
    people.sort_unstable();
    people.dedup();
    match people.join(", ") {
        nobody if nobody.is_empty() => Err(Reason::UnknownSigner(key.fingerprint())),
        people => Err(Reason::WrongPerson { key: key.fingerprint(), people }),
    }
}

/// What a FIDO authenticator must have seen of its user.
pub(super) fn touch(sig: &SshSig, verify_required: bool) -> Result<(), Reason> {
    match sig.touch() {
        Some(touch) if !touch.present => Err(Reason::Untouched),
        Some(touch) if verify_required && !touch.verified => Err(Reason::Unverified),
        _ => Ok(()),
    }
}

/// Neither the person nor the key has counted already.
pub(super) fn distinct(counted: &[(SshSig, String)], person: &str, sig: SshSig) -> Result<SshSig, Reason> {
    if counted.iter().any(|(_, earlier)| earlier == person) {
        return Err(Reason::SamePerson);
    }
    match counted.iter().find(|(earlier, _)| earlier.key().is_same_as(sig.key())) {
        Some((_, earlier)) => Err(Reason::SameKey(earlier.clone())),
        None => Ok(sig),
    }
}
