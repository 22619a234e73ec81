//! A key on its way into the token, in hand or wrapped: what the log says of it, how it goes in, and how it is recognised.

use serde_json::json;

use super::compare::Subject;
use super::enter::enter;
use super::key::Body;
use super::wrapped::{ROUTE, Unwrapping, WrappedKey, has_length};
use super::{CompareError, ImportError, KeyInHand, Source, UnwrapError, member};
use crate::audit::record::event;
use crate::format::spki::PublicKey;
use crate::hsm::Token;
use crate::hsm::request::Handle;
use crate::key::exposure::Exposure;
use crate::key::proof::ContentProof;
use crate::manifest::origin::{FILE, WRAPPED};
use crate::manifest::statement::ImportRecord;
use crate::ops::birth::{Plan, Reading};
use crate::ops::command::Command;
use crate::ops::object::Made;
use crate::ops::session::Session;
use crate::registry::journal::IntentDraft;
use crate::registry::release::Slot;
use crate::wrap::capability::Capabilities;

/// The key, and what has to be known of it before the token changes.
pub(super) enum Parcel {
    InHand(KeyInHand),
    Wrapped(Box<WrappedParcel>),
}

/// A wrapped key, the pair that unwraps it, and the public half of what is wrapped.
pub(super) struct WrappedParcel {
    key: WrappedKey,
    unwrapping: Unwrapping,
    handle: Handle,
    public: Option<PublicKey>,
}

/// The way that a key took: its name, and the mechanism if there was one.
pub(super) type Way = (&'static str, Option<String>);

impl Parcel {
    /// Asks the token for the public half of a wrapped pair.
    pub(super) fn new(
        command: &Command<'_>,
        session: &Session<'_>,
        plan: &Plan,
        source: Source,
        unwrapping: Option<Unwrapping>,
    ) -> Result<Self, ImportError> {
        Ok(match (source, unwrapping) {
            (Source::InHand(key), _) => Self::InHand(key),
            (Source::Wrapped(key), Some(unwrapping)) => {
                let handle = session.find(&unwrapping.wanted)?;
                let can = &command.profile().profile.capabilities;
                let request = plan.request().ok_or_else(|| no_purpose(plan))?;
                let public = key.public(session.token, (handle, &unwrapping), &request, can)?;
                Self::Wrapped(Box::new(WrappedParcel { key, unwrapping, handle, public }))
            }
            (Source::Wrapped(_), None) => return Err(ImportError::Intent(plan.id.to_string())),
        })
    }

    /// What is logged before the token changes.
    pub(super) fn intent(&self, plan: &Plan, slot: Slot) -> IntentDraft {
        let mut detail = plan.detail();
        let record = self.record(None, Vec::new());
        detail.insert(member::FORM.to_owned(), json!(record.form));
        detail.insert(member::EXPOSURE.to_owned(), json!(self.exposure()));
        if let Some(public) = self.public() {
            detail.insert(member::SPKI_SHA256.to_owned(), json!(public.sha256_hex()));
        }
        if let Some(wrapped) = record.wrapped {
            detail.insert(member::WRAPPED.to_owned(), json!(wrapped));
        }
        IntentDraft { event: event::KEY_IMPORT.to_owned(), key: Some(plan.id.clone()), staged: vec![slot], detail }
    }

    /// What hosts have seen of the key: this one of a key in hand; of a wrapped one whatever was seen of the key that
    /// opens it.
    pub(super) fn exposure(&self) -> Exposure {
        match self {
            Self::InHand(_) => Exposure::Plaintext,
            Self::Wrapped(parcel) => parcel.unwrapping.exposure,
        }
    }

    fn public(&self) -> Option<&PublicKey> {
        match self {
            Self::InHand(key) => key.public(),
            Self::Wrapped(parcel) => parcel.public.as_ref(),
        }
    }

    /// Puts the key in.
    pub(super) fn enter(&self, token: &dyn Token, plan: &Plan, can: &Capabilities) -> Result<(Made, Way), ImportError> {
        let request = plan.request().ok_or_else(|| no_purpose(plan))?;
        Ok(match self {
            Self::InHand(key) => {
                let (made, route) = enter(token, &key.body, &request, can)?;
                (made, (route.as_str(), route.mechanism()))
            }
            Self::Wrapped(parcel) => {
                let WrappedParcel { key, unwrapping, handle, public } = &**parcel;
                let (made, by) = key.enter(token, (*handle, unwrapping), (&request, public.as_ref()), can)?;
                (made, (ROUTE, Some(by)))
            }
        })
    }

    /// Compares what is in the token with the key. Of a wrapped secret key nothing is known but its length.
    pub(super) fn recognise(&self, subject: &Subject<'_>, reading: &Reading) -> Result<Vec<ContentProof>, ImportError> {
        let differs = || CompareError::Differs(ContentProof::PublicKey);
        if let Some(public) = self.public() {
            // The public object is this program's own, and the token may have altered it.
            if reading.spki.as_deref() != Some(public.der()) {
                return Err(differs().into());
            }
            return Ok(subject.is_half_of(public)?);
        }
        if let Self::InHand(KeyInHand { body: Body::Secret(value), .. }) = self {
            return Ok(subject.is(value, reading)?);
        }
        let said = (subject.spec, reading.attrs.value_len);
        match has_length(subject.token, subject.handle, said, subject.can)? {
            Some(true) => Ok(Vec::new()),
            Some(false) => Err(UnwrapError::KeyLength(subject.spec).into()),
            None => Err(CompareError::Silent.into()),
        }
    }

    /// What the manifest says of the way in.
    pub(super) fn record(&self, way: Option<Way>, content_proof: Vec<ContentProof>) -> ImportRecord {
        let (route, mechanism) = way.map_or((None, None), |(route, mechanism)| (Some(route.to_owned()), mechanism));
        let (form, exposure, wrapped) = match self {
            Self::InHand(_) => (FILE, Exposure::Plaintext, None),
            Self::Wrapped(parcel) => (WRAPPED, Exposure::None, Some(parcel.unwrapping.record.clone())),
        };
        ImportRecord { form: form.to_owned(), route, mechanism, exposure, content_proof, wrapped }
    }
}

fn no_purpose(plan: &Plan) -> ImportError {
    ImportError::Purpose { spec: plan.spec, purpose: plan.purpose }
}
