//! The provider's part of a bundle.

use std::fmt;

use super::script::ScriptError;
use super::{Challenge, Destination};
use crate::key::method::WrapMethod;
use crate::key::spec::{KeySpec, Purpose};
use crate::key::version::KeyVersionId;

/// The name of the commands in every bundle that has them.
pub const SCRIPT_NAME: &str = "import.sh";

/// Where the key of a bundle comes from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// A key version of a registry.
    Version(&'a KeyVersionId),
    /// A key file, which has no versions.
    File,
}

/// What a bundle is made from.
#[derive(Debug)]
pub struct PackageRequest<'a> {
    /// What was wrapped.
    pub source: Source<'a>,
    /// Its type.
    pub spec: KeySpec,
    /// Its purpose.
    pub purpose: Purpose,
    /// How many other versions went to the same key there, as far as the registry knows.
    pub others: u32,
    /// The highest number that the provider showed for any version of the key there, where its versions are counted up.
    pub latest: Option<u64>,
    /// The wrapped key.
    pub wrapped: &'a [u8],
    /// The method.
    pub method: WrapMethod,
    /// The provider's algorithm.
    pub algorithm: &'a str,
    /// The key on the provider's side.
    pub destination: &'a Destination,
    /// What the provider handed out.
    pub challenge: &'a Challenge,
}

impl Source<'_> {
    /// Whether no version of the key comes before this one.
    #[must_use]
    pub fn is_first(self) -> bool {
        match self {
            Self::Version(id) => id.version.get() == 1,
            Self::File => true,
        }
    }
}

impl fmt::Display for Source<'_> {
    /// `payments/kek@1`, `a key file`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(id) => id.fmt(f),
            Self::File => f.write_str("a key file"),
        }
    }
}

/// A bundle's own files: the provider's and `import.sh`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Package {
    /// Name and bytes, in the order of `bundle.json`. Names are fixed by the provider, never taken from input.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Why no bundle was made.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PackageError {
    /// There is no wrapped key.
    #[error("the wrapped key is empty")]
    Empty,
    /// The provider has no word for this method.
    #[error("{provider} has no word for {method}")]
    Method {
        /// Provider id.
        provider: &'static str,
        /// The method.
        method: WrapMethod,
    },
    /// The destination lacks what the commands need.
    #[error("the destination names no {0}")]
    Destination(&'static str),
    /// A value that must not stand in a script.
    #[error(transparent)]
    Script(#[from] ScriptError),
}
