//! Why bytes cannot be read at all.

use super::ber::BerError;
use super::pem::{MAXIMUM_BLOCKS, PemError};
use super::{MAXIMUM, Source};
use crate::format::json::{JsonError, MAXIMUM_VALUES};

/// Which rule a file breaks. No variant holds any content of the file but the names of members that are known.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReadError {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// More than is read.
    #[error("the file has {0} bytes; at most {MAXIMUM} are read")]
    TooLarge(usize),
    /// More blocks, keys or layers than any honest file has.
    #[error("the file has more than {limit} {what}")]
    TooMany {
        /// `PEM blocks`.
        what: &'static str,
        /// How many are read.
        limit: usize,
    },
    /// A structure that breaks off or contradicts itself.
    #[error("{form} that cannot be read: {why}")]
    Malformed {
        /// What it looks like.
        form: &'static str,
        /// What is wrong, and where.
        why: String,
    },
    /// Something wrong in one part.
    #[error("{place}: {error}")]
    At {
        /// `block 2`. Printable.
        place: String,
        /// What is wrong there.
        error: Box<Self>,
    },
    /// A member of a JWK that breaks its rule.
    #[error("the JWK member `{member}` {rule}")]
    Member {
        /// With its path.
        member: String,
        /// What it should be.
        rule: &'static str,
    },
    /// Not what the caller said.
    #[error("the file is not {0}")]
    NotThat(Source),
}

impl ReadError {
    pub(super) fn malformed(place: &str, form: &'static str, why: &impl ToString) -> Self {
        Self::Malformed { form, why: why.to_string() }.under(place)
    }

    /// The same at a place.
    pub(super) fn under(self, outer: &str) -> Self {
        match self {
            error if outer.is_empty() => error,
            Self::At { place, error } => Self::At { place: format!("{outer}, {place}"), error },
            error => Self::At { place: outer.to_owned(), error: Box::new(error) },
        }
    }

    pub(super) fn ber(place: &str, error: BerError) -> Self {
        Self::malformed(place, "DER", &error)
    }

    /// Only places: a name of a member of a broken document can be the key itself.
    pub(super) fn json(error: &JsonError) -> Self {
        if matches!(error, JsonError::TooMany { .. }) {
            return Self::TooMany { what: "JSON values", limit: MAXIMUM_VALUES };
        }
        let (what, place) = match error {
            JsonError::TooLarge { .. } => ("it is too large", None),
            JsonError::NotUtf8(_) => ("it is not UTF-8", None),
            JsonError::Duplicate { place, .. } => ("a member stands twice in one object", Some(place)),
            JsonError::TooDeep { place, .. } => ("it is nested too deep", Some(place)),
            JsonError::TooMany { place } => ("it has too many values", Some(place)),
            JsonError::Syntax { place, .. } | JsonError::Shape { place, .. } => ("it is broken", Some(place)),
        };
        let at = place.map(|place| format!(" at line {}, column {}", place.line, place.column)).unwrap_or_default();
        Self::malformed("", "JSON", &format!("{what}{at}"))
    }
}

impl From<PemError> for ReadError {
    fn from(error: PemError) -> Self {
        match error {
            PemError::TooMany => Self::TooMany { what: "PEM blocks", limit: MAXIMUM_BLOCKS },
            PemError::NoBlock => Self::NotThat(Source::Pem),
            PemError::Block { fault, block, line } => {
                Self::malformed(&format!("block {block} (line {line})"), "PEM", &fault)
            }
        }
    }
}
