//! Who may sign evidence: a PEM file of public keys, or a `trust.yaml`.
//!
//! The threshold counts distinct keys and distinct people. The `keyid` of a signature is a hint about which key to
//! try first and decides nothing.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Deserialize;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};

use super::digest::{Sha256Bytes, sha256};
use super::dsse::VerifiedSigner;
use super::succession::{Standing, Succession, Tenure};
use super::verifying_key::{KeyError, VerifyingKey};

/// `schema` of a trust.yaml.
pub const SCHEMA: &str = "byok.trust/v1";
/// The largest trust file that is read, in bytes.
pub const MAX_TRUST_FILE: usize = 256 << 10;
/// The most signers of one trust file.
pub const MAX_SIGNERS: usize = 64;

/// The keys that are believed, and how many of them must have signed.
#[derive(Clone, Debug)]
pub struct Trust {
    signers: Vec<TrustedSigner>,
    threshold: usize,
    memory: Option<Arc<GoodSignatures>>,
}

/// Signatures that this process has verified, so that a document which one command reads several times is verified
/// once. Kept by a hash over key, signature and message: whatever differs is verified.
#[derive(Debug, Default)]
pub struct GoodSignatures(Mutex<HashSet<Sha256Bytes>>);

/// The most signatures that are kept: those of a fleet of ten thousand keys, in a megabyte or two.
const MAX_REMEMBERED: usize = 32768;

/// One believed key.
#[derive(Clone, Debug)]
struct TrustedSigner {
    key: VerifyingKey,
    /// The person or machine that answers for it; several keys of one name count once.
    name: Option<String>,
    not_before: Option<Timestamp>,
    not_after: Option<Timestamp>,
    revoked: bool,
    /// Where it counts, once a signer took another's place.
    tenure: Tenure,
}

/// Why a trust file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// Larger than [`MAX_TRUST_FILE`].
    #[error("a trust file of {0} bytes; at most {MAX_TRUST_FILE} are read")]
    TooLarge(usize),
    /// Neither PEM nor YAML text.
    #[error("a trust file holds PEM public keys or a {SCHEMA} document; this is neither")]
    Unknown,
    /// A PEM block that is not a public key.
    #[error("a PEM block {0:?}; a trust file holds only PUBLIC KEY blocks")]
    Block(String),
    /// Not the YAML document that it should be.
    #[error("not a {SCHEMA} document: {0}")]
    Yaml(String),
    /// Another schema.
    #[error("schema {0:?}; known: {SCHEMA}")]
    Schema(String),
    /// A key that cannot check evidence.
    #[error("signer {0} of the trust file")]
    Key(usize, #[source] KeyError),
    /// The same public key twice, under whatever names.
    #[error("the key {0} stands twice in the trust file")]
    Twice(String),
    /// No key, or too many.
    #[error("{0} signers; a trust file names 1 to {MAX_SIGNERS}")]
    Count(usize),
    /// Fewer distinct people than signatures asked for, or none asked for.
    #[error("a threshold of {threshold} with {people} distinct signers")]
    Threshold {
        /// What the file asks for.
        threshold: usize,
        /// How many distinct names (or unnamed keys) it has.
        people: usize,
    },
    /// A role that has nothing to do with evidence.
    #[error("the role {0:?}; known: evidence")]
    Role(String),
}

/// Fewer accepted signatures than asked for.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Shortfall {
    /// A signature that names a trusted key is not that key's signature over these bytes.
    #[error("the signature of {0} does not verify")]
    BadSignature(String),
    /// No trusted key has signed.
    #[error("signed by {0}, which the trust file does not name")]
    Untrusted(String),
    /// The key is revoked.
    #[error("signed by {0}, which the trust file revokes")]
    Revoked(String),
    /// The document says that it was made when the key was not valid.
    #[error("signed by {0}, which is not valid at the time that the document claims")]
    OutOfTime(String),
    /// One took the other's place, and this is where the other counts.
    #[error("signed by {0} where another evidence signer is in its place")]
    OutOfTenure(String),
    /// Some have signed, but not enough.
    #[error("{accepted} of {threshold} needed signers; one key or one name counts once")]
    TooFew {
        /// Distinct keys with distinct names that count.
        accepted: usize,
        /// How many are needed.
        threshold: usize,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TrustFile {
    schema: String,
    threshold: usize,
    signers: Vec<SignerRow>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignerRow {
    name: String,
    role: String,
    spki: String,
    not_before: Option<Timestamp>,
    not_after: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

impl Trust {
    /// Reads a trust file: PEM (each key suffices alone) or `trust.yaml`. `now` decides which revocations hold.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn parse(bytes: &[u8], now: Timestamp) -> Result<Self, TrustError> {
        if bytes.len() > MAX_TRUST_FILE {
            return Err(TrustError::TooLarge(bytes.len()));
        }
        let text = str::from_utf8(bytes).map_err(|_| TrustError::Unknown)?;
        let start = text.trim_start();
        if start.starts_with("-----BEGIN ") {
            Self::from_pem(text)
        } else if start.is_empty() {
            Err(TrustError::Unknown)
        } else {
            Self::from_yaml(text, now)
        }
    }

    /// Trusts one key, given as DER SubjectPublicKeyInfo, alone.
    ///
    /// # Errors
    /// When it is not a key that checks evidence.
    pub fn from_spki(der: &[u8]) -> Result<Self, TrustError> {
        let key = VerifyingKey::from_spki(der).map_err(|error| TrustError::Key(1, error))?;
        Self::checked(vec![TrustedSigner::unnamed(key)], 1)
    }

    fn from_pem(text: &str) -> Result<Self, TrustError> {
        let blocks = pem::parse_many(text).map_err(|_| TrustError::Unknown)?;
        let read = |(index, block): (usize, &pem::Pem)| {
            if block.tag() != "PUBLIC KEY" {
                return Err(TrustError::Block(block.tag().to_owned()));
            }
            let key = VerifyingKey::from_spki(block.contents());
            key.map(TrustedSigner::unnamed).map_err(|error| TrustError::Key(index.saturating_add(1), error))
        };
        // A block that the tolerant reader skips must not vanish unseen.
        if blocks.len() != text.matches("-----BEGIN ").count() {
            return Err(TrustError::Unknown);
        }
        Self::checked(blocks.iter().enumerate().map(read).collect::<Result<_, _>>()?, 1)
    }

    fn from_yaml(text: &str, now: Timestamp) -> Result<Self, TrustError> {
        let options = serde_saphyr::options! {
            strict_booleans: true,
            duplicate_keys: DuplicateKeyPolicy::Error,
            merge_keys: MergeKeyPolicy::Error,
            // A snippet would show what is in a file that was named by mistake: a PIN, a key.
            with_snippet: false,
        };
        let file: TrustFile =
            serde_saphyr::from_str_with_options(text, options).map_err(|error| TrustError::Yaml(error.to_string()))?;
        if file.schema != SCHEMA {
            return Err(TrustError::Schema(file.schema));
        }
        let read = |(index, row): (usize, SignerRow)| TrustedSigner::from_row(index.saturating_add(1), row, now);
        let signers = file.signers.into_iter().enumerate().map(read).collect::<Result<_, _>>()?;
        Self::checked(signers, file.threshold)
    }

    fn checked(signers: Vec<TrustedSigner>, threshold: usize) -> Result<Self, TrustError> {
        if signers.is_empty() || signers.len() > MAX_SIGNERS {
            return Err(TrustError::Count(signers.len()));
        }
        for (index, signer) in signers.iter().enumerate() {
            let id = signer.key.spki_sha256();
            if signers.iter().take(index).any(|earlier| earlier.key.spki_sha256() == id) {
                return Err(TrustError::Twice(id.to_owned()));
            }
        }
        let people = distinct_people(signers.iter());
        if threshold == 0 || threshold > people {
            return Err(TrustError::Threshold { threshold, people });
        }
        Ok(Self { signers, threshold, memory: None })
    }

    /// The same trust, which does not verify anew what is in `memory`.
    #[must_use]
    pub fn remembering(self, memory: Arc<GoodSignatures>) -> Self {
        Self { memory: Some(memory), ..self }
    }

    /// The same trust after one succession: the new signer has the lost one's name.
    pub(super) fn succeeded(mut self, succession: &Succession) -> Self {
        let Succession { origin, old, new, entries } = succession;
        let Some(lost) = self.signers.iter_mut().find(|signer| signer.key.spki_sha256() == old) else { return self };
        lost.tenure.origin = Some(origin.clone());
        lost.tenure.until = Some(*entries);
        let name = lost.name.clone();
        let tenure = Tenure { origin: Some(origin.clone()), after: Some(*entries), until: None };
        match self.signers.iter_mut().find(|signer| signer.key.spki_sha256() == new.spki_sha256()) {
            Some(known) => known.tenure = tenure,
            None => self.signers.push(TrustedSigner { name, tenure, ..TrustedSigner::unnamed(new.clone()) }),
        }
        self
    }

    /// How many distinct signers a document needs.
    #[must_use]
    pub fn threshold(&self) -> usize {
        self.threshold
    }

    /// The believed keys that are not revoked.
    pub fn keys(&self) -> impl Iterator<Item = &VerifyingKey> {
        self.signers.iter().filter(|signer| !signer.revoked).map(|signer| &signer.key)
    }

    /// The trusted keys that signed `message`, each at most once, at least one.
    ///
    /// # Errors
    /// When no trusted, unrevoked key has signed.
    pub(super) fn verified<'a>(
        &self,
        message: &[u8],
        signatures: impl Iterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Vec<usize>, Shortfall> {
        let mut found = Vec::new();
        let mut shortfall = None;
        for (keyid, signature) in signatures {
            match self.signer_of(message, keyid, signature) {
                Ok(index) if found.contains(&index) => {}
                Ok(index) => found.push(index),
                Err(error) => shortfall = shortfall.or(Some(error)),
            }
        }
        match shortfall {
            Some(error) if found.is_empty() => Err(error),
            _ => Ok(found),
        }
    }

    /// Which trusted key made this signature. The hinted key is tried first, then every other: a wrong hint must not
    /// hide a good signature.
    fn signer_of(&self, message: &[u8], keyid: &str, signature: &[u8]) -> Result<usize, Shortfall> {
        let hinted = self.signers.iter().position(|signer| signer.key.spki_sha256() == keyid);
        let others = (0..self.signers.len()).filter(|index| Some(*index) != hinted);
        let verifies = |key: &VerifyingKey| match &self.memory {
            Some(memory) => memory.verifies(key, message, signature),
            None => key.verifies(message, signature),
        };
        let signed_by = |index: &usize| self.signers.get(*index).is_some_and(|signer| verifies(&signer.key));
        let id = || if is_key_id(keyid) { keyid.to_owned() } else { "an unnamed key".to_owned() };
        let found = hinted.into_iter().chain(others).find(signed_by);
        match found.and_then(|index| Some((index, self.signers.get(index)?))) {
            Some((_, signer)) if signer.revoked => Err(Shortfall::Revoked(signer.key.spki_sha256().to_owned())),
            Some((index, _)) => Ok(index),
            None if hinted.is_some() => Err(Shortfall::BadSignature(id())),
            None => Err(Shortfall::Untrusted(id())),
        }
    }

    /// Counts the verified keys that were valid at the time that the document claims, each key and each name once.
    ///
    /// # Errors
    /// When they are fewer than the threshold.
    pub(super) fn accept(
        &self,
        verified: &[usize],
        claimed_at: Option<Timestamp>,
        standing: Option<Standing<'_>>,
    ) -> Result<Vec<VerifiedSigner>, Shortfall> {
        let signers = || verified.iter().filter_map(|index| self.signers.get(*index));
        if let Some(signer) = signers().find(|signer| !signer.tenure.admits(standing)) {
            return Err(Shortfall::OutOfTenure(signer.key.spki_sha256().to_owned()));
        }
        let in_time: Vec<_> = signers().filter(|signer| signer.is_valid_at(claimed_at)).collect();
        let accepted = distinct_people(in_time.iter().copied());
        if accepted >= self.threshold {
            return Ok(in_time.into_iter().map(TrustedSigner::report).collect());
        }
        match signers().find(|signer| !signer.is_valid_at(claimed_at)) {
            Some(signer) => Err(Shortfall::OutOfTime(signer.key.spki_sha256().to_owned())),
            None => Err(Shortfall::TooFew { accepted, threshold: self.threshold }),
        }
    }
}

impl GoodSignatures {
    fn verifies(&self, key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
        // The first two have a length that the key fixes, or their own before them.
        let length = u64::try_from(signature.len()).unwrap_or(u64::MAX).to_be_bytes();
        let parts = [key.spki_sha256().as_bytes(), &length, signature, message];
        let hash = sha256(&parts.concat());
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known().contains(&hash) {
            return true;
        }
        let good = key.verifies(message, signature);
        let mut known = known();
        if good && known.len() < MAX_REMEMBERED {
            known.insert(hash);
        }
        good
    }
}

impl TrustedSigner {
    fn unnamed(key: VerifyingKey) -> Self {
        Self { key, name: None, not_before: None, not_after: None, revoked: false, tenure: Tenure::default() }
    }

    fn from_row(number: usize, row: SignerRow, now: Timestamp) -> Result<Self, TrustError> {
        if row.role != "evidence" {
            return Err(TrustError::Role(row.role));
        }
        let key = VerifyingKey::from_pem(&row.spki).map_err(|error| TrustError::Key(number, error))?;
        if row.name.is_empty() || row.name.chars().any(char::is_control) {
            return Err(TrustError::Yaml(format!("signer {number} has an empty name, or one with control characters")));
        }
        Ok(Self {
            key,
            name: Some(row.name),
            not_before: row.not_before,
            not_after: row.not_after,
            revoked: row.revoked_at.is_some_and(|at| at <= now),
            tenure: Tenure::default(),
        })
    }

    /// From `notBefore` (included) to `notAfter` (excluded). A document without a time is taken: when it was signed
    /// cannot be known either way.
    fn is_valid_at(&self, time: Option<Timestamp>) -> bool {
        time.is_none_or(|time| {
            self.not_before.is_none_or(|from| from <= time) && self.not_after.is_none_or(|until| time < until)
        })
    }

    fn report(&self) -> VerifiedSigner {
        VerifiedSigner {
            spki_sha256: self.key.spki_sha256().to_owned(),
            scheme: self.key.scheme(),
            name: self.name.clone(),
        }
    }
}

/// Distinct names; an unnamed key is a person of its own.
fn distinct_people<'a>(signers: impl Iterator<Item = &'a TrustedSigner>) -> usize {
    let mut people: Vec<&str> =
        signers.map(|signer| signer.name.as_deref().unwrap_or_else(|| signer.key.spki_sha256())).collect();
    people.sort_unstable();
    people.dedup();
    people.len()
}

fn is_key_id(text: &str) -> bool {
    super::digest::parse_sha256(text).is_some()
}

#[cfg(test)]
#[path = "trust_tests.rs"]
mod tests;
