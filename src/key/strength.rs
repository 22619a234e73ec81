//! Security strengths in bits, so that a key and the key that wraps it can be compared.

use super::spec::{Curve, HashAlg, KeySpec};

/// The strength of a key of this type (SP 800-57 part 1 revision 5, table 2 and section 5.6.1.2).
#[must_use]
pub fn of(spec: KeySpec) -> u32 {
    match spec {
        KeySpec::Aes(bits) => bits.bits(),
        // An HMAC key of the hash's length is as strong as it is long, up to what any use asks for.
        KeySpec::Hmac(hash) => of_hmac(hash),
        KeySpec::Ec(Curve::P256 | Curve::Secp256k1) | KeySpec::Ed25519 => 128,
        KeySpec::Ec(Curve::P384) => 192,
        KeySpec::Ec(Curve::P521) => 256,
        KeySpec::Rsa(bits) => of_rsa(bits.bits()),
    }
}

fn of_hmac(hash: HashAlg) -> u32 {
    match hash {
        HashAlg::Sha1 => 160,
        HashAlg::Sha224 => 224,
        HashAlg::Sha256 | HashAlg::Sha384 | HashAlg::Sha512 => 256,
    }
}

/// The strength of an RSA modulus of this size: the greatest row of SP 800-56B revision 2, appendix D, that it reaches.
#[must_use]
pub fn of_rsa(bits: u32) -> u32 {
    match bits {
        0..2048 => 0,
        2048..3072 => 112,
        3072..4096 => 128,
        4096..6144 => 152,
        6144..8192 => 176,
        8192.. => 200,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::spec::{ALL, AesBits, RsaBits};

    #[test]
    fn the_rows_of_the_standards() {
        assert_eq!([2048, 3072, 4096, 6144, 8192].map(of_rsa), [112, 128, 152, 176, 200]);
        assert_eq!(of_rsa(2047), 0);
        assert_eq!(of(KeySpec::Rsa(RsaBits::B3072)), of(KeySpec::Aes(AesBits::B128)));
        assert!(ALL.iter().all(|spec| (112..=256).contains(&of(*spec))));
    }
}
