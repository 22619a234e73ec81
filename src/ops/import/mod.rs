//! `import`: a key that exists outside becomes a key version in the token.
//!
//! The steps are those of `generate`: intent, token, reading back, manifest, result, release, checkpoint. What comes
//! besides is the comparison, as there is a key to compare with, and the exposure: what this host has read from a file
//! it has seen, and the first manifest says so.

mod adopt;
mod check;
mod compare;
mod enter;
mod key;
mod parcel;
mod signature;
mod wrapped;

pub use self::adopt::{adopt, permitted};
pub use self::check::{Checked, check, question};
pub use self::compare::CompareError;
use jiff::Timestamp;

use self::compare::Subject;
pub use self::enter::EnterError;
pub use self::key::{InputError, KeyInHand};
use self::parcel::Parcel;
pub use self::wrapped::{Unwrapping, WrappedKey};
use super::birth::{self, Descent, NoRandom, Plan, Reading, Wish, destroy};
use super::command::{CodeOf, Command, CommandError, Workplace};
use super::custody::{ReadBackError, check_put_in};
use super::inventory::InventoryError;
use super::object::Made;
use super::session::Session;
use super::statement::StatementError;
use crate::hsm::TokenError;
use crate::key::method::WrapMethod;
use crate::key::proof::ContentProof;
use crate::key::spec::{KeySpec, Purpose};
use crate::key::state::StateRefusal;
use crate::key::version::KeyVersionId;
use crate::manifest::dsse::Signed;
use crate::manifest::origin::IMPORTED;
use crate::manifest::statement::{ImportRecord, Origin, Statement};
use crate::registry::error::RegistryError;
use crate::registry::layout::manifest_name;
use crate::registry::release::StagedFolder;

/// The members of an intent's detail that only `import` writes.
mod member {
    /// As `origin.import.form`.
    pub(super) const FORM: &str = "form";
    /// What this host sees of the key.
    pub(super) const EXPOSURE: &str = "exposure";
    /// The public half of a pair. Nothing stands there of a secret key: whatever follows from it would be evidence
    /// that anyone could guess against.
    pub(super) const SPKI_SHA256: &str = "spkiSha256";
    /// As `origin.import.wrapped`.
    pub(super) const WRAPPED: &str = "wrapped";
}

/// A key, and what it is to become.
#[derive(Debug)]
pub struct ImportRequest {
    /// Name, type, purpose and so on; the type is the key's.
    pub wish: Wish,
    /// The key.
    pub source: Source,
    /// Now.
    pub now: Timestamp,
}

/// A key from outside.
#[derive(Debug)]
pub enum Source {
    /// This host has it.
    InHand(KeyInHand),
    /// It is wrapped for a pair in the token.
    Wrapped(WrappedKey),
}

/// Why a wrapped key was not unwrapped.
#[derive(Debug, thiserror::Error)]
pub enum UnwrapError {
    /// A key that unwraps nothing.
    #[error("{id} cannot unwrap: it is no RSA key for the purpose wrap")]
    Unfit {
        /// The key version that was named.
        id: KeyVersionId,
        /// Its purpose.
        purpose: String,
    },
    /// The bytes cannot be what they were said to be.
    #[error("{got} bytes are no key of this type that was wrapped by {method} for {key}")]
    Length {
        /// How many there are.
        got: usize,
        /// The method that was typed.
        method: WrapMethod,
        /// The key version for which it should be wrapped.
        key: String,
    },
    /// The token refused.
    #[error("the token did not unwrap the key")]
    Refused(Vec<(String, TokenError)>),
    /// A pair of another type.
    #[error("the wrapped key is no {asked}: it is {found}")]
    Type {
        /// The type that was typed.
        asked: KeySpec,
        /// What the token unwrapped.
        found: String,
    },
    /// A secret key of another length.
    #[error("the wrapped key is not as long as a key of type {0}")]
    KeyLength(KeySpec),
    /// The token keeps the public half to itself.
    #[error("the token does not show the public half of the pair that it unwrapped")]
    NoPublic,
}

/// Why a key was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The registry already has this key.
    #[error("the registry already has {0}")]
    Exists(KeyVersionId),
    /// An interrupted run put another key in.
    #[error("{0} was put in by an interrupted run, and it is another key than this one")]
    Another(KeyVersionId),
    /// The type cannot serve the purpose.
    #[error("a key of type {spec} cannot serve the purpose {purpose}")]
    Purpose {
        /// The type.
        spec: KeySpec,
        /// The purpose.
        purpose: Purpose,
    },
    /// Another object of the token has this label.
    #[error("the token already has objects with the label {label}")]
    Label {
        /// `NAME@N`
        label: String,
        /// Class and id of each.
        objects: Vec<String>,
    },
    /// No way into the token.
    #[error(transparent)]
    Enter(#[from] EnterError),
    /// The key that was to unwrap is not there.
    #[error(transparent)]
    Unknown(#[from] InventoryError),
    /// The key that was to unwrap may not be used.
    #[error(transparent)]
    State(#[from] StateRefusal),
    /// A wrapped key that was not unwrapped.
    #[error(transparent)]
    Unwrap(#[from] UnwrapError),
    /// What is in the token is not the key; it was destroyed again.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// The token says something else about the key than what was asked for; it was destroyed again.
    #[error(transparent)]
    ReadBack(#[from] ReadBackError),
    /// An interrupted run's intent lacks what a manifest needs.
    #[error("the intent {0} does not say what was put in")]
    Intent(String),
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// The manifest could not be put together.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// A token call failed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Registry, log or signature.
    #[error(transparent)]
    Command(#[from] CommandError),
}

impl From<RegistryError> for ImportError {
    fn from(error: RegistryError) -> Self {
        Self::Command(error.into())
    }
}

/// Puts the key in: intent, token, reading back, comparison, manifest, result, release, checkpoint.
///
/// # Errors
/// As [`check()`], and whatever the token, the registry or the signer refuse. A failure after the key is in the token
/// leaves the intent open, for `recover`, unless the key could be destroyed again.
pub fn run(
    place: &Workplace<'_>,
    session: &Session<'_>,
    request: ImportRequest,
    code_of: CodeOf<'_, ImportError>,
) -> Result<Statement, ImportError> {
    let id = check(place.registry, &request)?.id;
    let guard = place.lock(session)?;
    let mut command = Command::begin(place, &guard, session)?;
    let outcome = act(&mut command, session, request);
    command.settle(session, &id, outcome, code_of)
}

fn act(command: &mut Command<'_>, session: &Session<'_>, request: ImportRequest) -> Result<Statement, ImportError> {
    let Checked { id, is_made, unwrapping } = check(command.registry(), &request)?;
    if is_made {
        return adopt::finish(command, session, &request, &id);
    }
    command.permit(&question(&request, unwrapping.as_ref(), command.now()))?;
    let objects = session.same_label(&id.to_string())?;
    if !objects.is_empty() {
        return Err(ImportError::Label { label: id.to_string(), objects });
    }
    let ImportRequest { wish, source, .. } = request;
    let plan = Plan::new(&wish, id, session.token)?;
    let parcel = Parcel::new(command, session, &plan, source, unwrapping)?;
    let slot = command.registry().key_slot(&plan.id)?;
    let operation = command.intend(parcel.intent(&plan, slot.clone()))?;
    let (reading, import) = put_in(command, session, &plan, &parcel)?;
    let exposure = parcel.exposure();
    // From here on nothing of the key is in this process's memory.
    drop(parcel);
    let stamp = command.stamp(session, &operation)?;
    let origin = Origin { kind: IMPORTED.to_owned(), adopted: false, import: Some(import) };
    let descent = Descent { origin, exposure, at: stamp.now };
    let statement = birth::describe(session, command.profile(), &plan, reading, descent, stamp)?;
    let signed = Signed::sign(statement, &session.signer).map_err(CommandError::from)?;
    let mut folder = StagedFolder::create(slot)?;
    folder.write(&manifest_name(1), &signed.to_json())?;
    command.finish(&operation, &signed, vec![folder.seal()?])?;
    Ok(signed.into_value())
}

/// The key in the token, read back and recognised; else it is destroyed again.
fn put_in(
    command: &mut Command<'_>,
    session: &Session<'_>,
    plan: &Plan,
    parcel: &Parcel,
) -> Result<(Reading, ImportRecord), ImportError> {
    let entered = parcel.enter(session.token, plan, &command.profile().profile.capabilities);
    let (made, route) = entered.inspect_err(|_| {
        // A call that failed may have made something all the same.
        if !session.same_label(&plan.id.to_string()).is_ok_and(|objects| objects.is_empty()) {
            command.has_acted();
        }
    })?;
    command.has_acted();
    match recognise(command, session, plan, parcel, made) {
        Ok((reading, proof)) => Ok((reading, parcel.record(Some(route), proof))),
        Err(error) => {
            // While it is not gone for certain, the intent stays open.
            if destroy(session.token, plan, made) {
                command.has_undone();
            }
            Err(error)
        }
    }
}

fn recognise(
    command: &Command<'_>,
    session: &Session<'_>,
    plan: &Plan,
    parcel: &Parcel,
    made: Made,
) -> Result<(Reading, Vec<ContentProof>), ImportError> {
    let reading = Reading::take(session.token, command.profile(), plan, made)?;
    check_put_in(plan.spec, &reading.attrs, reading.spki.as_deref())?;
    let can = &command.profile().profile.capabilities;
    let proof = parcel.recognise(&Subject::of(session.token, made, plan, can), &reading)?;
    Ok((reading, proof))
}
