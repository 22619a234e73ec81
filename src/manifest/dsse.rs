//! DSSE v1.0.2: the envelope around every signed document, and [`Signed`], the proof that it was checked.
//!
//! The signed bytes are the pre-authentication encoding, which holds the payload type: a signature over a document of
//! one type never passes for another. Nothing of a payload is read before a signature over it was verified.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::digest::sha256_hex;
use super::json::{self, JsonError};
use super::signer::{EvidenceSigner, Scheme, SignError};
use super::succession::Standing;
use super::trust::{Shortfall, Trust};
use super::verifying_key::{KeyError, VerifyingKey};

/// The largest envelope that is read, in bytes.
pub const MAX_ENVELOPE: usize = 1 << 20;
/// The most signatures of one envelope that are looked at.
pub const MAX_SIGNATURES: usize = 16;

/// A document that can be signed: its DSSE payload type and its exact bytes.
pub trait Payload: Sized {
    /// The DSSE `payloadType`. No two kinds of document share one.
    const TYPE: &'static str;

    /// The bytes to sign. They are kept; nothing is ever serialized a second time.
    ///
    /// # Errors
    /// When the value has no valid encoding.
    fn to_payload(&self) -> Result<Vec<u8>, PayloadError>;

    /// Reads and checks verified bytes.
    ///
    /// # Errors
    /// When they are not a valid document of this kind.
    fn from_payload(bytes: &[u8]) -> Result<Self, PayloadError>;

    /// When the document says that it was made; compared with a signer's validity. Not proven by anything.
    fn claimed_at(&self) -> Option<Timestamp> {
        None
    }

    /// Where in a log it stands; compared with a signer's tenure, when one took another's place.
    fn standing(&self) -> Option<Standing<'_>> {
        None
    }
}

/// Why a payload is not a document of its kind.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// Not strict JSON of the expected shape.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Well-formed, but not consistent.
    #[error(transparent)]
    Invalid(Box<dyn std::error::Error + Send + Sync>),
}

impl PayloadError {
    /// An inconsistency, as the document's own module describes it.
    pub fn invalid(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Invalid(Box::new(error))
    }
}

/// A document whose signatures were made or verified by this process. There is no other way to get one.
#[derive(Debug)]
pub struct Signed<T> {
    /// The pre-authentication encoding; the payload is its tail.
    pae: Vec<u8>,
    payload_at: usize,
    value: T,
    signatures: Vec<Signature>,
    signers: Vec<VerifiedSigner>,
}

/// One signature as it stands in the envelope.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Signature {
    keyid: String,
    sig: Vec<u8>,
}

/// A key whose signature was made or verified.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifiedSigner {
    /// SHA-256 of its DER SPKI.
    pub spki_sha256: String,
    /// Its scheme.
    pub scheme: Scheme,
    /// The name that the trust file gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Why a document could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The document itself.
    #[error("the document cannot be signed")]
    Payload(#[from] PayloadError),
    /// The signing key's public half is not one that evidence is checked with, or not of the scheme it claims.
    #[error("the signing key's public half is not usable")]
    Key(#[from] KeyError),
    /// The key did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The envelope would be larger than any reader takes.
    #[error("the signed document would be larger than {MAX_ENVELOPE} bytes")]
    TooLarge,
}

/// Why an envelope was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Larger than [`MAX_ENVELOPE`].
    #[error("an envelope of {0} bytes; at most {MAX_ENVELOPE} are read")]
    TooLarge(usize),
    /// Not strict JSON of a DSSE envelope.
    #[error("not a DSSE envelope")]
    Json(#[source] JsonError),
    /// A member is not canonical, padded, standard base64.
    #[error("`{0}` is not canonical standard base64 with padding")]
    Base64(&'static str),
    /// None, or more than [`MAX_SIGNATURES`].
    #[error("{0} signatures; 1 to {MAX_SIGNATURES} are read")]
    SignatureCount(usize),
    /// Another kind of document.
    #[error("payload type {found:?}, expected {expected:?}")]
    PayloadType {
        /// What the envelope says.
        found: String,
        /// What was asked for.
        expected: &'static str,
    },
    /// Not enough trusted keys have signed.
    #[error(transparent)]
    Signatures(#[from] Shortfall),
    /// The signatures are good, what they cover is not a valid document.
    #[error("the signed payload is not valid")]
    Payload(#[source] PayloadError),
}

/// The JSON form, in the member order of the DSSE specification.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow)]
    payload: Cow<'a, str>,
    #[serde(borrow)]
    payload_type: Cow<'a, str>,
    #[serde(borrow)]
    signatures: Vec<EnvelopeSignature<'a>>,
}

#[derive(Deserialize, Serialize)]
struct EnvelopeSignature<'a> {
    /// A hint in DSSE, and optional there; byok always writes it and never trusts it.
    #[serde(borrow, default)]
    keyid: Cow<'a, str>,
    #[serde(borrow)]
    sig: Cow<'a, str>,
}

/// A document, and the bytes of it that are going to be signed.
#[derive(Debug)]
pub struct Unsigned<T> {
    pae: Vec<u8>,
    payload_at: usize,
    value: T,
}

/// A document with a signature that nobody has checked yet. It can be [`Unproven::prove`]d, and nothing else.
#[derive(Debug)]
pub struct Unproven<T> {
    document: Unsigned<T>,
    key: VerifyingKey,
    sig: Vec<u8>,
}

impl<T: Payload> Unsigned<T> {
    /// Writes the document down.
    ///
    /// # Errors
    /// A document that cannot be signed.
    pub fn new(value: T) -> Result<Self, SealError> {
        let payload = value.to_payload()?;
        let (pae, payload_at) = encode(T::TYPE, payload.len(), |out| out.extend_from_slice(&payload));
        Ok(Self { pae, payload_at, value })
    }

    /// Has the key sign, and does nothing else: this is the part for which a fleet's token is waited for.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn sign(self, signer: &dyn EvidenceSigner) -> Result<Unproven<T>, SealError> {
        let (key, sig) = unproven(signer, &self.pae)?;
        Ok(Unproven { document: self, key, sig })
    }
}

impl<T: Payload> Unproven<T> {
    /// Checks the signature with the key's own public half.
    ///
    /// # Errors
    /// A signature that does not verify, or a document that is too large with it.
    pub fn prove(self) -> Result<Signed<T>, SealError> {
        let Unsigned { pae, payload_at, value } = self.document;
        let mut sealed = Signed { pae, payload_at, value, signatures: Vec::new(), signers: Vec::new() };
        sealed.add(&self.key, self.sig)?;
        Ok(sealed)
    }
}

/// A signature that nobody has checked yet, and the key that it should be of.
fn unproven(signer: &dyn EvidenceSigner, pae: &[u8]) -> Result<(VerifyingKey, Vec<u8>), SealError> {
    let key = VerifyingKey::from_spki(signer.spki())?;
    if key.scheme() != signer.scheme() {
        return Err(KeyError::Type.into());
    }
    let sig = signer.sign_unproven(pae)?;
    Ok((key, sig))
}

impl<T: Payload> Signed<T> {
    /// Signs `value`, and checks the signature with the key's own public half before it is used.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn sign(value: T, signer: &dyn EvidenceSigner) -> Result<Self, SealError> {
        Unsigned::new(value)?.sign(signer)?.prove()
    }

    /// Adds the signature of another key to the same bytes.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn countersign(&mut self, signer: &dyn EvidenceSigner) -> Result<(), SealError> {
        let (key, sig) = unproven(signer, &self.pae)?;
        self.add(&key, sig)
    }

    /// Adds a signature that verifies.
    fn add(&mut self, key: &VerifyingKey, sig: Vec<u8>) -> Result<(), SealError> {
        if !key.verifies(&self.pae, &sig) {
            return Err(SignError::DoesNotVerify.into());
        }
        self.signatures.push(Signature { keyid: key.spki_sha256().to_owned(), sig });
        self.signers.push(VerifiedSigner {
            spki_sha256: key.spki_sha256().to_owned(),
            scheme: key.scheme(),
            name: None,
        });
        if self.to_json().len() > MAX_ENVELOPE { Err(SealError::TooLarge) } else { Ok(()) }
    }

    /// Verifies an envelope: as many distinct trusted keys as `trust` asks for have signed exactly these bytes as a
    /// document of this kind. Only then the payload is read.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn verify(bytes: &[u8], trust: &Trust) -> Result<Self, EnvelopeError> {
        if bytes.len() > MAX_ENVELOPE {
            return Err(EnvelopeError::TooLarge(bytes.len()));
        }
        let envelope: Envelope<'_> = json::from_slice(bytes).map_err(EnvelopeError::Json)?;
        if envelope.payload_type != T::TYPE {
            return Err(EnvelopeError::PayloadType { found: envelope.payload_type.into_owned(), expected: T::TYPE });
        }
        let signatures = decode_signatures(&envelope)?;
        let (pae, payload_at) = decode_payload(T::TYPE, envelope.payload.as_bytes())?;
        let verified = trust.verified(&pae, signatures.iter().map(|s| (s.keyid.as_str(), s.sig.as_slice())))?;
        let payload = pae.get(payload_at..).unwrap_or_default();
        let value = T::from_payload(payload).map_err(EnvelopeError::Payload)?;
        let signers = trust.accept(&verified, value.claimed_at(), value.standing())?;
        Ok(Self { pae, payload_at, value, signatures, signers })
    }
}

impl<T> Signed<T> {
    /// What was signed.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The exact bytes that were signed.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.pae.get(self.payload_at..).unwrap_or_default()
    }

    /// Lower-case hexadecimal SHA-256 of the payload: what names this document in logs and later manifests.
    #[must_use]
    pub fn payload_sha256(&self) -> String {
        sha256_hex(self.payload())
    }

    /// The distinct keys whose signatures were made or verified.
    #[must_use]
    pub fn signers(&self) -> &[VerifiedSigner] {
        &self.signers
    }

    /// The envelope as one line of JSON and a line feed, the same bytes every time.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let envelope = Envelope {
            payload: STANDARD.encode(self.payload()).into(),
            payload_type: self.payload_type(),
            signatures: self.signatures.iter().map(EnvelopeSignature::from).collect(),
        };
        let mut out = serde_json::to_vec(&envelope).unwrap_or_default();
        out.push(b'\n');
        out
    }

    /// The value alone, when its bytes are no longer needed.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }

    /// The value, and the signatures for [`Signed::over`] the same value in a type of its own.
    pub(super) fn apart(self) -> (T, Signed<()>) {
        let Self { pae, payload_at, value, signatures, signers } = self;
        (value, Signed { pae, payload_at, value: (), signatures, signers })
    }

    /// Read back from the encoding that was signed: `DSSEv1 LEN TYPE LEN PAYLOAD`.
    fn payload_type(&self) -> Cow<'_, str> {
        let head = self.pae.get(..self.payload_at).unwrap_or_default();
        String::from_utf8_lossy(head.split(|byte| *byte == b' ').nth(2).unwrap_or_default())
    }
}

impl Signed<()> {
    /// What was taken [`Signed::apart`].
    pub(super) fn over<T>(self, value: T) -> Signed<T> {
        let Self { pae, payload_at, signatures, signers, .. } = self;
        Signed { pae, payload_at, value, signatures, signers }
    }
}

impl<'a> From<&'a Signature> for EnvelopeSignature<'a> {
    fn from(signature: &'a Signature) -> Self {
        Self { keyid: signature.keyid.as_str().into(), sig: STANDARD.encode(&signature.sig).into() }
    }
}

/// The pre-authentication encoding: `"DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload`.
#[must_use]
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    encode(payload_type, payload.len(), |out| out.extend_from_slice(payload)).0
}

/// The encoding and where the payload starts in it.
fn encode(payload_type: &str, length: usize, fill: impl FnOnce(&mut Vec<u8>)) -> (Vec<u8>, usize) {
    let mut out = format!("DSSEv1 {} {payload_type} {length} ", payload_type.len()).into_bytes();
    let start = out.len();
    out.reserve_exact(length);
    fill(&mut out);
    (out, start)
}

/// The payload of an envelope of this type, whoever signed it: for [`super::hint`] alone.
pub(super) fn unverified_payload(bytes: &[u8], payload_type: &str) -> Option<Vec<u8>> {
    let envelope: Envelope<'_> = json::from_slice(bytes).ok()?;
    let payload = STANDARD.decode(envelope.payload.as_bytes()).ok()?;
    (envelope.payload_type == payload_type).then_some(payload)
}

/// Decodes the payload straight behind its head, so that it is copied once.
fn decode_payload(payload_type: &str, base64: &[u8]) -> Result<(Vec<u8>, usize), EnvelopeError> {
    let refused = || EnvelopeError::Base64("payload");
    let padding = base64.iter().rev().take_while(|byte| **byte == b'=').count();
    let length = (base64.len() / 4).saturating_mul(3).saturating_sub(padding);
    let mut decoded = Err(refused());
    let (pae, start) = encode(payload_type, length, |out| {
        let start = out.len();
        decoded = STANDARD.decode_vec(base64, out).map_err(|_| refused()).map(|()| out.len().saturating_sub(start));
    });
    if decoded? == length { Ok((pae, start)) } else { Err(refused()) }
}

fn decode_signatures(envelope: &Envelope<'_>) -> Result<Vec<Signature>, EnvelopeError> {
    let count = envelope.signatures.len();
    if count == 0 || count > MAX_SIGNATURES {
        return Err(EnvelopeError::SignatureCount(count));
    }
    let decode = |signature: &EnvelopeSignature<'_>| {
        let sig = STANDARD.decode(signature.sig.as_bytes()).map_err(|_| EnvelopeError::Base64("sig"))?;
        Ok(Signature { keyid: signature.keyid.clone().into_owned(), sig })
    };
    envelope.signatures.iter().map(decode).collect()
}

/// The payload of a document that is JSON.
///
/// # Errors
/// When serde cannot write it.
pub fn to_json_payload<T: Serialize>(value: &T) -> Result<Vec<u8>, PayloadError> {
    Ok(serde_json::to_vec(value).map_err(JsonError::from)?)
}

/// Reads a payload that is JSON, repeated members refused.
///
/// # Errors
/// When it is not strict JSON of this shape.
pub fn from_json_payload<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, PayloadError> {
    Ok(json::from_slice(bytes)?)
}

#[cfg(test)]
#[path = "dsse_tests.rs"]
mod tests;
