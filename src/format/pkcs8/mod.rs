//! Private keys as tokens give them out -> canonical PKCS#8 (RFC 5208, RFC 5958), proven to belong to a public key.
//!
//! The bytes are hostile: a token may add padding, leave out structure, or hand out another key. What is returned was
//! encoded here, from numbers that make the public half; nothing else of the input is taken over.

mod ec;
mod ed25519;
mod encode;
mod rsa;
mod trim;

use der::Decode;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use pkcs8::PrivateKeyInfoRef;
use sec1::EcPrivateKey;
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::spki::{PublicKey, PublicKind};
pub(super) use ec::point_of as ec_public_point;
pub(super) use ed25519::point_of as ed25519_public_key;
pub use encode::{encode, public_half};
use trim::Trimmed;

/// The greatest input that is read, in bytes; an RSA-4096 key has some 2400.
pub const MAXIMUM: usize = 16 * 1024;

/// A private key that is what it should be.
pub struct ProvenKey {
    /// The canonical DER: `PrivateKeyInfo` version 0, without attributes. An EC key has its curve in the algorithm and
    /// nowhere else, and its public point (RFC 5915), as OpenSSL writes it.
    pub der: Zeroizing<Vec<u8>>,
    /// What the token gave out.
    pub found: Found,
}

/// What stood in the bytes that a token gave out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Found {
    /// PKCS#8, followed by this many zero bytes.
    Pkcs8 {
        /// 0 to 7.
        padding: usize,
    },
    /// A bare scalar or seed.
    Scalar,
}

/// Why bytes are not the private half of a public key. No variant holds any part of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ProofError {
    /// Longer than any key.
    #[error("{0} bytes are more than any private key has")]
    TooLong(usize),
    /// The outermost element ends after the bytes do, or is none.
    #[error("the bytes are no complete DER element")]
    Incomplete,
    /// What follows the outermost element is no padding.
    #[error("{0} bytes follow the key that are not up to seven zeros")]
    Trailing(usize),
    /// Not the structure that it should be.
    #[error("the bytes are {0}")]
    Malformed(&'static str),
    /// The numbers contradict each other.
    #[error("the private key contradicts itself: {0}")]
    Inconsistent(&'static str),
    /// A private key, and not the one that belongs to the public half.
    #[error("it is the private half of another key")]
    AnotherKey,
    /// A public half of a kind that has no form here.
    #[error("private keys of this kind have no form here")]
    Unsupported,
}

/// Finds the private half of `public` in what a token gave out, and encodes it canonically.
///
/// # Errors
/// [`ProofError`]: the bytes are not that key, whole and by itself, with at most seven zero bytes after it.
pub fn prove(public: &PublicKey, given: &[u8]) -> Result<ProvenKey, ProofError> {
    if given.len() > MAXIMUM {
        return Err(ProofError::TooLong(given.len()));
    }
    match (of_pkcs8(public, given), scalar_length(public.kind())) {
        (Ok(key), _) => Ok(key),
        (Err(error), None) => Err(error),
        // A bare scalar has no structure to tell it by: only the public half does.
        (Err(error), Some(length)) => of_scalar(public, length, given).ok_or(error),
    }
}

fn of_pkcs8(public: &PublicKey, given: &[u8]) -> Result<ProvenKey, ProofError> {
    let Trimmed { element, padding } = trim::sequence(given)?;
    let info = PrivateKeyInfoRef::from_der(element).map_err(|_| ProofError::Malformed("not PKCS#8"))?;
    let inner = info.private_key.as_bytes();
    let stated = info.public_key.map(|bits| bits.as_bytes().unwrap_or_default());
    let der = match public.kind() {
        PublicKind::Ec { curve, point } => {
            check_algorithm(&info.algorithm, ec::ALGORITHM, |parameters| {
                parameters.and_then(|any| any.decode_as().ok()) == Some(ec::oid(*curve))
            })?;
            ec::prove(*curve, point, inner, stated)?
        }
        PublicKind::Ed25519(point) => {
            check_algorithm(&info.algorithm, ed25519::ALGORITHM, |parameters| parameters.is_none())?;
            ed25519::prove(point, inner, stated)?
        }
        PublicKind::Rsa { modulus, exponent } => {
            check_algorithm(&info.algorithm, rsa::ALGORITHM, |parameters| parameters.is_none_or(AnyRef::is_null))?;
            rsa::prove(modulus, exponent, inner)?
        }
        PublicKind::Other(_) => return Err(ProofError::Unsupported),
    };
    Ok(ProvenKey { der, found: Found::Pkcs8 { padding } })
}

fn check_algorithm(
    found: &AlgorithmIdentifierRef<'_>,
    wanted: ObjectIdentifier,
    good: impl Fn(Option<AnyRef<'_>>) -> bool,
) -> Result<(), ProofError> {
    if found.oid != wanted {
        return Err(ProofError::Malformed("PKCS#8 of another algorithm"));
    }
    if good(found.parameters) { Ok(()) } else { Err(ProofError::Malformed("PKCS#8 with other algorithm parameters")) }
}

/// The length of a bare scalar or seed; `None` for a key that has none.
fn scalar_length(kind: &PublicKind) -> Option<usize> {
    match kind {
        PublicKind::Ec { curve, .. } => Some(curve.field_bytes()),
        PublicKind::Ed25519(_) => Some(ed25519::SEED),
        PublicKind::Rsa { .. } | PublicKind::Other(_) => None,
    }
}

/// A scalar of `length` bytes or, as some modules drop leading zeros, up to two less; as an OCTET STRING, with zeros
/// after it, or with the public key after it. Whether it is the right one shows by the public half alone.
fn of_scalar(public: &PublicKey, length: usize, given: &[u8]) -> Option<ProvenKey> {
    let octets = trim::octet_string(given).ok().and_then(|trimmed| <&OctetStringRef>::from_der(trimmed.element).ok());
    let cut = (0..=2).filter_map(|less| given.split_at_checked(length.checked_sub(less)?));
    let bare = cut.filter(|(_, rest)| trim::is_padding(rest) || is_public(public, rest)).map(|(scalar, _)| scalar);
    let mut candidates = octets.map(OctetStringRef::as_bytes).into_iter().chain(bare);
    let der = candidates.find_map(|scalar| match public.kind() {
        PublicKind::Ec { curve, point } => ec::of_scalar(*curve, point, scalar).ok(),
        PublicKind::Ed25519(point) => ed25519::of_seed(point, scalar).ok(),
        PublicKind::Rsa { .. } | PublicKind::Other(_) => None,
    })?;
    Some(ProvenKey { der, found: Found::Scalar })
}

fn is_public(public: &PublicKey, bytes: &[u8]) -> bool {
    match public.kind() {
        PublicKind::Ec { point, .. } => bytes.split_first() == Some((&ec::UNCOMPRESSED, point)),
        PublicKind::Ed25519(point) => bytes == point.as_slice(),
        PublicKind::Rsa { .. } | PublicKind::Other(_) => false,
    }
}

/// `ECPrivateKey` (RFC 5915 section 3), which is what some modules put into Ed25519 keys, too.
fn ec_private_key(inner: &[u8]) -> Result<EcPrivateKey<'_>, ProofError> {
    EcPrivateKey::from_der(inner).map_err(|_| ProofError::Malformed("PKCS#8 without an ECPrivateKey"))
}

/// Encodes without a copy that would stay behind: into a buffer that has its length from the start.
fn encoded(value: &impl der::Encode) -> Result<Zeroizing<Vec<u8>>, ProofError> {
    let failed = |_| ProofError::Malformed("no private key that can be encoded");
    let length = value.encoded_len().and_then(usize::try_from).map_err(failed)?;
    let mut buffer = Zeroizing::new(vec![0; length]);
    value.encode_to_slice(&mut buffer).map_err(failed)?;
    Ok(buffer)
}

/// Version 0 and nothing optional (RFC 5208 section 5).
fn private_key_info(algorithm: AlgorithmIdentifierRef<'_>, inner: &[u8]) -> Result<Zeroizing<Vec<u8>>, ProofError> {
    let inner = OctetStringRef::new(inner).map_err(|_| ProofError::TooLong(inner.len()))?;
    encoded(&PrivateKeyInfoRef::new(algorithm, inner))
}

impl std::fmt::Debug for ProvenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProvenKey").field("found", &self.found).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "pkcs8_tests.rs"]
mod tests;
