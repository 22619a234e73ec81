//! What makes a statement consistent in itself: the subject names and binds the key that the predicate describes, and
//! every part has the one form that it may have.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use super::authorization;
use super::destruction;
use super::digest::{is_sha256, sha256_hex};
use super::life;
use super::origin;
use super::placement;
use super::rotation;
use super::statement::{
    CustodyRecord, Descriptor, FileRecord, KEY_VERSION_TYPE, KeyVersionPredicate, PublicHalf, STATEMENT_TYPE,
    Statement, Subject, WrapRecord,
};
use crate::format::jwk;
use crate::format::spki::PublicKey;
use crate::key::check_value::CheckValueMethod;
use crate::key::exposure::Exposure;
use crate::key::method::WrapMethod;
use crate::key::proof::ContentProof;
use crate::key::spec::{KeySpec, Purpose};
use crate::key::template::usages;
use crate::key::version::KeyVersionId;

/// The digest name of a fingerprint that the token computed, for both kinds of secret keys.
pub const FINGERPRINT_DIGEST: &str = "byok-cmac-v1";
/// File names that a bundle has besides what a manifest lists.
pub const UNLISTED_FILES: [&str; 2] = ["manifest.dsse.json", "bundle.json"];
/// `contentAssurance` of a blob that this host did not see into.
pub const PROBE: &str = "probe";
/// `contentAssurance` of a blob that this host made itself of a key that it recognised.
pub const VERIFIED: &str = "verified";
/// The longest free text, in bytes.
const MAX_TEXT: usize = 1024;

/// What is inconsistent in a statement.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum StatementError {
    /// Another kind of in-toto statement.
    #[error("a statement of another type: {0:?}")]
    Type(String),
    /// Not one subject, or not the key version of the predicate.
    #[error("the subject is not the key version that the predicate describes")]
    SubjectName,
    /// The subjects are not the files of the wrap.
    #[error("the subjects are not the files that the predicate lists")]
    SubjectFiles,
    /// The subject's digest is not that of the public half, fingerprint or descriptor.
    #[error("the subject's digest is not that of the key that the predicate describes")]
    SubjectDigest,
    /// A pair without its public half, a secret key with one, or two bindings at once.
    #[error("a pair is bound by its public half, a secret key by a fingerprint or a descriptor, and by nothing else")]
    Binding,
    /// The public half is of another type than the predicate says.
    #[error("the public half is not of the key type of the predicate")]
    KeyType,
    /// The descriptor says something else than the predicate.
    #[error("the descriptor does not describe the key of the predicate")]
    Descriptor,
    /// Revision 1 has a predecessor, or a later one has none.
    #[error("revision {revision} {}", if *.has_previous { "names a previous manifest" } else { "names no previous manifest" })]
    Revision {
        /// The revision.
        revision: u32,
        /// Whether it names a previous manifest.
        has_previous: bool,
    },
    /// A member has not the form that it must have.
    #[error("`{0}` has not the form of this member")]
    Member(&'static str),
    /// A wrap that showed more than the manifest admits, or something else than its plan shows.
    #[error("the exposure of a wrap does not fit its plan, or is worse than `exposureEver`")]
    Exposure,
    /// A key that came from outside, and a manifest that admits less than this host saw of it.
    #[error("the exposure of an import does not fit its form, or is worse than `exposureEver`")]
    ImportExposure,
    /// A file twice, or a file that no manifest lists.
    #[error("the wrap's file list has {0:?} twice, or names a file that it must not name")]
    File(String),
}

impl Statement {
    /// The statement about a key version. It derives the subject and, for a secret key without a fingerprint, the
    /// descriptor; both are overwritten.
    ///
    /// # Errors
    /// [`StatementError`], when the predicate is not consistent.
    pub fn new(mut predicate: KeyVersionPredicate) -> Result<Self, StatementError> {
        let unbound = predicate.public.is_none() && predicate.fingerprint.is_none();
        predicate.descriptor = unbound.then(|| Descriptor::of(&predicate));
        let subject = Subject {
            name: format!("{}@{}", predicate.key_name, predicate.key_version),
            digest: subject_digest(&predicate).ok_or(StatementError::Binding)?,
        };
        let statement = Self {
            type_: STATEMENT_TYPE.to_owned(),
            subject: vec![subject],
            predicate_type: KEY_VERSION_TYPE.to_owned(),
            predicate,
        };
        statement.check()?;
        Ok(statement)
    }

    /// Checks everything that the statement alone can show.
    ///
    /// # Errors
    /// The first inconsistency.
    pub fn check(&self) -> Result<(), StatementError> {
        for (found, known) in [(&self.type_, STATEMENT_TYPE), (&self.predicate_type, KEY_VERSION_TYPE)] {
            if found != known {
                return Err(StatementError::Type(found.clone()));
            }
        }
        let predicate = &self.predicate;
        let [subject] = self.subject.as_slice() else { return Err(StatementError::SubjectName) };
        let id: KeyVersionId = subject.name.parse().map_err(|_| StatementError::SubjectName)?;
        if id.key.as_str() != predicate.key_name || id.version.get() != predicate.key_version {
            return Err(StatementError::SubjectName);
        }
        check_binding(predicate)?;
        if subject_digest(predicate).as_ref() != Some(&subject.digest) {
            return Err(StatementError::SubjectDigest);
        }
        check_members(predicate)?;
        let is_secret = predicate.public.is_none();
        predicate.wraps.iter().try_for_each(|wrap| check_wrap(wrap, predicate.exposure_ever, is_secret))
    }
}

impl Descriptor {
    /// Describes the key of a predicate.
    #[must_use]
    pub fn of(predicate: &KeyVersionPredicate) -> Self {
        let check = predicate.check.as_ref();
        Self {
            name: predicate.key_name.clone(),
            version: predicate.key_version,
            key_type: predicate.key_type.clone(),
            purpose: predicate.purpose.clone(),
            object_id: predicate.custody.object_id.clone(),
            token_serial: predicate.custody.token_serial.clone(),
            kcv: check.map(|check| check.kcv.clone()).unwrap_or_default(),
            kcv_method: check.map_or("none", |check| check.kcv_method.as_str()).to_owned(),
        }
    }

    /// Lower-case hexadecimal SHA-256 of the RFC 8785 form; `None` if it has none.
    #[must_use]
    pub fn sha256(&self) -> Option<String> {
        serde_json::to_vec(self).ok().map(|bytes| sha256_hex(&bytes))
    }
}

fn subject_digest(predicate: &KeyVersionPredicate) -> Option<BTreeMap<String, String>> {
    let (name, value) = match (&predicate.public, &predicate.fingerprint, &predicate.descriptor) {
        (Some(public), None, None) => ("sha256", public.spki_sha256.clone()),
        (None, Some(fingerprint), None) => (FINGERPRINT_DIGEST, fingerprint.value.clone()),
        (None, None, Some(descriptor)) => ("sha256", descriptor.sha256()?),
        _ => return None,
    };
    Some(BTreeMap::from([(name.to_owned(), value)]))
}

fn check_binding(predicate: &KeyVersionPredicate) -> Result<(), StatementError> {
    let spec: KeySpec = parse(&predicate.key_type, "keyType")?;
    let purpose: Purpose = parse(&predicate.purpose, "purpose")?;
    if usages(spec, purpose).is_none() {
        return Err(StatementError::Member("purpose"));
    }
    if spec.is_secret() == predicate.public.is_some() || (predicate.check.is_some() && !spec.is_secret()) {
        return Err(StatementError::Binding);
    }
    if let Some(public) = &predicate.public {
        check_public(spec, public)?;
    }
    if let Some(fingerprint) = &predicate.fingerprint {
        let (method, digits) = match spec {
            KeySpec::Aes(_) => ("byok-cmac-v1", 32),
            _ => ("byok-hmac-v1", 64),
        };
        good(fingerprint.method == method, "fingerprint.method")?;
        good(is_hex(&fingerprint.value) && fingerprint.value.len() == digits, "fingerprint.value")?;
    }
    match &predicate.descriptor {
        Some(descriptor) if *descriptor != Descriptor::of(predicate) => Err(StatementError::Descriptor),
        _ => Ok(()),
    }
}

/// The public half is of the key's type, and every member says the same of it.
pub(super) fn check_public(spec: KeySpec, public: &PublicHalf) -> Result<(), StatementError> {
    let key = PublicKey::from_pem(&public.spki_pem).map_err(|_| StatementError::SubjectDigest)?;
    if key.sha256_hex() != public.spki_sha256 {
        return Err(StatementError::SubjectDigest);
    }
    if key.spec() != Some(spec) {
        return Err(StatementError::KeyType);
    }
    good(key.to_pem() == public.spki_pem, "public.spkiPem")?;
    let thumbprint = public.jwk_thumbprint.as_ref();
    good(thumbprint.is_none() || jwk::thumbprint(&key).as_ref() == thumbprint, "public.jwkThumbprint")
}

fn check_members(predicate: &KeyVersionPredicate) -> Result<(), StatementError> {
    let has_previous = predicate.previous_manifest.is_some();
    if predicate.revision == 0 || (predicate.revision == 1) == has_previous {
        return Err(StatementError::Revision { revision: predicate.revision, has_previous });
    }
    let previous = predicate.previous_manifest.as_deref();
    good(previous.is_none_or(is_sha256), "previousManifest")?;
    good(is_uuid(&predicate.manifest_id), "manifestId")?;
    good(is_uuid(&predicate.logical_key_id), "logicalKeyId")?;
    check_free_text(predicate.owner.as_deref(), &predicate.attributes)?;
    if let Some(check) = &predicate.check {
        let digits = match check.kcv_method {
            CheckValueMethod::EcbZeroFromToken | CheckValueMethod::CmacZero | CheckValueMethod::EcbZeroOnHost => 6,
        };
        good(is_hex(&check.kcv) && check.kcv.len() == digits, "check.kcv")?;
    }
    good(["generated", "imported", "restored"].contains(&predicate.origin.kind.as_str()), "origin.kind")?;
    origin::check(predicate)?;
    life::check(predicate)?;
    destruction::check(predicate)?;
    placement::check(predicate)?;
    rotation::check(predicate)?;
    predicate.authorization.as_ref().map_or(Ok(()), authorization::check)?;
    good(is_sha256(&predicate.signer.spki_sha256), "signer.spkiSha256")?;
    good(is_text(&predicate.signer.key_label), "signer.keyLabel")?;
    good(is_text_or_empty(&predicate.signer.token_label), "signer.tokenLabel")?;
    good(is_text_or_empty(&predicate.signer.token_serial), "signer.tokenSerial")?;
    good(is_text(&predicate.tool.name) && is_text(&predicate.tool.version), "tool")?;
    good(is_text(&predicate.log_ref.origin), "logRef.origin")?;
    good(is_sha256(&predicate.log_ref.entry_sha256), "logRef.entrySha256")?;
    check_custody(&predicate.custody)
}

/// What people may write into a manifest: an owner, and attributes with a name, each of at most 1024 bytes without
/// control characters.
///
/// # Errors
/// [`StatementError::Member`].
pub fn check_free_text(owner: Option<&str>, attributes: &BTreeMap<String, String>) -> Result<(), StatementError> {
    good(owner.is_none_or(is_text), "owner")?;
    good(attributes.iter().all(|(name, value)| is_text(name) && is_text_or_empty(value)), "attributes")
}

fn check_custody(custody: &CustodyRecord) -> Result<(), StatementError> {
    for (name, text) in [
        ("custody.manufacturer", &custody.manufacturer),
        ("custody.model", &custody.model),
        ("custody.tokenSerial", &custody.token_serial),
        ("custody.tokenLabel", &custody.token_label),
        ("custody.firmware", &custody.firmware),
    ] {
        good(is_text_or_empty(text), name)?;
    }
    good(is_sha256(&custody.module_sha256), "custody.moduleSha256")?;
    good(is_sha256(&custody.profile_sha256), "custody.profileSha256")?;
    good(is_hex(&custody.object_id) && (2..=128).contains(&custody.object_id.len()), "custody.objectId")?;
    good(["module-reported", "attested"].contains(&custody.assurance.as_str()), "custody.assurance")
}

fn check_wrap(wrap: &WrapRecord, exposure_ever: Exposure, is_secret: bool) -> Result<(), StatementError> {
    let shown = match wrap.plan.as_str() {
        "direct-oaep" | "native-rsa-aes" | "token-kek" => Exposure::None,
        "host-kek" => Exposure::EphemeralKek,
        "host-plaintext" => Exposure::Plaintext,
        _ => return Err(StatementError::Member("wraps.plan")),
    };
    if wrap.exposure != shown || shown > exposure_ever {
        return Err(StatementError::Exposure);
    }
    let is_direct = matches!(parse(&wrap.method, "wraps.method")?, WrapMethod::RsaOaep(_));
    // `host-plaintext` is the one plan that serves both kinds of methods.
    good(wrap.plan == "host-plaintext" || is_direct == (wrap.plan == "direct-oaep"), "wraps.method")?;
    let key = &wrap.wrapping_key;
    let authenticated = ["pinned", "policy", "attested", "operator", "none"];
    good(is_text(&wrap.provider), "wraps.provider")?;
    good(wrap.target.as_deref().is_none_or(is_text), "wraps.target")?;
    good(wrap.mount.as_deref().is_none_or(is_text), "wraps.mount")?;
    good(key.resource.as_deref().is_none_or(is_text), "wraps.wrappingKey.resource")?;
    good(wrap.algorithm.as_deref().is_none_or(is_text), "wraps.algorithm")?;
    check_content(wrap, is_secret)?;
    good(is_sha256(&key.spki_sha256), "wraps.wrappingKey.spkiSha256")?;
    good(authenticated.contains(&key.authenticated_by.as_str()), "wraps.wrappingKey.authenticatedBy")?;
    good(is_sha256(&wrap.profile_sha256), "wraps.profileSha256")?;
    good(!wrap.files.is_empty(), "wraps.files")?;
    check_files(&wrap.files)
}

/// What may be said of a blob whose key was recognised by this: a check value alone verifies nothing.
#[must_use]
pub fn content_assurance(proof: &[ContentProof]) -> &'static str {
    if proof.iter().any(|by| by.is_strong()) { VERIFIED } else { PROBE }
}

/// `verified` is said only of a key that this host saw, and never without what it was recognised by.
fn check_content(wrap: &WrapRecord, is_secret: bool) -> Result<(), StatementError> {
    let proof = wrap.content_proof.as_slice();
    let said = content_assurance(proof);
    let seen = proof.is_empty() || wrap.exposure == Exposure::Plaintext;
    good(wrap.content_assurance == said && seen, "wraps.contentAssurance")?;
    let fits = |by: &ContentProof| (*by == ContentProof::PublicKey) != is_secret;
    good(proof.is_sorted_by(|left, right| left < right) && proof.iter().all(fits), "wraps.contentProof")
}

/// Every file once, by a plain name, with a digest; the two files that cannot be listed are not.
pub(crate) fn check_files(files: &[FileRecord]) -> Result<(), StatementError> {
    for (index, file) in files.iter().enumerate() {
        let earlier = files.iter().take(index).any(|other| other.name == file.name);
        if earlier || !is_file_name(&file.name) || UNLISTED_FILES.contains(&file.name.as_str()) {
            return Err(StatementError::File(file.name.clone()));
        }
        good(is_sha256(&file.sha256), "files.sha256")?;
    }
    Ok(())
}

/// A name that stays in its folder and means one thing everywhere.
fn is_file_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=128).contains(&name.len()) && name.chars().all(plain) && !name.starts_with(['.', '-'])
}

pub(super) fn parse<T: FromStr + Display>(text: &str, member: &'static str) -> Result<T, StatementError> {
    text.parse().ok().filter(|value: &T| value.to_string() == text).ok_or(StatementError::Member(member))
}

pub(super) fn good(is_good: bool, member: &'static str) -> Result<(), StatementError> {
    if is_good { Ok(()) } else { Err(StatementError::Member(member)) }
}

fn is_hex(text: &str) -> bool {
    text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// RFC 9562 in its usual spelling: lower case, with hyphens.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

pub(super) fn is_text(text: &str) -> bool {
    !text.is_empty() && is_text_or_empty(text)
}

/// Text that can be shown: no control characters, not endless.
pub(super) fn is_text_or_empty(text: &str) -> bool {
    text.len() <= MAX_TEXT && !text.chars().any(char::is_control)
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
