//! How long a wrapped key must be. Lengths catch truncation and wrong formats; they say nothing of the content.

use std::fmt;
use std::ops::RangeInclusive;

use crate::key::method::WrapMethod;
use crate::key::spec::{Curve, HashAlg, KeySpec, RsaBits};

/// The lengths that are plausible, in bytes, both ends included.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Expected(pub RangeInclusive<usize>);

/// A wrapped key of the wrong length, or one that cannot be made.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LengthError {
    /// Truncated, padded, or in another format.
    #[error("{what} has {got} bytes; {expected} are expected for {spec}")]
    Wrong {
        /// What was measured: `rsa-aes-sha256 blob`, `AES-KWP part`.
        what: String,
        /// The key type inside.
        spec: KeySpec,
        /// Plausible lengths.
        expected: Expected,
        /// The length found.
        got: usize,
    },
    /// OAEP cannot hold the key: k - 2h - 2 bytes are too few (RFC 8017 section 7.1.1).
    #[error("{spec} has up to {needed} bytes and OAEP with {hash} under a {modulus_bits}-bit key holds {maximum}")]
    DoesNotFit {
        /// The key type.
        spec: KeySpec,
        /// Its greatest encoding, in bytes.
        needed: usize,
        /// What fits.
        maximum: usize,
        /// The OAEP hash.
        hash: HashAlg,
        /// The size of the wrapping key.
        modulus_bits: usize,
    },
}

/// The length of AES-KWP output for `length` bytes (RFC 5649 section 4.1); `None` beyond what memory can hold.
#[must_use]
pub fn kwp(length: usize) -> Option<usize> {
    length.checked_next_multiple_of(8)?.checked_add(8)
}

/// The longest message that OAEP takes under a modulus of `modulus` bytes; `None` when not even an empty one fits.
#[must_use]
pub fn oaep_maximum(modulus: usize, hash: HashAlg) -> Option<usize> {
    modulus.checked_sub(hash.digest_bytes())?.checked_sub(hash.digest_bytes())?.checked_sub(2)
}

/// The plausible lengths of the key itself as it is wrapped: raw bytes of a secret key, PKCS#8 DER of a private one.
#[must_use]
pub fn inner(spec: KeySpec) -> RangeInclusive<usize> {
    match spec {
        KeySpec::Aes(_) | KeySpec::Hmac(_) => {
            let exact = spec.secret_bytes().unwrap_or(0);
            exact..=exact
        }
        KeySpec::Ec(curve) => ec_pkcs8(curve),
        KeySpec::Ed25519 => ed25519_pkcs8(),
        KeySpec::Rsa(bits) => rsa_pkcs8(bits),
    }
}

/// The plausible lengths of the AES-KWP part for a key of this type.
#[must_use]
pub fn kwp_part(spec: KeySpec) -> RangeInclusive<usize> {
    let inner = inner(spec);
    kwp(*inner.start()).unwrap_or(usize::MAX)..=kwp(*inner.end()).unwrap_or(usize::MAX)
}

/// Whether a key of this type can be wrapped by this method under a modulus of `modulus` bytes at all.
///
/// # Errors
/// [`LengthError::DoesNotFit`] for direct OAEP of a key that is too long.
pub fn check_fits(method: WrapMethod, modulus: usize, spec: KeySpec) -> Result<(), LengthError> {
    let WrapMethod::RsaOaep(hash) = method else { return Ok(()) };
    let (needed, maximum) = (*inner(spec).end(), oaep_maximum(modulus, hash).unwrap_or(0));
    if needed <= maximum {
        return Ok(());
    }
    Err(LengthError::DoesNotFit { spec, needed, maximum, hash, modulus_bits: modulus.saturating_mul(8) })
}

/// Checks the length of a finished blob: k bytes for OAEP, k and the AES-KWP part for RSA-AES.
///
/// # Errors
/// What is expected and what was found.
pub fn check_blob(method: WrapMethod, modulus: usize, spec: KeySpec, blob: usize) -> Result<(), LengthError> {
    check_fits(method, modulus, spec)?;
    let what = format!("the {method} blob");
    match method {
        WrapMethod::RsaOaep(_) if blob == modulus => Ok(()),
        WrapMethod::RsaOaep(_) => {
            Err(LengthError::Wrong { what, spec, expected: Expected(modulus..=modulus), got: blob })
        }
        WrapMethod::RsaAesKwp(_) => kwp_within(what, spec, modulus, blob),
    }
}

/// `before` bytes, and then AES-KWP output, which is a multiple of 8.
fn kwp_within(what: String, spec: KeySpec, before: usize, got: usize) -> Result<(), LengthError> {
    let part = kwp_part(spec);
    if got.checked_sub(before).is_some_and(|rest| part.contains(&rest) && rest.is_multiple_of(8)) {
        return Ok(());
    }
    let expected = Expected(before.saturating_add(*part.start())..=before.saturating_add(*part.end()));
    Err(LengthError::Wrong { what, spec, expected, got })
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = (self.0.start(), self.0.end());
        if start == end { write!(f, "{start}") } else { write!(f, "{start} to {end}") }
    }
}

/// The size of a DER element with this content (X.690 sections 8.1.3.4 and 8.1.3.5).
fn tlv(content: &[usize]) -> usize {
    let length: usize = content.iter().sum();
    let header = match length {
        0..=0x7f => 2,
        0x80..=0xff => 3,
        0x100..=0xffff => 4,
        _ => 5,
    };
    [length, header].iter().sum()
}

const VERSION: usize = 3; // INTEGER 0 or 1
const ID_EC_PUBLIC_KEY: usize = 9; // OID 1.2.840.10045.2.1 with its header
const ID_ED25519: usize = 5; // OID 1.3.101.112 with its header

fn curve_oid(curve: Curve) -> usize {
    match curve {
        Curve::P256 => 10,
        Curve::P384 | Curve::P521 | Curve::Secp256k1 => 7,
    }
}

/// `ECPrivateKey` (RFC 5915 section 3) without optional fields is what SoftHSM writes; OpenSSL adds the public key;
/// the named curve may stand inside once more.
fn ec_pkcs8(curve: Curve) -> RangeInclusive<usize> {
    let scalar = tlv(&[curve.field_bytes()]);
    let point = tlv(&[2, curve.field_bytes(), curve.field_bytes()]); // unused-bits byte, 0x04, X, Y
    let algorithm = tlv(&[ID_EC_PUBLIC_KEY, curve_oid(curve)]);
    let least = tlv(&[VERSION, scalar]);
    let most = tlv(&[VERSION, scalar, tlv(&[curve_oid(curve)]), tlv(&[point])]);
    tlv(&[VERSION, algorithm, tlv(&[least])])..=tlv(&[VERSION, algorithm, tlv(&[most])])
}

/// RFC 8410 section 7: 48 bytes, or with the public key; some tokens write an `ECPrivateKey` instead.
fn ed25519_pkcs8() -> RangeInclusive<usize> {
    let algorithm = tlv(&[ID_ED25519]);
    let seed = tlv(&[tlv(&[32])]);
    let as_ec = tlv(&[tlv(&[VERSION, tlv(&[32]), tlv(&[ID_ED25519]), tlv(&[tlv(&[33])])])]);
    let ec_algorithm = tlv(&[ID_EC_PUBLIC_KEY, ID_ED25519]);
    tlv(&[VERSION, algorithm, seed])..=tlv(&[VERSION, ec_algorithm, as_ec])
}

/// `RSAPrivateKey` (RFC 8017 appendix A.1.2). The secret numbers may be a little shorter than their greatest size:
/// eight bytes less happens once in 2^64 keys. The exponent has 3 to 5 bytes, the algorithm its NULL or not.
fn rsa_pkcs8(bits: RsaBits) -> RangeInclusive<usize> {
    let modulus = usize::try_from(bits.bits() / 8).unwrap_or(0);
    let half = modulus / 2;
    let full = |size: usize| tlv(&[1, size]); // a leading zero keeps it positive
    let short = |size: usize| tlv(&[size.saturating_sub(8)]);
    let most =
        [VERSION, full(modulus), tlv(&[5]), full(modulus), full(half), full(half), full(half), full(half), full(half)];
    let least = [
        VERSION,
        full(modulus),
        tlv(&[3]),
        short(modulus),
        full(half),
        full(half),
        short(half),
        short(half),
        short(half),
    ];
    let algorithm = 11; // OID 1.2.840.113549.1.1.1 with its header
    tlv(&[VERSION, tlv(&[algorithm]), tlv(&[tlv(&least)])])..=tlv(&[VERSION, tlv(&[algorithm, 2]), tlv(&[tlv(&most)])])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::spec::{ALL, AesBits};

    #[test]
    fn blobs_have_the_sizes_that_clouds_publish() {
        let spec = KeySpec::Aes(AesBits::B256);
        for (modulus, blob) in [(256, 296), (384, 424), (512, 552)] {
            assert_eq!(check_blob(WrapMethod::RsaAesKwp(HashAlg::Sha256), modulus, spec, blob), Ok(()));
            assert!(check_blob(WrapMethod::RsaAesKwp(HashAlg::Sha256), modulus, spec, blob - 8).is_err());
            assert!(check_blob(WrapMethod::RsaAesKwp(HashAlg::Sha256), modulus, spec, blob + 8).is_err());
            assert_eq!(check_blob(WrapMethod::RsaOaep(HashAlg::Sha1), modulus, spec, modulus), Ok(()));
        }
    }

    #[test]
    fn a_modulus_of_an_odd_size_shifts_the_blob() {
        let (spec, method) = (KeySpec::Aes(AesBits::B256), WrapMethod::RsaAesKwp(HashAlg::Sha256));
        assert_eq!(check_blob(method, 257, spec, 297), Ok(()));
        assert!(check_blob(method, 257, spec, 296).is_err());
        assert!(check_blob(method, 257, spec, 40).is_err());
    }

    #[test]
    fn oaep_holds_what_rfc_8017_says() {
        for (modulus, hash, maximum) in [
            (256, HashAlg::Sha1, 214),
            (256, HashAlg::Sha256, 190),
            (256, HashAlg::Sha512, 126),
            (384, HashAlg::Sha1, 342),
            (512, HashAlg::Sha512, 382),
        ] {
            assert_eq!(oaep_maximum(modulus, hash), Some(maximum));
        }
        assert_eq!(oaep_maximum(129, HashAlg::Sha512), None);
    }

    #[test]
    fn measured_encodings_are_plausible() {
        let measured = [
            (KeySpec::Ec(Curve::P256), vec![67, 138]), // SoftHSM, OpenSSL
            (KeySpec::Ec(Curve::P521), vec![98, 241]), // minimal form, OpenSSL
            (KeySpec::Ed25519, vec![48, 83]),          // RFC 8410, with public key
            (KeySpec::Rsa(RsaBits::B2048), vec![1215, 1217, 1218, 1219]),
        ];
        for (spec, lengths) in measured {
            for length in lengths {
                assert!(inner(spec).contains(&length), "{spec}: {length} outside {:?}", inner(spec));
            }
        }
        assert_eq!(*inner(KeySpec::Ec(Curve::P256)).start(), 67);
    }

    #[test]
    fn a_raw_scalar_is_no_private_key() {
        for (spec, scalar) in [(KeySpec::Ec(Curve::P256), 32), (KeySpec::Ec(Curve::P521), 66), (KeySpec::Ed25519, 32)] {
            let part = kwp(scalar).unwrap();
            assert!(kwp_within("the AES-KWP part".to_owned(), spec, 0, part).is_err(), "{spec}");
        }
    }

    #[test]
    fn the_message_says_both_lengths() {
        let spec = KeySpec::Hmac(HashAlg::Sha224);
        let error = check_blob(WrapMethod::RsaAesKwp(HashAlg::Sha1), 512, spec, 560).unwrap_err();
        let text = "the rsa-aes-sha1 blob has 560 bytes; 552 are expected for hmac-sha224";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn rsa_keys_do_not_fit_oaep_and_secrets_do() {
        for spec in ALL {
            let fits = check_fits(WrapMethod::RsaOaep(HashAlg::Sha1), 512, *spec);
            assert_eq!(fits.is_err(), matches!(spec, KeySpec::Rsa(_)), "{spec}");
        }
        let p521 = check_fits(WrapMethod::RsaOaep(HashAlg::Sha256), 256, KeySpec::Ec(Curve::P521));
        assert!(matches!(p521, Err(LengthError::DoesNotFit { maximum: 190, .. })));
    }
}
