//! The answers of providers: files from outside. One that serves many keys is read once; one of a single key is read again
//! under the lock, and has to be the one that was checked and shown.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::error::RotateError;
use crate::key::name::KeyName;
use crate::manifest::digest::sha256_hex;
use crate::ops::target::Target;
use crate::ops::wrap::authenticate::{AuthenticatedBy, PinError};
use crate::ops::wrap::check::CheckError;
use crate::ops::wrap::terms::{Received, receive};
use crate::provider::{Handout, ImportFile};

/// Where an answer may lie.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place<'a> {
    /// For this key alone: `DIR/NAME/<target-id>.json`.
    OfKey(&'a KeyName),
    /// For every key of the target: `DIR/<target-id>.json`.
    OfTarget,
}

/// Reads the answer for a target, when there is one.
pub type Fetch<'a> = dyn Fn(Place<'_>, &Target) -> Result<Option<ImportFile>, Box<dyn Error + Send + Sync>> + Sync + 'a;

/// An answer, read and checked.
#[derive(Debug)]
pub struct Answer {
    /// What it says.
    pub received: Received,
    /// Lower-case hexadecimal SHA-256 of the file.
    pub sha256: String,
    /// Its size in bytes.
    pub size: usize,
    /// The file's name, for messages.
    pub name: String,
    /// Whether it serves every key of its target.
    pub shared: bool,
}

/// A hash of 32 bytes, and not their digits: there may be very many.
type Seen = BTreeMap<KeyName, Option<[u8; 32]>>;

/// All answers of a command.
pub struct Answers<'a> {
    fetch: &'a Fetch<'a>,
    /// By target.
    shared: Mutex<BTreeMap<String, Option<Arc<Answer>>>>,
    /// By target: SHA-256 of what was found for each key, `None` for nothing.
    seen: Mutex<BTreeMap<String, Seen>>,
    /// What was not seen before is not used any more.
    settled: AtomicBool,
    /// The wrapping keys that may be used, by the SHA-256 of their SPKI; any, when there are none.
    pins: BTreeSet<String>,
}

impl fmt::Debug for Answers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl Answer {
    fn digest(&self) -> [u8; 32] {
        let mut digest = [0; 32];
        // It is of this length: this program made it.
        let _ = hex::decode_to_slice(&self.sha256, &mut digest);
        digest
    }
}

impl<'a> Answers<'a> {
    /// Answers that this finds.
    #[must_use]
    pub fn new(fetch: &'a Fetch<'a>) -> Self {
        Self {
            fetch,
            shared: Mutex::default(),
            seen: Mutex::default(),
            settled: AtomicBool::new(false),
            pins: BTreeSet::new(),
        }
    }

    /// Only wrapping keys with one of these fingerprints are used.
    #[must_use]
    pub fn pinned(self, pins: BTreeSet<String>) -> Self {
        Self { pins, ..self }
    }

    /// From here on only that is used which was found before: it was shown, and people agreed to it.
    pub fn settle(&self) {
        self.settled.store(true, Ordering::SeqCst);
    }

    /// The answer for this key and target: its own, else that of the target; `None` when there is neither.
    ///
    /// # Errors
    /// A file that cannot be read, or is no answer of this provider that is good now, or another one than before.
    pub fn find(&self, key: &KeyName, target: &Target, now: Timestamp) -> Result<Option<Arc<Answer>>, RotateError> {
        let answer = self.look(key, target, now)?;
        let sha256 = answer.as_ref().map(|answer| answer.digest());
        let mut seen = lock(&self.seen);
        let seen = seen.entry(target.id.clone()).or_default();
        let is_the_same = match seen.get(key) {
            Some(known) => *known == sha256,
            None => !self.settled.load(Ordering::SeqCst),
        };
        if !is_the_same {
            return Err(RotateError::AnswerChanged { target: target.id.clone() });
        }
        seen.insert(key.clone(), sha256);
        Ok(answer)
    }

    fn look(&self, key: &KeyName, target: &Target, now: Timestamp) -> Result<Option<Arc<Answer>>, RotateError> {
        if let Some(file) = self.read(Place::OfKey(key), target)? {
            return Ok(Some(Arc::new(self.parse(file, key, target, false, now)?)));
        }
        // Held while the file is parsed, so that no other thread does it too.
        let mut shared = lock(&self.shared);
        if let Some(known) = shared.get(&target.id) {
            return Ok(known.clone());
        }
        let file = self.read(Place::OfTarget, target)?;
        let answer = file.map(|file| self.parse(file, key, target, true, now)).transpose()?.map(Arc::new);
        shared.insert(target.id.clone(), answer.clone());
        Ok(answer)
    }

    fn read(&self, place: Place<'_>, target: &Target) -> Result<Option<ImportFile>, RotateError> {
        (self.fetch)(place, target).map_err(|error| RotateError::Unread { target: target.id.clone(), error })
    }

    fn parse(
        &self,
        file: ImportFile,
        key: &KeyName,
        target: &Target,
        shared: bool,
        now: Timestamp,
    ) -> Result<Answer, RotateError> {
        let (sha256, size, name) = (sha256_hex(&file.bytes), file.bytes.len(), file.name.clone());
        let handout = Handout { wrapping_key: file, import_token: None, kid: None, import_job: None };
        let of_target = |error: CheckError| RotateError::from(error).of_target(&target.id, Some(&name));
        let mut received =
            receive(target.provider, &handout, &target.options_for(key), None, now).map_err(of_target)?;
        if !self.pins.is_empty() {
            self.check_pins(&received.wrapping_key_sha256).map_err(of_target)?;
            received.authenticated_by = AuthenticatedBy::Pinned;
        }
        Ok(Answer { received, sha256, size, name, shared })
    }

    fn check_pins(&self, found: &str) -> Result<(), CheckError> {
        if self.pins.contains(found) {
            return Ok(());
        }
        let pinned = self.pins.iter().cloned().collect::<Vec<_>>().join(" or ");
        Err(PinError::Differs { found: found.to_owned(), pinned }.into())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
