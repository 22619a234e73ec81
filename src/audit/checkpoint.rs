//! Checkpoints: how many lines the log has and what their Merkle root is, signed.
//!
//! The body is a C2SP tlog-checkpoint of three lines, and a fourth (an extension line) once a policy was adopted: which
//! one is in force. A checkpoint is signed by whoever wrote the lines since the one before it, so the fourth line is what
//! nobody without the PIN can add, change or take away; no command has to search the log for it. It is signed twice: as a DSSE envelope, which is what `verify`
//! reads and what openssl can check, and as a C2SP signed note for transparency tools. `checkpoints.jsonl` is one
//! DSSE envelope a line, `checkpoint.dsse.json` the last of them, `checkpoint` the note of the last.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::merkle::{Frontier, Hash};
use crate::manifest::digest::{is_sha256, parse_sha256, sha256};
use crate::manifest::dsse::{Payload, PayloadError};
use crate::manifest::signer::{EvidenceSigner, Scheme, SignError};
use crate::manifest::succession::Standing;
use crate::manifest::verifying_key::{KeyError, VerifyingKey};

/// The longest origin, in bytes.
const MAX_ORIGIN: usize = 255;

/// The state of a log at one size.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checkpoint {
    /// Names the log; random, made once. Visible ASCII without spaces or `+`.
    pub origin: String,
    /// Lines that the root covers.
    pub size: u64,
    /// RFC 9162 root over these lines.
    pub root: Hash,
    /// The policy in force, once one was adopted.
    pub policy: Option<PolicyInForce>,
}

/// The policy that was adopted last, as every checkpoint after its adoption names it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyInForce {
    /// The entry that is the success of its adoption.
    pub seq: u64,
    /// SHA-256 of the policy's bytes, lower-case hexadecimal.
    pub policy_sha256: String,
    /// SHA-256 of the bytes of its allowed signers.
    pub allowed_signers_sha256: String,
}

/// Why bytes are not a checkpoint.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CheckpointError {
    /// Not three lines, each ended by a line feed, and nothing after them but the policy in force.
    #[error("a checkpoint has three lines: origin, size, root; and a fourth once a policy was adopted")]
    Lines,
    /// The origin is empty, too long, or has spaces, `+` or other characters than visible ASCII.
    #[error("the origin of a checkpoint is 1 to {MAX_ORIGIN} visible ASCII characters without a plus sign")]
    Origin,
    /// The size is not a decimal number without leading zeros.
    #[error("the size of a checkpoint is not a plain decimal number")]
    Size,
    /// The root is not the base64 of 32 bytes.
    #[error("the root of a checkpoint is not the base64 of 32 bytes")]
    Root,
    /// The fourth line is not the number of an entry before the size and two hashes.
    #[error("the fourth line of a checkpoint is not the policy in force: an entry and two SHA-256")]
    Policy,
}

/// Why a note could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum NoteError {
    /// The checkpoint itself.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The signing key's public half.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl Checkpoint {
    /// The checkpoint of a log.
    #[must_use]
    pub fn of(origin: &str, frontier: &Frontier) -> Self {
        Self { origin: origin.to_owned(), size: frontier.size(), root: frontier.root(), policy: None }
    }

    /// The same under this policy.
    #[must_use]
    pub fn with_policy(self, policy: Option<PolicyInForce>) -> Self {
        Self { policy, ..self }
    }

    /// The body: its lines, each with its line feed.
    ///
    /// # Errors
    /// When the origin is not one.
    pub fn body(&self) -> Result<String, CheckpointError> {
        check_origin(&self.origin)?;
        let policy = self.policy.as_ref().map(|policy| policy.line(self.size)).transpose()?.unwrap_or_default();
        Ok(format!("{}\n{}\n{}\n{policy}", self.origin, self.size, STANDARD.encode(self.root)))
    }

    /// Reads a body: its lines and no other, every part in its only spelling.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn parse(body: &[u8]) -> Result<Self, CheckpointError> {
        let text = str::from_utf8(body).map_err(|_| CheckpointError::Lines)?;
        let mut lines = text.split('\n');
        let parts = [lines.next(), lines.next(), lines.next(), lines.next(), lines.next(), lines.next()];
        let (origin, size, root, policy) = match parts {
            [Some(origin), Some(size), Some(root), Some(""), None, None] => (origin, size, root, None),
            [Some(origin), Some(size), Some(root), Some(policy), Some(""), None] => (origin, size, root, Some(policy)),
            _ => return Err(CheckpointError::Lines),
        };
        check_origin(origin)?;
        let size = size.parse().ok().filter(|n: &u64| n.to_string() == size).ok_or(CheckpointError::Size)?;
        let root = STANDARD.decode(root).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(CheckpointError::Root)?;
        let policy = policy.map(|line| PolicyInForce::parse(line, size)).transpose()?;
        Ok(Self { origin: origin.to_owned(), size, root, policy })
    }

    /// The C2SP signed note. P-256 (type 0x02, over SHA-256) and Ed25519 (type 0x01) are the types that the note
    /// format has for our schemes; with P-384 and RSA the note is the bare body, and only the DSSE form is signed.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn to_note(&self, signer: &dyn EvidenceSigner) -> Result<String, NoteError> {
        let body = self.body()?;
        let key = VerifyingKey::from_spki(signer.spki())?;
        let Some(key_id) = note_key_id(&self.origin, &key) else { return Ok(body) };
        let signature = signer.sign(body.as_bytes())?;
        if !key.verifies(body.as_bytes(), &signature) {
            return Err(SignError::DoesNotVerify.into());
        }
        let line = STANDARD.encode([key_id.as_slice(), &signature].concat());
        Ok(format!("{body}\n\u{2014} {} {line}\n", self.origin))
    }

    /// Reads a note and whether `key` signed it. A bare body, or a note without that key's line, is not signed.
    ///
    /// # Errors
    /// When the note's text is not a checkpoint.
    pub fn from_note(note: &str, key: &VerifyingKey) -> Result<(Self, bool), CheckpointError> {
        let (body, signatures) = match note.rsplit_once("\n\n") {
            Some((body, signatures)) => (format!("{body}\n"), signatures),
            None => (note.to_owned(), ""),
        };
        let checkpoint = Self::parse(body.as_bytes())?;
        let id = note_key_id(&checkpoint.origin, key);
        let signed = id.is_some_and(|id| {
            let lines = signatures.split_terminator('\n').take(16);
            let mut ours = lines.filter_map(|line| note_signature(line, &checkpoint.origin, id));
            ours.any(|signature| key.verifies(body.as_bytes(), &signature))
        });
        Ok((checkpoint, signed))
    }
}

/// The word that a line begins with which names the policy in force.
const POLICY: &str = "policy";

impl PolicyInForce {
    /// The line, when it is one that [`Self::parse`] would take back.
    fn line(&self, size: u64) -> Result<String, CheckpointError> {
        let line = format!("{POLICY} {} {} {}", self.seq, self.policy_sha256, self.allowed_signers_sha256);
        Self::parse(&line, size)?;
        Ok(line + "\n")
    }

    fn parse(line: &str, size: u64) -> Result<Self, CheckpointError> {
        let mut words = line.split(' ');
        let parts = [words.next(), words.next(), words.next(), words.next(), words.next()];
        let [Some(POLICY), Some(seq), Some(policy), Some(signers), None] = parts else {
            return Err(CheckpointError::Policy);
        };
        let number = seq.parse().ok().filter(|n: &u64| n.to_string() == seq && *n < size);
        let (Some(seq), true, true) = (number, is_sha256(policy), is_sha256(signers)) else {
            return Err(CheckpointError::Policy);
        };
        Ok(Self { seq, policy_sha256: policy.to_owned(), allowed_signers_sha256: signers.to_owned() })
    }
}

impl Payload for Checkpoint {
    const TYPE: &'static str = "application/vnd.byok.checkpoint";

    fn to_payload(&self) -> Result<Vec<u8>, PayloadError> {
        Ok(self.body().map_err(PayloadError::invalid)?.into_bytes())
    }

    fn from_payload(bytes: &[u8]) -> Result<Self, PayloadError> {
        Self::parse(bytes).map_err(PayloadError::invalid)
    }

    fn standing(&self) -> Option<Standing<'_>> {
        Some(Standing { origin: &self.origin, entries: self.size, vouches: true })
    }
}

fn check_origin(origin: &str) -> Result<(), CheckpointError> {
    let good = (1..=MAX_ORIGIN).contains(&origin.len()) && origin.bytes().all(|b| b.is_ascii_graphic() && b != b'+');
    if good { Ok(()) } else { Err(CheckpointError::Origin) }
}

/// C2SP signed-note, "Signature types": Ed25519 hashes name, type and key; ECDSA hashes the SPKI.
fn note_key_id(name: &str, key: &VerifyingKey) -> Option<[u8; 4]> {
    let hash = match key.scheme() {
        Scheme::Ed25519 => sha256(&[name.as_bytes(), b"\n\x01", key.raw()].concat()),
        Scheme::EcdsaP256 => parse_sha256(key.spki_sha256())?,
        Scheme::EcdsaP384 | Scheme::RsaPssSha256 => return None,
    };
    hash.first_chunk().copied()
}

fn note_signature(line: &str, name: &str, id: [u8; 4]) -> Option<Vec<u8>> {
    let encoded = line.strip_prefix("\u{2014} ")?.strip_prefix(name)?.strip_prefix(' ')?;
    let bytes = STANDARD.decode(encoded).ok()?;
    bytes.strip_prefix(&id).map(<[u8]>::to_vec)
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
