//! From an order that is permitted to what a session of the token can work off: ids and hidden names are chosen, and the
//! intent says them.

use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value, json};

use super::decide::Decided;
use super::error::RotateError;
use super::stock::{Source, Stock};
use crate::audit::record::event;
use crate::hsm::Token;
use crate::hsm::find::key_type;
use crate::hsm::request::Handle;
use crate::manifest::rotation::RotationRecord;
use crate::ops::birth::{self, NoRandom, Plan};
use crate::ops::command::Undertaking;
use crate::ops::generate::GenerateError;
use crate::ops::object::{Made, Wanted, class_of};
use crate::ops::statement::{Stamp, StatementError};
use crate::ops::wrap::check::CheckError;
use crate::registry::journal::IntentDraft;
use crate::registry::release::Slot;
use crate::registry::store::Registry;

/// What is worked off.
#[derive(Debug)]
pub struct Prepared {
    /// The order, and how it is carried out.
    pub decided: Decided,
    /// What is made, or what is there.
    pub subject: Subject,
    /// Where the manifest goes: a new folder, or a file of one that is there.
    pub manifest: Slot,
    /// Where the bundles go, one for each wrap.
    pub bundles: Vec<Slot>,
}

/// The key version that is worked on.
#[derive(Debug)]
pub enum Subject {
    /// One that is made.
    New {
        /// What is made.
        plan: Plan,
        /// What it replaces.
        rotation: RotationRecord,
    },
    /// One that an earlier rotation made.
    Old {
        /// Its secret key or private half.
        handle: Handle,
        /// Its object id.
        object_id: Vec<u8>,
    },
}

/// What is worked off, once its intent is logged.
#[derive(Debug)]
pub struct Job {
    /// What is to be done.
    pub prepared: Prepared,
    /// The operation.
    pub undertaking: Undertaking,
    /// Signer, intent and time.
    pub stamp: Stamp,
    /// What is in the token by now.
    made: Mutex<Option<Made>>,
}

impl Job {
    /// Before anything is done.
    pub(super) fn new(prepared: Prepared, undertaking: Undertaking, stamp: Stamp) -> Self {
        Self { prepared, undertaking, stamp, made: Mutex::default() }
    }

    /// From here on the new version is in the token.
    pub(super) fn has_made(&self, made: Made) {
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
        self.undertaking.has_acted();
    }

    /// Takes the new version out of the token again, on any of its sessions. While it is not gone for certain, the intent
    /// stays open.
    pub(super) fn undo(&self, token: &dyn Token) {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Subject::New { plan, .. } = &self.prepared.subject else { return };
        if made.is_some_and(|made| birth::destroy(token, plan, made)) {
            self.undertaking.has_undone();
        }
    }
}

impl Prepared {
    /// Chooses ids and names.
    ///
    /// # Errors
    /// A label that the token has already, an object that it does not have, an output that exists.
    pub(super) fn new(
        (registry, source): (&Registry, &mut Source<'_, '_>),
        stock: &mut Stock,
        decided: Decided,
        overlap: Option<String>,
    ) -> Result<Self, RotateError> {
        let order = &decided.order;
        let (subject, manifest) = if order.born {
            let label = order.id.to_string();
            let objects = stock.with_label(source, &label)?;
            if !objects.is_empty() {
                return Err(GenerateError::Label { label, objects }.into());
            }
            (new_subject(&decided, source.token(), overlap)?, registry.key_slot(&order.id)?.in_group())
        } else {
            let revision = order.base.1.revision.checked_add(1).ok_or(StatementError::Revisions)?;
            (old_subject(&decided, source, stock)?, registry.manifest_slot(&order.id, revision)?.in_group())
        };
        let bundles = order.wraps.iter().map(|wrapping| {
            let (folder, below) = &wrapping.folder;
            Slot::under(folder, below).map(Slot::in_group)
        });
        let bundles = bundles.collect::<Result<_, _>>()?;
        Ok(Self { decided, subject, manifest, bundles })
    }

    /// The intent.
    #[must_use]
    pub fn intent(&self, run: &str) -> IntentDraft {
        let order = &self.decided.order;
        let (event, mut detail) = match &self.subject {
            Subject::New { plan, rotation } => {
                let mut detail = plan.detail();
                detail.insert(ROTATION.to_owned(), json!(rotation));
                detail.insert(ACTIVE.to_owned(), json!(order.is_active_at_once()));
                (event::KEY_ROTATE, detail)
            }
            Subject::Old { .. } => (event::KEY_WRAP, Map::new()),
        };
        detail.insert(WRAPS.to_owned(), self.wraps());
        detail.insert(EXPOSURE.to_owned(), json!(self.decided.exposure()));
        detail.insert(RUN.to_owned(), json!(run));
        let staged = std::iter::once(&self.manifest).chain(&self.bundles).cloned().collect();
        IntentDraft { event: event.to_owned(), key: Some(order.id.clone()), staged, detail }
    }

    fn wraps(&self) -> Value {
        let wraps = self.decided.order.wraps.iter().zip(&self.decided.ways);
        let rows = wraps.map(|(wrapping, way)| {
            json!({
                "targetId": wrapping.target,
                "provider": wrapping.provider.id,
                "target": wrapping.destination.target(),
                "method": way.method.to_string(),
                "plan": way.plan.as_str(),
                "wrappingKeySha256": wrapping.answer.received.wrapping_key_sha256,
            })
        });
        rows.collect()
    }
}

/// The member of an intent that says which version is replaced.
pub(super) const ROTATION: &str = "rotation";
/// The member of an intent that says whether the version comes into use at once.
pub(super) const ACTIVE: &str = "active";
/// The member of an intent that says what this host was about to see.
pub(super) const EXPOSURE: &str = "exposure";
/// The member of an intent that names the run.
pub const RUN: &str = "run";
const WRAPS: &str = "wraps";
/// Bytes of a `CKA_ID`.
const OBJECT_ID: usize = 16;

fn new_subject(decided: &Decided, token: &dyn Token, overlap: Option<String>) -> Result<Subject, RotateError> {
    let order = &decided.order;
    let (replaced, manifest) = &order.base;
    let base = &manifest.statement.predicate;
    let mut object_id = vec![0; OBJECT_ID];
    getrandom::fill(&mut object_id).map_err(|_| GenerateError::Random(NoRandom))?;
    let plan = Plan {
        id: order.id.clone(),
        object_id,
        spec: order.spec,
        purpose: order.purpose,
        owner: base.owner.clone(),
        attributes: base.attributes.clone(),
        logical_key_id: base.logical_key_id.clone(),
        token_serial: token.identity().serial.clone(),
    };
    let manifest_sha256 = manifest.payload_sha256.clone();
    Ok(Subject::New { plan, rotation: RotationRecord { replaces: replaced.to_string(), manifest_sha256, overlap } })
}

fn old_subject(decided: &Decided, source: &mut Source<'_, '_>, stock: &mut Stock) -> Result<Subject, RotateError> {
    let order = &decided.order;
    let object_id =
        hex::decode(&order.base_predicate().custody.object_id).map_err(|_| CheckError::Manifest(order.id.clone()))?;
    let wanted = Wanted {
        class: class_of(order.spec),
        id: object_id.clone(),
        key_type: key_type(order.spec),
        label: order.id.to_string(),
    };
    Ok(Subject::Old { handle: stock.exactly_one(source, &wanted)?, object_id })
}
