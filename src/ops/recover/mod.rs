//! What an interrupted run left: finished, undone, or reported.
//!
//! The log says what was begun, and anybody who can write the log can have written that. So an intent is a claim: an
//! object is destroyed only when id, label, class and type are what the intent says, when no manifest names its id,
//! when it is no evidence signer, and when the caller may destroy at all. Everything else is adopted or reported.
//!
//! Every step is logged before it is taken and can be taken twice, so a run that is killed here is finished by the
//! next one.

mod assess;
mod order;
pub mod run;
mod survey;

use std::path::PathBuf;

use serde_json::{Map, Value, json};

pub use self::assess::assess;
use super::expose::ExposeError;
use super::object::Made;
use super::revoke::{AssessError as EndAssessError, Rest};
use super::seal::AssessError;
use crate::audit::record::{Outcome, event};
use crate::hsm::request::{FoundObject, Handle};
use crate::hsm::{Token, TokenError};
use crate::key::exposure::Exposure;
use crate::key::version::KeyVersionId;
use crate::registry::error::RegistryError;
use crate::registry::journal::{Journal, OpenIntent, OperationId, ResultDraft};
use crate::registry::store::Registry;

/// Which way to go where there are two.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Take over what is whole.
    Finish,
    /// Take away what is not recorded yet.
    Undo,
}

/// One operation that an interrupted run left.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The operation.
    pub operation: OperationId,
    /// What it was.
    pub event: String,
    /// The key version that it was about.
    pub key: Option<KeyVersionId>,
    /// What is left of it.
    pub left: Left,
}

/// What is left of an operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Left {
    /// Its result is logged, its output is whole, and not yet in its place.
    Output {
        /// Where it goes.
        to: Vec<PathBuf>,
    },
    /// Its result is logged, and its output cannot go to its place.
    Blocked {
        /// The destination.
        to: PathBuf,
        /// Why not.
        why: Blocked,
    },
    /// Nothing but hidden files, if any.
    Nothing,
    /// A host may have seen this much of the key, and no manifest admits it.
    Seen(Exposure),
    /// The token does not give the key out any more, and no manifest says so.
    Sealed,
    /// The key is destroyed, but for the public half at most, and no manifest says so.
    Gone(Rest),
    /// Half of a pair in the token.
    Half(FoundObject),
    /// The object that it was to make, and no key in it: the token was cut off while it made it.
    Hollow(Handle),
    /// All of what it was to make in the token.
    Whole(Made),
    /// It was about another token, which must be opened to know.
    OtherToken {
        /// The serial in the intent.
        serial: String,
    },
    /// The intent is not what byok writes, or names something that it cannot have made. Nothing is touched.
    Refused(Refusal),
    /// The policy does not let it be settled, or it is not among what people approved. Nothing is touched.
    Barred {
        /// Why.
        why: String,
    },
    /// An operation that this version does not know.
    Unknown,
}

/// Why a logged output is not in its place.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Blocked {
    /// Something else is there by now.
    #[error("something else is there by now")]
    Occupied,
    /// What is staged is not what was logged.
    #[error("what is staged is not what was logged")]
    Altered,
}

/// Why an intent is not believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// A member is missing or not of its form.
    #[error("the intent lacks an object id, a label, a type or a token that byok could have written")]
    Form,
    /// A manifest names the object: it is a live key.
    #[error("a manifest names the object: it is a live key")]
    Live,
    /// The key version has a manifest, and it names another object.
    #[error("the registry has this key version already, with another object")]
    Recorded,
    /// An object has the id and not the rest.
    #[error("an object with this id has another label, class or type, or is there twice")]
    Other,
    /// The object is an evidence signer of this registry.
    #[error("the object is an evidence signer of this registry")]
    Signer,
    /// A private half alone, which cannot be told from somebody's signing key.
    #[error("a private half alone may be somebody's signing key")]
    PrivateAlone,
}

/// A finding and what was done about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// What was found.
    pub finding: Finding,
    /// What was done.
    pub action: Action,
}

/// What recovery does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// The output was put in its place.
    Released,
    /// The manifest is in its place; an output is not, as it cannot go there.
    Recorded,
    /// The key was taken over: it has a manifest now.
    Adopted,
    /// Nothing was made, and a manifest admits what a host may have seen.
    Admitted,
    /// The key is sealed, and a manifest says so.
    Sealed,
    /// The key is gone, and a manifest says so.
    Ended,
    /// What was made was destroyed.
    Destroyed,
    /// Staged files, if any, were taken away and the operation was closed as failed.
    Closed,
    /// The intent was closed without touching what it names.
    Dismissed,
    /// Nothing; see the finding.
    Kept,
    /// Nothing, because destroying was not allowed.
    NeedsConsent,
}

/// Why recovery stopped. What was done before is logged, and the next run goes on.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// What is in the token is not what was approved.
    #[error("it may not be taken over: {0}")]
    Barred(String),
    /// A key could not be taken over.
    #[error("the key could not be taken over")]
    Adopt(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Taking over has not closed the intent.
    #[error("the operation {0} is still open after it was taken over")]
    StillOpen(String),
    /// The token said that the object is destroyed, and it is there.
    #[error("the token still has the object {0} after destroying it")]
    StillThere(String),
    /// The manifest of a key that was sealed could not be written.
    #[error("the seal could not be recorded")]
    Seal(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The manifest of a key that was destroyed could not be written.
    #[error("the end of the key could not be recorded")]
    End(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What an interrupted run had seen of a key was not recorded.
    #[error(transparent)]
    Expose(#[from] ExposeError),
    /// The registry or its log.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A token call failed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

impl From<AssessError> for RecoverError {
    fn from(error: AssessError) -> Self {
        match error {
            AssessError::Registry(error) => Self::Registry(error),
            AssessError::Token(error) => Self::Token(error),
        }
    }
}

impl From<EndAssessError> for RecoverError {
    fn from(error: EndAssessError) -> Self {
        match error {
            EndAssessError::Registry(error) => Self::Registry(error),
            EndAssessError::Token(error) => Self::Token(error),
        }
    }
}

/// The manifest that an interrupted run owes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Owed {
    /// The first one of a whole key, which is read back before. It closes the intent.
    Key(Made),
    /// One that says that the token does not give the key out any more. It closes the intent.
    Seal,
    /// One that says that the key is gone. It closes the intent.
    End(Rest),
    /// One that admits what a host may have seen. The intent stays open.
    Exposure(Exposure),
}

/// Writes and releases the manifest that is owed.
pub type Write<'a> = &'a mut dyn FnMut(&mut Journal<'_>, &OpenIntent, Owed) -> Result<(), RecoverError>;

/// Why something may not be settled now; nothing when it may. Outputs have no intent any more.
pub type Bar<'a> = &'a dyn Fn(&Finding, Option<&OpenIntent>) -> Option<String>;

/// Deals with everything that [`assess()`] finds. The checkpoint is the caller's.
///
/// # Errors
/// [`RecoverError`]; what was done before is logged.
pub fn recover(
    token: &dyn Token,
    journal: &mut Journal<'_>,
    registry: &Registry,
    mode: Mode,
    may_destroy: bool,
    (bar, write): (Bar<'_>, Write<'_>),
) -> Result<Vec<Done>, RecoverError> {
    journal.collect_results();
    let mut done = Vec::new();
    let settled = order::outputs(journal, registry, mode, bar, &mut done)
        .and_then(|()| order::intents(token, journal, registry, (mode, may_destroy), (bar, write), &mut done));
    // What was done before something failed is logged all the same.
    let flushed = journal.flush_and_end();
    settled?;
    flushed?;
    Ok(done)
}

fn note(journal: &mut Journal<'_>, finding: &Finding, action: &str, object: Option<&str>) -> Result<(), RegistryError> {
    journal.note(event::KEY_RECOVER, finding.key.as_ref(), note_detail(&finding.operation, action, object))
}

fn note_detail(operation: &OperationId, action: &str, object: Option<&str>) -> Map<String, Value> {
    let rows = [("operation", Some(operation.as_str())), ("action", Some(action)), ("objectId", object)];
    rows.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect()
}

/// Deals with open intents.
struct Worker<'a, 'r> {
    token: &'a dyn Token,
    journal: &'a mut Journal<'r>,
    mode: Mode,
    may_destroy: bool,
}

impl Worker<'_, '_> {
    fn settle(&mut self, intent: &OpenIntent, left: &Left, write: Write<'_>) -> Result<Action, RecoverError> {
        match left {
            Left::Nothing => {
                self.note(intent, "close")?;
                self.close(intent, Outcome::Failure, "nothing-made")?;
                Ok(Action::Closed)
            }
            // A manifest that waits for its place would have the same revision.
            Left::Seen(_) | Left::Sealed | Left::Gone(_) if !self.journal.can_be_signed()? => Ok(Action::Kept),
            // First the manifest: killed in between, the next run finds the intent still open.
            Left::Seen(exposure) => {
                self.note(intent, "admit")?;
                write(self.journal, intent, Owed::Exposure(*exposure))?;
                self.close(intent, Outcome::Failure, "admitted")?;
                Ok(Action::Admitted)
            }
            // No token makes a key extractable again, so there is nothing to undo.
            Left::Sealed => {
                self.note(intent, "seal")?;
                self.pay(intent, Owed::Seal, write)?;
                Ok(Action::Sealed)
            }
            // Nothing brings a key back, so there is nothing to undo.
            Left::Gone(rest) => self.end(intent, *rest, write),
            Left::Half(FoundObject { handle, .. }) | Left::Hollow(handle) => self.destroy(intent, &[*handle]),
            Left::Whole(made) if self.mode == Mode::Undo => self.destroy(intent, &handles(*made)),
            Left::Whole(made)
                if [event::KEY_GENERATE, event::KEY_IMPORT, event::KEY_ROTATE].contains(&intent.event.as_str()) =>
            {
                self.adopt(intent, *made, write)?;
                Ok(Action::Adopted)
            }
            Left::Refused(_) => {
                self.note(intent, "dismiss")?;
                // What really became of the operation cannot be known from an intent that is not believed.
                self.close(intent, Outcome::Unknown, "dismissed")?;
                Ok(Action::Dismissed)
            }
            Left::Whole(_)
            | Left::Output { .. }
            | Left::Blocked { .. }
            | Left::OtherToken { .. }
            | Left::Barred { .. }
            | Left::Unknown => Ok(Action::Kept),
        }
    }

    fn adopt(&mut self, intent: &OpenIntent, made: Made, write: Write<'_>) -> Result<(), RecoverError> {
        self.note(intent, "adopt")?;
        self.pay(intent, Owed::Key(made), write)
    }

    /// Has the manifest written that is owed and closes the intent.
    fn pay(&mut self, intent: &OpenIntent, owed: Owed, write: Write<'_>) -> Result<(), RecoverError> {
        self.journal.discard_all(&intent.staged)?;
        write(self.journal, intent, owed)?;
        if self.journal.is_open(&intent.id) {
            return Err(RecoverError::StillOpen(intent.id.to_string()));
        }
        Ok(())
    }

    fn destroy(&mut self, intent: &OpenIntent, objects: &[Handle]) -> Result<Action, RecoverError> {
        if !self.may_destroy {
            return Ok(Action::NeedsConsent);
        }
        self.note(intent, "destroy")?;
        self.take_away(intent, objects)?;
        self.close(intent, Outcome::Failure, "destroyed")?;
        Ok(Action::Destroyed)
    }

    /// The token's word is not enough: a key that is there must not be called destroyed.
    fn take_away(&mut self, intent: &OpenIntent, objects: &[Handle]) -> Result<(), RecoverError> {
        // What is noted of it is on the disk before.
        self.journal.flush()?;
        objects.iter().try_for_each(|object| self.token.destroy(*object))?;
        let id = intent.detail.get("objectId").and_then(Value::as_str).unwrap_or_default();
        if assess::objects(self.token, &hex::decode(id).unwrap_or_default())?.is_empty() {
            return Ok(());
        }
        Err(RecoverError::StillThere(id.to_owned()))
    }

    /// What is left of a key that was being destroyed is its public half, which protects nothing.
    fn end(&mut self, intent: &OpenIntent, rest: Rest, write: Write<'_>) -> Result<Action, RecoverError> {
        if rest.public.is_some() && !self.may_destroy {
            return Ok(Action::NeedsConsent);
        }
        self.note(intent, "end")?;
        let public: Vec<Handle> = rest.public.into_iter().collect();
        self.take_away(intent, &public)?;
        self.pay(intent, Owed::End(rest), write)?;
        Ok(Action::Ended)
    }

    fn note(&mut self, intent: &OpenIntent, action: &str) -> Result<(), RegistryError> {
        let object = intent.detail.get("objectId").and_then(Value::as_str);
        // An id that is not one has no place in an entry about it.
        let object = object.filter(|id| assess::is_object_id(id));
        let detail = note_detail(&intent.id, action, object);
        self.journal.note(event::KEY_RECOVER, intent.key.as_ref(), detail)
    }

    fn close(&mut self, intent: &OpenIntent, outcome: Outcome, how: &str) -> Result<(), RegistryError> {
        self.journal.discard_all(&intent.staged)?;
        let detail = Map::from_iter([("recovered".to_owned(), json!(how))]);
        self.journal.result(&intent.id, outcome, ResultDraft { detail, ..ResultDraft::default() })
    }
}

/// The secret key, or the private half and then the public one.
fn handles(made: Made) -> Vec<Handle> {
    match made {
        Made::Pair(pair) => vec![pair.private, pair.public],
        Made::Secret(handle) => vec![handle],
    }
}

#[cfg(test)]
mod tests;
