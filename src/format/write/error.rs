//! Why a key has no such form.

use super::Structure;
use crate::format::pkcs8::ProofError;

/// Why something is not written. No variant holds any part of a key.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum WriteError {
    /// The structure is for other keys.
    #[error("{key} has no form in {structure}{why}")]
    NoForm {
        /// What the key is.
        key: String,
        /// What was asked for.
        structure: Structure,
        /// Why, after a comma; empty when that is plain.
        why: &'static str,
    },
    /// The structure has no such encoding.
    #[error("{structure} has no {encoding} encoding")]
    NoEncoding {
        /// The structure.
        structure: Structure,
        /// The encoding.
        encoding: super::Encoding,
    },
    /// The numbers of the key.
    #[error(transparent)]
    Numbers(#[from] ProofError),
    /// A JWK may leave the primes of an RSA key out; nothing else may.
    #[error("the file has no primes of the RSA key, and they cannot be found from its exponents")]
    NoFactors,
    /// Written with a passphrase, or not at all.
    #[error("the structure is written with a passphrase only")]
    NeedsPassphrase,
    /// A passphrase that protects nothing.
    #[error("an empty passphrase protects nothing")]
    EmptyPassphrase,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
    /// Longer than DER can say, or a name that the structure cannot hold.
    #[error("the key cannot be encoded")]
    Encoding,
}
