//! The answers of providers: files from outside, each read and checked once. One that serves many keys is parsed once.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::error::RotateError;
use crate::key::name::KeyName;
use crate::manifest::digest::sha256_hex;
use crate::ops::target::Target;
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

/// All answers of a command.
pub struct Answers<'a> {
    fetch: &'a Fetch<'a>,
    /// By target.
    shared: Mutex<BTreeMap<String, Option<Arc<Answer>>>>,
}

impl fmt::Debug for Answers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl<'a> Answers<'a> {
    /// Answers that this finds.
    #[must_use]
    pub fn new(fetch: &'a Fetch<'a>) -> Self {
        Self { fetch, shared: Mutex::default() }
    }

    /// The answer for this key and target: its own, else that of the target; `None` when there is neither.
    ///
    /// # Errors
    /// A file that cannot be read, or is no answer of this provider that is good now.
    pub fn find(&self, key: &KeyName, target: &Target, now: Timestamp) -> Result<Option<Arc<Answer>>, RotateError> {
        if let Some(file) = self.read(Place::OfKey(key), target)? {
            return Ok(Some(Arc::new(parse(file, key, target, false, now)?)));
        }
        // Held while the file is parsed, so that no other thread does it too.
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = shared.get(&target.id) {
            return Ok(known.clone());
        }
        let file = self.read(Place::OfTarget, target)?;
        let answer = file.map(|file| parse(file, key, target, true, now)).transpose()?.map(Arc::new);
        shared.insert(target.id.clone(), answer.clone());
        Ok(answer)
    }

    fn read(&self, place: Place<'_>, target: &Target) -> Result<Option<ImportFile>, RotateError> {
        (self.fetch)(place, target).map_err(|error| RotateError::Unread { target: target.id.clone(), error })
    }
}

fn parse(
    file: ImportFile,
    key: &KeyName,
    target: &Target,
    shared: bool,
    now: Timestamp,
) -> Result<Answer, RotateError> {
    let (sha256, size, name) = (sha256_hex(&file.bytes), file.bytes.len(), file.name.clone());
    let handout = Handout { wrapping_key: file, import_token: None, kid: None, import_job: None };
    let received = receive(target.provider, &handout, &target.options_for(key), None, now)?;
    Ok(Answer { received, sha256, size, name, shared })
}
