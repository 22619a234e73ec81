//! What a wrapped key can be, by its length alone.

use std::ops::RangeInclusive;

use super::{Candidate, Wrapped, Wrapping};
use crate::key::spec::{self, HashAlg, KeySpec};
use crate::wrap::length;

/// The moduli that wrap, in bytes.
const MODULI: [usize; 4] = [256, 384, 512, 1024];

/// The candidates for `bytes`; `None` when no method makes blobs of this length that hold a key of a known type.
pub(super) fn wrapped(bytes: &[u8]) -> Option<Wrapped> {
    let candidates = candidates(bytes.len());
    (!candidates.is_empty()).then(|| Wrapped { bytes: bytes.to_vec(), candidates })
}

/// What a blob of this length can be: those methods that can hold a key of a type that byok has.
#[must_use]
pub fn candidates(length: usize) -> Vec<Candidate> {
    let oaep = MODULI.into_iter().find(|modulus| *modulus == length).and_then(oaep);
    let with_aes = MODULI.into_iter().filter_map(|modulus| {
        let inner = length.checked_sub(modulus).and_then(kwp)?;
        Some(Candidate { method: Wrapping::RsaAesKwp, modulus_bits: Some(modulus.saturating_mul(8)), inner })
    });
    let kw = kw(length).map(|inner| Candidate { method: Wrapping::AesKw, modulus_bits: None, inner });
    let kwp = kwp(length).map(|inner| Candidate { method: Wrapping::AesKwp, modulus_bits: None, inner });
    oaep.into_iter().chain(with_aes).chain(kw).chain(kwp).filter(|candidate| !candidate.fits().is_empty()).collect()
}

/// An empty message up to what the shortest hash leaves room for (RFC 8017 section 7.1.1).
fn oaep(modulus: usize) -> Option<Candidate> {
    let most = length::oaep_maximum(modulus, HashAlg::Sha1)?;
    let modulus_bits = Some(modulus.saturating_mul(8));
    Some(Candidate { method: Wrapping::RsaOaep, modulus_bits, inner: 1..=most })
}

/// RFC 3394: 8 bytes more than the key, which has 16 or more.
fn kw(length: usize) -> Option<RangeInclusive<usize>> {
    let inner = length.checked_sub(8).filter(|inner| *inner >= 16 && inner.is_multiple_of(8))?;
    Some(inner..=inner)
}

/// RFC 5649: 8 bytes more than the key filled up to a multiple of 8.
fn kwp(length: usize) -> Option<RangeInclusive<usize>> {
    let most = length.checked_sub(8).filter(|most| *most >= 8 && most.is_multiple_of(8))?;
    Some(most.saturating_sub(7)..=most)
}

impl Candidate {
    /// The key types whose bytes or PKCS#8 are as long as the key inside.
    #[must_use]
    pub fn fits(&self) -> Vec<KeySpec> {
        let fits = |spec: &KeySpec| {
            let inner = length::inner(*spec);
            inner.start() <= self.inner.end() && self.inner.start() <= inner.end()
        };
        spec::ALL.iter().copied().filter(fits).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(length: usize) -> Vec<(Wrapping, Option<usize>, RangeInclusive<usize>)> {
        candidates(length).into_iter().map(|found| (found.method, found.modulus_bits, found.inner)).collect()
    }

    #[test]
    fn lengths_tell_the_methods_apart() {
        assert_eq!(found(256)[0], (Wrapping::RsaOaep, Some(2048), 1..=214));
        assert!(found(512).contains(&(Wrapping::RsaOaep, Some(4096), 1..=470)));
        assert_eq!(found(296)[0], (Wrapping::RsaAesKwp, Some(2048), 25..=32));
        assert_eq!(found(40), [(Wrapping::AesKw, None, 32..=32), (Wrapping::AesKwp, None, 25..=32)]);
        assert_eq!(found(41), []);
        let types = candidates(512 + 1232).into_iter().find(|found| found.modulus_bits == Some(4096)).unwrap().fits();
        assert!(types.iter().any(|spec| spec.to_string() == "rsa-2048"), "{types:?}");
    }
}
