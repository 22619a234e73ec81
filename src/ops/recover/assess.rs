//! What is left of interrupted operations. Nothing is changed here.

use serde_json::Value;

use super::survey::Survey;
use super::{Blocked, Finding, Left, RecoverError, Refusal};
use crate::audit::record::event;
use crate::format::spki::PublicKey;
use crate::hsm::find::key_type;
use crate::hsm::request::{Class, FoundObject, Handle, PairHandles, Search};
use crate::hsm::{Token, TokenError};
use crate::key::spec::KeySpec;
use crate::manifest::digest::sha256_hex;
use crate::ops::expose;
use crate::ops::object::Made;
use crate::ops::revoke;
use crate::ops::seal;
use crate::registry::error::RegistryError;
use crate::registry::journal::{Journal, OpenIntent};
use crate::registry::release::Release;
use crate::registry::store::Registry;

/// Bytes of a `CKA_ID` that byok chooses.
const OBJECT_ID: usize = 16;

/// What interrupted runs left, outputs first. Without an interrupted run, no call goes to the token.
///
/// # Errors
/// A token that fails, or a registry that cannot be read.
pub fn assess(token: &dyn Token, journal: &Journal<'_>, registry: &Registry) -> Result<Vec<Finding>, RecoverError> {
    let mut findings = outputs(journal)?;
    let open = journal.open_intents();
    let mut survey = Survey::new(token, registry, open.len())?;
    for open in open {
        findings.push(survey.intent(&open)?);
    }
    Ok(findings)
}

/// Results whose output is still staged.
pub(super) fn outputs(journal: &Journal<'_>) -> Result<Vec<Finding>, RegistryError> {
    let results = journal.unreleased()?.into_iter().map(|result| {
        let blocked = result.release.iter().find_map(|release| Some((release, blocked(release).transpose()?)));
        let left = match blocked {
            None => Left::Output { to: result.release.iter().map(|release| release.to.clone()).collect() },
            Some((release, why)) => Left::Blocked { to: release.to.clone(), why: why? },
        };
        Ok(Finding { operation: result.id, event: result.event, key: result.key, left })
    });
    results.collect()
}

pub(super) fn blocked(release: &Release) -> Result<Option<Blocked>, RegistryError> {
    if release.is_occupied()? {
        return Ok(Some(Blocked::Occupied));
    }
    // Something in the folder that is no file is an alteration too.
    match release.is_intact() {
        Ok(true) => Ok(None),
        Ok(false) | Err(RegistryError::Unexpected { .. } | RegistryError::Malformed { .. }) => {
            Ok(Some(Blocked::Altered))
        }
        Err(error) => Err(error),
    }
}

/// What is left of one open intent.
pub(super) fn intent(survey: &mut Survey<'_>, open: &OpenIntent) -> Result<Finding, RecoverError> {
    let (token, registry) = (survey.token, survey.registry);
    let left = match open.event.as_str() {
        event::KEY_GENERATE | event::KEY_IMPORT | event::KEY_ROTATE | event::SIGNER_CREATED => {
            match Claim::read(open) {
                None => Left::Refused(Refusal::Form),
                Some(claim) if claim.token_serial != token.identity().serial => {
                    Left::OtherToken { serial: claim.token_serial }
                }
                Some(claim) => match claim.check(survey)? {
                    Left::Whole(_) if is_recorded(registry, open)? => Left::Refused(Refusal::Recorded),
                    left => left,
                },
            }
        }
        // A wrap makes session objects only, and they died with their session. What the host saw stays seen.
        event::KEY_WRAP => expose::unrecorded(registry, open)?.map_or(Left::Nothing, Left::Seen),
        event::KEY_SEAL => seal::assess(token, registry, open)?,
        event::KEY_DESTROY => revoke::assess(token, registry, open)?,
        // The intent that an exposure is about is open until a manifest admits it. A policy's files are named by their
        // hashes, and nothing but a checkpoint puts them in force. The others change nothing but the record.
        event::KEY_EXPOSED
        | event::POLICY_ADOPT
        | event::KEY_ACTIVATE
        | event::KEY_COMPROMISE
        | event::KEY_CONFIRM
        | event::KEY_DEACTIVATE
        | event::KEY_REINSTATE
        | event::KEY_REWRAPPED
        | event::KEY_ROLLBACK
        | event::KEY_SUSPEND => Left::Nothing,
        _ => Left::Unknown,
    };
    Ok(Finding { operation: open.id.clone(), event: open.event.clone(), key: open.key.clone(), left })
}

/// `CKR_KEY_FUNCTION_NOT_PERMITTED`: a key for wrapping alone.
const KEY_FUNCTION_NOT_PERMITTED: u64 = 0x68;

/// What an intent says that it was about to make.
struct Claim {
    object_id: Vec<u8>,
    label: String,
    spec: KeySpec,
    token_serial: String,
    /// An evidence signer, not a key version.
    signer: bool,
    /// Whether the token made it, or it was put in.
    local: bool,
}

impl Claim {
    /// The claim, when it is one that byok could have written. The label of a key version is its name, so that a
    /// forged intent cannot reach objects of other programs.
    fn read(open: &OpenIntent) -> Option<Self> {
        let text = |name: &str| open.detail.get(name).and_then(Value::as_str);
        let object_id = text("objectId").filter(|id| is_object_id(id)).and_then(|id| hex::decode(id).ok())?;
        let label = text("label")?.to_owned();
        let signer = open.event == event::SIGNER_CREATED;
        if !signer && open.key.as_ref().map(ToString::to_string).as_ref() != Some(&label) {
            return None;
        }
        let token_serial = text("tokenSerial")?.to_owned();
        Some(Self {
            object_id,
            label,
            spec: text("type")?.parse().ok()?,
            token_serial,
            signer,
            local: open.event != event::KEY_IMPORT,
        })
    }

    fn check(&self, survey: &mut Survey<'_>) -> Result<Left, RecoverError> {
        let found = survey.objects(&self.object_id)?;
        if found.is_empty() {
            return Ok(Left::Nothing);
        }
        if survey.is_named(&hex::encode(&self.object_id))? {
            return Ok(Left::Refused(Refusal::Live));
        }
        let (token, registry) = (survey.token, survey.registry);
        let left = self.sort(&found);
        let public = found.iter().find(|object| object.class == Class::Public);
        match (&left, public) {
            (Left::Refused(_), _) => Ok(left),
            (_, Some(public)) if self.may_be_signer(token, registry, public)? => Ok(Left::Refused(Refusal::Signer)),
            (Left::Whole(Made::Secret(key)), _) if self.is_hollow(token, *key) => Ok(Left::Hollow(*key)),
            (Left::Whole(made), public) if !self.is_of_this_kind(token, *made, public) => {
                Ok(Left::Refused(Refusal::Other))
            }
            (Left::Half(half), _) if self.signer && half.class == Class::Private => {
                Ok(Left::Refused(Refusal::PrivateAlone))
            }
            _ => Ok(left),
        }
    }

    /// False when the token says that the objects are another type than the intent says, or were not made in it (for an
    /// import: were made in it): byok cannot have made them so. What it does not say is not held against them.
    fn is_of_this_kind(&self, token: &dyn Token, made: Made, public: Option<&FoundObject>) -> bool {
        let custody = token.custody(made.key()).unwrap_or_default();
        let spki = public.and_then(|public| token.public_key(public.handle).ok());
        let key = spki.and_then(|spki| PublicKey::from_der(&spki).ok());
        let length = self.spec.secret_bytes().and_then(|bytes| u64::try_from(bytes).ok());
        custody.local != Some(!self.local)
            && key.is_none_or(|key| key.spec() == Some(self.spec))
            && length
                .zip(custody.value_len)
                .filter(|(_, said)| self.local || *said > 0)
                .is_none_or(|(asked, said)| asked == said)
    }

    /// True when the object is an AES key that the token was cut off from making: it was not made in it, as it says, and
    /// does nothing. `SoftHSM` writes the object first, and then the key.
    fn is_hollow(&self, token: &dyn Token, key: Handle) -> bool {
        let custody = token.custody(key).unwrap_or_default();
        if !self.local || custody.local != Some(false) || !matches!(self.spec, KeySpec::Aes(_)) {
            return false;
        }
        match token.encrypt_zero_block(key) {
            Err(TokenError::Call { rv: KEY_FUNCTION_NOT_PERMITTED, .. }) => matches!(token.check_value(key), Ok(None)),
            Err(TokenError::Call { .. }) => true,
            _ => false,
        }
    }

    /// True when this public half is a key that the registry trusts to sign evidence. A half that cannot be read (a
    /// crash can leave such) is none, unless the intent itself is about a signer.
    fn may_be_signer(
        &self,
        token: &dyn Token,
        registry: &Registry,
        public: &FoundObject,
    ) -> Result<bool, RegistryError> {
        let Ok(spki) = token.public_key(public.handle) else { return Ok(self.signer) };
        let spki_sha256 = sha256_hex(&spki);
        Ok(registry.trust()?.keys().any(|key| key.spki_sha256() == spki_sha256))
    }

    /// The objects with the id, when they are what was to be made or half of it.
    fn sort(&self, found: &[FoundObject]) -> Left {
        let expected: &[Class] =
            if self.spec.is_secret() { &[Class::Secret] } else { &[Class::Private, Class::Public] };
        let fits = |object: &FoundObject| {
            expected.contains(&object.class)
                && object.id == self.object_id
                && object.label == self.label.as_bytes()
                && object.key_type == Some(key_type(self.spec))
        };
        if !found.iter().all(fits) {
            return Left::Refused(Refusal::Other);
        }
        match found {
            [one] if one.class == Class::Secret => Left::Whole(Made::Secret(one.handle)),
            [half] => Left::Half(half.clone()),
            [private, public] if (private.class, public.class) == (Class::Private, Class::Public) => {
                Left::Whole(Made::Pair(PairHandles { private: private.handle, public: public.handle }))
            }
            _ => Left::Refused(Refusal::Other),
        }
    }
}

/// 32 lower-case hexadecimal digits. An empty id would match every object without one.
pub(super) fn is_object_id(text: &str) -> bool {
    text.len() == OBJECT_ID.saturating_mul(2) && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Every object with this id: secret, then private, then public.
pub(super) fn objects(token: &dyn Token, id: &[u8]) -> Result<Vec<FoundObject>, TokenError> {
    let mut found = Vec::new();
    for class in [Class::Secret, Class::Private, Class::Public] {
        found.extend(token.find(Search::Id(class, id))?);
    }
    Ok(found)
}

/// True when the registry has this key version already, with another object.
fn is_recorded(registry: &Registry, open: &OpenIntent) -> Result<bool, RegistryError> {
    let Some(key) = &open.key else { return Ok(false) };
    registry.has_version(key)
}
