//! Why an item does not verify: a kind that scripts can act on, and a sentence.

use std::error::Error;

use serde::Serialize;

use crate::audit::chain::ChainError;
use crate::audit::record::RecordError;
use crate::format;
use crate::format::escape::printable;
use crate::manifest::check::StatementError;
use crate::manifest::dsse::{EnvelopeError, PayloadError};
use crate::manifest::history::HistoryError;
use crate::manifest::json::JsonError;
use crate::manifest::trust::Shortfall;

/// The longest detail, in characters.
const MAX_DETAIL: usize = 600;

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// Entries or manifests are missing, doubled, reordered or changed: the hash chain does not close.
    Chain,
    /// A member stands twice in one JSON object.
    Duplicate,
    /// A file is there that nothing lists.
    FileExtra,
    /// A file or a manifest that is listed is not there.
    FileMissing,
    /// A file or an unsigned list says something else than the signed manifest.
    FileMismatch,
    /// The log is not a continuation of the checkpoint that the auditor kept.
    Fork,
    /// Not a document of this kind.
    Malformed,
    /// The input could not be read.
    Read,
    /// The log's lines do not lead to the signed root.
    Root,
    /// A trusted key's signature does not verify.
    Signature,
    /// The checkpoints end before one that the auditor kept.
    Stale,
    /// It is about another key, log, signer or kind of document.
    Subject,
    /// Fewer distinct signers than the trust file asks for.
    Threshold,
    /// The log ends before a signed checkpoint.
    Truncated,
    /// Nothing signed covers it.
    Unsigned,
    /// No trusted key has signed.
    UntrustedSigner,
}

/// One failure.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, thiserror::Error)]
#[error("{detail}")]
pub struct Failure {
    /// What kind.
    pub kind: FailureKind,
    /// What differs, where. Without control characters.
    pub detail: String,
}

impl Failure {
    pub(super) fn new(kind: FailureKind, detail: impl AsRef<str>) -> Self {
        Self { kind, detail: printable(detail.as_ref(), MAX_DETAIL) }
    }

    /// The error and its causes in one line.
    fn of(kind: FailureKind, error: &dyn Error) -> Self {
        let mut detail = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            detail.push_str(": ");
            detail.push_str(&error.to_string());
            cause = error.source();
        }
        Self::new(kind, detail)
    }

    /// The same failure, with the place where it was found in front.
    pub(super) fn at(self, place: impl AsRef<str>) -> Self {
        Self::new(self.kind, format!("{}: {}", place.as_ref(), self.detail))
    }

    /// What could not be read.
    #[must_use]
    pub fn read(error: &dyn Error) -> Self {
        Self::of(FailureKind::Read, error)
    }
}

impl From<&EnvelopeError> for Failure {
    fn from(error: &EnvelopeError) -> Self {
        let kind = match error {
            EnvelopeError::PayloadType { .. } => FailureKind::Subject,
            EnvelopeError::Signatures(shortfall) => shortfall_kind(shortfall),
            EnvelopeError::Json(error) | EnvelopeError::Payload(PayloadError::Json(error)) => json_kind(error),
            EnvelopeError::Payload(PayloadError::Invalid(error)) => payload_kind(error.as_ref()),
            EnvelopeError::TooLarge(_) | EnvelopeError::Base64(_) | EnvelopeError::SignatureCount(_) => {
                FailureKind::Malformed
            }
        };
        Self::of(kind, error)
    }
}

impl From<&RecordError> for Failure {
    fn from(error: &RecordError) -> Self {
        let kind = match error {
            RecordError::Json(error) => json_kind(error),
            _ => FailureKind::Malformed,
        };
        Self::of(kind, error)
    }
}

impl From<&JsonError> for Failure {
    fn from(error: &JsonError) -> Self {
        Self::of(json_kind(error), error)
    }
}

impl From<&format::json::JsonError> for Failure {
    fn from(error: &format::json::JsonError) -> Self {
        Self::of(strict_kind(error), error)
    }
}

impl From<&ChainError> for Failure {
    fn from(error: &ChainError) -> Self {
        Self::of(FailureKind::Chain, error)
    }
}

impl From<&HistoryError> for Failure {
    fn from(error: &HistoryError) -> Self {
        let kind = match error {
            HistoryError::Changed(_) => FailureKind::Subject,
            _ => FailureKind::Chain,
        };
        Self::of(kind, error)
    }
}

fn json_kind(error: &JsonError) -> FailureKind {
    match error {
        JsonError::Strict(error) => strict_kind(error),
        JsonError::Shape(_) | JsonError::TooComplex => FailureKind::Malformed,
    }
}

fn strict_kind(error: &format::json::JsonError) -> FailureKind {
    match error {
        format::json::JsonError::Duplicate { .. } => FailureKind::Duplicate,
        _ => FailureKind::Malformed,
    }
}

fn shortfall_kind(shortfall: &Shortfall) -> FailureKind {
    match shortfall {
        Shortfall::BadSignature(_) => FailureKind::Signature,
        Shortfall::Untrusted(_) | Shortfall::Revoked(_) | Shortfall::OutOfTenure(_) | Shortfall::OutOfTime(_) => {
            FailureKind::UntrustedSigner
        }
        Shortfall::TooFew { .. } => FailureKind::Threshold,
    }
}

fn payload_kind(error: &(dyn Error + 'static)) -> FailureKind {
    match error.downcast_ref::<StatementError>() {
        Some(
            StatementError::Binding
            | StatementError::Descriptor
            | StatementError::KeyType
            | StatementError::SubjectDigest
            | StatementError::SubjectFiles
            | StatementError::SubjectName
            | StatementError::Type(_),
        ) => FailureKind::Subject,
        _ => FailureKind::Malformed,
    }
}
