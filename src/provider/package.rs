//! The provider's part of a bundle.

use super::script::ScriptError;
use super::{Challenge, Destination};
use crate::key::method::WrapMethod;
use crate::key::spec::{KeySpec, Purpose};
use crate::key::version::KeyVersionId;

/// The name of the commands in every bundle that has them.
pub const SCRIPT_NAME: &str = "import.sh";

/// What a bundle is made from.
#[derive(Debug)]
pub struct PackageRequest<'a> {
    /// The key version.
    pub key_version: &'a KeyVersionId,
    /// Its type.
    pub spec: KeySpec,
    /// Its purpose.
    pub purpose: Purpose,
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
