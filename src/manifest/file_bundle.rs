//! The in-toto Statement v1 about a bundle that was made from a key file, predicate type `urn:byok:file-bundle:v1`.
//!
//! Its subjects are the files of the bundle. It is about no key version, follows no other manifest and names no entry of
//! a log: it says what was wrapped, for whom and how, and that this host saw the key.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::check::{StatementError, check_files, check_public, good, is_text, is_text_or_empty, is_uuid, parse};
use super::digest::is_sha256;
use super::dsse::{Payload, PayloadError, from_json_payload, to_json_payload};
use super::statement::{
    FileRecord, PAYLOAD_TYPE, PublicHalf, STATEMENT_TYPE, SignerRecord, Subject, Tool, WrappingKeyRecord,
};
use crate::key::exposure::Exposure;
use crate::key::method::WrapMethod;
use crate::key::spec::{KeySpec, Purpose};
use crate::key::template::usages;

/// `predicateType` of a bundle that was made from a key file.
pub const FILE_BUNDLE_TYPE: &str = "urn:byok:file-bundle:v1";
/// `origin` of such a key.
pub const ORIGIN: &str = "file";
/// The one plan by which a key file is wrapped.
pub const PLAN: &str = "host-plaintext";

/// An in-toto Statement v1.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileBundleStatement {
    /// [`STATEMENT_TYPE`].
    #[serde(rename = "_type")]
    pub type_: String,
    /// Every file of the bundle but the manifest and bundle.json, by name and `sha256`.
    pub subject: Vec<Subject>,
    /// [`FILE_BUNDLE_TYPE`].
    pub predicate_type: String,
    /// What is stated.
    pub predicate: FileBundlePredicate,
}

/// Everything that is stated about the bundle.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileBundlePredicate {
    /// UUID version 7.
    pub manifest_id: String,
    /// When the bundle was made.
    pub created_at: Timestamp,
    /// Where the key came from: [`ORIGIN`].
    pub origin: String,
    /// The key type: `ec-p256`.
    pub key_type: String,
    /// For what the provider is to take it.
    pub purpose: String,
    /// The public half that the private numbers of the file make; nothing is stated that would tell a secret key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<PublicHalf>,
    /// For whom and how it was wrapped.
    pub wrap: FileWrapRecord,
    /// Who signed.
    pub signer: SignerRecord,
    /// What wrote it.
    pub tool: Tool,
}

/// The wrap of a key file for one provider; the members are those of a key version's.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileWrapRecord {
    /// Provider id.
    pub provider: String,
    /// The key on the provider's side, when it was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The mount on the provider's side, for a provider that has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mount: Option<String>,
    /// Our name of the method: `rsa-aes-sha256`.
    pub method: String,
    /// The provider's algorithm or key spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// [`PLAN`].
    pub plan: String,
    /// What the host saw: always plaintext.
    pub exposure: Exposure,
    /// The key under which it was wrapped.
    pub wrapping_key: WrappingKeyRecord,
    /// Every file of the bundle but the manifest and bundle.json.
    pub files: Vec<FileRecord>,
    /// When the provider stops accepting the bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When the provider is to delete the imported material, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Timestamp>,
}

impl FileBundleStatement {
    /// The statement, with the files as its subjects.
    ///
    /// # Errors
    /// [`StatementError`], when the predicate is not consistent.
    pub fn new(predicate: FileBundlePredicate) -> Result<Self, StatementError> {
        let statement = Self {
            type_: STATEMENT_TYPE.to_owned(),
            subject: subjects(&predicate.wrap.files),
            predicate_type: FILE_BUNDLE_TYPE.to_owned(),
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
        for (found, known) in [(&self.type_, STATEMENT_TYPE), (&self.predicate_type, FILE_BUNDLE_TYPE)] {
            if found != known {
                return Err(StatementError::Type(found.clone()));
            }
        }
        let predicate = &self.predicate;
        if self.subject != subjects(&predicate.wrap.files) {
            return Err(StatementError::SubjectFiles);
        }
        good(is_uuid(&predicate.manifest_id), "manifestId")?;
        good(predicate.origin == ORIGIN, "origin")?;
        check_key(predicate)?;
        check_wrap(&predicate.wrap)?;
        let SignerRecord { spki_sha256, key_label, token_serial, token_label } = &predicate.signer;
        good(is_sha256(spki_sha256), "signer.spkiSha256")?;
        good(is_text(key_label), "signer.keyLabel")?;
        good(is_text_or_empty(token_label) && is_text_or_empty(token_serial), "signer.tokenLabel")?;
        good(is_text(&predicate.tool.name) && is_text(&predicate.tool.version), "tool")
    }
}

fn subjects(files: &[FileRecord]) -> Vec<Subject> {
    let digest = |file: &FileRecord| [("sha256".to_owned(), file.sha256.clone())].into();
    files.iter().map(|file| Subject { name: file.name.clone(), digest: digest(file) }).collect()
}

/// A pair has its public half; of a secret key nothing stands here, a hash of it least of all.
fn check_key(predicate: &FileBundlePredicate) -> Result<(), StatementError> {
    let spec: KeySpec = parse(&predicate.key_type, "keyType")?;
    let purpose: Purpose = parse(&predicate.purpose, "purpose")?;
    good(usages(spec, purpose).is_some(), "purpose")?;
    match &predicate.public {
        Some(public) if !spec.is_secret() => check_public(spec, public),
        None if spec.is_secret() => Ok(()),
        _ => Err(StatementError::Binding),
    }
}

fn check_wrap(wrap: &FileWrapRecord) -> Result<(), StatementError> {
    if wrap.plan != PLAN || wrap.exposure != Exposure::Plaintext {
        return Err(StatementError::Exposure);
    }
    let _: WrapMethod = parse(&wrap.method, "wrap.method")?;
    let key = &wrap.wrapping_key;
    good(is_text(&wrap.provider), "wrap.provider")?;
    good(wrap.target.as_deref().is_none_or(is_text), "wrap.target")?;
    good(wrap.mount.as_deref().is_none_or(is_text), "wrap.mount")?;
    good(wrap.algorithm.as_deref().is_none_or(is_text), "wrap.algorithm")?;
    good(is_sha256(&key.spki_sha256), "wrap.wrappingKey.spkiSha256")?;
    good(
        ["pinned", "policy", "operator", "none"].contains(&key.authenticated_by.as_str()),
        "wrap.wrappingKey.authenticatedBy",
    )?;
    good(key.resource.as_deref().is_none_or(is_text), "wrap.wrappingKey.resource")?;
    good(!wrap.files.is_empty(), "wrap.files")?;
    check_files(&wrap.files)
}

impl Payload for FileBundleStatement {
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
        Some(self.predicate.created_at)
    }
}
