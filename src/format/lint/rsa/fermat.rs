//! Fermat's method of factoring, for as many steps as weak generators need: a modulus whose primes are close together.
//!
//! The modulus is public, so nothing here need take the same time for all. That a hundred steps suffice for the known
//! weak generators: H. Böck, "Fermat Factorization in the Wild", IACR ePrint 2023/026.

use crypto_bigint::{U2048, U4096, U8192, Uint};

use crate::format::rsa_numbers::uint;

const STEPS: usize = 100;

/// How far apart the two factors are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Distance {
    /// They are the same: the modulus is a square.
    Zero,
    /// So near to each other that the method finds them.
    Small,
    /// Not found.
    Unknown,
}

/// Looks for factors near the root of a modulus.
pub(super) fn distance(modulus: &[u8]) -> Distance {
    let found = if modulus.len() <= U2048::BYTES {
        of::<{ U2048::LIMBS }>(modulus)
    } else if modulus.len() <= U4096::BYTES {
        of::<{ U4096::LIMBS }>(modulus)
    } else {
        of::<{ U8192::LIMBS }>(modulus)
    };
    found.unwrap_or(Distance::Unknown)
}

/// `a^2 - n` is a square for the `a` in the middle of the factors (Knuth, TAOCP volume 2, section 4.5.4, algorithm C).
fn of<const LIMBS: usize>(modulus: &[u8]) -> Option<Distance> {
    let modulus = uint::<LIMBS>(modulus)?;
    let root = modulus.floor_sqrt_vartime();
    if root.wrapping_square() == modulus {
        return Some(Distance::Zero);
    }
    let mut middle = root.wrapping_add(&Uint::ONE);
    // The square may have one bit too many for the type; the difference never has.
    let mut rest = middle.wrapping_square().wrapping_sub(&modulus);
    for _ in 0..STEPS {
        if is_square(&rest) {
            return Some(Distance::Small);
        }
        let step = middle.wrapping_add(&middle).wrapping_add(&Uint::ONE);
        rest = rest.wrapping_add(&step);
        middle = middle.wrapping_add(&Uint::ONE);
    }
    None
}

fn is_square<const LIMBS: usize>(number: &Uint<LIMBS>) -> bool {
    // The last six bits of a square are one of twelve values.
    let low = number.as_limbs().first().map_or(0, |limb| limb.0 % 64);
    let last = matches!(low, 0 | 1 | 4 | 9 | 16 | 17 | 25 | 33 | 36 | 41 | 49 | 57);
    last && number.checked_sqrt_vartime().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_end_as_they_should() {
        let ends: std::collections::BTreeSet<u64> = (0..64_u64).map(|number| number * number % 64).collect();
        assert!(ends.iter().all(|end| is_square(&U2048::from_u64(*end)) == [0, 1, 4, 9, 16, 25, 36, 49].contains(end)));
        assert_eq!(ends.len(), 12);
    }

    #[test]
    fn near_factors_are_found_and_distant_ones_are_not() {
        let product = |one: u128, other: u128| (one * other).to_be_bytes();
        assert_eq!(distance(&product(1_000_003, 1_000_003)), Distance::Zero);
        assert_eq!(distance(&product(1_000_003, 1_000_033)), Distance::Small);
        assert_eq!(distance(&product(2_305_843_009_213_693_951, 1_000_003)), Distance::Unknown);
        // The greatest number of its length: the square above it needs a bit more, and its factors are no secret.
        assert_eq!(distance(&[0xff; 512]), Distance::Small);
    }
}
