//! Whether the secret factors are primes, and far enough apart.

use crypto_bigint::{RandomMod, U1024, U2048, U4096, U8192, Uint, UnsignedWithMontyForm};
use crypto_primes::{Flavor, is_prime};

use crate::format::rsa_numbers::uint;

/// What a test says of a number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Prime {
    /// Probably: no composite number is known that passes.
    Probable,
    /// Certainly not.
    Composite,
}

/// The test of Baillie, Pomerance, Selfridge and Wagstaff: Miller and Rabin's with base 2, and Lucas's.
pub(super) fn test(number: &[u8]) -> Prime {
    let prime = if number.len() <= U1024::BYTES {
        passes::<{ U1024::LIMBS }>(number)
    } else if number.len() <= U2048::BYTES {
        passes::<{ U2048::LIMBS }>(number)
    } else {
        // A factor of a modulus of 8192 bits; a longer one has a small neighbour, which is found by its length.
        number.len() > U4096::BYTES || passes::<{ U4096::LIMBS }>(number)
    };
    if prime { Prime::Probable } else { Prime::Composite }
}

fn passes<const LIMBS: usize>(number: &[u8]) -> bool
where
    Uint<LIMBS>: UnsignedWithMontyForm + RandomMod,
{
    uint::<LIMBS>(number).is_some_and(|number| is_prime(Flavor::Any, &number))
}

/// The number of leading bits that both primes share, when FIPS 186-5 section A.1.3 forbids so many: the difference
/// must be greater than 2^(bits/2 - 100).
pub(super) fn too_close(p: &[u8], q: &[u8]) -> Option<u32> {
    const ALLOWED: u32 = 100;
    let (p, q) = (uint::<{ U8192::LIMBS }>(p)?, uint::<{ U8192::LIMBS }>(q)?);
    let difference = if p > q { p.wrapping_sub(&q) } else { q.wrapping_sub(&p) };
    let shared = Uint::bits(&p).max(q.bits()).saturating_sub(difference.bits());
    (shared >= ALLOWED).then_some(shared)
}
