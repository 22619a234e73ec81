//! The in-toto Statement v1 about one key version, predicate type `urn:byok:key-version:v1`.
//!
//! Serialized as JSON with `lowerCamelCase` names and RFC 3339 UTC times. Readers ignore fields that they do not
//! know; a change that an old reader would misread gets a new predicate type.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::key::check_value::CheckValue;
use crate::key::custody::Custody;
use crate::key::exposure::Exposure;
use crate::key::proof::ContentProof;
use crate::key::reason::Reason;
use crate::key::state::State;

use super::authorization::AuthorizationRecord;
use super::destruction::{AbsenceRecord, BreakGlassRecord, DestructionRecord};
use super::dsse::{Payload, PayloadError, from_json_payload, to_json_payload};
use super::rotation::{RewrapRecord, RollbackRecord, RotationRecord};
use super::succession::Standing;

/// `_type` of every statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// `predicateType` of a key version.
pub const KEY_VERSION_TYPE: &str = "urn:byok:key-version:v1";
/// DSSE `payloadType` of in-toto statements.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// An in-toto Statement v1.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// [`STATEMENT_TYPE`].
    #[serde(rename = "_type")]
    pub type_: String,
    /// Exactly one subject: the key version.
    pub subject: Vec<Subject>,
    /// [`KEY_VERSION_TYPE`].
    pub predicate_type: String,
    /// What is stated.
    pub predicate: KeyVersionPredicate,
}

/// The key version, by name and digest.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Subject {
    /// `NAME@N`.
    pub name: String,
    /// `sha256` of the SPKI (pairs) or of the descriptor (secret keys), or `byok-cmac-v1`.
    pub digest: BTreeMap<String, String>,
}

/// Everything that is stated about a key version at one moment.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyVersionPredicate {
    /// UUID version 7.
    pub manifest_id: String,
    /// From 1, one more for every manifest of this key version.
    pub revision: u32,
    /// Lower-case hexadecimal SHA-256 of the previous payload; absent in revision 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_manifest: Option<String>,
    /// `NAME`.
    pub key_name: String,
    /// `N`.
    pub key_version: u32,
    /// UUID, the same for all versions of a key.
    pub logical_key_id: String,
    /// Who answers for the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Free attributes, `k=v`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// The key type as typed: `aes-256`.
    pub key_type: String,
    /// `encrypt`, `mac`, `sign` or `wrap`.
    pub purpose: String,
    /// The public half of a pair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public: Option<PublicHalf>,
    /// Check value of a secret key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckValue>,
    /// Fingerprint computed in the token, lower-case hexadecimal, where the key's purpose lets it sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// What the subject's digest covers when there is neither public half nor fingerprint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub descriptor: Option<Descriptor>,
    /// The state, our claim.
    pub state: State,
    /// When the state was reached.
    pub state_changed_at: Timestamp,
    /// Why, where a person took the key out of use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_reason: Option<StateReason>,
    /// Dates of its life.
    pub dates: Dates,
    /// Where the key came from.
    pub origin: Origin,
    /// What the token said, and when.
    pub custody: CustodyRecord,
    /// The worst exposure so far; never lowered.
    pub exposure_ever: Exposure,
    /// The wraps that this revision records. Earlier ones stand in earlier revisions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wraps: Vec<WrapRecord>,
    /// Where the key is by now, as providers' answers showed it when they were last looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub placements: Vec<PlacementRecord>,
    /// Which version this one came to replace, where `rotate` made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<RotationRecord>,
    /// That it was given up for an older version; never taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<RollbackRecord>,
    /// What people said of data keys under this version that were encrypted anew, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewrapped: Vec<RewrapRecord>,
    /// How the key was taken out of the token; a destroyed key has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destruction: Option<DestructionRecord>,
    /// That the token was asked for the key after `custody.readAt`, and had it not; gone once it has it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absence: Option<AbsenceRecord>,
    /// The waiting that was skipped in this change, and why; never taken over from the manifest before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<BreakGlassRecord>,
    /// Under which policy this change was made, and who approved it; never taken over from the manifest before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<AuthorizationRecord>,
    /// Who signed.
    pub signer: SignerRecord,
    /// What wrote it.
    pub tool: Tool,
    /// The log entry of the intent.
    pub log_ref: LogRef,
}

/// The public half of a pair.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicHalf {
    /// Lower-case hexadecimal SHA-256 of the DER SPKI.
    pub spki_sha256: String,
    /// RFC 7638 thumbprint, SHA-256, base64url without padding; absent for curves without a JWK name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwk_thumbprint: Option<String>,
    /// PEM SubjectPublicKeyInfo (RFC 7468 section 13).
    pub spki_pem: String,
}

/// A PRF output under the key, computed in the token.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Fingerprint {
    /// `byok-cmac-v1` (AES-CMAC) or `byok-hmac-v1` (HMAC-SHA-256).
    pub method: String,
    /// Lower-case hexadecimal.
    pub value: String,
}

/// Names a key version; its RFC 8785 JSON is hashed. It binds a name, not key material.
///
/// The members stand in the order of RFC 8785, so that serde writes that form as it is. Values are strings and one
/// whole number, which both write alike.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Check value, or empty.
    pub kcv: String,
    /// Its method, or `none`.
    pub kcv_method: String,
    /// `NAME`
    pub name: String,
    /// `CKA_ID`, lower-case hexadecimal.
    pub object_id: String,
    /// Purpose.
    pub purpose: String,
    /// The token's serial number.
    pub token_serial: String,
    /// Key type.
    #[serde(rename = "type")]
    pub key_type: String,
    /// `N`
    pub version: u32,
}

/// Why a key version was taken out of use.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct StateReason {
    /// The reason, of KMIP's list.
    pub code: Reason,
    /// What whoever did it had to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// RFC 3339 UTC dates: what was, and what is planned. A planned date that has come does not change any more.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dates {
    /// When the key was made or put in.
    pub generated_at: Timestamp,
    /// When it is to become active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation_at: Option<Timestamp>,
    /// When it became active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activated_at: Option<Timestamp>,
    /// When it stops protecting new data, and is deactivated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protect_stop_at: Option<Timestamp>,
    /// When it stops processing old data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process_stop_at: Option<Timestamp>,
    /// When it is to be destroyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destroy_at: Option<Timestamp>,
    /// When its `CKA_EXTRACTABLE` was cleared: it cannot leave the token any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_at: Option<Timestamp>,
}

/// Where a key came from.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// `generated`, `imported` or `restored`.
    pub kind: String,
    /// `byok generate` adopted the object after an interrupted run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adopted: bool,
    /// How an imported key got into the token; an imported key has it, and no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<ImportRecord>,
}

/// How a key got into the token, and what this host saw of it then.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportRecord {
    /// `file`: this host read the key. `wrapped`: it came wrapped for a key of the token.
    pub form: String,
    /// `unwrap-under-session-key`, `unwrap-under-session-pair`, `create-object` or `unwrap-under-token-key`; absent when
    /// the run that put it in was interrupted and did not get to say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// The mechanism under which the token unwrapped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mechanism: Option<String>,
    /// What this host saw in this operation.
    pub exposure: Exposure,
    /// By what the key in the token was recognised as the one that was put in; nothing where there was nothing to
    /// compare.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content_proof: Vec<ContentProof>,
    /// How it came wrapped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrapped: Option<WrappedRecord>,
}

/// How a key came wrapped for the token.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WrappedRecord {
    /// `NAME@N` of the pair under whose public half it came.
    pub unwrapping_key: String,
    /// SHA-256 of that half's DER SPKI.
    pub spki_sha256: String,
    /// Our name of the method: `rsa-aes-sha256`.
    pub method: String,
    /// SHA-256 of the wrapped key as it came.
    pub sha256: String,
}

/// What the token said about the object and itself.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustodyRecord {
    /// The token's manufacturer.
    pub manufacturer: String,
    /// The token's model.
    pub model: String,
    /// The token's serial number.
    pub token_serial: String,
    /// The token's label.
    pub token_label: String,
    /// The token's firmware version.
    pub firmware: String,
    /// SHA-256 of the module's file.
    pub module_sha256: String,
    /// SHA-256 of the probe's profile, the payload that was signed.
    pub profile_sha256: String,
    /// `CKA_ID`, lower-case hexadecimal.
    pub object_id: String,
    /// Attributes as read.
    pub attrs: Custody,
    /// When they were read.
    pub read_at: Timestamp,
    /// `module-reported` or `attested`.
    pub assurance: String,
}

/// One wrap for one provider.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WrapRecord {
    /// Provider id.
    pub provider: String,
    /// The target of byok.yaml for which it was made, where `rotate` made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_id: Option<String>,
    /// The key on the provider's side, when it was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The mount on the provider's side, for a provider that has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mount: Option<String>,
    /// Our name of the method: `rsa-aes-sha256`.
    pub method: String,
    /// The provider's algorithm or key spec.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// `direct-oaep`, `native-rsa-aes`, `token-kek`, `host-kek` or `host-plaintext`.
    pub plan: String,
    /// What the host saw in this operation.
    pub exposure: Exposure,
    /// `probe`: what is inside the blob rests on the probe's known answers. `verified`: this host had the key in its
    /// memory, recognised it by `contentProof`, and wrapped it itself.
    pub content_assurance: String,
    /// What the key was recognised by; nothing where this host did not see it or had nothing to compare.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content_proof: Vec<ContentProof>,
    /// The key under which it was wrapped.
    pub wrapping_key: WrappingKeyRecord,
    /// SHA-256 of the profile that the plan rests on.
    pub profile_sha256: String,
    /// Every file of the bundle but the manifest and bundle.json.
    pub files: Vec<FileRecord>,
    /// When the provider stops accepting the bundle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When the provider is to delete the imported material, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Timestamp>,
}

/// A provider that has the key, as its own answer showed it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlacementRecord {
    /// Provider id.
    pub provider: String,
    /// The account, project, vault or HSM there, where the answer names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The key there, as the provider names it.
    pub resource: String,
    /// The target of byok.yaml for which the answer speaks, where the wrap was made for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_id: Option<String>,
    /// Its version there, where there are versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_key_version: Option<String>,
    /// Its state, in the provider's own word.
    pub provider_state: String,
    /// When the answer was looked at.
    pub observed_at: Timestamp,
    /// SHA-256 of each file of the answer, sorted.
    pub evidence_sha256: Vec<String>,
    /// What of the answer was compared with the manifest and found equal.
    pub matches: Vec<PlacementMatch>,
}

/// What a provider's answer has in common with a manifest. That a symmetric key is the same no answer shows.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlacementMatch {
    /// The public half of a pair: it is the key.
    PublicKey,
    /// The key on the provider's side is the one for which it was wrapped.
    Target,
    /// The key type.
    Type,
}

/// The provider's wrapping key.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WrappingKeyRecord {
    /// SHA-256 of the DER SPKI.
    pub spki_sha256: String,
    /// Modulus size.
    pub bits: u32,
    /// `pinned`, `policy`, `attested`, `operator` or `none`.
    pub authenticated_by: String,
    /// The key, KEK or import job to which it belongs, as the provider's answer names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
}

/// A file by name and content.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct FileRecord {
    /// File name, without folders.
    pub name: String,
    /// Lower-case hexadecimal SHA-256.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
}

/// The evidence signer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignerRecord {
    /// SHA-256 of the DER SPKI, the envelope's `keyid`.
    pub spki_sha256: String,
    /// Label of the signing key.
    pub key_label: String,
    /// Serial of the token that holds it.
    pub token_serial: String,
    /// Label of that token.
    pub token_label: String,
}

/// The program that wrote a document.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Tool {
    /// `byok`
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A place in the audit log.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogRef {
    /// The log's origin.
    pub origin: String,
    /// Sequence number of the intent's entry.
    pub seq: u64,
    /// SHA-256 of that entry's line.
    pub entry_sha256: String,
}

impl Payload for Statement {
    const TYPE: &'static str = PAYLOAD_TYPE;

    fn to_payload(&self) -> Result<Vec<u8>, PayloadError> {
        self.check().map_err(PayloadError::invalid)?;
        to_json_payload(self)
    }

    fn from_payload(bytes: &[u8]) -> Result<Self, PayloadError> {
        let statement: Self = from_json_payload(bytes)?;
        statement.check().map_err(PayloadError::invalid)?;
        Ok(statement)
    }

    fn claimed_at(&self) -> Option<Timestamp> {
        Some(self.predicate.as_of())
    }

    fn standing(&self) -> Option<Standing<'_>> {
        let LogRef { origin, seq, .. } = &self.predicate.log_ref;
        Some(Standing { origin, entries: seq.saturating_add(1), vouches: false })
    }
}
