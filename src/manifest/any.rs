//! A statement of either predicate type: which one it is, the signed bytes say, and nothing outside of them.

use jiff::Timestamp;
use serde::Deserialize;

use super::dsse::{Payload, PayloadError, Signed, from_json_payload};
use super::file_bundle::{FILE_BUNDLE_TYPE, FileBundleStatement};
use super::statement::{PAYLOAD_TYPE, Statement};
use super::succession::Standing;

/// A statement, by its predicate type.
#[derive(Debug)]
pub enum AnyStatement {
    /// About a bundle that was made from a key file.
    FileBundle(Box<FileBundleStatement>),
    /// About a key version.
    KeyVersion(Box<Statement>),
}

/// The same, with its signatures.
#[derive(Debug)]
pub enum SignedStatement {
    /// About a bundle that was made from a key file.
    FileBundle(Box<Signed<FileBundleStatement>>),
    /// About a key version.
    KeyVersion(Box<Signed<Statement>>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    #[serde(default)]
    predicate_type: String,
}

impl Payload for AnyStatement {
    const TYPE: &'static str = PAYLOAD_TYPE;

    fn to_payload(&self) -> Result<Vec<u8>, PayloadError> {
        match self {
            Self::FileBundle(statement) => statement.to_payload(),
            Self::KeyVersion(statement) => statement.to_payload(),
        }
    }

    fn from_payload(bytes: &[u8]) -> Result<Self, PayloadError> {
        let head: Head = from_json_payload(bytes)?;
        if head.predicate_type == FILE_BUNDLE_TYPE {
            return FileBundleStatement::from_payload(bytes).map(|statement| Self::FileBundle(Box::new(statement)));
        }
        Statement::from_payload(bytes).map(|statement| Self::KeyVersion(Box::new(statement)))
    }

    fn claimed_at(&self) -> Option<Timestamp> {
        match self {
            Self::FileBundle(statement) => statement.claimed_at(),
            Self::KeyVersion(statement) => statement.claimed_at(),
        }
    }

    fn standing(&self) -> Option<Standing<'_>> {
        match self {
            Self::FileBundle(statement) => statement.standing(),
            Self::KeyVersion(statement) => statement.standing(),
        }
    }
}

impl From<Signed<AnyStatement>> for SignedStatement {
    fn from(signed: Signed<AnyStatement>) -> Self {
        let (value, signatures) = signed.apart();
        match value {
            AnyStatement::FileBundle(statement) => Self::FileBundle(Box::new(signatures.over(*statement))),
            AnyStatement::KeyVersion(statement) => Self::KeyVersion(Box::new(signatures.over(*statement))),
        }
    }
}
